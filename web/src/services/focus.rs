//! Where the focus goes.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Moves the focus from an element to the next one beside it that is seen, if there is one.
pub fn focus_beside(event: &KeyboardEvent, forward: bool) {
    let beside = |from: &Element| if forward { from.next_element_sibling() } else { from.previous_element_sibling() };
    let here = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let mut others = std::iter::successors(here, beside).skip(1);
    if let Some(next) = others.find(|element| !element.has_attribute("hidden")) {
        event.prevent_default();
        focus(next);
    }
}

/// Moves the focus to a child of the element that was listened at, by its place.
pub fn focus_child(event: &KeyboardEvent, place: usize) {
    let list = event.current_target().and_then(|list| list.dyn_into::<Element>().ok());
    list.into_iter().for_each(|list| focus_in(&list, place));
}

/// Moves the focus to a child, by its place.
pub fn focus_in(list: &Element, place: usize) {
    list.children().item(place as u32).into_iter().for_each(focus);
}

fn focus(element: Element) {
    // Focus can only fail on an element that has just been removed.
    let _ = element.dyn_into::<HtmlElement>().map(|element| element.focus());
}
