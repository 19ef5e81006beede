//! Tensors of a GGUF file under the names of Hugging Face, and with its order of rows.
//!
//! Source: `convert_hf_to_gguf.py` and `tensor_mapping.py` of llama.cpp, whose renaming and reordering this undoes.

use crate::{Architecture, ModelConfig, Tensor, WeightsError};

/// Names of an architecture, each with what Hugging Face calls it.
struct Names {
    /// What stands in front of the number of a layer.
    blocks: &'static str,
    whole: &'static [(&'static str, &'static str)],
    /// Within a block, without the last word.
    parts: &'static [&'static [(&'static str, &'static str)]],
}

const OF_LLAMA: &[(&str, &str)] = &[
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];
const TWO_NORMS: &[(&str, &str)] = &[("ffn_norm", "post_attention_layernorm")];
const FOUR_NORMS: &[(&str, &str)] = &[
    ("post_attention_norm", "post_attention_layernorm"),
    ("ffn_norm", "pre_feedforward_layernorm"),
    ("post_ffw_norm", "post_feedforward_layernorm"),
];

const fn names(architecture: Architecture) -> Option<Names> {
    let of_llama = Names {
        blocks: "model.layers",
        whole: &[("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head")],
        parts: &[OF_LLAMA, TWO_NORMS],
    };
    match architecture {
        Architecture::Llama | Architecture::Qwen2 | Architecture::Qwen3 => Some(of_llama),
        Architecture::Gemma3 => Some(Names { parts: &[OF_LLAMA, FOUR_NORMS], ..of_llama }),
        Architecture::Gpt2 => Some(Names {
            blocks: "transformer.h",
            whole: &[
                ("token_embd", "transformer.wte"),
                ("position_embd", "transformer.wpe"),
                ("output_norm", "transformer.ln_f"),
                ("output", "lm_head"),
            ],
            parts: &[&[
                ("attn_norm", "ln_1"),
                ("attn_qkv", "attn.c_attn"),
                ("attn_output", "attn.c_proj"),
                ("ffn_norm", "ln_2"),
                ("ffn_up", "mlp.c_fc"),
                ("ffn_down", "mlp.c_proj"),
            ]],
        }),
        Architecture::GptNeox => Some(Names {
            blocks: "gpt_neox.layers",
            whole: &[
                ("token_embd", "gpt_neox.embed_in"),
                ("output_norm", "gpt_neox.final_layer_norm"),
                ("output", "embed_out"),
            ],
            parts: &[&[
                ("attn_norm", "input_layernorm"),
                ("attn_qkv", "attention.query_key_value"),
                ("attn_output", "attention.dense"),
                ("ffn_norm", "post_attention_layernorm"),
                ("ffn_up", "mlp.dense_h_to_4h"),
                ("ffn_down", "mlp.dense_4h_to_h"),
            ]],
        }),
        _ => None,
    }
}

/// What Hugging Face calls a tensor of a file; a name that is not known stays.
#[must_use]
pub fn hugging_face_name(architecture: Architecture, gguf: &str) -> String {
    let renamed = || {
        let Names { blocks, whole, parts } = names(architecture)?;
        let (rest, kind) = gguf.rsplit_once('.')?;
        let find = |table: &[(&str, &'static str)], name: &str| {
            table.iter().find(|(known, _)| *known == name).map(|(_, renamed)| *renamed)
        };
        let Some((layer, part)) = rest.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
            return Some(format!("{}.{kind}", find(whole, rest)?));
        };
        // A part that is not known keeps its name, and is told to stand in its layer.
        let part = parts.iter().find_map(|table| find(table, part)).unwrap_or(part);
        Some(format!("{blocks}.{layer}.{part}.{kind}"))
    };
    renamed().unwrap_or_else(|| gguf.to_owned())
}

/// Puts the rows of a tensor into the order of Hugging Face; its name stays.
///
/// # Errors
/// [`WeightsError::Shape`] when the rows do not divide into heads.
pub fn in_order(mut tensor: Tensor, config: &ModelConfig) -> Result<Tensor, WeightsError> {
    let ModelConfig { architecture, n_heads, n_kv_heads, d_head, .. } = *config;
    let part = tensor.name.rsplit_once("attn_").map(|(_, part)| part);
    let axes = match (architecture, part) {
        // Queries and keys lie in the order of interleaved rotation, `(head, pair, half)`; Hugging Face turns halves.
        (Architecture::Llama, Some("q.weight" | "q.bias")) => [n_heads, d_head / 2, 2, 1],
        (Architecture::Llama, Some("k.weight" | "k.bias")) => [n_kv_heads, d_head / 2, 2, 1],
        // All queries, all keys, all values; in Hugging Face each head has its own three.
        (Architecture::GptNeox, Some("qkv.weight" | "qkv.bias")) => [1, 3, n_heads, d_head],
        _ => return Ok(tensor),
    };
    tensor.bytes = middle_axes_swapped(&tensor, axes)?;
    Ok(tensor)
}

/// Rows in the order of four axes to the order with the second and the third of them swapped. A row is a whole number of
/// blocks, so it moves as bytes.
fn middle_axes_swapped(tensor: &Tensor, axes: [usize; 4]) -> Result<Vec<u8>, WeightsError> {
    let rows = tensor.shape.first().copied().unwrap_or(0);
    let expected = axes.iter().fold(1usize, |product, &length| product.saturating_mul(length));
    if expected != rows || rows == 0 || tensor.shape.len() > 2 {
        let expected = [expected].into_iter().chain(tensor.shape.get(1).copied()).collect();
        return Err(WeightsError::Shape { tensor: tensor.name.clone(), expected, found: tensor.shape.clone() });
    }
    let [_, second, third, fourth] = axes;
    let piece = tensor.bytes.len().checked_div(rows).unwrap_or(0).saturating_mul(fourth).max(1);
    let mut out = Vec::with_capacity(tensor.bytes.len());
    for outer in tensor.bytes.chunks(piece.saturating_mul(second).saturating_mul(third).max(1)) {
        for offset in 0..third {
            outer.chunks(piece).skip(offset).step_by(third.max(1)).for_each(|rows| out.extend_from_slice(rows));
        }
    }
    Ok(out)
}
