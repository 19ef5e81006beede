//! Before the first question: sentences on which the models show something.

use leptos::prelude::*;
use vitrine_schema::catalog::OFFERS;

use crate::state::workbench::Workbench;

/// A text, what it shows, and the model that it is for.
struct Example {
    text: &'static str,
    shows: &'static str,
    model: &'static str,
}

const fn example(model: usize, text: &'static str, shows: &'static str) -> Example {
    Example { text, shows, model: OFFERS[model].id }
}

/// Three for each model.
const EXAMPLES: [Example; 6] = [
    example(0, "the plot is dull but funny", "One word decides, two pull back."),
    example(0, "not bad at all", "Two words that only count together."),
    example(0, "the acting is terrible and the story is worse", "Two words that say the same hide each other."),
    example(1, "The capital of France is", "A fact, and the word that brings it."),
    example(1, "When Mary and John went to the store, John gave a bottle to", "Which of two names comes next."),
    example(1, "The opposite of hot is", "A relation between two words."),
];

/// The sentences; one click asks.
#[component]
pub fn Examples() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ask = move |example: &'static Example| {
        // A model of the reader's own that reads as this one does is asked itself.
        let alike = untrack(|| bench.models.traits()).causal == (example.model != OFFERS[0].id);
        if !alike {
            bench.choose(example.model);
        }
        bench.ask_about(example.text.to_owned());
    };
    // Those of the chosen kind of model come first.
    let ordered = move || {
        let causal = bench.models.traits().causal;
        let (first, then): (Vec<&'static Example>, Vec<&'static Example>) =
            EXAMPLES.iter().partition(|example| (example.model != OFFERS[0].id) == causal);
        first.into_iter().chain(then).collect::<Vec<_>>()
    };
    view! {
        <ul class="examples" aria-label="Examples">
            {move || ordered().into_iter().map(|example| view! {
                <li class="examples__line">
                    <button type="button" class="examples__text" on:click=move |_| ask(example)>{example.text}</button>
                    <span class="number examples__model">{example.model}</span>
                    <span class="aside-text examples__shows">{example.shows}</span>
                </li>
            }).collect_view()}
        </ul>
    }
}
