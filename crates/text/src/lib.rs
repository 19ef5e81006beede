//! Text to tokens with byte offsets.
//!
//! *In*: the bytes of a `tokenizer.json` or the vocabulary of a GGUF file, then texts. *Out*: [`Input`]s, special tokens
//! included, cut to what the model can read. Read first: [`Tokenizer`], [`Tokenized`], [`ChatTemplate`].

mod byte_level;
pub mod chat;
mod told;

pub use byte_level::Vocabulary;
pub use chat::ChatTemplate;

use vitrine_schema::{Diagnostic, Input, Token};

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
    /// A token's id has no row in the embedding matrix.
    #[error("the tokenizer makes token {id}, but the model has {d_vocab} rows")]
    OutsideVocabulary {
        /// The id.
        id: u32,
        /// Rows of the embedding matrix.
        d_vocab: usize,
    },
}

/// Splits text as the model was trained to see it.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    max_tokens: usize,
    d_vocab: usize,
    /// Whether tokens are runs of bytes that carry the space before them, as in GPT-2.
    byte_level: bool,
}

/// A text, split, with a remark when it was cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokenized {
    /// The text with its tokens.
    pub input: Input,
    /// Says where the text was cut, if it was.
    pub truncated: Option<Diagnostic>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`; its own cutting and padding are switched off, because both are this crate's to say.
    ///
    /// # Errors
    /// [`TextError::BadTokenizer`].
    pub fn from_json(json: &[u8], max_tokens: usize, d_vocab: usize) -> Result<Self, TextError> {
        let bad = |error: tokenizers::Error| TextError::BadTokenizer { detail: error.to_string() };
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(bad)?;
        inner.with_truncation(None).map_err(bad)?;
        inner.with_padding(None);
        let byte_level = matches!(inner.get_decoder(), Some(tokenizers::DecoderWrapper::ByteLevel(_)));
        Ok(Self { inner, max_tokens, d_vocab, byte_level })
    }

    /// Builds the tokenizer that a GGUF file describes.
    ///
    /// # Errors
    /// [`TextError::BadVocabulary`].
    pub fn from_vocabulary<'a>(
        vocabulary: Vocabulary<impl Iterator<Item = &'a str>, impl Iterator<Item = &'a str>, impl Iterator<Item = u64>>,
        max_tokens: usize,
        d_vocab: usize,
    ) -> Result<Self, TextError> {
        Ok(Self { inner: byte_level::build(vocabulary)?, max_tokens, d_vocab, byte_level: true })
    }

    /// The tokenizer as a `tokenizer.json`.
    ///
    /// # Errors
    /// [`TextError::BadTokenizer`].
    pub fn to_json(&self) -> Result<String, TextError> {
        self.inner.to_string(false).map_err(|error| TextError::BadTokenizer { detail: error.to_string() })
    }

    /// The id of a token by its spelling in the vocabulary, such as `[MASK]`.
    #[must_use]
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Splits a text; what the model cannot read is cut before the closing special token.
    ///
    /// # Errors
    /// [`TextError::BadText`], [`TextError::OutsideVocabulary`].
    pub fn split(&self, text: &str) -> Result<Tokenized, TextError> {
        let encoding =
            self.inner.encode(text, true).map_err(|error| TextError::BadText { detail: error.to_string() })?;
        let ids = encoding.get_ids().iter().zip(encoding.get_tokens());
        let places = encoding.get_offsets().iter().zip(encoding.get_special_tokens_mask());
        let mut tokens: Vec<Token> = Vec::with_capacity(encoding.len());
        for ((&id, spelling), (&(start, end), &added)) in ids.zip(places) {
            let special = added != 0 || (self.byte_level && self.is_control(id));
            let text = if self.byte_level { self.text_of(&[id]) } else { spelling.clone() };
            let continues = !special && self.continues(tokens.last(), &text, start);
            tokens.push(Token { id, text, start, end, special, continues });
        }
        if let Some(token) = tokens.iter().find(|token| token.id as usize >= self.d_vocab) {
            return Err(TextError::OutsideVocabulary { id: token.id, d_vocab: self.d_vocab });
        }
        let total = tokens.len();
        let truncated = (total > self.max_tokens).then(|| self.cut(&mut tokens, total));
        Ok(Tokenized { input: Input { text: text.to_owned(), tokens }, truncated })
    }

    /// How many tokens a text has, none added.
    ///
    /// # Errors
    /// [`TextError::BadText`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let encoding =
            self.inner.encode(text, false).map_err(|error| TextError::BadText { detail: error.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text that these tokens stand for, control tokens as they are written; bytes that are no whole character become
    /// the replacement character.
    #[must_use]
    pub fn text_of(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, false).unwrap_or_default()
    }

    fn is_control(&self, id: u32) -> bool {
        self.inner.get_added_tokens_decoder().get(&id).is_some_and(|token| token.special)
    }

    /// Word pieces say so; a run of bytes continues a word when it joins the letters before it.
    fn continues(&self, before: Option<&Token>, text: &str, start: usize) -> bool {
        if !self.byte_level {
            return text.starts_with("##");
        }
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        before.is_some_and(|before| {
            !before.special && before.end == start && joins(before.text.chars().last()) && joins(text.chars().next())
        })
    }

    fn cut(&self, tokens: &mut Vec<Token>, total: usize) -> Diagnostic {
        let closing = tokens.pop_if(|token| token.special);
        tokens.truncate(self.max_tokens.saturating_sub(usize::from(closing.is_some())));
        let cut_at = tokens.last().map_or(0, |token| token.end);
        tokens.extend(closing);
        Diagnostic::InputTruncated { kept: tokens.len(), total, cut_at }
    }
}
