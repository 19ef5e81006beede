//! A target is the text that is to be written where the prompt ends.

use serde_json::Value;

use crate::common::{bytes, llama, metaspace, no_decoder, tokenizer, unigram, words};

#[track_caller]
fn check(json: &Value, cases: &[(&str, &[u32])]) {
    let tokenizer = tokenizer(json);
    for &(text, ids) in cases {
        assert_eq!(tokenizer.find(text).unwrap(), ids, "{text:?}");
        if let &[id] = ids {
            assert_eq!(tokenizer.name_of(id), text);
        }
    }
}

#[test]
fn a_target_is_the_token_that_writes_it() {
    let spm: &[(&str, &[u32])] = &[
        (" the", &[269]),
        ("the", &[260, 267]),
        (" Paris", &[282]),
        ("Paris", &[274, 280]),
        ("film", &[271]),
        (" film", &[273]),
        ("\n", &[13]),
        (" ", &[259]),
        ("日", &[283]),
        ("本", &[233, 159, 175]),
        (" the film", &[269, 273]),
        ("</s>", &[2]),
    ];
    for json in [llama(), metaspace(), no_decoder()] {
        check(&json, spm);
    }
    check(&unigram(), &[(" Paris", &[15]), ("Paris", &[16]), (" the", &[4]), ("<s>", &[1])]);
    let byte_level: &[(&str, &[u32])] =
        &[(" the", &[261]), ("the", &[119, 260]), ("he", &[260]), ("\n", &[13]), ("<|im_end|>", &[2])];
    // A space that the tokenizer puts in front of a text is not in front of what follows it.
    check(&bytes(true, false), byte_level);
    check(&bytes(true, true), byte_level);
}

#[test]
fn what_the_vocabulary_cannot_write_has_no_token() {
    check(&unigram(), &[("日", &[]), ("\n", &[]), ("", &[])]);
    check(&words(), &[("日", &[]), (" the", &[2])]);
}

#[test]
fn a_token_of_half_a_character_has_a_name_that_leads_back() {
    for json in [llama(), bytes(false, false)] {
        check(&json, &[("\\xE6", &[233])]);
    }
    let mut json = bytes(false, false);
    json["model"]["vocab"]["Ġæ"] = 300.into();
    json["model"]["merges"].as_array_mut().unwrap().push(serde_json::json!("Ġ æ"));
    check(&json, &[(" \\xE6", &[300])]);
}

#[test]
fn a_token_that_splitting_never_makes_is_found_by_what_it_writes() {
    let mut json = bytes(false, false);
    json["model"]["vocab"]["ĠParis"] = 300.into();
    check(&json, &[(" Paris", &[300])]);
}
