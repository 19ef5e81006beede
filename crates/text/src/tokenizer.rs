//! Splitting a text.

use std::borrow::Cow;

use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{Encoding, Model, ModelWrapper, OffsetType, PreTokenizer};
use vitrine_schema::{Diagnostic, Input, Token};

use crate::gguf::{self, Scored, Vocabulary};
use crate::marks::{self, Piece};
use crate::settings::{Override, Settings};
use crate::spelling::{self, Spelling};
use crate::{TextError, bare, byte_pairs, word_piece};

/// Splits text as the model was trained to see it.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    pub(crate) inner: tokenizers::Tokenizer,
    /// Splits instead of the model of `inner`, which has the vocabulary.
    pub(crate) scored: Option<Scored>,
    pub(crate) spelling: Spelling,
    /// For what follows a text.
    pub(crate) bare: bare::Parts,
    /// Stands for what the vocabulary cannot spell.
    pub(crate) unknown: Option<u32>,
    overrides: Vec<Override>,
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
    pub fn from_json(json: &[u8], settings: &Settings, max_tokens: usize, d_vocab: usize) -> Result<Self, TextError> {
        let bad = |error: tokenizers::Error| TextError::BadTokenizer { detail: error.to_string() };
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(bad)?;
        inner.with_truncation(None).map_err(bad)?;
        inner.with_padding(None);
        let overrides = settings.apply(&mut inner)?;
        Ok(Self { overrides, ..Self::new(inner, max_tokens, d_vocab) })
    }

    /// Builds the tokenizer of a folder of the BERT family that has only `vocab.txt`.
    ///
    /// # Errors
    /// [`TextError::BadWordList`].
    pub fn from_vocab(vocab: &[u8], settings: &Settings, max_tokens: usize, d_vocab: usize) -> Result<Self, TextError> {
        Ok(Self::new(word_piece::build(vocab, settings)?, max_tokens, d_vocab))
    }

    /// Builds the tokenizer of a folder of GPT-2 or RoBERTa that has only `vocab.json` and `merges.txt`.
    ///
    /// # Errors
    /// [`TextError::BadWordList`].
    pub fn from_pairs(
        vocab: &[u8],
        merges: &[u8],
        settings: &Settings,
        max_tokens: usize,
        d_vocab: usize,
    ) -> Result<Self, TextError> {
        Ok(Self::new(byte_pairs::build(vocab, merges, settings)?, max_tokens, d_vocab))
    }

    /// Builds the tokenizer that a GGUF file describes.
    ///
    /// # Errors
    /// [`TextError::BadVocabulary`].
    pub fn from_vocabulary(vocabulary: Vocabulary<'_>, max_tokens: usize, d_vocab: usize) -> Result<Self, TextError> {
        let (inner, scored) = gguf::build(vocabulary)?;
        Ok(Self { scored, ..Self::new(inner, max_tokens, d_vocab) })
    }

    fn new(inner: tokenizers::Tokenizer, max_tokens: usize, d_vocab: usize) -> Self {
        let (spelling, bare) = (Spelling::of(&inner), bare::parts(&inner));
        let unknown = spelling::unknown(&inner);
        Self { inner, scored: None, spelling, bare, unknown, overrides: Vec::new(), max_tokens, d_vocab }
    }

    /// The settings that overruled `tokenizer.json`.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// The tokenizer as a `tokenizer.json`.
    ///
    /// # Errors
    /// [`TextError::BadTokenizer`].
    pub fn to_json(&self) -> Result<String, TextError> {
        let bad = |error: tokenizers::Error| TextError::BadTokenizer { detail: error.to_string() };
        let mut inner = Cow::Borrowed(&self.inner);
        if let (Some(scored), ModelWrapper::BPE(pairs)) = (&self.scored, self.inner.get_model()) {
            inner.to_mut().with_model(scored.ranked(pairs).map_err(bad)?);
        }
        inner.to_string(false).map_err(bad)
    }

    /// The id of a token by its spelling in the vocabulary, such as `[MASK]`.
    #[must_use]
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Splits a text, special tokens added; what the model cannot read is cut before the closing special token.
    ///
    /// A special token that the text itself begins with is not put in front of it a second time.
    ///
    /// # Errors
    /// [`TextError::BadText`], [`TextError::OutsideVocabulary`].
    pub fn split(&self, text: &str) -> Result<Tokenized, TextError> {
        self.read(text, true)
    }

    /// Splits a text that has its special tokens written out, as a chat template writes them; none is added.
    ///
    /// # Errors
    /// As [`Tokenizer::split`].
    pub fn split_as_written(&self, text: &str) -> Result<Tokenized, TextError> {
        self.read(text, false)
    }

    fn read(&self, text: &str, add_special: bool) -> Result<Tokenized, TextError> {
        let mut pieces = self.pieces(text, add_special)?;
        if let Some(piece) = pieces.iter().find(|piece| piece.id as usize >= self.d_vocab) {
            return Err(TextError::OutsideVocabulary { id: piece.id, d_vocab: self.d_vocab });
        }
        if let [first, second, ..] = pieces.as_slice()
            && first.special
            && first.run.is_empty()
            && second.special
            && !second.run.is_empty()
            && first.id == second.id
        {
            pieces.remove(0);
        }
        let mut tokens = marks::tokens(text, pieces, &self.spelling);
        let total = tokens.len();
        let truncated = (total > self.max_tokens).then(|| self.cut(&mut tokens, total));
        Ok(Tokenized { input: Input { text: text.to_owned(), tokens }, truncated })
    }

    fn pieces(&self, text: &str, add_special: bool) -> Result<Vec<Piece>, TextError> {
        let bad = |error: tokenizers::Error| TextError::BadText { detail: error.to_string() };
        let (normalizer, pre_tokenizer) = (self.inner.get_normalizer(), self.inner.get_pre_tokenizer());
        let raw = self.encode(normalizer, pre_tokenizer, text).map_err(bad)?;
        let mut runs = raw.get_offsets().to_vec().into_iter();
        let encoding = self.inner.post_process(raw, None, add_special).map_err(bad)?;
        let ids = encoding.get_ids().iter().zip(encoding.get_tokens());
        let places = encoding.get_offsets().iter().zip(encoding.get_special_tokens_mask());
        let mut pieces = Vec::with_capacity(encoding.len());
        for ((&id, spelled), (&place, &added)) in ids.zip(places) {
            let added = added != 0;
            let (start, end) = if added { (0, 0) } else { runs.next().unwrap_or(place) };
            // What a control token is called is asked of the vocabulary: in the place of what it cannot spell, some tokenizers give
            // the text itself. One that the reader wrote stands in the text as it is called.
            let control = self.control(id);
            let own = text.get(start..end).unwrap_or_default();
            let stands = control.is_some_and(|name| own.trim() == name.trim());
            pieces.push(Piece {
                id,
                spelled: control.unwrap_or(spelled).to_owned(),
                written: self.bytes_of(id),
                run: start..end,
                trimmed: place != (start, end),
                special: added || stands,
                unknown: !added && (control.is_some() || self.unknown == Some(id)) && !stands,
            });
        }
        Ok(pieces)
    }

    /// The tokens of a text with the places that they stand for, before anything is put around them or left out of their places.
    pub(crate) fn encode(
        &self,
        normalizer: Option<&NormalizerWrapper>,
        pre_tokenizer: Option<&PreTokenizerWrapper>,
        text: &str,
    ) -> Result<Encoding, tokenizers::Error> {
        let model = self.inner.get_model();
        let mut pieces = self.inner.get_added_vocabulary().extract_and_normalize(normalizer, text);
        if let Some(pre_tokenizer) = pre_tokenizer {
            pre_tokenizer.pre_tokenize(&mut pieces)?;
        }
        pieces.tokenize(|piece| match &self.scored {
            Some(scored) => Ok(scored.tokenize(model, piece.get())),
            None => model.tokenize(piece.get()),
        })?;
        pieces.into_encoding(None, 0, OffsetType::Byte)
    }

    /// The ids of a text, none added.
    ///
    /// # Errors
    /// [`TextError::BadText`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let (normalizer, pre_tokenizer) = (self.inner.get_normalizer(), self.inner.get_pre_tokenizer());
        let encoding = self.encode(normalizer, pre_tokenizer, text);
        let encoding = encoding.map_err(|error| TextError::BadText { detail: error.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// How a control token is written.
    fn control(&self, id: u32) -> Option<&str> {
        let added = self.inner.get_added_vocabulary().get_added_tokens_decoder();
        added.get(&id).filter(|token| token.special).map(|token| token.content.as_str())
    }

    /// The bytes that a token writes in the middle of a text, control tokens as they are written out.
    pub(crate) fn bytes_of(&self, id: u32) -> Vec<u8> {
        if let Some(added) = self.inner.get_added_vocabulary().get_added_tokens_decoder().get(&id) {
            return self.spelling.written_as_added(&added.content).as_bytes().to_vec();
        }
        self.inner.id_to_token(id).map_or_else(Vec::new, |token| self.spelling.written(&token))
    }

    /// The text that these tokens write after another one, control tokens as they are written out; bytes that are no whole character
    /// become the replacement character.
    #[must_use]
    pub fn text_of(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.bytes_of(id)).collect();
        match String::from_utf8_lossy(&bytes) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }
    }

    fn cut(&self, tokens: &mut Vec<Token>, total: usize) -> Diagnostic {
        let closing = tokens.pop_if(|token| token.special);
        tokens.truncate(self.max_tokens.saturating_sub(usize::from(closing.is_some())));
        let cut_at = tokens.last().map_or(0, |token| token.end);
        tokens.extend(closing);
        Diagnostic::InputTruncated { kept: tokens.len(), total, cut_at }
    }
}
