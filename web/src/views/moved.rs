//! The answer with and without a part: what was predicted, what was measured.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::answer::{scalar, would_say};
use vitrine_figure::scale::signed;
use vitrine_schema::{Ablation, Ask, How, Part};

/// The newest test.
#[component]
pub fn MovedView(
    /// The test.
    #[prop(into)]
    moved: Signal<Option<Arc<Ablation>>>,
    /// What direct attribution predicted for it, if it does.
    #[prop(into)]
    predicted: Signal<Option<f32>>,
) -> impl IntoView {
    move || {
        moved.get().map(|moved| {
            let said = predicted.get().map_or_else(String::new, |by| format!("Predicted {}, ", signed(by)));
            let part = taken_out(&moved).map_or_else(String::new, name);
            view! {
                <div class="moved" data-testid="moved" data-value=moved.value.to_string() data-without=moved.without.to_string()>
                    <p class="moved__line">{format!("{said}measured {}", signed(-moved.change))}</p>
                    <p class="aside-text">
                        {format!("{part}: the {} goes from {} to {}. {}", scalar(&moved.target, moved.problem_type), signed(moved.value), signed(moved.without), would_say(&moved.top, 3))}
                    </p>
                </div>
            }
        })
    }
}

/// The part that was taken out, and how.
pub fn taken_out(moved: &Ablation) -> Option<(Part, How)> {
    match &moved.resolved.ask {
        Ask::Ablate(ablate) => Some((*ablate.parts.first()?, ablate.how?)),
        _ => None,
    }
}

fn name((part, how): (Part, How)) -> String {
    match (part, how) {
        (Part::Head { .. }, How::Shuffle) => format!("With the pattern of {part} shuffled"),
        (Part::Mlp { layer }, _) => format!("Without the MLP of layer {layer}"),
        _ => format!("Without {part}"),
    }
}
