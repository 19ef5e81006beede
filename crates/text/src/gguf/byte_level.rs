//! Byte-level pairs: the words of a text are cut as the vocabulary's author cut them, then merged by rank.

use tokenizers::Tokenizer;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::splitting::Splitting;
use super::{Vocabulary, bad, wrong};
use crate::TextError;

pub(super) fn build(vocabulary: &Vocabulary<'_>, tokens: &[String]) -> Result<Tokenizer, TextError> {
    let splitting = Splitting::named(vocabulary.pre).ok_or_else(|| {
        bad(format!(
            "its splitting {:?} is not built; take the model's Hugging Face folder, whose tokenizer.json says how",
            vocabulary.pre
        ))
    })?;
    let merge = |merge: &&str| match merge.split_once(' ') {
        Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
        None => Err(bad(format!("the merge {merge:?} has no two parts"))),
    };
    let merges = vocabulary.merges.iter().map(merge).collect::<Result<Vec<_>, _>>()?;
    let vocab: Vocab = tokens.iter().cloned().zip(0u32..).collect();
    if vocab.len() != tokens.len() {
        return Err(bad("a token stands twice".to_owned()));
    }
    let model = BPE::builder().vocab_and_merges(vocab, merges).ignore_merges(splitting.whole_words).build();
    let mut tokenizer = Tokenizer::new(model.map_err(wrong)?);
    tokenizer.with_normalizer(splitting.normalizer()).map_err(wrong)?;
    tokenizer.with_pre_tokenizer(Some(splitting.pre_tokenizer().map_err(wrong)?));
    tokenizer.with_decoder(Some(ByteLevel::new(true, true, true)));
    Ok(tokenizer)
}
