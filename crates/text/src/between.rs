//! What a tokenizer puts between two texts that are read as one.

use crate::{TextError, Tokenizer};

/// The control tokens between two texts, as they are written out, and whether the second text is marked as a second segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// Such as `</s></s>`; a text with it in the middle is read as the two texts.
    pub text: String,
    /// Whether tokens behind it have another segment, which a model may have an embedding for.
    pub segments: bool,
}

impl Tokenizer {
    /// What stands between two texts; `None` where nothing does.
    ///
    /// # Errors
    /// [`TextError::BadText`].
    pub fn between(&self) -> Result<Option<Between>, TextError> {
        let bad = |error: tokenizers::Error| TextError::BadText { detail: error.to_string() };
        let encoded = || {
            let (normalizer, pre_tokenizer) = (self.inner.get_normalizer(), self.inner.get_pre_tokenizer());
            self.encode(normalizer, pre_tokenizer, "a").map_err(bad)
        };
        let pair = self.inner.post_process(encoded()?, Some(encoded()?), true).map_err(bad)?;
        let added = pair.get_special_tokens_mask();
        let text_at = |from: usize| added.iter().skip(from).position(|&added| added == 0).map(|at| at + from);
        let Some(first) = text_at(0) else { return Ok(None) };
        let Some(end) = added.iter().skip(first).position(|&added| added != 0).map(|at| at + first) else {
            return Ok(None);
        };
        let Some(second) = text_at(end) else { return Ok(None) };
        let ids = pair.get_ids().get(end..second).unwrap_or_default();
        let type_of = |at: usize| pair.get_type_ids().get(at).copied();
        Ok(Some(Between { text: self.text_of(ids), segments: type_of(first) != type_of(second) }))
    }
}
