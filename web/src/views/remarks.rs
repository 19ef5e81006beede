//! What a reader should know beside a figure, a line each.

use leptos::prelude::*;
use vitrine_schema::Diagnostic;
use vitrine_words::remark::remark;

/// What a reader should know of what was found.
pub fn remarks(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().filter_map(remark).collect()
}

/// The same, a line each.
#[component]
pub fn Remarks(said: Signal<Vec<String>>) -> impl IntoView {
    let said = Memo::new(move |_| said.get());
    move || {
        said.get()
            .into_iter()
            .map(|said| view! { <p class="truncation" data-testid="remark">{said}</p> })
            .collect_view()
    }
}
