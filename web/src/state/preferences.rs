//! What the reader prefers: kept in this browser.

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use wasm_bindgen::prelude::*;

const KEY: &str = "vitrine.theme";

/// Theme, width and motion, as signals.
#[derive(Clone, Copy)]
pub struct Preferences {
    /// Set by the reader; `None` follows the system.
    chosen: RwSignal<Option<Theme>>,
    /// What the system says.
    system_dark: RwSignal<bool>,
    /// Whether the window is narrow.
    pub narrow: RwSignal<bool>,
    /// Whether motion should be avoided.
    pub reduced_motion: RwSignal<bool>,
}

impl Preferences {
    /// Reads what was stored and follows the system.
    pub fn read() -> Self {
        let stored = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        let preferences = Self::followed(stored.as_deref().and_then(Theme::named));
        Effect::new(move |_| {
            let Some(theme) = preferences.chosen.get() else { return };
            lay_on(Some(theme));
            // Without storage the choice lasts as long as the page.
            let _ = storage().map(|storage| storage.set_item(KEY, theme.name()));
        });
        preferences
    }

    /// Follows the system alone, or stays on one paper; nothing is stored.
    pub fn of_frame(theme: Option<Theme>) -> Self {
        let preferences = Self::followed(theme);
        lay_on(theme);
        preferences
    }

    fn followed(chosen: Option<Theme>) -> Self {
        Self {
            chosen: RwSignal::new(chosen),
            system_dark: follow("(prefers-color-scheme: dark)"),
            narrow: follow("(max-width: 40rem)"),
            reduced_motion: follow("(prefers-reduced-motion: reduce)"),
        }
    }

    /// What is shown.
    pub fn theme(&self) -> Theme {
        let system = if self.system_dark.get() { Theme::Dark } else { Theme::Light };
        self.chosen.get().unwrap_or(system)
    }

    /// The other theme.
    pub fn toggle(&self) {
        self.chosen.set(Some(untrack(|| self.theme()).other()));
    }
}

/// Lays the page on a paper, where one is chosen.
fn lay_on(theme: Option<Theme>) {
    let root = theme.and_then(|theme| Some((document().document_element()?, theme)));
    let _ = root.map(|(root, theme)| root.set_attribute("data-theme", theme.name()));
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Whether a media query matches, followed for as long as the page lives.
fn follow(query: &str) -> RwSignal<bool> {
    let list = window().match_media(query).ok().flatten();
    let matches = RwSignal::new(list.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    if let Some(list) = list {
        let again = list.clone();
        let on_change = Closure::<dyn FnMut()>::new(move || matches.set(again.matches()));
        let _ = list.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
        on_change.forget();
    }
    matches
}
