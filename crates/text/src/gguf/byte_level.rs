//! The byte-level tokenizer of a GGUF file.
//!
//! Source: `tokenizer.ggml.*` in `docs/gguf.md` of the ggml project; what `tokenizer.ggml.pre` means is in `llama-vocab.cpp` of
//! llama.cpp. Read naively, the digits of SmolLM2 would not stand alone and a token would be put in front.

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use crate::TextError;

/// What `tokenizer.ggml.token_type` calls a control token, and one that its author added.
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;

/// The parts of `tokenizer.ggml` that a byte-level tokenizer needs.
#[derive(Debug, Clone)]
pub struct Vocabulary<'m, T, M, K> {
    /// `tokenizer.ggml.model`.
    pub model: &'m str,
    /// `tokenizer.ggml.pre`.
    pub pre: &'m str,
    /// `tokenizer.ggml.tokens`, in the order of their ids.
    pub tokens: T,
    /// `tokenizer.ggml.merges`, two parts with a space between.
    pub merges: M,
    /// `tokenizer.ggml.token_type`.
    pub kinds: K,
    /// `tokenizer.ggml.bos_token_id`, if `tokenizer.ggml.add_bos_token` asks for it in front of every text.
    pub first: Option<u32>,
}

pub(crate) fn build<'a, 'm>(
    vocabulary: Vocabulary<'m, impl Iterator<Item = &'a str>, impl Iterator<Item = &'a str>, impl Iterator<Item = u64>>,
) -> Result<Tokenizer, TextError> {
    let bad = |detail: String| TextError::BadVocabulary { detail };
    let wrong = |error: tokenizers::Error| bad(error.to_string());
    let Vocabulary { model, pre, tokens, merges, kinds, first } = vocabulary;
    if model != "gpt2" {
        return Err(bad(format!("its kind {model:?} is not built; gpt2, that is byte-level pairs, is")));
    }
    let pre_tokenizer: PreTokenizerWrapper = match pre {
        "smollm" => Sequence::new(vec![Digits::new(true).into(), ByteLevel::new(false, true, true).into()]).into(),
        "gpt-2" | "default" => ByteLevel::new(false, true, true).into(),
        other => return Err(bad(format!("its splitting {other:?} is not built; smollm and gpt-2 are"))),
    };
    let tokens: Vec<String> = tokens.map(str::to_owned).collect();
    let mut pairs = Vec::new();
    for merge in merges {
        let (left, right) =
            merge.split_once(' ').ok_or_else(|| bad(format!("the merge {merge:?} has no two parts")))?;
        pairs.push((left.to_owned(), right.to_owned()));
    }
    let ids = || (0u32..).zip(&tokens);
    let kinds: Vec<u64> = kinds.collect();
    let special: Vec<AddedToken> = ids()
        .zip(&kinds)
        .filter(|(_, kind)| matches!(**kind, CONTROL | USER_DEFINED))
        .map(|((_, token), kind)| AddedToken::from(token.clone(), *kind == CONTROL).normalized(false))
        .collect();
    let vocab: Vocab = ids().map(|(id, token)| (token.clone(), id)).collect();
    if vocab.len() != tokens.len() {
        return Err(bad("a token stands twice".to_owned()));
    }
    let bpe = BPE::builder().vocab_and_merges(vocab, pairs).build().map_err(wrong)?;
    let mut tokenizer = Tokenizer::new(bpe);
    tokenizer.with_pre_tokenizer(Some(pre_tokenizer));
    tokenizer.with_decoder(Some(ByteLevel::new(true, true, true)));
    tokenizer.add_special_tokens(special).map_err(wrong)?;
    if let Some(first) = first {
        let token = tokens.get(first as usize).ok_or_else(|| bad(format!("its first token {first} does not exist")))?;
        let template = TemplateProcessing::builder()
            .try_single(format!("{token} $A"))
            .map_err(bad)?
            .special_tokens(vec![(token.clone(), first)])
            .build()
            .map_err(|error| bad(error.to_string()))?;
        tokenizer.with_post_processor(Some(template));
    }
    Ok(tokenizer)
}
