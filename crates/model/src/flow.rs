//! A forward pass that can be entered, left and taken up again between blocks.

use burn::tensor::Tensor;

use crate::causal::{KvCache, score_bias};
use crate::llama::Rotation;
use crate::{Hooks, KeyMask, Model};

/// What the blocks of a model need beside the stream.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Added to the scores of attention, `[batch or 1, 1, query_pos or 1, key_pos]`.
    pub(crate) bias: Option<Tensor<4>>,
    /// Of a model that turns its queries and keys.
    pub(crate) rotation: Option<Rotation>,
    /// Tokens that were run before.
    pub(crate) past: usize,
}

/// A model as blocks, one after the other.
pub(crate) trait Layered {
    /// What the blocks need for `[batch, pos]` tokens after `past` others.
    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables;

    /// What the first block reads.
    ///
    /// # Shapes
    /// word_embed `[batch, pos, d_model]` to the same.
    fn enter(&self, word_embed: Tensor<3>, tables: &Tables, hooks: &mut Hooks) -> Tensor<3>;

    /// One block.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same, which the next block reads.
    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        cache: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3>;
}

/// The stream between two blocks.
///
/// ```text
/// let mut flow = Flow::enter(&model, word_embed, None, None, &mut hooks);
/// while !flow.is_done() {
///     flow = flow.step(None, &mut hooks);
///     // Others may have their turn.
/// }
/// let logits = flow.logits(None, &mut hooks);
/// ```
#[derive(Debug, Clone)]
pub struct Flow<'m> {
    model: &'m Model,
    mask: Option<KeyMask>,
    tables: Tables,
    layer: usize,
    resid: Tensor<3>,
}

impl<'m> Flow<'m> {
    /// Starts at the embeddings. With a cache, the tokens follow those that were run before.
    ///
    /// # Shapes
    /// word_embed `[batch, pos, d_model]`.
    #[must_use]
    pub fn enter(
        model: &'m Model,
        word_embed: Tensor<3>,
        mask: Option<&KeyMask>,
        cache: Option<&KvCache>,
        hooks: &mut Hooks,
    ) -> Self {
        let [batch, pos, _] = word_embed.dims();
        let past = cache.map_or(0, KvCache::n_tokens);
        let tables = model.layered().tables([batch, pos], past, mask);
        let resid = model.layered().enter(word_embed, &tables, hooks);
        Self { model, mask: mask.cloned(), tables, layer: 0, resid }
    }

    /// Starts at block `layer` with what it reads (`blocks.{layer}.hook_resid_pre`); the number of blocks means the end of the
    /// stream. The tokens stand at the positions after `past` others.
    ///
    /// # Shapes
    /// resid `[batch, pos, d_model]`.
    #[must_use]
    pub fn at(model: &'m Model, layer: usize, resid: Tensor<3>, mask: Option<&KeyMask>, past: usize) -> Self {
        let [batch, pos, _] = resid.dims();
        let tables = model.layered().tables([batch, pos], past, mask);
        Self { model, mask: mask.cloned(), tables, layer, resid }
    }

    /// More rows, which enter before the next block; of a flow without a mask.
    ///
    /// # Shapes
    /// resid `[more, pos, d_model]`.
    #[must_use]
    pub fn joined(self, resid: Tensor<3>) -> Self {
        Self { resid: Tensor::cat(vec![self.resid, resid], 0), ..self }
    }

    /// The next block; the number of blocks once all were run.
    #[must_use]
    pub const fn layer(&self) -> usize {
        self.layer
    }

    /// What the next block reads, `[batch, pos, d_model]`.
    #[must_use]
    pub fn resid(&self) -> Tensor<3> {
        self.resid.clone()
    }

    /// Whether all blocks were run.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.layer >= self.model.config().n_layers
    }

    /// Runs one block, if there is one left. A cache is the one that it was entered with.
    #[must_use]
    pub fn step(self, cache: Option<&mut KvCache>, hooks: &mut Hooks) -> Self {
        if self.is_done() {
            return self;
        }
        // The stream is handed over, so that a block may write where it read.
        let Self { model, mask, tables, layer, resid } = self;
        let resid = model.layered().block(layer, resid, &tables, cache, hooks);
        Self { model, mask, tables, layer: layer + 1, resid }
    }

    /// Runs the blocks before `layer`.
    #[must_use]
    pub fn run_to(mut self, layer: usize, mut cache: Option<&mut KvCache>, hooks: &mut Hooks) -> Self {
        while self.layer < layer && !self.is_done() {
            self = self.step(cache.as_deref_mut(), hooks);
        }
        self
    }

    /// Runs what is left: the logits of the classes, or of the next token after the last position.
    ///
    /// # Shapes
    /// `[batch, class]` or `[batch, d_vocab]`.
    pub fn logits(self, cache: Option<&mut KvCache>, hooks: &mut Hooks) -> Tensor<2> {
        let Self { model, mask, resid, .. } = self.run_to(usize::MAX, cache, hooks);
        model.read(resid, mask.as_ref(), hooks)
    }

    /// Runs what is left and the last norm, of a model of language; of an encoder the stream as it is.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]`.
    pub fn normalized(self, cache: Option<&mut KvCache>, hooks: &mut Hooks) -> Tensor<3> {
        let Self { model, resid, .. } = self.run_to(usize::MAX, cache, hooks);
        match model.causal() {
            Some(causal) => causal.final_norm(resid, hooks),
            None => resid,
        }
    }
}

/// The tables of a model that reads from left to right.
pub(crate) fn causal_tables(
    [batch, pos]: [usize; 2],
    past: usize,
    mask: Option<&KeyMask>,
    rotation: Option<Rotation>,
    device: &burn::tensor::Device,
) -> Tables {
    Tables { bias: score_bias(mask, batch, past, pos, device), rotation, past }
}
