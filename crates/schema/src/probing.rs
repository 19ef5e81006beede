//! What can be read off each layer.

use serde::{Deserialize, Serialize};

use crate::finding::finding;

finding! {
    /// Probes of all layers: what every block reads, and what the last one leaves.
    Probing {
        /// The labels that are told apart.
        labels: Vec<String>,
        /// By layer, the lowest first.
        layers: Vec<LayerProbe>,
        /// Rows of the table.
        n: usize,
        /// Rows that were held out.
        held_out: usize,
        /// Whether the model uses what is read, where that was tested.
        used: Option<Used>,
    }
}

/// A probe of one layer, in shares of what was held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerProbe {
    /// How much is right.
    pub accuracy: f32,
    /// Its 95 % interval.
    pub interval: [f32; 2],
    /// How much is right where labels were shuffled.
    pub control: f32,
    /// How much is right by always saying the commonest label.
    pub majority: f32,
    /// `accuracy - control`.
    pub selectivity: f32,
    /// How much is right over several draws of what is held out, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<OverSeeds>,
}

/// How much is right over several draws of what is held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverSeeds {
    /// Draws, two at least.
    pub seeds: usize,
    /// Mean of the shares that are right, 0 to 1.
    pub mean: f32,
    /// Its 95 % interval.
    pub interval: [f32; 2],
}

/// How many answers change when what a probe reads is taken out of every token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// At which layer.
    pub layer: usize,
    /// Answers that changed.
    pub changed: usize,
    /// Answers that change when every token is moved as far in a random direction.
    pub random: usize,
    /// Of so many.
    pub n: usize,
}

impl Used {
    /// How likely chance alone makes the removal change so many more answers than the random direction: Fisher's exact test,
    /// one-sided (Fisher 1922), over the tables with as many changes in all.
    #[must_use]
    pub fn by_chance(&self) -> f64 {
        let (n, changed) = (self.n, self.changed.min(self.n));
        let all = changed + self.random.min(n);
        let ways = |of: usize, taken: usize| -> f64 {
            (0..taken).map(|i| ((of - i) as f64).ln() - ((i + 1) as f64).ln()).sum::<f64>()
        };
        let share = |here: usize| (ways(n, here) + ways(n, all - here) - ways(2 * n, all)).exp();
        (changed..=all.min(n)).map(share).sum::<f64>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_more_changes_may_be_chance() {
        let used = |changed, random| Used { layer: 1, changed, random, n: 20 }.by_chance();
        // scipy.stats.fisher_exact, alternative="greater"
        assert!((used(6, 0) - 0.010_098).abs() < 1e-5, "{}", used(6, 0));
        assert!((used(12, 1) - 0.000_216).abs() < 1e-5, "{}", used(12, 1));
        assert!((used(1, 0) - 0.5).abs() < 1e-9);
        assert!((used(0, 0) - 1.0).abs() < 1e-9);
        assert!((used(1, 4) - 0.979).abs() < 1e-2);
    }
}
