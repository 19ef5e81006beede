//! Light or dark.

use leptos::prelude::*;
use vitrine_figure::color::Theme;

use crate::state::preferences::Preferences;

/// A button that changes the theme.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let dark = move || preferences.theme() == Theme::Dark;
    view! {
        <button type="button" class="button" on:click=move |_| preferences.toggle()>
            {move || if dark() { "Light" } else { "Dark" }}
            <span class="visually-hidden">" colours"</span>
        </button>
    }
}
