//! What models that read from left to right share: how they read the answer off the stream, and the keys and values read before.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use vitrine_schema::BlockSite;
use vitrine_schema::floats::Floats;
use vitrine_schema::work::Kept;

use crate::flow::Layered;
use crate::nonlinear::softmax;
use crate::parts::{BlockHooks, Matrix};
use crate::{Hooks, ModelError, trace};

/// A model of language: each position is read with the positions before it.
pub trait Causal: Layered {
    /// The last norm alone, as the logit lens needs it: its statistics are those of what it is given.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same.
    fn final_norm(&self, resid: Tensor<3>, hooks: &mut Hooks) -> Tensor<3>;

    /// What reads logits off the normalized stream.
    fn unembedding(&self) -> &Unembedding;

    /// Gain of the last norm, and its shift if it is one that takes the mean away, `[d_model]`.
    fn final_gain(&self) -> (Tensor<1>, Option<Tensor<1>>);

    /// What turns the weighted values of each head of a block into what it writes, `[head, d_head, d_model]`; where a norm
    /// stands behind attention, with its gain and up to its divisor, `ln1_post.hook_scale`.
    fn head_output(&self, layer: usize) -> Tensor<3>;

    /// What attention of a block writes whatever it reads, `[d_model]`; gain and divisor as for a head.
    fn attention_bias(&self, layer: usize) -> Option<Tensor<1>>;

    /// Logits of every position that is given; give only those that are wanted.
    ///
    /// # Shapes
    /// normalized stream `[batch, pos, d_model]` to `[batch · pos, d_vocab]`.
    fn unembed(&self, normalized: Tensor<3>) -> Tensor<2> {
        let [batch, pos, d_model] = normalized.dims();
        self.unembedding().forward(normalized.reshape([batch * pos, d_model]))
    }
}

/// From the normalized stream to the vocabulary.
///
/// The matrix `[d_model, d_vocab]` is the largest of a model, so it is kept in pieces of the vocabulary: no copy of it as a
/// whole is made on the way to the device, and no piece is larger than what a kernel of WebGPU may bind.
#[derive(Debug, Clone)]
pub struct Unembedding {
    /// `[d_model, Unembedding::TOKENS]` each; the last one has what is left.
    pub(crate) pieces: Vec<Matrix>,
}

impl Unembedding {
    /// Tokens of a piece.
    pub(crate) const TOKENS: usize = 8192;

    /// # Shapes
    /// `[rows, d_model]` to `[rows, d_vocab]`.
    #[must_use]
    pub fn forward(&self, normalized: Tensor<2>) -> Tensor<2> {
        Tensor::cat(self.pieces.iter().map(|piece| piece.forward(normalized.clone(), None)).collect(), 1)
    }

    /// What a token reads off the stream, `[d_model]`.
    ///
    /// # Panics
    /// For a token outside the vocabulary.
    #[must_use]
    pub fn column(&self, token: usize) -> Tensor<1> {
        self.pieces[token / Self::TOKENS].column(token % Self::TOKENS)
    }
}

/// Keys and values of the tokens that were run before, so that a next token costs one column.
#[derive(Debug, Clone, Default)]
pub struct KvCache {
    blocks: Blocks,
    /// What all rows go on from, one row that stands for all of them; it comes first.
    trunk: Blocks,
}

/// By block, keys (rotated) and values, `[batch, kv_head, pos, d_head]`.
type Blocks = BTreeMap<usize, (Tensor<4>, Tensor<4>)>;

/// How many tokens there are.
fn length(blocks: &Blocks) -> usize {
    blocks.values().next().map_or(0, |(key, _)| key.dims()[2])
}

impl KvCache {
    /// Number of tokens that were run.
    #[must_use]
    pub fn n_tokens(&self) -> usize {
        length(&self.trunk) + length(&self.blocks)
    }

    /// The cache of one row as what any number of rows go on from, each in its own way: it is read by all of them and copied for
    /// none. What a row attends to in it and after it is added up apart, so that its last bits are not those of [`Self::spread`].
    #[must_use]
    pub fn forked(self) -> Self {
        Self { trunk: self.blocks, blocks: BTreeMap::new() }
    }

    /// Forgets all but the first tokens, so that another text can go on from there.
    pub fn cut(&mut self, n_tokens: usize) {
        let own = n_tokens.saturating_sub(length(&self.trunk));
        for (blocks, n_tokens) in [(&mut self.trunk, n_tokens), (&mut self.blocks, own)] {
            if n_tokens == 0 {
                // An axis of length 0 could not be spread.
                blocks.clear();
            }
            for kept in blocks.values_mut().flat_map(|(key, value)| [key, value]) {
                let [batch, head, pos, d_head] = kept.dims();
                *kept = kept.clone().slice([0..batch, 0..head, 0..n_tokens.min(pos), 0..d_head]);
            }
        }
    }

    /// What the blocks keep of the first row, so that another worker can go on from it.
    ///
    /// # Errors
    /// [`ModelError::Readback`] when the device fails.
    pub async fn kept(&self) -> Result<Vec<Kept>, ModelError> {
        let mut all = Vec::with_capacity(self.blocks.len());
        for (&layer, (key, value)) in &self.row(0).blocks {
            let [_, head, pos, d_head] = key.dims();
            let [keys, values] = [trace::read(key.clone()).await?, trace::read(value.clone()).await?].map(Floats);
            all.push(Kept { layer, shape: [head, pos, d_head], keys, values });
        }
        Ok(all)
    }

    /// The cache of one row, of which this is kept.
    ///
    /// # Errors
    /// [`ModelError::Ragged`] where there are not as many numbers as the shape says, or blocks differ in length.
    pub fn from_kept(kept: &[Kept], device: &Device) -> Result<Self, ModelError> {
        let mut blocks = Blocks::new();
        let length = kept.first().map_or(0, |block| block.shape[1]);
        for Kept { layer, shape: [head, pos, d_head], keys, values } in kept {
            let n = head * pos * d_head;
            if n == 0 || *pos != length || keys.0.len() != n || values.0.len() != n {
                return Err(ModelError::Ragged);
            }
            let [key, value] = [keys, values].map(|numbers| {
                Tensor::from_data(TensorData::new(numbers.0.clone(), [1, *head, *pos, *d_head]), device)
            });
            blocks.insert(*layer, (key, value));
        }
        Ok(Self { blocks, trunk: Blocks::new() })
    }

    /// One row of several.
    #[must_use]
    pub fn row(&self, row: usize) -> Self {
        let one = |kept: &Tensor<4>| {
            let [_, head, pos, d_head] = kept.dims();
            kept.clone().slice([row..row + 1, 0..head, 0..pos, 0..d_head])
        };
        self.each(one)
    }

    /// Some of the rows, in this order; one may stand there more than once.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        let some = |kept: &Tensor<4>| {
            let [_, head, pos, d_head] = kept.dims();
            let one = |&row: &usize| kept.clone().slice([row..row + 1, 0..head, 0..pos, 0..d_head]);
            Tensor::cat(rows.iter().map(one).collect(), 0)
        };
        self.each(some)
    }

    /// The cache of one row for so many rows, each of which goes on in its own way.
    #[must_use]
    pub fn spread(&self, batch: usize) -> Self {
        let rows = |kept: &Tensor<4>| {
            let [_, head, pos, d_head] = kept.dims();
            kept.clone().slice([0..1, 0..head, 0..pos, 0..d_head]).expand([batch, head, pos, d_head])
        };
        self.each(rows)
    }

    /// The same with other rows.
    fn each(&self, rows: impl Fn(&Tensor<4>) -> Tensor<4>) -> Self {
        let blocks = self.blocks.iter().map(|(&layer, (key, value))| (layer, (rows(key), rows(value)))).collect();
        Self { blocks, trunk: self.trunk.clone() }
    }

    /// Adds the new columns of a block; returns all columns.
    fn extend(&mut self, layer: usize, key: Tensor<4>, value: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let Some(block) = self.blocks.get_mut(&layer) else {
            self.blocks.insert(layer, (key.clone(), value.clone()));
            return (key, value);
        };
        let key = Tensor::cat(vec![block.0.clone(), key], 2);
        let value = Tensor::cat(vec![block.1.clone(), value], 2);
        *block = (key.clone(), value.clone());
        (key, value)
    }
}

/// Attention from queries, keys and values to the weighted values, with grouped key/value heads; scores are over `divisor`.
///
/// # Shapes
/// query `[batch, pos, head, d_head]`, key and value `[batch, pos, kv_head, d_head]`, to `[batch, pos, head, d_head]`.
pub(crate) fn attend(
    query: Tensor<4>,
    key: Tensor<4>,
    value: Tensor<4>,
    divisor: f32,
    bias: Option<&Tensor<4>>,
    cache: Option<&mut KvCache>,
    hooks: &mut BlockHooks,
) -> Tensor<4> {
    let [batch, pos, n_heads, d_head] = query.dims();
    let [_, _, n_kv_heads, _] = key.dims();
    let (mut key, mut value) = (key.swap_dims(1, 2), value.swap_dims(1, 2)); // [batch, kv_head, pos, d_head]
    let mut trunk = None;
    if let Some(cache) = cache {
        (key, value) = cache.extend(hooks.layer, key, value);
        trunk = cache.trunk.get(&hooks.layer).cloned();
    }
    // The query heads that share a key head stand one below the other, so that no key is copied.
    let grouped = n_heads / n_kv_heads * pos;
    let query = query.div_scalar(divisor).swap_dims(1, 2).reshape([batch, n_kv_heads, grouped, d_head]);
    let mut scores = query.clone().matmul(key.transpose());
    if let Some((key, _)) = &trunk {
        let before = as_one(query).matmul(key.clone().transpose());
        scores = Tensor::cat(vec![as_many(before, batch), scores], 3);
    }
    let key_pos = scores.dims()[3];
    let mut scores = scores.reshape([batch, n_heads, pos, key_pos]);
    if let Some(bias) = bias {
        scores = scores + bias.clone();
    }
    let scores = hooks.at(BlockSite::AttnScores, scores);
    let pattern = hooks.at(BlockSite::Pattern, softmax(scores)); // [batch, head, query_pos, key_pos]
    let pattern = pattern.reshape([batch, n_kv_heads, grouped, key_pos]);
    let z = match trunk {
        None => pattern.matmul(value),
        Some((_, first)) => {
            let n_first = first.dims()[2];
            let before = pattern.clone().slice([0..batch, 0..n_kv_heads, 0..grouped, 0..n_first]);
            let own = pattern.slice([0..batch, 0..n_kv_heads, 0..grouped, n_first..key_pos]);
            as_many(as_one(before).matmul(first), batch) + own.matmul(value)
        }
    };
    let z = z.reshape([batch, n_heads, pos, d_head]).swap_dims(1, 2); // [batch, pos, head, d_head]
    hooks.at(BlockSite::Z, z)
}

/// The rows of a batch below each other, `[1, kv_head, batch · row, column]`, for what all of them read.
fn as_one(rows: Tensor<4>) -> Tensor<4> {
    let [batch, head, row, column] = rows.dims();
    rows.swap_dims(0, 1).reshape([1, head, batch * row, column])
}

/// The reverse of [`as_one`].
fn as_many(one: Tensor<4>, batch: usize) -> Tensor<4> {
    let [_, head, rows, column] = one.dims();
    one.reshape([head, batch, rows / batch, column]).swap_dims(0, 1)
}
