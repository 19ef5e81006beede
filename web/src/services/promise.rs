//! Calls of the browser that promise something, made so that one that is missing or throws is `None`.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A property that is an object.
pub fn object(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &name.into()).ok().filter(JsValue::is_object)
}

/// What a method promises.
pub async fn call(object: &JsValue, method: &str, arguments: &Array) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    JsFuture::from(method.apply(object, arguments).ok()?.dyn_into::<Promise>().ok()?).await.ok()
}
