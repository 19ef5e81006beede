//! A folder that has only `vocab.txt`.

use vitrine_text::{Settings, TextError, Tokenizer};

const WORDS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nbad\nfilm\ngood\nnot\nthe\n##s\n!\n";

fn ids(words: &str, settings: &Settings, text: &str) -> Vec<u32> {
    let tokenizer = Tokenizer::from_vocab(words.as_bytes(), settings, usize::MAX, 13).unwrap();
    tokenizer.split(text).unwrap().input.tokens.iter().map(|token| token.id).collect()
}

#[test]
fn it_is_split_as_transformers_splits_it() {
    let lower = Settings { do_lower_case: Some(true), ..Settings::default() };
    let cased = Settings { do_lower_case: Some(false), ..Settings::default() };
    let ends = WORDS.replace('\n', "\r\n");
    for words in [WORDS, &format!("\u{FEFF}{WORDS}"), &ends] {
        assert_eq!(ids(words, &lower, "A Great, movie!"), [2, 5, 1, 1, 1, 12, 3]);
        assert_eq!(ids(words, &Settings::default(), "The BAD fílms"), [2, 10, 6, 7, 11, 3]);
        assert_eq!(ids(words, &cased, "The BAD films"), [2, 1, 1, 7, 11, 3]);
    }
}

#[test]
fn special_tokens_may_have_other_names_and_must_be_there() {
    let words = WORDS.replace("[CLS]", "<s>");
    let named = Settings { cls_token: Some("<s>".into()), ..Settings::default() };
    assert_eq!(ids(&words, &named, "bad"), [2, 6, 3]);
    let error = Tokenizer::from_vocab(words.as_bytes(), &Settings::default(), usize::MAX, 13).unwrap_err();
    assert_eq!(error, TextError::BadWordList { file: "vocab.txt".into(), detail: "it has no token [CLS]".into() });
    assert!(Tokenizer::from_vocab(&[0xFF], &Settings::default(), usize::MAX, 13).is_err());
}

#[test]
fn it_can_be_written_as_a_tokenizer_json() {
    let list = Tokenizer::from_vocab(WORDS.as_bytes(), &Settings::default(), usize::MAX, 13).unwrap();
    let json = list.to_json().unwrap();
    let again = Tokenizer::from_json(json.as_bytes(), &Settings::default(), usize::MAX, 13).unwrap();
    for text in ["A bad film's!", "[MASK] films"] {
        assert_eq!(again.split(text).unwrap(), list.split(text).unwrap());
    }
}
