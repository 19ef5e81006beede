//! Light or dark.

use leptos::prelude::*;

/// A button that changes the theme.
#[component]
pub fn ThemeToggle(
    /// Whether the page is dark now.
    #[prop(into)]
    dark: Signal<bool>,
    /// Change it.
    on_toggle: Callback<()>,
) -> impl IntoView {
    view! {
        <button type="button" class="button" on:click=move |_| on_toggle.run(())>
            {move || if dark.get() { "Light" } else { "Dark" }}
            <span class="visually-hidden">" colours"</span>
        </button>
    }
}
