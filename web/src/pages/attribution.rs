//! The panel that says why: the attribution, its method, and beside it what a model of language could have said.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::Explanation;

use crate::pages::method::MethodLine;
use crate::state::workbench::Workbench;
use crate::views::continuation::ContinuationView;
use crate::views::curve::CurveView;
use crate::views::explanation::ExplanationView;
use crate::views::moved::MovedView;
use crate::views::next_token::NextToken;
use crate::views::proof::ProofView;

/// The attribution of the answer.
#[component]
pub fn AttributionPanel() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let found = bench.shows::<Explanation>();
    let stale = Signal::derive(move || bench.shown().is_some_and(|(_, old)| old));
    let causal = Memo::new(move |_| bench.models.traits().causal);
    let measured = Memo::new(move |_| bench.receipt());
    let moved = move || {
        bench.moved.get().map(|_| view! { <section class="margin-note"><h2>"Taken out"</h2><MovedView/></section> })
    };
    let next = move || (causal.get() && bench.answer().is_some()).then(|| view! { <NextToken/> });
    view! {
        {move || match found.get() {
            Some(explanation) if explanation.matrix.is_some() => view! { <ContinuationView explanation=explanation stale=stale line=|| view! { <MethodLine/> }/> }.into_any(),
            Some(found) => view! {
                <ExplanationView
                    // The same picture with its receipt takes its place only where its colours have to go; what moves goes on.
                    explanation=Signal::derive(move || bench.receipt().filter(|measured| !measured.trusted()).unwrap_or_else(|| Arc::clone(&found)))
                    grouping=bench.grouping
                    locked=bench.mark
                    stale=stale
                    line=|| view! { <MethodLine/> }
                    measured=measured
                    provable=true
                    trust=move || view! { <CurveView/><ProofView measured=measured/> }
                    first_note=move || view! { {moved}{next} }
                />
            }.into_any(),
            None => view! {
                <div class="columns">
                    // Where nothing comes, another method may do.
                    <div class="columns__main">{move || bench.asking.foremost().is_none().then(|| view! { <MethodLine/> })}</div>
                    <aside class="columns__margin">{next}</aside>
                </div>
            }.into_any(),
        }}
    }
}
