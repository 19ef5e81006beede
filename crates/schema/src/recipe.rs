//! What to compute: the smallest description from which a result can be made again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diagnostic::Refusal;
use crate::method::Params;
use crate::named::named;
use crate::{Absence, BlockSite, MethodId, Methods, Players, Quantity};

/// In JSON what it is in words.
macro_rules! written_out {
    ($($name:ident),+) => {
        $(impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        })+
    };
}

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "vitrine.recipe/1";

/// Target and foil as asked for, by label or by the text of a token; `None` means the default of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetRequest {
    /// Class to explain.
    pub target: Option<String>,
    /// Class it is compared with.
    pub foil: Option<String>,
    /// The scalar; unless asked for, the difference where there is a foil, else the logit of a class or the logarithm of
    /// a token's probability.
    pub quantity: Option<Quantity>,
}

impl TargetRequest {
    /// What is explained and what it is compared with, as the engine takes it: of two classes the second stands against the
    /// first unless said.
    #[must_use]
    pub fn sides(&self, classes: &[String]) -> (Option<String>, Option<String>) {
        match (self.target.clone(), self.foil.clone(), classes) {
            (None, None, [first, second]) => (Some(second.clone()), Some(first.clone())),
            (None, Some(foil), [_, _]) => (classes.iter().find(|class| **class != foil).cloned(), Some(foil)),
            (target, foil, _) => (target, foil),
        }
    }

    /// A menu of the classes that can be explained, as name and label, behind what asks for none. A class that is asked for is
    /// shown as it was asked, also where there is none.
    #[must_use]
    pub fn targets(&self, classes: &[String], none: Option<&str>) -> Vec<(String, String)> {
        let none = none.map(|label| (String::new(), label.to_owned()));
        let mut items: Vec<_> = none.into_iter().chain(classes.iter().cloned().map(|it| (it.clone(), it))).collect();
        let asked = self.target.clone().filter(|asked| items.iter().all(|(name, _)| name != asked));
        items.extend(asked.map(|asked| (asked.clone(), asked)));
        items
    }

    /// Whether everything that it names is among these classes, in whichever case.
    #[must_use]
    pub fn is_among(&self, classes: &[String]) -> bool {
        let known = |name: &String| classes.iter().any(|class| class.eq_ignore_ascii_case(name));
        self.target.iter().chain(&self.foil).all(known)
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Identifier of the model.
    pub model: String,
    /// The text; `None` where the question has none.
    pub text: Option<String>,
    /// Which answer it is about.
    #[serde(default)]
    pub target: TargetRequest,
    /// What is asked.
    pub ask: Ask,
    /// Seed of every random choice.
    #[serde(default)]
    pub seed: u64,
}

/// What is asked of a model and a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// The answer.
    Predict {},
    /// A continuation.
    Generate(Generate),
    /// Why the answer.
    Explain(Explain),
    /// Why the answer, by several methods.
    Compare(Compare),
    /// Where each head looks.
    Attention(Attention),
    /// What each layer writes.
    Stream(Stream),
    /// The answer without something.
    Ablate(Ablate),
    /// What copying from the run of one text into that of another brings over.
    Patch(Patch),
    /// A continuation while the stream is pushed.
    Steer(Steer),
    /// What can be read off each layer.
    Probe(Probe),
}

/// How a text is continued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// Whether the text is what a user says, to be put into the model's chat template.
    pub chat: bool,
    /// In a chat, what the system says first.
    pub system: Option<String>,
    /// Most tokens to write.
    pub max_tokens: usize,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    pub temperature: f32,
    /// Only that many likeliest tokens can be drawn; 0 for all.
    pub top_k: usize,
}

impl Default for Generate {
    fn default() -> Self {
        Self { chat: false, system: None, max_tokens: 64, temperature: 0.0, top_k: 0 }
    }
}

/// How an answer is explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// The method.
    pub method: MethodId,
    /// Its parameters; those that are left out have their defaults.
    #[serde(default)]
    pub params: Params,
    /// What is scored as one.
    #[serde(default)]
    pub players: Players,
    /// Of a model of language: how the text goes on, each token of which is explained in its turn.
    #[serde(default)]
    pub continuation: Option<String>,
    /// Whether it is measured how far to trust the scores.
    #[serde(default)]
    pub receipt: bool,
}

/// Which explanations are put side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compare {
    /// The methods, with their defaults.
    pub methods: Methods,
    /// Another text, of which the same is asked.
    pub with_text: Option<String>,
    /// Another model, of which the same is asked.
    pub with_model: Option<String>,
}

/// What attention is rolled out from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attention {
    /// The position; unless asked for, what the answer is read from: of a model of language the last, of a classifier the
    /// first or the mean of all.
    pub position: Option<usize>,
}

/// Which part of the residual stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stream {
    /// The position; of a model of language the last unless asked for, of a classifier the first.
    pub position: Option<usize>,
}

/// What is taken out: tokens of the text, or parts of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ablate {
    /// Positions of tokens.
    pub tokens: Vec<usize>,
    /// Parts of the model.
    pub parts: Vec<Part>,
    /// What taking out means.
    pub how: Option<How>,
    /// For `resample`: the text from whose run the parts are taken.
    pub resample_from: Option<String>,
}

named! {
    /// What taking out means, of tokens or of parts.
    How {
        /// Tokens: see [`Absence::Mask`].
        Mask = "mask",
        /// Tokens: see [`Absence::Delete`].
        Delete = "delete",
        /// Tokens: see [`Absence::BlockAttention`].
        BlockAttention = "block-attention",
        /// Tokens: see [`Absence::Mean`].
        Mean = "mean",
        /// Tokens: see [`Absence::Eos`].
        Eos = "eos",
        /// Tokens: see [`Absence::Space`].
        Space = "space",
        /// Parts: what they write is set to zero.
        Zero = "zero",
        /// Parts: they write what they wrote in the run of another text.
        Resample = "resample",
        /// Heads: the weights of each query are dealt out anew among the tokens that it may read.
        Shuffle = "shuffle",
    }
}

impl How {
    /// What it means for tokens, if it is meant for them.
    #[must_use]
    pub fn absence(self) -> Option<Absence> {
        Absence::named(self.name())
    }
}

/// What is copied between the runs of two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// The first text, A.
    pub clean: String,
    /// The second text, B, of as many tokens.
    pub corrupt: String,
    /// What is copied.
    pub site: PatchSite,
    /// From which run into which.
    pub direction: Direction,
    /// Whether it is estimated from one gradient, for every cell at once.
    pub approximate: bool,
    /// Only these cells, as layer and token or head; all of them unless given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
}

named! {
    /// What a cell of a patching map is.
    #[derive(Default)]
    PatchSite {
        /// What a layer reads, at one token.
        #[default]
        ResidPre = "resid_pre",
        /// What attention of a layer writes, at one token.
        AttnOut = "attn_out",
        /// What the MLP of a layer writes, at one token.
        MlpOut = "mlp_out",
        /// The weighted values of a head, at all tokens.
        Head = "head",
        /// The queries of a head.
        Q = "q",
        /// The keys of a key/value head.
        K = "k",
        /// The values of a key/value head.
        V = "v",
        /// The weights of a head.
        Pattern = "pattern",
    }
}

impl PatchSite {
    /// Where that is in a block.
    #[must_use]
    pub const fn site(self) -> BlockSite {
        match self {
            Self::ResidPre => BlockSite::ResidPre,
            Self::AttnOut => BlockSite::AttnOut,
            Self::MlpOut => BlockSite::MlpOut,
            Self::Head => BlockSite::Z,
            Self::Q => BlockSite::Q,
            Self::K => BlockSite::K,
            Self::V => BlockSite::V,
            Self::Pattern => BlockSite::Pattern,
        }
    }

    /// Whether a cell is a head at all tokens, instead of a token.
    #[must_use]
    pub const fn of_heads(self) -> bool {
        !matches!(self, Self::ResidPre | Self::AttnOut | Self::MlpOut)
    }
}

named! {
    /// From which run into which.
    #[derive(Default)]
    Direction {
        /// From A into B: what is enough to bring A's answer back.
        #[default]
        Denoise = "denoise",
        /// From B into A: what is needed for A's answer.
        Noise = "noise",
    }
}

/// A cell of a map: a layer, and a token or head; written `20:9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Which layer, from 0.
    pub layer: usize,
    /// Which token or head, from 0.
    pub column: usize,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.layer, self.column)
    }
}

impl FromStr for Cell {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let read = || {
            let (layer, column) = text.split_once(':')?;
            Some(Self { layer: number(layer)?, column: number(column)? })
        };
        read().ok_or_else(|| Refusal::BadParameter {
            name: "cells".to_owned(),
            expected: "a layer and a token or head, such as 20:9".to_owned(),
            found: text.to_owned(),
        })
    }
}

written_out!(Part, Cell);

/// How a continuation is pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steer {
    /// The text whose last token says where to.
    pub toward: String,
    /// The text whose last token says where from.
    pub away: String,
    /// Before which block; the middle one unless given.
    pub layer: Option<usize>,
    /// How many times the difference is added; negative pushes the other way.
    pub strength: f32,
}

impl Default for Steer {
    fn default() -> Self {
        Self { toward: String::new(), away: String::new(), layer: None, strength: 1.0 }
    }
}

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

/// A part of a model that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What a head writes.
    Head {
        /// Which block, from 0.
        layer: usize,
        /// Which head, from 0.
        head: usize,
    },
    /// What an MLP writes.
    Mlp {
        /// Which block, from 0.
        layer: usize,
    },
    /// One neuron of an MLP.
    Neuron {
        /// Which block, from 0.
        layer: usize,
        /// Which neuron, from 0.
        neuron: usize,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head { layer, head } => write!(f, "L{layer}H{head}"),
            Self::Mlp { layer } => write!(f, "MLP{layer}"),
            Self::Neuron { layer, neuron } => write!(f, "L{layer}N{neuron}"),
        }
    }
}

impl FromStr for Part {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let two = |text: &str, mark: char| {
            let (layer, index) = text.split_once(mark)?;
            Some((number(layer)?, number(index)?))
        };
        let part = match (text.strip_prefix("MLP"), text.strip_prefix('L')) {
            (Some(layer), _) => number(layer).map(|layer| Self::Mlp { layer }),
            (None, Some(place)) => two(place, 'H')
                .map(|(layer, head)| Self::Head { layer, head })
                .or_else(|| two(place, 'N').map(|(layer, neuron)| Self::Neuron { layer, neuron })),
            _ => None,
        };
        part.ok_or_else(|| Refusal::NotAPart { found: text.to_owned() })
    }
}

impl Explain {
    /// A method with its parameters as words.
    #[must_use]
    pub fn new(method: MethodId, words: &[(&str, &str)]) -> Self {
        let words = words.iter().map(|&(name, word)| (name.to_owned(), word.to_owned()));
        Self {
            method,
            params: Params::from_words(method, words),
            players: Players::Tokens,
            continuation: None,
            receipt: false,
        }
    }
}

impl Ask {
    /// The names of everything that can be asked.
    pub const NAMES: [&str; 10] =
        ["predict", "generate", "explain", "compare", "attention", "stream", "ablate", "patch", "steer", "probe"];

    /// Its name in JSON and addresses.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Predict {} => "predict",
            Self::Generate(_) => "generate",
            Self::Explain(_) => "explain",
            Self::Compare(_) => "compare",
            Self::Attention(_) => "attention",
            Self::Stream(_) => "stream",
            Self::Ablate(_) => "ablate",
            Self::Patch(_) => "patch",
            Self::Steer(_) => "steer",
            Self::Probe(_) => "probe",
        }
    }
}

impl Recipe {
    /// A question about a text.
    #[must_use]
    pub fn new(model: impl Into<String>, text: impl Into<String>, ask: Ask) -> Self {
        let (target, text) = (TargetRequest::default(), Some(text.into()));
        Self { schema: SCHEMA.to_owned(), model: model.into(), text, target, ask, seed: 0 }
    }

    /// A question that has no text of its own.
    #[must_use]
    pub fn without_text(model: impl Into<String>, ask: Ask) -> Self {
        Self { text: None, ..Self::new(model, "", ask) }
    }

    /// The same question about another answer.
    #[must_use]
    pub fn about(self, target: TargetRequest) -> Self {
        Self { target, ..self }
    }

    /// The text that the question is about.
    ///
    /// # Errors
    /// [`Refusal::NoText`].
    pub fn text(&self) -> Result<&str, Refusal> {
        self.text.as_deref().ok_or(Refusal::NoText)
    }

    /// The text that it begins with: its own, or the first of two.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match &self.ask {
            Ask::Patch(patch) => Some(&patch.clean),
            _ => self.text.as_deref(),
        }
    }

    /// Reads a recipe.
    ///
    /// # Errors
    /// [`Refusal::OtherVersion`], [`Refusal::UnknownQuestion`], [`Refusal::UnknownMethod`], [`Refusal::BadRecipe`].
    pub fn from_json(json: &str) -> Result<Self, Refusal> {
        let bad = |error: serde_json::Error| Refusal::BadRecipe { detail: error.to_string() };
        let value: serde_json::Value = serde_json::from_str(json).map_err(bad)?;
        let word = |path: &str| value.pointer(path).and_then(serde_json::Value::as_str);
        // What an unknown name means is better said by what there is than by a parser.
        match word("/schema") {
            Some(SCHEMA) => {}
            found => {
                return Err(Refusal::OtherVersion {
                    found: found.unwrap_or_default().to_owned(),
                    read: SCHEMA.to_owned(),
                });
            }
        }
        if let Some(id) = word("/ask/id").filter(|id| !Self::asks(id)) {
            return Err(Refusal::UnknownQuestion { id: id.to_owned() });
        }
        if let Some(id) = word("/ask/method") {
            MethodId::asked(id)?;
        }
        serde_json::from_value(value).map_err(bad)
    }

    fn asks(id: &str) -> bool {
        Ask::NAMES.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(ask: &str, expected: Result<Ask, &str>) {
        let json = format!(r#"{{"schema": "vitrine.recipe/1", "model": "m", "text": "t", "ask": {ask}}}"#);
        let found = Recipe::from_json(&json).map(|recipe| recipe.ask).map_err(|refusal| refusal.to_string());
        match (&found, &expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
            _ => panic!("{ask}: {found:?}"),
        }
    }

    #[test]
    fn a_recipe_by_hand_may_leave_out_what_has_a_default() {
        check(r#"{"id": "predict"}"#, Ok(Ask::Predict {}));
        check(r#"{"id": "attention"}"#, Ok(Ask::Attention(Attention::default())));
        check(r#"{"id": "generate", "chat": true}"#, Ok(Ask::Generate(Generate { chat: true, ..Generate::default() })));
        check(r#"{"id": "stream"}"#, Ok(Ask::Stream(Stream { position: None })));
        let parts =
            vec![Part::Head { layer: 5, head: 1 }, Part::Mlp { layer: 3 }, Part::Neuron { layer: 5, neuron: 120 }];
        let ablate = Ablate { parts, how: Some(How::Zero), ..Ablate::default() };
        check(r#"{"id": "ablate", "parts": ["L5H1", "MLP3", "L5N120"], "how": "zero"}"#, Ok(Ask::Ablate(ablate)));
    }

    #[test]
    fn of_two_classes_one_stands_against_the_other() {
        let classes = ["NO".to_owned(), "YES".to_owned()];
        let sides = |target: Option<&str>, foil: Option<&str>, classes: &[String]| {
            let own = |name: Option<&str>| name.map(str::to_owned);
            let request = TargetRequest { target: own(target), foil: own(foil), quantity: None };
            let (target, foil) = request.sides(classes);
            format!("{} {}", target.unwrap_or_default(), foil.unwrap_or_default())
        };
        assert_eq!(sides(None, None, &classes), "YES NO");
        assert_eq!(sides(None, Some("YES"), &classes), "NO YES");
        assert_eq!(sides(Some("NO"), None, &classes), "NO ");
        assert_eq!(sides(None, Some("YES"), &[]), " YES");
        let request = TargetRequest { target: Some("yes".into()), ..TargetRequest::default() };
        let names: Vec<String> = request.targets(&classes, Some("any")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["", "NO", "YES", "yes"]);
        assert_eq!(TargetRequest::default().targets(&classes, None).len(), 2);
        assert!(request.is_among(&classes) && !request.is_among(&[]) && TargetRequest::default().is_among(&[]));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        check(r#"{"id": "predict", "position": 3}"#, Err("the recipe cannot be read: unknown field `position`"));
        check(r#"{"id": "stream", "layer": 3}"#, Err("the recipe cannot be read: unknown field `layer`"));
        check(
            r#"{"id": "explain", "method": "blur"}"#,
            Err("there is no method \"blur\"; known: integrated-gradients"),
        );
        check(r#"{"id": "dance"}"#, Err("nothing can be asked by the name \"dance\"; known: predict, generate"));
        for part in ["L5", "H1", "L5H", "L-1H2", "MLP", "l5h1", "L5H1N2", "L99999999999999999999H1"] {
            let ask = format!(r#"{{"id": "ablate", "parts": ["{part}"]}}"#);
            check(&ask, Err(&format!("the recipe cannot be read: {part:?} is no part of a model")));
        }
        let other = Recipe::from_json(r#"{"schema": "vitrine.recipe/2"}"#).map_err(|refusal| refusal.to_string());
        assert_eq!(other, Err("this is \"vitrine.recipe/2\"; this version reads vitrine.recipe/1".to_owned()));
        let none = Recipe::from_json("{}").map_err(|refusal| refusal.to_string());
        assert_eq!(none, Err("this says no schema; this version reads vitrine.recipe/1".to_owned()));
    }

    fn any_ask() -> impl Strategy<Value = Ask> {
        let part = prop_oneof![
            (any::<u16>(), any::<u16>())
                .prop_map(|(layer, head)| Part::Head { layer: layer.into(), head: head.into() }),
            any::<u16>().prop_map(|layer| Part::Mlp { layer: layer.into() }),
            (any::<u16>(), any::<u16>())
                .prop_map(|(layer, neuron)| Part::Neuron { layer: layer.into(), neuron: neuron.into() }),
        ];
        let method = prop::sample::select(MethodId::ALL.to_vec());
        let span = (any::<u16>(), any::<u16>()).prop_map(|(start, end)| [start.into(), end.into()]);
        let players = prop_oneof![
            Just(Players::Tokens),
            Just(Players::Words),
            Just(Players::Sentences),
            prop::collection::vec(span, 0..4).prop_map(Players::Spans),
        ];
        prop_oneof![
            Just(Ask::Predict {}),
            any::<Option<u16>>().prop_map(|at| Ask::Attention(Attention { position: at.map(usize::from) })),
            (any::<bool>(), any::<Option<String>>(), any::<u16>(), 0.0f32..9.0, any::<u16>()).prop_map(
                |(chat, system, max_tokens, temperature, top_k)| {
                    let (max_tokens, top_k) = (max_tokens.into(), top_k.into());
                    Ask::Generate(Generate { chat, system, max_tokens, temperature, top_k })
                }
            ),
            (
                method,
                prop::collection::btree_map("[a-z_]{1,8}", any::<i32>(), 0..4),
                players,
                any::<Option<String>>(),
                any::<bool>()
            )
                .prop_map(|(method, params, players, continuation, receipt)| {
                    let params = Params(params.into_iter().map(|(name, value)| (name, value.into())).collect());
                    Ask::Explain(Explain { method, params, players, continuation, receipt })
                }),
            (
                prop::option::of(prop::collection::vec(prop::sample::select(MethodId::ALL.to_vec()), 1..4)),
                any::<Option<String>>(),
                any::<Option<String>>()
            )
                .prop_map(|(methods, with_text, with_model)| {
                    let methods = methods.map_or(Methods::All, Methods::Listed);
                    Ask::Compare(Compare { methods, with_text, with_model })
                }),
            any::<Option<u16>>().prop_map(|at| Ask::Stream(Stream { position: at.map(usize::from) })),
            (prop::collection::vec(any::<u16>(), 0..4), prop::collection::vec(part, 0..4), any::<Option<String>>())
                .prop_map(|(tokens, parts, resample_from)| {
                    let tokens = tokens.into_iter().map(usize::from).collect();
                    Ask::Ablate(Ablate { tokens, parts, how: Some(How::Zero), resample_from })
                }),
        ]
    }

    proptest! {
        #[test]
        fn a_recipe_comes_back_from_json_as_it_was(ask in any_ask(), model in any::<String>(), text in any::<Option<String>>(), foil in any::<Option<String>>(), seed in any::<u64>()) {
            let target = TargetRequest { target: None, foil, quantity: Some(Quantity::Logit) };
            let recipe = Recipe { schema: SCHEMA.into(), model, text, target, ask, seed };
            let json = serde_json::to_string(&recipe).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(Recipe::from_json(&json), Ok(recipe));
        }

        #[test]
        fn what_is_asked_goes_by_one_name(ask in any_ask()) {
            let json = serde_json::to_value(&ask).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(json["id"].as_str(), Some(ask.name()));
            prop_assert!(Ask::NAMES.contains(&ask.name()));
        }

        #[test]
        fn any_text_as_a_recipe_gets_one_sentence(json in any::<String>()) {
            if let Err(refusal) = Recipe::from_json(&json) {
                prop_assert_eq!(refusal.to_string().lines().count(), 1);
            }
        }
    }
}
