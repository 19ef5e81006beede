//! The page's own typefaces. Until they are there, faces of the system stand in, as wide and as high as they are.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::services::page::from_head;
use crate::services::promise::object;

/// The mark of a page that is set in them.
const OWN: &str = "data-own-faces";
/// What the reader looks at, and by how many pixels none of it may move: a line is twice as high.
const LANDMARKS: &str = "main .claim, main .claim span, main figure, main aside, main footer";
const STILL: f64 = 10.0;

/// Fetches them once; without them the page is read in the faces that stand in. They take their place all at once.
pub fn fetch() {
    leptos::task::spawn_local(async {
        if come().await.is_some() {
            set();
        }
    });
}

/// The same for a page that is read at once, as a link is: where a line would break elsewhere, so that what is read moves, they wait
/// until another page is opened.
pub fn fetch_quietly() {
    leptos::task::spawn_local(async {
        if come().await.is_none() {
            return;
        }
        let before = landmarks();
        set();
        let bottom = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(f64::INFINITY);
        let moved = |(before, after): (&f64, f64)| *before < bottom && (before - after).abs() > STILL;
        if before.iter().zip(landmarks()).any(moved) {
            let _ = root().map(|root| root.remove_attribute(OWN));
            drop(window_event_listener(leptos::ev::hashchange, |_| set()));
        }
    });
}

fn root() -> Option<web_sys::Element> {
    document().document_element()
}

/// Sets the page in them.
fn set() {
    let _ = root().map(|root| root.set_attribute(OWN, ""));
}

/// How far from the top of the window the landmarks begin.
fn landmarks() -> Vec<f64> {
    let Ok(found) = document().query_selector_all(LANDMARKS) else { return Vec::new() };
    let nodes = (0..found.length()).filter_map(|i| found.item(i)?.dyn_into::<web_sys::Element>().ok());
    nodes.map(|node| node.get_bounding_client_rect().top()).collect()
}

/// Their style sheet, and then all that it names.
async fn come() -> Option<()> {
    let href = from_head("vitrine-fonts")?;
    if document().query_selector(&format!("link[href='{href}']")).ok()?.is_some() {
        return Some(());
    }
    let sheet = document().create_element("link").ok()?;
    sheet.set_attribute("rel", "stylesheet").ok()?;
    sheet.set_attribute("href", &href).ok()?;
    document().head()?.append_child(&sheet).ok()?;
    let listed = Promise::new(&mut |listed, failed| {
        let _ = sheet.add_event_listener_with_callback("load", &listed);
        let _ = sheet.add_event_listener_with_callback("error", &failed);
    });
    JsFuture::from(listed).await.ok()?;
    let faces = js_sys::try_iter(&object(&document(), "fonts")?).ok()??;
    let load = |face: JsValue| Reflect::get(&face, &"load".into()).ok()?.dyn_into::<Function>().ok()?.call0(&face).ok();
    let loads: Array = faces.filter_map(|face| load(face.ok()?)).collect();
    // Of those that stand in some are on no device at all.
    JsFuture::from(Promise::all_settled(&loads)).await.ok().map(drop)
}
