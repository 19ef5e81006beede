//! Text to tokens with byte offsets.
//!
//! *In*: the bytes of a `tokenizer.json`, then texts. *Out*: [`Input`]s, special tokens included, cut to what the model
//! can read. Read first: [`Tokenizer`], [`Tokenized`].

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
        Ok(Self { inner, max_tokens, d_vocab })
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
        let mut tokens: Vec<Token> = ids
            .zip(places)
            .map(|((&id, spelling), (&(start, end), &special))| Token {
                id,
                text: spelling.clone(),
                start,
                end,
                special: special != 0,
            })
            .collect();
        if let Some(token) = tokens.iter().find(|token| token.id as usize >= self.d_vocab) {
            return Err(TextError::OutsideVocabulary { id: token.id, d_vocab: self.d_vocab });
        }
        let total = tokens.len();
        let truncated = (total > self.max_tokens).then(|| self.cut(&mut tokens, total));
        Ok(Tokenized { input: Input { text: text.to_owned(), tokens }, truncated })
    }

    fn cut(&self, tokens: &mut Vec<Token>, total: usize) -> Diagnostic {
        let closing = tokens.pop_if(|token| token.special);
        tokens.truncate(self.max_tokens.saturating_sub(usize::from(closing.is_some())));
        let cut_at = tokens.last().map_or(0, |token| token.end);
        tokens.extend(closing);
        Diagnostic::InputTruncated { kept: tokens.len(), total, cut_at }
    }
}
