//! Sizes and names of a model: from the `config.json` of a Hugging Face folder, or from [GGUF metadata](crate::gguf::llama).

use serde::Deserialize;
use vitrine_schema::ProblemType;

use crate::WeightsError;

/// Which transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// BERT (Devlin et al. 2018, arXiv 1810.04805).
    Bert,
    /// DistilBERT (Sanh et al. 2019, arXiv 1910.01108).
    DistilBert,
    /// GPT-2 (Radford et al. 2019).
    Gpt2,
    /// Llama (Touvron et al. 2023, arXiv 2302.13971).
    Llama,
}

impl Architecture {
    const ALL: [Self; 4] = [Self::Bert, Self::DistilBert, Self::Gpt2, Self::Llama];

    /// The `model_type` of Hugging Face.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
            Self::Gpt2 => "gpt2",
            Self::Llama => "llama",
        }
    }

    /// Whether it predicts the next token; the others classify a text.
    #[must_use]
    pub const fn causal(self) -> bool {
        matches!(self, Self::Gpt2 | Self::Llama)
    }

    /// What Hugging Face calls the activation that is built.
    const fn activation(self) -> &'static str {
        match self {
            Self::Bert | Self::DistilBert => "gelu",
            Self::Gpt2 => "gelu_new",
            Self::Llama => "silu",
        }
    }
}

/// How the classifier sees the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The first token, through a dense layer.
    First,
    /// The mean of all tokens (`classifier_pooling: "mean"`, as in ModernBERT's configuration).
    Mean,
}

/// Sizes and names of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Which transformer.
    pub architecture: Architecture,
    /// Rows of the embedding matrix.
    pub d_vocab: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads per block.
    pub n_heads: usize,
    /// Heads of keys and values, each shared by `n_heads / n_kv_heads` query heads.
    pub n_kv_heads: usize,
    /// Width of one head.
    pub d_head: usize,
    /// Width of the MLP.
    pub d_mlp: usize,
    /// Most tokens that can be read.
    pub n_positions: usize,
    /// Added to the variance in norms.
    pub norm_eps: f64,
    /// Base of the rotary angles (Llama).
    pub rope_base: f64,
    /// How the classifier sees the sequence.
    pub pooling: Pooling,
    /// Names of the classes, in the order of the logits; empty for a model of language.
    pub labels: Vec<String>,
    /// What these logits mean.
    pub problem_type: ProblemType,
    /// Tokens with which a model of language ends a text.
    pub eos_ids: Vec<u32>,
}

#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    vocab_size: usize,
    #[serde(alias = "dim", alias = "n_embd")]
    hidden_size: usize,
    #[serde(alias = "n_layers", alias = "n_layer")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads", alias = "n_head")]
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    #[serde(alias = "hidden_dim", alias = "n_inner")]
    intermediate_size: Option<usize>,
    #[serde(alias = "n_positions")]
    max_position_embeddings: usize,
    #[serde(alias = "layer_norm_epsilon", alias = "rms_norm_eps")]
    layer_norm_eps: Option<f64>,
    #[serde(alias = "activation", alias = "activation_function")]
    hidden_act: Option<String>,
    rope_theta: Option<f64>,
    #[serde(alias = "rope_parameters")]
    rope_scaling: Option<RawRope>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
    scale_attn_weights: Option<bool>,
    classifier_pooling: Option<String>,
    position_embedding_type: Option<String>,
    problem_type: Option<String>,
    id2label: Option<std::collections::BTreeMap<String, String>>,
    eos_token_id: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

#[derive(Deserialize)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
}

impl ModelConfig {
    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// [`WeightsError::Config`] says which part cannot be used.
    pub fn from_json(json: &[u8]) -> Result<Self, WeightsError> {
        const FILE: &str = "config.json";
        let bad = |detail: String| WeightsError::Config { file: FILE, detail };
        let raw: RawConfig = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
        let Some(architecture) = Architecture::ALL.into_iter().find(|known| known.name() == raw.model_type) else {
            let known = Architecture::ALL.map(Architecture::name).join(", ");
            return Err(bad(format!("model type {:?} is not built; {known} are", raw.model_type)));
        };
        match raw.hidden_act.as_deref() {
            Some(other) if other != architecture.activation() => {
                return Err(bad(format!("activation {other:?} is not built; {} is", architecture.activation())));
            }
            _ => {}
        }
        match raw.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return Err(bad(format!("position embedding {other:?} is not built; absolute is"))),
        }
        if let Some(kind) = raw.rope_scaling.as_ref().and_then(|rope| rope.rope_type.as_deref())
            && kind != "default"
        {
            return Err(bad(format!("rope scaling {kind:?} is not built")));
        }
        let unbuilt = [
            ("attention_bias", architecture == Architecture::Llama && raw.attention_bias),
            ("mlp_bias", raw.mlp_bias),
            ("scale_attn_by_inverse_layer_idx", raw.scale_attn_by_inverse_layer_idx),
            ("scale_attn_weights: false", raw.scale_attn_weights == Some(false)),
        ];
        if let Some((name, _)) = unbuilt.iter().find(|(_, asked)| *asked) {
            return Err(bad(format!("{name} is not built")));
        }
        let pooling = match raw.classifier_pooling.as_deref() {
            None | Some("cls") => Pooling::First,
            Some("mean") => Pooling::Mean,
            Some(other) => return Err(bad(format!("pooling {other:?} is not built; cls and mean are"))),
        };
        let labels = match raw.id2label {
            _ if architecture.causal() => Vec::new(),
            None => vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()],
            Some(names) => (0..names.len())
                .map(|class| names.get(&class.to_string()).cloned())
                .collect::<Option<_>>()
                .ok_or_else(|| bad("id2label does not count from 0".to_owned()))?,
        };
        let problem_type = match raw.problem_type.as_deref() {
            // A single logit has nothing to be weighed against.
            _ if labels.len() == 1 => ProblemType::Regression,
            None | Some("single_label_classification") => ProblemType::SingleLabel,
            Some("multi_label_classification") => ProblemType::MultiLabel,
            Some(other) => return Err(bad(format!("problem type {other:?} of {} labels is not built", labels.len()))),
        };
        let default_eps = if architecture.causal() { 1e-5 } else { 1e-12 };
        let theta = raw.rope_theta.or(raw.rope_scaling.and_then(|rope| rope.rope_theta));
        let d_head = raw.head_dim.or(raw.hidden_size.checked_div(raw.num_attention_heads)).unwrap_or(0);
        Self {
            architecture,
            d_vocab: raw.vocab_size,
            d_model: raw.hidden_size,
            n_layers: raw.num_hidden_layers,
            n_heads: raw.num_attention_heads,
            n_kv_heads: raw.num_key_value_heads.unwrap_or(raw.num_attention_heads),
            d_head,
            d_mlp: raw.intermediate_size.unwrap_or(raw.hidden_size.saturating_mul(4)),
            n_positions: raw.max_position_embeddings,
            norm_eps: raw.layer_norm_eps.unwrap_or(default_eps),
            rope_base: theta.unwrap_or(10_000.0),
            pooling,
            labels,
            problem_type,
            eos_ids: match raw.eos_token_id.filter(|_| architecture.causal()) {
                None => Vec::new(),
                Some(OneOrMany::One(id)) => vec![id],
                Some(OneOrMany::Many(ids)) => ids,
            },
        }
        .checked(FILE)
    }

    /// Bytes of the matrices when they are loaded as 32-bit floats; the embedding matrix of a model of language counts twice
    /// because it also reads the answer off.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let size = |a: usize, b: usize| (a as u64).saturating_mul(b as u64);
        let attention = size(self.d_model, self.d_head.saturating_mul(self.n_heads.saturating_add(self.n_kv_heads)))
            .saturating_mul(2);
        let matrices = if self.architecture == Architecture::Llama { 3 } else { 2 };
        let block = attention.saturating_add(size(self.d_model, self.d_mlp).saturating_mul(matrices));
        let embedding = size(self.d_vocab, self.d_model).saturating_mul(if self.architecture.causal() { 2 } else { 1 });
        let blocks = block.saturating_mul(self.n_layers as u64);
        blocks.saturating_add(embedding).saturating_mul(4)
    }

    /// A `config.json` that Hugging Face reads, for a Llama-type model that came without one.
    #[must_use]
    pub fn llama_json(&self) -> serde_json::Value {
        serde_json::json!({
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "torch_dtype": "float32",
            "vocab_size": self.d_vocab, "hidden_size": self.d_model, "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads, "num_key_value_heads": self.n_kv_heads, "head_dim": self.d_head,
            "intermediate_size": self.d_mlp, "max_position_embeddings": self.n_positions, "rms_norm_eps": self.norm_eps,
            "rope_theta": self.rope_base, "tie_word_embeddings": true, "eos_token_id": self.eos_ids,
        })
    }

    /// Refuses sizes that no model of these types has.
    pub(crate) fn checked(self, file: &'static str) -> Result<Self, WeightsError> {
        let bad = |detail: String| Err(WeightsError::Config { file, detail });
        // Bounds well above published models of these types; they keep every product of two sizes within 32 bits.
        let sizes = [
            ("vocab_size", self.d_vocab, 1 << 20),
            ("hidden size", self.d_model, 1 << 13),
            ("number of layers", self.n_layers, 1 << 8),
            ("number of heads", self.n_heads, 1 << 8),
            ("number of key/value heads", self.n_kv_heads, 1 << 8),
            ("head size", self.d_head, 1 << 10),
            ("MLP size", self.d_mlp, 1 << 16),
            ("max_position_embeddings", self.n_positions, 1 << 20),
        ];
        if let Some((name, size, most)) = sizes.iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
            return bad(format!("{name} is {size}, outside 1 to {most}"));
        }
        let causal = self.architecture.causal();
        if !causal && !(1..=1 << 12).contains(&self.labels.len()) {
            return bad(format!("number of classes is {}, outside 1 to 4096", self.labels.len()));
        }
        // Only Llama may have heads that do not add up to the width of the stream.
        let free = self.architecture == Architecture::Llama;
        if !free && self.d_head.checked_mul(self.n_heads) != Some(self.d_model) {
            return bad(format!("hidden size {} is no multiple of {} heads", self.d_model, self.n_heads));
        }
        if !self.n_heads.is_multiple_of(self.n_kv_heads) || (!free && self.n_heads != self.n_kv_heads) {
            return bad(format!("{} heads cannot share {} key/value heads", self.n_heads, self.n_kv_heads));
        }
        if free && !self.d_head.is_multiple_of(2) {
            return bad(format!("head size {} cannot be rotated; it is odd", self.d_head));
        }
        if !(self.norm_eps > 0.0 && self.norm_eps < 1.0) {
            return bad(format!("the norm's epsilon is {}", self.norm_eps));
        }
        if !(self.rope_base >= 1.0 && self.rope_base < 1e12) {
            return bad(format!("the base of the rotary angles is {}", self.rope_base));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_run_is_said() {
        let check = |change: (&str, &str), sentence: &str| {
            let json = r#"{"model_type":"bert","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8}"#;
            let result = ModelConfig::from_json(json.replace(change.0, change.1).as_bytes());
            let said = result.map_or_else(|error| error.to_string(), |_| String::new());
            assert!(said.contains(sentence) && said.is_empty() == sentence.is_empty(), "{said}");
        };
        check(("", ""), "");
        check(("\"bert\"", "\"t5\""), "model type \"t5\" is not built; bert, distilbert, gpt2, llama are");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":3"), "no multiple");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":0"), "outside");
        check(("\"hidden_size\":8", "\"hidden_size\":999999999"), "outside");
        check(("\"hidden_size\":8,", ""), "missing field");
        check(("}", ",\"hidden_act\":\"relu\"}"), "activation");
        check(("}", "}}"), "trailing");
        check(("}", ",\"vocab_size\":10}"), "duplicate field");
        check(("\"bert\"", "\"gpt2\""), "");
        check(("\"bert\"", "\"llama\""), "");
        check(("\"bert\",", "\"llama\",\"num_key_value_heads\":3,"), "cannot share 3");
        check(("\"bert\",", "\"llama\",\"rope_scaling\":{\"rope_type\":\"llama3\"},"), "rope scaling \"llama3\"");
        check(("\"bert\",", "\"llama\",\"head_dim\":3,"), "odd");
        check(("\"bert\",", "\"gpt2\",\"rope_theta\":0,"), "rotary");
        check(("}", ",\"id2label\":{\"1\":\"a\"}}"), "count from 0");
    }
}
