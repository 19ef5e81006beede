//! The arithmetic: baseline value, each word, value.

use leptos::prelude::*;
use vitrine_figure::sum::{Step, StepKind, Sum, sum};
use vitrine_schema::MethodId;
use vitrine_words::explanation::arithmetic;
use vitrine_words::number::{plain, signed};

use crate::elements::figure_frame::{FigureFrame, Table};
use crate::state::preferences::Preferences;
use crate::views::shown::Shown;

/// A row per word, each bar starting where the one before ended.
#[component]
pub fn SumView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    // Scores without a direction cannot be added up to a value, nor can they where there is none to begin with.
    let adds = Memo::new(move |_| {
        shown.explanation.with(|explanation| explanation.method.id != MethodId::Saliency && explanation.has_blank())
    });
    move || adds.get().then(|| view! { <Rows/> })
}

#[component]
fn Rows() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let preferences = expect_context::<Preferences>();
    let laid_out = Memo::new(move |_| shown.marks.with(|marks| sum(&shown.explanation.get(), marks)));
    let trusted = move || shown.explanation.with(|explanation| explanation.trusted());
    let summary = Signal::derive(move || shown.explanation.with(|explanation| arithmetic(explanation)));
    let table = Signal::derive(move || Table {
        heads: vec![("Part".into(), false), ("Adds".into(), true), ("Running value".into(), true)],
        rows: laid_out.get().steps.iter().map(|step| vec![name(step), amount(step), plain(step.to)]).collect(),
    });
    view! {
        <FigureFrame title="The sum" summary=summary table=table>
            <ol class="sum" class:is-distrusted=move || !trusted() data-testid="sum">
                {move || {
                    let laid_out = laid_out.get();
                    laid_out.steps.iter().map(|step| row(shown, preferences, &laid_out, step)).collect_view()
                }}
            </ol>
        </FigureFrame>
    }
}

fn row(shown: Shown, preferences: Preferences, laid_out: &Sum, step: &Step) -> impl IntoView + use<> {
    let (left, width) = laid_out.bar(step);
    let added = step.to - step.from;
    let trusted = shown.explanation.with(|explanation| explanation.trusted());
    let word = if let StepKind::Word { mark, .. } = step.kind { Some(mark) } else { None };
    let end = matches!(step.kind, StepKind::Baseline | StepKind::Value);
    let hover = move |on: bool| {
        if word.is_some() {
            shown.selection.hover(word.filter(|_| on));
        }
    };
    view! {
        <li
            class="sum__row"
            class:is-end=end
            class:is-selected=move || word.is_some() && shown.selection.current() == word
            on:mouseenter=move |_| hover(true)
            on:mouseleave=move |_| hover(false)
        >
            <span class="sum__name"><bdi>{name(step)}</bdi></span>
            <span class="sum__track" aria-hidden="true">
                <span class="sum__zero" style:left=format!("{:.2}%", laid_out.place(0.0) * 100.0)></span>
                <span
                    class="sum__bar"
                    style:left=format!("{:.2}%", left * 100.0)
                    style:width=format!("{:.2}%", (width * 100.0).max(0.4))
                    style:background-color=move || if end || !trusted { String::new() } else { preferences.theme().pole(added, true).css() }
                ></span>
            </span>
            <span class="number">{amount(step)}</span>
        </li>
    }
}

fn name(step: &Step) -> String {
    match &step.kind {
        StepKind::Baseline => "blank".to_owned(),
        StepKind::Word { text, .. } => text.clone(),
        StepKind::Others { count } => format!("{count} other words"),
        StepKind::Gap => "not accounted for".to_owned(),
        StepKind::Value => "answer".to_owned(),
    }
}

fn amount(step: &Step) -> String {
    match step.kind {
        StepKind::Baseline | StepKind::Value => plain(step.to),
        _ => signed(step.to - step.from),
    }
}
