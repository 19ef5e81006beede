//! The explanation in words, at three levels.

use leptos::prelude::*;
use vitrine_words::explanation::{one_line, paragraph, technical};

use crate::views::shown::Shown;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    OneLine,
    Paragraph,
    Technical,
}

/// Generated text with a switch of its length.
#[component]
pub fn Reading() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let level = RwSignal::new(Level::OneLine);
    let text = move || {
        shown.words.with(|marks| {
            shown.explanation.with(|explanation| match level.get() {
                Level::OneLine => one_line(explanation, marks),
                Level::Paragraph => paragraph(explanation, marks),
                Level::Technical => technical(explanation),
            })
        })
    };
    let levels = [(Level::OneLine, "one line"), (Level::Paragraph, "paragraph"), (Level::Technical, "technical")];
    view! {
        <section class="margin-note" aria-label="In words">
            <h2>"In words"</h2>
            <div class="reading__levels" role="group" aria-label="Length">
                {levels.into_iter().map(|(this, name)| view! {
                    <button
                        type="button"
                        class="reading__level"
                        aria-pressed=move || (level.get() == this).to_string()
                        on:click=move |_| level.set(this)
                    >{name}</button>
                }).collect_view()}
            </div>
            <p class="reading" data-testid="reading">{text}</p>
        </section>
    }
}
