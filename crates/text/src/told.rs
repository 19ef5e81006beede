//! What a tokenizer tells about itself.

use tokenizers::ModelWrapper;
use vitrine_schema::inspection::SpecialToken;

use crate::Tokenizer;
use crate::spelling::Spelling;

impl Tokenizer {
    /// How text is split, in the field's words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.inner.get_model() {
            ModelWrapper::BPE(_) if self.spelling == Spelling::Bytes => "byte-level BPE",
            ModelWrapper::BPE(_) => "BPE",
            ModelWrapper::WordPiece(_) => "WordPiece",
            ModelWrapper::WordLevel(_) => "WordLevel",
            ModelWrapper::Unigram(_) => "Unigram",
        }
    }

    /// Its marks, by number.
    #[must_use]
    pub fn special_tokens(&self) -> Vec<SpecialToken> {
        let added = self.inner.get_added_tokens_decoder();
        let special = added.into_iter().filter(|(_, token)| token.special);
        let mut special: Vec<_> = special.map(|(id, token)| SpecialToken { id, text: token.content }).collect();
        special.sort_by_key(|token| token.id);
        special
    }
}
