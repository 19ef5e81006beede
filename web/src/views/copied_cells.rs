//! The cells that were clicked, each run alone: what was said before and after it was copied.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::patching::{copied, copied_table};
use vitrine_schema::Patching;
use vitrine_schema::protocol::Lane;
use vitrine_words::patching::{cell as said_of, way};

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::workbench::{Spot, Workbench};

/// One locked cell, or two beside each other.
#[component]
pub fn CopiedCells(
    /// The map that was asked for.
    #[prop(into)]
    map: Signal<Arc<Patching>>,
    /// The one beside it.
    other: Memo<Option<Arc<Patching>>>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let map_of = move |spot: Spot| {
        let maps = [Some(map.get()), other.get()];
        maps.into_iter()
            .flatten()
            .find(|map| map.site() == spot.site)
            .filter(|map| spot.cell.layer < map.matrix.rows.len() && spot.cell.column < map.matrix.columns.len())
    };
    let spots = Memo::new(move |_| {
        let known = |spot: &Spot| map_of(*spot).is_some();
        bench.pair.cells.get().into_iter().filter(known).collect::<Vec<Spot>>()
    });
    // One after the other, as those that wait for nobody take each other's place.
    let next = Memo::new(move |_| {
        let wanted = |spot: &Spot| {
            map_of(*spot).is_some_and(|map| {
                map.cells().any(|cell| cell == spot.cell) && bench.run_alone(&map, spot.cell).is_none()
            })
        };
        spots.get().into_iter().find(wanted)
    });
    Effect::new(move |_| {
        if let Some(spot) = next.get()
            && let Some(map) = untrack(|| map_of(spot))
        {
            bench.run_cell(&map, spot.cell);
        }
    });
    let first = move || spots.with(|spots| spots.first().map(|spot| spot.cell.to_string()));
    let two = move || spots.with(Vec::len) > 1;
    view! {
        <section class="margin-note" data-testid="cell-note" data-cell=first>
            <h2>{move || if two() { "The cells you clicked" } else { "The cell you clicked" }}</h2>
            {move || spots.with(Vec::is_empty).then(|| view! {
                <p class="patching__cell" data-testid="cell-said">"Click a cell of a map, and what the model says before and after copying it stands here."</p>
            })}
            <div class="patching__cells">
                <For each=move || spots.get() key=|spot| (spot.site.name(), spot.cell.layer, spot.cell.column) let:spot>
                    {move || map_of(spot).map(|map| view! { <CopiedCell map=map spot=spot/> })}
                </For>
            </div>
        </section>
    }
}

#[component]
fn CopiedCell(map: Arc<Patching>, spot: Spot) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let (map, cell) = (StoredValue::new(map), spot.cell);
    let alone = Memo::new(move |_| map.try_with_value(|map| bench.run_alone(map, cell)).flatten());
    let said = move || match alone.get() {
        Some(alone) => said_of(&alone, cell),
        None if map.with_value(|map| map.is_before(cell.column) || map.is_apart(cell.column)) => {
            map.with_value(|map| said_of(map, cell))
        }
        None => match bench.asking.missed.get() {
            Some(trouble) if !bench.asking.runs(Lane::Background) => trouble.sentence(),
            _ => "Running it…".to_owned(),
        },
    };
    let far = move || map.with_value(|map| way(&*alone.get()?, cell, Some(map)));
    view! {
        <div>
            <p class="patching__cell" aria-live="polite" data-testid="cell-said">{said}</p>
            {move || alone.get().map(|found| {
                let says = Signal::stored(said_of(&found, cell));
                let found = StoredValue::new(found);
                view! {
                    <FigureFrame title="Before and after" summary=says table=move |()| found.with_value(|found| copied_table(found)) said=true>
                        <DrawingView draw=move |width| found.with_value(|found| copied(found, width)).unwrap_or_default() says=says/>
                    </FigureFrame>
                }
            })}
            <p class="aside-text" data-testid="cell-way">{far}</p>
        </div>
    }
}
