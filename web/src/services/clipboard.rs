//! The clipboard, where the browser lends it: not at plain `http://` addresses.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Puts a text there; whether it is there now.
pub async fn copy(text: &str) -> bool {
    put(text).await.is_some()
}

async fn put(text: &str) -> Option<JsValue> {
    let navigator = Reflect::get(&window(), &"navigator".into()).ok()?;
    let clipboard = Reflect::get(&navigator, &"clipboard".into()).ok().filter(JsValue::is_object)?;
    let write: Function = Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = write.apply(&clipboard, &Array::of1(&text.into())).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}
