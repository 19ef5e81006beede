//! How well each layer is read, and whether the model uses what is read there.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::probing::{drawing, table, used, used_table};
use vitrine_schema::{Ask, ProbeKind, Probing, Verdict};
use vitrine_words::probing::{best, checks, claim, layer as said_of};

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::verdict::VerdictLine;
use crate::state::workbench::Workbench;

/// The claim, a bar for each layer, and beside them the removal.
#[component]
pub fn ProbesView(
    /// The probes, as far as they are trained.
    probing: Arc<Probing>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let linear = matches!(&probing.resolved.ask, Ask::Probe(probe) if probe.probe == ProbeKind::Linear);
    let found = StoredValue::new(probing);
    let tested = Memo::new(move |_| bench.used());
    let whole = move || tested.get().unwrap_or_else(|| found.get_value());
    let says = Signal::derive(move || claim(&whole()));
    let pointed = RwSignal::new(None::<Part>);
    let locked = Signal::derive(move || bench.taken_out_of().map(Part::Cell));
    let said = move || match pointed.get().or_else(|| locked.get()) {
        Some(Part::Cell(layer)) => found.with_value(|found| said_of(found, layer)),
        _ => "Point at a bar to read it; click it, or press Enter, and what is read there is taken out.".to_owned(),
    };
    let choose = Callback::new(move |part| {
        if let (Part::Cell(layer), true) = (part, linear) {
            bench.take_out_of(layer);
        }
    });
    let lines = found.with_value(|found| checks(found));
    view! {
        <div class="columns probes" data-testid="probes" data-layers=found.with_value(|found| found.layers.len().to_string())>
            <div class="columns__main">
                <p class="claim" data-testid="probes-claim" aria-live="polite">{says}</p>
                <FigureFrame title="What can be read, layer by layer" summary=says table=move |()| found.with_value(|found| table(found)) said=true>
                    <DrawingView draw=move |width| found.with_value(|found| drawing(found, width)) says=says pointed=pointed chosen=locked on_point=Callback::new(move |part| pointed.set(part)) on_choose=choose/>
                    <p class="aside-text patching__said" data-testid="probes-said">{said}</p>
                </FigureFrame>
                <p class="aside-text">"A bar is how often that layer is read right on texts that were held out. Only its dark part counts: the pale part is reached with shuffled labels too, with nothing to learn."</p>
            </div>
            <aside class="columns__margin">
                <section class="margin-note" data-testid="used-note">
                    <h2>"Decodable is not used"</h2>
                    <p class="patching__cell">"A probe shows what could be read at a layer, not what the model reads. So take it away and look."</p>
                    <Removal found=found tested=tested linear=linear/>
                </section>
                <section class="margin-note">
                    <h2>"Can I trust these bars?"</h2>
                    <ul class="checks">
                        {lines.into_iter().map(|(verdict, said, number): (Verdict, String, String)| view! { <VerdictLine verdict=verdict said=said number=number/> }).collect_view()}
                    </ul>
                </section>
            </aside>
        </div>
    }
}

/// What a probe reads taken out of every token at a layer, and the texts run again.
#[component]
fn Removal(found: StoredValue<Arc<Probing>>, tested: Memo<Option<Arc<Probing>>>, linear: bool) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let easiest = found.with_value(|found| best(found));
    let offer = move || {
        let layer = easiest.filter(|_| linear && bench.taken_out_of().is_none())?;
        Some(view! {
            <button type="button" class="button" data-testid="take-out" on:click=move |_| bench.take_out_of(layer)>{format!("Take it out at layer {layer}")}</button>
        })
    };
    view! {
        {offer}
        {(!linear).then(|| view! { <p class="aside-text">"Only what a linear probe reads is a direction that can be taken out."</p> })}
        {move || tested.get().map(|tested| {
            let says = claim(&tested);
            let layer = tested.used.map_or(0, |used| used.layer);
            let tested = StoredValue::new(tested);
            view! {
                <FigureFrame title="Answers that change" summary=Signal::stored(says.clone()) table=move |()| tested.with_value(|tested| used_table(tested)) said=true>
                    <div data-testid="used"><DrawingView draw=move |width| tested.with_value(|tested| used(tested, width)) says=Signal::stored(says.clone())/></div>
                </FigureFrame>
                <p class="aside-text">{format!("At layer {layer} what the probe found is removed from every token and the rest is run again, on held-out texts; beside it every token is moved as far in a random direction.")}</p>
            }
        })}
    }
}
