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
