//! What the browser keeps of what was fetched.
//!
//! At a plain `http://` address there is no storage, settings may forbid it, and it may be full: then the page runs from
//! memory and says so. Every call may throw, so none is made through a binding that cannot catch.

use js_sys::Uint8Array;
use vitrine_schema::protocol::{NotKept, WEIGHTS_STORE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

use crate::scope::{begin, call, property, scope};

/// The browser's storage, or why there is none.
#[derive(Clone)]
pub struct Storage(Result<JsValue, NotKept>);

impl Storage {
    /// Opens it, if there is one.
    pub async fn open() -> Self {
        let Some(caches) = property(&scope(), "caches") else {
            let secure = property(&scope(), "isSecureContext").is_some_and(|secure| secure.is_truthy());
            return Self(Err(if secure { NotKept::Denied } else { NotKept::Address }));
        };
        let opened = call(&caches, "open", &[&WEIGHTS_STORE.into()]).await;
        Self(opened.map_err(|error| reason(&error)))
    }

    /// What is kept under a key.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let found = call(self.0.as_ref().ok()?, "match", &[&key.into()]).await.ok()?;
        read(&found.dyn_into().ok()?).await
    }

    /// Keeps whole files under these keys, or none of them.
    pub async fn put_files(&self, files: &[(String, Blob)]) -> Result<(), NotKept> {
        let cache = self.0.as_ref().map_err(|&why| why)?;
        for (key, file) in files {
            let answer = Response::new_with_opt_blob(Some(file)).map_err(|error| reason(&error))?;
            if let Err(error) = call(cache, "put", &[&key.into(), &answer]).await {
                for (key, _) in files {
                    let _ = call(cache, "delete", &[&key.into()]).await;
                }
                return Err(reason(&error));
            }
        }
        Ok(())
    }

    /// Begins to keep bytes under a key; what the future says afterwards, [`reason`] reads.
    pub fn put(&self, key: &str, bytes: &[u8]) -> Result<JsFuture, NotKept> {
        let cache = self.0.as_ref().map_err(|&why| why)?;
        let body = Uint8Array::from(bytes);
        let response = Response::new_with_opt_buffer_source(Some(&body)).map_err(|error| reason(&error))?;
        begin(cache, "put", &[&key.into(), &response]).map_err(|error| reason(&error))
    }
}

/// The bytes of an answer.
pub async fn read(response: &Response) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Why something was not kept.
pub fn reason(error: &JsValue) -> NotKept {
    let name = property(error, "name").and_then(|name| name.as_string());
    if name.as_deref() == Some("QuotaExceededError") { NotKept::Full } else { NotKept::Denied }
}
