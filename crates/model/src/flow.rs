//! A forward pass that can be entered, left and taken up again between blocks.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::Rope;

use crate::causal::KvCache;
use crate::mask::{Sees, score_bias};
use crate::parts::{Base, BlockHooks};
use crate::rotary::Rotation;
use crate::{Hooks, KeyMask, Model};

/// What the blocks of a model need beside the stream.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Of layers that read everything, or everything before.
    pub(crate) whole: Reading,
    /// Of layers that read a window.
    pub(crate) window: Option<Reading>,
    /// Tokens that were run before.
    pub(crate) past: usize,
}

/// How a layer reads.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Added to the scores of attention, `[batch or 1, 1, query_pos or 1, key_pos]`.
    pub bias: Option<Tensor<4>>,
    /// Of a model that turns its queries and keys.
    pub rotation: Option<Rotation>,
}

/// A model as blocks, one after the other.
pub trait Layered: std::fmt::Debug + Send + Sync {
    /// What every model has.
    fn base(&self) -> &Base;

    /// The sites that this model has, in the order of the forward pass.
    fn sites(&self) -> Vec<Site>;

    /// What the blocks need for `[batch, pos]` tokens after `past` others.
    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables;

    /// What the first block reads: the embeddings, unless positions are added to them.
    ///
    /// # Shapes
    /// word_embed `[batch, pos, d_embed]` to `[batch, pos, d_model]`.
    fn enter(&self, word_embed: Tensor<3>, _: &Tables, hooks: &mut Hooks) -> Tensor<3> {
        hooks.at(Site::TokenEmbed, word_embed)
    }

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
    /// word_embed `[batch, pos, d_embed]`.
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

impl Reading {
    /// Queries and keys at their positions.
    ///
    /// # Shapes
    /// query `[batch, pos, head, d_head]`, key `[batch, pos, kv_head, d_head]`, to the same.
    pub fn turned(&self, query: Tensor<4>, key: Tensor<4>, hooks: &mut BlockHooks) -> (Tensor<4>, Tensor<4>) {
        let turned = |x: Tensor<4>| self.rotation.as_ref().map_or(x.clone(), |rotation| rotation.apply(x));
        (hooks.at(BlockSite::RotQ, turned(query)), hooks.at(BlockSite::RotK, turned(key)))
    }
}

impl Tables {
    /// Of a model that, where it has `rope`, turns its queries and keys; each frequency of that is divided by one of
    /// `divisors`, where there are any.
    pub(crate) fn new(
        base: &Base,
        rope: Option<&Rope>,
        divisors: &[f32],
        [batch, pos]: [usize; 2],
        past: usize,
        mask: Option<&KeyMask>,
    ) -> Self {
        let device = &base.device;
        let causal = base.config.architecture.causal();
        let reading = |window: Option<usize>, rope: Option<&Rope>| Reading {
            bias: score_bias(Sees { causal, window }, mask, [batch, past, pos], device),
            rotation: rope.map(|rope| Rotation::new(rope, divisors, past, pos, device)),
        };
        let window = base.config.sliding.as_ref().map(|sliding| {
            let turned = rope.map(|rope| Rope { base: sliding.rope_base, scaling: sliding.rope_scaling, ..*rope });
            reading(Some(sliding.window), turned.as_ref())
        });
        Self { whole: reading(None, rope), window, past }
    }

    /// What a layer reads with.
    pub(crate) fn of(&self, base: &Base, layer: usize) -> &Reading {
        let slides = base.config.sliding.as_ref().and_then(|sliding| sliding.layers.get(layer).copied());
        self.window.as_ref().filter(|_| slides == Some(true)).unwrap_or(&self.whole)
    }
}
