//! What this browser keeps of a model of the page, as far as the page can see without its engine.

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use vitrine_schema::protocol::{Pieces, WEIGHTS_STORE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::services::page::absolute;
use crate::services::promise::{call, object};

/// Whether every piece of a model is in the browser's storage, so that opening it downloads nothing.
pub async fn is_kept(id: &str) -> bool {
    look(id).await.unwrap_or(false)
}

async fn look(id: &str) -> Option<bool> {
    let address = absolute(&format!("models/{id}/manifest.json"));
    let answer: Response = JsFuture::from(window().fetch_with_str(&address)).await.ok()?.unchecked_into();
    let json = JsFuture::from(answer.json().ok()?).await.ok()?;
    let pieces: Pieces = serde_wasm_bindgen::from_value(json).ok()?;
    // Pages that are not from https, and private windows, have no storage, or one that throws.
    let caches = object(&window(), "caches")?;
    let store = call(&caches, "open", &Array::of1(&WEIGHTS_STORE.into())).await?;
    let keys: Array = call(&store, "keys", &Array::new()).await?.dyn_into().ok()?;
    let address = |request: JsValue| Reflect::get(&request, &"url".into()).ok()?.as_string();
    Some(pieces.are_kept(&keys.iter().filter_map(address).collect::<Vec<_>>()))
}
