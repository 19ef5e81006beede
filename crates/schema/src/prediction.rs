//! What a model answers.

use serde::{Deserialize, Serialize};

use crate::{Diagnostic, Input, ModelRef};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "vitrine.prediction/1";

/// What the logits of a classifier mean (`problem_type` of Hugging Face).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemType {
    /// One class of several: a softmax over all logits.
    #[default]
    SingleLabel,
    /// Independent labels, any number of which may hold: a sigmoid of each logit.
    MultiLabel,
    /// One number, read off as it is.
    Regression,
}

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Row in the logits.
    pub id: usize,
    /// Name of the class, of a classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The next token, of a model of language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
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
    /// One logit per class, in the model's order; empty for a model of language.
    pub logits: Vec<f32>,
    /// The classes, or the twenty likeliest tokens, most likely first.
    pub top: Vec<Ranked>,
    /// Remarks.
    pub diagnostics: Vec<Diagnostic>,
}

/// The logarithm of the sum of the exponentials of a row of logits.
#[must_use]
pub fn log_sum_exp(logits: &[f32]) -> f64 {
    let top = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    top + logits.iter().map(|&l| (f64::from(l) - top).exp()).sum::<f64>().ln()
}

/// The largest logits with their rows, largest first; equal ones in the order of the rows.
#[must_use]
pub fn largest(logits: &[f32], n: usize) -> Vec<(usize, f32)> {
    let mut rows: Vec<(usize, f32)> = logits.iter().copied().enumerate().collect();
    let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if n < rows.len() && n > 0 {
        rows.select_nth_unstable_by(n - 1, order);
        rows.truncate(n);
    }
    rows.sort_by(order);
    rows.truncate(n);
    rows
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
