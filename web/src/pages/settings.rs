//! Settings: what the reader prefers on this device.

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_words::Grouping;

use crate::elements::choice::{Choice, Item};
use crate::services::page;
use crate::services::stored::keeps;
use crate::state::preferences::{Preferences, STILL, WORDS};

/// The choices; each holds at once.
#[component]
pub fn Settings() -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let items = |items: &[(&str, &str)]| -> Signal<Vec<Item>> {
        Signal::stored(items.iter().map(|(word, said)| ((*word).to_owned(), (*said).to_owned())).collect())
    };
    let Preferences { chosen, still, device, alone, grouping, .. } = preferences;
    let theme = move || chosen.get().map_or("", Theme::name).to_owned();
    let motion = move || if still.get() { STILL } else { "" }.to_owned();
    let on = move || page::device_name(device.get()).unwrap_or_default().to_owned();
    let crew = move || if alone.get() { page::NO_CREW } else { "" }.to_owned();
    let view = move || if grouping.get() == Grouping::Words { WORDS } else { "" }.to_owned();
    let kept = if keeps() {
        "These choices are kept in this browser, for this page alone, and are sent nowhere."
    } else {
        "This browser keeps nothing for this page: its settings or a private window forbid it. What you choose lasts until the page is closed."
    };
    view! {
        <section class="settings" aria-label="Settings">
            <h1 class="claim">"Settings"</h1>
            <Choice
                label="Colours" test_id="setting-theme" value=Signal::derive(theme)
                items=items(&[("", "as the system has them"), ("light", "light"), ("dark", "dark")])
                on_choose=Callback::new(move |word: String| chosen.set(Theme::named(&word)))
            />
            <Choice
                label="Motion" test_id="setting-motion" value=Signal::derive(motion)
                items=items(&[("", "as the system has it"), (STILL, "none: figures stand at their end")])
                on_choose=Callback::new(move |word: String| still.set(word == STILL))
            />
            <Choice
                label="The models run on" test_id="setting-device" value=Signal::derive(on)
                items=items(&[("", "whichever is faster here"), ("cpu", "the CPU"), ("webgpu", "the graphics card, through WebGPU")])
                on_choose=Callback::new(move |word: String| device.set(page::device_named(&word)))
            />
            <Choice
                label="On the CPU they have" test_id="setting-crew" value=Signal::derive(crew)
                items=items(&[("", "helpers, as many as cores and memory allow"), (page::NO_CREW, "no helpers")])
                on_choose=Callback::new(move |word: String| alone.set(word == page::NO_CREW))
            />
            <p class="aside-text">"Another device, or helpers, are used from the next visit on, or when this page is loaded again; what is named at the end of the address comes first."</p>
            <Choice
                label="The Lab shows" test_id="setting-view" value=Signal::derive(view)
                items=items(&[("", "tokens, as the model reads them"), (WORDS, "whole words")])
                on_choose=Callback::new(move |word: String| grouping.set(if word == WORDS { Grouping::Words } else { Grouping::Tokens }))
            />
            <p class="aside-text" data-testid="settings-kept">{kept}</p>
            <p><a href="#/models">"Models that this browser keeps"</a></p>
        </section>
    }
}
