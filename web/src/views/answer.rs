//! The answer: each class with its probability, or the number that the model gives, and what is being explained.

use leptos::prelude::*;
use vitrine_figure::answer::{Row, left_out, rows};
use vitrine_figure::color::Theme;
use vitrine_words::answer::less_likely;
use vitrine_words::explanation::explained;
use vitrine_words::number::plain;

use crate::state::models::Models;
use crate::views::shown::Shown;

/// Probabilities as bars; a number has none.
#[component]
pub fn Answer() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let models = expect_context::<Models>();
    let rows = Memo::new(move |_| {
        shown.of(|explanation| {
            let here = models.current().filter(|card| card.id == explanation.model.id);
            rows(explanation, &here.map(|card| card.labels).unwrap_or_default())
        })
    });
    let none = move || rows.with(Vec::is_empty);
    let more = move || rows.with(|rows| shown.of(|explanation| left_out(explanation, rows)));
    // What a model of language could have said stands beside the picture, token by token.
    view! {
        <section class="margin-note" data-testid=move || (!none()).then_some("prediction") aria-label=move || if none() { "What is explained" } else { "The answer" }>
            {move || (!none()).then(|| view! { <h2>"The answer"</h2> })}
            {move || rows.get().into_iter().map(|row| view! { <Line row=row/> }).collect_view()}
            <p class="aside-text">
                {move || less_likely(more())}
                {move || shown.of(explained)}
            </p>
        </section>
    }
}

#[component]
fn Line(row: Row) -> impl IntoView {
    let theme = expect_context::<Signal<Theme>>();
    let number = row.number();
    let Row { label, probability, logit, side } = row;
    let name = label.clone();
    let title = probability.and(logit).map(|logit| format!("logit {}", plain(logit)));
    view! {
        <div
            class="answer"
            class:is-number=probability.is_none()
            data-label=label
            data-probability=probability.map(|prob| prob.to_string())
            data-logit=logit.unwrap_or(f32::NAN).to_string()
        >
            <span class="answer__label">{name}</span>
            {probability.map(|prob| view! {
                <span class="answer__track" aria-hidden="true">
                    <span
                        class="answer__bar"
                        style:width=format!("{:.1}%", prob * 100.0)
                        style:background-color=move || theme.get().pole(side.unwrap_or(0.0), side.is_some()).css()
                    ></span>
                </span>
            })}
            <span class="number" title=title>{number}</span>
        </div>
    }
}
