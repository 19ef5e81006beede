//! What a model answers.

use serde::{Deserialize, Serialize};

use crate::finding::finding;
use crate::{Grid, Sampling};

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

impl ProblemType {
    /// How a row of logits turns into probabilities.
    #[must_use]
    pub fn scale(self, logits: &[f32]) -> Scale {
        match self {
            Self::SingleLabel => Scale::Softmax { log_total: log_sum_exp(logits) },
            Self::MultiLabel => Scale::Sigmoid,
            Self::Regression => Scale::Number,
        }
    }

    /// Whether this is the usual case, which results leave out.
    #[must_use]
    pub fn is_single_label(&self) -> bool {
        *self == Self::SingleLabel
    }
}

/// From one logit of a row to its probability; the only place that knows what a logit means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// The share of this logit among all of the row.
    Softmax {
        /// The logarithm of the sum of the exponentials of the row.
        log_total: f64,
    },
    /// Each logit by itself.
    Sigmoid,
    /// The logit is the answer, and there is no probability.
    Number,
}

impl Scale {
    /// Natural logarithm of the probability, where there is one.
    #[must_use]
    pub fn log_prob(self, logit: f32) -> Option<f64> {
        let logit = f64::from(logit);
        match self {
            Self::Softmax { log_total } => Some(logit - log_total),
            // Written so that no exponential overflows.
            Self::Sigmoid => Some(logit.min(0.0) - (-logit.abs()).exp().ln_1p()),
            Self::Number => None,
        }
    }

    /// The probability, where there is one.
    #[must_use]
    pub fn probability(self, logit: f32) -> Option<f32> {
        self.log_prob(logit).map(|log_prob| log_prob.exp() as f32)
    }
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
    /// Probability, 0 to 1; of independent labels each its own; `None` of a model that gives one number.
    pub probability: Option<f32>,
    /// Its logit, before any softmax or sigmoid.
    pub logit: f32,
}

finding! {
    /// The answers of a model, most likely first.
    Prediction {
        /// One logit per class, in the model's order; empty for a model of language.
        logits: Vec<f32>,
        /// The logits of the whole vocabulary of a model of language, which only the page is handed.
        #[serde(skip)]
        vocabulary: Grid,
        /// The number that a model of one label gives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<f32>,
        /// The classes, or the twenty likeliest tokens, most likely first.
        top: Vec<Ranked>,
    }
}

impl Prediction {
    /// The likeliest tokens with the probabilities that a draw gives them, of those that have a name.
    #[must_use]
    pub fn drawn(&self, sampling: Sampling, most: usize) -> Vec<Ranked> {
        let drawn = sampling.distribution(&self.vocabulary.values, most);
        let named = |&(id, probability): &(usize, f32)| {
            let ranked = self.top.iter().find(|ranked| ranked.id == id)?;
            Some(Ranked { probability: Some(probability), ..ranked.clone() })
        };
        drawn.iter().filter_map(named).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ask, Input, ModelRef, Recipe};

    #[test]
    fn a_logit_becomes_what_its_model_means() {
        let check = |problem: ProblemType, logits: &[f32], expected: &[Option<f32>]| {
            let scale = problem.scale(logits);
            for (&logit, expected) in logits.iter().zip(expected) {
                match (scale.probability(logit), expected) {
                    (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-6, "{problem:?}: {found}"),
                    (found, expected) => assert_eq!(&found, expected, "{problem:?}"),
                }
            }
        };
        check(ProblemType::SingleLabel, &[0.0, 0.0], &[Some(0.5), Some(0.5)]);
        // Sigmoids by PyTorch.
        let independent = [Some(0.531905), Some(0.696874), Some(0.555956)];
        check(ProblemType::MultiLabel, &[0.127793, 0.832458, 0.224764], &independent);
        check(ProblemType::MultiLabel, &[1000.0, -1000.0, 0.0], &[Some(1.0), Some(0.0), Some(0.5)]);
        check(ProblemType::Regression, &[1.111908], &[None]);
    }

    #[test]
    fn a_draw_gives_the_tokens_their_probabilities() {
        let ranked = |id: usize| Ranked { id, label: None, token: Some(id.to_string()), probability: None, logit: 2.0 };
        let recipe = Recipe::new("m", "t", Ask::Predict {});
        let prediction = Prediction {
            resolved: recipe.clone(),
            recipe,
            model: ModelRef::default(),
            input: Input { text: "t".into(), tokens: Vec::new() },
            logits: Vec::new(),
            vocabulary: Grid { shape: vec![4], values: vec![0.0, 2.0, 2.0, -9.0] },
            score: None,
            top: vec![ranked(2), ranked(1)],
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let drawn = |temperature, top_k, most| {
            let drawn = prediction.drawn(Sampling { temperature, top_k, seed: 0 }, most);
            drawn.iter().map(|ranked| (ranked.id, ranked.probability)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(0.0, 0, 9), [(1, Some(1.0))]);
        assert_eq!(drawn(1.0, 2, 9), [(1, Some(0.5)), (2, Some(0.5))]);
        // Of four that can be drawn two have a name.
        assert_eq!((drawn(1.0, 0, 9).len(), drawn(1.0, 0, 1).len()), (2, 1));
    }

    #[test]
    fn the_logarithm_of_a_sigmoid_stays_finite() {
        let log_prob = |logit| ProblemType::MultiLabel.scale(&[]).log_prob(logit);
        assert_eq!(log_prob(-1000.0), Some(-1000.0));
        assert!((log_prob(0.0).unwrap_or_default() - 0.5f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_number_has_no_probability_in_json() {
        let number = Ranked { id: 0, label: Some("LABEL_0".into()), token: None, probability: None, logit: 1.5 };
        let json = serde_json::to_value(number).ok();
        assert_eq!(json, Some(serde_json::json!({"id": 0, "label": "LABEL_0", "probability": null, "logit": 1.5})));
    }
}
