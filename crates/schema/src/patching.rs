//! What copying from the run of one text into that of another brings over: a map of layers × tokens or heads.

pub mod alignment;
mod story;

use serde::{Deserialize, Serialize};

use crate::finding::finding;
use crate::inside::HeadScores;
use crate::recipe::{Ask, Cell, Direction, Patch, PatchSite};
use crate::{Input, Matrix, ProblemType, Ranked, Recipe, Target};
pub use story::{Route, Story};

finding! {
    /// A map of what was copied from one run into another, cell by cell.
    Patching {
        /// What was read of the second text, B; the first one, A, is `input`.
        corrupt: Input,
        /// The metric.
        target: Target,
        /// The first token that differs.
        first_difference: usize,
        /// Rows are layers, columns tokens or heads; the metric of the run into which that cell was copied.
        matrix: Matrix,
        /// The metric of A.
        value: f32,
        /// The metric of B.
        baseline_value: f32,
        /// Whether the cells are estimated from one gradient.
        approximate: bool,
        /// Whether a token is read with those before it alone.
        causal: bool,
        /// What each head does, by layer, then head; where columns are heads of a model of language.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        heads: Vec<HeadScores>,
        /// What each head does with the target where A names it, by layer, then head; where columns are heads of a model of language
        /// and A names it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        movers: Vec<Mover>,
        /// Where one cell alone was run: the answers without and with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copied: Option<Copied>,
        /// What the model says of A, and of B: the likeliest answers of each.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<[Vec<Ranked>; 2]>,
        /// Of the largest cells, each with a later one; where that was asked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<Path>,
        /// What the logits of the model mean.
        #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
        problem_type: ProblemType,
    }
}

/// Two cells of which the first was copied while the second was kept as it was in the run that is copied into.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// What was copied.
    pub from: Cell,
    /// What was kept, at a later layer.
    pub to: Cell,
    /// The metric of that run.
    pub metric: f32,
}

/// The same answers of a run before and after one cell was copied into it: target, foil, and what the model says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copied {
    /// Which cell.
    pub cell: Cell,
    /// Before.
    pub before: Vec<Ranked>,
    /// After, in the same order.
    pub after: Vec<Ranked>,
}

/// What a head does at the last token of A with what writes the target there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mover {
    /// How much of the last token's attention it has, 0 to 1.
    pub attention: f32,
    /// Direct effect on the answer of what is carried from there, as a logit.
    pub effect: f32,
}

impl Mover {
    /// Least direct effect of a head that is named, as a share of the metric of A.
    pub const MOVED: f32 = 0.05;

    /// What the head is called: it reads the name, and moves it to the answer or away from it (Wang et al. 2022, arXiv 2211.00593).
    #[must_use]
    pub fn name(&self, value: f32) -> Option<&'static str> {
        let far = self.attention >= HeadScores::NAMED && self.effect.abs() >= Self::MOVED * value.abs();
        far.then_some(if self.effect > 0.0 { "name mover" } else { "negative mover" })
    }
}

impl Patching {
    /// Least distance of the two runs that a share can be taken of, in the unit of the metric.
    pub const LEAST_DIFFERENCE: f32 = 0.1;
    /// What counts as no change, as a share of that distance.
    pub const NO_CHANGE: f32 = 1e-4;

    /// The question, as far as it says what was copied.
    #[must_use]
    pub fn asked(&self) -> Option<&Patch> {
        match &self.resolved.ask {
            Ask::Patch(patch) => Some(patch),
            _ => None,
        }
    }

    /// What was copied.
    #[must_use]
    pub fn site(&self) -> PatchSite {
        self.asked().map(|patch| patch.site).unwrap_or_default()
    }

    /// From which run into which.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.asked().map(|patch| patch.direction).unwrap_or_default()
    }

    /// The metric of the run into which it was copied.
    #[must_use]
    pub fn receiver(&self) -> f32 {
        match self.direction() {
            Direction::Denoise => self.baseline_value,
            Direction::Noise => self.value,
        }
    }

    /// How much of the way to the other run a metric is: 0 the run into which it was copied, 1 the other; may leave both.
    #[must_use]
    pub fn share(&self, metric: f32) -> f32 {
        let way = self.value - self.baseline_value;
        match self.direction() {
            Direction::Denoise => (metric - self.baseline_value) / way,
            Direction::Noise => (self.value - metric) / way,
        }
    }

    /// The share of a cell, by its places in the matrix; `None` where it was not run.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<f32> {
        let metric = self.matrix.values.get(row)?.get(column).copied().flatten()?;
        Some(self.share(metric)).filter(|share| share.is_finite())
    }

    /// How much of the way the first cell of a path goes by way of the second: by how much less it brings over while that is kept.
    #[must_use]
    pub fn by_way(&self, path: &Path) -> Option<f32> {
        let alone = self.cell(path.from.layer, path.from.column)?;
        Some(alone - self.share(path.metric)).filter(|share| share.is_finite())
    }

    /// The pairs of some cells of which the first can reach the second: from a layer to a later one and, where a token is read with those
    /// before it alone, not to an earlier token.
    #[must_use]
    pub fn pairs(&self, cells: &[Cell]) -> Vec<[Cell; 2]> {
        let mut cells = cells.to_vec();
        cells.sort_unstable();
        let ahead = |from: Cell, to: Cell| !self.causal || self.site().of_heads() || to.column >= from.column;
        let later = |from: Cell| {
            cells.iter().filter(move |to| to.layer > from.layer && ahead(from, **to)).map(move |to| [from, *to])
        };
        cells.iter().flat_map(|from| later(*from)).collect()
    }

    /// Whether another map is of the same question, but for how and where it was run.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        let bare = |found: &Self| {
            let ask =
                found.asked().map(|patch| Patch { approximate: false, cells: Vec::new(), join: 0, ..patch.clone() });
            Recipe { ask: Ask::Patch(ask.unwrap_or_default()), ..found.resolved.clone() }
        };
        self.model == other.model && bare(self) == bare(other)
    }

    /// The same with the cells that another map of the same question knows besides; of each check the one that is further off.
    #[must_use]
    pub fn joined(self, other: &Self) -> Self {
        let mut joined = Self { copied: None, paths: Vec::new(), ..self };
        let rows = joined.matrix.values.iter_mut().zip(&other.matrix.values);
        for (own, more) in rows.flat_map(|(own, more)| own.iter_mut().zip(more)) {
            *own = own.or(*more);
        }
        for check in &other.checks {
            match joined.checks.iter_mut().find(|own| own.id == check.id) {
                Some(own) if own.gap.abs() < check.gap.abs() => *own = check.clone(),
                Some(_) => {}
                None => joined.checks.push(check.clone()),
            }
        }
        joined
    }

    /// The cells of the map that a run can say something of; what cannot matter is not among them.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let can = |column: &usize| !self.is_before(*column) && !self.is_apart(*column);
        let columns: Vec<usize> = (0..self.matrix.columns.len()).filter(can).collect();
        (0..self.matrix.rows.len())
            .flat_map(move |layer| columns.clone().into_iter().map(move |column| Cell { layer, column }))
    }

    /// Whether every one of them is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.cells().all(|Cell { layer, column }| self.cell(layer, column).is_some())
    }

    /// The answer to the question for all cells, where every one of them is known: a cell is the same whichever it was run with.
    #[must_use]
    pub fn whole(mut self) -> Option<Self> {
        let whole = self.is_whole() && !self.approximate;
        for recipe in [&mut self.recipe, &mut self.resolved] {
            if let Ask::Patch(patch) = &mut recipe.ask {
                patch.cells.clear();
                patch.join = 0;
            }
        }
        self.paths.clear();
        whole.then_some(self)
    }

    /// What running cells takes, in passes of the whole text: nothing below a cell is run again and, of a model of language,
    /// no token before those of [`entered`].
    #[must_use]
    pub fn passes(&self, cells: &[Cell]) -> f32 {
        /// Both texts, and the run into which everything is copied.
        const BESIDE: f32 = 3.0;
        let (n_layers, n_tokens) = (self.matrix.rows.len().max(1), self.input.tokens.len().max(1));
        let first = self.first_difference.min(n_tokens.saturating_sub(2));
        let past = |column: usize| match (self.causal, self.site().of_heads()) {
            (false, _) => 0,
            (true, true) => first,
            (true, false) => entered(column, first, n_tokens),
        };
        let pass = |cell: &Cell| {
            let (layers, tokens) = (n_layers.saturating_sub(cell.layer), n_tokens - past(cell.column));
            layers as f32 / n_layers as f32 * tokens as f32 / n_tokens as f32
        };
        BESIDE + cells.iter().map(pass).sum::<f32>()
    }

    /// Whether a column was not run, because both texts are the same up to it and nothing before a token depends on it.
    #[must_use]
    pub fn is_before(&self, column: usize) -> bool {
        self.causal && !self.site().of_heads() && column < self.first_difference
    }
}

/// How many tokens need not be run again for a cell at a token of a model of language, of which both runs have the first `past` in
/// common: all before it where few are left, so that no bit depends on it.
#[must_use]
pub const fn entered(token: usize, past: usize, n_tokens: usize) -> usize {
    /// Up to so many tokens burn's product of queries and keys sums each of them as it sums one alone.
    const FEW: usize = 5;
    let last = n_tokens.saturating_sub(2);
    match n_tokens.saturating_sub(past) {
        0..=FEW if token < last => token,
        0..=FEW => last,
        _ => past,
    }
}

/// A map without a cell, for tests.
#[cfg(test)]
pub(crate) fn blank(recipe: Recipe, model: crate::ModelRef) -> Patching {
    let input = Input { text: String::new(), tokens: Vec::new() };
    let target = Target { quantity: crate::Quantity::Logit, label: String::new(), index: 0, foil: None };
    Patching {
        resolved: recipe.clone(),
        recipe,
        model,
        corrupt: input.clone(),
        input,
        target,
        first_difference: 0,
        matrix: Matrix { rows: Vec::new(), columns: Vec::new(), values: Vec::new() },
        value: 1.0,
        baseline_value: 0.0,
        approximate: false,
        causal: true,
        heads: Vec::new(),
        movers: Vec::new(),
        copied: None,
        answers: None,
        paths: Vec::new(),
        problem_type: ProblemType::SingleLabel,
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, CheckId, ModelRef, Token};

    /// Two layers of four tokens, of which the second differs.
    fn map(cells: &[(usize, usize, f32)], gap: f32) -> Patching {
        let asked = cells.iter().map(|&(layer, column, _)| Cell { layer, column }).collect();
        let patch = Patch { clean: "a b c d".into(), corrupt: "a x c d".into(), cells: asked, ..Patch::default() };
        let mut found = blank(Recipe::without_text("m", Ask::Patch(patch)), ModelRef::default());
        let token = Token { id: 1, text: "a".into(), start: 0, end: 1, special: false, continues: false };
        found.input.tokens = vec![token; 4];
        found.first_difference = 1;
        let mut values = vec![vec![None; 4]; 2];
        cells.iter().for_each(|&(layer, column, value)| values[layer][column] = Some(value));
        found.matrix = Matrix { rows: vec![0, 1], columns: vec![0, 1, 2, 3], values };
        found.checks = vec![Check::identical(CheckId::PatchSelf, gap, 0.0)];
        found
    }

    #[test]
    fn a_mover_reads_the_name_and_moves_the_answer() {
        let name = |attention, effect| Mover { attention, effect }.name(5.9);
        assert_eq!([name(0.68, 1.1), name(0.8, -1.13)], [Some("name mover"), Some("negative mover")]);
        // It looks elsewhere, or nothing comes of it.
        assert_eq!([name(0.06, 2.8), name(0.41, 0.05)], [None, None]);
    }

    #[test]
    fn cells_of_one_question_come_together() {
        let (first, second) = (map(&[(0, 1, 0.5)], 0.0), map(&[(1, 3, 0.9), (0, 1, 0.4)], 1e-4));
        assert!(first.is_of(&second));
        let joined = first.clone().joined(&second);
        assert_eq!([joined.cell(0, 1), joined.cell(1, 3), joined.cell(1, 2)], [Some(0.5), Some(0.9), None]);
        assert_eq!(joined.checks[0].gap, 1e-4);
        let noise = Patch { direction: Direction::Noise, ..first.asked().cloned().unwrap_or_default() };
        let mut other = first.clone();
        other.resolved.ask = Ask::Patch(noise);
        assert!(!first.is_of(&other));
    }

    #[test]
    fn a_map_is_whole_without_what_cannot_matter() {
        let after: Vec<_> = [0, 1].into_iter().flat_map(|layer| [1, 2, 3].map(|column| (layer, column, 0.1))).collect();
        assert!(map(&after, 0.0).is_whole() && !map(&after[1..], 0.0).is_whole());
        let found = map(&after, 0.0);
        assert_eq!(map(&after[1..], 0.0).whole(), None);
        assert_eq!(found.clone().whole().and_then(|whole| whole.asked().map(|patch| patch.cells.len())), Some(0));
        assert_eq!(found.cells().count(), 6);
        // From layer 1 of two and the third of four tokens on, a cell is a quarter of a pass.
        assert_eq!(found.passes(&[Cell { layer: 1, column: 2 }]), 3.25);
        assert_eq!(found.passes(&[Cell { layer: 1, column: 3 }, Cell { layer: 0, column: 1 }]), 4.0);
    }
}
