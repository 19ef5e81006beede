//! What copying from the run of one text into that of another brings over: a map of layers × tokens or heads.

use serde::{Deserialize, Serialize};

use crate::finding::finding;
use crate::inside::HeadScores;
use crate::recipe::{Ask, Cell, Direction, Patch, PatchSite};
use crate::{Input, Matrix, ProblemType, Ranked, Target};

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
        /// Where one cell alone was run: the answers without and with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copied: Option<Copied>,
        /// What the logits of the model mean.
        #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
        problem_type: ProblemType,
    }
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

    /// Whether a column was not run, because both texts are the same up to it and nothing before a token depends on it.
    #[must_use]
    pub fn is_before(&self, column: usize) -> bool {
        self.causal && !self.site().of_heads() && column < self.first_difference
    }
}
