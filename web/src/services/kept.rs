//! What this browser keeps of a model of the page, as far as the page can see without its engine.

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use vitrine_schema::protocol::{NotKept, Pieces, WEIGHTS_STORE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::services::page::absolute;
use crate::services::promise::{call, object};

/// The folder beside the page under whose addresses models of the reader's own are kept; nothing is fetched from there.
pub const OWN_FOLDER: &str = "own-models/";

/// Whether every piece of a model is in the browser's storage, so that opening it downloads nothing; where nothing of it is, nobody is
/// asked.
pub async fn is_kept(id: &str) -> bool {
    let some = stored_models().await.is_ok_and(|models| models.iter().any(|model| model.name == id && !model.own));
    some && look(id).await.unwrap_or(false)
}

async fn look(id: &str) -> Option<bool> {
    let address = absolute(&format!("models/{id}/manifest.json"));
    let answer: Response = JsFuture::from(window().fetch_with_str(&address)).await.ok()?.unchecked_into();
    let json = JsFuture::from(answer.json().ok()?).await.ok()?;
    let pieces: Pieces = serde_wasm_bindgen::from_value(json).ok()?;
    let keys: Array = call(&weights().await?, "keys", &Array::new()).await?.dyn_into().ok()?;
    Some(pieces.are_kept(&keys.iter().filter_map(asked).collect::<Vec<_>>()))
}

/// A model in this browser's storage.
#[derive(Clone)]
pub struct StoredModel {
    /// What it is called.
    pub name: String,
    /// Whether it is one of the reader's own.
    pub own: bool,
    /// How large its pieces are together.
    pub bytes: usize,
    /// The addresses under which they are kept.
    pub keys: Vec<String>,
}

/// Every model of which pieces are kept, also of a page that was here before.
pub async fn stored_models() -> Result<Vec<StoredModel>, NotKept> {
    let secure = Reflect::get(&window(), &"isSecureContext".into()).is_ok_and(|secure| secure.is_truthy());
    let without = if secure { NotKept::Denied } else { NotKept::Address };
    let store = weights().await.ok_or(without)?;
    let keys: Array = call(&store, "keys", &Array::new()).await.and_then(|keys| keys.dyn_into().ok()).ok_or(without)?;
    let mut models: Vec<StoredModel> = Vec::new();
    for key in keys.iter().filter_map(asked) {
        let Some((folder, _)) = key.split('?').next().and_then(|path| path.rsplit_once('/')) else { continue };
        let own = folder.contains(&format!("/{OWN_FOLDER}"));
        let name = decoded(folder.rsplit('/').next().unwrap_or(folder));
        let bytes = length(&store, &key).await.unwrap_or(0);
        match models.iter_mut().find(|model| (&model.name, model.own) == (&name, own)) {
            Some(model) => {
                model.bytes += bytes;
                model.keys.push(key);
            }
            None => models.push(StoredModel { name, own, bytes, keys: vec![key] }),
        }
    }
    Ok(models)
}

/// Removes pieces from the storage.
pub async fn forget(keys: &[String]) {
    let Some(store) = weights().await else { return };
    for key in keys {
        call(&store, "delete", &Array::of1(&key.into())).await;
    }
}

/// How many bytes are kept under an address.
async fn length(store: &JsValue, key: &str) -> Option<usize> {
    let answer: Response = call(store, "match", &Array::of1(&key.into())).await?.dyn_into().ok()?;
    let blob: web_sys::Blob = JsFuture::from(answer.blob().ok()?).await.ok()?.dyn_into().ok()?;
    Some(blob.size() as usize)
}

/// The browser's storage of weights. Pages that are not from https, and private windows, have none, or one that throws.
pub async fn weights() -> Option<JsValue> {
    call(&object(&window(), "caches")?, "open", &Array::of1(&WEIGHTS_STORE.into())).await
}

/// The address that a request asks for.
fn asked(request: JsValue) -> Option<String> {
    Reflect::get(&request, &"url".into()).ok()?.as_string()
}

/// What an escaped name says.
pub fn decoded(name: &str) -> String {
    js_sys::decode_uri_component(name).map_or_else(|_| name.to_owned(), String::from)
}
