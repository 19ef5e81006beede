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
    let script = match read(folder, "worker_loader.js".to_owned()).await? {
        Ok(script) => script,
        Err(missing) => return Some(missing),
    };
    // Of two modules a page may have one.
    let fused = Some("_fused_bg.wasm").filter(|end| script.contains(end));
    for end in [".js", "_bg.wasm"].into_iter().chain(fused) {
        if let Err(missing) = read(folder, format!("{module}{end}")).await? {
            return Some(missing);
        }
    }
    None
}

/// A part as a text, or why it is none; `None` where nobody can be asked.
async fn read(folder: &str, file: String) -> Option<Result<String, Failure>> {
    let answer = JsFuture::from(window().fetch_with_str(&format!("{folder}{file}"))).await.ok()?;
    let response: Response = answer.unchecked_into();
    if !response.ok() {
        return Some(Err(Failure::Fetch { file, status: response.status(), origin: Origin::Site, resumes: false }));
    }
    let text: JsString = JsFuture::from(response.text().ok()?).await.ok()?.unchecked_into();
    // Neither a script nor a module begins like a page.
    Some(if text.trim_start().char_at(0) == "<" {
        Err(Failure::NotAFile { file, origin: Origin::Site })
    } else {
        Ok(text.into())
    })
}
