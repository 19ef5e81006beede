//! Methods side by side: which word each of them names, where they part, and how far they agree.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::comparison::{drawing, table, taus};
use vitrine_schema::Comparison;
use vitrine_words::comparison::claim;
use vitrine_words::remark::remark;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::table::TableView;

/// The claim, a row for each method, and Kendall's τ of each pair.
#[component]
pub fn CompareView(
    /// The explanations.
    comparison: Arc<Comparison>,
) -> impl IntoView {
    let says = claim(&comparison);
    let agreement = taus(&comparison);
    let remarks: Vec<String> = comparison.diagnostics.iter().filter_map(remark).collect();
    let comparison = StoredValue::new(comparison);
    let draw = move |width| comparison.with_value(|comparison| drawing(comparison, width));
    view! {
        <div class="compare" data-testid="compare">
            <p class="claim" data-testid="compare-claim">{says.clone()}</p>
            <FigureFrame title="Method by method" summary=says.clone() table=move |()| comparison.with_value(|found| table(found)) said=true>
                <DrawingView draw=draw says=says.clone()/>
            </FigureFrame>
            <section aria-label="Do they agree?">
                <h2>"Do they agree?"</h2>
                <TableView table=agreement title="Kendall τ of each pair of methods".to_owned() caption="Kendall τ of each pair: 1 is the same order of the words, 0 none, −1 the reverse; without signs where one method has none.".to_owned()/>
            </section>
            {remarks.into_iter().map(|said| view! { <p class="aside-text" data-testid="remark">{said}</p> }).collect_view()}
        </div>
    }
}
