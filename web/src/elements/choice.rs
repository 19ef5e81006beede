//! Selects: one with its label above it, and one that reads as a word of a sentence.

use leptos::prelude::*;

/// One option: value and text.
pub type Item = (String, String);

/// A labelled select that calls back with the value.
#[component]
pub fn Choice(
    /// The label above it.
    label: &'static str,
    /// For scripts.
    test_id: &'static str,
    /// The options in order.
    #[prop(into)]
    items: Signal<Vec<Item>>,
    /// The value that is selected.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the new value.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    view! {
        <label class="choice">
            <span class="choice__label">{label}</span>
            <select
                class="choice__select"
                data-testid=test_id
                prop:value=move || value.get()
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {move || options(items, value.get_untracked())}
            </select>
        </label>
    }
}

/// A select that reads as a word of the sentence around it.
#[component]
pub fn Pick(
    /// What is chosen, for screen readers.
    label: &'static str,
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
    #[prop(into)]
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
            {move || options(items, value.get())}
        </select>
    }
}

fn options(items: Signal<Vec<Item>>, value: String) -> impl IntoView {
    let option = |(key, text): Item| view! { <option selected=key == value value=key>{text}</option> };
    items.get().into_iter().map(option).collect_view()
}
