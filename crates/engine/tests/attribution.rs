//! Attribution on the shipped models against the reference libraries: shap, lime, captum, full enumeration. Needs
//! `cargo xtask models`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::Value;
use vitrine_engine::{Asker, EngineError, Session, folder};
use vitrine_schema::recipe::Explain;
use vitrine_schema::{Ask, Explanation, MethodId, Recipe, TargetRequest};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn open(id: &str) -> Session {
    let path = root().join("models").join(id);
    folder::open(&path, Device::flex()).unwrap_or_else(|error| panic!("run `cargo xtask models` first: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(root().join("tests/golden").join(name)).unwrap()).unwrap()
}

/// The golden sentences of the classifier.
fn cases() -> Vec<Value> {
    json("sentiment/bert_cls.json")["cases"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn number(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

/// Names the text, what differs most, and by how much.
#[track_caller]
fn near(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= tolerance, "{what}: off by {off}: {found:?} instead of {expected:?}");
}

fn asked(
    session: &Session,
    text: &str,
    target: TargetRequest,
    method: MethodId,
    words: &[(&str, &str)],
) -> Result<Explanation, EngineError> {
    let recipe = Recipe::new("", text, Ask::Explain(Explain::new(method, words))).about(target);
    Ok(Explanation::try_from(block_on(session.run(&recipe, &Asker::default()))?).ok().unwrap())
}

fn explain(session: &Session, text: &str, method: MethodId, words: &[(&str, &str)]) -> Explanation {
    asked(session, text, TargetRequest::default(), method, words).unwrap()
}

/// The scores of the players of the classifier: all but the first and the last.
fn players(explanation: &Explanation) -> &[f32] {
    &explanation.scores[1..explanation.scores.len() - 1]
}

#[test]
fn exact_shapley_equals_full_enumeration() {
    let session = open("sentiment-f32");
    let mut compared = 0;
    for case in cases().iter().filter(|case| !case["shapley_exact"].is_null()) {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::ExactShapley, &[]);
        near(text, players(&found), &numbers(&case["shapley_exact"]), 1e-4);
        let ends = [number(&case["v_full"]), number(&case["v_empty"])];
        near(text, &[found.value, found.baseline_value], &ends, 1e-4);
        assert!(found.completeness().unwrap().gap.abs() < 1e-4 && found.trusted(), "{text}");
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn exact_shapley_of_a_language_model_equals_full_enumeration() {
    let session = open("smollm2-135m");
    let goldens = json("smollm2/occlusion.json");
    let target = |prompt: &str| {
        let case =
            json("smollm2/smollm2.json")["cases"].as_array().unwrap().iter().find(|c| c["prompt"] == prompt).cloned();
        case.unwrap()["target"].as_str().unwrap().to_owned()
    };
    let mut compared = 0;
    for case in goldens.as_array().unwrap().iter().filter(|case| !case["phi"].is_null() && case["rep"] == "mean") {
        let prompt = case["prompt"].as_str().unwrap();
        let target = target(prompt);
        let foil = match (case["shapley"].as_str().unwrap(), target.as_str()) {
            ("logprob", _) => None,
            (_, " cold") => Some(" down"),
            _ => Some(" London"),
        };
        let request = TargetRequest { target: Some(target), foil: foil.map(str::to_owned), quantity: None };
        let found = asked(&session, prompt, request, MethodId::ExactShapley, &[]).unwrap();
        near(prompt, &found.scores, &numbers(&case["phi"]), 1e-3);
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn what_exact_shapley_cannot_take_is_one_sentence() {
    let session = open("sentiment");
    let text = "a touching film that never feels slow and never once too long to watch";
    let refused = |text: &str| {
        asked(&session, text, TargetRequest::default(), MethodId::ExactShapley, &[]).unwrap_err().to_string()
    };
    let sentence = "exact Shapley values of 14 tokens take 2^14 runs of the model, and at most 12 tokens are possible; \
                    explain words instead of tokens, or choose partition-shap";
    assert_eq!(refused(text), sentence);
    assert!(refused(&"word ".repeat(400)).contains("2^400"));
    // One token has all of it.
    let one = explain(&session, "good", MethodId::ExactShapley, &[]);
    near("good", players(&one), &[one.value - one.baseline_value], 1e-5);
}
