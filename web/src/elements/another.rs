//! A field that opens where a word stands, for another in its place.

use leptos::html::Input;
use leptos::prelude::*;

/// What is done with another text to see what it moves.
pub const AGAINST: &str = "What did that change?";

/// A link that becomes a field.
#[component]
pub fn AnotherWord(
    /// The word that stands there.
    word: String,
    /// What is done with the one that is written.
    on_ask: Callback<String>,
    /// What is done with it beside the one that stands there.
    #[prop(optional)]
    on_against: Option<Callback<String>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let written = RwSignal::new(word.trim().to_owned());
    let field = NodeRef::<Input>::new();
    // Who asks for the field goes on writing in it.
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        on_ask.run(written.get_untracked());
    };
    move || {
        if !open.get() {
            let label = "Write another word here";
            return view! { <button type="button" class="quiet" data-testid="another" on:click=move |_| open.set(true)>{label}</button> }.into_any();
        }
        view! {
            <form class="another" on:submit=ask>
                <input
                    type="text"
                    class="word-field"
                    data-testid="another-word"
                    aria-label="Another word in its place"
                    node_ref=field
                    prop:value=move || written.get()
                    on:input=move |event| written.set(event_target_value(&event))
                />
                <button type="submit" class="quiet">"Ask"</button>
                {on_against.map(|on_against| view! {
                    <button type="button" class="quiet" data-testid="another-against" on:click=move |_| on_against.run(written.get_untracked())>{AGAINST}</button>
                })}
            </form>
        }
        .into_any()
    }
}
