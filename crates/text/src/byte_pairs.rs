//! The tokenizer of a folder that has `vocab.json` and `merges.txt`, as GPT-2 and RoBERTa were saved before there was
//! `tokenizer.json`.

use std::collections::HashMap;

use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use crate::settings::Family;
use crate::{Settings, TextError};

const VOCAB: &str = "vocab.json";
const MERGES: &str = "merges.txt";

/// Builds it from the ids of all tokens and the pairs that are merged, the most frequent first, below a line with the version.
pub(crate) fn build(vocab: &[u8], merges: &[u8], settings: &Settings) -> Result<Tokenizer, TextError> {
    let bad = |file: &str, detail: String| TextError::BadWordList { file: file.to_owned(), detail };
    let wrong = |error: tokenizers::Error| bad(MERGES, error.to_string());
    let ids: HashMap<String, u32> = serde_json::from_slice(vocab).map_err(|error| bad(VOCAB, error.to_string()))?;
    let text = std::str::from_utf8(merges).map_err(|error| bad(MERGES, error.to_string()))?;
    let pairs = pairs(text).map_err(|line| bad(MERGES, format!("line {line} is no pair")))?;
    let id = |token: &str| ids.get(token).copied().ok_or_else(|| bad(VOCAB, format!("it has no token {token}")));
    let named = |token: &Option<String>, usual: &str| token.clone().unwrap_or_else(|| usual.to_owned());
    let space = settings.add_prefix_space.unwrap_or(false);
    let model = BPE::builder().vocab_and_merges(ids.clone().into_iter().collect::<Vocab>(), pairs);
    let mut tokenizer = Tokenizer::new(model.build().map_err(wrong)?);
    let special = match settings.family() {
        Family::Roberta => {
            let [bos, eos] = [named(&settings.bos_token, "<s>"), named(&settings.eos_token, "</s>")];
            let [sep, cls] = [named(&settings.sep_token, &eos), named(&settings.cls_token, &bos)];
            let around = RobertaProcessing::new((sep.clone(), id(&sep)?), (cls.clone(), id(&cls)?));
            tokenizer.with_post_processor(Some(around.trim_offsets(true).add_prefix_space(space)));
            let [unk, pad] = [named(&settings.unk_token, "<unk>"), named(&settings.pad_token, "<pad>")];
            // The mask takes the space before it along.
            let mask = AddedToken::from(named(&settings.mask_token, "<mask>"), true).lstrip(true);
            let plain = [bos, eos, unk, sep, pad, cls].map(|token| AddedToken::from(token, true));
            plain.into_iter().chain([mask]).collect()
        }
        Family::Gpt2 => {
            let end = |token: &Option<String>| named(token, "<|endoftext|>");
            let [bos, eos, unk] = [&settings.bos_token, &settings.eos_token, &settings.unk_token].map(end);
            if settings.add_bos_token == Some(true) {
                let first = TemplateProcessing::builder()
                    .try_single(vec![bos.clone(), "$A".to_owned()])
                    .map_err(|detail| bad(VOCAB, detail))?
                    .special_tokens(vec![(bos.clone(), id(&bos)?)])
                    .build()
                    .map_err(|error| bad(VOCAB, error.to_string()))?;
                tokenizer.with_post_processor(Some(first));
            }
            let pad = settings.pad_token.clone();
            let all = [bos, eos, unk].into_iter().chain(pad);
            all.map(|token| AddedToken::from(token, true)).collect::<Vec<_>>()
        }
        _ => {
            let detail = "without tokenizer.json it is read for GPT-2 and RoBERTa only; save the tokenizer again";
            return Err(bad(VOCAB, detail.to_owned()));
        }
    };
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(space, true, true)));
    tokenizer.with_decoder(Some(ByteLevel::new(true, true, true)));
    tokenizer.add_special_tokens(special).map_err(wrong)?;
    Ok(tokenizer)
}

/// The pairs, or the number of the first line that is none. As transformers does, the first line is taken for the version
/// whatever it says, and nothing follows the last line break.
fn pairs(text: &str) -> Result<Merges, usize> {
    let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines).split('\n').enumerate().skip(1);
    let pair = |(at, line): (usize, &str)| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [left, right] => Ok((left.to_owned(), right.to_owned())),
        _ => Err(at + 1),
    };
    lines.map(pair).collect()
}
