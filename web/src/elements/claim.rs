//! What a finding says, in the largest letters of its panel.

use leptos::prelude::*;
use vitrine_words::{Segment, Tone};

/// A claim; words that point to the target and away from it have their colours.
#[component]
pub fn ClaimView(
    /// Its pieces.
    #[prop(into)]
    segments: Signal<Vec<Segment>>,
    /// For scripts.
    #[prop(default = "claim")]
    test_id: &'static str,
) -> impl IntoView {
    let colour = |tone| match tone {
        Tone::Plain => "",
        Tone::Positive => "claim__positive",
        Tone::Negative => "claim__negative",
    };
    view! {
        <p class="claim" data-testid=test_id>
            {move || segments.get().into_iter().map(|segment| view! { <span class=colour(segment.tone)>{segment.text}</span> }).collect_view()}
        </p>
    }
}
