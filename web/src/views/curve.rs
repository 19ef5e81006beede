//! Does the picture hold up? The answer while words are taken out in its order, beside random orders.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::receipt::{drawing, table};
use vitrine_schema::protocol::Lane;
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
            {move || match (measured.get(), runs.get()) {
                (Some(found), _) => view! { <Measured explanation=found opened=opened/> }.into_any(),
                (None, true) => view! {
                    <p class="aside-text"><span class="number" role="status">{done}</span>" "
                        <button type="button" class="quiet" on:click=move |_| bench.asking.stop(Lane::Background)>"Stop measuring"</button>
                    </p>
                }.into_any(),
                (None, false) => fresh.get().then(|| view! {
                    {move || bench.asking.missed.get().map(|trouble| view! { <p class="aside-text" role="alert">{trouble.sentence()}</p> })}
                    <button type="button" class="button" data-testid="measure" on:click=move |_| bench.ask_receipt()>{offer}</button>
                }).into_any(),
            }}
        </section>
    }
}

/// The verdict, the curve, and what is pointed at on it.
#[component]
fn Measured(explanation: Arc<Explanation>, opened: RwSignal<bool>) -> impl IntoView {
    let pointed = RwSignal::new(None::<Part>);
    let receipt = explanation.receipt.clone()?;
    let (says, agrees, how) = (verdict(&receipt, &explanation), agreement(&receipt), removed_by(&receipt));
    let whole = Signal::stored(Some(Finding::Explanation(Arc::clone(&explanation))));
    let explanation = StoredValue::new(explanation);
    let said = move || match pointed.get() {
        Some(Part::Mark(at)) => explanation.with_value(|found| step(found, &receipt, false, at + 1)),
        _ => how.clone(),
    };
    let draw = move |width| explanation.with_value(|explanation| drawing(explanation, 1.0, width)).unwrap_or_default();
    Some(view! {
        <p data-testid="verdict">{says.clone()}</p>
        <FigureFrame title="Words out" summary=says.clone() table=move |()| explanation.with_value(|found| table(found)) said=true>
            <DrawingView draw=draw says=says.clone() pointed=pointed on_point=Callback::new(move |part| pointed.set(part))/>
        </FigureFrame>
        // Above what changes with the focus, so that it keeps its place while it is pressed.
        <p><button type="button" class="quiet" data-testid="in-full" aria-expanded=move || opened.get().to_string() on:click=move |_| opened.update(|open| *open = !*open)>"In full"</button></p>
        <p class="aside-text" aria-live="polite">{said}</p>
        <p class="aside-text">{agrees}</p>
        {move || opened.get().then(|| view! { <div class="receipt__full"><FiguresView finding=whole only=IN_FULL/></div> })}
    })
}
