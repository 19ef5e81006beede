//! Writes a model in Hugging Face layout with 32-bit weights, which Python reads unchanged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use serde_json::json;
use vitrine_engine::folder;
use vitrine_share::tensors_to_safetensors;
use vitrine_weights::{Dtype, ModelConfig, Tensor, gguf, safetensors};

use crate::commands::print;

/// Reads one model, writes another.
pub fn run(from: &Path, to: &Path) -> Result<String> {
    let weights = folder::weights(from)?;
    match weights.first().filter(|file| file.extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf"))) {
        Some(file) => from_gguf(file, to),
        None => from_folder(from, &weights, to),
    }
}

/// The blocks of a GGUF file widened, under Hugging Face names and in its order.
fn from_gguf(file: &Path, to: &Path) -> Result<String> {
    let tokenizer = folder::open(file, Device::flex())?.tokenizer_json()?;
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (metadata, tensors) = gguf::read_all(&bytes)?;
    let config = gguf::llama::config(&metadata)?;
    let mut json = config.llama_json();
    json["tie_word_embeddings"] = json!(!tensors.iter().any(|tensor| tensor.name == "output.weight"));
    let mut widened = Vec::new();
    for tensor in tensors {
        let tensor = gguf::llama::to_hugging_face(tensor, &config)?;
        widened.push((tensor.name.clone(), tensor.shape.clone(), tensor.to_f32()?));
    }
    write(to, serde_json::to_vec_pretty(&json)?, tokenizer.into_bytes(), &widened)
}

fn from_folder(from: &Path, weights: &[PathBuf], to: &Path) -> Result<String> {
    let read = |name: &str| std::fs::read(from.join(name)).with_context(|| format!("{name} cannot be read"));
    let (config, tokenizer) = (read("config.json")?, read("tokenizer.json")?);
    ModelConfig::from_json(&config)?;
    let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
    for file in weights {
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        tensors.extend(safetensors::read_all(&bytes)?.into_iter().map(|tensor| (tensor.name.clone(), tensor)));
    }
    let scales: Vec<String> = tensors.keys().filter(|name| name.ends_with("_scale")).cloned().collect();
    let mut scale_of = BTreeMap::new();
    for name in scales {
        if let Some(scale) = tensors.remove(&name) {
            scale_of.insert(name.trim_end_matches("_scale").to_owned(), scale.to_f32()?);
        }
    }
    let mut widened: Vec<(String, Vec<usize>, Vec<f32>)> = Vec::new();
    for (name, tensor) in tensors.into_iter().filter(|(_, tensor)| !matches!(tensor.dtype, Dtype::Other { .. })) {
        let mut values = tensor.to_f32()?;
        if let (Some(scales), Some(&width)) = (scale_of.get(&name), tensor.shape.last()) {
            for (row, scale) in values.chunks_mut(width.max(1)).zip(scales) {
                row.iter_mut().for_each(|value| *value *= scale);
            }
        }
        widened.push((name, tensor.shape, values));
    }
    write(to, config, tokenizer, &widened)
}

fn write(to: &Path, config: Vec<u8>, tokenizer: Vec<u8>, widened: &[(String, Vec<usize>, Vec<f32>)]) -> Result<String> {
    let views = widened.iter().map(|(name, shape, values)| (name.clone(), shape.as_slice(), values.as_slice()));
    let weights = tensors_to_safetensors(views)?;
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    let files = [("config.json", config), ("tokenizer.json", tokenizer), ("model.safetensors", weights)];
    for (name, bytes) in &files {
        std::fs::write(to.join(name), bytes)
            .with_context(|| format!("{} cannot be written", to.join(name).display()))?;
    }
    let written: BTreeMap<&str, usize> = files.iter().map(|(name, bytes)| (*name, bytes.len())).collect();
    print(&json!({ "to": to, "files": written }))
}
