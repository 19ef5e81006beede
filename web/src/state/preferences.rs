//! What the reader prefers: kept in this browser.

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_schema::protocol::DevicePreference;
use vitrine_words::Grouping;
use wasm_bindgen::prelude::*;

use crate::services::page;
use crate::services::stored::{store, stored};

/// Theme, motion, device, words or tokens, and width, as signals.
#[derive(Clone, Copy)]
pub struct Preferences {
    /// Set by the reader; `None` follows the system.
    pub chosen: RwSignal<Option<Theme>>,
    /// What the system says.
    system_dark: RwSignal<bool>,
    /// Whether it is being printed: paper is light.
    printed: RwSignal<bool>,
    /// Whether the window is narrow.
    pub narrow: RwSignal<bool>,
    /// Whether the reader wants no motion, whatever the system says.
    pub still: RwSignal<bool>,
    /// Whether motion should be avoided.
    pub reduced_motion: Signal<bool>,
    /// The device that the next engine is to run on, unless the address names one.
    pub device: RwSignal<DevicePreference>,
    /// Whether the next engine works without helpers, unless the address says how many.
    pub alone: RwSignal<bool>,
    /// Whether word pieces are merged in the Lab.
    pub grouping: RwSignal<Grouping>,
}

impl Preferences {
    /// Reads what was stored and follows the system.
    pub fn read() -> Self {
        let preferences = Self::followed();
        let Self { chosen, still, device, alone, grouping, .. } = preferences;
        chosen.set(stored("theme").as_deref().and_then(Theme::named));
        still.set(stored("motion").as_deref() == Some(STILL));
        device.set(page::stored_device());
        alone.set(stored(page::CREW).as_deref() == Some(page::NO_CREW));
        if stored("view").as_deref() == Some(WORDS) {
            grouping.set(Grouping::Words);
        }
        keep("theme", move || chosen.get().map(Theme::name));
        keep("motion", move || still.get().then_some(STILL));
        keep("view", move || (grouping.get() == Grouping::Words).then_some(WORDS));
        keep(page::CREW, move || alone.get().then_some(page::NO_CREW));
        keep(page::DEVICE, move || page::device_name(device.get()));
        say("data-motion", move || still.get().then_some(STILL));
        preferences
    }

    /// Follows the system alone; nothing is read or stored.
    pub fn followed() -> Self {
        let system_still = follow("(prefers-reduced-motion: reduce)");
        let (chosen, still) = (RwSignal::new(None::<Theme>), RwSignal::new(false));
        let printed = follow("print");
        // Paper is white.
        say("data-theme", move || match printed.get() {
            true => Some(Theme::Light.name()),
            false => chosen.get().map(Theme::name),
        });
        Self {
            chosen,
            system_dark: follow("(prefers-color-scheme: dark)"),
            printed,
            narrow: follow("(max-width: 40rem)"),
            still,
            reduced_motion: Signal::derive(move || still.get() || system_still.get()),
            device: RwSignal::default(),
            alone: RwSignal::default(),
            grouping: RwSignal::new(Grouping::Tokens),
        }
    }

    /// What is shown.
    pub fn theme(&self) -> Theme {
        let system = if self.system_dark.get() { Theme::Dark } else { Theme::Light };
        if self.printed.get() { Theme::Light } else { self.chosen.get().unwrap_or(system) }
    }

    /// The other theme.
    pub fn toggle(&self) {
        self.chosen.set(Some(untrack(|| self.theme()).other()));
    }
}

/// The word for no motion.
pub const STILL: &str = "reduced";
/// The word for merged word pieces.
pub const WORDS: &str = "words";

/// Keeps a choice under its name; nothing where the reader chose nothing.
fn keep(name: &'static str, word: impl Fn() -> Option<&'static str> + 'static) {
    let before = StoredValue::new(stored(name));
    Effect::new(move |_| {
        let word = word();
        // What is there already is not written again, by a second page least of all.
        if before.get_value().as_deref() != word {
            store(name, word);
            before.set_value(word.map(str::to_owned));
        }
    });
}

/// Says a choice to the style sheets.
fn say(attribute: &'static str, word: impl Fn() -> Option<&'static str> + 'static) {
    Effect::new(move |_| {
        let word = word();
        let _ = document().document_element().map(|root| match word {
            Some(word) => root.set_attribute(attribute, word),
            None => root.remove_attribute(attribute),
        });
    });
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
