//! What every method returns: scores with the check that says how far to trust them.

use serde::{Deserialize, Serialize};

use crate::finding::{Check, CheckId, Verdict, finding};
use crate::method::Params;
use crate::named::named;
use crate::trail::Trail;
use crate::{Diagnostic, How, MethodId, ProblemType, Ranked, Receipt, TrustId};

/// A class of a classifier, or a token of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRef {
    /// Name of the class.
    pub label: String,
    /// Its row in the logits.
    pub index: usize,
}

named! {
    /// The scalar that is explained.
    Quantity {
        /// The logit of the target.
        Logit = "logit",
        /// Logit of the target minus logit of the foil.
        LogitDifference = "logit-difference",
        /// Natural logarithm of the target's probability.
        LogProb = "log-prob",
    }
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
    pub params: Params,
    /// Seed of every random choice.
    pub seed: u64,
}

impl MethodRef {
    /// Whether its scores have a direction.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.id.signed(&self.params)
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

/// Scores of every token of a continuation, each by all tokens before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Of a continuation the positions of the tokens that are explained; of a patching map its layers.
    pub rows: Vec<usize>,
    /// Of a continuation the positions of the tokens that they are explained by; of a patching map its tokens or heads.
    pub columns: Vec<usize>,
    /// `[row][column]`; `None` where a column does not stand before its row, or a cell was not run.
    pub values: Vec<Vec<Option<f32>>>,
}

/// One token of a continuation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its row in the vocabulary.
    pub id: u32,
    /// How it is written.
    pub token: String,
    /// What the model would rather have said, the likeliest first.
    pub top: Vec<Ranked>,
    /// The token itself as the model saw it coming, where it is not among these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Ranked>,
    /// How far to trust its row, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<Receipt>>,
}

impl Step {
    /// What could have stood here, the token itself among it.
    pub fn could_have(&self) -> impl Iterator<Item = &Ranked> {
        self.top.iter().chain(&self.own)
    }
}

finding! {
    /// Scores with their receipt.
    Explanation {
        /// What is explained.
        target: Target,
        /// The method, with the parameters that it used in the end.
        method: MethodRef,
        /// The scalar on the input.
        value: f32,
        /// The scalar on the baseline.
        baseline_value: f32,
        /// One score per token.
        scores: Vec<f32>,
        /// Logits of the input, one per class; empty for a model of language.
        logits: Vec<f32>,
        /// What these logits mean; left out where they are classes of which one holds.
        #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
        problem_type: ProblemType,
        /// Tokens of each player, where they are not single tokens; a player's score stands on its first token.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        players: Vec<Vec<usize>>,
        /// Of a continuation: a row of scores for each of its tokens. `scores`, `value` and `baseline_value` are then their sums.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matrix: Option<Matrix>,
        /// Of a continuation: its tokens.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<Step>,
        /// The path, for integrated gradients.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<Path>,
        /// How the scores came about, where the method keeps that and the text is short.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trail: Option<Trail>,
        /// How far to trust the scores, where it was measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Box<Receipt>>,
    }
}

impl Explanation {
    /// The completeness check, if the receipt has one.
    #[must_use]
    pub fn completeness(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == CheckId::Completeness)
    }

    /// Puts the verdict of each receipt right, as its curves say it: what a file says of itself is not believed.
    pub fn judge(&mut self) {
        let adds_up = self.checks.iter().all(|check| check.verdict != Verdict::Fail);
        let steps = self.steps.iter_mut().filter_map(|step| step.receipt.as_deref_mut());
        for receipt in steps.chain(self.receipt.as_deref_mut()) {
            receipt.verdict.id = receipt.judged(adds_up);
        }
    }

    /// Whether the colours may be shown: no check failed, no cap was hit, and words taken out in their order do more than at random.
    #[must_use]
    pub fn trusted(&self) -> bool {
        let capped = |d: &Diagnostic| matches!(d, Diagnostic::NodeCapReached { .. });
        let fails = self.receipt.as_ref().is_some_and(|receipt| receipt.verdict.id == TrustId::Fails);
        self.checks.iter().all(|check| check.verdict != Verdict::Fail) && !self.diagnostics.iter().any(capped) && !fails
    }

    /// Whether the colours of a row of a continuation may be shown.
    #[must_use]
    pub fn row_trusted(&self, row: usize) -> bool {
        let receipt = self.steps.get(row).and_then(|step| step.receipt.as_ref());
        self.trusted() && receipt.is_none_or(|receipt| receipt.verdict.id != TrustId::Fails)
    }

    /// Whether the scores have a direction.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.method.signed()
    }

    /// What an absent word is to the method, where words can be taken out that way too; `None` for the usual way.
    #[must_use]
    pub fn how(&self) -> Option<How> {
        let mut words = self.method.params.words();
        words
            .find(|(name, _)| matches!(*name, "variant" | "baseline"))
            .and_then(|(_, word)| How::named(&word))
            .filter(|how| how.absence().is_some())
    }

    /// Of a continuation, the text before the token of a row.
    #[must_use]
    pub fn before(&self, row: usize) -> String {
        let place = self.matrix.as_ref().and_then(|matrix| self.input.tokens.get(*matrix.rows.get(row)?));
        place.and_then(|token| self.input.text.get(..token.start)).unwrap_or(&self.input.text).to_owned()
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
