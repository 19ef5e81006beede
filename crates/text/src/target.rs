//! The name of a token, and the token that a text means.

use crate::{TextError, Tokenizer};

impl Tokenizer {
    /// What a token alone is called: the text that it writes. A byte that is no whole character is written `\xE6`.
    ///
    /// Every name leads back to its token through [`Tokenizer::find`], unless two tokens write the same.
    #[must_use]
    pub fn name_of(&self, id: u32) -> String {
        let bytes = self.bytes_of(id);
        let mut name = String::new();
        for chunk in bytes.utf8_chunks() {
            name += chunk.valid();
            chunk.invalid().iter().for_each(|byte| name += &format!("\\x{byte:02X}"));
        }
        name
    }

    /// The tokens that write this text where a prompt ends, in order; a single one if the vocabulary has it. Empty when the
    /// vocabulary cannot write the text.
    ///
    /// # Errors
    /// [`TextError::BadText`].
    pub fn find(&self, text: &str) -> Result<Vec<u32>, TextError> {
        if let Some(&id) = self.inner.get_added_vocabulary().get_vocab().get(text) {
            return Ok(vec![id]);
        }
        let bad = |error: tokenizers::Error| TextError::BadText { detail: error.to_string() };
        let (normalizer, pre_tokenizer) = &self.bare;
        let usual = self.encode(normalizer.as_ref(), pre_tokenizer.as_ref(), text).map_err(bad)?;
        let usual = usual.get_ids().to_vec();
        let writes = |ids: &[u32]| ids.iter().flat_map(|&id| self.bytes_of(id)).eq(text.bytes());
        if usual.len() == 1 && writes(&usual) {
            return Ok(usual);
        }
        // A token that splitting never makes can still be written by the model.
        let single = self.token_of(text.as_bytes()).or_else(|| self.token_of(&unescaped(text)?));
        if let Some(id) = single {
            return Ok(vec![id]);
        }
        // A normalizer may change the text; what the vocabulary lacks becomes a token that does not write it.
        let unknown = usual.iter().any(|&id| self.is_unknown(id, text));
        Ok(if unknown { Vec::new() } else { usual })
    }

    /// The token that writes exactly these bytes.
    fn token_of(&self, bytes: &[u8]) -> Option<u32> {
        let spelled = self.spelling.spell(bytes);
        let byte = <[u8; 1]>::try_from(bytes).ok().and_then(|[byte]| self.spelling.spell_byte(byte));
        let ids = [spelled, byte].into_iter().flatten().filter_map(|token| self.inner.token_to_id(&token));
        ids.into_iter().find(|&id| self.bytes_of(id) == bytes)
    }

    fn is_unknown(&self, id: u32, text: &str) -> bool {
        let added = self.inner.get_added_vocabulary().get_added_tokens_decoder();
        let control = added.get(&id).is_some_and(|token| token.special && !text.contains(token.content.trim()));
        control || self.unknown == Some(id)
    }
}

/// The bytes of a name with parts such as `\xE6`; none if it has no such part.
fn unescaped(name: &str) -> Option<Vec<u8>> {
    let mut parts = name.split("\\x");
    let mut bytes = parts.next()?.as_bytes().to_vec();
    let mut any = false;
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
        any = true;
    }
    any.then_some(bytes)
}
