//! Where a finding of the page stands: carried, being computed here, or the same.

use leptos::prelude::*;
use vitrine_words::progress::compute_here;

use crate::state::checking::Checking;

/// Whether this device has come to the same numbers; of a model that comes on request, with the request.
#[component]
pub fn Computed(
    check: Checking,
    /// Has it computed here.
    on_start: Callback<Checking>,
) -> impl IntoView {
    view! {
        <p class="shared__status aside-text" role="status" data-testid="provenance" data-state=move || check.state()>
            <span class="shared__dot" aria-hidden="true"></span>
            <span>{move || check.said()}" "</span>
            {move || check.on_request().map(|offer| {
                let fetched = (!check.has_model()).then(|| check.bytes());
                if check.runs() {
                    return view! { <button type="button" class="quiet" data-testid="stop-computing" on:click=move |_| check.stop()>"Stop"</button> }.into_any();
                }
                check.is_open().then(|| view! {
                    <button type="button" class="quiet" data-testid="compute-here" on:click=move |_| on_start.run(check)>
                        {compute_here(fetched, offer.memory_bytes, check.is_light())}
                    </button>
                }).into_any()
            })}
        </p>
    }
}
