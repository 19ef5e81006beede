//! Which settings overrule `tokenizer.json`.

use serde_json::{Value, json};
use vitrine_text::Settings;

use crate::common::{bytes, llama, metaspace, with, word_pieces};

fn class(name: &str) -> Settings {
    Settings { class: Some(name.to_owned()), ..Settings::default() }
}

#[track_caller]
fn check(json: &Value, settings: &Settings, text: &str, ids: &[u32], overrides: &[(&str, &str, &str)]) {
    let tokenizer = with(json, settings);
    let found: Vec<u32> = tokenizer.split(text).unwrap().input.tokens.iter().map(|token| token.id).collect();
    assert_eq!(found, ids, "{settings:?}");
    let found: Vec<(&str, &str, &str)> =
        tokenizer.overrides().iter().map(|o| (o.name, o.found.as_str(), o.taken.as_str())).collect();
    assert_eq!(found, overrides, "{settings:?}");
}

/// The vocabulary of the published cases: words without capitals and accents.
fn bert(lowercase: bool) -> Value {
    let mut json = word_pieces();
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "bad", "film", "good", "not", "the", "##s", "!"];
    json["model"]["vocab"] = words
        .into_iter()
        .zip(0..)
        .map(|(word, id)| (word.to_owned(), Value::from(id)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    json["normalizer"] = json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": lowercase});
    json
}

const TEXT: &str = "The BAD film fílm";

#[test]
fn the_bert_family_sets_case_and_accents() {
    let (lower, cased) = ([2, 10, 6, 7, 7, 3], [2, 1, 1, 7, 1, 3]);
    let kept = Settings { do_lower_case: Some(false), ..class("BertTokenizer") };
    check(&bert(true), &class("BertTokenizer"), TEXT, &lower, &[]);
    check(&bert(true), &kept, TEXT, &cased, &[("do_lower_case", "true", "false")]);
    check(&bert(false), &kept, TEXT, &cased, &[]);
    // What is not said is the default of the class.
    check(&bert(false), &class("DistilBertTokenizerFast"), TEXT, &lower, &[("do_lower_case", "false", "true")]);
    let of_model = Settings { model_type: Some("bert".into()), ..Settings::default() };
    check(&bert(false), &of_model, TEXT, &lower, &[("do_lower_case", "false", "true")]);
    let stripped = Settings { strip_accents: Some(true), ..kept };
    let both = [("do_lower_case", "true", "false"), ("strip_accents", "as case", "true")];
    check(&bert(true), &stripped, TEXT, &[2, 1, 1, 7, 7, 3], &both);
    let accented = Settings { strip_accents: Some(false), ..class("BertTokenizer") };
    check(&bert(true), &accented, TEXT, &[2, 10, 6, 7, 1, 3], &[("strip_accents", "as case", "false")]);
}

#[test]
fn other_classes_take_the_file_as_it_stands() {
    let plain = Settings {
        do_lower_case: Some(false),
        add_prefix_space: Some(true),
        add_bos_token: Some(false),
        bos_token: Some("<s>".into()),
        ..class("PreTrainedTokenizerFast")
    };
    check(&bert(true), &plain, TEXT, &[2, 10, 6, 7, 7, 3], &[]);
    check(&bert(false), &plain, TEXT, &[2, 1, 1, 7, 1, 3], &[]);
    check(&llama(), &plain, "the film", &[1, 269, 273], &[]);
    check(&bytes(true, false), &plain, "the film", &[119, 260, 267], &[]);
    check(&bytes(true, true), &Settings::default(), "the film", &[261, 267], &[]);
}

#[test]
fn the_gpt2_family_sets_the_space_in_front() {
    let spaced = Settings { add_prefix_space: Some(true), ..class("GPT2Tokenizer") };
    check(&bytes(true, false), &spaced, "the film", &[261, 267], &[("add_prefix_space", "false", "true")]);
    check(&bytes(true, true), &spaced, "the film", &[261, 267], &[]);
    let of_model = Settings { model_type: Some("gpt2".into()), ..Settings::default() };
    for settings in [class("GPT2TokenizerFast"), of_model] {
        check(&bytes(true, true), &settings, "the film", &[119, 260, 267], &[("add_prefix_space", "true", "false")]);
    }
}

#[test]
fn the_llama_family_adds_what_it_is_told() {
    check(&llama(), &class("LlamaTokenizer"), "the film", &[1, 269, 273], &[]);
    let none = Settings { add_bos_token: Some(false), ..class("LlamaTokenizer") };
    check(&llama(), &none, "the film", &[269, 273], &[("add_bos_token", "true", "false")]);
    let both = Settings { add_bos_token: Some(true), add_eos_token: Some(true), ..class("LlamaTokenizerFast") };
    check(&llama(), &both, "the film", &[1, 269, 273, 2], &[("add_eos_token", "false", "true")]);
    let end = Settings { add_eos_token: Some(true), ..class("LlamaTokenizer") };
    check(&llama(), &end, "the film", &[1, 269, 273, 2], &[("add_eos_token", "false", "true")]);
    // A token that the vocabulary lacks cannot be added.
    let unknown = Settings { bos_token: Some("<bos>".into()), add_bos_token: Some(true), ..class("LlamaTokenizer") };
    check(&llama(), &unknown, "the", &[1, 269], &[]);
}

#[test]
fn the_llama_family_puts_a_space_in_front_as_it_is_told() {
    let without = Settings { add_prefix_space: Some(false), ..class("LlamaTokenizer") };
    for json in [llama(), metaspace()] {
        check(&json, &without, "the film", &[1, 260, 267, 273], &[("add_prefix_space", "true", "false")]);
    }
    let with = Settings { add_prefix_space: Some(true), ..class("LlamaTokenizer") };
    check(&llama(), &with, "the film", &[1, 269, 273], &[]);
    let mut never = metaspace();
    never["pre_tokenizer"]["prepend_scheme"] = "never".into();
    check(&never, &with, "the film", &[1, 269, 273], &[("add_prefix_space", "false", "true")]);
}
