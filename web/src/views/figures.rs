//! Every figure of a finding, one below the other, as it is drawn for a file.

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::{Figure, drawings};
use vitrine_schema::Finding;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;

/// Room for the figures before it is measured.
const ROOM: f32 = 400.0;

/// The figures with their sentences and tables.
#[component]
pub fn FiguresView(
    /// What was found, also in part.
    #[prop(into)]
    finding: Signal<Option<Finding>>,
    /// Which of them; all unless said.
    #[prop(optional)]
    only: &'static [&'static str],
    /// Called when a part of one is clicked, or Enter pressed on it.
    #[prop(optional)]
    on_choose: Option<Callback<Part>>,
) -> impl IntoView {
    // They are as wide as each other.
    let width = RwSignal::new(ROOM);
    let figures = Memo::new(move |_| {
        let mut figures =
            finding.with(|found| found.as_ref().map(|found| drawings(found, width.get())).unwrap_or_default());
        figures.retain(|figure| only.is_empty() || only.contains(&figure.name));
        figures
    });
    let names =
        Memo::new(move |_| figures.with(|figures| figures.iter().map(|figure| figure.name).collect::<Vec<_>>()));
    view! {
        <For each=move || names.get() key=|name| *name let:name>
            <One name=name figures=figures width=width on_choose=on_choose/>
        </For>
    }
}

/// One of them.
#[component]
fn One(
    name: &'static str,
    figures: Memo<Vec<Figure>>,
    width: RwSignal<f32>,
    on_choose: Option<Callback<Part>>,
) -> impl IntoView {
    let figure = Memo::new(move |_| figures.with(|figures| figures.iter().find(|figure| figure.name == name).cloned()));
    let says = Signal::derive(move || {
        figure.with(|figure| figure.as_ref().map(|figure| figure.told.says.clone()).unwrap_or_default())
    });
    let table =
        move |()| figure.with(|figure| figure.as_ref().map(|figure| figure.told.table.clone()).unwrap_or_default());
    let draw = move |_| figure.with(|figure| figure.as_ref().map(|figure| figure.drawing.clone()).unwrap_or_default());
    view! {
        <FigureFrame title=title(name) summary=says table=table>
            <div data-testid=name><DrawingView draw=draw says=says width=width on_choose=on_choose/></div>
        </FigureFrame>
    }
}

/// The heading over a figure.
pub fn title(name: &str) -> &'static str {
    match name {
        "strip" => "Word by word",
        "claims" => "What the chain claims, and what the model does",
        "bars" => "Said, and measured",
        "river" => "From a blank sentence to this one",
        "trail" => "How it came about",
        "sum" => "The sum",
        "receipt" => "Words taken out",
        "insertion" => "Words put in",
        "matter" => "Do the first words matter, and suffice?",
        "blanks" => "Does the blank matter?",
        "seeds" => "Does the seed matter?",
        "head" => "What one head looks at",
        "lines" => "The same as lines",
        "effects" => "What each part writes",
        "sizes" => "How much is written",
        "change" => "What it changes",
        "map" => "Where the difference is",
        "route" => "The way it takes",
        "cell" => "One cell copied",
        "layers" => "What can be read, layer by layer",
        "used" => "What is taken out",
        "methods" => "Methods side by side",
        "counts" => "Many problems",
        "early" => "Answered early",
        "cards" => "Step by step",
        "along" => "If it had to answer now",
        "braid" => "Every chain, word by word",
        "votes" => "The vote",
        "first" => "What could have come first, pushed",
        "first-without" => "The same, left alone",
        _ => "The answer",
    }
}
