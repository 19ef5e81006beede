//! Writes a model in Hugging Face layout with 32-bit weights, which Python reads unchanged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use serde_json::{Value, json};
use vitrine_engine::folder;
use vitrine_share::tensors_to_safetensors;
use vitrine_weights::folder::{CONFIG, GENERATION_CONFIG, SmallFiles, TOKENIZER, TOKENIZER_CONFIG};
use vitrine_weights::{Described, Dtype, Tensor, gguf, safetensors};

use crate::commands::{Answer, print};

/// A tensor with its shape and values.
type Widened = (String, Vec<usize>, Vec<f32>);

/// Reads one model, writes another.
pub fn run(from: &Path, to: &Path) -> Result<Answer> {
    let weights = folder::weights(from)?;
    match weights.first().filter(|file| file.extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf"))) {
        Some(file) => from_gguf(file, to),
        None => from_folder(from, &weights, to),
    }
}

/// The blocks of a GGUF file widened, under Hugging Face names and in its order; its keys as the small files of a folder.
fn from_gguf(file: &Path, to: &Path) -> Result<Answer> {
    let session = folder::open(file, Device::flex())?;
    let Described { config, tokenizer, chat_template, .. } = folder::describe(file)?;
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (_, tensors) = gguf::read_all(&bytes)?;
    let has = |name: &str| tensors.iter().any(|tensor| tensor.name == name);
    ensure!(!has("rope_freqs.weight"), "factors of the rotary frequencies have no place in a Hugging Face folder");
    let other = config.architecture.name();
    let not_built = || {
        format!(
            "a GGUF file of {other} is not exported; one of llama, qwen2 or qwen3 is, and any folder in Hugging Face layout"
        )
    };
    let written = config.to_json(!has("output.weight"), has("blk.0.attn_q.bias")).with_context(not_built)?;
    let stops: Vec<u32> = session.card().inspection.stop_tokens.iter().map(|stop| stop.id).collect();
    let mut settings = json!({ "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": chat_template });
    if let Value::Object(settings) = &mut settings {
        settings.extend(tokenizer.named_tokens.into_iter().map(|(name, text)| (name, text.into())));
    }
    let small = [
        (CONFIG, serde_json::to_vec_pretty(&written)?),
        (TOKENIZER, session.tokenizer_json()?.into_bytes()),
        (TOKENIZER_CONFIG, serde_json::to_vec_pretty(&settings)?),
        (GENERATION_CONFIG, serde_json::to_vec_pretty(&json!({ "eos_token_id": stops }))?),
    ];
    let small = small.map(|(name, bytes)| (name.to_owned(), bytes)).into();
    let mut widened = Vec::new();
    for tensor in tensors {
        let tensor = gguf::in_order(tensor, &config)?;
        let name = gguf::hugging_face_name(config.architecture, &tensor.name);
        widened.push((name, tensor.shape.clone(), tensor.to_f32()?));
    }
    write(to, small, &widened)
}

/// The small files as they are, and every tensor in 32 bits.
fn from_folder(from: &Path, weights: &[PathBuf], to: &Path) -> Result<Answer> {
    folder::describe(from)?;
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
    let mut widened: Vec<Widened> = Vec::new();
    for (name, tensor) in tensors.into_iter().filter(|(_, tensor)| !matches!(tensor.dtype, Dtype::Other { .. })) {
        let mut values = tensor.to_f32()?;
        if let (Some(scales), Some(&width)) = (scale_of.get(&name), tensor.shape.last()) {
            for (row, scale) in values.chunks_mut(width.max(1)).zip(scales) {
                row.iter_mut().for_each(|value| *value *= scale);
            }
        }
        widened.push((name, tensor.shape, values));
    }
    write(to, folder::small_files(from)?, &widened)
}

fn write(to: &Path, mut files: SmallFiles, widened: &[Widened]) -> Result<Answer> {
    let views = widened.iter().map(|(name, shape, values)| (name.clone(), shape.as_slice(), values.as_slice()));
    files.insert("model.safetensors".to_owned(), tensors_to_safetensors(views)?);
    for (name, bytes) in &files {
        let file = to.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(to))
            .and_then(|()| std::fs::write(&file, bytes))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    let written: BTreeMap<&str, usize> = files.iter().map(|(name, bytes)| (&**name, bytes.len())).collect();
    print(&json!({ "to": to, "files": written }))
}
