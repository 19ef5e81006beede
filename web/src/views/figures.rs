//! Every figure of a finding, one below the other, as it is drawn for a file.

use leptos::prelude::*;
use vitrine_figure::{Figure, drawings};
use vitrine_schema::Finding;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;

/// Room for a figure where only its words are wanted.
const ROOM: f32 = 400.0;

/// The figures with their sentences and tables.
#[component]
pub fn FiguresView(
    /// What was found, also in part.
    #[prop(into)]
    finding: Signal<Option<Finding>>,
) -> impl IntoView {
    let figures =
        move |width: f32| finding.with(|found| found.as_ref().map(|found| drawings(found, width)).unwrap_or_default());
    let names = Memo::new(move |_| figures(ROOM).iter().map(|figure| figure.name).collect::<Vec<_>>());
    let one =
        move |name: &'static str, width: f32| figures(width).into_iter().find(|figure: &Figure| figure.name == name);
    view! {
        <For each=move || names.get() key=|name| *name let:name>
            {
                let says = Signal::derive(move || one(name, ROOM).map(|figure| figure.says).unwrap_or_default());
                view! {
                    <FigureFrame title=title(name) summary=says table=move |()| one(name, ROOM).map(|figure| figure.table).unwrap_or_default()>
                        <div data-testid=name><DrawingView draw=move |width| one(name, width).map(|figure| figure.drawing).unwrap_or_default() says=says/></div>
                    </FigureFrame>
                }
            }
        </For>
    }
}

/// The heading over a figure.
fn title(name: &'static str) -> &'static str {
    match name {
        "cards" => "Step by step",
        "along" => "If it had to answer now",
        "braid" => "Every chain, word by word",
        "votes" => "The vote",
        name => name,
    }
}
