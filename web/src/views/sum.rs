//! The arithmetic: baseline value, each word, value.

use leptos::prelude::*;
use vitrine_figure::sum;
use vitrine_words::explanation::arithmetic;

use crate::elements::figure_frame::FigureFrame;
use crate::views::marks::MarksView;
use crate::views::shown::Shown;

/// A row per word, each bar starting where the one before ended; nothing where scores cannot be added up to a value.
#[component]
pub fn SumView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let adds = Memo::new(move |_| shown.explanation.with(|explanation| sum::adds_up(explanation)));
    move || adds.get().then(|| view! { <Rows/> })
}

#[component]
fn Rows() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let width = RwSignal::new(0.0);
    let drawing = Memo::new(move |_| {
        let width = width.get();
        if width == 0.0 {
            return Default::default();
        }
        let drawing = |marks: &Vec<_>| shown.explanation.with(|explanation| sum::drawing(explanation, marks, width));
        shown.marks.with(drawing).unwrap_or_default()
    });
    let table = Signal::derive(move || {
        shown.marks.with(|marks| shown.explanation.with(|explanation| sum::table(explanation, marks)))
    });
    let says = Signal::derive(move || shown.explanation.with(|explanation| arithmetic(explanation)));
    view! {
        <FigureFrame title="The sum" summary=says table=table>
            <div data-testid="sum"><MarksView drawing=drawing says=says width=width/></div>
        </FigureFrame>
    }
}
