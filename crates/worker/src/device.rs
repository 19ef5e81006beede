//! WebGPU or CPU: looked at in JavaScript first, tested with a known answer, then timed.

use burn::tensor::Device;
use js_sys::{Function, Promise, Reflect};
use vitrine_engine::EngineError;
use vitrine_engine::self_test::{self, Workload};
use vitrine_schema::protocol::{Breakage, DeviceKind, DevicePreference, DeviceReason, DeviceReport};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::scope::{announce, now_millis, said, scope};

/// Words by which browsers name adapters that are programs.
const SOFTWARE: [&str; 6] = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "software", "basic render"];
/// Without these cubecl panics in the browser when it opens a stream.
const REQUIRED_FEATURES: [&str; 1] = ["timestamp-query"];
const TIMED_RUNS: usize = 2;

/// Chooses a device and says why.
pub async fn choose(
    preference: DevicePreference,
    fallback: Option<DeviceReason>,
) -> Result<(Device, DeviceReport), EngineError> {
    let cpu = |reason| async move {
        let device = Device::flex();
        let self_test = self_test::difference(&device).await?;
        Ok((device, DeviceReport { device: DeviceKind::Cpu, reason, self_test }))
    };
    if let Some(reason) = fallback {
        return cpu(reason).await;
    }
    if preference == DevicePreference::Cpu {
        return cpu(DeviceReason::Asked).await;
    }
    let forced = preference == DevicePreference::Webgpu;
    if let Err(reason) = look(forced).await {
        return cpu(reason).await;
    }
    let (device, self_test) = match open().await {
        Ok(opened) => opened,
        Err(reason) => return cpu(reason).await,
    };
    if forced {
        return Ok((device, DeviceReport { device: DeviceKind::Webgpu, reason: DeviceReason::Asked, self_test }));
    }
    let webgpu_millis = time(&device).await?;
    let cpu_millis = time(&Device::flex()).await?;
    let reason = DeviceReason::Measured { webgpu_millis, cpu_millis };
    if cpu_millis < webgpu_millis {
        return cpu(reason).await;
    }
    Ok((device, DeviceReport { device: DeviceKind::Webgpu, reason, self_test }))
}

/// Asks the browser for an adapter and a device without burn, which would panic where one is missing.
async fn look(software_too: bool) -> Result<(), DeviceReason> {
    let unavailable = |error: JsValue| DeviceReason::Unavailable { detail: said(&error) };
    let gpu = property(&scope().navigator().into(), "gpu").ok_or(DeviceReason::NoWebgpu)?;
    let options = js_sys::Object::new();
    let _ = Reflect::set(&options, &"powerPreference".into(), &"high-performance".into());
    let adapter = call(&gpu, "requestAdapter", &options).await.map_err(unavailable)?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err(DeviceReason::NoAdapter);
    }
    if !software_too && let Some(name) = software_name(&adapter) {
        return Err(DeviceReason::SoftwareAdapter { name });
    }
    if let Some(feature) = REQUIRED_FEATURES.into_iter().find(|feature| !has_feature(&adapter, feature)) {
        return Err(DeviceReason::MissingFeature { feature: feature.to_owned() });
    }
    let device = call(&adapter, "requestDevice", &JsValue::UNDEFINED).await.map_err(unavailable)?;
    if let Ok(destroy) = Reflect::get(&device, &"destroy".into()).and_then(JsCast::dyn_into::<Function>) {
        let _ = destroy.call0(&device);
    }
    Ok(())
}

fn has_feature(adapter: &JsValue, feature: &str) -> bool {
    let ask = || {
        let features = property(adapter, "features")?;
        let has: Function = property(&features, "has")?.dyn_into().ok()?;
        has.call1(&features, &feature.into()).ok()?.as_bool()
    };
    ask().unwrap_or(false)
}

/// The adapter's name, when it is a program.
fn software_name(adapter: &JsValue) -> Option<String> {
    let info = property(adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let text = |name: &str| property(&info, name).and_then(|value| value.as_string()).unwrap_or_default();
    let name = ["vendor", "architecture", "device", "description"].map(text).join(" ").trim().to_owned();
    let flag = |object: &JsValue| property(object, "isFallbackAdapter").is_some_and(|value| value.is_truthy());
    let lower = name.to_lowercase();
    let software = flag(&info) || flag(adapter) || SOFTWARE.iter().any(|word| lower.contains(word));
    software.then_some(name)
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

/// Times the page's kind of job: once to warm up, then the best of a few.
async fn time(device: &Device) -> Result<f64, EngineError> {
    let workload = Workload::new(device)?;
    workload.run().await?;
    let mut best = f64::INFINITY;
    for _ in 0..TIMED_RUNS {
        let start = now_millis();
        workload.run().await?;
        best = best.min(now_millis() - start);
    }
    Ok(best)
}

fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

async fn call(object: &JsValue, name: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    let promise: Promise = function.call1(object, argument)?.dyn_into()?;
    JsFuture::from(promise).await
}
