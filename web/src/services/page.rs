//! What the page itself says: its address, its head, and its values as scripts have them.

use leptos::prelude::*;
use serde::Serialize;
use vitrine_schema::protocol::DevicePreference;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The part of the address behind its `#`, with it.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Calls back with every new fragment, for as long as the view is there that asks.
pub fn on_fragment(hear: impl Fn(String) + 'static) {
    let heard = window_event_listener(leptos::ev::hashchange, move |_| hear(fragment()));
    on_cleanup(move || heard.remove());
}

/// An address relative to the page, made whole.
pub fn absolute(address: &str) -> String {
    let page = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(address, &page).map_or_else(|_| address.to_owned(), |url| url.href())
}

/// The text of a file beside the page.
pub async fn beside(address: &str) -> Option<String> {
    let answer: Response = JsFuture::from(window().fetch_with_str(&absolute(address))).await.ok()?.dyn_into().ok()?;
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}

/// The content of a `<meta>` of that name.
pub fn from_head(name: &str) -> Option<String> {
    let metas = document().get_elements_by_tag_name("meta");
    let mut metas = (0..metas.length()).filter_map(|i| metas.item(i));
    metas.find(|meta| meta.get_attribute("name").as_deref() == Some(name))?.get_attribute("content")
}

/// `?device=webgpu` or `?device=cpu` in the address.
pub fn preference() -> DevicePreference {
    let search = window().location().search().unwrap_or_default();
    let params = web_sys::UrlSearchParams::new_with_str(&search).ok();
    match params.and_then(|params| params.get("device")).as_deref() {
        Some("webgpu") => DevicePreference::Webgpu,
        Some("cpu") => DevicePreference::Cpu,
        _ => DevicePreference::Auto,
    }
}

/// A value as JSON has it.
pub fn json(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
