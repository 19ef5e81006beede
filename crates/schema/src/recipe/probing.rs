//! What is read off each layer.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// What is read off each layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
