//! Can I trust this picture? The checks that were run, with their numbers.

use leptos::prelude::*;
use vitrine_schema::{Check, Explanation, Verdict};
use vitrine_words::explanation::receipt_sentence;
use vitrine_words::number::percent;

use crate::views::shown::Shown;

/// One line per check and a verdict in words.
#[component]
pub fn Receipt() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let verdict = move || match shown.of(|explanation| (explanation.trusted(), explanation.completeness().cloned())) {
        (true, Some(Check { verdict: Verdict::Pass, .. })) => ("pass", "✓", "adds up to the answer"),
        (true, Some(Check { verdict: Verdict::Warn, .. })) => ("warn", "!", "nearly adds up to the answer"),
        (true, Some(Check { verdict: Verdict::NotPromised, .. })) => {
            ("not-promised", "–", "does not promise to add up")
        }
        _ => ("fail", "✗", "does not add up to the answer"),
    };
    let gap = |explanation: &Explanation| {
        let check = explanation.completeness().filter(|_| explanation.has_blank() && explanation.method.signed())?;
        Some(format!("gap {}", percent(check.relative)))
    };
    view! {
        <section class="margin-note receipt" data-testid="receipt" data-verdict=move || verdict().0 aria-label="Can I trust this picture?">
            <h2>"Can I trust this picture?"</h2>
            <p class="receipt__line">
                <span class="receipt__mark" aria-hidden="true">{move || verdict().1}</span>
                <span>{move || verdict().2}</span>
                <span class="number">{move || shown.of(gap)}</span>
            </p>
            <p class="aside-text">{move || shown.of(receipt_sentence)}</p>
            <details class="aside-text">
                <summary>"What is checked?"</summary>
                <p>
                    "The scores of all words are added up and compared with what they should explain: the model's value on this \
                     sentence minus its value on the blank one. Up to 1 % apart passes; more than 10 % apart, the colours are \
                     replaced by hatching."
                </p>
                <p>{move || shown.of(|explanation| explanation.method.id.declared().limits)}</p>
            </details>
        </section>
    }
}
