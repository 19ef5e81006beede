//! What the files of a model say besides its tensors, whatever their format.

use std::collections::BTreeMap;

use vitrine_schema::inspection::Account;
use vitrine_schema::protocol::Sample;

use crate::{ModelConfig, WeightsError};

/// A model as its files describe it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Sizes and names.
    pub config: ModelConfig,
    /// How text is split, as far as it is said beside the vocabulary.
    pub tokenizer: TokenizerConfig,
    /// Tokens at which writing stops.
    pub stops: Vec<Stop>,
    /// The template for chats.
    pub chat_template: Option<String>,
    /// What the file says about itself, for the reader: name, author, licence.
    pub about: BTreeMap<String, String>,
    /// Texts to try it on, of its card.
    pub samples: Vec<Sample>,
}

/// A token at which writing stops, with the file or key that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Row of the embedding matrix, or how the token is written.
    pub token: StopAt,
    /// Who says so.
    pub source: String,
}

/// How a file names a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopAt {
    /// By its number.
    Id(u32),
    /// By its text.
    Text(String),
}

/// What `tokenizer_config.json` says; nothing said is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenizerConfig {
    /// The class of transformers.
    pub class: Option<String>,
    /// Whether letters become small.
    pub do_lower_case: Option<bool>,
    /// Whether accents are taken off; otherwise they go where case goes.
    pub strip_accents: Option<bool>,
    /// Whether Chinese characters stand alone.
    pub tokenize_chinese_chars: Option<bool>,
    /// Whether a text starts as if a space stood before it.
    pub add_prefix_space: Option<bool>,
    /// Whether the first token is put in front of every text.
    pub add_bos_token: Option<bool>,
    /// Whether the last token is put behind every text.
    pub add_eos_token: Option<bool>,
    /// The token that is put in front of every text, by its number, where it is not the tokenizer's own business.
    pub first: Option<u32>,
    /// The token that is put behind every text, likewise.
    pub last: Option<u32>,
    /// What stands for text that no token writes, likewise.
    pub unknown: Option<u32>,
    /// Tokens by their names, such as `bos_token`.
    pub named_tokens: BTreeMap<String, String>,
    /// Tokens that were added to the vocabulary, by their numbers.
    pub added_tokens: BTreeMap<u32, String>,
}

/// Refuses a model of whose files something is not understood.
///
/// # Errors
/// [`WeightsError::NotUnderstood`] names the first.
pub fn accept(account: &Account) -> Result<(), WeightsError> {
    let Some(first) = account.not_understood.first() else { return Ok(()) };
    Err(WeightsError::NotUnderstood {
        file: first.source.clone(),
        name: first.name.clone(),
        reason: first.reason.clone(),
        more: account.not_understood.len().saturating_sub(1),
    })
}
