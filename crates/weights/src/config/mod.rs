//! Sizes and names of a model: from the `config.json` of a [Hugging Face folder](hugging_face), or from
//! [GGUF metadata](crate::gguf::describe).

mod classes;
mod decoder;
pub mod hugging_face;
mod rope;
mod without_effect;
mod written;

pub use rope::{Rope, RopeScaling};

use vitrine_schema::ProblemType;
use vitrine_schema::inspection::{Block, Norms, Positions, Shape, Window};

use crate::WeightsError;

/// Which transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// BERT (Devlin et al. 2018, arXiv 1810.04805).
    Bert,
    /// DistilBERT (Sanh et al. 2019, arXiv 1910.01108).
    DistilBert,
    /// RoBERTa (Liu et al. 2019, arXiv 1907.11692).
    Roberta,
    /// XLM-RoBERTa (Conneau et al. 2019, arXiv 1911.02116): RoBERTa with another vocabulary.
    XlmRoberta,
    /// CamemBERT (Martin et al. 2019, arXiv 1911.03894): RoBERTa with another vocabulary.
    Camembert,
    /// ELECTRA (Clark et al. 2020, arXiv 2003.10555), the part that is kept.
    Electra,
    /// ALBERT (Lan et al. 2019, arXiv 1909.11942): one block, many times.
    Albert,
    /// ModernBERT (Warner et al. 2024, arXiv 2412.13663): rotary positions, and windows in most layers.
    ModernBert,
    /// GPT-2 (Radford et al. 2019).
    Gpt2,
    /// GPT-NeoX (Black et al. 2022, arXiv 2204.06745), and Pythia.
    GptNeox,
    /// Llama (Touvron et al. 2023, arXiv 2302.13971).
    Llama,
    /// Qwen2 (arXiv 2407.10671): Llama with biases of queries, keys and values.
    Qwen2,
    /// Qwen3 (arXiv 2505.09388): Llama with a norm of queries and keys.
    Qwen3,
    /// Gemma 3 without its eyes (arXiv 2503.19786).
    Gemma3,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Bert,
        Self::DistilBert,
        Self::Roberta,
        Self::XlmRoberta,
        Self::Camembert,
        Self::Electra,
        Self::Albert,
        Self::ModernBert,
        Self::Gpt2,
        Self::GptNeox,
        Self::Llama,
        Self::Qwen2,
        Self::Qwen3,
        Self::Gemma3,
    ];

    /// The `model_type` of Hugging Face.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Camembert => "camembert",
            Self::Electra => "electra",
            Self::Albert => "albert",
            Self::ModernBert => "modernbert",
            Self::Gpt2 => "gpt2",
            Self::GptNeox => "gpt_neox",
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gemma3 => "gemma3_text",
        }
    }

    /// Whether it predicts the next token; the others classify a text.
    #[must_use]
    pub const fn causal(self) -> bool {
        matches!(self, Self::Gpt2 | Self::GptNeox) || self.of_llama()
    }

    /// Whether it is built as RoBERTa is.
    #[must_use]
    pub const fn of_roberta(self) -> bool {
        matches!(self, Self::Roberta | Self::XlmRoberta | Self::Camembert)
    }

    /// Whether a text may be told from a second one by an embedding of its own.
    #[must_use]
    pub const fn segments(self) -> bool {
        !self.causal() && !matches!(self, Self::DistilBert | Self::ModernBert)
    }

    /// Whether its MLP has a gate, that is three matrices.
    #[must_use]
    pub const fn gated(self) -> bool {
        matches!(self, Self::ModernBert) || self.of_llama()
    }

    /// Whether it has root-mean-square norms, and its heads a width and a number of keys of their own.
    #[must_use]
    pub const fn of_llama(self) -> bool {
        matches!(self, Self::Llama | Self::Qwen2 | Self::Qwen3 | Self::Gemma3)
    }

    /// Whether it turns queries and keys by the place of their token.
    #[must_use]
    pub const fn rotary(self) -> bool {
        matches!(self, Self::GptNeox | Self::ModernBert) || self.of_llama()
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

/// Whether linear layers and norms have biases; `None` where the tensors of the file decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Biases {
    /// Queries, keys and values.
    pub attention: Option<bool>,
    /// What attention writes.
    pub output: Option<bool>,
    /// The MLP.
    pub mlp: Option<bool>,
    /// Layer norms, whose biases are their shifts.
    pub norms: Option<bool>,
    /// The layer of a head in front of its last.
    pub head: Option<bool>,
}

impl Biases {
    /// Everything has one.
    pub(crate) const ALL: Self =
        Self { attention: Some(true), output: Some(true), mlp: Some(true), norms: Some(true), head: Some(true) };
}

/// What the product of a query and a key is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// In every layer.
    pub divisor: f64,
    /// And by the number of the layer, counted from 1 (GPT-2, where it is asked for).
    pub by_layer: bool,
}

impl Scores {
    /// By the root of a number, as a rule the width of a head.
    #[must_use]
    pub fn over(number: f64) -> Self {
        Self { divisor: number.sqrt(), by_layer: false }
    }

    /// Of one layer.
    #[must_use]
    pub fn divisor_of(&self, layer: usize) -> f32 {
        let more = if self.by_layer { layer as f64 + 1.0 } else { 1.0 };
        (self.divisor * more) as f32
    }
}

/// Layers that read a window, and how they turn their queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Sliding {
    /// Tokens that one reads, itself included: the last ones, or as many on each side.
    pub window: usize,
    /// Of each layer whether it is one of them.
    pub layers: Vec<bool>,
    /// Base of their rotary angles.
    pub rope_base: f64,
    /// What is done to those angles.
    pub rope_scaling: RopeScaling,
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
    /// The first token.
    First,
    /// The mean of all tokens (`classifier_pooling: "mean"`).
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
    /// Width of the embeddings, where a layer stands between them and the stream (ELECTRA, ALBERT); else that of the stream.
    pub d_embed: usize,
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
    /// Rows of the segment matrix; 0 where there is none.
    pub n_segments: usize,
    /// Added to the variance in norms.
    pub norm_eps: f64,
    /// Rows of the position matrix in front of the one for the first token (RoBERTa: up to that of padding).
    pub first_position: usize,
    /// How queries and keys are turned, in a model that turns them.
    pub rope: Rope,
    /// Layers that read a window.
    pub sliding: Option<Sliding>,
    /// What scores are divided by.
    pub scores: Scores,
    /// The activation of the MLP.
    pub activation: Activation,
    /// The activation of the layer of a head in front of its last (ModernBERT; the others have the one of their architecture).
    pub head_activation: Activation,
    /// Whether linear layers and norms have biases.
    pub biases: Biases,
    /// Whether attention and MLP of a block read the same stream, so that there is none between them (GPT-NeoX).
    pub parallel: bool,
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
        let matrices = if self.architecture.gated() { 3 } else { 2 };
        let block = attention.saturating_add(size(self.d_model, self.d_mlp).saturating_mul(matrices));
        let embedding = size(self.d_vocab, self.d_embed).saturating_mul(if self.architecture.causal() { 2 } else { 1 });
        // The layers of ALBERT are one.
        let n_blocks = if self.architecture == Architecture::Albert { 1 } else { self.n_layers as u64 };
        let blocks = block.saturating_mul(n_blocks);
        blocks.saturating_add(embedding).saturating_mul(4)
    }

    /// What the numbers of the embedding matrix are multiplied by on their way to the stream.
    #[must_use]
    pub fn embedding_factor(&self) -> f32 {
        if self.architecture == Architecture::Gemma3 { (self.d_model as f64).sqrt() as f32 } else { 1.0 }
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

    /// How its blocks are built.
    #[must_use]
    pub fn block(&self) -> Block {
        let architecture = self.architecture;
        let window = self.sliding.as_ref().map(|Sliding { window, layers, .. }| Window {
            tokens: *window,
            n_layers: layers.iter().filter(|slides| **slides).count(),
        });
        Block {
            d_embed: self.d_embed,
            positions: if architecture.rotary() { Positions::Rotary } else { Positions::Learned },
            norms: match architecture {
                Architecture::Gemma3 => Norms::Around,
                _ if architecture.causal() || architecture == Architecture::ModernBert => Norms::Before,
                _ => Norms::After,
            },
            root_mean_square: architecture.of_llama(),
            parallel: self.parallel,
            gated: architecture.gated(),
            activation: self.activation.name().to_owned(),
            shared: architecture == Architecture::Albert,
            window: window.filter(|window| window.n_layers > 0),
        }
    }

    /// Refuses sizes that no model of these types has.
    pub(crate) fn checked(self, file: &str) -> Result<Self, WeightsError> {
        let bad = |detail: String| Err(WeightsError::Config { file: file.to_owned(), detail });
        // Bounds well above published models of these types; they keep every product of two sizes within 32 bits.
        let sizes = [
            ("vocab_size", self.d_vocab, 1 << 20),
            ("hidden size", self.d_model, 1 << 13),
            ("embedding_size", self.d_embed, 1 << 13),
            ("number of layers", self.n_layers, 1 << 8),
            ("number of heads", self.n_heads, 1 << 8),
            ("number of key/value heads", self.n_kv_heads, 1 << 8),
            ("head size", self.d_head, 1 << 10),
            ("MLP size", self.d_mlp, 1 << 16),
            ("max_position_embeddings", self.n_positions, 1 << 20),
            ("type_vocab_size", if self.architecture.segments() { self.n_segments } else { 1 }, 1 << 10),
            ("sliding_window", self.sliding.as_ref().map_or(1, |sliding| sliding.window), 1 << 20),
        ];
        if let Some((name, size, most)) = sizes.iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
            return bad(format!("{name} is {size}, outside 1 to {most}"));
        }
        let causal = self.architecture.causal();
        if !causal && !(1..=1 << 12).contains(&self.labels.len()) {
            return bad(format!("number of classes is {}, outside 1 to 4096", self.labels.len()));
        }
        // Only there may heads not add up to the width of the stream.
        let free = self.architecture.of_llama();
        if !free && self.d_head.checked_mul(self.n_heads) != Some(self.d_model) {
            return bad(format!("hidden size {} is no multiple of {} heads", self.d_model, self.n_heads));
        }
        if !self.n_heads.is_multiple_of(self.n_kv_heads) || (!free && self.n_heads != self.n_kv_heads) {
            return bad(format!("{} heads cannot share {} key/value heads", self.n_heads, self.n_kv_heads));
        }
        if self.architecture.rotary()
            && let Some(fault) = self.rope.fault(self.d_head)
        {
            return bad(fault);
        }
        if !(self.norm_eps > 0.0 && self.norm_eps < 1.0) {
            return bad(format!("the norm's epsilon is {}", self.norm_eps));
        }
        if !(self.scores.divisor > 0.0 && self.scores.divisor < 1e6) {
            return bad(format!("scores are divided by {}", self.scores.divisor));
        }
        Ok(self)
    }
}
