//! Whether an element is in a part of the window; the browser tells it when that changes, so that what is elsewhere costs nothing.

use js_sys::Array;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlDivElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// Around the window, as far as two of it.
pub const NEAR: &str = "200% 0px";
/// The middle third of the window.
pub const MIDDLE: &str = "-33% 0px -33% 0px";

/// Calls back whenever an element comes to that part of the window, or leaves it.
pub fn seen(element: NodeRef<Div>, part: &'static str, told: impl Fn(bool) + Clone + 'static) {
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move |_| {
        watch.set_value(element.get().and_then(|element| Watch::over(&element, part, told.clone())));
    });
}

/// Ends with the view that it belongs to.
struct Watch {
    observer: IntersectionObserver,
    _told: Closure<dyn FnMut(Array)>,
}

impl Watch {
    fn over(element: &HtmlDivElement, part: &str, told: impl Fn(bool) + 'static) -> Option<Self> {
        let told = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            // The last one is how it is now.
            let last: Option<IntersectionObserverEntry> = entries.iter().last().and_then(|entry| entry.dyn_into().ok());
            last.into_iter().for_each(|entry| told(entry.is_intersecting()));
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(part);
        let observer = IntersectionObserver::new_with_options(told.as_ref().unchecked_ref(), &options).ok()?;
        observer.observe(element);
        Some(Self { observer, _told: told })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
