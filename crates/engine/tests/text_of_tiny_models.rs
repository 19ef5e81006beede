//! What a session reads and what its targets mean, on the golden models with other tokenizers. Needs no installed model.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::cell::RefCell;
use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::{Map, Value, json};
use vitrine_engine::{Asker, EngineError, Layout, Parts, Session, SessionBuilder};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::{Explain, Generate};
use vitrine_schema::{Ask, Diagnostic, Explanation, Finding, Generation, MethodId, Prediction, Recipe, TargetRequest};

fn golden(file: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(file)).unwrap()
}

fn open(model: &str, tokenizer: Vec<u8>, tokenizer_config: Option<Value>) -> Session {
    let small = [
        ("config.json", Some(golden(&format!("{model}/config.json")))),
        ("tokenizer.json", Some(tokenizer)),
        ("tokenizer_config.json", tokenizer_config.map(|json| json.to_string().into_bytes())),
    ];
    let small = small.into_iter().filter_map(|(name, bytes)| Some((name.to_owned(), bytes?))).collect();
    let weights = golden(&format!("{model}/model.safetensors"));
    let bytes = weights.len() as u64;
    let layout = Layout::HuggingFace(small);
    let parts = Parts { id: model.into(), licence: None, sha256: String::new(), bytes, layout };
    let mut builder = SessionBuilder::new(parts, Device::flex(), u64::MAX);
    builder.begin().unwrap();
    builder.file("model.safetensors", bytes).unwrap();
    builder.push(&weights).unwrap();
    builder.finish().unwrap()
}

/// A vocabulary of 268 tokens as SentencePiece makes them: control, bytes, pieces.
fn spm() -> Vec<u8> {
    let special = |id: u32, content: &str| json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    let control = ["<unk>", "<s>", "</s>"].map(str::to_owned);
    let bytes = (0..=255).map(|byte| format!("<0x{byte:02X}>"));
    let words = ["▁", "t", "h", "e", "he", "▁t", "▁the", "s", "the"].map(str::to_owned);
    let vocab: Map<String, Value> =
        control.into_iter().chain(bytes).chain(words).zip(0..).map(|(token, id)| (token, id.into())).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "pre_tokenizer": null,
        "added_tokens": [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ]},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
            "vocab": vocab, "merges": ["h e", "▁ t", "▁t he", "t he"],
        },
    })
    .to_string()
    .into_bytes()
}

fn ask<T: TryFrom<Finding>>(session: &Session, recipe: &Recipe) -> Result<T, EngineError> {
    let finding = block_on(session.run(recipe, &Asker::default()))?;
    Ok(T::try_from(finding).ok().unwrap())
}

fn predict(session: &Session, text: &str) -> Result<Prediction, EngineError> {
    ask(session, &Recipe::new("tiny", text, Ask::Predict {}))
}

fn explain(session: &Session, text: &str, target: Option<&str>) -> Result<Explanation, EngineError> {
    let target = TargetRequest { target: target.map(str::to_owned), foil: None, quantity: None };
    ask(session, &Recipe::new("tiny", text, Ask::Explain(Explain::new(MethodId::Saliency, &[]))).about(target))
}

#[track_caller]
fn refused(outcome: Result<Explanation, EngineError>) -> Refusal {
    match outcome.map(|explanation| explanation.target) {
        Err(EngineError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_target_is_found_by_what_it_writes() {
    let session = open("tiny-llama", spm(), None);
    for (text, id) in [(" the", 265), ("the", 267), ("\n", 13), (" t", 264), ("\\xE6", 233)] {
        let explanation = explain(&session, "the hes", Some(text)).unwrap();
        assert_eq!((explanation.target.index, explanation.target.label.as_str()), (id, text));
        assert!(!explanation.diagnostics.iter().any(|remark| matches!(remark, Diagnostic::SeveralTokens { .. })));
    }
    let several = explain(&session, "the", Some("東")).unwrap();
    let first = Diagnostic::SeveralTokens { text: "東".into(), n_tokens: 3, first: "\\xE6".into() };
    assert!(several.target.index == 233 && several.diagnostics.contains(&first), "{:?}", several.diagnostics);
}

#[test]
fn nothing_that_a_session_says_has_marks_of_the_vocabulary() {
    let session = open("tiny-llama", spm(), None);
    let prediction = predict(&session, "the\nhes 東").unwrap();
    let names = prediction.top.iter().filter_map(|ranked| ranked.token.as_deref());
    let read = prediction.input.tokens.iter().map(|token| token.text.as_str());
    for text in names.chain(read) {
        assert!(!text.contains('▁') && !text.contains("<0x") && !text.contains('\u{FFFD}'), "{text:?}");
    }
    // Every name is a target.
    for ranked in &prediction.top {
        let name = ranked.token.as_deref().unwrap();
        assert_eq!(explain(&session, "the", Some(name)).unwrap().target.label, name);
    }
}

#[test]
fn the_texts_of_the_tokens_that_were_written_are_the_text() {
    for (model, tokenizer) in [("tiny-llama", spm()), ("tiny-gpt2", golden("tiny-gpt2/tokenizer.json"))] {
        let session = open(model, tokenizer, None);
        for seed in 0..8 {
            let heard = RefCell::new(Vec::new());
            let asker = Asker { written: &|_, text| heard.borrow_mut().push(text.to_owned()), ..Asker::default() };
            let ask = Ask::Generate(Generate { max_tokens: 8, temperature: 3.0, ..Generate::default() });
            let recipe = Recipe { seed, ..Recipe::new("tiny", "the", ask) };
            let written = Generation::try_from(block_on(session.run(&recipe, &asker)).unwrap()).unwrap();
            let heard = heard.into_inner();
            let texts: String = written.tokens.iter().map(|token| token.token.as_str()).collect();
            assert_eq!(texts, written.text);
            assert!(heard.windows(2).all(|texts| texts[1].starts_with(&texts[0])), "{heard:?}");
        }
    }
}

#[test]
fn a_chat_gets_no_special_tokens_beside_those_that_its_template_wrote() {
    let template = |bos: &str| format!("{bos}{{{{ messages[0].content }}}}");
    let ids = |template: Option<String>, text: &str| {
        let config = template.as_ref().map(|template| json!({"chat_template": template}));
        let session = open("tiny-llama", spm(), config);
        let generate = Generate { chat: template.is_some(), max_tokens: 1, ..Generate::default() };
        let written: Generation = ask(&session, &Recipe::new("tiny", text, Ask::Generate(generate))).unwrap();
        written.input.tokens.iter().map(|token| token.id).collect::<Vec<u32>>()
    };
    assert_eq!(ids(None, "the"), [1, 265]);
    assert_eq!(ids(None, "<s>the"), [1, 265]);
    assert_eq!(ids(Some(template("")), "the"), [265]);
    assert_eq!(ids(Some(template("<s>")), "the"), [1, 265]);
}

#[test]
fn what_is_no_target_and_no_text_is_refused_in_its_own_words() {
    let session = open("tiny-gpt2", golden("tiny-gpt2/tokenizer.json"), None);
    assert_eq!(refused(explain(&session, "the", Some(""))), Refusal::EmptyTarget);
    let control = |tokens: &[&str]| Refusal::OnlyControlTokens { tokens: tokens.iter().map(|t| (*t).into()).collect() };
    assert_eq!(refused(explain(&session, "<|endoftext|>", None)), control(&["<|endoftext|>"]));
    // It is a prompt all the same: a model of language goes on from it.
    assert!(predict(&session, "<|endoftext|>").is_ok());
    assert_eq!(refused(explain(&session, "", None)), Refusal::NothingToRead);

    let session = open("tiny-llama", spm(), None);
    assert_eq!(refused(explain(&session, "", None)), Refusal::NothingToRead);

    let session = open("tiny-bert", golden("tiny-bert/tokenizer.json"), None);
    assert_eq!(refused(explain(&session, "film", Some(""))), Refusal::EmptyTarget);
    assert_eq!(refused(explain(&session, "[CLS] [SEP]", None)), control(&["[CLS]", "[SEP]"]));
    let predicted = predict(&session, "[CLS] [SEP]").unwrap_err();
    let sentence = "only control tokens are in this text ([CLS], [SEP]); write at least one word beside them";
    assert_eq!(predicted.to_string(), sentence);
    assert_eq!(refused(explain(&session, " ", None)), Refusal::NothingToRead);
}

#[test]
fn the_settings_beside_the_tokenizer_are_followed() {
    let read = |config: Option<Value>| {
        let session = open("tiny-bert", golden("tiny-bert/tokenizer.json"), config);
        let input = predict(&session, "FILM").unwrap().input;
        input.tokens.into_iter().map(|token| token.text).collect::<Vec<String>>()
    };
    assert_eq!(read(None), ["[CLS]", "film", "[SEP]"]);
    assert_eq!(read(Some(json!({"do_lower_case": false}))), ["[CLS]", "[UNK]", "[SEP]"]);
    let plain = json!({"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"});
    assert_eq!(read(Some(plain)), ["[CLS]", "film", "[SEP]"]);
}
