//! Where a finding of the page stands: carried, being computed here, or the same.

use leptos::prelude::*;

use crate::state::checking::Checking;

/// Whether this device has come to the same numbers.
#[component]
pub fn Computed(check: Checking) -> impl IntoView {
    view! {
        <p class="shared__status aside-text" role="status" data-testid="provenance" data-state=move || check.state()>
            <span class="shared__dot" aria-hidden="true"></span>{move || check.said()}
        </p>
    }
}
