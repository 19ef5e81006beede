//! A Hugging Face folder: which of its files make a model, and what the small ones say.

use std::collections::BTreeMap;

use serde_json::Value;
use vitrine_schema::inspection::{Account, Group};

use crate::described::{Described, Stop, StopAt, TokenizerConfig};
use crate::keys::{Judgement, Keys};
use crate::{ModelConfig, WeightsError, json};

/// Sizes, names and the class.
pub const CONFIG: &str = "config.json";
/// The vocabulary with everything that splits a text.
pub const TOKENIZER: &str = "tokenizer.json";
/// The vocabulary alone, a word piece a line.
pub const VOCABULARY: &str = "vocab.txt";
/// Settings of the tokenizer.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// Where writing stops.
pub const GENERATION_CONFIG: &str = "generation_config.json";
const SPECIAL_TOKENS_MAP: &str = "special_tokens_map.json";
const CHAT_TEMPLATE: &str = "chat_template.jinja";
const NAMED_TEMPLATE: &str = "additional_chat_templates/default.jinja";
const PROCESSOR_TEMPLATE: &str = "chat_template.json";
/// The names of shards and the tensors in them.
pub const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";

/// Every small file that is read, where it is there.
pub const SMALL_FILES: [&str; 9] = [
    CONFIG,
    GENERATION_CONFIG,
    TOKENIZER,
    VOCABULARY,
    TOKENIZER_CONFIG,
    SPECIAL_TOKENS_MAP,
    CHAT_TEMPLATE,
    NAMED_TEMPLATE,
    PROCESSOR_TEMPLATE,
];

/// Small files by name.
pub type SmallFiles = BTreeMap<String, Vec<u8>>;

/// The files that hold the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightFiles {
    /// One safetensors file.
    Safetensors(String),
    /// Shards, named by this index.
    Index(String),
    /// One GGUF file, which holds everything.
    Gguf(String),
}

/// Finds the weights among the names of a folder's files.
///
/// # Errors
/// [`WeightsError::NoWeights`] names what is there instead, and the way out.
pub fn weight_files<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<WeightFiles, WeightsError> {
    let names: Vec<&str> = names.into_iter().collect();
    let ending = |ending: &str| -> Vec<&str> {
        let ends = |name: &&&str| name.to_ascii_lowercase().ends_with(ending);
        names.iter().filter(ends).copied().collect()
    };
    let has = |name: &str| names.contains(&name);
    if has(SINGLE) {
        return Ok(WeightFiles::Safetensors(SINGLE.to_owned()));
    }
    if has(INDEX) {
        return Ok(WeightFiles::Index(INDEX.to_owned()));
    }
    let no = |detail: String| Err(WeightsError::NoWeights { detail });
    let mut safetensors = ending(".safetensors");
    safetensors.retain(|name| *name != "adapter_model.safetensors");
    match (&*ending(".gguf"), &*safetensors) {
        ([file], []) => return Ok(WeightFiles::Gguf((*file).to_owned())),
        ([], [file]) => return Ok(WeightFiles::Safetensors((*file).to_owned())),
        ([], []) => {}
        ([first, ..], _) if split_parts(first).is_some() => return no(split_sentence(first)),
        ([_, ..], _) => {
            return no("there are several files of weights; name the one GGUF file that is meant".to_owned());
        }
        ([], _) => {
            return no(format!(
                "there are several safetensors files, but neither {SINGLE} nor {INDEX}; add one of them"
            ));
        }
    }
    let other = |names: &[&str]| names.iter().find_map(|name| ending(name).first().copied());
    if has("adapter_model.safetensors") || has("adapter_config.json") || has("adapter_model.bin") {
        return no("it holds an adapter only; merge it into its base model and save that".to_owned());
    }
    if let Some(file) = other(&[".bin", ".bin.index.json", ".pt", ".pth"]) {
        let way_out = "load the model in Python and save it with safe_serialization";
        return no(format!("the weights are pickled by PyTorch ({file}), which can run any program; {way_out}"));
    }
    if let Some(file) = other(&[".onnx"]) {
        return no(format!("it holds an ONNX graph only ({file}); take the model's safetensors files"));
    }
    if let Some(file) = other(&[".h5", ".msgpack", ".ckpt", ".ckpt.index", ".tflite"]) {
        return no(format!("the weights are of another framework ({file}); save them as safetensors"));
    }
    no(format!("it holds no weights; {SINGLE} or a GGUF file is needed"))
}

/// How many parts a split GGUF file has, by the name of one of them.
fn split_parts(name: &str) -> Option<u32> {
    let stem = name.get(..name.len().checked_sub(".gguf".len())?)?;
    let (rest, parts) = stem.rsplit_once("-of-")?;
    let (_, number) = rest.rsplit_once('-')?;
    number.parse::<u32>().ok()?;
    parts.parse().ok().filter(|parts| *parts > 1)
}

/// What is said of a part of a split file.
pub(crate) fn split_sentence(name: &str) -> String {
    let parts = split_parts(name).map_or_else(String::new, |parts| format!(" of {parts} parts"));
    format!("{name} is one{parts} of a split GGUF file, which is not read yet; join the parts to one file")
}

/// What the small files say.
///
/// # Errors
/// [`WeightsError::Config`], [`WeightsError::LfsPointer`].
pub fn describe(files: &SmallFiles, account: &mut Account) -> Result<Described, WeightsError> {
    let missing = || WeightsError::MissingFile { file: CONFIG.to_owned() };
    let config = ModelConfig::from_json(files.get(CONFIG).ok_or_else(missing)?, account)?;
    let (mut tokenizer, mut chat_template) = match files.get(TOKENIZER_CONFIG) {
        Some(json) => tokenizer_config(json, account)?,
        None => (TokenizerConfig::default(), None),
    };
    if let Some(json) = files.get(SPECIAL_TOKENS_MAP) {
        special_tokens_map(json, &mut tokenizer, account)?;
    }
    let mut stops: Vec<Stop> = Vec::new();
    if config.architecture.causal() {
        stops.extend(config.eos_ids.iter().map(|&id| Stop { token: StopAt::Id(id), source: CONFIG.to_owned() }));
        if let Some(json) = files.get(GENERATION_CONFIG) {
            let ids = generation_config(json, account)?;
            stops
                .extend(ids.into_iter().map(|id| Stop { token: StopAt::Id(id), source: GENERATION_CONFIG.to_owned() }));
        }
        if let Some(text) = tokenizer.named_tokens.get("eos_token") {
            stops.push(Stop { token: StopAt::Text(text.clone()), source: TOKENIZER_CONFIG.to_owned() });
        }
    }
    // A file of its own stands before what is said inside of another.
    for file in [NAMED_TEMPLATE, PROCESSOR_TEMPLATE, CHAT_TEMPLATE] {
        let Some(bytes) = files.get(file) else { continue };
        let source = if file == PROCESSOR_TEMPLATE {
            let mut keys = Keys::new(file, json::object(file, bytes)?, account);
            let template = template(&mut keys)?;
            keys.finish(|_, _| Judgement::WithoutEffect("not about the template".to_owned()));
            template
        } else {
            let bad = || WeightsError::Config { file: file.to_owned(), detail: "it is no UTF-8 text".to_owned() };
            Some(std::str::from_utf8(bytes).map_err(|_| bad())?.to_owned())
        };
        if source.is_some() && chat_template.is_some() && source != chat_template {
            account.pass_over(TOKENIZER_CONFIG, "chat_template", format!("{file} stands before it"));
        }
        chat_template = source.or(chat_template);
    }
    Ok(Described { config, tokenizer, stops, chat_template, about: BTreeMap::new() })
}

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

fn tokenizer_config(json: &[u8], account: &mut Account) -> Result<(TokenizerConfig, Option<String>), WeightsError> {
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
fn special_tokens_map(json: &[u8], config: &mut TokenizerConfig, account: &mut Account) -> Result<(), WeightsError> {
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
fn template(keys: &mut Keys<'_>) -> Result<Option<String>, WeightsError> {
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

fn generation_config(json: &[u8], account: &mut Account) -> Result<Vec<u32>, WeightsError> {
    let mut keys = Keys::new(GENERATION_CONFIG, json::object(GENERATION_CONFIG, json)?, account);
    keys.absent_if_null(Group::Tokenizer, &["eos_token_id"]);
    let ids = keys.ids(Group::Tokenizer, "eos_token_id")?;
    keys.finish(|name, _| {
        let reason = match name {
            "bos_token_id" | "decoder_start_token_id" => "the tokenizer says what it puts around a text",
            "pad_token_id" => "one text at a time: nothing is padded",
            "transformers_version" | "_from_model_config" => "where the file comes from",
            _ => "how tokens are drawn is the reader's choice",
        };
        Judgement::WithoutEffect(reason.to_owned())
    });
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_found_or_what_is_there_is_named() {
        let find = |names: &[&str]| weight_files(names.iter().copied()).map_err(|error| error.to_string());
        let named = |names: &[&str], sentence: &str| {
            let said = find(names).unwrap_err();
            assert!(said.contains(sentence), "{said}");
        };
        assert_eq!(find(&[CONFIG, SINGLE, "x.safetensors"]), Ok(WeightFiles::Safetensors(SINGLE.into())));
        assert_eq!(find(&[CONFIG, "my.safetensors"]), Ok(WeightFiles::Safetensors("my.safetensors".into())));
        assert_eq!(find(&["a-1.safetensors", INDEX]), Ok(WeightFiles::Index(INDEX.into())));
        assert_eq!(find(&["README.md", "M.GGUF"]), Ok(WeightFiles::Gguf("M.GGUF".into())));
        named(&["a.safetensors", "b.safetensors"], "several safetensors files");
        named(&["a.gguf", "b.gguf"], "several files of weights");
        named(&["m-00001-of-00003.gguf", "m-00002-of-00003.gguf"], "one of 3 parts of a split GGUF file");
        named(&["adapter_config.json", "adapter_model.safetensors"], "an adapter only");
        named(&[CONFIG, "pytorch_model.bin"], "pickled by PyTorch (pytorch_model.bin)");
        named(&[CONFIG, "pytorch_model.bin.index.json"], "pickled by PyTorch");
        named(&["onnx/model.onnx", CONFIG], "an ONNX graph only");
        named(&["tf_model.h5"], "another framework");
        named(&[CONFIG], "holds no weights");
        named(&[], "holds no weights");
    }

    const LLAMA: &str = r#"{"model_type":"llama","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8,"eos_token_id":[1,2]}"#;

    fn files(more: &[(&str, &str)]) -> SmallFiles {
        let all = [(CONFIG, LLAMA)].into_iter().chain(more.iter().copied());
        all.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn read(more: &[(&str, &str)]) -> (Result<Described, String>, Account) {
        let mut account = Account::default();
        let described = describe(&files(more), &mut account).map_err(|error| error.to_string());
        (described, account)
    }

    #[test]
    fn every_stop_token_counts() {
        let (described, account) = read(&[
            (GENERATION_CONFIG, r#"{"eos_token_id": [2, 7.0], "temperature": 0.6, "top_p": NaN}"#),
            (TOKENIZER_CONFIG, r#"{"eos_token": {"content": "</s>", "lstrip": false}, "add_bos_token": true}"#),
        ]);
        let stops: Vec<(StopAt, String)> = described.unwrap().stops.into_iter().map(|s| (s.token, s.source)).collect();
        let id = |id, source: &str| (StopAt::Id(id), source.to_owned());
        assert_eq!(
            stops,
            [
                id(1, CONFIG),
                id(2, CONFIG),
                id(2, GENERATION_CONFIG),
                id(7, GENERATION_CONFIG),
                (StopAt::Text("</s>".into()), TOKENIZER_CONFIG.into())
            ]
        );
        assert_eq!((account.used.tokenizer_keys, account.not_understood.len()), (4, 0));
    }

    #[test]
    fn a_template_is_read_from_wherever_it_stands() {
        let template = |more: &[(&str, &str)]| read(more).0.unwrap().chat_template;
        assert_eq!(template(&[]), None);
        let inside = (TOKENIZER_CONFIG, r#"{"chat_template": "inside"}"#);
        let named =
            r#"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#;
        assert_eq!(template(&[inside]).as_deref(), Some("inside"));
        assert_eq!(template(&[(TOKENIZER_CONFIG, named)]).as_deref(), Some("d"));
        assert_eq!(template(&[inside, (CHAT_TEMPLATE, "own file")]).as_deref(), Some("own file"));
        assert_eq!(template(&[(PROCESSOR_TEMPLATE, r#"{"chat_template": "p"}"#)]).as_deref(), Some("p"));
        assert_eq!(template(&[(NAMED_TEMPLATE, "n")]).as_deref(), Some("n"));
        let (_, account) = read(&[inside, (CHAT_TEMPLATE, "own file")]);
        assert!(account.without_effect.iter().any(|entry| entry.reason.contains("stands before it")));
    }

    #[test]
    fn what_is_wrong_with_a_small_file_is_said_by_its_name() {
        let check = |more: &[(&str, &str)], sentence: &str| {
            let (described, account) = read(more);
            let refused = accept(&account).err().map(|error| error.to_string());
            let said = described.err().or(refused).unwrap_or_default();
            assert!(said.contains(sentence), "{said}, not {sentence}");
        };
        use crate::described::accept;
        check(&[(TOKENIZER_CONFIG, "{")], "tokenizer_config.json cannot be used");
        check(&[(TOKENIZER_CONFIG, r#"{"do_lower_case": "yes"}"#)], "do_lower_case is \"yes\"");
        check(&[(TOKENIZER_CONFIG, r#"{"split_special_tokens": true}"#)], "split_special_tokens");
        check(&[(TOKENIZER_CONFIG, r#"{"bos_token": 5}"#)], "bos_token is 5");
        check(&[(GENERATION_CONFIG, r#"{"eos_token_id": "2"}"#)], "eos_token_id is \"2\"");
        check(&[(GENERATION_CONFIG, "version https://git-lfs.github.com/spec/v1\n")], "Git LFS");
    }
}
