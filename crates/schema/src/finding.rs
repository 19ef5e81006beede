//! What comes out: every result with the question it answers, its checks and its remarks. Plain data, without a sentence.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diagnostic::Refusal;
use crate::inside::{AttentionMaps, Walk};
use crate::named::named;
use crate::{
    Chaining, Comparison, Explanation, Generation, Grid, Hearing, Input, Part, Patching, Prediction, Probing,
    ProblemType, Ranked, Recipe, Target, Voting,
};

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

/// Declares a kind of finding: what every finding has, and what only this kind has.
macro_rules! finding {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            /// The question as it was asked.
            pub recipe: $crate::Recipe,
            /// The question with every default written out.
            pub resolved: $crate::Recipe,
            /// Which weights.
            pub model: $crate::ModelRef,
            /// What was read.
            pub input: $crate::Input,
            $($(#[$field_doc])* pub $field: $type,)+
            /// Do the numbers keep what they promise?
            pub checks: Vec<$crate::Check>,
            /// What a reader should know about this result.
            pub diagnostics: Vec<$crate::Diagnostic>,
        }
    };
}

pub(crate) use finding;

named! {
    /// What a check compares.
    CheckId {
        /// The sum of the scores with the difference of the values.
        Completeness = "completeness",
        /// The sum of the direct effects of all parts with the scalar.
        Sum = "sum",
        /// What the lens reads at the end with the model's own answer.
        LensEnd = "lens-end",
        /// A run with its own activations put in their place with the run itself.
        PatchSelf = "patch-self",
        /// A run into which everything of the other was copied with the other.
        PatchAll = "patch-all",
    }
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
    /// What is compared.
    pub id: CheckId,
    /// By how much it is off.
    pub gap: f32,
    /// `|gap|` over the size of what is compared.
    pub relative: f32,
    /// How to read it.
    pub verdict: Verdict,
}

impl Check {
    /// Relative gap up to which completeness passes.
    pub const PASS: f32 = 0.01;
    /// Relative gap above which an explanation has failed.
    pub const FAIL: f32 = 0.10;
    /// Gap up to which parts that sum to a scalar, or readings that equal it, pass.
    pub const EQUAL: f32 = 1e-3;

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
        Self { id: CheckId::Completeness, gap: gap as f32, relative, verdict }
    }

    /// Compares two numbers that should be the same.
    #[must_use]
    pub fn equal(id: CheckId, found: f32, value: f32) -> Self {
        let gap = found - value;
        let verdict = if gap.abs() <= Self::EQUAL { Verdict::Pass } else { Verdict::Fail };
        Self { id, gap, relative: gap.abs() / value.abs().max(1e-3), verdict }
    }

    /// Compares two numbers that should be the same to the last bit.
    #[must_use]
    pub fn identical(id: CheckId, found: f32, value: f32) -> Self {
        let check = Self::equal(id, found, value);
        let nearly = check.verdict == Verdict::Pass && check.gap != 0.0;
        Self { verdict: if nearly { Verdict::Warn } else { check.verdict }, ..check }
    }
}

finding! {
    /// The answer with and without something.
    Ablation {
        /// The scalar.
        target: Target,
        /// Its value with everything there.
        value: f32,
        /// Its value without.
        without: f32,
        /// `value - without`.
        change: f32,
        /// What an attribution or a direct effect had predicted for `change`, where one stands beside it.
        predicted: Option<f32>,
        /// The likeliest answers without.
        top: Vec<Ranked>,
        /// What is written on with everything there, and without; where that was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<BothWays>,
        /// The neurons of the MLPs that were taken out with the largest effects, largest first: by how much the scalar would fall without
        /// one, by the gradient; where that was asked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        neurons: Vec<(Part, f32)>,
        /// What the logits of the model mean.
        #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
        problem_type: ProblemType,
    }
}

/// Two continuations of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothWays {
    /// With everything there.
    pub whole: String,
    /// Without what was taken out.
    pub without: String,
}

impl BothWays {
    /// Bytes that both begin with, up to the word in which they part.
    #[must_use]
    pub fn shared(&self) -> usize {
        if self.whole == self.without {
            return self.whole.len();
        }
        let pairs = self.whole.char_indices().zip(self.without.chars());
        let same = pairs.take_while(|((_, a), b)| a == b).map(|((at, letter), _)| at + letter.len_utf8()).last();
        let same = same.unwrap_or(0);
        let ends =
            |text: &str| text.get(same..).is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if ends(&self.whole) && ends(&self.without) {
            return same;
        }
        self.whole.get(..same).and_then(|both| both.rfind(char::is_whitespace)).unwrap_or(0)
    }
}

/// Any result; a copy is the same numbers, not new ones.
///
/// This is how it crosses the worker boundary. As JSON it is [`Finding::json`]: the fields of its kind beside its schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Finding {
    /// To `predict`.
    Prediction(Arc<Prediction>),
    /// To `generate`.
    Generation(Arc<Generation>),
    /// To `explain`.
    Explanation(Arc<Explanation>),
    /// To `compare`.
    Comparison(Arc<Comparison>),
    /// To `attention`.
    Attention(Arc<AttentionMaps>),
    /// To `stream`.
    Stream(Arc<Walk>),
    /// To `ablate`.
    Ablation(Arc<Ablation>),
    /// To `patch`.
    Patching(Arc<Patching>),
    /// To `probe`.
    Probing(Arc<Probing>),
    /// To `chain`.
    Chaining(Arc<Chaining>),
    /// To `vote`.
    Voting(Arc<Voting>),
    /// To `courtroom`.
    Hearing(Arc<Hearing>),
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// By way of a JSON value, as [`Finding::from_json`] does, so that a module has one reader of all that a finding can hold.
impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(serde_json::Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A finding as JSON has it.
#[derive(Debug, Serialize)]
#[serde(tag = "schema")]
enum Json<'a> {
    #[serde(rename = "vitrine.prediction/1")]
    Prediction(&'a Prediction),
    #[serde(rename = "vitrine.generation/1")]
    Generation(&'a Generation),
    #[serde(rename = "vitrine.explanation/1")]
    Explanation(&'a Explanation),
    #[serde(rename = "vitrine.comparison/1")]
    Comparison(&'a Comparison),
    #[serde(rename = "vitrine.attention/1")]
    Attention(&'a AttentionMaps),
    #[serde(rename = "vitrine.stream/1")]
    Stream(&'a Walk),
    #[serde(rename = "vitrine.ablation/1")]
    Ablation(&'a Ablation),
    #[serde(rename = "vitrine.patch/1")]
    Patching(&'a Patching),
    #[serde(rename = "vitrine.probe/1")]
    Probing(&'a Probing),
    #[serde(rename = "vitrine.chain/1")]
    Chaining(&'a Chaining),
    #[serde(rename = "vitrine.vote/1")]
    Voting(&'a Voting),
    #[serde(rename = "vitrine.courtroom/1")]
    Hearing(&'a Hearing),
}

/// A finding as the kind that it is, or back as it was.
macro_rules! kinds {
    ($($variant:ident($kind:ty),)+) => {
        $(impl TryFrom<Finding> for $kind {
            type Error = Finding;

            fn try_from(finding: Finding) -> Result<Self, Finding> {
                match finding {
                    Finding::$variant(found) => Ok(Arc::unwrap_or_clone(found)),
                    other => Err(other),
                }
            }
        }

        impl TryFrom<Finding> for Arc<$kind> {
            type Error = Finding;

            fn try_from(finding: Finding) -> Result<Self, Finding> {
                match finding {
                    Finding::$variant(found) => Ok(found),
                    other => Err(other),
                }
            }
        })+
    };
}

kinds! {
    Prediction(Prediction),
    Generation(Generation),
    Explanation(Explanation),
    Comparison(Comparison),
    Attention(AttentionMaps),
    Stream(Walk),
    Ablation(Ablation),
    Patching(Patching),
    Probing(Probing),
    Chaining(Chaining),
    Voting(Voting),
    Hearing(Hearing),
}

impl Finding {
    /// Names and versions of all kinds.
    const SCHEMAS: [&str; 12] = [
        "vitrine.prediction/1",
        "vitrine.generation/1",
        "vitrine.explanation/1",
        "vitrine.comparison/1",
        "vitrine.attention/1",
        "vitrine.stream/1",
        "vitrine.ablation/1",
        "vitrine.patch/1",
        "vitrine.probe/1",
        "vitrine.chain/1",
        "vitrine.vote/1",
        "vitrine.courtroom/1",
    ];

    /// The finding as JSON has it.
    #[must_use]
    pub fn json(&self) -> impl Serialize {
        match self {
            Self::Prediction(found) => Json::Prediction(found),
            Self::Generation(found) => Json::Generation(found),
            Self::Explanation(found) => Json::Explanation(found),
            Self::Comparison(found) => Json::Comparison(found),
            Self::Attention(found) => Json::Attention(found),
            Self::Stream(found) => Json::Stream(found),
            Self::Ablation(found) => Json::Ablation(found),
            Self::Patching(found) => Json::Patching(found),
            Self::Probing(found) => Json::Probing(found),
            Self::Chaining(found) => Json::Chaining(found),
            Self::Voting(found) => Json::Voting(found),
            Self::Hearing(found) => Json::Hearing(found),
        }
    }

    /// Reads a finding.
    ///
    /// # Errors
    /// [`Refusal::OtherVersion`], [`Refusal::BadFinding`].
    pub fn from_json(json: &str) -> Result<Self, Refusal> {
        fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<Arc<T>, serde_json::Error> {
            serde_json::from_value(value).map(Arc::new)
        }
        let bad = |error: serde_json::Error| Refusal::BadFinding { detail: error.to_string() };
        let value: serde_json::Value = serde_json::from_str(json).map_err(bad)?;
        let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        match schema.as_str() {
            "vitrine.prediction/1" => read(value).map(Self::Prediction),
            "vitrine.generation/1" => read(value).map(Self::Generation),
            "vitrine.explanation/1" => serde_json::from_value(value).map(|mut found: Explanation| {
                found.judge();
                Self::Explanation(Arc::new(found))
            }),
            "vitrine.comparison/1" => read(value).map(Self::Comparison),
            "vitrine.attention/1" => read(value).map(Self::Attention),
            "vitrine.stream/1" => read(value).map(Self::Stream),
            "vitrine.ablation/1" => read(value).map(Self::Ablation),
            "vitrine.patch/1" => read(value).map(Self::Patching),
            "vitrine.probe/1" => read(value).map(Self::Probing),
            "vitrine.chain/1" => read(value).map(Self::Chaining),
            "vitrine.vote/1" => read(value).map(Self::Voting),
            "vitrine.courtroom/1" => read(value).map(Self::Hearing),
            _ => return Err(Refusal::OtherVersion { found: schema, read: Self::SCHEMAS.join(", ") }),
        }
        .map_err(bad)
    }

    /// The question as it was asked.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        match self {
            Self::Prediction(found) => &found.recipe,
            Self::Generation(found) => &found.recipe,
            Self::Explanation(found) => &found.recipe,
            Self::Comparison(found) => &found.recipe,
            Self::Attention(found) => &found.recipe,
            Self::Stream(found) => &found.recipe,
            Self::Ablation(found) => &found.recipe,
            Self::Patching(found) => &found.recipe,
            Self::Probing(found) => &found.recipe,
            Self::Chaining(found) => &found.recipe,
            Self::Voting(found) => &found.recipe,
            Self::Hearing(found) => &found.recipe,
        }
    }

    /// The question with every default written out.
    #[must_use]
    pub fn resolved(&self) -> &Recipe {
        match self {
            Self::Prediction(found) => &found.resolved,
            Self::Generation(found) => &found.resolved,
            Self::Explanation(found) => &found.resolved,
            Self::Comparison(found) => &found.resolved,
            Self::Attention(found) => &found.resolved,
            Self::Stream(found) => &found.resolved,
            Self::Ablation(found) => &found.resolved,
            Self::Patching(found) => &found.resolved,
            Self::Probing(found) => &found.resolved,
            Self::Chaining(found) => &found.resolved,
            Self::Voting(found) => &found.resolved,
            Self::Hearing(found) => &found.resolved,
        }
    }

    /// What was read.
    #[must_use]
    pub fn input(&self) -> &Input {
        match self {
            Self::Prediction(found) => &found.input,
            Self::Generation(found) => &found.input,
            Self::Explanation(found) => &found.input,
            Self::Comparison(found) => &found.input,
            Self::Attention(found) => &found.input,
            Self::Stream(found) => &found.input,
            Self::Ablation(found) => &found.input,
            Self::Patching(found) => &found.input,
            Self::Probing(found) => &found.input,
            Self::Chaining(found) => &found.input,
            Self::Voting(found) => &found.input,
            Self::Hearing(found) => &found.input,
        }
    }

    /// Which weights answered.
    #[must_use]
    pub fn model(&self) -> &ModelRef {
        match self {
            Self::Prediction(found) => &found.model,
            Self::Generation(found) => &found.model,
            Self::Explanation(found) => &found.model,
            Self::Comparison(found) => &found.model,
            Self::Attention(found) => &found.model,
            Self::Stream(found) => &found.model,
            Self::Ablation(found) => &found.model,
            Self::Patching(found) => &found.model,
            Self::Probing(found) => &found.model,
            Self::Chaining(found) => &found.model,
            Self::Voting(found) => &found.model,
            Self::Hearing(found) => &found.model,
        }
    }

    /// Where many numbers are kept: what crosses the worker boundary beside the finding, as bytes.
    pub fn grids_mut(&mut self) -> Vec<&mut Grid> {
        match self {
            Self::Prediction(found) => vec![&mut Arc::make_mut(found).vocabulary],
            Self::Attention(found) => vec![&mut Arc::make_mut(found).patterns],
            Self::Stream(found) => {
                let layers = Arc::make_mut(found).layers.iter_mut();
                layers.flat_map(|layer| [&mut layer.carried, &mut layer.head_effect]).collect()
            }
            Self::Generation(_)
            | Self::Explanation(_)
            | Self::Comparison(_)
            | Self::Ablation(_)
            | Self::Patching(_)
            | Self::Probing(_)
            | Self::Chaining(_)
            | Self::Voting(_)
            | Self::Hearing(_) => Vec::new(),
        }
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

    #[test]
    fn what_is_no_finding_gets_one_sentence() {
        let refused =
            |json: &str| Finding::from_json(json).map_err(|refusal| refusal.to_string()).err().unwrap_or_default();
        assert!(refused("{}").starts_with("this says no schema; this version reads vitrine.prediction/1, "));
        assert!(refused(r#"{"schema": "vitrine.explanation/2"}"#).starts_with("this is \"vitrine.explanation/2\"; "));
        let missing = refused(r#"{"schema": "vitrine.explanation/1"}"#);
        assert!(missing.starts_with("the finding cannot be read: missing field"), "{missing}");
        assert!(refused("[").starts_with("the finding cannot be read: EOF"));
    }
}
