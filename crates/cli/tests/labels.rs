//! What the logits of a classifier mean, on the command line: classes, independent labels, one number.
//!
//! The checkpoints are tiny ones with another configuration; the values of `tiny-bert` are by transformers 4.57.1.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const NAMES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

fn golden(model: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(model)
}

fn vitrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine")).args(args).output().unwrap()
}

fn found(args: &[&str]) -> Value {
    let output = vitrine(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(args: &[&str], sentence: &str) {
    let output = vitrine(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1 && said.contains(sentence), "{args:?}: {said}");
}

fn near(found: &Value, expected: &[f64]) {
    let found: Vec<f64> = found.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(found.len(), expected.len());
    let off = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    assert!(off < 1e-4, "{found:?} is not {expected:?}");
}

/// A checkpoint in a folder of its own with some keys of its configuration replaced.
fn changed(model: &str, name: &str, keys: &[(&str, Value)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for file in NAMES {
        std::fs::copy(golden(model).join(file), folder.join(file)).unwrap();
    }
    let mut config: Value = serde_json::from_slice(&std::fs::read(folder.join(NAMES[0])).unwrap()).unwrap();
    keys.iter().for_each(|(key, value)| config[*key] = value.clone());
    std::fs::write(folder.join(NAMES[0]), config.to_string()).unwrap();
    folder
}

fn multi_label() -> PathBuf {
    changed("tiny-bert", "multi-label", &[("problem_type", "multi_label_classification".into())])
}

/// The same with the first row of the head alone.
fn one_label(model: &str, name: &str, problem_type: Value) -> PathBuf {
    let label = json!({"0": "LABEL_0"});
    let folder = changed(model, name, &[("problem_type", problem_type), ("id2label", label)]);
    let bytes = std::fs::read(folder.join(NAMES[2])).unwrap();
    let whole = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let first_row = |name: &str| {
        let tensor = whole.tensor(name).unwrap();
        let mut shape = tensor.shape().to_vec();
        let last = name.starts_with("classifier.out_proj") || name.matches('.').count() == 1;
        let n_rows = if last && name.starts_with("classifier") { 1 } else { shape[0] };
        let rows = &tensor.data()[..tensor.data().len() / shape[0] * n_rows];
        shape[0] = n_rows;
        (name.to_owned(), safetensors::tensor::TensorView::new(tensor.dtype(), shape, rows).unwrap())
    };
    let views: Vec<_> = whole.names().into_iter().map(first_row).collect();
    std::fs::write(folder.join(NAMES[2]), safetensors::serialize(views, None).unwrap()).unwrap();
    folder
}

#[test]
fn independent_labels_have_a_probability_each() {
    let folder = multi_label();
    let prediction = found(&["predict", "--model", folder.to_str().unwrap(), "--text", "the bad film"]);
    near(&prediction["logits"], &[0.022917, -0.402472]);
    let top = &prediction["top"];
    near(&json!([top[0]["probability"], top[1]["probability"]]), &[0.505729, 0.400719]);
    assert_eq!((&top[0]["label"], &top[1]["label"]), (&"NEGATIVE".into(), &"POSITIVE".into()));
    assert_eq!(prediction.get("score"), None);
}

#[test]
fn of_independent_labels_the_strongest_logit_is_explained() {
    let folder = multi_label();
    let explain = |more: &[&str]| {
        let asked = ["explain", "--model", folder.to_str().unwrap(), "--text", "the bad film", "--method", "occlusion"];
        found(&[&asked[..], more].concat())
    };
    let own = explain(&[]);
    assert_eq!(own["target"], json!({"quantity": "logit", "label": "NEGATIVE", "index": 0, "foil": null}));
    assert_eq!(own["problem_type"], "multi-label");
    near(&json!([own["value"]]), &[0.022917]);
    // A foil may be asked for, and the logarithm of the label's own sigmoid.
    near(&json!([explain(&["--foil", "POSITIVE"])["value"]]), &[0.022917 + 0.402472]);
    near(&json!([explain(&["--quantity", "log-prob"])["value"]]), &[-0.681755]);
    let along = ["explain", "--model", folder.to_str().unwrap(), "--text", "the bad film", "--method"];
    let path =
        found(&[&along[..], &["integrated-gradients", "--quantity", "log-prob", "--target", "POSITIVE"]].concat());
    near(&json!([path["value"]]), &[-0.914496]);
    assert_eq!(path["checks"][0]["verdict"], "pass");
}

#[test]
fn one_label_is_a_number() {
    for (name, problem_type) in [("regression", "regression".into()), ("regression-unsaid", Value::Null)] {
        let folder = one_label("tiny-bert", name, problem_type);
        let model = folder.to_str().unwrap();
        let prediction = found(&["predict", "--model", model, "--text", "the bad film"]);
        near(&prediction["logits"], &[0.022917]);
        near(&json!([prediction["score"]]), &[0.022917]);
        assert_eq!(prediction["top"].as_array().map(Vec::len), Some(1));
        assert_eq!(prediction["top"][0].get("probability"), Some(&Value::Null));
        let explain = ["explain", "--model", model, "--text", "the bad film", "--method", "occlusion"];
        let explanation = found(&explain);
        assert_eq!(explanation["target"]["foil"], Value::Null);
        near(&json!([explanation["value"]]), &[0.022917]);
        assert_eq!(explanation["problem_type"], "regression");
        refused(&[&explain[..], &["--quantity", "log-prob"]].concat(), "one number and no probability");
        refused(&[&explain[..], &["--target", "HAPPY"]].concat(), "it knows: LABEL_0");
    }
}

#[test]
fn accuracy_is_of_classes_that_exclude_each_other() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("labels.tsv");
    std::fs::write(&data, "the bad film\t0\n").unwrap();
    let eval = |folder: &Path, sentence: &str| {
        refused(&["eval", "--model", folder.to_str().unwrap(), "--data", data.to_str().unwrap()], sentence);
    };
    eval(&one_label("tiny-bert", "regression-eval", "regression".into()), "gives one number");
    eval(
        &changed("tiny-bert", "multi-label-eval", &[("problem_type", "multi_label_classification".into())]),
        "independent labels",
    );
}

/// The logits of the checkpoint equal transformers' (`crates/model/tests/golden.rs`); what they mean is the configuration's to say.
#[test]
fn every_head_may_have_one_label_or_independent_ones() {
    for model in
        ["tiny-distilbert", "tiny-roberta", "tiny-xlm-roberta", "tiny-electra", "tiny-albert", "tiny-modernbert"]
    {
        let predict =
            |folder: &Path| found(&["predict", "--model", folder.to_str().unwrap(), "--text", "the film is not good"]);
        let logits: Vec<f64> = serde_json::from_value(predict(&golden(model))["logits"].clone()).unwrap();
        let number = predict(&one_label(model, &format!("{model}-one"), Value::Null));
        near(&json!([number["score"]]), &logits[..1]);
        near(&number["logits"], &logits[..1]);
        let keys = [("problem_type", "multi_label_classification".into())];
        let own = predict(&changed(model, &format!("{model}-own"), &keys));
        near(&own["logits"], &logits);
        for answer in own["top"].as_array().unwrap() {
            let sigmoid = 1.0 / (1.0 + (-answer["logit"].as_f64().unwrap()).exp());
            near(&json!([answer["probability"]]), &[sigmoid]);
        }
    }
}
