//! Does the picture hold up? The answer while words are taken out in its order, beside random orders.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::receipt::{drawing, table};
use vitrine_schema::protocol::Lane;
use vitrine_schema::receipt::Receipt;
use vitrine_schema::{Explanation, Finding};
use vitrine_words::progress;
use vitrine_words::receipt::{agreement, removed_by, step, verdict};

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::workbench::Workbench;
use crate::views::figures::FiguresView;

/// What was measured beside the curve.
const IN_FULL: &[&str] = &["insertion", "matter", "blanks", "seeds"];

/// The receipt once it is measured; until then how far it is, or how long it would take.
#[component]
pub fn CurveView() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let measured = Memo::new(move |_| bench.receipt());
    let runs = Memo::new(move |_| bench.asking.runs(Lane::Background) && !bench.on_trial());
    // A receipt that grows is not built anew: who reads it in full goes on.
    let stage = Memo::new(move |_| match (measured.with(Option::is_some), runs.get()) {
        (true, _) => Stage::Measured,
        (false, true) => Stage::Runs,
        (false, false) => Stage::Offered,
    });
    // What is offered is about the question, and so no part of an older picture.
    let fresh = Memo::new(move |_| bench.shown().is_some_and(|(_, old)| !old));
    // A receipt grows while it is read.
    let opened = RwSignal::new(false);
    let done = move || bench.asking.progress(Lane::Background).map(progress::measuring);
    let offer = move || {
        bench.receipt_millis().map(|millis| format!("Take words out and see, about {}", progress::seconds(millis)))
    };
    view! {
        <section class="margin-note" aria-label="Does it hold up?" data-testid="trust" data-verdict=move || measured.get().and_then(|found| Some(found.receipt.as_ref()?.verdict.id.name()))>
            <h2>"Does it hold up?"</h2>
            {move || match stage.get() {
                Stage::Measured => view! { <Measured measured=measured opened=opened/> }.into_any(),
                Stage::Runs => view! {
                    <p class="aside-text"><span class="number" role="status">{done}</span>" "
                        <button type="button" class="quiet" on:click=move |_| bench.asking.stop(Lane::Background)>"Stop measuring"</button>
                    </p>
                }.into_any(),
                Stage::Offered => fresh.get().then(|| view! {
                    {move || bench.asking.missed.get().map(|trouble| view! { <p class="aside-text" role="alert">{trouble.sentence()}</p> })}
                    <button type="button" class="button" data-testid="measure" on:click=move |_| bench.ask_receipt()>{offer}</button>
                }).into_any(),
            }}
        </section>
    }
}

/// The verdict, the curve, and what is pointed at on it.
#[component]
fn Measured(measured: Memo<Option<Arc<Explanation>>>, opened: RwSignal<bool>) -> impl IntoView {
    let pointed = RwSignal::new(None::<Part>);
    let of = move |say: &dyn Fn(&Receipt, &Explanation) -> String| {
        let said = |found: &Arc<Explanation>| Some(say(found.receipt.as_ref()?, found));
        measured.with(|found| found.as_ref().and_then(said).unwrap_or_default())
    };
    let says = Signal::derive(move || of(&verdict));
    let said = move || match pointed.get() {
        Some(Part::Mark(at)) => of(&|receipt, found| step(found, receipt, false, at + 1)),
        _ => of(&|receipt, _| removed_by(receipt)),
    };
    let draw = move |width| {
        measured.with(|found| found.as_ref().and_then(|found| drawing(found, 1.0, width))).unwrap_or_default()
    };
    let numbers = move |()| measured.with(|found| found.as_ref().map(|found| table(found))).unwrap_or_default();
    let whole = Signal::derive(move || measured.get().map(Finding::Explanation));
    view! {
        <p data-testid="verdict">{says}</p>
        <FigureFrame title="Words out" summary=says table=numbers said=true>
            <DrawingView draw=draw says=says pointed=pointed on_point=Callback::new(move |part| pointed.set(part))/>
        </FigureFrame>
        // Above what changes with the focus, so that it keeps its place while it is pressed.
        <p><button type="button" class="quiet" data-testid="in-full" aria-expanded=move || opened.get().to_string() on:click=move |_| opened.update(|open| *open = !*open)>"In full"</button></p>
        <p class="aside-text" aria-live="polite">{said}</p>
        <p class="aside-text">{move || of(&|receipt, _| agreement(receipt).unwrap_or_default())}</p>
        {move || opened.get().then(|| view! { <div class="receipt__full"><FiguresView finding=whole only=IN_FULL/></div> })}
    }
}

/// How far the receipt is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is there, maybe not all of it.
    Measured,
    /// It is being measured.
    Runs,
    /// It can be asked for.
    Offered,
}
