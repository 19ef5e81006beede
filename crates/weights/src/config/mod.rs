//! Sizes and names of a model: from the `config.json` of a [Hugging Face folder](hugging_face), or from
//! [GGUF metadata](crate::gguf::llama).

pub mod hugging_face;
mod without_effect;

use vitrine_schema::ProblemType;
use vitrine_schema::inspection::Shape;

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
    pub(crate) const ALL: [Self; 4] = [Self::Bert, Self::DistilBert, Self::Gpt2, Self::Llama];

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

    /// What it answers with, in the words of Hugging Face.
    #[must_use]
    pub const fn head(self) -> &'static str {
        if self.causal() { "causal-lm" } else { "sequence-classification" }
    }
}

/// The function between the two halves of an MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x · Φ(x)` (Hendrycks, Gimpel 2016, arXiv 1606.08415).
    Gelu,
    /// The same with Φ by a hyperbolic tangent.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
    /// `x · σ(x)`.
    Silu,
}

impl Activation {
    /// What Hugging Face calls them.
    pub(crate) const NAMES: [(&str, Self); 9] = [
        ("gelu", Self::Gelu),
        ("gelu_python", Self::Gelu),
        ("gelu_new", Self::GeluTanh),
        ("gelu_fast", Self::GeluTanh),
        ("gelu_pytorch_tanh", Self::GeluTanh),
        ("gelu_accurate", Self::GeluTanh),
        ("relu", Self::Relu),
        ("silu", Self::Silu),
        ("swish", Self::Silu),
    ];

    /// One of its names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_pytorch_tanh",
            Self::Relu => "relu",
            Self::Silu => "silu",
        }
    }
}

/// How a file calls its tensors and orders their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A folder of Hugging Face.
    HuggingFace,
    /// A GGUF file.
    Gguf,
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
    /// Rows of the segment matrix (BERT).
    pub n_segments: usize,
    /// Added to the variance in norms.
    pub norm_eps: f64,
    /// Base of the rotary angles (Llama).
    pub rope_base: f64,
    /// What positions are divided by before they are turned into angles (Llama).
    pub rope_factor: f64,
    /// The activation of the MLP.
    pub activation: Activation,
    /// Whether attention has biases (Llama); `None` where the tensors of the file decide.
    pub attention_bias: Option<bool>,
    /// Whether the answer is read off the embedding matrix; `None` where the tensors of the file decide.
    pub tied: Option<bool>,
    /// Whether the file says which class of model it is; otherwise its tensors have to.
    pub class_named: bool,
    /// How the file calls its tensors.
    pub format: Format,
    /// How the classifier sees the sequence.
    pub pooling: Pooling,
    /// Names of the classes, in the order of the logits; empty for a model of language.
    pub labels: Vec<String>,
    /// What these logits mean.
    pub problem_type: ProblemType,
    /// The class of the tokenizer, where the configuration names it.
    pub tokenizer_class: Option<String>,
    /// Tokens with which a model of language ends a text.
    pub eos_ids: Vec<u32>,
}

impl ModelConfig {
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

    /// A `config.json` that Hugging Face reads, for a Llama-type model that came without one; the tensors say whether it has
    /// a head of its own and biases.
    #[must_use]
    pub fn llama_json(&self, tied: bool, attention_bias: bool) -> serde_json::Value {
        let scaling = serde_json::json!({"rope_type": "linear", "factor": self.rope_factor});
        let scaling = (self.rope_factor != 1.0).then_some(scaling);
        serde_json::json!({
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "torch_dtype": "float32",
            "vocab_size": self.d_vocab, "hidden_size": self.d_model, "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads, "num_key_value_heads": self.n_kv_heads, "head_dim": self.d_head,
            "intermediate_size": self.d_mlp, "max_position_embeddings": self.n_positions, "rms_norm_eps": self.norm_eps,
            "rope_theta": self.rope_base, "rope_scaling": scaling, "attention_bias": attention_bias,
            "tie_word_embeddings": tied, "eos_token_id": self.eos_ids,
        })
    }

    /// The sizes alone.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        Shape {
            n_layers: self.n_layers,
            n_heads: self.n_heads,
            n_key_value_heads: self.n_kv_heads,
            d_model: self.d_model,
            d_head: self.d_head,
            d_mlp: self.d_mlp,
            d_vocab: self.d_vocab,
            context: self.n_positions,
        }
    }

    /// Refuses sizes that no model of these types has.
    pub(crate) fn checked(self, file: &str) -> Result<Self, WeightsError> {
        let bad = |detail: String| Err(WeightsError::Config { file: file.to_owned(), detail });
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
            ("type_vocab_size", if self.architecture == Architecture::Bert { self.n_segments } else { 1 }, 1 << 10),
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
        if !(self.rope_factor > 0.0 && self.rope_factor < 1e6) {
            return bad(format!("the rotary positions are divided by {}", self.rope_factor));
        }
        Ok(self)
    }
}
