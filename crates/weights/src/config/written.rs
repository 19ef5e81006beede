//! A configuration as a `config.json` that Hugging Face reads, for a model that came without one.

use serde_json::{Value, json};

use super::hugging_face::class_of;
use super::{Architecture, ModelConfig, RopeScaling};

impl ModelConfig {
    /// Of a Llama or Qwen model; `None` of another. The tensors say whether it has a head of its own and biases.
    #[must_use]
    pub fn to_json(&self, tied: bool, attention_bias: bool) -> Option<Value> {
        let mut json = json!({
            "architectures": [class_of(self.architecture)], "model_type": self.architecture.name(),
            "hidden_act": self.activation.name(), "torch_dtype": "float32", "vocab_size": self.d_vocab,
            "hidden_size": self.d_model, "num_hidden_layers": self.n_layers, "num_attention_heads": self.n_heads,
            "num_key_value_heads": self.n_kv_heads, "intermediate_size": self.d_mlp,
            "max_position_embeddings": self.n_positions, "rms_norm_eps": self.norm_eps, "rope_theta": self.rope.base,
            "rope_scaling": scaling(self.rope.scaling), "tie_word_embeddings": tied, "eos_token_id": self.eos_ids,
        });
        let more = match self.architecture {
            Architecture::Llama | Architecture::Qwen3 => {
                json!({"head_dim": self.d_head, "attention_bias": attention_bias})
            }
            // Its biases and the width of its heads are not to choose.
            Architecture::Qwen2 if self.d_model == self.n_heads.checked_mul(self.d_head)? => json!({}),
            _ => return None,
        };
        if let (Value::Object(json), Value::Object(more)) = (&mut json, more) {
            json.extend(more);
        }
        Some(json)
    }
}

fn scaling(scaling: RopeScaling) -> Value {
    match scaling {
        RopeScaling::NONE => Value::Null,
        RopeScaling::Linear(factor) => json!({"rope_type": "linear", "factor": factor}),
        RopeScaling::Llama3 { factor, low, high, first_length } => json!({
            "rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
            "original_max_position_embeddings": first_length,
        }),
        RopeScaling::Yarn { factor, slow, fast, first_length, amplitude, whole } => json!({
            "rope_type": "yarn", "factor": factor, "beta_slow": slow, "beta_fast": fast, "attention_factor": amplitude,
            "original_max_position_embeddings": first_length, "truncate": whole,
        }),
    }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::inspection::Account;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let scalings = [
            RopeScaling::NONE,
            RopeScaling::Linear(2.5),
            RopeScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, first_length: 16.0 },
            RopeScaling::Yarn { factor: 4.0, slow: 0.5, fast: 8.0, first_length: 16.0, amplitude: 1.2, whole: false },
        ];
        let read = |json: &Value| {
            let mut account = Account::default();
            let config = ModelConfig::from_json(json.to_string().as_bytes(), &mut account).unwrap();
            assert_eq!(account.not_understood, []);
            config
        };
        for model_type in ["llama", "qwen2", "qwen3"] {
            let config = read(&json!({
                "model_type": model_type, "vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 1,
                "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 16, "max_position_embeddings": 64,
                "eos_token_id": [3], "tie_word_embeddings": true,
            }));
            for scaling in scalings {
                let mut scaled = ModelConfig { class_named: true, ..config.clone() };
                scaled.rope.scaling = scaling;
                assert_eq!(read(&scaled.to_json(true, false).unwrap()), scaled, "{model_type} {scaling:?}");
            }
        }
        let gpt2 = read(
            &json!({"model_type": "gpt2", "vocab_size": 10, "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 64}),
        );
        assert_eq!(gpt2.to_json(true, false), None);
    }
}
