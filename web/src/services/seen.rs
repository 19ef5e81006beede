//! Whether an element is in a part of the window; the browser tells it when that changes, so that what is elsewhere costs nothing.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Function, Object, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// Around the window, as far as two of it.
pub const NEAR: &str = "200% 0px";
/// The middle third of the window.
const MIDDLE: &str = "-33% 0px -33% 0px";
/// The middle of what a figure on top leaves of a small one.
const BELOW: &str = "-58% 0px -16% 0px";

/// Where the text is read that passes a figure.
pub fn middle() -> &'static str {
    let small = window().match_media("(max-width: 59.99rem)").ok().flatten();
    if small.is_some_and(|small| small.matches()) { BELOW } else { MIDDLE }
}

/// Calls back whenever an element comes to that part of the window, or leaves it.
pub fn seen(element: NodeRef<Div>, part: &'static str, told: impl Fn(bool) + Clone + 'static) {
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move |_| {
        watch.set_value(element.get().and_then(|element| Watch::over(&element, part, told.clone())));
    });
}

/// An `IntersectionObserver`; ends with the view that it belongs to.
struct Watch {
    observer: JsValue,
    told: Option<Closure<dyn FnMut(Array)>>,
    /// Whether the view is gone: what the browser has to tell may be under way already.
    over: Rc<Cell<bool>>,
}

impl Watch {
    fn over(element: &JsValue, part: &str, told: impl Fn(bool) + 'static) -> Option<Self> {
        let over = Rc::new(Cell::new(false));
        let gone = Rc::clone(&over);
        let told = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            if gone.get() {
                return;
            }
            // The last one is how it is now.
            let last = entries.iter().last().and_then(|entry| Reflect::get(&entry, &"isIntersecting".into()).ok());
            last.into_iter().for_each(|is_in| told(is_in.is_truthy()));
        });
        let options = Object::new();
        Reflect::set(&options, &"rootMargin".into(), &part.into()).ok()?;
        let class: Function = Reflect::get(&window(), &"IntersectionObserver".into()).ok()?.dyn_into().ok()?;
        let observer = Reflect::construct(&class, &Array::of2(told.as_ref(), &options)).ok()?;
        let watch = Self { observer, told: Some(told), over };
        watch.call("observe", &Array::of1(element))?;
        Some(watch)
    }

    fn call(&self, method: &str, arguments: &Array) -> Option<JsValue> {
        let method: Function = Reflect::get(&self.observer, &method.into()).ok()?.dyn_into().ok()?;
        method.apply(&self.observer, arguments).ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.call("disconnect", &Array::new());
        self.over.set(true);
        // What was under way comes before this, and must find somebody.
        let told = self.told.take();
        set_timeout(move || drop(told), Duration::ZERO);
    }
}
