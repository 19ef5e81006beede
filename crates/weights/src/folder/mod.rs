//! A Hugging Face folder: which of its files make a model, and what the small ones say.

use std::collections::BTreeMap;

use vitrine_schema::inspection::{Account, Group};

use crate::described::{Described, Stop, StopAt, TokenizerConfig};
use crate::keys::{Judgement, Keys};
use crate::{ModelConfig, WeightsError, json};

mod card;
mod front_matter;
mod tokenizer_config;
mod weight_files;

pub use card::CARD;
pub use weight_files::{WeightFiles, parts, weight_files};

use tokenizer_config::{special_tokens_map, template, tokenizer_config};

/// Sizes, names and the class.
pub const CONFIG: &str = "config.json";
/// The vocabulary with everything that splits a text.
pub const TOKENIZER: &str = "tokenizer.json";
/// The vocabulary alone, a word piece a line.
pub const VOCABULARY: &str = "vocab.txt";
/// The vocabulary of byte-level pairs, a number for each token; its merges stand in [`MERGES`].
pub const PAIRS: &str = "vocab.json";
/// The pairs that are merged, the most frequent first.
pub const MERGES: &str = "merges.txt";
/// Settings of the tokenizer.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// Where writing stops.
pub const GENERATION_CONFIG: &str = "generation_config.json";
const SPECIAL_TOKENS_MAP: &str = "special_tokens_map.json";
const ADDED_TOKENS: &str = "added_tokens.json";
const CHAT_TEMPLATE: &str = "chat_template.jinja";
const NAMED_TEMPLATE: &str = "additional_chat_templates/default.jinja";
const PROCESSOR_TEMPLATE: &str = "chat_template.json";
/// The names of shards and the tensors in them.
pub const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";

/// Every small file that is read, where it is there.
pub const SMALL_FILES: [&str; 13] = [
    CONFIG,
    GENERATION_CONFIG,
    TOKENIZER,
    VOCABULARY,
    PAIRS,
    MERGES,
    ADDED_TOKENS,
    TOKENIZER_CONFIG,
    SPECIAL_TOKENS_MAP,
    CHAT_TEMPLATE,
    NAMED_TEMPLATE,
    PROCESSOR_TEMPLATE,
    CARD,
];

/// Whether a small file is of use beside those that were read before it: a `tokenizer.json` holds what older files hold.
#[must_use]
pub fn is_wanted(name: &str, read: &SmallFiles) -> bool {
    !([VOCABULARY, PAIRS, MERGES, ADDED_TOKENS].contains(&name) && read.contains_key(TOKENIZER))
}

/// Small files by name.
pub type SmallFiles = BTreeMap<String, Vec<u8>>;

/// What the small files say.
///
/// # Errors
/// [`WeightsError::Config`], [`WeightsError::LfsPointer`].
pub fn describe(files: &SmallFiles, account: &mut Account) -> Result<Described, WeightsError> {
    if let Some((name, _)) = files.iter().find(|(_, bytes)| json::is_lfs_pointer(bytes)) {
        return Err(WeightsError::LfsPointer { file: name.clone() });
    }
    let missing = || WeightsError::MissingFile { file: CONFIG.to_owned() };
    let config = ModelConfig::from_json(files.get(CONFIG).ok_or_else(missing)?, account)?;
    let (mut tokenizer, mut chat_template) = match files.get(TOKENIZER_CONFIG) {
        Some(json) => tokenizer_config(json, account)?,
        None => (TokenizerConfig::default(), None),
    };
    if let Some(json) = files.get(SPECIAL_TOKENS_MAP) {
        special_tokens_map(json, &mut tokenizer, account)?;
    }
    if let Some(json) = files.get(ADDED_TOKENS).filter(|_| is_wanted(ADDED_TOKENS, files)) {
        added_tokens(json, &mut tokenizer, account)?;
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
    let (about, samples) = files.get(CARD).map(|readme| card::read(readme, account)).unwrap_or_default();
    Ok(Described { config, tokenizer, stops, chat_template, about, samples })
}

/// Tokens beside the vocabulary of a folder without a `tokenizer.json`, by their texts.
fn added_tokens(json: &[u8], tokenizer: &mut TokenizerConfig, account: &mut Account) -> Result<(), WeightsError> {
    for (text, id) in json::object(ADDED_TOKENS, json)? {
        let bad = || WeightsError::Config { file: ADDED_TOKENS.to_owned(), detail: format!("{text:?} has no number") };
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(bad)?;
        account.use_key(Group::Tokenizer);
        tokenizer.added_tokens.entry(id).or_insert(text);
    }
    Ok(())
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
