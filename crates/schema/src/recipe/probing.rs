//! What is read off each layer.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// What is read off each layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Probe {
    /// SHA-256 of the table, which is given beside the recipe.
    pub data: String,
    /// Which token of a text is read.
    pub position: ProbePosition,
    /// What reads it.
    pub probe: ProbeKind,
    /// At which layer what is read is taken out, to see whether the model uses it; nowhere unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// How many draws of what is held out, from 1 to [`Probe::MOST_SEEDS`]: the seed of the recipe and those that follow it.
    #[serde(skip_serializing_if = "is_one")]
    pub seeds: usize,
}

impl Probe {
    /// Most draws of what is held out.
    pub const MOST_SEEDS: usize = 20;
}

impl Default for Probe {
    fn default() -> Self {
        let (position, probe) = (ProbePosition::default(), ProbeKind::default());
        Self { data: String::new(), position, probe, layer: None, seeds: 1 }
    }
}

/// What was asked before there were several is written as it was.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(seeds: &usize) -> bool {
    *seeds == 1
}

named! {
    /// Which token of a text a probe reads.
    #[derive(Default)]
    ProbePosition {
        /// The last of the text itself.
        #[default]
        Last = "last",
        /// The mean of all of the text itself.
        Mean = "mean",
        /// The last of the word between asterisks.
        Marked = "marked",
    }
}

named! {
    /// What reads a label off a layer.
    #[derive(Default)]
    ProbeKind {
        /// A logistic regression.
        #[default]
        Linear = "linear",
        /// The same on one hidden layer.
        Shallow = "shallow",
    }
}
