//! What this browser remembers of models of the reader's own: the names of the last ones, and the bytes of those that it was told to keep.

use js_sys::{Array, Reflect};
use vitrine_schema::protocol::NotKept;
use vitrine_share::recent::{Recent, read, with, write};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Response};

use crate::services::kept::{OWN_FOLDER, decoded, weights};
use crate::services::page::absolute;
use crate::services::promise::call;
use crate::services::stored::{store, stored};

/// The word under which names are kept.
const RECENT: &str = "recent-models";
/// Files of these kinds can be part of a model that is read.
const KINDS: [&str; 6] = [".json", ".txt", ".jinja", ".md", ".safetensors", ".gguf"];

/// The last models that were opened.
pub fn recent() -> Vec<Recent> {
    read(&stored(RECENT).unwrap_or_default())
}

/// Remembers the name of a model that was opened; one of the hub can be had there again, also if it was opened from what is kept.
pub fn remember(id: &str, hub: bool) {
    let hub = hub || recent().iter().any(|known| known.hub && known.id == id);
    store(RECENT, Some(&write(&with(recent(), Recent { id: id.to_owned(), hub }))));
}

/// Forgets a name.
pub fn forget_name(id: &str) {
    let left: Vec<Recent> = recent().into_iter().filter(|recent| recent.id != id).collect();
    store(RECENT, Some(&*write(&left)).filter(|lines| !lines.is_empty()));
}

/// Keeps the files of a model in this browser.
pub async fn keep(id: &str, files: &Array) -> Result<(), NotKept> {
    let store = weights().await.ok_or(NotKept::Denied)?;
    for file in files.iter().filter_map(|file| file.dyn_into::<File>().ok()) {
        let place = place(&file);
        if !KINDS.iter().any(|kind| place.to_lowercase().ends_with(kind)) {
            continue;
        }
        let name = |name: &str| String::from(js_sys::encode_uri_component(name));
        let key = absolute(&format!("{OWN_FOLDER}{}/{}", name(id), name(&place)));
        let blob: &Blob = &file;
        let answer = Response::new_with_opt_blob(Some(blob)).map_err(|_| NotKept::Denied)?;
        // What does not fit is the commonest reason by far.
        call(&store, "put", &Array::of2(&key.into(), &answer)).await.ok_or(NotKept::Full)?;
    }
    Ok(())
}

/// The files that are kept under some addresses, named as they were.
pub async fn files(keys: &[String]) -> Option<Array> {
    let (store, files) = (weights().await?, Array::new());
    for key in keys {
        let answer: Response = call(&store, "match", &Array::of1(&key.into())).await?.dyn_into().ok()?;
        let blob = JsFuture::from(answer.blob().ok()?).await.ok()?;
        let name = decoded(key.rsplit('/').next()?);
        let file = File::new_with_blob_sequence(&Array::of1(&blob), &name).ok()?;
        files.push(&file);
    }
    Some(files)
}

/// The place of a file in the folder that was picked.
fn place(file: &File) -> String {
    let path = Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    let inside = path.as_deref().and_then(|path| Some(path.split_once('/')?.1.to_owned()));
    inside.unwrap_or_else(|| file.name())
}
