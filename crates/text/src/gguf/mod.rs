//! The tokenizer of a GGUF file.
//!
//! Source: `tokenizer.ggml.*` in `docs/gguf.md` of the ggml project; what its values mean is in `llama-vocab.cpp` of llama.cpp.

mod byte_level;
mod scored;
mod splitting;

use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

pub(crate) use scored::Scored;

use crate::TextError;

/// What `tokenizer.ggml.token_type` calls the token for what is unknown, one of control, and one that its author added.
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;

/// The parts of `tokenizer.ggml` that split a text.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary<'a> {
    /// `tokenizer.ggml.model`.
    pub model: &'a str,
    /// `tokenizer.ggml.pre`; of byte-level pairs.
    pub pre: &'a str,
    /// `tokenizer.ggml.tokens`, in the order of their ids.
    pub tokens: Vec<&'a str>,
    /// `tokenizer.ggml.merges`, two parts with a space between; of byte-level pairs.
    pub merges: Vec<&'a str>,
    /// `tokenizer.ggml.scores`, one for each token; of SentencePiece.
    pub scores: Vec<f32>,
    /// `tokenizer.ggml.token_type`.
    pub kinds: Vec<u64>,
    /// What is put in front of every text.
    pub first: Option<u32>,
    /// What is put behind every text.
    pub last: Option<u32>,
    /// What stands for text that no token writes.
    pub unknown: Option<u32>,
    /// Whether a text starts as if a space stood before it; of SentencePiece.
    pub space_in_front: bool,
}

/// The parts that the `tokenizers` crate has, and the model where it has none like it.
pub(crate) fn build(vocabulary: Vocabulary<'_>) -> Result<(Tokenizer, Option<Scored>), TextError> {
    let tokens: Vec<String> = (0u32..).zip(&vocabulary.tokens).map(|(id, token)| named(id, token)).collect();
    let (mut tokenizer, scored) = match vocabulary.model {
        "gpt2" => (byte_level::build(&vocabulary, &tokens)?, None),
        "llama" => scored::build(&vocabulary, &tokens).map(|(tokenizer, scored)| (tokenizer, Some(scored)))?,
        other => {
            let built = "gpt2, that is byte-level pairs, and llama, that is SentencePiece's pairs, are";
            return Err(bad(format!("its kind {other:?} is not built; {built}")));
        }
    };
    let added = |(token, kind): (&String, &u64)| {
        let special = matches!(*kind, UNKNOWN | CONTROL);
        (special || *kind == USER_DEFINED).then(|| AddedToken::from(token.clone(), special).normalized(false))
    };
    let added: Vec<AddedToken> = tokens.iter().zip(&vocabulary.kinds).filter_map(added).collect();
    tokenizer.add_special_tokens(added).map_err(wrong)?;
    put_around(&mut tokenizer, &tokens, vocabulary.first, vocabulary.last)?;
    Ok((tokenizer, scored))
}

/// A token without a name could not be told from another one.
fn named(id: u32, token: &str) -> String {
    if token.is_empty() { format!("[EMPTY_{id}]") } else { token.to_owned() }
}

fn put_around(
    tokenizer: &mut Tokenizer,
    tokens: &[String],
    first: Option<u32>,
    last: Option<u32>,
) -> Result<(), TextError> {
    let named = |id: Option<u32>, place: &str| match id {
        None => Ok(None),
        Some(id) => match tokens.get(id as usize) {
            // Such a name means a text in a template.
            Some(token) if token.starts_with('$') => {
                Err(bad(format!("its {place} token is {token:?}, which stands for a text")))
            }
            Some(token) => Ok(Some((token.clone(), id))),
            None => Err(bad(format!("its {place} token {id} does not exist"))),
        },
    };
    let (first, last) = (named(first, "first")?, named(last, "last")?);
    if first.is_none() && last.is_none() {
        return Ok(());
    }
    let name = |token: &Option<(String, u32)>| token.as_ref().map(|(token, _)| token.clone());
    let pieces = [name(&first), Some("$A".to_owned()), name(&last)];
    let template = TemplateProcessing::builder()
        .try_single(pieces.into_iter().flatten().collect::<Vec<String>>())
        .map_err(bad)?
        .special_tokens([first, last].into_iter().flatten().collect::<Vec<_>>())
        .build()
        .map_err(|error| bad(error.to_string()))?;
    tokenizer.with_post_processor(Some(template));
    Ok(())
}

fn bad(detail: String) -> TextError {
    TextError::BadVocabulary { detail }
}

fn wrong(error: tokenizers::Error) -> TextError {
    bad(error.to_string())
}
