//! Can I trust this picture? The checks that were run, with their numbers.

use leptos::prelude::*;
use vitrine_schema::{Explanation, Verdict};
use vitrine_words::explanation::receipt_sentence;
use vitrine_words::receipt::{Line, checks};

use crate::elements::verdict::VerdictLine;
use crate::views::shown::Shown;

/// One line per check, and the first of them in words.
#[component]
pub fn Receipt() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let lines = Memo::new(move |_| shown.measured_marks(|explanation, _| checks(explanation)));
    // Whether the parts add up goes first.
    let verdict = move || match lines.with(|lines| lines.first().map(|(verdict, ..)| *verdict)) {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Warn) => "warn",
        Some(Verdict::NotPromised) => "not-promised",
        Some(Verdict::Fail) | None => "fail",
    };
    let line = |(verdict, said, number): Line| view! { <VerdictLine verdict=verdict said=said number=number/> };
    view! {
        <section class="margin-note receipt" data-testid="receipt" data-verdict=verdict aria-label="Can I trust this picture?">
            <h2>"Can I trust this picture?"</h2>
            <ul class="checks">{move || lines.get().into_iter().map(line).collect_view()}</ul>
            <p class="aside-text">{move || shown.of(receipt_sentence)}</p>
            <details class="aside-text">
                <summary>"What is checked?"</summary>
                <p>
                    "The scores of all words are added up and compared with what they should explain: the model's value on this \
                     sentence minus its value on the blank one. Up to 1 % apart passes; more than 10 % apart, the colours are \
                     replaced by hatching."
                </p>
                <p>
                    "Then words are taken out: in this order they should move the answer 1.5 times as far as at random. The top words \
                     matter when a tenth of the certainty goes with them, and suffice when no more is lost with them alone. The order \
                     agrees with taking out each word alone from a Kendall τ of 0.5 on. A score hangs on the blank, or on the seed, \
                     when another one moves it by more than a tenth of the largest."
                </p>
                <p>{move || shown.of(|explanation: &Explanation| explanation.method.id.declared().limits)}</p>
            </details>
        </section>
    }
}
