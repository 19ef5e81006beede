//! A choice inside a sentence.

use leptos::prelude::*;

use crate::elements::choice::Item;

/// A select that reads as a word of the sentence around it.
#[component]
pub fn Pick(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: String,
    /// For scripts.
    #[prop(into)]
    test_id: String,
    /// The options in order.
    #[prop(into)]
    items: Signal<Vec<Item>>,
    /// The value that is selected.
    #[prop(into)]
    value: Signal<String>,
    /// How the value is set: `positive` or `negative`, where it has a side.
    #[prop(optional)]
    side: &'static str,
    /// Called with the new value.
    on_choose: Callback<String>,
) -> impl IntoView {
    view! {
        <select
            class="pick"
            data-side=side
            data-testid=test_id
            aria-label=label
            prop:value=move || value.get()
            on:change=move |event| on_choose.run(event_target_value(&event))
        >
            {move || items.get().into_iter().map(|(key, text)| {
                let selected = key == value.get();
                view! { <option value=key selected=selected>{text}</option> }
            }).collect_view()}
        </select>
    }
}
