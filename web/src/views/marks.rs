//! Drawings whose parts are the words of an explanation: what is pointed at or locked in one is so in all.

use leptos::prelude::*;
use vitrine_figure::drawing::{Drawing, Part};
use vitrine_figure::playback::edges;
use vitrine_figure::table::Table;
use vitrine_figure::{river, trail};
use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::explanation::path;
use vitrine_words::trail as words;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::views::shown::Shown;
use crate::views::transport::Player;

/// A figure of the explanation that is shown, by the functions that draw it, list its numbers and say it.
#[component]
pub fn MarksFigure(
    /// The heading, and the name for scripts.
    name: (&'static str, &'static str),
    /// Draws it into a width.
    draw: fn(&Explanation, &[Mark], f32) -> Drawing,
    /// The same numbers.
    table: fn(&Explanation, &[Mark]) -> Table,
    /// What is seen, in a sentence that names whole words.
    says: fn(&Explanation, &[Mark]) -> String,
    /// Whether that sentence stands elsewhere.
    #[prop(optional)]
    said: bool,
    /// Whether its numbers are seen first.
    #[prop(optional)]
    as_table: bool,
    /// Whether it shows what the receipt measured.
    #[prop(optional)]
    measured: bool,
) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let (title, test_id) = name;
    let says = Signal::derive(move || shown.worded(says));
    let drawn = move |width| match measured {
        true => shown.measured_marks(|explanation, marks| draw(explanation, marks, width)),
        false => shown.marked(|explanation, marks| draw(explanation, marks, width)),
    };
    view! {
        <FigureFrame title=title summary=says table=move |()| if measured { shown.measured_marks(table) } else { shown.marked(table) } said=said as_table=as_table>
            <div data-testid=test_id><MarksView draw=drawn says=says/></div>
        </FigureFrame>
    }
}

/// The path from the blank sentence to the reader's, as bands beside the model's own curve, at the position of the animation.
#[component]
pub fn RiverView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let playback = shown.playback;
    let says = Signal::derive(move || shown.of(path));
    let draw = move |_| {
        let alpha = playback.alpha.get();
        let drawing = shown.river.with(|river| {
            river.as_ref().map(|river| shown.marked(|explanation, marks| river.drawing(explanation, marks, alpha)))
        });
        drawing.unwrap_or_default()
    };
    let edges = Memo::new(move |_| {
        shown.river.with(|river| river.as_ref().map(|river| river.edges.clone()).unwrap_or_default())
    });
    let position = Signal::derive(move || format!("α {:.2}", playback.alpha.get()));
    view! {
        <FigureFrame title="From a blank sentence to this one" summary=says table=move |()| shown.of(river::table) on_space=Callback::new(move |()| playback.toggle())>
            <div data-testid="river" data-alpha=move || format!("{:.4}", playback.alpha.get())>
                <MarksView draw=draw says=says width=shown.river_width/>
            </div>
            {shown.plays.then(|| view! { <Player playback=playback edges=edges said=position label="Position on the path, from the blank sentence to this one"/> })}
        </FigureFrame>
    }
}

/// How the scores came about: what was run, moment by moment, and the bars that settle.
#[component]
pub fn TrailView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let playback = shown.playback;
    let says = Signal::derive(move || shown.of(words::summary));
    let draw = move |width| {
        let alpha = playback.alpha.get();
        shown.marked(|explanation, marks| trail::drawing(explanation, marks, alpha, width)).unwrap_or_default()
    };
    let edges = Memo::new(move |_| {
        shown.of(|explanation| edges(explanation.trail.as_ref().map_or(0, |trail| trail.moments.len())))
    });
    let said = Signal::derive(move || {
        shown
            .of(|explanation| {
                let trail = explanation.trail.as_ref()?;
                Some(words::said(explanation, trail, words::moment(trail, playback.alpha.get())?))
            })
            .unwrap_or_default()
    });
    view! {
        <FigureFrame title="How it came about" summary=says table=move |()| shown.marked(trail::table) on_space=Callback::new(move |()| playback.toggle())>
            <div data-testid="trail" data-alpha=move || format!("{:.4}", playback.alpha.get())>
                <MarksView draw=draw says=says/>
            </div>
            <p class="aside-text" data-testid="trail-said">{said}</p>
            {shown.plays.then(|| view! { <Player playback=playback edges=edges said=Signal::stored(String::new()) label="Position in the runs of the method"/> })}
        </FigureFrame>
    }
}

/// One drawing of the explanation that is shown.
#[component]
fn MarksView(
    #[prop(into)] draw: Callback<f32, Drawing>,
    says: Signal<String>,
    #[prop(optional)] width: RwSignal<f32>,
) -> impl IntoView {
    let selection = expect_context::<Shown>().selection;
    let mark = |part| if let Part::Mark(mark) = part { Some(mark) } else { None };
    view! {
        <DrawingView
            draw=draw
            says=says
            width=width
            pointed=Signal::derive(move || selection.hovered.get().map(Part::Mark))
            chosen=Signal::derive(move || selection.locked.get().map(|span| Part::Mark(span.anchor)))
            on_point=Callback::new(move |part: Option<Part>| selection.hovered.set(part.and_then(mark)))
            on_choose=Callback::new(move |part| mark(part).into_iter().for_each(|mark| selection.toggle(mark)))
        />
    }
}
