//! A GGUF file of the Llama type, told as a Hugging Face folder would tell it.
//!
//! Source: `convert_hf_to_gguf.py` of llama.cpp, whose renaming and reordering this undoes.

use vitrine_schema::ProblemType;

use super::Metadata;
use crate::{Architecture, ModelConfig, Pooling, Tensor, WeightsError};

/// Reads the configuration.
///
/// # Errors
/// [`WeightsError::Config`] says which part cannot be used.
pub fn config(metadata: &Metadata) -> Result<ModelConfig, WeightsError> {
    let bad = |detail: String| WeightsError::Config { file: "the GGUF header", detail };
    let architecture =
        metadata.text("general.architecture").ok_or_else(|| bad("it names no architecture".to_owned()))?;
    if architecture != "llama" {
        return Err(bad(format!("architecture {architecture:?} is not built; llama is")));
    }
    let size = |key: &str| -> Result<usize, WeightsError> {
        let found = metadata.integer(&format!("llama.{key}")).and_then(|found| usize::try_from(found).ok());
        found.ok_or_else(|| bad(format!("llama.{key} is missing or no number")))
    };
    if let Some(kind) = metadata.text("llama.rope.scaling.type").filter(|kind| *kind != "none") {
        return Err(bad(format!("rope scaling {kind:?} is not built")));
    }
    let n_heads = size("attention.head_count")?;
    let d_model = size("embedding_length")?;
    let d_head = size("attention.key_length")
        .or_else(|_| d_model.checked_div(n_heads).ok_or_else(|| bad("llama.attention.head_count is 0".to_owned())))?;
    if size("rope.dimension_count").is_ok_and(|rotated| rotated != d_head) {
        return Err(bad("a rotation of part of each head is not built".to_owned()));
    }
    let d_vocab = metadata.texts("tokenizer.ggml.tokens").map_or(0, Iterator::count);
    ModelConfig {
        architecture: Architecture::Llama,
        d_vocab: size("vocab_size").unwrap_or(d_vocab),
        d_model,
        n_layers: size("block_count")?,
        n_heads,
        n_kv_heads: size("attention.head_count_kv").unwrap_or(n_heads),
        d_head,
        d_mlp: size("feed_forward_length")?,
        n_positions: size("context_length")?,
        norm_eps: metadata.float("llama.attention.layer_norm_rms_epsilon").unwrap_or(1e-5),
        rope_base: metadata.float("llama.rope.freq_base").unwrap_or(10_000.0),
        pooling: Pooling::First,
        labels: Vec::new(),
        problem_type: ProblemType::default(),
        eos_ids: metadata
            .integer("tokenizer.ggml.eos_token_id")
            .and_then(|id| u32::try_from(id).ok())
            .into_iter()
            .collect(),
    }
    .checked("the GGUF header")
}

/// Gives a tensor its Hugging Face name, and its rows their Hugging Face order.
///
/// # Errors
/// [`WeightsError::Shape`] when the rows do not divide into heads.
pub fn to_hugging_face(mut tensor: Tensor, config: &ModelConfig) -> Result<Tensor, WeightsError> {
    let heads = match tensor.name.rsplit_once("attn_") {
        Some((_, "q.weight")) => Some(config.n_heads),
        Some((_, "k.weight")) => Some(config.n_kv_heads),
        _ => None,
    };
    if let Some(n_heads) = heads {
        tensor.bytes = halves_apart(&tensor, n_heads, config.d_head)?;
    }
    tensor.name = name(&tensor.name);
    Ok(tensor)
}

fn name(gguf: &str) -> String {
    let block = || {
        let (layer, part) = gguf.strip_prefix("blk.")?.split_once('.')?;
        let (part, kind) = part.rsplit_once('.')?;
        let part = match part {
            "attn_norm" => "input_layernorm",
            "attn_q" => "self_attn.q_proj",
            "attn_k" => "self_attn.k_proj",
            "attn_v" => "self_attn.v_proj",
            "attn_output" => "self_attn.o_proj",
            "ffn_norm" => "post_attention_layernorm",
            "ffn_gate" => "mlp.gate_proj",
            "ffn_up" => "mlp.up_proj",
            "ffn_down" => "mlp.down_proj",
            other => other,
        };
        Some(format!("model.layers.{layer}.{part}.{kind}"))
    };
    match gguf {
        "token_embd.weight" => "model.embed_tokens.weight".to_owned(),
        "output_norm.weight" => "model.norm.weight".to_owned(),
        "output.weight" => "lm_head.weight".to_owned(),
        other => block().unwrap_or_else(|| other.to_owned()),
    }
}

/// Rows of queries and keys lie in the order of interleaved rotation, `(head, pair, half)`; Hugging Face rotates halves,
/// `(head, half, pair)`. A row is a whole number of blocks, so it moves as bytes.
fn halves_apart(tensor: &Tensor, n_heads: usize, d_head: usize) -> Result<Vec<u8>, WeightsError> {
    let rows = tensor.shape.first().copied().unwrap_or(0);
    if n_heads.checked_mul(d_head) != Some(rows) || tensor.shape.len() != 2 || !d_head.is_multiple_of(2) {
        let width = tensor.shape.get(1).copied().unwrap_or(0);
        let expected = vec![n_heads.saturating_mul(d_head), width];
        return Err(WeightsError::Shape { tensor: tensor.name.clone(), expected, found: tensor.shape.clone() });
    }
    let row_bytes = tensor.bytes.len().checked_div(rows).unwrap_or(0).max(1);
    let mut out = Vec::with_capacity(tensor.bytes.len());
    for head in tensor.bytes.chunks(row_bytes.saturating_mul(d_head).max(1)) {
        for half in 0..2 {
            head.chunks(row_bytes).skip(half).step_by(2).for_each(|row| out.extend_from_slice(row));
        }
    }
    Ok(out)
}
