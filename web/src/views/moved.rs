//! The answer with and without a part: what was predicted, what was measured.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::Ablation;
use vitrine_words::ablation::{measured, paragraph};

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
            view! {
                <div class="moved" data-testid="moved" data-value=moved.value.to_string() data-without=moved.without.to_string()>
                    <p class="moved__line">{measured(&moved, predicted.get())}</p>
                    <p class="aside-text">{paragraph(&moved)}</p>
                </div>
            }
        })
    }
}
