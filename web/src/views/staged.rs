//! One figure of a finding at a position of its animation.

use leptos::prelude::*;
use vitrine_figure::{Told, at, told};
use vitrine_schema::Finding;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::views::figures::title;

/// Room for the figure before it is measured.
const ROOM: f32 = 400.0;

/// What is drawn.
#[derive(Clone, PartialEq)]
pub struct Staged {
    /// Of which finding.
    pub finding: Finding,
    /// Which figure.
    pub figure: String,
}

/// The figure with its sentence and its table.
#[component]
pub fn StagedView(
    /// What is drawn.
    staged: Memo<Option<Staged>>,
    /// The position, from 0 to 1.
    #[prop(into)]
    position: Signal<f32>,
    /// Whether its numbers are seen first.
    #[prop(optional)]
    as_table: bool,
) -> impl IntoView {
    let width = RwSignal::new(ROOM);
    // What is said and listed is said of all of it, and not at every frame.
    let whole = Memo::new(move |_| {
        staged.with(|staged| staged.as_ref().and_then(|it| told(&it.finding, &it.figure)).unwrap_or_default())
    });
    let says = Signal::derive(move || whole.with(|Told { says, .. }| says.clone()));
    let table = move |()| whole.with(|Told { table, .. }| table.clone());
    let name = Memo::new(move |_| staged.with(|staged| staged.as_ref().map_or("", |it| title(&it.figure))));
    let draw = move |width| {
        let drawn =
            staged.with(|staged| staged.as_ref().and_then(|it| at(&it.finding, &it.figure, position.get(), width)));
        drawn.unwrap_or_default()
    };
    let on_the_way = Signal::derive(move || position.get() < 1.0);
    // Another figure is another element, not this one with all of it moved.
    view! {
        <For each=move || [name.get()] key=|name| *name let:name>
            <FigureFrame title=name summary=says table=table as_table=as_table on_the_way=on_the_way>
                <div data-testid="staged" data-position=move || format!("{:.3}", position.get())><DrawingView draw=draw says=says width=width/></div>
            </FigureFrame>
        </For>
    }
}
