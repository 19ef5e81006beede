//! What the page itself says: its address, its head, and its values as scripts have them.

use leptos::prelude::*;
use serde::Serialize;
use vitrine_schema::protocol::DevicePreference;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::services::stored::stored;

/// What a module says that takes the place of another.
const TAKEN_OVER: &str = "vitrine:taken-over";
/// The name under which the reader’s choice of helpers is kept, and its name in the address.
pub const CREW: &str = "crew";
/// No helpers.
pub const NO_CREW: &str = "0";
/// Under which name a device is kept.
pub const DEVICE: &str = "device";

/// The part of the address behind its `#`, with it.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Calls back with every new fragment, for as long as the view is there that asks.
pub fn on_fragment(hear: impl Fn(String) + 'static) {
    let heard = window_event_listener(leptos::ev::hashchange, move |_| hear(fragment()));
    on_cleanup(move || heard.remove());
}

/// Where the page is drawn, after what was there before has ended: a module that hands over, or the sentence for a page that
/// does not start.
pub fn take_over() -> Option<web_sys::HtmlElement> {
    let _ = web_sys::Event::new(TAKEN_OVER).and_then(|event| window().dispatch_event(&event));
    let body = document().body()?;
    body.set_text_content(None);
    Some(body)
}

/// Calls back once when another module takes over.
pub fn until_taken_over(end: impl FnOnce() + 'static) {
    let end = Closure::once_into_js(end);
    let _ = window().add_event_listener_with_callback(TAKEN_OVER, end.unchecked_ref());
}

/// Starts the module that has the pages which this one lacks, by its name in the head; calls back where it cannot be had.
pub fn hand_over(module: &str, missing: impl Fn() + Clone + 'static) {
    let failed = Closure::once_into_js(missing.clone());
    let start = || {
        let script = document().create_element("script").ok()?;
        script.set_attribute("type", "module").ok()?;
        script.set_attribute("src", &from_head(module)?).ok()?;
        script.add_event_listener_with_callback("error", failed.unchecked_ref()).ok()?;
        document().head()?.append_child(&script).ok()
    };
    if start().is_none() {
        missing();
    }
}

/// Tells the page around this frame how high it is; it holds nothing else, so any page may hear it.
pub fn tell_frame(height: f64) {
    let said = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&said, &"vitrineHeight".into(), &height.into());
    if let Ok(Some(parent)) = window().parent() {
        let _ = parent.post_message(&said, "*");
    }
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// An address relative to the page, made whole.
pub fn absolute(address: &str) -> String {
    let page = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(address, &page).map_or_else(|_| address.to_owned(), |url| url.href())
}

/// The text of a file beside the page.
pub async fn beside(address: &str) -> Option<String> {
    let answer: Response = JsFuture::from(window().fetch_with_str(&absolute(address))).await.ok()?.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}

/// Goes to an address of the page.
pub fn go(address: &str) {
    let _ = window().location().set_hash(address);
}

/// Writes an address in the place of the one that is there, without going anywhere.
pub fn replace_fragment(address: &str) {
    // A file has no history to write to; the page works without.
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

/// The content of a `<meta>` of that name.
pub fn from_head(name: &str) -> Option<String> {
    let metas = document().get_elements_by_tag_name("meta");
    let mut metas = (0..metas.length()).filter_map(|i| metas.item(i));
    metas.find(|meta| meta.get_attribute("name").as_deref() == Some(name))?.get_attribute("content")
}

/// `?device=webgpu` or `?device=cpu` in the address, else what the reader chose.
pub fn preference() -> DevicePreference {
    param("device").map_or_else(stored_device, |named| device_named(&named))
}

/// Helpers that the engine may have, at most: `?crew=2` in the address, else what the reader chose.
pub fn crew() -> Option<usize> {
    param(CREW).or_else(|| stored(CREW))?.parse().ok()
}

fn param(name: &str) -> Option<String> {
    let search = window().location().search().unwrap_or_default();
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// The device that the reader chose once and for all.
pub fn stored_device() -> DevicePreference {
    stored(DEVICE).as_deref().map(device_named).unwrap_or_default()
}

/// The device of that name.
pub fn device_named(name: &str) -> DevicePreference {
    match name {
        "webgpu" => DevicePreference::Webgpu,
        "cpu" => DevicePreference::Cpu,
        _ => DevicePreference::Auto,
    }
}

/// Its name, where it is one of them and not whichever is faster.
pub fn device_name(device: DevicePreference) -> Option<&'static str> {
    match device {
        DevicePreference::Webgpu => Some("webgpu"),
        DevicePreference::Cpu => Some("cpu"),
        DevicePreference::Auto => None,
    }
}

/// A value as JSON has it, but with bytes in one piece.
pub fn json(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}
