//! What to compute: the smallest description from which a result can be made again.

use serde::{Deserialize, Serialize};

use crate::Method;

/// Target and foil as asked for, by label; `None` means the model's own answer, and no foil.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetRequest {
    /// Class to explain.
    pub target: Option<String>,
    /// Class it is compared with.
    pub foil: Option<String>,
}

/// One explanation, asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Identifier of the model.
    pub model: String,
    /// The text.
    pub text: String,
    /// What to explain.
    #[serde(flatten)]
    pub target: TargetRequest,
    /// How.
    pub method: Method,
    /// Seed of every random choice.
    pub seed: u64,
}
