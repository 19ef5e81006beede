//! The explanation in words, at three levels.

use leptos::prelude::*;
use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::explanation::{one_line, paragraph, technical};

use crate::views::shown::Shown;

/// Its name on the button, and what it says.
type Length = (&'static str, fn(&Explanation, &[Mark]) -> String);

const LENGTHS: [Length; 3] =
    [("one line", one_line), ("paragraph", paragraph), ("technical", |explanation, _| technical(explanation))];

/// Generated text with a switch of its length.
#[component]
pub fn Reading() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let chosen = RwSignal::new(0);
    let lengths = LENGTHS.into_iter().enumerate().map(|(this, (name, _))| {
        view! {
            <button
                type="button"
                class="reading__level"
                aria-pressed=move || (chosen.get() == this).to_string()
                on:click=move |_| chosen.set(this)
            >{name}</button>
        }
    });
    view! {
        <section class="margin-note" aria-label="In words">
            <h2>"In words"</h2>
            <div class="reading__levels" role="group" aria-label="Length">{lengths.collect_view()}</div>
            <p class="reading" data-testid="reading">{move || shown.worded(LENGTHS[chosen.get()].1)}</p>
        </section>
    }
}
