//! The transformer: tokens to logits, observed and intervened on.
//!
//! *In*: checked tensors from [`vitrine_weights`], then embedded tokens. *Out*: logits, and on request the activation at
//! any [`Site`](vitrine_schema::Site).
//!
//! Read first: [`Bert`] or [`Llama`] (a forward pass, top to bottom), [`Classifier`] and [`Causal`] (what the kinds share), [`Model`] (any of them), [`Hooks`] (what to read, what
//! to change), [`Trace`].
//! A weight is a plain tensor; only what a method lifts with `autodiff()` is differentiated.

pub mod bert;
pub mod causal;
pub mod classifier;
pub mod embedding;
mod flow;
pub mod gemma3;
pub mod gpt2;
pub mod gpt_neox;
pub mod hooks;
pub mod llama;
pub mod loader;
pub mod mask;
mod model;
pub mod modern_bert;
mod nonlinear;
#[cfg(feature = "cpu")]
mod packed;
mod parts;
mod rotary;
pub mod trace;

pub use bert::Bert;
pub use causal::{Causal, KvCache};
pub use classifier::Classifier;
pub use embedding::EmbeddingTable;
pub use flow::Flow;
pub use gemma3::Gemma3;
pub use gpt_neox::GptNeox;
pub use gpt2::Gpt2;
pub use hooks::{Edit, Hooks, Intervention, Values};
pub use llama::Llama;
pub use loader::Loader;
pub use mask::KeyMask;
pub use model::Model;
pub use modern_bert::ModernBert;
pub use trace::{Activation, Trace};
#[cfg(feature = "cpu")]
pub use vitrine_kernel::fused;

/// Why a model cannot be built or run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The files are wrong.
    #[error(transparent)]
    Weights(#[from] vitrine_weights::WeightsError),
    /// More tokens than the model has positions for.
    #[error("the model reads at most {most} tokens, {found} were given")]
    TooLong {
        /// Positions of the model.
        most: usize,
        /// Tokens given.
        found: usize,
    },
    /// Rows of a batch differ in length, or there is none.
    #[error("all rows of a batch need the same number of tokens, at least one")]
    Ragged,
    /// A token id without a row in the embedding matrix.
    #[error("token {id} is outside the vocabulary of {d_vocab}")]
    OutsideVocabulary {
        /// The id.
        id: u32,
        /// Rows of the embedding matrix.
        d_vocab: usize,
    },
    /// An edit does not fit the activation it was meant for.
    #[error("the edit at {site} does not fit the shape {shape:?}")]
    EditShape {
        /// TransformerLens name of the site.
        site: String,
        /// Shape of the activation there.
        shape: Vec<usize>,
    },
    /// The device did not hand its numbers back.
    #[error("the device did not return its result: {detail}")]
    Readback {
        /// What it said.
        detail: String,
    },
}
