//! What leaves the page on the reader's word: a file to keep, a picture as the bytes of a PNG, a link on the system's share sheet.

use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_figure::drawing::{Area, Drawing, Paint, Role, Shape};
use vitrine_figure::picture::{MARGIN, SCALE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, Url};

use crate::elements::canvas::{paint, paint_shape};

/// How long a browser may take to begin with a file.
const BEGUN: Duration = Duration::from_secs(30);

/// Hands bytes to the browser as a file to keep.
pub fn save(name: &str, media_type: &str, bytes: &[u8]) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let link = document().create_element("a").ok()?.dyn_into::<HtmlElement>().ok()?;
    link.set_attribute("href", &address).ok()?;
    link.set_attribute("download", name).ok()?;
    link.click();
    set_timeout(move || _ = Url::revoke_object_url(&address), BEGUN);
    Some(())
}

/// A drawing on paper of its theme, as the bytes of a PNG.
pub async fn png(drawing: &Drawing, theme: Theme) -> Option<Vec<u8>> {
    let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    let (width, height) = (drawing.width + 2.0 * MARGIN, drawing.height + 2.0 * MARGIN);
    canvas.set_width((width * SCALE).ceil() as u32);
    canvas.set_height((height * SCALE).ceil() as u32);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context.scale(f64::from(SCALE), f64::from(SCALE)).ok()?;
    let paper = Shape::rect(Area::new(0.0, 0.0, width, height), 0.0, Paint::new(Role::Paper));
    paint_shape(&context, &paper, theme, 1.0);
    context.translate(f64::from(MARGIN), f64::from(MARGIN)).ok()?;
    paint(&context, drawing, theme);
    // A canvas that is too large for the browser gives nothing.
    let blob = JsFuture::from(Promise::new(&mut |resolve, _| _ = canvas.to_blob(&resolve))).await.ok()?;
    bytes(&blob.dyn_into().ok()?).await
}

/// The bytes of a file.
pub async fn bytes(file: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// The system's share sheet, where the browser has one.
pub fn sheet() -> Option<Function> {
    let navigator = Reflect::get(&window(), &"navigator".into()).ok()?;
    Reflect::get(&navigator, &"share".into()).ok()?.dyn_into().ok()
}

/// Opens the sheet with a link; whoever closes it has changed their mind, which is no failure.
pub fn share(title: &str, address: &str) -> Option<()> {
    let what = Object::new();
    Reflect::set(&what, &"title".into(), &title.into()).ok()?;
    Reflect::set(&what, &"url".into(), &address.into()).ok()?;
    let promise: Promise = sheet()?.call1(&window().navigator(), &what).ok()?.dyn_into().ok()?;
    leptos::task::spawn_local(async move { drop(JsFuture::from(promise).await) });
    Some(())
}
