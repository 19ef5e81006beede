//! The first screen: one explanation, precomputed, then computed again on the reader's device.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::protocol::{Lane, Request, Response};
use vitrine_schema::{Explanation, Finding, Kept};
use vitrine_words::Grouping;
use vitrine_words::progress;

use crate::elements::later::Later;
use crate::services::worker_client::Engine;
use crate::views::explanation::ExplanationView;

/// Largest difference up to which the stored explanation counts as confirmed; devices differ in the last digits.
const AGREES: f32 = 1e-2;

/// The explanation that the page carries, so that there is something true to see before a model is there.
fn precomputed() -> Option<Explanation> {
    // Read as every answer of the worker is: a second reader of the same values would add to the page.
    let value = js_sys::JSON::parse(include_str!("../precomputed.json")).ok()?;
    serde_wasm_bindgen::from_value(value).ok()
}

/// The start page.
#[component]
pub fn Home() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let findings = expect_context::<RwSignal<Kept>>();
    let stored = precomputed().map(Arc::new);
    let difference = RwSignal::new(None::<Option<f32>>);
    let shown = RwSignal::new(stored.clone());
    if let Some(stored) = stored {
        let request = Request::Run { recipe: Box::new(stored.resolved.clone()), lane: Lane::Answer, table: None };
        let id = engine.ask(request, None, move |answer| {
            // Without an answer the stored explanation stays, labelled as what it is.
            if let Ok(Response::Found { finding, elapsed_millis, .. }) = answer
                && let Finding::Explanation(computed) = &*finding
            {
                let off = stored.largest_difference(computed).filter(|off| *off <= AGREES);
                difference.set(Some(off));
                findings.update(|kept| kept.put((*finding).clone(), elapsed_millis));
                // What agrees is not drawn again under the reader's eyes.
                if off.is_none() {
                    shown.set(Some(Arc::clone(computed)));
                }
            }
        });
        on_cleanup(move || engine.cancel(id));
    }
    let provenance = Signal::derive(move || Some(progress::carried(difference.get())));
    let grouping = RwSignal::new(Grouping::Tokens);
    view! {
        <section class="lead">
            <h1 class="lead__title">"A small transformer, running in this page, and why it said that"</h1>
            <p class="lead__text">
                "The sentence below was read by a real model. Its answer is taken apart word by word, and the receipt beside it \
                 says how far to trust the picture."
                <a class="lead__try" href="#/lab">"Try your own sentence in the Lab"</a>
            </p>
            <p class="lead__sentence">
                {move || shown.get().map(|explanation| format!("“{}”", explanation.input.text))}
            </p>
        </section>
        <Later>
            {move || shown.get().map(|explanation| view! {
                <ExplanationView explanation=explanation grouping=grouping locked=RwSignal::new(None) stale=false provenance=provenance/>
            })}
        </Later>
    }
}
