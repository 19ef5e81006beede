//! Looks at the adapter without burn, which would panic where something is missing.

use js_sys::{Function, Reflect};
use vitrine_schema::protocol::DeviceReason;
use wasm_bindgen::prelude::*;

use crate::scope::{call, property, scope};

/// Words by which browsers name adapters that are programs.
const SOFTWARE: [&str; 6] = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "software", "basic render"];
/// Without these cubecl panics in the browser when it opens a stream.
const REQUIRED_FEATURES: [&str; 1] = ["timestamp-query"];

/// Asks the browser for an adapter and a device; `software_too` lets programs pass.
pub async fn look(software_too: bool) -> Result<(), DeviceReason> {
    let unavailable = |error: JsValue| DeviceReason::Unavailable { detail: said(&error) };
    let gpu = property(&scope().navigator().into(), "gpu").ok_or(DeviceReason::NoWebgpu)?;
    let options = js_sys::Object::new();
    let _ = Reflect::set(&options, &"powerPreference".into(), &"high-performance".into());
    let adapter = call(&gpu, "requestAdapter", &[&options]).await.map_err(unavailable)?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err(DeviceReason::NoAdapter);
    }
    if !software_too && let Some(name) = software_name(&adapter) {
        return Err(DeviceReason::SoftwareAdapter { name });
    }
    if let Some(feature) = REQUIRED_FEATURES.into_iter().find(|feature| !has_feature(&adapter, feature)) {
        return Err(DeviceReason::MissingFeature { feature: feature.to_owned() });
    }
    let device = call(&adapter, "requestDevice", &[]).await.map_err(unavailable)?;
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

/// What a JavaScript error says.
fn said(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| "unknown error".to_owned())
}
