//! What a GGUF header says, told as a Hugging Face folder would tell it.
//!
//! Source: `llama-arch.cpp`, `llama-vocab.cpp` and `llama-model.cpp` of llama.cpp, which name the keys and say what they mean.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vitrine_schema::inspection::{Account, Group};

use super::{Metadata, shape};
use crate::described::{Described, Stop, StopAt, TokenizerConfig};
use crate::keys::{Judgement, Keys};
use crate::{Architecture, WeightsError};

/// What a file calls an architecture; its keys begin with that.
const ARCHITECTURES: [(&str, Architecture); 6] = [
    ("llama", Architecture::Llama),
    ("qwen2", Architecture::Qwen2),
    ("qwen3", Architecture::Qwen3),
    ("gemma3", Architecture::Gemma3),
    ("gpt2", Architecture::Gpt2),
    ("gptneox", Architecture::GptNeox),
];

/// Tokens that a template may name, by the key with their number.
const NAMED_TOKENS: [(&str, &str); 6] = [
    ("tokenizer.ggml.bos_token_id", "bos_token"),
    ("tokenizer.ggml.eos_token_id", "eos_token"),
    ("tokenizer.ggml.unknown_token_id", "unk_token"),
    ("tokenizer.ggml.seperator_token_id", "sep_token"),
    ("tokenizer.ggml.cls_token_id", "cls_token"),
    ("tokenizer.ggml.mask_token_id", "mask_token"),
];

/// Keys with tokens at which writing stops.
const STOPS: [&str; 4] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.eos_token_ids",
];

/// What the file says about itself and the page shows.
const SHOWN: [&str; 14] = [
    "name",
    "author",
    "version",
    "organization",
    "description",
    "license",
    "license.name",
    "license.link",
    "languages",
    "basename",
    "finetune",
    "size_label",
    "url",
    "repo_url",
];

const OF_ITS_TENSORS: &str = "each tensor states its own type";
const NOT_FILLED_IN: &str = "no gap in a text is filled in here";

/// Keys that change no result here.
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    (OF_ITS_TENSORS, &["general.file_type", "general.quantization_version", "general.quantized_by"]),
    ("one text at a time: nothing is padded", &["tokenizer.ggml.padding_token_id"]),
    ("pairs do not use it", &["tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.precompiled_charsmap"]),
    ("byte-level pairs do not use it", &["tokenizer.ggml.scores", "tokenizer.ggml.add_space_prefix"]),
    ("pairs with scores do not use it", &["tokenizer.ggml.merges", "tokenizer.ggml.pre"]),
    (
        NOT_FILLED_IN,
        &[
            "tokenizer.ggml.prefix_token_id",
            "tokenizer.ggml.suffix_token_id",
            "tokenizer.ggml.middle_token_id",
            "tokenizer.ggml.fim_pre_token_id",
            "tokenizer.ggml.fim_suf_token_id",
            "tokenizer.ggml.fim_mid_token_id",
            "tokenizer.ggml.fim_pad_token_id",
            "tokenizer.ggml.fim_rep_token_id",
            "tokenizer.ggml.fim_sep_token_id",
        ],
    ),
    ("the vocabulary of the file itself is read", &["tokenizer.huggingface.json", "tokenizer.rwkv.world"]),
];

/// The same of keys that begin with the architecture.
const SHAPE_WITHOUT_EFFECT: [(&str, &str); 2] = [
    ("rope.scaling.original_context_length", "this kind of rope scaling does not use it"),
    ("rope.scaling.finetuned", "how the model was trained"),
];

/// What the header of a file says; what becomes of each key is told to the account.
///
/// # Errors
/// [`WeightsError::Config`] when there is no model to be told of. What is merely not understood stands in the account.
pub fn describe(metadata: &Metadata, file: &str, account: &mut Account) -> Result<Described, WeightsError> {
    let mut keys = Keys::new(file, metadata.values(), account);
    let group = Group::Shape;
    if let Part { nth: 1.., count } = part(metadata) {
        let detail = format!("it is a later part of {count}; the first one says what the model is");
        return Err(keys.wrong(detail));
    }
    let Some(named) = keys.text(group, &["general.architecture"])? else {
        return Err(keys.wrong("it names no architecture".to_owned()));
    };
    let Some((prefix, architecture)) = ARCHITECTURES.into_iter().find(|(known, _)| *known == named) else {
        let built = ARCHITECTURES.map(|(known, _)| known).join(", ");
        return Err(keys.wrong(format!("architecture {named:?} is not built; {built} are")));
    };
    keys.only(group, "general.type", &[json!("model")], "; a whole model is");
    keys.take(group, "general.alignment");
    let about = about(&mut keys);
    let d_vocab = metadata.texts("tokenizer.ggml.tokens").map_or(0, Iterator::count);
    let text_of =
        |id: u32| -> Option<String> { metadata.texts("tokenizer.ggml.tokens")?.nth(id as usize).map(str::to_owned) };
    let mut tokenizer = TokenizerConfig::default();
    let mut stops = Vec::new();
    for key in STOPS {
        for id in ids(&mut keys, key)? {
            stops.push(Stop { token: StopAt::Id(id), source: key.to_owned() });
        }
    }
    for (key, name) in NAMED_TOKENS {
        let id = match stops.iter().find(|stop| stop.source == key) {
            Some(Stop { token: StopAt::Id(id), .. }) => Some(*id),
            _ => ids(&mut keys, key)?.first().copied(),
        };
        if let Some(text) = id.and_then(text_of) {
            tokenizer.named_tokens.insert(name.to_owned(), text);
        }
        match name {
            "bos_token" => tokenizer.first = id,
            "eos_token" => tokenizer.last = id,
            "unk_token" => tokenizer.unknown = id,
            _ => {}
        }
    }
    vocabulary(&mut keys, &mut tokenizer)?;
    let chat_template = keys.text(Group::Tokenizer, &["tokenizer.chat_template"])?;
    let config = shape::config(&mut keys, prefix, architecture, d_vocab, &stops)?;
    keys.finish(|name, _| judge(prefix, name));
    Ok(Described { config: config.checked(file)?, tokenizer, stops, chat_template, about, samples: Vec::new() })
}

/// Which part of a split file this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many stand before it.
    pub nth: u64,
    /// How many there are.
    pub count: u64,
}

/// What a header says about that; a file that is not split is its only part.
#[must_use]
pub fn part(metadata: &Metadata) -> Part {
    let number = |key| metadata.integer(key).unwrap_or(0);
    Part { nth: number("split.no"), count: number("split.count").max(1) }
}

/// What nobody took.
fn judge(prefix: &str, name: &str) -> Judgement {
    if let Some((reason, _)) = WITHOUT_EFFECT.iter().find(|(_, names)| names.contains(&name)) {
        return Judgement::WithoutEffect((*reason).to_owned());
    }
    if let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
        return match SHAPE_WITHOUT_EFFECT.iter().find(|(known, _)| *known == rest) {
            Some((_, reason)) => Judgement::WithoutEffect((*reason).to_owned()),
            None => Judgement::NotUnderstood(format!("no part of {prefix} that is built reads it")),
        };
    }
    match name.split('.').next() {
        Some("tokenizer") if name.starts_with("tokenizer.chat_template") => {
            Judgement::WithoutEffect("a template for other uses than a chat".to_owned())
        }
        Some("tokenizer") => Judgement::NotUnderstood("it may change how text is split".to_owned()),
        Some("general") => Judgement::WithoutEffect("where the file comes from".to_owned()),
        Some("split" | "quantize" | "imatrix") => Judgement::WithoutEffect("how the file was made".to_owned()),
        _ => Judgement::WithoutEffect("for another architecture or another program".to_owned()),
    }
}

fn about(keys: &mut Keys<'_>) -> BTreeMap<String, String> {
    let shown = SHOWN.iter().filter_map(|name| {
        let value = keys.take(Group::Shown, &format!("general.{name}"))?;
        let text = match value {
            Value::String(text) => text,
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        Some(((*name).to_owned(), text))
    });
    shown.collect()
}

/// Splittings whose vocabularies put the first token in front of a text unless they say otherwise.
const WITH_FIRST: [&str; 5] = ["llama3", "llama-v3", "llama-bpe", "falcon3", "tekken"];
/// Tokens of SentencePiece where the file does not name them: unknown, first, last.
const PIECES: [u32; 3] = [0, 1, 2];

/// The parts of the vocabulary, which are read where they lie, and what is put around a text.
fn vocabulary(keys: &mut Keys<'_>, tokenizer: &mut TokenizerConfig) -> Result<(), WeightsError> {
    let group = Group::Tokenizer;
    let key = |name: &str| format!("tokenizer.ggml.{name}");
    let pieces = keys.peek(&key("model")).and_then(Value::as_str) == Some("llama");
    let pre = keys.peek(&key("pre")).and_then(Value::as_str).unwrap_or_default();
    let with_first = pieces || WITH_FIRST.contains(&pre);
    keys.only(group, &key("model"), &[json!("gpt2"), json!("llama")], "; gpt2 and llama, two kinds of pairs, are");
    let parts = if pieces { ["tokens", "scores", "token_type"] } else { ["tokens", "merges", "token_type"] };
    parts.into_iter().chain((!pieces).then_some("pre")).for_each(|name| drop(keys.take(group, &key(name))));
    if pieces {
        let [unknown, first, last] = PIECES;
        tokenizer.unknown = tokenizer.unknown.or(Some(unknown));
        (tokenizer.first, tokenizer.last) = (tokenizer.first.or(Some(first)), tokenizer.last.or(Some(last)));
        tokenizer.add_prefix_space = Some(keys.flag(group, &[&key("add_space_prefix")])?.unwrap_or(true));
    }
    let adds_first = keys.flag(group, &[&key("add_bos_token")])?.unwrap_or(with_first);
    let adds_last = keys.flag(group, &[&key("add_eos_token")])?.unwrap_or(false);
    tokenizer.first = tokenizer.first.filter(|_| adds_first);
    tokenizer.last = tokenizer.last.filter(|_| adds_last);
    keys.only(group, &key("add_sep_token"), &[json!(false)], "; a token behind every text is not put there");
    Ok(())
}

/// Token ids; those that are no ids, such as −1 for none, are refused by [`Keys::ids`].
fn ids(keys: &mut Keys<'_>, key: &str) -> Result<Vec<u32>, WeightsError> {
    keys.ids(Group::Tokenizer, key)
}
