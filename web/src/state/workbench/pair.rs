//! Two texts, the one that was asked about and another, and the cells that are copied between their runs.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Patch;
use vitrine_schema::{Ask, Cell, Direction, Finding, PatchSite, Patching, Recipe};
use vitrine_share::View;

use super::Workbench;
use crate::state::speed::IN_BATCHES;

/// Cells with the largest estimates that are run by themselves.
pub const LARGEST: usize = 20;
/// As long as that takes no longer than this.
pub const LARGEST_MILLIS: f64 = 5_000.0;

/// The second text, and what is copied.
#[derive(Clone, Copy)]
pub struct Pair {
    /// The second text, B; empty until there is one.
    pub corrupt: RwSignal<String>,
    /// What is copied.
    pub site: RwSignal<PatchSite>,
    /// From which run into which.
    pub direction: RwSignal<Direction>,
    /// The cell that is locked.
    pub cell: RwSignal<Option<Cell>>,
}

impl Pair {
    /// There is no second text yet.
    pub fn new() -> Self {
        Self {
            corrupt: RwSignal::default(),
            site: RwSignal::default(),
            direction: RwSignal::default(),
            cell: RwSignal::default(),
        }
    }

    /// The question for the whole map by estimate.
    fn estimated(self, clean: String) -> Patch {
        let (corrupt, site, direction) = (self.corrupt.get(), self.site.get(), self.direction.get());
        Patch { clean, corrupt, site, direction, approximate: true, cells: Vec::new() }
    }

    /// Takes what an address asks for.
    pub fn take(self, patch: &Patch) {
        self.corrupt.set(patch.corrupt.clone());
        self.site.set(patch.site);
        self.direction.set(patch.direction);
    }

    /// A second text belongs to the first.
    pub fn forget(self) {
        self.corrupt.set(String::new());
        self.cell.set(None);
    }
}

impl Workbench {
    /// What the map asks: all cells by estimate.
    pub fn map(self) -> Ask {
        let clean = self.asked.with(|asked| asked.as_ref().map(|asked| asked.text.clone()).unwrap_or_default());
        Ask::Patch(self.pair.estimated(clean))
    }

    /// Sets another text beside the one that was asked about.
    pub fn set_beside(self, corrupt: String) {
        self.pair.corrupt.set(corrupt);
        self.pair.cell.set(None);
        self.look();
    }

    /// Asks about a text with another beside it.
    pub fn ask_about_both(self, clean: &str, corrupt: &str) {
        self.ask_about(clean.to_owned());
        self.set_beside(corrupt.to_owned());
    }

    /// Copies something else, or the other way.
    pub fn copy(self, site: PatchSite, direction: Direction) {
        let kept = untrack(|| self.pair.site.get().of_heads() == site.of_heads());
        if !kept {
            self.pair.cell.set(None);
        }
        self.pair.site.set(site);
        self.pair.direction.set(direction);
        self.look();
    }

    /// The cells of a map that were run, in one map.
    pub fn run_of(self, estimate: &Patching) -> Option<Patching> {
        self.findings.with(|kept| {
            let run = kept.all().filter_map(|found| match &found.finding {
                Finding::Patching(run) if !run.approximate && run.is_of(estimate) => Some(run),
                _ => None,
            });
            run.fold(None, |joined: Option<Patching>, run| match joined {
                Some(joined) => Some(joined.joined(run)),
                None => Some(Patching { copied: None, ..run.as_ref().clone() }),
            })
        })
    }

    /// The run of one cell alone, with the answers before and after it.
    pub fn run_alone(self, estimate: &Patching, cell: Cell) -> Option<Arc<Patching>> {
        self.findings.with(|kept| {
            kept.all().find_map(|found| match &found.finding {
                Finding::Patching(run) if run.is_of(estimate) && run.copied.as_ref()?.cell == cell => Some(run.clone()),
                _ => None,
            })
        })
    }

    /// How long cells take here, about: as those that were run already, else by the speed of the answer.
    pub fn cells_millis(self, estimate: &Patching, cells: &[Cell]) -> Option<f64> {
        let measured = self.findings.with(|kept| {
            let runs = kept.all().filter_map(|found| match &found.finding {
                Finding::Patching(run) if found.whole && !run.approximate && run.is_of(estimate) => {
                    let cells: Vec<Cell> =
                        run.cells().filter(|cell| run.cell(cell.layer, cell.column).is_some()).collect();
                    Some((cells.len(), found.elapsed_millis / f64::from(run.passes(&cells))))
                }
                _ => None,
            });
            runs.max_by_key(|(n, _)| *n).map(|(_, pass)| pass)
        });
        let pass = measured.or_else(|| Some(self.answer_millis()? * IN_BATCHES))?;
        Some(pass * f64::from(estimate.passes(cells)))
    }

    /// Locks a cell, or unlocks it.
    pub fn lock_cell(self, cell: Cell) {
        self.pair.cell.update(|locked| *locked = Some(cell).filter(|cell| *locked != Some(*cell)));
    }

    /// Runs one cell alone, unless it was, without stopping those that run.
    pub fn run_cell(self, estimate: &Patching, cell: Cell) {
        if untrack(|| self.run_alone(estimate, cell)).is_none() && estimate.cells().any(|known| known == cell) {
            self.asking.ask(Lane::Background, exactly(estimate, vec![cell]), |_| {});
        }
    }

    /// Runs every cell of the map.
    pub fn run_all_cells(self) {
        if let Ask::Patch(patch) = untrack(|| self.map()) {
            self.beside.set(Some(Ask::Patch(Patch { approximate: false, ..patch })));
            self.ask_cells(f64::INFINITY);
        }
    }

    /// Runs the cells that are asked for beside the map; else the largest, where that takes up to so long.
    pub fn ask_cells(self, most_millis: f64) {
        let Some(estimate) = untrack(|| self.estimate()) else { return };
        let asked = match untrack(|| self.beside.get()) {
            Some(Ask::Patch(patch)) => Some(patch.cells),
            _ => None,
        };
        let all: Vec<Cell> = estimate.cells().collect();
        let cells = match &asked {
            Some(cells) if cells.is_empty() => all.clone(),
            Some(cells) => cells.clone(),
            None => {
                let of_map = estimate.largest(LARGEST).into_iter().map(|(cell, _)| cell);
                of_map.filter(|cell| all.contains(cell)).collect()
            }
        };
        let run = untrack(|| self.run_of(&estimate));
        let known = |cell: &Cell| run.as_ref().is_some_and(|run| run.cell(cell.layer, cell.column).is_some());
        let cells: Vec<Cell> = cells.into_iter().filter(|cell| !known(cell)).collect();
        let time = || untrack(|| self.cells_millis(&estimate, &cells));
        let wanted = asked.is_some() || time().is_some_and(|millis| millis <= most_millis);
        if wanted && !cells.is_empty() {
            // Without a cell all of them are meant.
            let cells = if cells.len() == all.len() { Vec::new() } else { cells };
            self.asking.ask(Lane::Panel, exactly(&estimate, cells), |_| {});
        }
    }

    /// The map by estimate, while its panel is open.
    fn estimate(self) -> Option<Arc<Patching>> {
        (self.view.get() == View::Patching).then(|| self.found(&self.recipe(self.map())?)?.finding.try_into().ok())?
    }
}

/// The question for cells of a map, of its very metric.
fn exactly(estimate: &Patching, cells: Vec<Cell>) -> Recipe {
    let patch = estimate.asked().cloned().unwrap_or_default();
    let ask = Ask::Patch(Patch { approximate: false, cells, ..patch });
    Recipe::without_text(&estimate.recipe.model, ask).about(estimate.resolved.target.clone())
}
