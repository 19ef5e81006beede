//! Parts of a page that are built one after the other.

use leptos::prelude::*;

use crate::services::clock::in_place;

/// Builds its children in a task of their own, so that a large view never holds up the reader's hand, and in the order of the page.
#[component]
pub fn Later(
    /// What is built.
    children: ChildrenFn,
) -> impl IntoView {
    let (due, mut asked) = (RwSignal::new(false), false);
    move || {
        // Here and not above: views are made in any order, and put into the page in that of the page.
        if !std::mem::replace(&mut asked, true) {
            // A view that is gone by then has no signal to set.
            in_place(move || {
                let _ = due.try_set(true);
            });
        }
        due.get().then(&*children)
    }
}
