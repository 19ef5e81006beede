//! Gemma 3 (arXiv 2503.19786), the part that reads text, top to bottom.
//!
//! ```text
//! resid_pre ─┬─► ln1 ─► attention ─► ln1_post ─(+)─┬─► ln2 ─► MLP ─► ln2_post ─(+)─► resid_post
//!            └──────────────────────────────────┘  └────────────────────────────┘
//! ```
//! Root-mean-square norms before and behind both parts, whose gains the file states as what is added to 1; what is added to
//! the stream is normed, so the stream is a sum of parts still. Embeddings are as long as the root of the width times what
//! the file holds. Queries and keys are normed head by head. Most layers read a window of the last tokens and have rotary
//! angles of their own; the others read everything before.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Format, ModelConfig, WeightsError};

use crate::causal::{Causal, Unembedding, attend};
use crate::flow::{Layered, Reading, Tables};
use crate::loader::Tensors;
use crate::parts::{Base, BlockHooks, GatedMlp, Linear, Nonlinearity, RmsNorm, SplitHeads};
use crate::{Hooks, KeyMask, KvCache};

const BEFORE: [Site; 1] = [Site::TokenEmbed];
const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
const BLOCK: [BlockSite; 29] = [
    BlockSite::ResidPre,
    BlockSite::Ln1Scale,
    BlockSite::Ln1Normalized,
    BlockSite::Q,
    BlockSite::K,
    BlockSite::V,
    BlockSite::QNormScale,
    BlockSite::QNormNormalized,
    BlockSite::KNormScale,
    BlockSite::KNormNormalized,
    BlockSite::RotQ,
    BlockSite::RotK,
    BlockSite::AttnScores,
    BlockSite::Pattern,
    BlockSite::Z,
    BlockSite::Result,
    BlockSite::Ln1PostScale,
    BlockSite::Ln1PostNormalized,
    BlockSite::AttnOut,
    BlockSite::ResidMid,
    BlockSite::Ln2Scale,
    BlockSite::Ln2Normalized,
    BlockSite::MlpPre,
    BlockSite::MlpPreLinear,
    BlockSite::MlpPost,
    BlockSite::Ln2PostScale,
    BlockSite::Ln2PostNormalized,
    BlockSite::MlpOut,
    BlockSite::ResidPost,
];

/// A model of language.
#[derive(Debug, Clone)]
pub struct Gemma3 {
    pub(crate) base: Base,
    blocks: Vec<Block>,
    ln_final: RmsNorm,
    unembed: Unembedding,
}

#[derive(Debug, Clone)]
struct Block {
    ln1: RmsNorm,
    heads: SplitHeads,
    attn_out: Linear,
    ln1_post: RmsNorm,
    ln2: RmsNorm,
    mlp: GatedMlp,
    ln2_post: RmsNorm,
}

impl Gemma3 {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, n_heads, n_kv_heads, d_head, biases, format, .. } = base.config;
        let eps = base.config.norm_eps;
        let activation = Nonlinearity::of(&base);
        let norm = |tensors: &mut Tensors, name: &str, width: usize| -> Result<RmsNorm, WeightsError> {
            let gamma = tensors.vector(&format!("{name}.weight"), width)?;
            // A GGUF file holds the sum.
            let gamma = if format == Format::HuggingFace { gamma.add_scalar(1.0) } else { gamma };
            Ok(RmsNorm { gamma, eps })
        };
        let project = |tensors: &mut Tensors, name: &str, n_heads: usize| {
            tensors.linear_with(biases.attention, name, d_model, n_heads * d_head)
        };
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("layers.{layer}.{part}");
            Ok(Block {
                ln1: norm(tensors, &name("input_layernorm"), d_model)?,
                heads: SplitHeads {
                    query: project(tensors, &name("self_attn.q_proj"), n_heads)?,
                    key: project(tensors, &name("self_attn.k_proj"), n_kv_heads)?,
                    value: project(tensors, &name("self_attn.v_proj"), n_kv_heads)?,
                    norms: Some([
                        norm(tensors, &name("self_attn.q_norm"), d_head)?,
                        norm(tensors, &name("self_attn.k_norm"), d_head)?,
                    ]),
                },
                attn_out: tensors.linear_with(biases.output, &name("self_attn.o_proj"), n_heads * d_head, d_model)?,
                ln1_post: norm(tensors, &name("post_attention_layernorm"), d_model)?,
                ln2: norm(tensors, &name("pre_feedforward_layernorm"), d_model)?,
                mlp: GatedMlp {
                    gate: tensors.unbiased(&name("mlp.gate_proj"), d_model, d_mlp)?,
                    up: tensors.unbiased(&name("mlp.up_proj"), d_model, d_mlp)?,
                    down: tensors.unbiased(&name("mlp.down_proj"), d_mlp, d_model)?,
                    activation,
                },
                ln2_post: norm(tensors, &name("post_feedforward_layernorm"), d_model)?,
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = norm(tensors, "norm", d_model)?;
        let unembed = tensors.unembedding(base.config.architecture)?;
        Ok(Self { base, blocks, ln_final, unembed })
    }
}

impl Layered for Gemma3 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        Site::in_order(&BEFORE, self.base.config.n_layers, &BLOCK, &AFTER)
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
        let reading = tables.of(&self.base, layer);
        self.blocks[layer].forward(resid, &self.base.config, reading, cache, &mut BlockHooks { layer, hooks })
    }
}

impl Causal for Gemma3 {
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
        (self.ln_final.gamma.clone(), None)
    }

    fn head_output(&self, layer: usize) -> Tensor<3> {
        let Block { attn_out, ln1_post, .. } = &self.blocks[layer];
        attn_out.by_head(self.base.config.n_heads) * ln1_post.gamma.clone().unsqueeze::<3>()
    }

    fn attention_bias(&self, layer: usize) -> Option<Tensor<1>> {
        let Block { attn_out, ln1_post, .. } = &self.blocks[layer];
        attn_out.bias.clone().map(|bias| bias * ln1_post.gamma.clone())
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

        let normalized = hooks.rms_norm(&self.ln1, resid_pre.clone(), BlockSite::Ln1Scale, BlockSite::Ln1Normalized);
        let [query, key, value] = self.heads.forward(&normalized, config, hooks);
        let (query, key) = reading.turned(query, key, hooks);
        let divisor = config.scores.divisor_of(hooks.layer);
        let z = attend(query, key, value, divisor, reading.bias.as_ref(), cache, hooks); // [batch, pos, head, d_head]
        let heads = self.attn_out.join_heads(z, hooks);
        let attn_out = hooks.rms_norm(&self.ln1_post, heads, BlockSite::Ln1PostScale, BlockSite::Ln1PostNormalized);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);

        let normalized = hooks.rms_norm(&self.ln2, resid_mid.clone(), BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let written = self.mlp.forward(normalized, hooks);
        let mlp_out = hooks.rms_norm(&self.ln2_post, written, BlockSite::Ln2PostScale, BlockSite::Ln2PostNormalized);
        let mlp_out = hooks.at(BlockSite::MlpOut, mlp_out); // [batch, pos, d_model]
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }
}
