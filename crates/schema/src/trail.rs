//! How scores came about: runs that were made, in their order, and what they came to so far.

use serde::{Deserialize, Serialize};

/// What a method did, moment by moment; the last one is its result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// The moments.
    pub moments: Vec<Moment>,
    /// How many runs, copies or layers there were in all; fewer may be shown.
    pub total: usize,
}

/// One run, and the scores after it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Which of all it is, counted from 1.
    pub number: usize,
    /// Tokens that were taken away in this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<usize>,
    /// The value of the run, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f32>,
    /// One score per token, so far.
    pub scores: Vec<f32>,
    /// Of a method that fits a sum: what that gives where no player is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f32>,
    /// Tokens that still have their share together, where a method takes groups apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<Vec<usize>>,
}

impl Moment {
    /// What the sum that was fitted by now gives of another run.
    #[must_use]
    pub fn fitted(&self, run: &Moment) -> Option<f32> {
        let there = self.scores.iter().enumerate().filter(|(token, _)| !run.absent.contains(token));
        self.level.map(|level| level + there.map(|(_, score)| score).sum::<f32>())
    }
}
