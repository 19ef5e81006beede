//! Parts of a page that are built one after the other.

use leptos::prelude::*;

use crate::services::clock::in_place;

/// Builds its children in a task of their own, so that a large view never holds up the reader's hand, and in the order of the page.
#[component]
pub fn Later(
    /// What is built.
    children: ChildrenFn,
) -> impl IntoView {
    let due = RwSignal::new(false);
    // A view that is gone by then has no signal to set.
    in_place(move || {
        let _ = due.try_set(true);
    });
    move || due.get().then(&*children)
}
