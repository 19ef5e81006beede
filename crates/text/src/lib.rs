//! Text to tokens with byte offsets.
//!
//! *In*: the bytes of a `tokenizer.json` with the [`Settings`] beside it, a `vocab.txt`, a `vocab.json` with its `merges.txt`, or the vocabulary of a GGUF file; then
//! texts. *Out*: [`Input`](vitrine_schema::Input)s, special tokens included, cut to what the model can read, every token as the
//! reader wrote it. Read first: [`Tokenizer`], [`Tokenized`], [`ChatTemplate`].

mod bare;
mod between;
mod byte_pairs;
pub mod chat;
mod gguf;
mod marks;
mod settings;
mod spelling;
mod target;
mod tokenizer;
mod told;
mod word_piece;
mod writing;

pub use between::Between;
pub use chat::ChatTemplate;
pub use gguf::Vocabulary;
pub use settings::{Override, Settings};
pub use tokenizer::{Tokenized, Tokenizer};
pub use writing::Writing;

/// Why a tokenizer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// `tokenizer.json` cannot be read.
    #[error("tokenizer.json cannot be used: {detail}")]
    BadTokenizer {
        /// What the reader said.
        detail: String,
    },
    /// `vocab.txt`, `vocab.json` or `merges.txt` cannot be read.
    #[error("{file} cannot be used: {detail}")]
    BadWordList {
        /// Which file.
        file: String,
        /// What is wrong.
        detail: String,
    },
    /// The text could not be split.
    #[error("this text cannot be split into tokens: {detail}")]
    BadText {
        /// What the tokenizer said.
        detail: String,
    },
    /// The vocabulary of a GGUF file cannot be used.
    #[error("the tokenizer in the GGUF file cannot be used: {detail}")]
    BadVocabulary {
        /// What is wrong.
        detail: String,
    },
    /// The chat template cannot be read or filled in.
    #[error("the chat template of this model cannot be used: {detail}")]
    BadTemplate {
        /// What its reader said.
        detail: String,
    },
    /// The chat template ends with a message of its own.
    #[error("the chat template of this model refuses this: {message}")]
    TemplateRefuses {
        /// Its message.
        message: String,
    },
    /// A token's id has no row in the embedding matrix.
    #[error("the tokenizer makes token {id}, but the model has {d_vocab} rows")]
    OutsideVocabulary {
        /// The id.
        id: u32,
        /// Rows of the embedding matrix.
        d_vocab: usize,
    },
}
