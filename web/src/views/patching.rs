//! The map of what copying brings over: dots at once, squares as cells are run, and the cell that is looked at.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::patching::{climbed as carried, copied, copied_table, drawing, table};
use vitrine_figure::playback::{climbed, edges};
use vitrine_schema::protocol::Lane;
use vitrine_schema::{Cell, Patching};
use vitrine_words::copying;
use vitrine_words::patching::{agreement, cell as said_of, checks, claim, movers, way};
use vitrine_words::phrase::flat;
use vitrine_words::progress::seconds;
use vitrine_words::remark::remark;

use crate::elements::claim::ClaimView;
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::verdict::VerdictLine;
use crate::state::playback::Playback;
use crate::state::workbench::{LARGEST, Workbench};
use crate::views::transport::Player;

/// The claim, the map, and the notes below it.
#[component]
pub fn PatchingView(
    /// The map by estimate.
    map: Arc<Patching>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let (n_layers, n_columns, site) = (map.matrix.rows.len(), map.matrix.columns.len(), map.site());
    let map = StoredValue::new(map);
    let run = Memo::new(move |_| map.with_value(|map| bench.run_of(map)));
    // What was run as a whole needs no estimate to speak for it.
    let segments = Signal::derive(move || {
        run.with(|run| map.with_value(|map| claim(run.as_ref().filter(|run| run.is_whole()).unwrap_or(map))))
    });
    let says = Signal::derive(move || segments.with(|segments| flat(segments)));
    let playback = Playback::stepwise(n_layers);
    let layer = Memo::new(move |_| climbed(n_layers, playback.alpha.get()));
    let position = Signal::derive(move || match layer.get() {
        0 => "before layer 0".to_owned(),
        layers => format!("up to layer {}", layers - 1),
    });
    let whole =
        Callback::new(move |width: f32| run.with(|run| map.with_value(|map| drawing(map, run.as_ref(), width))));
    let draw = move |width| map.with_value(|map| carried(whole.run(width), map, layer.get()));
    let numbers = move |()| run.with(|run| map.with_value(|map| table(map, run.as_ref())));
    let part = move |cell: Cell| Part::Cell(cell.layer * n_columns + cell.column);
    let cell_of = move |part| match part {
        Part::Cell(at) => Some(Cell { layer: at / n_columns.max(1), column: at % n_columns.max(1) }),
        _ => None,
    };
    let is_there = move |cell: &Cell| cell.layer < n_layers && cell.column < n_columns;
    let locked = Memo::new(move |_| bench.pair.cell.get().filter(is_there));
    let pointed = RwSignal::new(None::<Part>);
    let choose = Callback::new(move |part| cell_of(part).into_iter().for_each(|cell| bench.lock_cell(cell)));
    let known = move |cell: Cell| {
        run.with(|run| {
            let run = run.as_ref().filter(|run| run.cell(cell.layer, cell.column).is_some());
            map.with_value(|map| said_of(run.unwrap_or(map), cell))
        })
    };
    let said = move || match pointed.get().and_then(cell_of) {
        Some(cell) => known(cell),
        None => "Point at a cell to read it; click it, or press Enter, and it is run exactly.".to_owned(),
    };
    let n_run = move || run.with(|run| run.as_ref().map_or(0, n_known));
    let named = map.with_value(|map| movers(map));
    let remarks = map.with_value(|map| map.diagnostics.iter().filter_map(remark).collect::<Vec<_>>());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && bench.pair.cell.get_untracked().is_some() {
            event.prevent_default();
            bench.pair.cell.set(None);
        }
    };
    view! {
        <div class="patching" data-testid="patching" data-run=move || n_run().to_string() data-site=site.name() on:keydown=on_key>
            <ClaimView segments=segments test_id="patching-claim"/>
            <div class="columns">
                <div class="columns__main">
                    <FigureFrame title=copying::map(site) summary=says table=numbers said=true on_space=Callback::new(move |()| playback.toggle())>
                        <DrawingView draw=draw says=says pointed=pointed chosen=Signal::derive(move || locked.get().map(part)) on_point=Callback::new(move |part| pointed.set(part)) on_choose=choose/>
                        <p class="aside-text patching__said" aria-live="polite" data-testid="patching-said">{said}</p>
                        <Player playback=playback edges=Signal::stored(edges(n_layers)) said=position label="How far up the difference is carried, layer by layer"/>
                    </FigureFrame>
                    {named.map(|said| view! { <p class="aside-text" data-testid="movers">{said}</p> })}
                    {remarks.into_iter().map(|said| view! { <p class="aside-text" data-testid="remark">{said}</p> }).collect_view()}
                </div>
                <aside class="columns__margin">
                    <CellNote map=map locked=locked/>
                    <RunNote map=map run=run/>
                    <TrustNote map=map run=run/>
                </aside>
            </div>
        </div>
    }
}

fn n_known(run: &Patching) -> usize {
    run.cells().filter(|cell| run.cell(cell.layer, cell.column).is_some()).count()
}

/// The locked cell, run alone: what was said before and after it was copied.
#[component]
fn CellNote(map: StoredValue<Arc<Patching>>, locked: Memo<Option<Cell>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    Effect::new(move |_| {
        if let Some(cell) = locked.get() {
            map.with_value(|map| bench.run_cell(map, cell));
        }
    });
    let alone = Memo::new(move |_| map.with_value(|map| bench.run_alone(map, locked.get()?)));
    let said = move || {
        let Some(cell) = locked.get() else {
            return "Click a cell of the map, and what the model says before and after copying it stands here."
                .to_owned();
        };
        match alone.get() {
            Some(alone) => said_of(&alone, cell),
            None if map.with_value(|map| map.is_before(cell.column)) => map.with_value(|map| said_of(map, cell)),
            None => match bench.asking.missed.get() {
                Some(trouble) if !bench.asking.runs(Lane::Background) => trouble.sentence(),
                _ => "Running it…".to_owned(),
            },
        }
    };
    let far = move || map.with_value(|map| way(&*alone.get()?, locked.get()?, Some(map)));
    view! {
        <section class="margin-note" data-testid="cell-note" data-cell=move || locked.get().map(|cell| cell.to_string())>
            <h2>"The cell you clicked"</h2>
            <p class="patching__cell" aria-live="polite" data-testid="cell-said">{said}</p>
            {move || alone.get().map(|found| {
                let says = said_of(&found, found.copied.as_ref().map_or(Cell { layer: 0, column: 0 }, |copied| copied.cell));
                let found = StoredValue::new(found);
                view! {
                    <FigureFrame title="Before and after" summary=Signal::stored(says.clone()) table=move |()| found.with_value(|found| copied_table(found)) said=true>
                        <DrawingView draw=move |width| found.with_value(|found| copied(found, width)).unwrap_or_default() says=Signal::stored(says.clone())/>
                    </FigureFrame>
                }
            })}
            <p class="aside-text" data-testid="cell-way">{far}</p>
        </section>
    }
}

/// What dots and squares are, how well they agree, and the rest at a press.
#[component]
fn RunNote(map: StoredValue<Arc<Patching>>, run: Memo<Option<Patching>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let agrees = move || run.with(|run| map.with_value(|map| agreement(map, run.as_ref()?)));
    let left = Memo::new(move |_| {
        run.with(|run| {
            let known = |cell: &Cell| run.as_ref().is_some_and(|run| run.cell(cell.layer, cell.column).is_some());
            map.with_value(|map| map.cells().filter(|cell| !known(cell)).collect::<Vec<Cell>>())
        })
    });
    let rest = move || {
        let (left, all) = (left.get(), map.with_value(|map| map.cells().count()));
        let millis = map.with_value(|map| bench.cells_millis(map, &left));
        let which = if left.len() == all { "all" } else { "the other" };
        let time = millis.map_or_else(String::new, |millis| format!(", about {}", seconds(millis)));
        (!left.is_empty()).then(|| format!("Run {which} {} exactly{time}", left.len()))
    };
    // The largest wait for a press where they take long.
    let largest = move || {
        let some = run.with(Option::is_some);
        let millis = map.with_value(|map| {
            let cells: Vec<Cell> = map.largest(LARGEST).into_iter().map(|(cell, _)| cell).collect();
            bench.cells_millis(map, &cells)
        })?;
        let fewer = left.with(Vec::len) > LARGEST;
        (!some && fewer).then(|| format!("Run the {LARGEST} largest, about {}", seconds(millis)))
    };
    let busy = move || bench.asking.runs(Lane::Panel);
    view! {
        <section class="margin-note" data-testid="run-note">
            <h2>"Exact and approximate"</h2>
            <p class="aside-text">"Dots come first, all at once, from two runs and one gradient. A dot becomes a square when that cell has really been run: the largest at once where that takes seconds, any other when you click it. "<span data-testid="agreement">{agrees}</span></p>
            {move || largest().map(|said| view! {
                <button type="button" class="button" data-testid="run-largest" disabled=busy on:click=move |_| bench.ask_cells(f64::INFINITY)>{said}</button>
            })}
            {move || rest().map(|said| view! {
                <button type="button" class="button" data-testid="run-all" disabled=busy on:click=move |_| bench.run_all_cells()>{said}</button>
            })}
        </section>
    }
}

/// The checks that were run, with their numbers.
#[component]
fn TrustNote(map: StoredValue<Arc<Patching>>, run: Memo<Option<Patching>>) -> impl IntoView {
    let lines = move || run.with(|run| map.with_value(|map| checks(run.as_ref().unwrap_or(map))));
    view! {
        <section class="margin-note" data-testid="map-trust">
            <h2>"Can I trust this map?"</h2>
            <ul class="checks">
                {move || lines().into_iter().map(|(verdict, said, number)| view! { <VerdictLine verdict=verdict said=said number=number/> }).collect_view()}
            </ul>
            <p class="aside-text">"Enough to bring an answer back is not where it is stored: a copied cell shows what passes through it."</p>
        </section>
    }
}
