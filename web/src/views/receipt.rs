//! Can I trust this picture? The checks that were run, with their numbers.

use leptos::prelude::*;
use vitrine_schema::Verdict;
use vitrine_words::explanation::receipt_sentence;
use vitrine_words::number::percent;

use crate::views::shown::Shown;

/// One line per check and a verdict in words.
#[component]
pub fn Receipt() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let check = move || shown.explanation.with(|explanation| explanation.completeness().cloned());
    let trusted = move || shown.explanation.with(|explanation| explanation.trusted());
    let verdict = move || match check().map(|check| check.verdict) {
        _ if !trusted() => ("fail", "✗", "does not add up to the answer"),
        Some(Verdict::Pass) => ("pass", "✓", "adds up to the answer"),
        Some(Verdict::Warn) => ("warn", "!", "nearly adds up to the answer"),
        Some(Verdict::NotPromised) => ("not-promised", "–", "does not promise to add up"),
        Some(Verdict::Fail) | None => ("fail", "✗", "does not add up to the answer"),
    };
    view! {
        <section class="margin-note receipt" data-testid="receipt" data-verdict=move || verdict().0 aria-label="Can I trust this picture?">
            <h2>"Can I trust this picture?"</h2>
            <p class="receipt__line">
                <span class="receipt__mark" aria-hidden="true">{move || verdict().1}</span>
                <span>{move || verdict().2}</span>
                <span class="number">{move || check().filter(|_| shown.explanation.with(|explanation| explanation.has_blank() && explanation.method.signed())).map(|check| format!("gap {}", percent(check.relative)))}</span>
            </p>
            <p class="aside-text">{move || shown.explanation.with(|explanation| receipt_sentence(explanation))}</p>
            <details class="aside-text">
                <summary>"What is checked?"</summary>
                <p>
                    "The scores of all words are added up and compared with what they should explain: the model's value on this \
                     sentence minus its value on the blank one. Up to 1 % apart passes; more than 10 % apart, the colours are \
                     replaced by hatching."
                </p>
                <p>{move || shown.explanation.with(|explanation| explanation.method.id.declared().limits)}</p>
            </details>
        </section>
    }
}
