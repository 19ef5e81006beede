//! A folder that has only `vocab.json` and `merges.txt`.

use serde_json::Value;
use vitrine_text::{Settings, TextError, Tokenizer};

use crate::common::{golden, parsed};

fn settings(class: &str) -> Settings {
    Settings { class: Some(class.to_owned()), ..Settings::default() }
}

fn read(folder: &str, settings: &Settings) -> Result<Tokenizer, TextError> {
    let file = |name: &str| golden(&format!("byte-pairs/{folder}/{name}"));
    Tokenizer::from_pairs(&file("vocab.json"), &file("merges.txt"), settings, usize::MAX, usize::MAX)
}

fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u64> {
    tokenizer.split(text).unwrap().input.tokens.iter().map(|token| token.id.into()).collect()
}

#[test]
fn mixed_lines_are_split_as_transformers_splits_them() {
    let told = parsed("byte-pairs/lines.json");
    let prefix = Settings { add_prefix_space: Some(true), add_bos_token: Some(true), ..settings("GPT2TokenizerFast") };
    let kinds = [
        ("gpt2", settings("GPT2Tokenizer"), None),
        ("roberta", settings("RobertaTokenizer"), Some("<s>")),
        ("gpt2-prefix", prefix, Some("<|endoftext|>")),
    ];
    for (name, settings, first) in kinds {
        let tokenizer = read(name.split('-').next().unwrap(), &settings).unwrap();
        let lines = told["lines"].as_array().unwrap();
        assert!(lines.len() > 400);
        for (line, expected) in lines.iter().zip(told["ids"][name].as_array().unwrap()) {
            let line = line.as_str().unwrap();
            let mut expected: Vec<u64> = expected.as_array().unwrap().iter().filter_map(Value::as_u64).collect();
            // A special token that the text itself begins with is not put in front of it a second time.
            if first.is_some_and(|first| line.starts_with(first)) {
                expected.remove(0);
            }
            assert_eq!(ids(&tokenizer, line), expected, "{name} {line:?}");
        }
        let json = tokenizer.to_json().unwrap();
        let again = Tokenizer::from_json(json.as_bytes(), &settings, usize::MAX, usize::MAX).unwrap();
        for line in lines.iter().filter_map(Value::as_str) {
            assert_eq!(again.split(line), tokenizer.split(line), "{name} {line:?}");
        }
    }
}

#[test]
fn the_class_may_follow_from_the_model() {
    let of = |model: &str| Settings { model_type: Some(model.to_owned()), ..Settings::default() };
    assert_eq!(ids(&read("roberta", &of("roberta")).unwrap(), "a <mask> b")[2], 4);
    assert!(read("gpt2", &of("gpt2")).is_ok());
    let said = read("gpt2", &of("qwen2")).unwrap_err().to_string();
    assert!(said.starts_with("vocab.json cannot be used") && said.ends_with("save the tokenizer again"), "{said}");
}

#[test]
fn damaged_files_are_named() {
    let (vocab, merges) = (golden("byte-pairs/gpt2/vocab.json"), golden("byte-pairs/gpt2/merges.txt"));
    let with = |vocab: &[u8], merges: &[u8], class| {
        Tokenizer::from_pairs(vocab, merges, &settings(class), usize::MAX, usize::MAX).unwrap_err().to_string()
    };
    let gpt2 = "GPT2Tokenizer";
    for (said, expected) in [
        (with(b"[]", &merges, gpt2), "vocab.json cannot be used: "),
        (with(b"{\"a\": -1}", &merges, gpt2), "vocab.json cannot be used: "),
        (with(&vocab, b"#version\na b c\n", gpt2), "merges.txt cannot be used: line 2 is no pair"),
        (with(&vocab, b"#version\n\xff b\n", gpt2), "merges.txt cannot be used: "),
        (with(&vocab, b"#version\nqzx q\n", gpt2), "merges.txt cannot be used: "),
        (with(&vocab, &merges, "RobertaTokenizer"), "vocab.json cannot be used: it has no token </s>"),
    ] {
        assert!(said.starts_with(expected), "{said}");
    }
}
