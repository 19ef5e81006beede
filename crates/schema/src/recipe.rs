//! What to compute: the smallest description from which a result can be made again.

use serde::{Deserialize, Serialize};

use crate::{Method, Quantity};

/// Target and foil as asked for, by label or by the text of a token; `None` means the model's own answer, and no foil.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetRequest {
    /// Class to explain.
    pub target: Option<String>,
    /// Class it is compared with.
    pub foil: Option<String>,
    /// The scalar; unless asked for, the difference where there is a foil, else the logit of a class or the logarithm of
    /// a token's probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
}

/// One explanation, asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Identifier of the model.
    pub model: String,
    /// The text.
    pub text: String,
    /// What to explain.
    pub target: TargetRequest,
    /// How.
    pub method: Method,
    /// Seed of every random choice.
    pub seed: u64,
}
