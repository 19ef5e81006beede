//! What the model read before it wrote, by role, and the examples in it, which can be others.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::{Chaining, Shots};
use vitrine_words::prompt::{Spoken, spoken};

use crate::state::workbench::Workbench;

/// The prompt, folded.
#[component]
pub fn PromptView(
    /// The chain that was written after it.
    chain: Signal<Option<Arc<Chaining>>>,
) -> impl IntoView {
    let said = Memo::new(move |_| chain.get().map(|chain| spoken(&chain)).unwrap_or_default());
    let one = |Spoken { role, text }: Spoken| {
        let pieces = text.into_iter().map(|(text, special)| {
            if special {
                view! { <code class="prompt__special">{text}</code> }.into_any()
            } else {
                view! { <span>{text}</span> }.into_any()
            }
        });
        view! { <div><dt>{role}</dt><dd class="prompt__text">{pieces.collect_view()}</dd></div> }
    };
    view! {
        {move || (!said.with(Vec::is_empty)).then(|| view! {
            <details class="prompt" data-testid="prompt">
                <summary>"What the model read, by role"</summary>
                <dl>{move || said.get().into_iter().map(one).collect_view()}</dl>
            </details>
        })}
    }
}

/// Examples of the reader's own, or those of a question in the address that are not here.
#[component]
pub fn OwnExamples() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let asked = Memo::new(move |_| bench.chains.shots.get());
    let here = Memo::new(move |_| bench.examples());
    let written = RwSignal::new(String::new());
    Effect::new(move |_| written.set(here.get().unwrap_or_default()));
    let lacks = move || match (asked.get(), here.get()) {
        (Shots::File(sha256), None) => Some(sha256),
        _ => None,
    };
    view! {
        {move || matches!(asked.get(), Shots::Four | Shots::File(_)).then(|| view! {
            <details class="prompt" data-testid="own-examples" prop:open=move || lacks().is_some()>
                <summary>"The examples; write others"</summary>
                {move || lacks().map(|sha256| view! {
                    <p class="aside-text">"The question in the address stands after the examples whose SHA-256 is "<span class="number probes__hash">{sha256}</span>"; give them here."</p>
                })}
                <label class="choice"><span class="choice__label">"Each is three lines: Question, Reasoning, Answer; they stay on this device"</span>
                    <textarea class="field probes__paste" rows="8" spellcheck="false" data-testid="examples-text" prop:value=move || written.get() on:input=move |event| written.set(event_target_value(&event))></textarea>
                </label>
                <button type="button" class="button" data-testid="use-examples" on:click=move |_| bench.reason_after(written.get_untracked())>"Ask after these examples"</button>
            </details>
        })}
    }
}
