//! Two texts, the one that was asked about and another, and the cells that are copied between their runs.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::inside::LONGEST_MAPPED;
use vitrine_schema::patching::alignment;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Patch;
use vitrine_schema::{Aligned, Ask, Cell, Direction, Finding, PatchSite, Patching, Recipe};
use vitrine_share::View;

use super::{Asked, Workbench};
use crate::state::asking::Answer;
use crate::state::speed::IN_BATCHES;

/// Cells with the largest estimates that are run by themselves.
pub const LARGEST: usize = 20;
/// Cells that are joined.
const JOINED: usize = 8;
/// As long as that takes no longer than this.
pub const LARGEST_MILLIS: f64 = 5_000.0;

/// Up to this time, and this much memory, a map comes by itself; where it takes more, that is said first.
const MAP_MILLIS: f64 = 10_000.0;
const MAP_BYTES: u64 = 256 << 20;
/// Passes of a text that a map by estimate takes: one of each, and the way back.
const MAP_PASSES: f64 = 4.0;

/// A cell, and of which map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// What the map copies.
    pub site: PatchSite,
    /// Its cell.
    pub cell: Cell,
}

/// The second text, and what is copied.
#[derive(Clone, Copy)]
pub struct Pair {
    /// The second text, B; empty until there is one.
    pub corrupt: RwSignal<String>,
    /// Which tokens belong together, where the reader says so.
    pub align: RwSignal<Vec<Aligned>>,
    /// What is copied.
    pub site: RwSignal<PatchSite>,
    /// From which run into which.
    pub direction: RwSignal<Direction>,
    /// The cell that is locked, and one that is compared with it.
    pub cells: RwSignal<Vec<Spot>>,
    /// The two texts whose map may take as long as it takes.
    agreed: RwSignal<Option<[String; 2]>>,
}

impl Pair {
    /// There is no second text yet.
    pub fn new() -> Self {
        Self {
            corrupt: RwSignal::default(),
            align: RwSignal::default(),
            site: RwSignal::default(),
            direction: RwSignal::default(),
            cells: RwSignal::default(),
            agreed: RwSignal::default(),
        }
    }

    /// The question for the whole map by estimate.
    fn estimated(self, clean: String) -> Patch {
        let (corrupt, site, direction) = (self.corrupt.get(), self.site.get(), self.direction.get());
        Patch {
            clean,
            corrupt,
            site,
            direction,
            approximate: true,
            cells: Vec::new(),
            align: self.align.get(),
            join: 0,
        }
    }

    /// Takes what an address asks for.
    pub fn take(self, patch: &Patch) {
        self.corrupt.set(patch.corrupt.clone());
        self.align.set(patch.align.clone());
        self.site.set(patch.site);
        self.direction.set(patch.direction);
    }

    /// A second text belongs to the first.
    pub fn forget(self) {
        self.corrupt.set(String::new());
        self.align.set(Vec::new());
        self.cells.set(Vec::new());
    }

    /// The locked cell, where it is of the map that is asked for.
    pub fn cell(self) -> Option<Cell> {
        let site = self.site.get();
        self.cells.with(|cells| cells.iter().find(|spot| spot.site == site).map(|spot| spot.cell))
    }

    /// Locks a cell of the map that is asked for, or none.
    pub fn set_cell(self, cell: Option<Cell>) {
        let site = self.site.get_untracked();
        self.cells.set(cell.map(|cell| Spot { site, cell }).into_iter().collect());
    }

    /// Locks a cell alone, or unlocks it.
    pub fn lock(self, spot: Spot) {
        self.cells.update(|cells| *cells = if *cells == [spot] { Vec::new() } else { vec![spot] });
    }

    /// Sets a second cell beside the locked one, or takes it away.
    pub fn add(self, spot: Spot) {
        self.cells.update(|cells| {
            if cells.contains(&spot) {
                return cells.retain(|known| *known != spot);
            }
            cells.truncate(1);
            cells.push(spot);
        });
    }
}

impl Workbench {
    /// What the map asks: all cells by estimate.
    pub fn map(self) -> Ask {
        let clean = self.asked.with(|asked| asked.as_ref().map(|asked| asked.text.clone()).unwrap_or_default());
        Ask::Patch(self.pair.estimated(clean))
    }

    /// What the map that is asked for takes here, about: milliseconds, by those of the answer, and bytes of memory.
    pub fn map_cost(self) -> Option<(f64, u64)> {
        let Ask::Patch(patch) = (self.panel().ask)(self) else { return None };
        let (answer, shape) = (self.answer()?, self.models.current()?.inspection.shape?);
        let n_clean = answer.input.tokens.len();
        // The other text was not read yet; its tokens are about as long.
        let n_corrupt = n_clean * patch.corrupt.len() / patch.clean.len().max(1);
        let n_tokens = n_clean.max(n_corrupt);
        // A longer one is refused at once, the other when it is read.
        if n_clean > LONGEST_MAPPED || n_tokens > 2 * LONGEST_MAPPED {
            return None;
        }
        let longer = n_tokens as f64 / n_clean.max(1) as f64;
        Some((MAP_PASSES * longer * self.answer_millis()?, shape.gradient_bytes(n_tokens)))
    }

    /// Whether the map that is asked for waits for a press: it takes long, or much memory.
    pub fn map_waits(self) -> bool {
        let large = |(millis, bytes): (f64, u64)| millis > MAP_MILLIS || bytes > MAP_BYTES;
        self.map_cost().is_some_and(large) && self.pair.agreed.with(|agreed| *agreed != self.both())
    }

    /// Whatever the map of these texts takes, it may.
    pub fn agree_to_map(self) {
        self.pair.agreed.set(untrack(|| self.both()));
    }

    /// The two texts, where there are two.
    fn both(self) -> Option<[String; 2]> {
        let clean = self.asked.with(|asked| asked.as_ref().map(|asked| asked.text.clone()))?;
        Some([clean, self.pair.corrupt.get()])
    }

    /// Sets another text beside the one that was asked about.
    pub fn set_beside(self, corrupt: String) {
        if self.pair.corrupt.with_untracked(|before| *before != corrupt) {
            self.pair.align.set(Vec::new());
        }
        self.pair.corrupt.set(corrupt);
        self.pair.cells.set(Vec::new());
        self.look();
    }

    /// Sets a text beside the one that was asked about, from wherever that is seen: what each answers, and the map between them.
    pub fn set_against(self, changed: String) {
        let Some(Asked { text, .. }) = self.asked.get_untracked() else { return };
        self.text.set(text);
        self.view.set(View::Patching);
        self.set_beside(changed);
    }

    /// Asks about a text with another beside it.
    pub fn ask_about_both(self, clean: &str, corrupt: &str) {
        self.ask_about(clean.to_owned());
        self.set_beside(corrupt.to_owned());
    }

    /// Copies something else, or the other way.
    pub fn copy(self, site: PatchSite, direction: Direction) {
        let before = self.pair.site.get_untracked();
        self.pair.cells.update(|cells| {
            cells.retain(|spot| spot.site != before || before.of_heads() == site.of_heads());
            cells.iter_mut().filter(|spot| spot.site == before).for_each(|spot| spot.site = site);
        });
        self.pair.site.set(site);
        self.pair.direction.set(direction);
        self.look();
    }

    /// Puts two tokens together, or apart where they are, from what a map has; two texts belong together somewhere.
    pub fn pair_tokens(self, map: &Patching, new: Aligned) {
        let partners = map.partners();
        let of = |(clean, partner): (usize, &Option<usize>)| partner.map(|corrupt| Aligned { clean, corrupt });
        // What was said a moment ago may have no map yet.
        let said = self.pair.align.get_untracked();
        let mut pairs = if said.is_empty() { partners.iter().enumerate().filter_map(of).collect() } else { said };
        alignment::pair(&mut pairs, new);
        if !pairs.is_empty() {
            self.align(pairs);
        }
    }

    /// Aligns the texts as the reader says, or by themselves.
    pub fn align(self, pairs: Vec<Aligned>) {
        self.pair.align.set(pairs);
        self.pair.cells.set(Vec::new());
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

    /// The map beside a map of words or of heads: that of the others, by estimate.
    pub fn other(self, estimate: &Patching) -> Option<Arc<Patching>> {
        let Recipe { ask: Ask::Patch(wanted), target, .. } = beside(estimate) else { return None };
        self.findings.with(|kept| {
            kept.all().find_map(|found| match &found.finding {
                Finding::Patching(map)
                    if map.asked() == Some(&wanted) && map.model == estimate.model && map.resolved.target == target =>
                {
                    Some(map.clone())
                }
                _ => None,
            })
        })
    }

    /// The largest of the cells of a map that were run, joined: what goes by way of what.
    pub fn joined(self, estimate: &Patching) -> Option<Arc<Patching>> {
        let largest = joinable(&self.run_of(estimate)?);
        let same = |run: &Patching| run.asked().is_some_and(|patch| patch.join > 0 && patch.cells == largest);
        self.findings.with(|kept| {
            kept.all().find_map(|found| match &found.finding {
                Finding::Patching(run) if run.is_of(estimate) && same(run) => Some(run.clone()),
                _ => None,
            })
        })
    }

    /// Joins the largest cells of those that were run.
    pub fn join_cells(self, estimate: &Patching, run: &Patching) {
        let cells = joinable(run);
        let recipe = asked(estimate, |patch| Patch { approximate: false, join: cells.len(), cells, ..patch });
        self.asking.ask(Lane::Panel, recipe, |_| {});
    }

    /// How long cells take here, about: as those that were run already, else by the speed of the answer.
    pub fn cells_millis(self, estimate: &Patching, cells: &[Cell]) -> Option<f64> {
        let measured = self.findings.with(|kept| {
            let runs = kept.all().filter_map(|found| match &found.finding {
                Finding::Patching(run)
                    if found.whole && !run.approximate && run.paths.is_empty() && run.is_of(estimate) =>
                {
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

    /// Runs one cell alone, without stopping those that run.
    pub fn run_cell(self, estimate: &Patching, cell: Cell) {
        self.asking.ask(Lane::Background, exactly(estimate, vec![cell]), |_| {});
    }

    /// Runs every cell of a map.
    pub fn run_all_cells(self, estimate: &Patching) {
        if estimate.site() == self.pair.site.get_untracked()
            && let Ask::Patch(patch) = untrack(|| self.map())
        {
            self.beside.set(Some(Ask::Patch(Patch { approximate: false, ..patch })));
            return self.ask_cells(f64::INFINITY);
        }
        self.asking.ask(Lane::Panel, exactly(estimate, Vec::new()), |_| {});
    }

    /// Runs the largest cells of a map, however long that takes.
    pub fn run_largest(self, estimate: &Patching) {
        if let Some(recipe) = untrack(|| self.cells(estimate, None, f64::INFINITY)) {
            self.asking.ask(Lane::Panel, recipe, |_| {});
        }
    }

    /// Runs the cells that are asked for beside the map; else the largest, where that takes up to so long. The map of the others follows.
    pub fn ask_cells(self, most_millis: f64) {
        let Some(estimate) = untrack(|| self.estimate()) else { return };
        let asked = match untrack(|| self.beside.get()) {
            Some(Ask::Patch(patch)) => Some(patch.cells),
            _ => None,
        };
        let limit = if asked.is_some() { f64::INFINITY } else { most_millis };
        match untrack(|| self.cells(&estimate, asked, limit)) {
            None => self.ask_other(&estimate),
            Some(recipe) => self.asking.ask(Lane::Panel, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    self.ask_other(&estimate);
                }
            }),
        }
    }

    /// Asks for the map of the others, and then for its largest cells, where that takes no long time.
    fn ask_other(self, estimate: &Patching) {
        let largest = move |other: &Patching| {
            if let Some(recipe) = untrack(|| self.cells(other, None, LARGEST_MILLIS)) {
                self.asking.ask(Lane::Panel, recipe, |_| {});
            }
        };
        match untrack(|| self.other(estimate)) {
            Some(other) => largest(&other),
            None => self.asking.ask(Lane::Panel, beside(estimate), move |answer| {
                if let Answer::Whole(Finding::Patching(other)) = answer {
                    largest(&other);
                }
            }),
        }
    }

    /// The question for the cells of a map that are asked for, or its largest, without those that were run; nothing where none is left, or
    /// they would take too long.
    fn cells(self, estimate: &Patching, asked: Option<Vec<Cell>>, most_millis: f64) -> Option<Recipe> {
        let all: Vec<Cell> = estimate.cells().collect();
        let cells = match asked {
            Some(cells) if cells.is_empty() => all.clone(),
            Some(cells) => cells,
            None => {
                let of_map = estimate.largest(LARGEST).into_iter().map(|(cell, _)| cell);
                of_map.filter(|cell| all.contains(cell)).collect()
            }
        };
        let run = self.run_of(estimate);
        let known = |cell: &Cell| run.as_ref().is_some_and(|run| run.cell(cell.layer, cell.column).is_some());
        let cells: Vec<Cell> = cells.into_iter().filter(|cell| !known(cell)).collect();
        let short = most_millis.is_infinite()
            || self.cells_millis(estimate, &cells).is_some_and(|millis| millis <= most_millis);
        // Without a cell all of them are meant.
        let asked = if cells.len() == all.len() { Vec::new() } else { cells.clone() };
        (short && !cells.is_empty()).then(|| exactly(estimate, asked))
    }

    /// The map by estimate, while its panel is open.
    fn estimate(self) -> Option<Arc<Patching>> {
        (self.view.get() == View::Patching).then(|| self.found(&self.recipe(self.map())?)?.finding.try_into().ok())?
    }
}

/// The cells of a run that would be joined: the largest.
pub fn joinable(run: &Patching) -> Vec<Cell> {
    let can: Vec<Cell> = run.cells().collect();
    let moves = run.largest(usize::MAX).into_iter().filter(|(_, share)| share.abs() >= Patching::NO_CHANGE);
    moves.map(|(cell, _)| cell).filter(|cell| can.contains(cell)).take(JOINED).collect()
}

/// The question for cells of a map, of its very metric.
fn exactly(estimate: &Patching, cells: Vec<Cell>) -> Recipe {
    asked(estimate, |patch| Patch { approximate: false, cells, ..patch })
}

/// The question for the map of words beside one of heads, or of heads beside one of words.
fn beside(estimate: &Patching) -> Recipe {
    let site = if estimate.site().of_heads() { PatchSite::ResidPre } else { PatchSite::Head };
    asked(estimate, |patch| Patch { site, approximate: true, cells: Vec::new(), ..patch })
}

fn asked(estimate: &Patching, change: impl FnOnce(Patch) -> Patch) -> Recipe {
    let ask = Ask::Patch(change(estimate.asked().cloned().unwrap_or_default()));
    Recipe::without_text(&estimate.recipe.model, ask).about(estimate.resolved.target.clone())
}
