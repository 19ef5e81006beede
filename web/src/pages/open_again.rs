//! Where a file that was saved here comes back: a button, and what is said of a file that does not open.

use leptos::prelude::*;

use crate::services::opened::Opening;

/// The button; a file can as well be dropped anywhere on the page.
#[component]
pub fn OpenAgain() -> impl IntoView {
    let opening = expect_context::<Opening>();
    view! {
        <label class="open-again">
            <span class="quiet">"Open a file that was saved here"</span>
            <input
                type="file"
                class="visually-hidden"
                accept=".png,.html,.json,.txt"
                data-testid="open-file"
                on:change=move |event| opening.picked(&event)
            />
        </label>
    }
}

/// What is said of a file that does not open, until another one does.
#[component]
pub fn NotOpened() -> impl IntoView {
    let opening = expect_context::<Opening>();
    move || {
        opening.said.get().map(|said| {
            view! {
                <p class="not-opened" role="alert" data-testid="not-opened">
                    {said}" "
                    <button type="button" class="quiet" on:click=move |_| opening.said.set(None)>"Close"</button>
                </p>
            }
        })
    }
}
