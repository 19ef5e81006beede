//! Why an answer came about: one method, or several.

use serde::{Deserialize, Serialize};

use crate::method::Params;
use crate::{MethodId, Methods, Players};

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
