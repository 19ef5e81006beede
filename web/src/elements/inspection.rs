//! What was read of a model: every key and tensor, by what became of it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::Inspection;
use vitrine_words::device;

/// The account of a model, folded to one sentence.
#[component]
pub fn InspectionDetails(
    /// What was read.
    inspection: Inspection,
    /// What the files say of the model.
    #[prop(optional)]
    about: BTreeMap<String, String>,
) -> impl IntoView {
    let by_reason = inspection.by_reason();
    view! {
        <details class="inspection" data-testid="inspection">
            <summary>{device::account(&inspection)}</summary>
            <ul class="inspection__counts">
                {device::counts(&inspection).map(|(count, what)| view! {
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
            {device::stops(&inspection).map(|stops| view! { <p>{stops}</p> })}
        </details>
    }
}
