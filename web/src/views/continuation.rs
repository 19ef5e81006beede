//! A continuation played token by token: what the model read as it wrote each of them.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::color::{Theme, cell, ink_on};
use vitrine_figure::drawing::Part;
use vitrine_figure::playback::{climbed, edges};
use vitrine_figure::{answer, matrix};
use vitrine_schema::protocol::Lane;
use vitrine_schema::{Explanation, Ranked, Step};
use vitrine_words::answer::others;
use vitrine_words::continuation::{claim, rests_on, token, trust};
use vitrine_words::phrase::flat;
use vitrine_words::receipt::verdict;
use vitrine_words::remark::remark;

use crate::elements::another::AnotherWord;
use crate::elements::claim::ClaimView;
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::playback::Playback;
use crate::state::preferences::Preferences;
use crate::state::workbench::Workbench;
use crate::views::transport::Player;

/// The matrix, the text as it was read at the played row, and what could have stood there.
#[component]
pub fn ContinuationView(
    /// The explanation, with its matrix.
    explanation: Arc<Explanation>,
    /// Whether a newer one is being computed.
    stale: Signal<bool>,
    /// What stands under the figure.
    #[prop(into)]
    line: ViewFn,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let n_rows = explanation.steps.len();
    let (segments, remarks) =
        (claim(&explanation), explanation.diagnostics.iter().filter_map(remark).collect::<Vec<_>>());
    let says = flat(&segments);
    let found = StoredValue::new(explanation);
    let playback = Playback::stepwise(n_rows);
    playback.play_once(preferences.reduced_motion.get_untracked());
    let row = Memo::new(move |_| climbed(n_rows, playback.alpha.get()).saturating_sub(1));
    let said = Signal::derive(move || format!("{} of {n_rows}", row.get() + 1));
    let draw = move |width| found.with_value(|found| matrix::drawing(found, row.get(), width)).unwrap_or_default();
    let go = move |row: usize| playback.scrub((row + 1) as f32 / n_rows.max(1) as f32);
    let choose = Callback::new(move |part| {
        if let Part::Token(row) = part {
            go(row)
        }
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let forward = match event.key().as_str() {
            "ArrowDown" => true,
            "ArrowUp" => false,
            _ => return,
        };
        event.prevent_default();
        playback.step(&edges(n_rows), forward);
    };
    view! {
        <div class="columns continuation" data-testid="continuation" class:is-stale=move || stale.get()>
            <div class="columns__main">
                <ClaimView segments=segments/>
                <section>
                    <h2>{move || format!("What it reads as it writes token {}", row.get() + 1)}</h2>
                    <ReadText explanation=found row=row/>
                </section>
                <div on:keydown=on_key>
                    <FigureFrame title="Step by step" summary=says.clone() table=move |()| found.with_value(|found| matrix::table(found)) said=true on_space=Callback::new(move |()| playback.toggle())>
                        <div data-testid="matrix" data-row=move || row.get().to_string()>
                            <DrawingView draw=draw says=says.clone() chosen=Signal::derive(move || Some(Part::Token(row.get()))) on_choose=choose/>
                        </div>
                        <Player playback=playback edges=Signal::stored(edges(n_rows)) said=said label="Which token is being written"/>
                    </FigureFrame>
                </div>
                {line.run()}
                {remarks.into_iter().map(|said| view! { <p class="aside-text" data-testid="remark">{said}</p> }).collect_view()}
            </div>
            <aside class="columns__margin">
                <CouldHave explanation=found row=row/>
                <section class="margin-note">
                    <h2>"The row being played"</h2>
                    <p class="proof__said" data-testid="rests-on" aria-live="polite">{move || found.with_value(|found| rests_on(found, row.get()))}</p>
                    <RowReceipt explanation=found row=row/>
                    <Rewrite explanation=found row=row/>
                </section>
                <AllRows explanation=found/>
            </aside>
        </div>
    }
}

/// The text up to the token, coloured by what each token added.
#[component]
fn ReadText(explanation: StoredValue<Arc<Explanation>>, row: Memo<usize>) -> impl IntoView {
    let theme = expect_context::<Signal<Theme>>();
    let signed = explanation.with_value(|explanation| explanation.signed());
    move || {
        let (read, written) =
            explanation.with_value(|explanation| (matrix::read(explanation, row.get()), token(explanation, row.get())));
        let word = |(text, share): (String, f32)| {
            let ground = cell(share, signed, theme.get());
            view! { <span class="continuation__token" style:background-color=ground.css() style:color=ink_on(ground).css()>{text}</span> }
        };
        view! {
            <p class="continuation__text">
                {read.into_iter().map(word).collect_view()}
                <b class="continuation__written">{written}</b>
            </p>
        }
    }
}

/// Whether the played row holds up when words are taken out, measured when it is asked for.
#[component]
fn RowReceipt(explanation: StoredValue<Arc<Explanation>>, row: Memo<usize>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let said = move || {
        let measured = explanation.with_value(|found| bench.row_receipt(found, row.get()))?;
        measured.receipt.as_ref().map(|receipt| verdict(receipt, &measured))
    };
    move || {
        match said() {
        Some(said) => view! { <p class="proof__said" data-testid="row-receipt" aria-live="polite">{said}</p> }.into_any(),
        None if bench.asking.runs(Lane::Background) && !bench.on_trial() => view! { <p class="aside-text" aria-live="polite">"Taking words out…"</p> }.into_any(),
        None => view! {
            <button type="button" class="quiet" data-testid="row-receipt-run" on:click=move |_| explanation.with_value(|found| bench.ask_row_receipt(found, row.get_untracked()))>
                "Take words out and see whether it holds"
            </button>
        }.into_any(),
    }
    }
}

/// How far all rows can be trusted together, measured row by row when it is asked for.
#[component]
fn AllRows(explanation: StoredValue<Arc<Explanation>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ratios = Memo::new(move |_| explanation.with_value(|found| bench.row_ratios(found)));
    let n_rows = explanation.with_value(|found| found.steps.len());
    let left = move || n_rows - ratios.with(Vec::len);
    let runs = move || left() > 0 && bench.asking.runs(Lane::Background) && !bench.on_trial();
    let said = move || match ratios.with(Vec::len) {
        n if n == n_rows => ratios.with(|ratios| explanation.with_value(|found| trust(found, ratios))),
        n if runs() => format!("Taking words out: {n} of {n_rows} rows."),
        n => format!("{n} of {n_rows} rows were tested."),
    };
    view! {
        <section class="margin-note">
            <h2>"Can I trust this picture?"</h2>
            <p class="proof__said" data-testid="rows-trust" aria-live="polite">{said}</p>
            {move || match (left(), runs()) {
                (0, _) => ().into_any(),
                (_, true) => view! { <button type="button" class="quiet" data-testid="rows-stop" on:click=move |_| bench.asking.stop(Lane::Background)>"Stop"</button> }.into_any(),
                (left, false) => view! {
                    <button type="button" class="quiet" data-testid="rows-run" on:click=move |_| bench.ask_row_receipts(explanation.get_value())>
                        {format!("Test {}", if left == 1 { "the last row".to_owned() } else { format!("the {left} rows that are left") })}
                    </button>
                }.into_any(),
            }}
        </section>
    }
}

/// Another word in the place of the played one; the model goes on from there.
#[component]
fn Rewrite(explanation: StoredValue<Arc<Explanation>>, row: Memo<usize>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || {
        let row = row.get();
        let ask = move |word: String| explanation.with_value(|found| bench.write_instead(found, row, &word));
        let word = explanation.with_value(|found| token(found, row));
        view! { <p class="aside-text"><AnotherWord word=word on_ask=Callback::new(ask)/></p> }
    }
}

/// What the model would rather have said at this step; a click makes it the one that is explained.
#[component]
fn CouldHave(explanation: StoredValue<Arc<Explanation>>, row: Memo<usize>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    // What could have stood here, and which of it does.
    let here = Memo::new(move |_| {
        explanation.with_value(|explanation| {
            let step = explanation.steps.get(row.get());
            let could: Vec<Ranked> = step.into_iter().flat_map(Step::could_have).cloned().collect();
            let own = could.iter().position(|ranked| step.is_some_and(|step| ranked.id == step.id as usize));
            (could, own)
        })
    });
    let rows = Memo::new(move |_| here.with(|(could, _)| answer::likeliest(could, could.len())));
    let rest = move || 1.0 - rows.with(|rows| rows.iter().filter_map(|row| row.probability).sum::<f32>());
    let says = Signal::derive(move || {
        rows.with(|rows| {
            rows.iter().map(|row| format!("{} {}", row.label, row.number())).collect::<Vec<_>>().join(", ")
        })
    });
    let chosen = Signal::derive(move || here.with(|(_, own)| *own).map(Part::Answer));
    let explain = Callback::new(move |part| {
        let Part::Answer(place) = part else { return };
        let token = here.with_untracked(|(could, _)| could.get(place)?.token.clone());
        let before = explanation.with_value(|explanation| explanation.before(row.get_untracked()));
        bench.ask_about(before);
        bench.explain_instead(token, None);
    });
    view! {
        <FigureFrame title="What could have come here" summary=says table=move |()| rows.with(|rows| answer::table(rows)) said=true>
            <DrawingView draw=move |width| rows.with(|rows| answer::drawing(rows, width)) says=says chosen=chosen on_choose=explain/>
        </FigureFrame>
        <p class="aside-text">{move || others(rest())}" Click one to explain it instead."</p>
    }
}
