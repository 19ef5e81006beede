//! Parameters: what they are called, what they take, and what they are where nothing is asked for.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MethodId;
use crate::diagnostic::Refusal;
use crate::named::named;

/// One parameter of a method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// Name in JSON, flags and addresses.
    pub name: &'static str,
    /// Name of its control.
    pub label: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What a model must have for it to mean anything.
    pub needs: Needs,
}

named! {
    /// Layers that have a name of their own.
    NamedLayers {
        /// The last one, unless another is asked for.
        Last = "last",
        /// All of them.
        All = "all",
    }
}

/// What a parameter of layers says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Layers {
    /// One by its number, counted from 0.
    One(usize),
    /// By a name.
    Named(NamedLayers),
}

impl Layers {
    /// The layers that are meant, of so many.
    #[must_use]
    pub fn of(self, n_layers: usize) -> Range<usize> {
        match self {
            Self::One(layer) => layer..layer + 1,
            Self::Named(NamedLayers::Last) => n_layers.saturating_sub(1)..n_layers,
            Self::Named(NamedLayers::All) => 0..n_layers,
        }
    }
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One of several names.
    Choice {
        /// The names.
        choices: &'static [Choice],
        /// Default for a classifier.
        classifier: &'static str,
        /// Default for a model of language.
        language: &'static str,
    },
    /// A whole number.
    Count {
        /// Smallest that can be asked for.
        least: u64,
        /// Largest that can be asked for.
        most: u64,
        /// What it is unless asked for.
        default: u64,
        /// The parameter that this one caps: where that is asked for and this is not, they are the same.
        capped: Option<&'static str>,
        /// What a menu offers, if there is one.
        offered: &'static [u64],
        /// What a menu calls asking for nothing.
        open: &'static str,
    },
    /// A number.
    Real {
        /// Smallest that can be asked for.
        least: f64,
        /// Largest that can be asked for.
        most: f64,
        /// What it is unless asked for.
        default: f64,
        /// What a menu offers.
        offered: &'static [f64],
    },
    /// One layer by its number, the last one, or all.
    Layer,
    /// Yes or no.
    Flag {
        /// What it is unless asked for.
        default: bool,
        /// What a menu calls yes.
        yes: &'static str,
        /// What a menu calls no.
        no: &'static str,
    },
}

/// One name that a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Name in JSON, flags and addresses.
    pub name: &'static str,
    /// Name in menus.
    pub label: &'static str,
    /// What a model must have.
    pub needs: Needs,
}

/// What a model must have for a parameter, or for a value of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Every model has it.
    Nothing,
    /// The mask token.
    Mask,
    /// The padding token.
    Pad,
    /// Being a model of language, with a token that ends a text.
    Eos,
    /// Being a model of language, with a token that writes a space alone.
    Space,
    /// Being a model of language.
    Language,
}

impl Needs {
    /// The token as a sentence names it, where a classifier, or a model of language, could have it.
    fn token(self, causal: bool) -> Option<&'static str> {
        match self {
            Self::Mask if !causal => Some("mask"),
            Self::Pad if !causal => Some("padding"),
            Self::Eos if causal => Some("end-of-text"),
            Self::Space if causal => Some("space"),
            _ => None,
        }
    }
}

/// What is known of a model that decides which parameters and values it can serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// Whether it predicts the next token.
    pub causal: bool,
    /// Whether its vocabulary has a mask token.
    pub mask: bool,
    /// Whether its vocabulary has a padding token.
    pub pad: bool,
    /// Whether a token ends a text (models of language).
    pub eos: bool,
    /// Whether a token writes a space alone (models of language).
    pub space: bool,
    /// How many layers it has.
    pub n_layers: usize,
}

impl Traits {
    /// Whether the model has what is needed.
    #[must_use]
    pub const fn serves(&self, needs: Needs) -> bool {
        match needs {
            Needs::Nothing => true,
            Needs::Mask => self.mask,
            Needs::Pad => self.pad,
            Needs::Eos => self.eos,
            Needs::Space => self.space,
            Needs::Language => self.causal,
        }
    }
}

impl Param {
    /// What a menu offers of such a model, as name and label; nothing where it has no such parameter. What was asked for
    /// is among it, whatever it is.
    #[must_use]
    pub fn menu(&self, model: &Traits, asked: &str) -> Vec<(String, String)> {
        if !model.serves(self.needs) {
            return Vec::new();
        }
        let item = |name: &str, label: &str| (name.to_owned(), label.to_owned());
        let exactly = |count: &str| (count.to_owned(), format!("exactly {count}"));
        let mut items: Vec<(String, String)> = match self.kind {
            Kind::Choice { choices, .. } => {
                let served = choices.iter().filter(|choice| model.serves(choice.needs));
                served.map(|choice| item(choice.name, choice.label)).collect()
            }
            Kind::Count { offered, open, .. } => {
                let exact = offered.iter().map(|n| exactly(&n.to_string()));
                [item("", open)].into_iter().chain(exact).collect()
            }
            Kind::Real { offered, .. } => offered.iter().map(|n| item(&n.to_string(), &n.to_string())).collect(),
            Kind::Layer => {
                let numbers = (0..model.n_layers).map(|n| (n.to_string(), format!("number {n}")));
                let named = [item(NamedLayers::Last.name(), "the last"), item(NamedLayers::All.name(), "all")];
                named.into_iter().chain(numbers).collect()
            }
            Kind::Flag { yes, no, .. } => vec![item("true", yes), item("false", no)],
        };
        if !asked.is_empty() && items.iter().all(|(name, _)| name != asked) {
            items.push(if let Kind::Count { .. } = self.kind { exactly(asked) } else { item(asked, asked) });
        }
        items
    }

    /// What is chosen in that menu: what was asked for, or what it is where nothing was.
    #[must_use]
    pub fn chosen(&self, model: &Traits, asked: &str) -> String {
        match self.kind {
            _ if !asked.is_empty() => asked.to_owned(),
            Kind::Count { .. } => String::new(),
            kind => {
                let value = kind.default(model);
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            }
        }
    }
}

impl Kind {
    /// The value where nothing is asked for.
    #[must_use]
    pub fn default(&self, model: &Traits) -> Value {
        match *self {
            Self::Choice { language, .. } if model.causal => language.into(),
            Self::Choice { classifier, .. } => classifier.into(),
            Self::Count { default, .. } => default.into(),
            Self::Real { default, .. } => default.into(),
            Self::Layer => NamedLayers::Last.name().into(),
            Self::Flag { default, .. } => default.into(),
        }
    }

    /// The value that a word of a flag or an address means.
    fn read(&self, word: &str) -> Value {
        let read = match self {
            Self::Choice { .. } => None,
            Self::Count { .. } | Self::Layer => word.parse::<u64>().ok().map(Value::from),
            Self::Real { .. } => word.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
            Self::Flag { .. } => word.parse::<bool>().ok().map(Value::from),
        };
        read.unwrap_or_else(|| word.into())
    }

    /// The value, if it is one that this parameter takes of such a model.
    ///
    /// # Errors
    /// [`Refusal::NoStandIn`], [`Refusal::BadParameter`].
    pub fn check(&self, name: &str, value: &Value, model: &Traits) -> Result<Value, Refusal> {
        let bad = |expected: String| {
            let found = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Refusal::BadParameter { name: name.to_owned(), expected, found }
        };
        match *self {
            Self::Choice { choices, .. } => {
                let here: Vec<&str> =
                    choices.iter().filter(|choice| model.serves(choice.needs)).map(|choice| choice.name).collect();
                let chosen = choices.iter().find(|choice| value.as_str() == Some(choice.name));
                if chosen.is_some_and(|chosen| here.contains(&chosen.name)) {
                    return Ok(value.clone());
                }
                match chosen.and_then(|chosen| chosen.needs.token(model.causal)) {
                    Some(token) => Err(Refusal::NoStandIn {
                        token: token.to_owned(),
                        name: name.to_owned(),
                        value: value.as_str().unwrap_or_default().to_owned(),
                        others: here.into_iter().map(str::to_owned).collect(),
                    }),
                    None => Err(bad(format!("one of {}", here.join(", ")))),
                }
            }
            Self::Count { least, most, .. } => {
                let fits = whole(value).filter(|n| (least..=most).contains(n));
                fits.map(Value::from).ok_or_else(|| bad(format!("a whole number from {least} to {most}")))
            }
            Self::Real { least, most, .. } => {
                let fits = value.as_f64().filter(|n| (least..=most).contains(n));
                fits.map(Value::from).ok_or_else(|| bad(format!("a number from {least} to {most}")))
            }
            Self::Layer if value.as_str().and_then(NamedLayers::named).is_some() => Ok(value.clone()),
            Self::Layer => {
                let last = (model.n_layers as u64).saturating_sub(1);
                let fits = whole(value).filter(|&n| n <= last);
                fits.map(Value::from).ok_or_else(|| bad(format!("last, all, or a layer from 0 to {last}")))
            }
            Self::Flag { .. } => value.as_bool().map(Value::from).ok_or_else(|| bad("true or false".to_owned())),
        }
    }
}

/// JavaScript has one kind of number.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64))
}

/// Values of parameters by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, Value>);

impl Params {
    /// Parameters of a method from words, as flags and addresses have them. A word that is no value of its parameter
    /// stays a word, to be refused by [`MethodId::resolve`].
    pub fn from_words(id: MethodId, words: impl IntoIterator<Item = (String, String)>) -> Self {
        let kind = |name: &str| id.declared().params.iter().find(|param| param.name == name).map(|param| param.kind);
        let read = |(name, word): (String, String)| {
            let value = kind(&name).map_or_else(|| word.as_str().into(), |kind| kind.read(&word));
            (name, value)
        };
        Self(words.into_iter().map(read).collect())
    }

    /// Names and values as words, the other way around.
    pub fn words(&self) -> impl Iterator<Item = (&str, String)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The parameters as the method's own type.
    ///
    /// # Errors
    /// What is missing or of another type; nothing after [`MethodId::resolve`].
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let fields = self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        T::deserialize(Value::Object(fields)).map_err(serde_json::Error::custom)
    }
}
