//! How large an element is, followed for as long as it is there.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{DomRect, HtmlDivElement, ResizeObserver};

/// Keeps a signal at an element's width in whole pixels: before anything is painted at another width, so that nothing below it moves.
/// The element's height must not depend on the signal.
pub fn follow_width(element: NodeRef<Div>, width: RwSignal<f32>) {
    follow(element, move |room| {
        let now = room.width().floor() as f32;
        // What is hidden or gone has no width, and comes back as it was.
        if now > 0.0 && width.try_get_untracked().is_some_and(|before| before != now) {
            width.set(now);
        }
    });
}

/// Calls back with an element's size, at once and whenever it changes.
pub fn follow(element: NodeRef<Div>, told: impl Fn(DomRect) + Clone + 'static) {
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move |_| watch.set_value(element.get().and_then(|element| Watch::over(element, told.clone()))));
}

/// Ends with the view that it belongs to.
struct Watch {
    observer: ResizeObserver,
    _told: Closure<dyn FnMut()>,
}

impl Watch {
    fn over(element: HtmlDivElement, told: impl Fn(DomRect) + 'static) -> Option<Self> {
        // What the browser tells by itself comes after it has laid out, and counts what then changes as moved.
        told(element.get_bounding_client_rect());
        let watched = element.clone();
        let told = Closure::<dyn FnMut()>::new(move || told(watched.get_bounding_client_rect()));
        let observer = ResizeObserver::new(told.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some(Self { observer, _told: told })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
