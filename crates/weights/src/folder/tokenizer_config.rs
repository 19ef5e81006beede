//! `tokenizer_config.json`, and `special_tokens_map.json` where it is silent.

use serde_json::Value;
use vitrine_schema::inspection::{Account, Group};

use super::{SPECIAL_TOKENS_MAP, TOKENIZER_CONFIG};
use crate::described::TokenizerConfig;
use crate::keys::{Judgement, Keys};
use crate::{WeightsError, json};

/// Keys of `tokenizer_config.json` that change nothing here.
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    (
        "the model's own number of positions counts",
        &[
            "model_max_length",
            "max_len",
            "max_length",
            "truncation_side",
            "truncation_strategy",
            "truncation",
            "stride",
        ],
    ),
    (
        "one text at a time: nothing is padded",
        &["padding_side", "padding", "pad_to_multiple_of", "pad_token_type_id", "pad_token_id"],
    ),
    (
        "text is shown as its tokens write it",
        &["clean_up_tokenization_spaces", "spaces_between_special_tokens", "errors", "decode_with_prefix_space"],
    ),
    (
        "for tokenizers without a tokenizer.json",
        &[
            "do_basic_tokenize",
            "never_split",
            "legacy",
            "sp_model_kwargs",
            "vocab_file",
            "merges_file",
            "tokenizer_file",
            "from_slow",
            "use_fast",
            "trim_offsets",
            "wordpieces_prefix",
            "remove_space",
            "keep_accents",
            "add_dummy_prefix_space",
        ],
    ),
    (
        "where the file comes from",
        &[
            "name_or_path",
            "special_tokens_map_file",
            "full_tokenizer_file",
            "auto_map",
            "processor_class",
            "tokenizer_type",
            "backend",
            "is_local",
            "local_files_only",
            "transformers_version",
        ],
    ),
    (
        "what a Python program gets back",
        &[
            "model_input_names",
            "return_token_type_ids",
            "return_tensors",
            "additional_special_tokens",
            "extra_special_tokens",
        ],
    ),
    ("the template says what the system says", &["use_default_system_prompt", "model_specific_special_tokens"]),
];

const NAMED_TOKENS: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

pub(super) fn tokenizer_config(
    json: &[u8],
    account: &mut Account,
) -> Result<(TokenizerConfig, Option<String>), WeightsError> {
    let mut keys = Keys::new(TOKENIZER_CONFIG, json::object(TOKENIZER_CONFIG, json)?, account);
    let group = Group::Tokenizer;
    keys.absent_if_null(
        group,
        &[
            "tokenizer_class",
            "do_lower_case",
            "strip_accents",
            "tokenize_chinese_chars",
            "add_prefix_space",
            "add_bos_token",
            "add_eos_token",
            "chat_template",
            "added_tokens_decoder",
        ],
    );
    let mut config = TokenizerConfig {
        class: keys.text(group, &["tokenizer_class"])?,
        do_lower_case: keys.flag(group, &["do_lower_case"])?,
        strip_accents: keys.flag(group, &["strip_accents"])?,
        tokenize_chinese_chars: keys.flag(group, &["tokenize_chinese_chars"])?,
        add_prefix_space: keys.flag(group, &["add_prefix_space"])?,
        add_bos_token: keys.flag(group, &["add_bos_token"])?,
        add_eos_token: keys.flag(group, &["add_eos_token"])?,
        ..TokenizerConfig::default()
    };
    named_tokens(&mut keys, &mut config)?;
    if let Some(added) = keys.take(group, "added_tokens_decoder") {
        let Value::Object(added) = added else {
            return Err(keys.wrong("added_tokens_decoder is no object".to_owned()));
        };
        for (id, token) in added {
            let (Ok(id), Some(text)) = (id.parse(), written(&token)) else {
                return Err(keys.wrong(format!("added_tokens_decoder has {id:?}, which is no token with its number")));
            };
            config.added_tokens.insert(id, text);
        }
    }
    keys.only(
        group,
        "split_special_tokens",
        &[false.into(), Value::Null],
        "; special tokens in a text are read as such",
    );
    let chat_template = template(&mut keys)?;
    keys.finish(|name, _| {
        let declared = WITHOUT_EFFECT.iter().find(|(_, names)| names.contains(&name));
        let reason = declared.map_or("transformers' tokenizers have no such key", |(reason, _)| *reason);
        Judgement::WithoutEffect(reason.to_owned())
    });
    Ok((config, chat_template))
}

/// Where `tokenizer_config.json` does not name a token, `special_tokens_map.json` may.
pub(super) fn special_tokens_map(
    json: &[u8],
    config: &mut TokenizerConfig,
    account: &mut Account,
) -> Result<(), WeightsError> {
    let mut keys = Keys::new(SPECIAL_TOKENS_MAP, json::object(SPECIAL_TOKENS_MAP, json)?, account);
    let mut named = TokenizerConfig::default();
    named_tokens(&mut keys, &mut named)?;
    for (name, text) in named.named_tokens {
        match config.named_tokens.get(&name) {
            Some(known) if *known != text => {
                keys.remark(&name, format!("{TOKENIZER_CONFIG} says {known:?} and stands before it"));
            }
            Some(_) => {}
            None => drop(config.named_tokens.insert(name, text)),
        }
    }
    keys.finish(|_, _| Judgement::WithoutEffect("the tokenizer knows its own marks".to_owned()));
    Ok(())
}

fn named_tokens(keys: &mut Keys<'_>, config: &mut TokenizerConfig) -> Result<(), WeightsError> {
    for name in NAMED_TOKENS {
        match keys.take(Group::Tokenizer, name) {
            None | Some(Value::Null) => {}
            Some(token) => {
                let text =
                    written(&token).ok_or_else(|| keys.wrong(format!("{name} is {token}, which is no token")))?;
                config.named_tokens.insert(name.to_owned(), text);
            }
        }
    }
    Ok(())
}

/// A token as a text, or as an object with its text.
fn written(token: &Value) -> Option<String> {
    token.as_str().or_else(|| token.get("content")?.as_str()).map(str::to_owned)
}

/// The template in `chat_template`; where there are several, the one called `default`.
pub(super) fn template(keys: &mut Keys<'_>) -> Result<Option<String>, WeightsError> {
    let several = match keys.take(Group::Tokenizer, "chat_template") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(source)) => return Ok(Some(source)),
        Some(Value::Array(several)) => several,
        Some(_) => return Err(keys.wrong("chat_template is neither a text nor a list of named texts".to_owned())),
    };
    let text = |template: &Value, key: &str| template.get(key).and_then(Value::as_str).map(str::to_owned);
    let named: Vec<(String, String)> =
        several.iter().filter_map(|one| Some((text(one, "name")?, text(one, "template")?))).collect();
    let others: Vec<&str> = named.iter().map(|(name, _)| &**name).filter(|name| *name != "default").collect();
    if !others.is_empty() {
        keys.remark("chat_template", format!("the templates {} are for other uses than a chat", others.join(", ")));
    }
    Ok(named.into_iter().find(|(name, _)| name == "default").map(|(_, template)| template))
}
