//! The residual stream, layer by layer: logit lens and direct logit attribution.
//!
//! **Question.** What did each layer write, from which tokens did it carry it, and what would the model say if it stopped here?
//!
//! **Definition.** With `h_l` the stream before block `l`, `W_U` the unembedding, `u = γ ⊙ (W_U[t] − W_U[foil])`:
//! ```text
//! lens          p(W_U · norm_f(h_l)),  statistics of the norm recomputed on h_l
//! direct effect of a part c:  (c / σ) · u,   σ cached from the real run; a layer norm takes c − mean c for c
//! carried from j to i:        Σ_h A^h[i, j] v_j^h W_O^h
//! ```
//! Where a norm stands behind attention (Gemma 3), what a head carries is taken through it, with its divisor cached at `i`.
//! `p` is the softmax; of independent labels the sigmoid; of a model of one label there is only the number.
//! In a classifier the lens is its own head on the stream after each block. Where each sum is normed, or the head is not linear, there are no
//! direct effects.
//! Parts are the embeddings, every head, every MLP; what does not depend on the text is collected in one part of constants.
//!
//! **Reads as.** Direct effects are logits; they sum to the explained logit, or difference of logits. The lens gives
//! probabilities.
//!
//! **Cost.** One forward pass with a trace, a product with the unembedding per layer.
//!
//! **Limits.** Direct effects leave out what a part does by way of later parts. Early layers do not write in the language of
//! the unembedding: there the lens reads noise.
//!
//! **Source.** nostalgebraist 2020, *interpreting GPT: the logit lens*; Elhage et al. 2021, *A Mathematical Framework for
//! Transformer Circuits*.

use burn::tensor::{Tensor, TensorData, Transaction};
use vitrine_model::{Causal, Classifier, Hooks, ModelError, Trace, trace};
use vitrine_schema::inside::{LayerWalk, LensReading};
use vitrine_schema::patching::Mover;
use vitrine_schema::prediction::largest;
use vitrine_schema::{BlockSite, Check, CheckId, Grid, Ranked, Site, Target};

use crate::{Context, MethodError, watched};

/// Tokens that the lens lists.
const LISTED: usize = 5;
/// What is kept of each block.
const KEPT: [BlockSite; 6] = [
    BlockSite::ResidPre,
    BlockSite::Ln1PostScale,
    BlockSite::AttnOut,
    BlockSite::MlpOut,
    BlockSite::Pattern,
    BlockSite::V,
];

/// What the walk finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The blocks.
    pub layers: Vec<LayerWalk>,
    /// Readings of the lens, tokens still without their text.
    pub lens: Vec<LensReading>,
    /// Direct effect of the embeddings.
    pub embed_effect: f32,
    /// Direct effect of all constants.
    pub bias_effect: f32,
    /// The logit, or difference of logits.
    pub value: f32,
    /// Do the parts sum to it?
    pub check: Check,
}

/// What each head reads at some positions, and what it carries from there to another: by layer, then head.
///
/// # Errors
/// [`MethodError::Model`].
pub async fn movers(
    ctx: &Context<'_>,
    causal: &dyn Causal,
    position: usize,
    from: &[usize],
) -> Result<Vec<Mover>, MethodError> {
    let Walked { kept, layers, .. } = walked(ctx, causal, position).await?;
    let (pos, n_heads) = (kept.pos, ctx.model.config().n_heads);
    let of_layer = |(layer, walked): (usize, &LayerWalk)| {
        let pattern = kept.values(Site::block(layer, BlockSite::Pattern));
        let sum = |row: &[f32]| from.iter().filter_map(|&token| row.get(token)).sum::<f32>();
        let row = |values: &[f32], start: usize| values.get(start..start + pos).map_or(0.0, sum);
        let mover = |head: usize| Mover {
            attention: row(pattern, (head * pos + position) * pos),
            effect: row(&walked.head_effect.values, head * pos),
        };
        (0..n_heads).map(mover).collect::<Vec<_>>()
    };
    Ok(layers.iter().enumerate().flat_map(of_layer).collect())
}

/// Walks through the stream at one position.
///
/// # Errors
/// [`MethodError::Model`].
pub async fn walk(ctx: &Context<'_>, causal: &dyn Causal, position: usize) -> Result<Found, MethodError> {
    let n_layers = ctx.model.config().n_layers;
    let Walked { kept, value, direction: Direction { along, constant }, layers } =
        walked(ctx, causal, position).await?;
    let embed_effect = dot(kept.row(Site::block(0, BlockSite::ResidPre), position), &along);
    let parts = layers.iter().flat_map(|layer| layer.head_effect.values.iter().chain([&layer.mlp_effect]));
    let sum: f64 = parts.chain([&embed_effect, &constant]).map(|&part| f64::from(part)).sum();
    let check = Check::equal(CheckId::Sum, sum as f32, value);
    let last = Site::block(n_layers - 1, BlockSite::ResidPost);
    let before = (0..n_layers).map(|layer| Site::block(layer, BlockSite::ResidPre)).chain([last]);
    let rows: Vec<f32> = before.flat_map(|site| kept.row(site, position).to_vec()).collect();
    let lens = lens(ctx, causal, rows).await?;
    Ok(Found { layers, lens, embed_effect, bias_effect: constant, value, check })
}

/// What one pass leaves, and what each layer did.
struct Walked {
    kept: Kept,
    value: f32,
    direction: Direction,
    layers: Vec<LayerWalk>,
}

async fn walked(ctx: &Context<'_>, causal: &dyn Causal, position: usize) -> Result<Walked, MethodError> {
    let (ids, n_layers) = (ctx.ids(), ctx.model.config().n_layers);
    let blocks = (0..n_layers).flat_map(|layer| KEPT.map(|site| Site::block(layer, site)));
    let last = Site::block(n_layers - 1, BlockSite::ResidPost);
    let mut hooks = Hooks::observing(blocks.chain([last, Site::LnFinalScale]));
    let embed = ctx.model.embed(std::slice::from_ref(&ids))?;
    let stream = watched::normalized(ctx.model, embed, None, &mut hooks, ctx.monitor).await?;
    let [_, pos, d_model] = stream.dims();
    let real = causal.unembed(stream.slice([0..1, position..position + 1, 0..d_model]));
    let kept = Kept { trace: hooks.into_readback()?.read().await?, pos };
    let value = value_of(ctx.target, &trace::read(real).await?);

    let scale = kept.row(Site::LnFinalScale, position).first().copied().unwrap_or(1.0);
    let post_scales: Vec<f32> = (0..n_layers).map(|layer| kept.post_scale(layer, position)).collect();
    let direction = direction(causal, ctx.target, scale, &post_scales).await?;
    let layers = layers(ctx, &|layer| causal.head_output(layer), &kept, &direction.along, position).await?;
    Ok(Walked { kept, value, direction, layers })
}

/// Walks through the stream of a classifier: lengths, and what the classifier would say at each layer.
///
/// # Errors
/// [`MethodError::Model`].
pub async fn walk_encoder(
    ctx: &Context<'_>,
    classifier: &dyn Classifier,
    position: usize,
) -> Result<Found, MethodError> {
    let (ids, n_layers) = (ctx.ids(), ctx.model.config().n_layers);
    let blocks = (0..n_layers).flat_map(|layer| KEPT.map(|site| Site::block(layer, site)));
    let mut hooks = Hooks::observing(blocks);
    let embed = ctx.model.embed(std::slice::from_ref(&ids))?;
    let flow = watched::stream(ctx.model, embed, None, None, &mut hooks, ctx.monitor).await?;
    let end = flow.resid();
    let real = flow.logits(None, &mut hooks);
    let kept = Kept { trace: hooks.into_readback()?.read().await?, pos: ids.len() };
    let value = value_of(ctx.target, &trace::read(real).await?);
    // Norms of the sums, or a head that is not linear, stand between what is written and a class: no part has a direct effect.
    let along = vec![0.0; ctx.model.config().d_model];
    let layers = layers(ctx, &|layer| classifier.head_output(layer), &kept, &along, position).await?;

    let before = (0..n_layers).map(|layer| kept.values(Site::block(layer, BlockSite::ResidPre)));
    let mut streams: Vec<f32> = before.flat_map(|stream| stream.iter().copied()).collect();
    streams.extend(trace::read(end).await?);
    let shape = [n_layers + 1, ids.len(), ctx.model.config().d_model];
    let streams = Tensor::from_data(TensorData::new(streams, shape), ctx.model.device());
    let classes = classifier.classify(streams, None, &mut Hooks::default());
    let [_, n_classes] = classes.dims();
    let logits = trace::read(classes).await?;
    let lens: Vec<LensReading> = logits.chunks(n_classes).map(|logits| reading(logits, ctx)).collect();
    let last = logits.chunks(n_classes).next_back().unwrap_or_default();
    let check = Check::equal(CheckId::LensEnd, value_of(ctx.target, last), value);
    Ok(Found { layers, lens, embed_effect: 0.0, bias_effect: 0.0, value, check })
}

/// The trace, read by position.
struct Kept {
    trace: Trace,
    pos: usize,
}

impl Kept {
    fn values(&self, site: Site) -> &[f32] {
        self.trace.get(&site).map_or(&[], |activation| &activation.values)
    }

    /// One position of a site whose second axis is positions.
    fn row(&self, site: Site, position: usize) -> &[f32] {
        let values = self.values(site);
        let width = values.len() / self.pos.max(1);
        values.get(position * width..(position + 1) * width).unwrap_or_default()
    }

    /// What the norm behind attention divides by at a position; 1 where there is none.
    fn post_scale(&self, layer: usize, position: usize) -> f32 {
        self.row(Site::block(layer, BlockSite::Ln1PostScale), position).first().copied().unwrap_or(1.0)
    }

    fn norms(&self, site: Site) -> Vec<f32> {
        (0..self.pos).map(|position| dot(self.row(site, position), self.row(site, position)).sqrt()).collect()
    }
}

/// How the scalar depends on what is written to the stream.
struct Direction {
    /// Gradient with the norm's scale held, `[d_model]`.
    along: Vec<f32>,
    /// What is there without any text.
    constant: f32,
}

async fn direction(
    causal: &dyn Causal,
    target: &Target,
    scale: f32,
    post_scales: &[f32],
) -> Result<Direction, MethodError> {
    let column = |index: usize| causal.unembedding().column(index);
    let reads = match &target.foil {
        None => column(target.index),
        Some(foil) => column(target.index) - column(foil.index),
    };
    let reads: Vec<f32> = trace::read(reads).await?;
    let d_model = reads.len();
    let (gain, shift) = causal.final_gain();
    let mut along: Vec<f32> = trace::read(gain).await?.iter().zip(&reads).map(|(gain, w)| gain * w / scale).collect();
    let mut constant = 0.0;
    if let Some(shift) = shift {
        // A layer norm takes the mean away first: only the part of `along` that sums to zero counts.
        let mean = along.iter().sum::<f32>() / d_model as f32;
        along.iter_mut().for_each(|value| *value -= mean);
        constant += dot(&trace::read(shift).await?, &reads);
    }
    for (layer, post_scale) in post_scales.iter().enumerate() {
        if let Some(bias) = causal.attention_bias(layer) {
            constant += dot(&trace::read(bias).await?, &along) / post_scale;
        }
    }
    Ok(Direction { along, constant })
}

/// What each block did.
async fn layers(
    ctx: &Context<'_>,
    head_output: &dyn Fn(usize) -> Tensor<3>,
    kept: &Kept,
    along: &[f32],
    position: usize,
) -> Result<Vec<LayerWalk>, MethodError> {
    let carried = carried(ctx, head_output, kept, along, position).await?.into_iter().enumerate();
    let walked = carried.map(|(layer, (carried, head_effect))| {
        let norms = |site| kept.norms(Site::block(layer, site));
        LayerWalk {
            resid_norm: norms(BlockSite::ResidPre),
            attn_norm: norms(BlockSite::AttnOut),
            mlp_norm: norms(BlockSite::MlpOut),
            carried: Grid::new([kept.pos, kept.pos], carried),
            head_effect: Grid::new([ctx.model.config().n_heads, kept.pos], head_effect),
            mlp_effect: dot(kept.row(Site::block(layer, BlockSite::MlpOut), position), along),
        }
    });
    Ok(walked.collect())
}

/// For each layer, the lengths of what was carried `[to, from]`, and the direct effects `[head, from]`.
async fn carried(
    ctx: &Context<'_>,
    head_output: &dyn Fn(usize) -> Tensor<3>,
    kept: &Kept,
    along: &[f32],
    position: usize,
) -> Result<Vec<(Vec<f32>, Vec<f32>)>, MethodError> {
    let config = ctx.model.config();
    let (n_heads, d_head, pos, d_model) = (config.n_heads, config.d_head, kept.pos, config.d_model);
    let shared = n_heads / config.n_kv_heads;
    let device = ctx.model.device();
    let along = Tensor::<3>::from_data(TensorData::new(along.to_vec(), [1, d_model, 1]), device);
    let mut transaction = Transaction::default();
    for layer in 0..config.n_layers {
        let site = Site::block(layer, BlockSite::V);
        let of_head = |head: usize| {
            let from = (head / shared) * d_head;
            (0..pos).flat_map(move |position| kept.row(site, position).iter().skip(from).take(d_head).copied())
        };
        let values: Vec<f32> = (0..n_heads).flat_map(of_head).collect();
        let values = Tensor::<3>::from_data(TensorData::new(values, [n_heads, pos, d_head]), device);
        let written = values.matmul(head_output(layer)); // [head, pos, d_model]
        let effects = written.clone().matmul(along.clone()); // [head, pos, 1]
        let written = written.swap_dims(0, 1); // [pos, head, d_model]
        let products = written.clone().matmul(written.swap_dims(1, 2)); // [pos, head, head]
        transaction = transaction.register(products).register(effects);
    }
    let lost = |detail: String| MethodError::Model(ModelError::Readback { detail });
    let read = transaction.execute_async().await.map_err(|error| lost(format!("{error:?}")))?;
    let mut read = read.into_iter().map(|data| data.try_into_vec::<f32>().map_err(|error| lost(format!("{error:?}"))));
    let mut layers = Vec::with_capacity(config.n_layers);
    for layer in 0..config.n_layers {
        let products = read.next().transpose()?.unwrap_or_default();
        let effects = read.next().transpose()?.unwrap_or_default();
        let pattern = kept.values(Site::block(layer, BlockSite::Pattern));
        let weight =
            |head: usize, to: usize, from: usize| pattern.get((head * pos + to) * pos + from).copied().unwrap_or(0.0);
        let mut sizes = vec![0.0; pos * pos];
        for (from, products) in products.chunks(n_heads * n_heads).enumerate() {
            for to in if ctx.causal() { from } else { 0 }..pos {
                let weights: Vec<f32> = (0..n_heads).map(|head| weight(head, to, from)).collect();
                let square: f32 = products.chunks(n_heads).zip(&weights).map(|(row, w)| w * dot(row, &weights)).sum();
                if let Some(size) = sizes.get_mut(to * pos + from) {
                    *size = square.max(0.0).sqrt() / kept.post_scale(layer, to);
                }
            }
        }
        let post_scale = kept.post_scale(layer, position);
        let by_source =
            effects.iter().enumerate().map(|(i, effect)| effect * weight(i / pos, position, i % pos) / post_scale);
        layers.push((sizes, by_source.collect()));
    }
    Ok(layers)
}

/// Reads each row of the stream as if it were the last.
async fn lens(ctx: &Context<'_>, causal: &dyn Causal, rows: Vec<f32>) -> Result<Vec<LensReading>, MethodError> {
    let d_model = ctx.model.config().d_model;
    let n = rows.len() / d_model;
    let rows = Tensor::<3>::from_data(TensorData::new(rows, [1, n, d_model]), ctx.model.device());
    let logits = causal.unembed(causal.final_norm(rows, &mut Hooks::default())); // [layer, d_vocab]
    let [_, d_vocab] = logits.dims();
    let logits = trace::read(logits).await?;
    Ok(logits.chunks(d_vocab).map(|logits| reading(logits, ctx)).collect())
}

/// The likeliest rows of one reading, still without their names, and the watched one among them.
fn reading(logits: &[f32], ctx: &Context<'_>) -> LensReading {
    let scale = ctx.problem_type().scale(logits);
    let ranked = |(id, logit)| Ranked { id, label: None, token: None, probability: scale.probability(logit), logit };
    let own = logits.get(ctx.target.index).copied().unwrap_or(f32::NAN);
    LensReading {
        top: largest(logits, LISTED).into_iter().map(ranked).collect(),
        watched_probability: scale.probability(own),
        watched_rank: 1 + logits.iter().filter(|&&logit| logit > own).count(),
    }
}

fn value_of(target: &Target, logits: &[f32]) -> f32 {
    let at = |index: usize| logits.get(index).copied().unwrap_or(f32::NAN);
    at(target.index) - target.foil.as_ref().map_or(0.0, |foil| at(foil.index))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
}
