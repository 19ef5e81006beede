//! The answer with and without a part: what was predicted, what was measured.

use leptos::prelude::*;
use vitrine_figure::answer::{scalar, would_say};
use vitrine_figure::scale::signed;
use vitrine_schema::inside::{Moved, PatternChange, Removal};

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
            view! {
                <div class="moved" data-testid="moved" data-before=moved.before.to_string() data-after=moved.after.to_string()>
                    <p class="moved__line">{format!("{said}measured {}", signed(by))}</p>
                    <p class="aside-text">
                        {format!("{}: the {} goes from {} to {}. {}", part(moved.removal), scalar(&moved.target, moved.problem_type), signed(moved.before), signed(moved.after), would_say(&moved.top, 3))}
                    </p>
                </div>
            }
        })
    }
}

fn part(removal: Removal) -> String {
    match removal {
        Removal::Pattern { at, change: PatternChange::Shuffle } => format!("With the pattern of {at} shuffled"),
        Removal::Pattern { at, change: PatternChange::Zero } => format!("With {at} reading nothing"),
        Removal::Head { at } => format!("Without {at}"),
        Removal::Mlp { layer } => format!("Without the MLP of layer {layer}"),
    }
}
