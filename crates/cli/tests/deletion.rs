//! Occlusion by deletion of a model of language, whose text has no special tokens around it that would stay.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::process::{Command, Output};

use serde_json::{Value, json};

fn explain(text: &str, more: &[&str]) -> Output {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/tiny-gpt2");
    let asked = ["explain", "--model", model, "--text", text, "--method", "occlusion", "--set", "variant=delete"];
    Command::new(env!("CARGO_BIN_EXE_vitrine")).args(asked).args(more).output().unwrap()
}

fn found(text: &str) -> Value {
    let output = explain(text, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_model_of_language_is_explained_by_deletion() {
    let four = found("the film a");
    // Log-probabilities of the model's own next token, by transformers 4.57.1.
    let expected = [4.031001, 4.493351, 5.091451, 2.017022];
    for (score, expected) in four["scores"].as_array().unwrap().iter().zip(expected) {
        assert!((score.as_f64().unwrap() - expected).abs() < 1e-4, "{score} is not {expected}");
    }
    assert!((four["value"].as_f64().unwrap() + 2.082404).abs() < 1e-4);
}

#[test]
fn where_nothing_would_be_left_that_is_said() {
    let four = found("the film a");
    assert_eq!(four["diagnostics"][0], json!({"id": "nothing-left", "position": null, "text": "the film a"}));
    assert_eq!(four["baseline_value"], four["value"]);
    let one = found("a");
    assert_eq!(one["scores"], json!([0.0]));
    assert_eq!(one["diagnostics"][0], json!({"id": "nothing-left", "position": 0, "text": "a"}));
}

#[test]
fn an_empty_target_is_said_without_a_list() {
    let output = explain("the film", &["--target", ""]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("the target is empty"), "{said}");
    assert!(!said.contains("knows"), "{said}");
}
