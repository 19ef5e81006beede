//! The maps of what copying brings over, words beside heads, and the notes below them.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::patching::graph::{drawing, table};
use vitrine_figure::playback::{climbed, edges};
use vitrine_schema::protocol::Lane;
use vitrine_schema::{Cell, Patching};
use vitrine_words::patching::{agreement, checks, claim, joined, movers, outside, path as path_of, said as says_of};
use vitrine_words::phrase::flat;
use vitrine_words::progress::seconds;
use vitrine_words::remark::remark;

use crate::elements::claim::ClaimView;
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::later::Later;
use crate::elements::verdict::VerdictLine;
use crate::state::playback::Playback;
use crate::state::workbench::{LARGEST, Workbench, joinable};
use crate::views::copied_cells::CopiedCells;
use crate::views::copied_map::{CopiedMap, Drawn};
use crate::views::transport::Player;

/// The claim, the maps, and the notes below them.
#[component]
pub fn PatchingView(
    /// The map by estimate.
    map: Arc<Patching>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let (n_layers, site) = (map.matrix.rows.len(), map.site());
    let drawn = Drawn::of(bench, map.clone());
    let other = {
        let map = map.clone();
        Memo::new(move |_| bench.other(&map))
    };
    // What was run as a whole needs no estimate to speak for it.
    let segments = Signal::derive(move || {
        drawn
            .run
            .with(|run| drawn.map.with_value(|map| claim(run.as_ref().filter(|run| run.is_whole()).unwrap_or(map))))
    });
    let says = Signal::derive(move || segments.with(|segments| flat(segments)));
    let playback = Playback::stepwise(n_layers);
    let layer = Memo::new(move |_| climbed(n_layers, playback.alpha.get()));
    let position = Signal::derive(move || match layer.get() {
        0 => "before layer 0".to_owned(),
        layers => format!("up to layer {}", layers - 1),
    });
    let remarks: Vec<String> = map.diagnostics.iter().filter_map(remark).chain(outside(&map)).collect();
    let beside = move || {
        other.get().map(|other| {
            let (says, of_heads) = (says_of(&other), other.site().of_heads());
            let drawn = Drawn::of(bench, other);
            let says = Signal::stored(says);
            view! { <div class="maps__map" class:maps__map--heads=of_heads><Later><CopiedMap drawn=drawn says=says layer=layer playback=playback/></Later></div> }
        })
    };
    let named = move || [Some(drawn.map.get_value()), other.get()].into_iter().flatten().find_map(|map| movers(&map));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !bench.pair.cells.with_untracked(Vec::is_empty) {
            event.prevent_default();
            bench.pair.cells.set(Vec::new());
        }
    };
    let player = move || {
        view! {
            <Player playback=playback edges=Signal::stored(edges(n_layers)) said=position label="How far up the difference is carried, layer by layer"/>
        }
    };
    let whole = Signal::stored(map);
    view! {
        <div class="patching" data-testid="patching" data-run=move || drawn.n_run().to_string() data-site=site.name() on:keydown=on_key>
            <ClaimView segments=segments test_id="patching-claim"/>
            <div class="maps">
                <div class="maps__map" class:maps__map--heads=site.of_heads()><Later><CopiedMap drawn=drawn says=says layer=layer playback=playback below=player/></Later></div>
                {beside}
            </div>
            {move || named().map(|said| view! { <p class="aside-text" data-testid="movers">{said}</p> })}
            {remarks.into_iter().map(|said| view! { <p class="aside-text" data-testid="remark">{said}</p> }).collect_view()}
            <Joined map=drawn.map/>
            {move || other.get().map(|other| view! { <Joined map=StoredValue::new(other)/> })}
            <div class="thirds">
                <Later><CopiedCells map=whole other=other/></Later>
                <Later><section class="margin-note" data-testid="run-note">
                    <h2>"Exact and approximate"</h2>
                    <p class="aside-text">"Dots come first, all at once, from two runs and one gradient. A dot becomes a square when that cell has really been run: the largest at once where that takes seconds, any other when you click it."</p>
                    <RunLines drawn=drawn main=true/>
                    {move || other.get().map(|other| view! { <RunLines drawn=Drawn::of(bench, other) main=false/> })}
                </section></Later>
                <Later><TrustNote drawn=drawn/></Later>
            </div>
        </div>
    }
}

/// How the largest cells of a map hang together, once they were joined.
#[component]
fn Joined(map: StoredValue<Arc<Patching>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let found = Memo::new(move |_| map.try_with_value(|map| bench.joined(map)).flatten());
    let view = move |found: Arc<Patching>| {
        let says = Signal::stored(joined(&found).unwrap_or_default());
        let found = StoredValue::new(found);
        let pointed = RwSignal::new(None::<Part>);
        let said = move || match pointed.get() {
            Some(Part::Ribbon(at)) => found.with_value(|found| found.paths.get(at).map(|path| path_of(found, path))),
            _ => None,
        };
        view! {
            <div class="patching__joined" data-testid="joined">
                <FigureFrame title="What goes by way of what" summary=says table=move |()| found.with_value(|found| table(found)).unwrap_or_default()>
                    <DrawingView draw=move |width| found.with_value(|found| drawing(found, width)).unwrap_or_default() says=says pointed=pointed on_point=Callback::new(move |part| pointed.set(part))/>
                    <p class="aside-text patching__said" aria-live="polite">{move || said().unwrap_or_else(|| JOINED.to_owned())}</p>
                </FigureFrame>
            </div>
        }
    };
    move || found.get().map(view)
}

/// What a line is.
const JOINED: &str = "A line from a cell to a later one is measured: the first is copied and the second kept as it was. By how much less comes over goes by way of it.";

/// How well dots and squares of a map agree, and the rest at a press.
#[component]
fn RunLines(drawn: Drawn, main: bool) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let Drawn { map, run } = drawn;
    let what = map.with_value(|map| if map.site().of_heads() { "heads" } else { "cells of words" });
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
        (!left.is_empty()).then(|| format!("Run {which} {} {what} exactly{time}", left.len()))
    };
    // The largest wait for a press where they take long.
    let largest = move || {
        let some = run.with(Option::is_some);
        let millis = map.with_value(|map| {
            let cells: Vec<Cell> = map.largest(LARGEST).into_iter().map(|(cell, _)| cell).collect();
            bench.cells_millis(map, &cells)
        })?;
        let fewer = left.with(Vec::len) > LARGEST;
        (!some && fewer).then(|| format!("Run the {LARGEST} largest {what}, about {}", seconds(millis)))
    };
    let join = move || {
        let cells = run.with(|run| run.as_ref().map(joinable))?;
        let pairs = map.with_value(|map| map.pairs(&cells));
        let copied: Vec<Cell> = pairs.iter().map(|[from, _]| *from).chain(cells.iter().copied()).collect();
        let millis = map.with_value(|map| bench.cells_millis(map, &copied));
        let time = millis.map_or_else(String::new, |millis| format!(", about {}", seconds(millis)));
        let offered = !pairs.is_empty() && map.with_value(|map| bench.joined(map)).is_none();
        offered.then(|| format!("What goes by way of what, the {} largest {what}{time}", cells.len()))
    };
    let busy = move || bench.asking.runs(Lane::Panel);
    let name = move |name: &str| if main { name.to_owned() } else { format!("{name}-other") };
    view! {
        <p class="aside-text" data-testid=name("agreement")>{agrees}</p>
        <p>
            {move || largest().map(|said| view! {
                <button type="button" class="button" data-testid=name("run-largest") disabled=busy on:click=move |_| map.with_value(|map| bench.run_largest(map))>{said}</button>
            })}
            {move || rest().map(|said| view! {
                <button type="button" class="button" data-testid=name("run-all") disabled=busy on:click=move |_| map.with_value(|map| bench.run_all_cells(map))>{said}</button>
            })}
            {move || join().map(|said| view! {
                <button type="button" class="button" data-testid=name("join") disabled=busy on:click=move |_| run.with(|run| run.iter().for_each(|run| map.with_value(|map| bench.join_cells(map, run))))>{said}</button>
            })}
        </p>
    }
}

/// The checks that were run, with their numbers.
#[component]
fn TrustNote(drawn: Drawn) -> impl IntoView {
    let lines = move || drawn.run.with(|run| drawn.map.with_value(|map| checks(run.as_ref().unwrap_or(map))));
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
