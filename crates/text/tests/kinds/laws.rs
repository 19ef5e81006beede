//! What holds for every text.

use proptest::prelude::*;
use vitrine_text::Tokenizer;

use crate::common::{bytes, llama, metaspace, tokenizer, unigram, word_pieces, words};
use crate::gguf::scored;

/// Texts with what breaks tokenizers: byte-order marks, line breaks of two characters, tabs, NUL, combining characters, joiners,
/// right-to-left text, control tokens, spaces in a row.
fn texts() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "\u{FEFF}",
        "\r\n",
        "\t",
        "\0",
        "e\u{301}",
        "\u{301}",
        "\u{200D}",
        "👩\u{200D}👧",
        "🇫🇷",
        "שלום",
        "مرحبا",
        "東京",
        "П",
        "  ",
        " ",
        "the",
        " film",
        "<s>",
        "</s>",
        "<|endoftext|>",
        "[SEP]",
        "\u{FFFD}",
        "नि",
        "▁",
        "Ġ",
        "<0x0A>",
        "ﬁ",
        "İ",
        "\u{2028}",
    ]);
    let part = prop_oneof![odd.prop_map(str::to_owned), "\\PC{0,4}", "[a-z ]{0,6}"];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn kinds() -> Vec<Tokenizer> {
    let jsons = [
        llama(),
        metaspace(),
        unigram(),
        words(),
        word_pieces(),
        bytes(false, false),
        bytes(true, false),
        bytes(true, true),
    ];
    jsons.iter().map(tokenizer).chain([scored()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn places_are_characters_of_the_text_in_their_order(text in texts()) {
        for tokenizer in kinds() {
            let input = tokenizer.split_as_written(&text).unwrap().input;
            let mut start = 0;
            for token in &input.tokens {
                prop_assert!(text.get(token.start..token.end).is_some(), "{token:?} in {text:?}");
                prop_assert!(token.start >= start, "{token:?} comes too late in {text:?}");
                start = token.start;
            }
            let ids: Vec<u32> = input.tokens.iter().map(|token| token.id).collect();
            prop_assert_eq!(ids, tokenizer.ids(&text).unwrap());
        }
    }

    #[test]
    fn marks_of_bytes_are_the_text(text in texts()) {
        let tokenizer = tokenizer(&bytes(false, false));
        let input = tokenizer.split(&text).unwrap().input;
        let marks: String = input.characters().iter().map(|mark| input.tokens[mark[0]].text.as_str()).collect();
        prop_assert_eq!(&marks, &text);
        let ids: Vec<u32> = input.tokens.iter().map(|token| token.id).collect();
        prop_assert_eq!(tokenizer.text_of(&ids), text);
    }

    #[test]
    fn no_mark_of_the_vocabulary_reaches_the_reader(text in "[a-zé東 \n😂]{0,20}") {
        for json in [llama(), metaspace()] {
            let input = tokenizer(&json).split(&text).unwrap().input;
            for token in input.tokens.iter().filter(|token| !token.special) {
                let written = token.start == token.end || text[token.start..token.end] == token.text;
                prop_assert!(written, "{token:?} in {text:?}");
            }
        }
    }
}

#[test]
fn ten_thousand_characters_are_read() {
    for text in [
        "e\u{301}".repeat(5_000),
        "\u{301}".repeat(10_000),
        "東京".repeat(5_000),
        "\r\n".repeat(5_000),
        " ".repeat(10_000),
    ] {
        for tokenizer in kinds() {
            let input = tokenizer.split(&text).unwrap().input;
            // Every token has the text of its mark, which therefore has an end.
            assert!(
                input.tokens.iter().all(|token| token.special || token.text.len() <= 64 || token.text == text.trim())
            );
        }
    }
}
