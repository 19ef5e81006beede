//! A model of any architecture that is built.

use burn::tensor::{Device, Tensor};
use std::sync::Arc;
use vitrine_schema::Site;
use vitrine_weights::{ModelConfig, Pooling};

use crate::flow::{Flow, Layered};
use crate::parts::Base;
use crate::{Causal, Classifier, EmbeddingTable, Hooks, KeyMask, ModelError};

/// A model that is ready to run.
#[derive(Debug, Clone)]
pub enum Model {
    /// It classifies a text.
    Classifier(Arc<dyn Classifier>),
    /// It writes on.
    Causal(Arc<dyn Causal>),
}

impl Model {
    fn base(&self) -> &Base {
        self.layered().base()
    }

    /// Sizes and names.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.base().config
    }

    /// Where the weights are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.base().device
    }

    /// The embedding matrix.
    #[must_use]
    pub fn word_embeddings(&self) -> &EmbeddingTable {
        &self.base().word_embeddings
    }

    /// Bits of a weight of a matrix as the device keeps it, its share of a scale included; rounded.
    #[must_use]
    pub fn weight_bits(&self) -> usize {
        self.base().weight_bits
    }

    /// Whether a row of a batch has the same numbers, to the last bit, whatever stands beside it: where the products are
    /// our own.
    #[must_use]
    pub fn rows_are_independent(&self) -> bool {
        self.base().packed
    }

    /// Bytes of all weights as they are kept.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.base().bytes
    }

    /// The model as one of language, if it is one.
    #[must_use]
    pub fn causal(&self) -> Option<&dyn Causal> {
        match self {
            Self::Classifier(_) => None,
            Self::Causal(model) => Some(&**model),
        }
    }

    /// The sites that this model has, in the order of the forward pass.
    #[must_use]
    pub fn sites(&self) -> Vec<Site> {
        self.layered().sites()
    }

    /// What the answer is read from, as a share of each position: the last of a model of language, the first of a
    /// classifier, or all alike where it pools their mean.
    #[must_use]
    pub fn read_from(&self, n_tokens: usize) -> Vec<f32> {
        let position = match (self.causal(), self.config().pooling) {
            (None, Pooling::Mean) => return vec![1.0 / n_tokens.max(1) as f32; n_tokens],
            (None, Pooling::First) => 0,
            (Some(_), _) => n_tokens.saturating_sub(1),
        };
        (0..n_tokens).map(|at| if at == position { 1.0 } else { 0.0 }).collect()
    }

    /// Looks tokens up, before positions are added.
    ///
    /// # Shapes
    /// ids `[batch][pos]` to `[batch, pos, d_embed]`, which is the width of the stream in most models.
    ///
    /// # Errors
    /// [`ModelError::Ragged`], [`ModelError::TooLong`], [`ModelError::OutsideVocabulary`].
    pub fn embed(&self, ids: &[Vec<u32>]) -> Result<Tensor<3>, ModelError> {
        let pos = ids.first().map_or(0, Vec::len);
        if pos == 0 || ids.iter().any(|row| row.len() != pos) {
            return Err(ModelError::Ragged);
        }
        self.upload(self.word_embeddings().lookup(&ids.concat())?, ids.len(), pos)
    }

    /// Sends embeddings to the device.
    ///
    /// # Shapes
    /// Row-major values of `[batch, pos, d_embed]`.
    ///
    /// # Errors
    /// [`ModelError::TooLong`], [`ModelError::Ragged`].
    pub fn upload(&self, values: Vec<f32>, batch: usize, pos: usize) -> Result<Tensor<3>, ModelError> {
        self.base().upload(values, [batch, pos], self.config().d_embed)
    }

    /// Sends a stream to the device, such as what a block reads.
    ///
    /// # Shapes
    /// Row-major values of `[batch, pos, d_model]`.
    ///
    /// # Errors
    /// [`ModelError::TooLong`], [`ModelError::Ragged`].
    pub fn upload_stream(&self, values: Vec<f32>, batch: usize, pos: usize) -> Result<Tensor<3>, ModelError> {
        self.base().upload(values, [batch, pos], self.config().d_model)
    }

    /// Runs the model on embedded tokens: the logits of the classes, or of the next token after the last position.
    ///
    /// Keys in `mask` are not attended to and not pooled. Differentiable with respect to `word_embed` when that was
    /// lifted with `autodiff().require_grad()`.
    ///
    /// # Shapes
    /// word_embed `[batch, pos, d_embed]` to logits `[batch, class]` or `[batch, d_vocab]`.
    pub fn forward(&self, word_embed: Tensor<3>, mask: Option<&KeyMask>, hooks: &mut Hooks) -> Tensor<2> {
        Flow::enter(self, word_embed, mask, None, hooks).logits(None, hooks)
    }

    /// Reads logits off the end of the stream.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to `[batch, class]` or `[batch, d_vocab]`.
    pub(crate) fn read(&self, resid: Tensor<3>, mask: Option<&KeyMask>, hooks: &mut Hooks) -> Tensor<2> {
        let causal = match self {
            Self::Classifier(model) => return model.classify(resid, mask, hooks),
            Self::Causal(model) => model,
        };
        let [batch, pos, d_model] = resid.dims();
        let normalized = causal.final_norm(resid, hooks);
        causal.unembed(normalized.slice([0..batch, pos - 1..pos, 0..d_model]))
    }

    pub(crate) fn layered(&self) -> &dyn Layered {
        match self {
            Self::Classifier(model) => &**model,
            Self::Causal(model) => &**model,
        }
    }
}
