//! One map of what copying brings over: dots at once, squares as cells are run.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::patching::{climbed as carried, drawing, table};
use vitrine_schema::{Cell, Patching};
use vitrine_words::copying;
use vitrine_words::patching::{cell as said_of, off};

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::playback::Playback;
use crate::state::workbench::{Spot, Workbench};

/// A map by estimate, with what was run of it.
#[derive(Clone, Copy)]
pub struct Drawn {
    /// By estimate.
    pub map: StoredValue<Arc<Patching>>,
    /// What was run.
    pub run: Memo<Option<Patching>>,
}

impl Drawn {
    /// What was run of a map follows by itself.
    pub fn of(bench: Workbench, map: Arc<Patching>) -> Self {
        let map = StoredValue::new(map);
        Self { map, run: Memo::new(move |_| map.try_with_value(|map| bench.run_of(map)).flatten()) }
    }

    /// Cells that were run.
    pub fn n_run(self) -> usize {
        let known = |run: &Patching| run.cells().filter(|cell| run.cell(cell.layer, cell.column).is_some()).count();
        self.run.with(|run| run.as_ref().map_or(0, known))
    }
}

/// The map, and what the cell under the pointer says.
#[component]
pub fn CopiedMap(
    /// What is drawn.
    drawn: Drawn,
    /// What the map comes to, in a sentence.
    #[prop(into)]
    says: Signal<String>,
    /// The layers up to which the difference is carried.
    layer: Memo<usize>,
    /// What moves it.
    playback: Playback,
    /// What stands below.
    #[prop(optional, into)]
    below: ViewFn,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let Drawn { map, run } = drawn;
    let (n_layers, n_columns, site) =
        map.with_value(|map| (map.matrix.rows.len(), map.matrix.columns.len(), map.site()));
    let draw = move |width: f32| {
        run.with(|run| map.with_value(|map| carried(drawing(map, run.as_ref(), width), map, layer.get())))
    };
    let numbers = move |()| run.with(|run| map.with_value(|map| table(map, run.as_ref())));
    let part = move |cell: Cell| Part::Cell(cell.layer * n_columns + cell.column);
    let spot = move |part| match part {
        Part::Cell(at) => {
            Some(Spot { site, cell: Cell { layer: at / n_columns.max(1), column: at % n_columns.max(1) } })
        }
        _ => None,
    };
    let locked = move |nth: usize| {
        Signal::derive(move || {
            let here = |spot: &&Spot| spot.site == site && spot.cell.layer < n_layers && spot.cell.column < n_columns;
            bench.pair.cells.with(|cells| cells.iter().filter(here).nth(nth).map(|spot| part(spot.cell)))
        })
    };
    let pointed = RwSignal::new(None::<Part>);
    // A cell that is run while the map is seen and was estimated far off; what was known before is no news.
    let far =
        move || run.with(|run| map.with_value(|map| run.iter().flat_map(|run| off(map, run)).collect::<Vec<Cell>>()));
    let old = untrack(far);
    let news =
        Memo::new(move |_| far().into_iter().filter(|cell| !old.contains(cell)).map(part).collect::<Vec<Part>>());
    let known = move |cell: Cell| {
        run.with(|run| {
            let run = run.as_ref().filter(|run| run.cell(cell.layer, cell.column).is_some());
            map.with_value(|map| said_of(run.unwrap_or(map), cell))
        })
    };
    let said = move || match pointed.get().and_then(spot) {
        Some(spot) => known(spot.cell),
        None => "Click a cell, or press Enter on it, and it is run exactly; with Shift a second one is set beside it."
            .to_owned(),
    };
    view! {
        <FigureFrame title=copying::map(site) summary=says table=numbers said=true on_space=Callback::new(move |()| playback.toggle())>
            <DrawingView
                draw=draw
                says=says
                pointed=pointed
                chosen=locked(0)
                also_chosen=locked(1)
                blinking=news
                on_point=Callback::new(move |part| pointed.set(part))
                on_choose=Callback::new(move |part| spot(part).into_iter().for_each(|spot| bench.pair.lock(spot)))
                on_add=Callback::new(move |part| spot(part).into_iter().for_each(|spot| bench.pair.add(spot)))
            />
            <p class="aside-text patching__said" aria-live="polite" data-testid="patching-said">{said}</p>
            {below.run()}
        </FigureFrame>
    }
}
