//! The sender's own words, which travel in the link.

use leptos::prelude::*;
use vitrine_share::LinkError;
use vitrine_share::link::Sender;

/// The words as they are typed.
#[derive(Clone, Copy)]
pub struct Words {
    title: RwSignal<String>,
    note: RwSignal<String>,
    name: RwSignal<String>,
    date: RwSignal<String>,
}

impl Words {
    /// Those of a sender.
    pub fn new(Sender { title, note, name, date }: Sender) -> Self {
        let [title, note, name, date] = [title, note, name, date].map(|words| RwSignal::new(words.unwrap_or_default()));
        Self { title, note, name, date }
    }

    /// The words as they may travel.
    pub fn sender(self) -> Result<Sender, LinkError> {
        let [title, note, name, date] = [self.title, self.note, self.name, self.date].map(|words| Some(words.get()));
        Sender::new(title, note, name, date)
    }
}

/// Fields for them, behind a word.
#[component]
pub fn WordsFields(words: Words) -> impl IntoView {
    let field = |label: &'static str, kind: &'static str, most: usize, words: RwSignal<String>| {
        view! {
            <label class="choice">
                <span class="choice__label">{label}</span>
                <input
                    type=kind
                    class="field"
                    data-testid=format!("words-{kind}-{most}")
                    maxlength=most.to_string()
                    prop:value=move || words.get()
                    on:input=move |event| words.set(event_target_value(&event))
                />
            </label>
        }
    };
    let Words { title, note, name, date } = words;
    view! {
        <details class="take__words">
            <summary>"Add your own words"</summary>
            <div class="take__fields">
                {field("What it is about", "text", Sender::TITLE, title)}
                <label class="choice take__note">
                    <span class="choice__label">{format!("A note, at most {} characters", Sender::NOTE)}</span>
                    <textarea
                        class="field"
                        rows="3"
                        data-testid="words-note"
                        maxlength=Sender::NOTE.to_string()
                        prop:value=move || note.get()
                        on:input=move |event| note.set(event_target_value(&event))
                    ></textarea>
                </label>
                {field("Your name", "text", Sender::NAME, name)}
                {field("Date", "date", 10, date)}
            </div>
            <p class="aside-text">"They travel inside the link, stand below what was measured, and are sent nowhere by this page."</p>
        </details>
    }
}
