//! The module that computes on the CPU, and finds out whether WebGPU is worth a try.

use burn::tensor::Device;
use vitrine_engine::{EngineError, self_test};
use vitrine_schema::protocol::{DeviceKind, DevicePreference, DeviceReason, DeviceReport};

use super::{Choice, adapter, time};

/// Chooses a device and says why.
pub async fn choose(preference: DevicePreference, _: Option<f64>) -> Result<Choice, EngineError> {
    let reason = match preference {
        DevicePreference::Cpu => DeviceReason::Asked,
        _ => match adapter::look(preference == DevicePreference::Webgpu).await {
            Err(reason) => reason,
            Ok(()) if preference == DevicePreference::Webgpu => return Ok(Choice::TryWebgpu { cpu_millis: None }),
            Ok(()) => return Ok(Choice::TryWebgpu { cpu_millis: Some(time(&Device::flex()).await?) }),
        },
    };
    let device = Device::flex();
    let self_test = self_test::difference(&device).await?;
    Ok(Choice::Run(device, DeviceReport { device: DeviceKind::Cpu, reason, self_test, fused: self_test::fused() }))
}
