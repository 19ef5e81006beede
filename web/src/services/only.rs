//! One at a time among all frames of this page in a browser: who takes the place ends who had it.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::services::promise::object;

/// The lock's name.
const PLACE: &str = "vitrine-engine";

/// Takes the place and keeps it until another frame takes it, when `lost` is called. A browser without locks has no such place,
/// and everyone keeps what they have.
pub fn take(lost: impl FnOnce() + 'static) {
    let Some(held) = request() else { return };
    leptos::task::spawn_local(async move {
        if JsFuture::from(held).await.is_err() {
            lost();
        }
    });
}

fn request() -> Option<Promise> {
    let locks = object(&window().navigator(), "locks")?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"steal".into(), &true.into()).ok()?;
    // Held for as long as this never settles.
    let held = Closure::once_into_js(|| Promise::new(&mut |_, _| {}));
    request.apply(&locks, &Array::of3(&PLACE.into(), &options, &held)).ok()?.dyn_into().ok()
}
