//! The answer with and without a part: what was predicted, what was measured.

use leptos::prelude::*;
use vitrine_words::ablation::{measured, paragraph};

use crate::state::workbench::Workbench;

/// The newest test.
#[component]
pub fn MovedView(
    /// What direct attribution predicted for it, if it does.
    #[prop(optional, into)]
    predicted: Signal<Option<f32>>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || {
        bench.moved.get().map(|moved| {
            view! {
                <div class="moved" data-testid="moved" data-value=moved.value.to_string() data-without=moved.without.to_string()>
                    <p class="moved__line">{measured(&moved, predicted.get())}</p>
                    <p class="aside-text">{paragraph(&moved)}</p>
                </div>
            }
        })
    }
}
