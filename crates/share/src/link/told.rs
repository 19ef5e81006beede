//! What of a result is words and structure: the `result` of a letter.
//!
//! ```text
//! {"architecture": "bert", "found": {"explanation": {"target": …, "method": …, "params": …, "removed_by": …}}}
//! ```
//!
//! `found` has one key, the kind: `prediction`, `explanation`, `comparison`, `ablation`, or `summary` of what is too large. The
//! numbers of explanations stand in the capsule.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vitrine_schema::foreign::{sets_direction, undirected};
use vitrine_schema::recipe::Compare;
use vitrine_schema::{
    Absence, Ask, Diagnostic, Input, MethodId, Methods, Params, ProblemType, Ranked, Recipe, Summary, Target,
};

use super::{LinkError, unknown};

/// Longest name or remark, in characters.
const NAME_MOST: usize = 200;
/// Numbers that are larger are none that a model gives.
const LARGEST: f64 = 1e9;

/// Words and structure of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Architecture of the model.
    pub architecture: String,
    /// What its logits mean.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
    /// Remarks on the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
    /// What was found.
    pub found: Found,
}

/// What was found, by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Found {
    /// An answer.
    Prediction {
        /// One logit per class.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        logits: Vec<f32>,
        /// The number of a model of one label.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<f32>,
        /// The likeliest answers.
        top: Vec<Ranked>,
    },
    /// Scores.
    Explanation(Explained),
    /// Scores of several methods.
    Comparison {
        /// One of each.
        explanations: Vec<Explained>,
        /// How far they agree.
        kendall_tau: Vec<Vec<Option<f32>>>,
    },
    /// An answer without something.
    Ablation {
        /// The scalar.
        target: Target,
        /// With everything there.
        value: f32,
        /// Without.
        without: f32,
        /// What had been predicted for the change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        predicted: Option<f32>,
        /// The likeliest answers without.
        top: Vec<Ranked>,
    },
    /// What is too large.
    Summary(Summary),
}

/// Words and structure of an explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// What is explained.
    pub target: Target,
    /// By which method.
    pub method: MethodId,
    /// With which parameters in the end.
    #[serde(default, skip_serializing_if = "none_is_set")]
    pub params: Params,
    /// Tokens of each player, where they do not follow from the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub players: Option<Vec<Vec<usize>>>,
    /// Of a receipt: how words were taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<Absence>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

impl Found {
    /// Whether this is what the question can give of a text.
    pub fn answers(&self, recipe: &Recipe, input: &Input) -> bool {
        match (self, &recipe.ask) {
            (Self::Explanation(explained), Ask::Explain(explain)) => explained.method == explain.method,
            (Self::Comparison { explanations, .. }, Ask::Compare(Compare { methods: Methods::Listed(ids), .. })) => {
                explanations.iter().map(|explained| &explained.method).eq(ids)
            }
            (Self::Prediction { .. }, Ask::Predict {}) | (Self::Ablation { .. }, Ask::Ablate(_)) => true,
            (Self::Summary(summary), _) => summary.answers(recipe, input),
            _ => false,
        }
    }
}

fn none_is_set(params: &Params) -> bool {
    params.0.is_empty()
}

impl Told {
    /// Reads what was told. Names are short and set no direction, numbers are finite.
    pub fn from_json(value: Value) -> Result<Self, LinkError> {
        serde_json::from_value(tamed("", value)).map_err(|error| unknown(&error))
    }

    /// The same of what is told here.
    pub fn tamed(&self) -> Result<Self, LinkError> {
        // By way of a text, as links have it: what writes each part stands in the page's modules once.
        let json = serde_json::to_string(self).and_then(|json| serde_json::from_str(&json));
        json.map_err(|error| unknown(&error)).and_then(Self::from_json)
    }
}

/// A value under its key, so that whoever reads it aloud is not led astray.
fn tamed(key: &str, value: Value) -> Value {
    match value {
        // What a model wrote is as long as it is.
        Value::String(text) if matches!(key, "text" | "without") => Value::String(undirected(&text)),
        Value::String(name) => Value::String(undirected(&name).chars().take(NAME_MOST).collect()),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, |number| number.clamp(-LARGEST, LARGEST).into())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| tamed(key, item)).collect()),
        Value::Object(fields) => {
            let plain = fields.into_iter().filter(|(key, _)| !key.contains(sets_direction));
            Value::Object(plain.map(|(key, value)| (key.clone(), tamed(&key, value))).collect::<Map<_, _>>())
        }
        other => other,
    }
}
