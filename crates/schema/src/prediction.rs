//! What a model answers.

use serde::{Deserialize, Serialize};

use crate::{Diagnostic, Input, ModelRef};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "vitrine.prediction/1";

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Row in the logits.
    pub id: usize,
    /// Name of the class.
    pub label: String,
    /// Probability, 0 to 1.
    pub probability: f32,
    /// Logit.
    pub logit: f32,
}

/// The answers of a model, most likely first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which weights.
    pub model: ModelRef,
    /// What was read.
    pub input: Input,
    /// One logit per class, in the model's order.
    pub logits: Vec<f32>,
    /// The classes, most likely first.
    pub top: Vec<Ranked>,
    /// Remarks.
    pub diagnostics: Vec<Diagnostic>,
}

/// Softmax of a row of logits.
#[must_use]
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f64> = logits.iter().map(|&l| f64::from(l - top).exp()).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| (e / total) as f32).collect()
}

/// Accuracy on a labelled file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Sentences read.
    pub n: usize,
    /// Share answered right, 0 to 1.
    pub accuracy: f64,
    /// Counts: rows are true classes, columns are answers.
    pub confusion: Vec<Vec<usize>>,
}
