//! GPT-2 (Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*), top to bottom.
//!
//! ```text
//! resid_pre ─┬─► ln1 ─► attention ─(+)─┬─► ln2 ─► MLP ─(+)─► resid_post
//!            └──────────────────────┘  └────────────────┘
//! ```
//! Pre-norm with layer norms, learned positions, one matrix for queries, keys and values. Its matrices are
//! stored `[d_in, d_out]`, unlike those of every other architecture here.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{ModelConfig, WeightsError};

use crate::causal::{Causal, Unembedding, attend};
use crate::flow::{Layered, Tables};
use crate::loader::Tensors;
use crate::parts::{Base, BlockHooks, LayerNorm, Linear, Nonlinearity};
use crate::{Hooks, KeyMask, KvCache};

const BEFORE: [Site; 2] = [Site::TokenEmbed, Site::TokenPosEmbed];
const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
const BLOCK: [BlockSite; 18] = [
    BlockSite::ResidPre,
    BlockSite::Ln1Scale,
    BlockSite::Ln1Normalized,
    BlockSite::Q,
    BlockSite::K,
    BlockSite::V,
    BlockSite::AttnScores,
    BlockSite::Pattern,
    BlockSite::Z,
    BlockSite::Result,
    BlockSite::AttnOut,
    BlockSite::ResidMid,
    BlockSite::Ln2Scale,
    BlockSite::Ln2Normalized,
    BlockSite::MlpPre,
    BlockSite::MlpPost,
    BlockSite::MlpOut,
    BlockSite::ResidPost,
];

/// A model of language.
#[derive(Debug, Clone)]
pub struct Gpt2 {
    pub(crate) base: Base,
    pos_embed: Tensor<2>, // [n_positions, d_model]
    blocks: Vec<Block>,
    ln_final: LayerNorm,
    unembed: Unembedding,
}

#[derive(Debug, Clone)]
struct Block {
    ln1: LayerNorm,
    query_key_value: Linear,
    attn_out: Linear,
    ln2: LayerNorm,
    mlp_in: Linear,
    mlp_out: Linear,
    activation: Nonlinearity,
}

impl Gpt2 {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, n_positions, norm_eps: eps, .. } = base.config;
        let pos_embed = tensors.matrix("wpe.weight", [d_model, n_positions])?.widened().transpose();
        let activation = Nonlinearity::of(&base);
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("h.{layer}.{part}");
            Ok(Block {
                ln1: tensors.layer_norm(&name("ln_1"), d_model, eps)?,
                query_key_value: tensors.linear(&name("attn.c_attn"), d_model, 3 * d_model)?,
                attn_out: tensors.linear(&name("attn.c_proj"), d_model, d_model)?,
                ln2: tensors.layer_norm(&name("ln_2"), d_model, eps)?,
                mlp_in: tensors.linear(&name("mlp.c_fc"), d_model, d_mlp)?,
                mlp_out: tensors.linear(&name("mlp.c_proj"), d_mlp, d_model)?,
                activation,
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = tensors.layer_norm("ln_f", d_model, eps)?;
        let unembed = tensors.unembedding(base.config.architecture)?;
        Ok(Self { base, pos_embed, blocks, ln_final, unembed })
    }
}

impl Layered for Gpt2 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        Site::in_order(&BEFORE, self.base.config.n_layers, &BLOCK, &AFTER)
    }

    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        Tables::new(&self.base, None, &[], shape, past, mask)
    }

    fn enter(&self, token_embed: Tensor<3>, tables: &Tables, hooks: &mut Hooks) -> Tensor<3> {
        let [batch, pos, d_model] = token_embed.dims();
        let embed = hooks.at(Site::TokenEmbed, token_embed);
        let places = tables.past..tables.past + pos;
        let pos_embed = self.pos_embed.clone().slice([places, 0..d_model]).unsqueeze::<3>();
        let pos_embed = hooks.at(Site::TokenPosEmbed, pos_embed.expand([batch, pos, d_model]));
        embed + pos_embed // [batch, pos, d_model]
    }

    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        cache: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3> {
        let bias = tables.whole.bias.as_ref();
        self.blocks[layer].forward(resid, &self.base.config, bias, cache, &mut BlockHooks { layer, hooks })
    }
}

impl Causal for Gpt2 {
    /// The last norm alone.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same.
    fn final_norm(&self, resid: Tensor<3>, hooks: &mut Hooks) -> Tensor<3> {
        self.ln_final.forward(resid, hooks, Site::LnFinalScale, Site::LnFinalNormalized)
    }

    fn unembedding(&self) -> &Unembedding {
        &self.unembed
    }

    fn final_gain(&self) -> (Tensor<1>, Option<Tensor<1>>) {
        (self.ln_final.gamma.clone(), Some(self.ln_final.beta.clone()))
    }

    fn head_output(&self, layer: usize) -> Tensor<3> {
        self.blocks[layer].attn_out.by_head(self.base.config.n_heads)
    }

    fn attention_bias(&self, layer: usize) -> Option<Tensor<1>> {
        self.blocks[layer].attn_out.bias.clone()
    }
}

impl Block {
    /// # Shapes
    /// resid_pre `[batch, pos, d_model]` to the next block's.
    fn forward(
        &self,
        resid_pre: Tensor<3>,
        config: &ModelConfig,
        bias: Option<&Tensor<4>>,
        cache: Option<&mut KvCache>,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let [batch, pos, d_model] = resid_pre.dims();
        let ModelConfig { n_heads, scores, .. } = *config;
        let resid_pre = hooks.at(BlockSite::ResidPre, resid_pre);

        let normalized = hooks.layer_norm(&self.ln1, resid_pre.clone(), BlockSite::Ln1Scale, BlockSite::Ln1Normalized);
        let joined = self.query_key_value.forward(normalized); // [batch, pos, 3 · d_model]
        let mut heads = |site: BlockSite, third: usize| {
            let part = joined.clone().slice([0..batch, 0..pos, third * d_model..(third + 1) * d_model]);
            hooks.at(site, part.reshape([batch, pos, n_heads, d_model / n_heads]))
        };
        let (query, key, value) = (heads(BlockSite::Q, 0), heads(BlockSite::K, 1), heads(BlockSite::V, 2));
        let z = attend(query, key, value, scores.divisor_of(hooks.layer), bias, cache, hooks); // [batch, pos, head, d_head]
        let attn_out = self.attn_out.join_heads(z, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);

        let normalized = hooks.layer_norm(&self.ln2, resid_mid.clone(), BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let mlp_pre = hooks.at(BlockSite::MlpPre, self.mlp_in.forward(normalized)); // [batch, pos, d_mlp]
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre));
        let mlp_out = hooks.at(BlockSite::MlpOut, self.mlp_out.forward(mlp_post)); // [batch, pos, d_model]
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }
}
