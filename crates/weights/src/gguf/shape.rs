//! The sizes of a model in a GGUF header.
//!
//! Source: `llama-model.cpp` of llama.cpp, whose defaults these are. What a file leaves to its architecture, such as the
//! activation, is as in transformers' configuration of it.

use serde_json::{Value, json};
use vitrine_schema::ProblemType;
use vitrine_schema::inspection::Group;

use crate::config::{Biases, Rope, RopeScaling, Scores, Sliding};
use crate::described::{Stop, StopAt};
use crate::keys::Keys;
use crate::{Activation, Architecture, Format, ModelConfig, Pooling, WeightsError};

const SHAPE: Group = Group::Shape;

/// Sizes and names; keys of the architecture begin with `prefix`.
pub(super) fn config(
    keys: &mut Keys<'_>,
    prefix: &str,
    architecture: Architecture,
    d_vocab: usize,
    stops: &[Stop],
) -> Result<ModelConfig, WeightsError> {
    let key = |name: &str| format!("{prefix}.{name}");
    let n_heads = needed_per_layer(keys, &key("attention.head_count"))?;
    let d_mlp = needed_per_layer(keys, &key("feed_forward_length"))?;
    let d_model = keys.needed_size(SHAPE, &[&key("embedding_length")])?;
    let n_layers = keys.needed_size(SHAPE, &[&key("block_count")])?;
    let share = |keys: &Keys<'_>| {
        d_model.checked_div(n_heads).ok_or_else(|| keys.wrong(format!("{} is 0", key("attention.head_count"))))
    };
    let d_head = match keys.size(SHAPE, &[&key("attention.key_length")])? {
        Some(d_head) => d_head,
        None => share(keys)?,
    };
    only_what_is_built(keys, prefix, architecture, d_head);
    let n_positions = keys.needed_size(SHAPE, &[&key("context_length")])?;
    let rope = rope(keys, prefix, architecture, [d_head, n_positions])?;
    let sliding = match architecture {
        Architecture::Gemma3 => sliding(keys, prefix, n_layers)?,
        _ => None,
    };
    let scores = match architecture {
        // Gemma 3 27B, which is known by its number of layers.
        Architecture::Gemma3 if n_layers == 62 => Scores::over(share(keys)? as f64),
        _ => Scores::over(d_head as f64),
    };
    let parallel = match architecture {
        Architecture::GptNeox => keys.flag(SHAPE, &[&key("use_parallel_residual")])?.unwrap_or(true),
        _ => false,
    };
    let eps =
        key(if architecture.of_llama() { "attention.layer_norm_rms_epsilon" } else { "attention.layer_norm_epsilon" });
    let norm_eps = keys.number(SHAPE, &[&eps])?.ok_or_else(|| keys.wrong(format!("{eps} is missing")))?;
    Ok(ModelConfig {
        architecture,
        d_vocab: keys.size(SHAPE, &[&key("vocab_size")])?.unwrap_or(d_vocab),
        d_model,
        d_embed: d_model,
        n_layers,
        n_heads,
        n_kv_heads: per_layer(keys, &key("attention.head_count_kv"))?.unwrap_or(n_heads),
        d_head,
        d_mlp,
        n_positions,
        norm_eps,
        first_position: 0,
        rope,
        sliding,
        scores,
        activation: match architecture {
            Architecture::Gpt2 | Architecture::Gemma3 => Activation::GeluTanh,
            Architecture::GptNeox => Activation::Gelu,
            _ => Activation::Silu,
        },
        head_activation: Activation::Gelu,
        biases: Biases::default(),
        parallel,
        tied: None,
        n_segments: 0,
        class_named: true,
        format: Format::Gguf,
        pooling: Pooling::First,
        labels: Vec::new(),
        problem_type: ProblemType::default(),
        tokenizer_class: None,
        eos_ids: stops
            .iter()
            .filter_map(|stop| if let StopAt::Id(id) = stop.token { Some(id) } else { None })
            .collect(),
    })
}

/// Keys with one value that is built.
fn only_what_is_built(keys: &mut Keys<'_>, prefix: &str, architecture: Architecture, d_head: usize) {
    let mut only = |name: &str, value: Value, reason: &str| {
        keys.only(SHAPE, &format!("{prefix}.{name}"), &[value], reason);
    };
    only("attention.value_length", json!(d_head), "; as long as a key is");
    only("expert_count", json!(0), "; one MLP in a block is");
    only("expert_used_count", json!(0), "");
    only("attention.causal", json!(true), "");
    only("attention.clamp_kqv", json!(0), "");
    only("attention.max_alibi_bias", json!(0), "");
    only("rope.scaling.attn_factor", json!(1), "");
    only("final_logit_softcapping", json!(0), "; no logit is bent");
    only("attn_logit_softcapping", json!(0), "; no score is bent");
    match architecture {
        Architecture::GptNeox => {}
        _ => {
            only("rope.dimension_count", json!(d_head), "; the whole of each head is turned");
            only("use_parallel_residual", json!(false), "");
        }
    }
    if architecture == Architecture::Llama {
        only("tensor_data_layout", json!("Meta AI original pth"), "");
    }
}

/// How queries and keys are turned, in layers that read everything.
fn rope(
    keys: &mut Keys<'_>,
    prefix: &str,
    architecture: Architecture,
    [d_head, n_positions]: [usize; 2],
) -> Result<Rope, WeightsError> {
    let key = |name: &str| format!("{prefix}.rope.{name}");
    let kind = keys.text(SHAPE, &[&key("scaling.type")])?;
    let factor = keys.number(SHAPE, &[&key("scaling.factor"), &key("scale_linear")])?;
    let scaling = match (kind.as_deref(), factor) {
        // Files of before 2024 have the factor alone.
        (Some("none"), _) | (None | Some("linear"), None | Some(0.0)) => RopeScaling::NONE,
        (None | Some("linear"), Some(factor)) => RopeScaling::Linear(factor),
        (Some("yarn"), Some(factor)) => {
            let number = |keys: &mut Keys<'_>, name: &str, usual: f64| {
                keys.number(SHAPE, &[&key(name)]).map(|number| number.unwrap_or(usual))
            };
            RopeScaling::Yarn {
                factor,
                slow: number(keys, "scaling.yarn_beta_slow", 1.0)?,
                fast: number(keys, "scaling.yarn_beta_fast", 32.0)?,
                first_length: number(keys, "scaling.original_context_length", n_positions as f64)?,
                amplitude: if factor > 1.0 { 0.1 * factor.ln() + 1.0 } else { 1.0 },
                whole: true,
            }
        }
        (Some(other), _) => {
            let reason = format!("rope scaling {other:?} is not built, or lacks its factor; none, linear and yarn are");
            keys.not_understood(&key("scaling.type"), reason);
            RopeScaling::NONE
        }
    };
    let width = match architecture {
        Architecture::GptNeox => keys.size(SHAPE, &[&key("dimension_count")])?,
        _ => None,
    };
    Ok(Rope {
        base: keys.number(SHAPE, &[&key("freq_base")])?.unwrap_or(10_000.0),
        scaling,
        width: width.unwrap_or(d_head),
    })
}

/// Layers of Gemma 3 that read a window: where the file does not say which, all but every sixth.
fn sliding(keys: &mut Keys<'_>, prefix: &str, n_layers: usize) -> Result<Option<Sliding>, WeightsError> {
    let key = |name: &str| format!("{prefix}.{name}");
    let window = keys.size(SHAPE, &[&key("attention.sliding_window")])?.filter(|&window| window > 0);
    let rope_base = keys.number(SHAPE, &[&key("rope.freq_base_swa")])?.unwrap_or(10_000.0);
    let every = keys.size(SHAPE, &[&key("attention.sliding_window_pattern")])?.unwrap_or(6);
    let slides = |layer: usize| layer.saturating_add(1).checked_rem(every).is_none_or(|rest| rest != 0);
    let layers = (0..n_layers).map(slides);
    // Of the two kinds of layers only those that read everything have scaled angles.
    let rope_scaling = RopeScaling::NONE;
    Ok(window.map(|window| Sliding { window, layers: layers.collect(), rope_base, rope_scaling }))
}

fn needed_per_layer(keys: &mut Keys<'_>, name: &str) -> Result<usize, WeightsError> {
    per_layer(keys, name)?.ok_or_else(|| keys.wrong(format!("{name} is missing")))
}

/// A size that a file may state once, or for each layer; only equal ones are built.
fn per_layer(keys: &mut Keys<'_>, name: &str) -> Result<Option<usize>, WeightsError> {
    let Some(Value::Array(sizes)) = keys.peek(name) else { return keys.size(SHAPE, &[name]) };
    let first = sizes.first().and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    if first.is_none() || sizes.iter().any(|size| Some(size) != sizes.first()) {
        return Err(keys.wrong(format!("{name} differs from layer to layer, which is not built")));
    }
    keys.take(SHAPE, name);
    Ok(first)
}

#[cfg(test)]
mod tests {
    use vitrine_schema::inspection::Account;

    use super::*;

    /// What a folder of a model of 64 positions says.
    fn in_a_folder(scaling: &Value) -> Rope {
        let config = json!({
            "model_type": "llama", "vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 16, "max_position_embeddings": 64, "rope_scaling": scaling,
        });
        ModelConfig::from_json(config.to_string().as_bytes(), &mut Account::default()).unwrap().rope
    }

    #[test]
    fn rope_scaling_means_what_it_means_in_a_folder() {
        let cases = [
            (json!({}), json!(null)),
            (json!({"type": "linear", "factor": 2.5}), json!({"rope_type": "linear", "factor": 2.5})),
            (json!({"type": "yarn", "factor": 4.0}), json!({"rope_type": "yarn", "factor": 4.0})),
            (json!({"type": "yarn", "factor": 0.5}), json!({"rope_type": "yarn", "factor": 0.5})),
            (
                json!({"type": "yarn", "factor": 4.0, "original_context_length": 16, "yarn_beta_fast": 8.0, "yarn_beta_slow": 0.5}),
                json!({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 8.0, "beta_slow": 0.5}),
            ),
        ];
        let read = |said: &Value| {
            let said = said.as_object().unwrap().iter();
            let values = said.map(|(name, value)| (format!("llama.rope.scaling.{name}"), value.clone()));
            let mut account = Account::default();
            let mut keys = Keys::new("m.gguf", values.collect(), &mut account);
            let rope = rope(&mut keys, "llama", Architecture::Llama, [4, 64]).unwrap();
            (rope, account.not_understood.len())
        };
        for (said, folder) in cases {
            assert_eq!(read(&said), (in_a_folder(&folder), 0), "{said}");
        }
        for unknown in [json!({"type": "longrope", "factor": 4.0}), json!({"type": "yarn"})] {
            assert_eq!(read(&unknown).1, 1, "{unknown}");
        }
    }
}
