//! The answer with and without a part: what was predicted, what was measured.

use leptos::prelude::*;
use vitrine_figure::describe::visible;
use vitrine_figure::scale::{percent, signed};
use vitrine_schema::inside::{Moved, PatternChange, Removal};
use vitrine_schema::{Quantity, Ranked, Target};

/// The newest test.
#[component]
pub fn MovedView(
    /// The test.
    #[prop(into)]
    moved: Signal<Option<Moved>>,
    /// What direct attribution predicted for it, if it does.
    #[prop(into)]
    predicted: Signal<Option<f32>>,
) -> impl IntoView {
    move || {
        moved.get().map(|moved| {
            let by = moved.after - moved.before;
            let said = predicted.get().map_or_else(String::new, |by| format!("Predicted {}, ", signed(by)));
            let top = moved.top.iter().take(3).map(|ranked| {
                format!("{} {}", name(ranked), percent(ranked.probability))
            });
            view! {
                <div class="moved" data-testid="moved" data-before=moved.before.to_string() data-after=moved.after.to_string()>
                    <p class="moved__line">{format!("{said}measured {}", signed(by))}</p>
                    <p class="aside-text">
                        {format!("{}: the {} goes from {} to {}. Now it would say: {}.", part(moved.removal), scalar(&moved.target), signed(moved.before), signed(moved.after), top.collect::<Vec<_>>().join(", "))}
                    </p>
                </div>
            }
        })
    }
}

/// The token or class of an answer.
fn name(ranked: &Ranked) -> String {
    let label = ranked.label.clone();
    ranked.token.as_deref().map(visible).or(label).unwrap_or_default()
}

fn part(removal: Removal) -> String {
    match removal {
        Removal::Pattern { at, change: PatternChange::Shuffle } => format!("With the pattern of {at} shuffled"),
        Removal::Pattern { at, change: PatternChange::Zero } => format!("With {at} reading nothing"),
        Removal::Head { at } => format!("Without {at}"),
        Removal::Mlp { layer } => format!("Without the MLP of layer {layer}"),
    }
}

/// The scalar in words.
pub fn scalar(target: &Target) -> String {
    let label = visible(&target.label);
    match (&target.foil, target.quantity) {
        (Some(foil), _) => format!("logit of “{label}” minus that of “{}”", visible(&foil.label)),
        (None, Quantity::LogProb) => format!("log-probability of “{label}”"),
        (None, _) => format!("logit of “{label}”"),
    }
}
