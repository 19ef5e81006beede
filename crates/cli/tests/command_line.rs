//! The contract of the command line: JSON on standard output; errors as one sentence with exit code 2.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn vitrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine")).current_dir(root()).args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
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

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn models_lists_what_is_installed() {
    let models = json(&["models"]);
    let sentiment = models["models"].as_array().unwrap().iter().find(|model| model["id"] == "sentiment").unwrap();
    assert_eq!((sentiment["architecture"].as_str(), sentiment["licence"].as_str()), (Some("bert"), Some("Apache-2.0")));
    assert_eq!(sentiment["sha256"].as_str().unwrap().len(), 64);
    let size = sentiment["size"].as_u64().unwrap();
    assert!((22_000_000..24_000_000).contains(&size), "{size}");
}

#[test]
fn predict_prints_a_prediction() {
    let prediction = json(&["predict", "--model", "sentiment", "--text", "a great movie"]);
    assert_eq!(prediction["schema"], "vitrine.prediction/1");
    assert_eq!(prediction["top"][0]["label"], "POSITIVE");
    let total: f64 =
        prediction["top"].as_array().unwrap().iter().map(|class| class["probability"].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-6);
}

#[test]
fn explain_prints_an_explanation_with_its_check() {
    let explanation = json(&[
        "explain",
        "--model",
        "sentiment",
        "--method",
        "integrated-gradients",
        "--text",
        "not bad at all",
        "--target",
        "POSITIVE",
        "--baseline",
        "mask",
        "--set",
        "nodes=32",
    ]);
    assert_eq!(explanation["schema"], "vitrine.explanation/1");
    assert_eq!(explanation["target"]["quantity"], "logit");
    assert_eq!(explanation["target"]["foil"], Value::Null);
    assert_eq!(explanation["method"]["params"]["nodes"], 32);
    assert_eq!(explanation["checks"][0]["id"], "completeness");
    let scores = explanation["scores"].as_array().unwrap();
    assert_eq!(scores.len(), explanation["input"]["tokens"].as_array().unwrap().len());
}

#[test]
fn a_trace_opens_in_the_reference_reader() {
    let out = scratch("trace").join("trace.safetensors");
    let pattern = "blocks.*.attn.hook_pattern";
    let told = json(&[
        "trace",
        "--model",
        "sentiment",
        "--text",
        "a great movie",
        "--sites",
        pattern,
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(told["sites"].as_array().unwrap().len(), 6);
    let file = std::fs::read(out).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let view = tensors.tensor("blocks.0.attn.hook_pattern").unwrap();
    assert_eq!(view.shape(), [1, 12, 5, 5]);
    let (rows, _) = view.data().as_chunks::<4>();
    let row: f32 = rows.iter().take(5).map(|bytes| f32::from_le_bytes(*bytes)).sum();
    assert!((row - 1.0).abs() < 1e-5, "rows of the pattern sum to one");
}

#[test]
fn an_exported_folder_is_the_same_model() {
    let folder = scratch("export").join("sentiment");
    json(&["export", "--model", "sentiment", "--to", folder.to_str().unwrap()]);
    let logits = |model: &str| json(&["predict", "--model", model, "--text", "a great movie"])["logits"].clone();
    let (shipped, exported) = (logits("sentiment"), logits(folder.to_str().unwrap()));
    for class in 0..2 {
        let off = shipped[class].as_f64().unwrap() - exported[class].as_f64().unwrap();
        assert!(off.abs() < 1e-4, "{off}");
    }
}

#[test]
fn eval_counts() {
    let data = scratch("eval").join("data.tsv");
    std::fs::write(&data, "sentence\tlabel\na great movie\t1\na terrible film\t0\nan awful bore\t1\n").unwrap();
    let evaluation = json(&["eval", "--model", "sentiment", "--data", data.to_str().unwrap()]);
    assert_eq!(evaluation["n"], 3);
    assert_eq!(evaluation["confusion"], serde_json::json!([[1, 0], [1, 1]]));
}

#[test]
fn what_cannot_be_done_is_one_sentence() {
    let explain = |method: &'static str, more: &[&'static str]| {
        [&["explain", "--model", "sentiment", "--text", "good", "--method", method], more].concat()
    };
    refused(&[], "say what to do");
    refused(&["frobnicate"], "frobnicate");
    refused(&["predict", "--model", "sentiment"], "--text");
    refused(&["predict", "--model", "gpt-9", "--text", "good"], "there is no model \"gpt-9\"; installed: sentiment");
    refused(&["predict", "--model", "../no/such/folder", "--text", "good"], "there is no model");
    refused(&["predict", "--model", "sentiment", "--text", ""], "nothing to read");
    refused(&explain("blur", &[]), "there is no method \"blur\"");
    refused(&explain("occlusion", &["--target", "HAPPY"]), "no class \"HAPPY\"; it knows: NEGATIVE, POSITIVE");
    refused(&explain("occlusion", &["--target", "POSITIVE", "--foil", "positive"]), "two different classes");
    refused(&explain("occlusion", &["--set", "colour=red"]), "no parameter \"colour\"");
    refused(&explain("occlusion", &["--set", "variant"]), "KEY=VALUE");
    refused(&explain("integrated-gradients", &["--baseline", "silence"]), "one of mask, pad, zero, mean");
    refused(&explain("integrated-gradients", &["--set", "nodes=-1"]), "whole number from 1");
    refused(
        &["trace", "--model", "sentiment", "--text", "good", "--sites", "blocks.*.nothing", "--out", "x"],
        "no site matches",
    );
    refused(&["eval", "--model", "sentiment", "--data", "no/such/file.tsv"], "cannot be read");
    refused(&["--device", "gpu", "predict", "--model", "sentiment", "--text", "good"], "no GPU support");
}

#[test]
fn a_damaged_folder_is_one_sentence() {
    let folder = scratch("damaged");
    let from = root().join("tests/golden/tiny-bert");
    let model = folder.to_str().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let good = |name: &str| std::fs::read(from.join(name)).unwrap();
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    let reset = || names.iter().for_each(|name| put(name, &good(name)));
    let predict = ["predict", "--model", model, "--text", "good film"];

    reset();
    json(&predict);
    let weights = good("model.safetensors");
    put("model.safetensors", &weights[..weights.len() / 2]);
    refused(&predict, "cannot be opened");
    put("model.safetensors", b"not a model at all");
    refused(&predict, "the header claims");
    reset();
    put("config.json", b"{}");
    refused(&predict, "config.json cannot be used");
    reset();
    put("tokenizer.json", b"[]");
    refused(&predict, "tokenizer.json cannot be used");
    reset();
    std::fs::remove_file(folder.join("tokenizer.json")).unwrap();
    refused(&predict, "there is no tokenizer.json");
}

#[test]
fn numbers_that_overflow_are_one_sentence() {
    let folder = scratch("overflow");
    for (name, tensor) in [("tiny-bert", "classifier.weight"), ("tiny-gpt2", "transformer.ln_f.weight")] {
        let from = root().join("tests/golden").join(name);
        for file in ["config.json", "tokenizer.json"] {
            std::fs::copy(from.join(file), folder.join(file)).unwrap();
        }
        let mut bytes = std::fs::read(from.join("model.safetensors")).unwrap();
        let length = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
        let header: Value = serde_json::from_slice(&bytes[8..length]).unwrap();
        let end = |at: usize| length + usize::try_from(header[tensor]["data_offsets"][at].as_u64().unwrap()).unwrap();
        let (start, end) = (end(0), end(1));
        bytes[start..end].chunks_exact_mut(4).for_each(|number| number.copy_from_slice(&3e38_f32.to_le_bytes()));
        std::fs::write(folder.join("model.safetensors"), bytes).unwrap();
        let about = ["--model", folder.to_str().unwrap(), "--text", "the bad film"];
        for ask in [&["predict"][..], &["explain", "--method", "occlusion"], &["compare"], &["stream"]] {
            refused(&[ask, &about].concat(), "the numbers of this model overflow on this text");
        }
    }
}

const TINY_LLAMA: &str = "tests/golden/tiny-llama";

#[test]
fn a_folder_in_shards_is_the_same_model() {
    let folder = scratch("shards");
    let from = root().join(TINY_LLAMA);
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(from.join(name), folder.join(name)).unwrap();
    }
    let bytes = std::fs::read(from.join("model.safetensors")).unwrap();
    let whole = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let names: Vec<String> = whole.names().into_iter().map(ToString::to_string).collect();
    let mut weight_map = serde_json::Map::new();
    for (i, part) in names.chunks(names.len().div_ceil(3)).enumerate() {
        let file = format!("model-0000{i}-of-00003.safetensors");
        let views: Vec<_> = part.iter().map(|name| (name.clone(), whole.tensor(name).unwrap())).collect();
        std::fs::write(folder.join(&file), safetensors::serialize(views, None).unwrap()).unwrap();
        weight_map.extend(part.iter().map(|name| (name.clone(), file.clone().into())));
    }
    let index = serde_json::json!({ "weight_map": weight_map });
    let index_path = folder.join("model.safetensors.index.json");
    std::fs::write(&index_path, index.to_string()).unwrap();
    let top = |model: &str| json(&["predict", "--model", model, "--text", "the film"])["top"].clone();
    assert_eq!(top(folder.to_str().unwrap()), top(TINY_LLAMA));
    std::fs::remove_file(folder.join("model-00001-of-00003.safetensors")).unwrap();
    refused(
        &["predict", "--model", folder.to_str().unwrap(), "--text", "a"],
        "model-00001-of-00003.safetensors cannot be read",
    );
    std::fs::write(index_path, r#"{"weight_map":{"a":"../secret.safetensors"}}"#).unwrap();
    refused(&["predict", "--model", folder.to_str().unwrap(), "--text", "a"], "no plain name");
}

#[test]
fn a_gguf_file_works_wherever_a_name_does() {
    let file = format!("{TINY_LLAMA}/tiny-llama.gguf");
    let prediction = json(&["predict", "--model", &file, "--text", "the film"]);
    assert_eq!(
        (&prediction["model"]["id"], &prediction["model"]["architecture"]),
        (&"tiny-llama".into(), &"llama".into())
    );
    assert_eq!(prediction["top"].as_array().unwrap().len(), 20);
}

#[test]
fn a_gguf_file_is_exported_as_a_folder_of_the_same_numbers() {
    let folder = scratch("from-gguf");
    for (at, file) in ["tiny-llama/tiny-llama.gguf", "gguf/qwen2.gguf", "gguf/qwen3.gguf"].into_iter().enumerate() {
        let (file, to) = (format!("{TINY_LLAMA}/../{file}"), folder.join(at.to_string()));
        let said = |model: &str| json(&["predict", "--model", model, "--text", "the film"]);
        let prediction = said(&file);
        json(&["export", "--model", &file, "--to", to.to_str().unwrap()]);
        let exported = said(to.to_str().unwrap());
        assert_eq!((&exported["top"], &exported["input"]), (&prediction["top"], &prediction["input"]), "{file}");
    }
    let other = format!("{TINY_LLAMA}/../gguf/gpt2.gguf");
    refused(&["export", "--model", &other, "--to", folder.to_str().unwrap()], "a GGUF file of gpt2 is not exported");
}

#[test]
fn generate_is_the_same_for_the_same_seed() {
    let written = |seed: &str| {
        let args =
            ["generate", "--model", TINY_LLAMA, "--prompt", "the film", "--max-tokens", "8", "--temperature", "1"];
        json(&[&args[..], &["--seed", seed]].concat())
    };
    assert_eq!(written("1"), written("1"));
    assert_ne!(written("1")["text"], written("2")["text"]);
    assert_eq!(written("1")["schema"], "vitrine.generation/1");
    let chat = json(&[
        "generate",
        "--model",
        &format!("{TINY_LLAMA}/tiny-llama.gguf"),
        "--prompt",
        "hi",
        "--chat",
        "--max-tokens",
        "1",
    ]);
    assert_eq!(chat["input"]["text"], "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
    refused(&["generate", "--model", "sentiment", "--prompt", "hi"], "is a classifier");
    refused(&["generate", "--model", TINY_LLAMA, "--prompt", "hi", "--chat"], "no chat template");
    refused(&["eval", "--model", TINY_LLAMA, "--data", "README.md"], "needs a classifier");
}
