//! What was read of the model that is open: every key and tensor, by what became of it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::inspection::{Inspection, Used};
use vitrine_schema::protocol::ModelCard;
use vitrine_words::device;

/// The account of a model, folded to one sentence.
#[component]
pub fn InspectionDetails(
    /// The model.
    model: ModelCard,
) -> impl IntoView {
    let ModelCard { inspection, about, .. } = model;
    let Inspection { used, without_effect, stop_tokens, .. } = &*inspection;
    let Used { tensors, shape_keys, tokenizer_keys, shown_keys } = *used;
    let counts = [
        (tensors, "tensors"),
        (shape_keys, "keys for the shape: layers, heads, widths, norms, positions, classes"),
        (tokenizer_keys, "keys for the tokenizer: pieces, merges, special tokens, where writing stops"),
        (shown_keys, "keys that are shown: name, author, licence"),
    ];
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in without_effect {
        by_reason.entry(entry.reason.clone()).or_default().push(entry.name.clone());
    }
    let stops: Vec<String> = stop_tokens.iter().map(|stop| format!("{} ({})", stop.text, stop.source)).collect();
    let stops = (!stops.is_empty()).then(|| format!("Writing stops at {}.", stops.join(", ")));
    view! {
        <details class="inspection" data-testid="inspection">
            <summary>{device::account(&inspection)}</summary>
            <ul class="inspection__counts">
                {counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| view! {
                    <li><span class="number">{count}</span>" "{what}</li>
                }).collect_view()}
            </ul>
            {(!by_reason.is_empty()).then(|| view! {
                <p>"Without effect here:"</p>
                <dl class="inspection__reasons">
                    {by_reason.into_iter().map(|(reason, names)| view! {
                        <div><dt>{names.into_iter().map(|name| view! { <code>{name}</code>" " }).collect_view()}</dt><dd>{reason}</dd></div>
                    }).collect_view()}
                </dl>
            })}
            {(!about.is_empty()).then(|| view! {
                <p>"The file says of itself:"</p>
                <dl class="inspection__reasons">
                    {about.into_iter().map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> }).collect_view()}
                </dl>
            })}
            {stops.map(|stops| view! { <p>{stops}</p> })}
        </details>
    }
}
