//! Tokens are shown as the reader wrote them.

use serde_json::Value;

use crate::common::{bytes, llama, metaspace, no_decoder, tokenizer, unigram, word_pieces, words};

/// A token in short: its id, text and place; `*` for a special one, `+` for one that continues.
type Short<'t> = (u32, &'t str, usize, usize, &'t str);

#[track_caller]
fn check(json: &Value, text: &str, expect: &[Short<'_>]) {
    let input = tokenizer(json).split(text).unwrap().input;
    let sign = |special: bool, continues: bool| match (special, continues) {
        (true, _) => "*",
        (_, true) => "+",
        _ => "",
    };
    let found: Vec<Short<'_>> =
        input.tokens.iter().map(|t| (t.id, t.text.as_str(), t.start, t.end, sign(t.special, t.continues))).collect();
    assert_eq!(found, expect, "{text:?}");
}

const BOS: Short<'_> = (1, "<s>", 0, 0, "*");

#[test]
fn marks_and_bytes_of_sentencepiece_are_spaces_and_characters() {
    for json in [llama(), metaspace(), no_decoder()] {
        check(&json, "the film", &[BOS, (269, "the", 0, 3, ""), (273, " film", 3, 8, "")]);
        let lines = [BOS, (269, "the", 0, 3, ""), (13, "\n", 3, 4, ""), (271, "film", 4, 8, "")];
        check(&json, "the\nfilm", &lines);
        let parts = [(233, "本", 4, 7, ""), (159, "本", 4, 7, "+"), (175, "本", 4, 7, "+")];
        let before = [BOS, (269, "the", 0, 3, ""), (259, " ", 3, 4, "")];
        check(&json, "the 本", &[&before[..], &parts].concat());
    }
}

#[test]
fn a_space_that_nobody_wrote_has_no_place_and_leads_the_word_after_it() {
    check(&llama(), "日", &[BOS, (259, " ", 0, 0, ""), (283, "日", 0, 3, "+")]);
    // The reader wrote one space, and the tokenizer put another in front.
    check(&llama(), " the", &[BOS, (259, " ", 0, 0, ""), (269, " the", 0, 4, "+")]);
    check(&metaspace(), " the", &[BOS, (269, " the", 0, 4, "")]);
    check(&unigram(), "日", &[BOS, (3, " ", 0, 0, ""), (0, "<unk>", 0, 3, "+")]);
    check(&bytes(true, true), "I", &[(35, " ", 0, 0, ""), (76, "I", 0, 1, "+")]);
    check(&bytes(true, true), "the film", &[(261, "the", 0, 3, ""), (267, " film", 4, 8, "")]);
}

#[test]
fn a_character_of_several_byte_tokens_is_one_mark() {
    let parts = |ids: [u32; 4], text, start| -> Vec<Short<'_>> {
        ids.into_iter().zip(["", "+", "+", "+"]).map(|(id, sign)| (id, text, start, start + 4, sign)).collect()
    };
    let joy = parts([243, 162, 155, 133], "😂", 5);
    let film = [(105, "f", 0, 1, ""), (265, "il", 1, 3, "+"), (112, "m", 3, 4, "+"), (35, " ", 4, 5, "")];
    let tokyo = [
        (35, " ", 9, 10, ""),
        (233, "東", 10, 13, ""),
        (160, "東", 10, 13, "+"),
        (180, "東", 10, 13, "+"),
        (231, "京", 13, 16, ""),
        (189, "京", 13, 16, "+"),
        (175, "京", 13, 16, "+"),
    ];
    check(&bytes(false, false), "film 😂 東京", &[&film[..], &joy, &tokyo].concat());
    // Letters of other scripts join to words as letters do, and each is still a mark.
    let letters = [(211, "П", 0, 2, ""), (162, "П", 0, 2, "+"), (212, "р", 2, 4, "+"), (131, "р", 2, 4, "+")];
    check(&bytes(false, false), "Пр", &letters);
}

#[test]
fn what_a_reader_takes_for_one_character_is_one_mark() {
    let accent = [(104, "e\u{301}", 0, 3, ""), (207, "e\u{301}", 0, 3, "+"), (132, "e\u{301}", 0, 3, "+")];
    check(&bytes(false, false), "e\u{301}", &accent);
    let family = tokenizer(&bytes(false, false)).split("a👩\u{200D}👧b").unwrap().input;
    let marks = family.characters();
    assert_eq!(marks.iter().map(Vec::len).collect::<Vec<usize>>(), [1, 11, 1]);
    assert!(marks[1].iter().all(|&token| family.tokens[token].text == "👩\u{200D}👧"));
    // Two line breaks stay two.
    let lines = [(105, "f", 0, 1, ""), (16, "\r", 1, 2, ""), (13, "\n", 2, 3, "")];
    check(&bytes(false, false), "f\r\n", &lines);
}

#[test]
fn a_token_that_ends_one_character_and_begins_another_joins_both() {
    let mut json = bytes(false, false);
    // The last byte of 東 and the first of 京 become one token.
    json["model"]["vocab"]["±ä"] = 300.into();
    json["model"]["merges"].as_array_mut().unwrap().push(serde_json::json!("± ä"));
    let input = tokenizer(&json).split("a東京").unwrap().input;
    assert_eq!(input.characters(), [vec![0], vec![1, 2, 3, 4, 5]]);
    assert!(input.tokens[1..].iter().all(|token| (token.text.as_str(), token.start, token.end) == ("東京", 1, 7)));
}

#[test]
fn a_space_that_is_left_out_of_the_place_is_still_in_the_token() {
    check(&bytes(true, false), " the", &[(261, " the", 1, 4, "")]);
    check(
        &bytes(true, false),
        "a 日",
        &[
            (100, "a", 0, 1, ""),
            (35, " ", 2, 2, ""),
            (233, "日", 2, 5, ""),
            (154, "日", 2, 5, "+"),
            (168, "日", 2, 5, "+"),
        ],
    );
}

#[test]
fn control_tokens_are_special_where_the_reader_wrote_them_and_nowhere_else() {
    check(&bytes(false, false), "<|endoftext|>I", &[(0, "<|endoftext|>", 0, 13, "*"), (76, "I", 13, 14, "")]);
    let cls = (2, "[CLS]", 0, 0, "*");
    let sep = (3, "[SEP]", 0, 0, "*");
    check(&word_pieces(), "film 日", &[cls, (7, "film", 0, 4, ""), (1, "[UNK]", 5, 8, ""), sep]);
    check(&word_pieces(), "film [MASK]", &[cls, (7, "film", 0, 4, ""), (4, "[MASK]", 5, 11, "*"), sep]);
    // The likelihoods of pieces give the text itself for what they cannot spell.
    check(&unigram(), "the 日", &[BOS, (4, "the", 0, 3, ""), (3, " ", 3, 4, ""), (0, "<unk>", 4, 7, "")]);
}

#[test]
fn a_special_token_that_the_text_begins_with_is_not_added_again() {
    let hi = [(259, " ", 3, 3, ""), (261, "h", 3, 4, "+"), (264, "i", 4, 5, "+")];
    check(&llama(), "<s>hi", &[&[(1, "<s>", 0, 3, "*")], &hi[..]].concat());
    let ids = |text: &str| {
        tokenizer(&llama()).split_as_written(text).unwrap().input.tokens.iter().map(|t| t.id).collect::<Vec<u32>>()
    };
    assert_eq!((ids("<s>hi"), ids("the")), (vec![1, 259, 261, 264], vec![269]));
    // Only the first: a text may well begin with two.
    let doubled = tokenizer(&llama()).split("<s><s>").unwrap().input;
    assert_eq!(doubled.tokens.len(), 2);
}

#[test]
fn what_a_model_writes_keeps_its_spaces_and_holds_half_characters_back() {
    for (json, ids, expect) in [
        (llama(), [269, 233, 159, 175, 13, 233], [" the", "", "", "本", "\n", ""]),
        (bytes(false, false), [261, 233, 159, 175, 13, 233], [" the", "", "", "本", "\n", ""]),
        (bytes(false, false), [233, 261, 231, 189, 175, 233], ["", "\u{FFFD} the", "", "", "京", ""]),
    ] {
        let tokenizer = tokenizer(&json);
        let mut writing = tokenizer.writing();
        let texts: Vec<String> = ids.iter().map(|&id| writing.push(id)).collect();
        assert_eq!(texts, expect);
        assert_eq!((writing.text(), writing.rest().as_str()), (expect.concat().as_str(), "\u{FFFD}"));
        assert_eq!(tokenizer.text_of(&ids), expect.concat() + "\u{FFFD}");
    }
}

#[test]
fn words_are_apart() {
    check(&words(), "the film 日", &[(2, "the", 0, 3, ""), (3, "film", 4, 8, ""), (0, "[UNK]", 9, 12, "")]);
    assert_eq!(tokenizer(&words()).text_of(&[2, 3]), " the film");
}
