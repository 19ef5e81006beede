//! Before the first question: sentences on which the models show something.

use leptos::prelude::*;
use vitrine_schema::catalog::Example;

use crate::state::workbench::Workbench;

/// The sentences; one click asks.
#[component]
pub fn Examples() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ask = move |Example { text, offer, .. }: Example| {
        // A model of the reader's own that reads as this one does is asked itself.
        if untrack(|| bench.models.traits()).causal != offer.causal {
            bench.choose(offer.id);
        }
        bench.ask_about(text.to_owned());
    };
    view! {
        <ul class="examples" aria-label="Examples">
            {move || Example::for_kind(bench.models.traits().causal).into_iter().map(|example| view! {
                <li class="examples__line">
                    <button type="button" class="examples__text" on:click=move |_| ask(example)>{example.text}</button>
                    <span class="number examples__model">{example.offer.id}</span>
                    <span class="aside-text examples__shows">{example.shows}</span>
                </li>
            }).collect_view()}
        </ul>
    }
}
