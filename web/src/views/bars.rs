//! The scores as bars, the largest first.

use leptos::prelude::*;
use vitrine_figure::bars;
use vitrine_words::explanation::claim;
use vitrine_words::phrase::flat;

use crate::elements::figure_frame::FigureFrame;
use crate::views::marks::MarksView;
use crate::views::shown::Shown;

/// What the method gave each word.
#[component]
pub fn BarsView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let width = RwSignal::new(0.0);
    let drawing = Memo::new(move |_| {
        let width = width.get();
        if width == 0.0 {
            return Default::default();
        }
        shown.marks.with(|marks| shown.explanation.with(|explanation| bars::drawing(explanation, marks, width)))
    });
    let table = Signal::derive(move || {
        shown.marks.with(|marks| shown.explanation.with(|explanation| bars::table(explanation, marks)))
    });
    let says = Signal::derive(move || {
        shown.words.with(|words| shown.explanation.with(|explanation| flat(&claim(explanation, words))))
    });
    view! {
        <FigureFrame title="Said, the most first" summary=says table=table legend=ViewFn::from(|| ())>
            <div data-testid="bars"><MarksView drawing=drawing says=says width=width/></div>
        </FigureFrame>
    }
}
