//! What to compute: the smallest description from which a result can be made again.

mod explaining;
mod inside;
mod patching;
mod probing;
mod reasoning;
mod removing;
#[cfg(test)]
mod tests;
mod writing;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Refusal;
use crate::{MethodId, Quantity};

pub use explaining::{Compare, Explain};
pub use inside::{Attention, Stream};
pub use patching::{Aligned, Cell, Direction, Patch, PatchSite};
pub use probing::{Probe, ProbeKind, ProbePosition};
pub use reasoning::{Chain, Courtroom, Evidence, Family, Inject, Shots, Vote};
pub use removing::{Ablate, How, Part};
pub use writing::{Generate, Steer};

/// In JSON what it is in words.
macro_rules! written_out {
    ($($name:ident),+) => {
        $(impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        })+
    };
}

use written_out;

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
    /// An answer step by step.
    Chain(Chain),
    /// An answer by several chains.
    Vote(Vote),
    /// Whether answers depend on their chains.
    Courtroom(Courtroom),
}

impl Ask {
    /// The text that a question holds itself, so that its recipe has none beside it: the first of two, or what chains answer.
    #[must_use]
    pub fn own_text(&self) -> Option<&str> {
        match self {
            Self::Patch(patch) => Some(&patch.clean),
            Self::Chain(chain) => Some(&chain.question),
            Self::Vote(vote) => Some(&vote.question),
            _ => None,
        }
    }

    /// SHA-256 of the file that a question needs and its recipe does not hold: a table of texts, or worked examples.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Probe(probe) => Some(&probe.data),
            Self::Chain(Chain { shots: Shots::File(sha256), .. })
            | Self::Vote(Vote { shots: Shots::File(sha256), .. }) => Some(sha256),
            _ => None,
        }
    }

    /// The names of everything that can be asked.
    pub const NAMES: [&str; 13] = [
        "predict",
        "generate",
        "explain",
        "compare",
        "attention",
        "stream",
        "ablate",
        "patch",
        "steer",
        "probe",
        "chain",
        "vote",
        "courtroom",
    ];

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
            Self::Chain(_) => "chain",
            Self::Vote(_) => "vote",
            Self::Courtroom(_) => "courtroom",
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

    /// The text that it is about.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.ask.own_text().or(self.text.as_deref())
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
