//! A labelled select.

use leptos::prelude::*;

/// One option: value and text.
pub type Item = (String, String);

/// A labelled select that calls back with the value.
#[component]
pub fn Choice(
    /// The label above it.
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
    /// Called with the new value.
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
                {move || items.get().into_iter().map(|(key, text)| {
                    let selected = key == value.get_untracked();
                    view! { <option value=key selected=selected>{text}</option> }
                }).collect_view()}
            </select>
        </label>
    }
}
