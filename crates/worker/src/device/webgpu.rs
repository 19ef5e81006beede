//! The module that computes with WebGPU, where the other one has found an adapter.

use burn::tensor::Device;
use vitrine_engine::{EngineError, self_test};
use vitrine_schema::protocol::{Breakage, DeviceKind, DevicePreference, DeviceReason, DeviceReport};

use super::{Choice, time};
use crate::scope::announce;

/// Opens the device, asks it the known question, and compares its time with the CPU's.
pub async fn choose(_: DevicePreference, cpu_millis: Option<f64>) -> Result<Choice, EngineError> {
    let (device, self_test) = match open().await {
        Ok(opened) => opened,
        Err(reason) => return Ok(Choice::NotWebgpu(reason)),
    };
    let reason = match cpu_millis {
        None => DeviceReason::Asked,
        Some(cpu_millis) => {
            let webgpu_millis = time(&device).await?;
            let reason = DeviceReason::Measured { webgpu_millis, cpu_millis };
            if cpu_millis < webgpu_millis {
                return Ok(Choice::NotWebgpu(reason));
            }
            reason
        }
    };
    Ok(Choice::Run(device, DeviceReport { device: DeviceKind::Webgpu, reason, self_test, fused: false }))
}

/// Opens the device in burn and asks it the known question.
async fn open() -> Result<(Device, f32), DeviceReason> {
    let opened = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = opened.map_err(|error| DeviceReason::Unavailable { detail: error.to_string() })?;
    setup.device.set_device_lost_callback(|_, detail| announce(Breakage::DeviceLost { detail }));
    let difference = self_test::difference(&device).await;
    match difference {
        Ok(difference) if difference <= self_test::TOLERANCE => Ok((device, difference)),
        Ok(difference) => Err(DeviceReason::SelfTestFailed { difference }),
        Err(error) => Err(DeviceReason::Unavailable { detail: error.to_string() }),
    }
}
