//! BERT (Devlin et al. 2018, arXiv 1810.04805) and DistilBERT (Sanh et al. 2019, arXiv 1910.01108), top to bottom.
//!
//! ```text
//! resid_pre ──► attention ──(+)──► ln1 ──► MLP ──(+)──► ln2 ──► next block
//!      └─────────────────────┘      └───────────────┘
//! ```
//! Post-norm: each sum is normalized *after* the residual connection, so `hook_resid_mid` and `hook_resid_post` are read
//! before `ln1` and `ln2`, as in TransformerLens. DistilBERT differs in having no segment embedding and in its head.

use burn::tensor::activation::{relu, softmax};
use burn::tensor::module::{layer_norm, linear};
use burn::tensor::{Device, Tensor, TensorData};
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Architecture, ModelConfig, Pooling};

use crate::gelu::gelu;
use crate::{EmbeddingTable, Hooks, KeyMask, ModelError};

/// Added to the score of a key that may not be read; far below any score, and finite.
const BLOCKED_SCORE: f32 = -1e9;

/// A sequence classifier.
#[derive(Debug, Clone)]
pub struct Bert {
    pub(crate) config: ModelConfig,
    pub(crate) device: Device,
    pub(crate) word_embeddings: EmbeddingTable,
    pub(crate) pos_embed: Tensor<2>,                // [n_positions, d_model]
    pub(crate) token_type_embed: Option<Tensor<1>>, // [d_model]
    pub(crate) embed_ln: LayerNorm,
    pub(crate) blocks: Vec<Block>,
    pub(crate) head: Head,
}

/// One layer.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) attn_out: Linear,
    pub(crate) ln1: LayerNorm,
    pub(crate) mlp_in: Linear,
    pub(crate) mlp_out: Linear,
    pub(crate) ln2: LayerNorm,
    /// Whether the block's tensors are in the processor's own memory.
    pub(crate) on_cpu: bool,
}

/// From the residual stream to the classes.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) dense: Option<Linear>,
    pub(crate) classifier: Linear,
}

#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) weight: Tensor<2>, // [d_in, d_out]
    pub(crate) bias: Tensor<1>,   // [d_out]
}

#[derive(Debug, Clone)]
pub(crate) struct LayerNorm {
    pub(crate) gamma: Tensor<1>, // [d_model]
    pub(crate) beta: Tensor<1>,  // [d_model]
    pub(crate) eps: f64,
}

impl Bert {
    /// Sizes and names.
    #[must_use]
    pub const fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Where the weights are.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// The embedding matrix.
    #[must_use]
    pub const fn word_embeddings(&self) -> &EmbeddingTable {
        &self.word_embeddings
    }

    /// The sites that this model has, in the order of the forward pass.
    #[must_use]
    pub fn sites(&self) -> Vec<Site> {
        let mut sites = Site::all(self.config.n_layers);
        sites.retain(|&site| site != Site::TokenTypeEmbed || self.token_type_embed.is_some());
        sites
    }

    /// Looks tokens up, before positions are added.
    ///
    /// # Shapes
    /// ids `[batch][pos]` to `[batch, pos, d_model]`.
    ///
    /// # Errors
    /// [`ModelError::Ragged`], [`ModelError::TooLong`], [`ModelError::OutsideVocabulary`].
    pub fn embed(&self, ids: &[Vec<u32>]) -> Result<Tensor<3>, ModelError> {
        let pos = ids.first().map_or(0, Vec::len);
        if pos == 0 || ids.iter().any(|row| row.len() != pos) {
            return Err(ModelError::Ragged);
        }
        let values = self.word_embeddings.lookup(&ids.concat())?;
        self.upload(values, ids.len(), pos)
    }

    /// Sends embeddings to the device.
    ///
    /// # Shapes
    /// Row-major values of `[batch, pos, d_model]`.
    ///
    /// # Errors
    /// [`ModelError::TooLong`], [`ModelError::Ragged`].
    pub fn upload(&self, values: Vec<f32>, batch: usize, pos: usize) -> Result<Tensor<3>, ModelError> {
        let ModelConfig { n_positions, d_model, .. } = self.config;
        if pos > n_positions {
            return Err(ModelError::TooLong { most: n_positions, found: pos });
        }
        if values.len() != batch * pos * d_model {
            return Err(ModelError::Ragged);
        }
        Ok(Tensor::from_data(TensorData::new(values, [batch, pos, d_model]), &self.device))
    }

    /// Runs the model on embedded tokens.
    ///
    /// Keys in `mask` are not attended to and not pooled. Differentiable with respect to `word_embed` when that was
    /// lifted with `autodiff().require_grad()`.
    ///
    /// # Shapes
    /// word_embed `[batch, pos, d_model]` to logits `[batch, class]`.
    pub fn forward(&self, word_embed: Tensor<3>, mask: Option<&KeyMask>, hooks: &mut Hooks) -> Tensor<2> {
        let [batch, pos, _] = word_embed.dims();
        let blocked = mask.map(|mask| {
            let values = mask.values(batch, pos, 0.0, BLOCKED_SCORE);
            Tensor::<4>::from_data(TensorData::new(values, [batch, 1, 1, pos]), &self.device)
        });
        let mut resid = self.embed_block(word_embed, hooks); // [batch, pos, d_model]
        for (layer, block) in self.blocks.iter().enumerate() {
            resid = block.forward(resid, blocked.as_ref(), self.config.n_heads, &mut BlockHooks { layer, hooks });
        }
        self.classify(resid, mask)
    }

    /// Adds positions and segment, then normalizes.
    fn embed_block(&self, word_embed: Tensor<3>, hooks: &mut Hooks) -> Tensor<3> {
        let [batch, pos, d_model] = word_embed.dims();
        let embed = hooks.at(Site::Embed, word_embed);
        let pos_embed = self.pos_embed.clone().slice([0..pos, 0..d_model]).unsqueeze::<3>(); // [1, pos, d_model]
        let whole = [batch, pos, d_model];
        let mut sum = if hooks.wants(Site::PosEmbed) {
            embed + hooks.at(Site::PosEmbed, pos_embed.expand(whole))
        } else {
            embed + pos_embed
        };
        if let Some(token_type) = &self.token_type_embed {
            let token_type = token_type.clone().unsqueeze::<3>(); // [1, 1, d_model]
            sum = if hooks.wants(Site::TokenTypeEmbed) {
                sum + hooks.at(Site::TokenTypeEmbed, token_type.expand(whole))
            } else {
                sum + token_type
            };
        }
        let normalized = self.embed_ln.forward(sum, hooks, Site::EmbedLnScale, Site::EmbedLnNormalized);
        hooks.at(Site::FullEmbed, normalized)
    }

    /// Pools the sequence and reads the classes off it.
    fn classify(&self, resid: Tensor<3>, mask: Option<&KeyMask>) -> Tensor<2> {
        let [batch, pos, d_model] = resid.dims();
        let pooled = match self.config.pooling {
            Pooling::First => resid.slice([0..batch, 0..1, 0..d_model]),
            Pooling::Mean => match mask {
                None => resid.mean_dim(1),
                Some(mask) => {
                    let read = TensorData::new(mask.values(batch, pos, 1.0, 0.0), [batch, pos, 1]);
                    let read = Tensor::<3>::from_data(read, &self.device);
                    (resid * read.clone()).sum_dim(1) / read.sum_dim(1)
                }
            },
        }
        .reshape([batch, d_model]);
        let features = match (&self.head.dense, self.config.architecture) {
            (None, _) => pooled,
            (Some(dense), Architecture::Bert) => dense.forward(pooled).tanh(),
            (Some(dense), Architecture::DistilBert) => relu(dense.forward(pooled)),
        };
        self.head.classifier.forward(features) // [batch, class]
    }
}

impl Block {
    /// # Shapes
    /// resid_pre `[batch, pos, d_model]`, blocked `[batch, 1, 1, pos]`, to the next block's `[batch, pos, d_model]`.
    fn forward(
        &self,
        resid_pre: Tensor<3>,
        blocked: Option<&Tensor<4>>,
        n_heads: usize,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let resid_pre = hooks.at(BlockSite::ResidPre, resid_pre);
        let attn_out = self.attention(resid_pre.clone(), blocked, n_heads, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);
        let normalized_mid = hooks.layer_norm(&self.ln1, resid_mid, BlockSite::Ln1Scale, BlockSite::Ln1Normalized);

        let mlp_pre = hooks.at(BlockSite::MlpPre, self.mlp_in.forward(normalized_mid.clone())); // [batch, pos, d_mlp]
        let mlp_post = hooks.at(BlockSite::MlpPost, gelu(mlp_pre, self.on_cpu));
        let mlp_out = hooks.at(BlockSite::MlpOut, self.mlp_out.forward(mlp_post)); // [batch, pos, d_model]
        let resid_post = hooks.at(BlockSite::ResidPost, normalized_mid + mlp_out);
        let normalized = hooks.layer_norm(&self.ln2, resid_post, BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        hooks.at(BlockSite::NormalizedResidPost, normalized)
    }

    fn attention(
        &self,
        resid: Tensor<3>,
        blocked: Option<&Tensor<4>>,
        n_heads: usize,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let [batch, pos, d_model] = resid.dims();
        let d_head = d_model / n_heads;
        let mut heads = |site: BlockSite, part: &Linear| {
            let split = part.forward(resid.clone()).reshape([batch, pos, n_heads, d_head]);
            hooks.at(site, split).swap_dims(1, 2) // [batch, head, pos, d_head]
        };
        let query = heads(BlockSite::Q, &self.query);
        let key = heads(BlockSite::K, &self.key);
        let value = heads(BlockSite::V, &self.value);

        let mut scores = query.matmul(key.transpose()).div_scalar((d_head as f32).sqrt()); // [batch, head, query_pos, key_pos]
        if let Some(blocked) = blocked {
            scores = scores + blocked.clone();
        }
        let scores = hooks.at(BlockSite::AttnScores, scores);
        let pattern = hooks.at(BlockSite::Pattern, softmax(scores, 3));
        let z = hooks.at(BlockSite::Z, pattern.matmul(value).swap_dims(1, 2)); // [batch, pos, head, d_head]
        if hooks.wants(BlockSite::Result) {
            return self.attention_by_head(z, hooks);
        }
        self.attn_out.forward(z.reshape([batch, pos, d_model]))
    }

    /// The same output as the sum of what each head writes; only where someone asks for the parts.
    fn attention_by_head(&self, z: Tensor<4>, hooks: &mut BlockHooks) -> Tensor<3> {
        let [batch, pos, n_heads, d_head] = z.dims();
        let d_model = n_heads * d_head;
        let weight = self.attn_out.weight.clone().reshape([1, n_heads, d_head, d_model]);
        let result = z.swap_dims(1, 2).matmul(weight).swap_dims(1, 2); // [batch, pos, head, d_model]
        let result = hooks.at(BlockSite::Result, result);
        result.sum_dim(2).reshape([batch, pos, d_model]) + self.attn_out.bias.clone().unsqueeze::<3>()
    }
}

impl Linear {
    /// # Shapes
    /// `[.., d_in]` to `[.., d_out]`.
    fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        linear(input, self.weight.clone(), Some(self.bias.clone()))
    }
}

impl LayerNorm {
    /// One fused call, unless someone looks at the parts.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same.
    fn forward(&self, input: Tensor<3>, hooks: &mut Hooks, scale_site: Site, normalized_site: Site) -> Tensor<3> {
        if !hooks.wants(scale_site) {
            let normalized = layer_norm(input, self.gamma.clone(), Some(self.beta.clone()), self.eps);
            return hooks.at(normalized_site, normalized);
        }
        let centered = input.clone() - input.mean_dim(2);
        let scale = centered.clone().square().mean_dim(2).add_scalar(self.eps).sqrt(); // [batch, pos, 1]
        let scale = hooks.at(scale_site, scale);
        let normalized = centered / scale * self.gamma.clone().unsqueeze::<3>() + self.beta.clone().unsqueeze::<3>();
        hooks.at(normalized_site, normalized)
    }
}

/// [`Hooks`] seen from inside one block.
struct BlockHooks<'a> {
    layer: usize,
    hooks: &'a mut Hooks,
}

impl BlockHooks<'_> {
    fn site(&self, site: BlockSite) -> Site {
        Site::Block { layer: self.layer, site }
    }

    fn wants(&self, site: BlockSite) -> bool {
        self.hooks.wants(self.site(site))
    }

    fn at<const D: usize>(&mut self, site: BlockSite, activation: Tensor<D>) -> Tensor<D> {
        let site = self.site(site);
        self.hooks.at(site, activation)
    }

    fn layer_norm(&mut self, norm: &LayerNorm, input: Tensor<3>, scale: BlockSite, normalized: BlockSite) -> Tensor<3> {
        let (scale, normalized) = (self.site(scale), self.site(normalized));
        norm.forward(input, self.hooks, scale, normalized)
    }
}
