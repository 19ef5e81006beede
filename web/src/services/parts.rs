//! Why an engine does not start at all: a host that lacks a part of it, or answers with a page.

use js_sys::JsString;
use leptos::prelude::*;
use vitrine_schema::protocol::{Failure, Origin};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The first part of a module that is not there; `loader` is the address of the script that starts it.
pub async fn missing(loader: &str, module: &str) -> Option<Failure> {
    let folder = loader.trim_end_matches("worker_loader.js");
    let mut start = String::new();
    let files = [
        "worker_loader.js".to_owned(),
        format!("{module}.js"),
        format!("{module}_bg.wasm"),
        format!("{module}_fused_bg.wasm"),
    ];
    for (nth, file) in files.into_iter().enumerate() {
        // Of two modules a page may have one.
        if nth == 3 && !start.contains(&file) {
            break;
        }
        let answer = JsFuture::from(window().fetch_with_str(&format!("{folder}{file}"))).await.ok()?;
        let response: Response = answer.unchecked_into();
        if !response.ok() {
            return Some(Failure::Fetch { file, status: response.status(), origin: Origin::Site, resumes: false });
        }
        let text: JsString = JsFuture::from(response.text().ok()?).await.ok()?.unchecked_into();
        // Neither a script nor a module begins like a page.
        if text.trim_start().char_at(0) == "<" {
            return Some(Failure::NotAFile { file, origin: Origin::Site });
        }
        if nth == 0 {
            start = text.into();
        }
    }
    None
}
