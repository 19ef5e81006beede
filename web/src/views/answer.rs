//! The answer: each class with its probability, and what is being explained.

use leptos::prelude::*;
use vitrine_figure::describe::quantity;
use vitrine_figure::scale::{percent, plain};
use vitrine_schema::Explanation;
use vitrine_schema::prediction::softmax;

use crate::state::preferences::Preferences;
use crate::views::explanation::Shown;

/// Probabilities as bars.
#[component]
pub fn Answer() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let preferences = expect_context::<Preferences>();
    view! {
        <section class="margin-note" data-testid="prediction" aria-label="The answer">
            <h2>"The answer"</h2>
            {move || classes(&shown.explanation.get()).into_iter().map(|(label, prob, logit, towards)| view! {
                <div class="answer" data-label=label data-probability=prob.to_string() data-logit=logit.to_string()>
                    <span class="answer__label">{label.clone()}</span>
                    <span class="answer__track" aria-hidden="true">
                        <span
                            class="answer__bar"
                            style:width=format!("{:.1}%", prob * 100.0)
                            style:background-color=move || preferences.theme().pole(towards, true).css()
                        ></span>
                    </span>
                    <span class="number" title=format!("logit {}", plain(logit))>{percent(prob)}</span>
                </div>
            }).collect_view()}
            <p class="aside-text">{move || shown.explanation.with(|explanation| format!("Explained: {}.", quantity(explanation)))}</p>
        </section>
    }
}

/// Label, probability, logit and side of each class that the explanation names.
fn classes(explanation: &Explanation) -> Vec<(String, f32, f32, f32)> {
    let probs = softmax(&explanation.logits);
    let target = &explanation.target;
    let mut named = vec![(target.index, target.label.clone(), 1.0)];
    named.extend(target.foil.iter().map(|foil| (foil.index, foil.label.clone(), -1.0)));
    let mut classes: Vec<_> = named
        .into_iter()
        .filter_map(|(index, label, side)| Some((label, *probs.get(index)?, *explanation.logits.get(index)?, side)))
        .collect();
    let rest: f32 = 1.0 - classes.iter().map(|(_, prob, _, _)| prob).sum::<f32>();
    if classes.len() < probs.len() && classes.len() == 1 {
        classes.push((format!("not {}", target.label), rest.max(0.0), f32::NAN, -1.0));
    }
    classes.sort_by(|a, b| b.1.total_cmp(&a.1));
    classes
}
