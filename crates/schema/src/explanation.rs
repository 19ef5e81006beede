//! What every method returns: scores with the check that says how far to trust them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Diagnostic, Input, MethodId, ProblemType};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "vitrine.explanation/1";

/// Which weights produced a result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Identifier, such as `sentiment`.
    pub id: String,
    /// Architecture, such as `bert`.
    pub architecture: String,
    /// SHA-256 of the weights file, in hexadecimal.
    pub sha256: String,
}

/// A class of a classifier, or a token of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRef {
    /// Name of the class.
    pub label: String,
    /// Its row in the logits.
    pub index: usize,
}

/// The scalar that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The logit of the target.
    Logit,
    /// Logit of the target minus logit of the foil.
    LogitDifference,
    /// Natural logarithm of the target's probability.
    LogProb,
}

/// What is explained: a class, or one class rather than another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which scalar.
    pub quantity: Quantity,
    /// Name of the target class.
    pub label: String,
    /// Row of the target in the logits.
    pub index: usize,
    /// The class it is compared with, if any.
    pub foil: Option<ClassRef>,
}

/// The method with the parameters that were used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodRef {
    /// Which method.
    pub id: MethodId,
    /// Parameters by name.
    pub params: BTreeMap<String, Value>,
    /// Seed of every random choice.
    pub seed: u64,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The promise holds.
    Pass,
    /// It nearly holds; say so.
    Warn,
    /// It does not hold; the scores must not be relied on.
    Fail,
    /// The method makes no such promise.
    NotPromised,
}

/// One line of the receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Name, such as `completeness`.
    pub id: String,
    /// Sum of the scores minus the difference of the values.
    pub gap: f32,
    /// `|gap|` over the size of the difference.
    pub relative: f32,
    /// How to read it.
    pub verdict: Verdict,
}

impl Check {
    /// Relative gap up to which completeness passes.
    pub const PASS: f32 = 0.01;
    /// Relative gap above which an explanation has failed.
    pub const FAIL: f32 = 0.10;

    /// Compares the sum of `scores` with `value - baseline_value`.
    #[must_use]
    pub fn completeness(scores: &[f32], value: f32, baseline_value: f32, promised: bool) -> Self {
        let difference = f64::from(value) - f64::from(baseline_value);
        let gap = scores.iter().map(|&s| f64::from(s)).sum::<f64>() - difference;
        let relative = (gap.abs() / difference.abs().max(1e-3)) as f32;
        let verdict = match relative {
            _ if !promised => Verdict::NotPromised,
            r if r <= Self::PASS => Verdict::Pass,
            r if r <= Self::FAIL => Verdict::Warn,
            _ => Verdict::Fail,
        };
        Self { id: "completeness".to_owned(), gap: gap as f32, relative, verdict }
    }
}

/// The path of integrated gradients, node by node, as it was computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Position of each node between baseline (0) and input (1), increasing.
    pub alphas: Vec<f32>,
    /// The model's value at each node.
    pub values: Vec<f32>,
    /// What each node adds to each token's score: `[node][token]`.
    pub contributions: Vec<Vec<f32>>,
    /// Weight of each node; the weights sum to 1.
    pub weights: Vec<f32>,
}

/// Scores with their receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which weights.
    pub model: ModelRef,
    /// What was read.
    pub input: Input,
    /// What is explained.
    pub target: Target,
    /// How.
    pub method: MethodRef,
    /// The scalar on the input.
    pub value: f32,
    /// The scalar on the baseline.
    pub baseline_value: f32,
    /// One score per token.
    pub scores: Vec<f32>,
    /// The receipt.
    pub checks: Vec<Check>,
    /// Remarks.
    pub diagnostics: Vec<Diagnostic>,
    /// Logits of the input, one per class; empty for a model of language.
    pub logits: Vec<f32>,
    /// What these logits mean; left out where they are classes of which one holds.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
    /// The path, for integrated gradients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
}

impl Explanation {
    /// The completeness check, if the receipt has one.
    #[must_use]
    pub fn completeness(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == "completeness")
    }

    /// Whether the colours may be shown: no check failed and no cap was hit.
    #[must_use]
    pub fn trusted(&self) -> bool {
        let capped = |d: &Diagnostic| matches!(d, Diagnostic::NodeCapReached { .. });
        self.checks.iter().all(|check| check.verdict != Verdict::Fail) && !self.diagnostics.iter().any(capped)
    }

    /// Whether the text without any of its words could be run, so that `baseline_value` was measured.
    #[must_use]
    pub fn has_blank(&self) -> bool {
        !self.diagnostics.iter().any(|diagnostic| matches!(diagnostic, Diagnostic::NothingLeft { .. }))
    }

    /// Largest difference between the numbers of two explanations of the same recipe; `None` when they do not compare.
    #[must_use]
    pub fn largest_difference(&self, other: &Self) -> Option<f32> {
        if self.input != other.input || self.target != other.target || self.scores.len() != other.scores.len() {
            return None;
        }
        let scores = self.scores.iter().zip(&other.scores);
        let logits = self.logits.iter().zip(&other.logits);
        let ends = [(&self.value, &other.value), (&self.baseline_value, &other.baseline_value)];
        Some(scores.chain(logits).chain(ends).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_the_relative_gap() {
        let check = |sum: f32, promised, verdict| {
            assert_eq!(Check::completeness(&[sum], 2.0, 1.0, promised).verdict, verdict, "{sum}");
        };
        check(1.0, true, Verdict::Pass);
        check(1.009, true, Verdict::Pass);
        check(1.05, true, Verdict::Warn);
        check(0.8, true, Verdict::Fail);
        check(0.8, false, Verdict::NotPromised);
    }
}
