//! The path from the blank sentence to the reader's, as bands beside the model's own curve.

use leptos::prelude::*;
use vitrine_figure::river::table;
use vitrine_words::explanation::path;

use crate::elements::figure_frame::FigureFrame;
use crate::views::marks::MarksView;
use crate::views::shown::Shown;
use crate::views::transport::Transport;

/// The river at the position of the animation.
#[component]
pub fn RiverView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let says = Signal::derive(move || shown.explanation.with(|explanation| path(explanation)));
    let table = Signal::derive(move || shown.explanation.with(|explanation| table(explanation)));
    let drawing = Signal::derive(move || {
        let alpha = shown.playback.alpha.get();
        let drawing = shown.marks.with(|marks| {
            let draw = |river: &vitrine_figure::river::River| {
                shown.explanation.with(|explanation| river.drawing(explanation, marks, alpha))
            };
            shown.river.with(|river| river.as_ref().map(draw))
        });
        drawing.unwrap_or_default()
    });
    view! {
        <FigureFrame title="From a blank sentence to this one" summary=says table=table on_space=Callback::new(move |()| shown.playback.toggle())>
            <div data-testid="river" data-alpha=move || format!("{:.4}", shown.playback.alpha.get())>
                <MarksView drawing=drawing says=says width=shown.river_width/>
            </div>
            <Transport/>
        </FigureFrame>
    }
}
