//! Attribution on the shipped models against the reference libraries: shap, lime, captum, full enumeration. Needs
//! `cargo xtask models`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::Value;
use vitrine_engine::{Asker, EngineError, Session, folder};
use vitrine_methods::{Alone, Context, Memo, Removal, StandIns, Unwatched, lime, smoothgrad};
use vitrine_model::{Loader, Model};
use vitrine_schema::recipe::Explain;
use vitrine_schema::{
    Absence, Account, Ask, ClassRef, Diagnostic, Explanation, Input, MethodId, Players, Quantity, Recipe, Target,
    TargetRequest, Token,
};
use vitrine_weights::{ModelConfig, safetensors};

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

/// The classifier before rounding without a session around it.
fn classifier() -> Model {
    let file = |name: &str| std::fs::read(root().join("models/sentiment-f32").join(name)).unwrap();
    let config = ModelConfig::from_json(&file("config.json"), &mut Account::default()).unwrap();
    let mut loader = Loader::new(config, Device::flex());
    for tensor in safetensors::read_all(&file("model.safetensors")).unwrap() {
        loader.accept(tensor).unwrap();
    }
    loader.finish(&mut Account::default()).unwrap().0
}

/// Asks a method's own function about a golden sentence; the scalar is the margin.
fn with_context<T>(model: &Model, case: &Value, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let ids: Vec<u32> = numbers(&case["ids"]).into_iter().map(|id| id as u32).collect();
    let token = |(at, &id): (usize, &u32)| Token {
        id,
        text: case["tokens"][at].as_str().unwrap().to_owned(),
        start: at,
        end: at + 1,
        special: at == 0 || at == ids.len() - 1,
        continues: false,
    };
    let input = Input { text: "x".repeat(ids.len()), tokens: ids.iter().enumerate().map(token).collect() };
    let foil = Some(ClassRef { label: String::new(), index: 0 });
    let target = Target { quantity: Quantity::LogitDifference, label: String::new(), index: 1, foil };
    let (memo, stand_ins) = (Memo::default(), StandIns { mask: Some(103), ..StandIns::default() });
    let groups = Players::Tokens.of(&input).unwrap();
    ask(&Context {
        model,
        input: &input,
        target: &target,
        groups: &groups,
        stand_ins,
        memo: &memo,
        monitor: &Unwatched,
        crew: &Alone,
    })
}

#[test]
fn partition_shap_equals_the_library_and_exact_owen_values() {
    let session = open("sentiment-f32");
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::PartitionShap, &[("budget", "20000")]);
        // By words: where a piece of a word is away the library reads the rest of it as other tokens.
        let words = |scores: &[f32]| {
            let sum = |word: &Vec<usize>| word.iter().map(|&at| scores[at]).sum::<f32>();
            found.input.words().iter().map(sum).collect::<Vec<_>>()
        };
        let expected = numbers(&case["shap_partition_nocollapse"]["values"]);
        near(text, &words(&found.scores), &words(&expected), 1e-4);
        if !case["owen_shap_tree"].is_null() {
            near(text, &found.scores, &numbers(&case["owen_shap_tree"]), 1e-4);
        }
        assert!(found.completeness().unwrap().gap.abs() < 1e-4 && found.trusted(), "{text}");
    }
}

#[test]
fn kernel_shap_of_all_coalitions_equals_shapley_values() {
    let session = open("sentiment-f32");
    let mut compared = 0;
    for case in cases().iter().filter(|case| !case["shapley_exact"].is_null()) {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::KernelShap, &[]);
        near(text, players(&found), &numbers(&case["shapley_exact"]), 1e-4);
        assert!(found.completeness().unwrap().gap.abs() < 1e-4 && found.trusted(), "{text}");
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn lime_on_all_texts_equals_the_weighted_ridge_of_the_library() {
    let model = classifier();
    let mut compared = 0;
    for case in cases().iter().filter(|case| !case["lime_exact"].is_null()) {
        let golden = &case["lime_exact"];
        let found = with_context(&model, case, |ctx| {
            let players = ctx.players(false);
            let absent = |bits: usize| (0..players.len()).filter(|player| bits >> player & 1 == 1).collect();
            let all = (0..1 << players.len()).map(absent).collect();
            block_on(lime::lime(&Removal::new(ctx, &players, Absence::Mask), &[all])).unwrap()
        });
        let text = case["text"].as_str().unwrap();
        near(text, &found.scores, &numbers(&golden["coef"]), 1e-3);
        let Some(Diagnostic::Fitted { r_squared, .. }) = found.diagnostics.first() else { panic!("{text}") };
        near(text, &[*r_squared], &[number(&golden["r2"])], 1e-3);
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn smoothgrad_with_the_noise_of_the_reference_equals_it() {
    let model = classifier();
    for case in cases() {
        let golden = &case["smoothgrad_det"];
        let scores = |of| {
            let mut drawn = 0.0f64;
            let mut noise = || {
                drawn += 1.0;
                std::f64::consts::SQRT_2 * (std::f64::consts::TAU * (drawn * 0.754_877_666_246_692_7).fract()).sin()
            };
            let config = smoothgrad::Config { of, samples: 8, sigma: 0.1 };
            let found =
                with_context(&model, &case, |ctx| block_on(smoothgrad::with_noise(ctx, &config, &mut noise)).unwrap());
            found.scores
        };
        let text = case["text"].as_str().unwrap();
        near(text, &scores(MethodId::GradientXInput), &numbers(&golden["ixg"]), 1e-3);
        near(text, &scores(MethodId::Saliency), &numbers(&golden["l2"]), 1e-3);
    }
}

#[test]
fn rollout_equals_the_reference() {
    let session = open("sentiment-f32");
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::AttentionRollout, &[]);
        near(text, &found.scores, &numbers(&case["rollout_mean"]), 1e-5);
    }
}

#[test]
fn attention_of_the_last_layer_equals_the_reference() {
    let session = open("sentiment-f32");
    let tensors =
        safetensors::read_all(&std::fs::read(root().join("tests/golden/sentiment/bert_cls.safetensors")).unwrap());
    let tensors = tensors.unwrap();
    for (i, case) in cases().iter().enumerate() {
        let golden = tensors.iter().find(|tensor| tensor.name == format!("s{i}.attn")).unwrap();
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::Attention, &[]);
        let n = found.scores.len();
        let golden = golden.to_f32().unwrap();
        // The classifier pools the mean, so all rows of all twelve heads count alike.
        let last: Vec<&[f32]> = golden[golden.len() - 12 * n * n..].chunks(n).collect();
        let mean: Vec<f32> = (0..n).map(|at| last.iter().map(|row| row[at]).sum::<f32>() / last.len() as f32).collect();
        near(text, &found.scores, &mean, 1e-5);
    }
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
    let sentence = "exact Shapley values of 14 players take 2^14 runs of the model, and at most 12 are possible; \
                    choose larger players, such as words or sentences, or partition-shap";
    assert_eq!(refused(text), sentence);
    assert!(refused(&"word ".repeat(400)).contains("2^400"));
    // One token has all of it.
    let one = explain(&session, "good", MethodId::ExactShapley, &[]);
    near("good", players(&one), &[one.value - one.baseline_value], 1e-5);
}
