//! GPT-NeoX (Black et al. 2022, arXiv 2204.06745), which Pythia is (Biderman et al. 2023, arXiv 2304.01373), top to bottom.
//!
//! ```text
//!            ┌─► ln1 ─► attention ─┐
//! resid_pre ─┼────────────────────(+)─► resid_post
//!            └─► ln2 ─► MLP ───────┘
//! ```
//! Pre-norm with layer norms, and a parallel residual: attention and MLP of a block read the same stream, so there is no
//! `hook_resid_mid` between them. A few of its models have the two one after the other, as GPT-2 does. One matrix for queries,
//! keys and values, head by head; rotary positions that turn the first numbers of a head; an output matrix of its own.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{ModelConfig, WeightsError};

use crate::causal::{Causal, Unembedding, attend};
use crate::flow::{Layered, Reading, Tables};
use crate::loader::Tensors;
use crate::parts::{Base, BlockHooks, LayerNorm, Linear, Nonlinearity};
use crate::{Hooks, KeyMask, KvCache};

const BEFORE: [Site; 1] = [Site::TokenEmbed];
const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
const BLOCK: [BlockSite; 20] = [
    BlockSite::ResidPre,
    BlockSite::Ln1Scale,
    BlockSite::Ln1Normalized,
    BlockSite::Q,
    BlockSite::K,
    BlockSite::V,
    BlockSite::RotQ,
    BlockSite::RotK,
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
pub struct GptNeox {
    pub(crate) base: Base,
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

impl GptNeox {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, biases, norm_eps: eps, .. } = base.config;
        let activation = Nonlinearity::of(&base);
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("layers.{layer}.{part}");
            Ok(Block {
                ln1: tensors.layer_norm(&name("input_layernorm"), d_model, eps)?,
                query_key_value: tensors.linear_with(
                    biases.attention,
                    &name("attention.query_key_value"),
                    d_model,
                    3 * d_model,
                )?,
                attn_out: tensors.linear_with(biases.output, &name("attention.dense"), d_model, d_model)?,
                ln2: tensors.layer_norm(&name("post_attention_layernorm"), d_model, eps)?,
                mlp_in: tensors.linear(&name("mlp.dense_h_to_4h"), d_model, d_mlp)?,
                mlp_out: tensors.linear(&name("mlp.dense_4h_to_h"), d_mlp, d_model)?,
                activation,
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = tensors.layer_norm("final_layer_norm", d_model, eps)?;
        let unembed = tensors.unembedding(base.config.architecture)?;
        Ok(Self { base, blocks, ln_final, unembed })
    }
}

impl Layered for GptNeox {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        let mut block = BLOCK.to_vec();
        block.retain(|&site| site != BlockSite::ResidMid || !self.base.config.parallel);
        Site::in_order(&BEFORE, self.base.config.n_layers, &block, &AFTER)
    }

    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        Tables::new(&self.base, Some(&self.base.config.rope), &[], shape, past, mask)
    }

    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        cache: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3> {
        self.blocks[layer].forward(resid, &self.base.config, &tables.whole, cache, &mut BlockHooks { layer, hooks })
    }
}

impl Causal for GptNeox {
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
        reading: &Reading,
        cache: Option<&mut KvCache>,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let resid_pre = hooks.at(BlockSite::ResidPre, resid_pre);
        let attn_out = self.attention(resid_pre.clone(), config, reading, cache, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        if config.parallel {
            let mlp_out = self.mlp(resid_pre.clone(), hooks);
            return hooks.at(BlockSite::ResidPost, resid_pre + attn_out + mlp_out);
        }
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);
        let mlp_out = self.mlp(resid_mid.clone(), hooks);
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }

    fn attention(
        &self,
        resid: Tensor<3>,
        config: &ModelConfig,
        reading: &Reading,
        cache: Option<&mut KvCache>,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let [batch, pos, _] = resid.dims();
        let ModelConfig { n_heads, d_head, scores, .. } = *config;
        let normalized = hooks.layer_norm(&self.ln1, resid, BlockSite::Ln1Scale, BlockSite::Ln1Normalized);
        let joined = self.query_key_value.forward(normalized).reshape([batch, pos, n_heads, 3 * d_head]);
        let mut heads = |site: BlockSite, third: usize| {
            hooks.at(site, joined.clone().slice([0..batch, 0..pos, 0..n_heads, third * d_head..(third + 1) * d_head]))
        };
        let (query, key, value) = (heads(BlockSite::Q, 0), heads(BlockSite::K, 1), heads(BlockSite::V, 2));
        let (query, key) = reading.turned(query, key, hooks);
        let divisor = scores.divisor_of(hooks.layer);
        let z = attend(query, key, value, divisor, reading.bias.as_ref(), cache, hooks); // [batch, pos, head, d_head]
        self.attn_out.join_heads(z, hooks)
    }

    fn mlp(&self, resid: Tensor<3>, hooks: &mut BlockHooks) -> Tensor<3> {
        let normalized = hooks.layer_norm(&self.ln2, resid, BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let mlp_pre = hooks.at(BlockSite::MlpPre, self.mlp_in.forward(normalized)); // [batch, pos, d_mlp]
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre));
        hooks.at(BlockSite::MlpOut, self.mlp_out.forward(mlp_post)) // [batch, pos, d_model]
    }
}
