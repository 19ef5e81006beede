//! Llama (Touvron et al. 2023, arXiv 2302.13971), Qwen2 (arXiv 2407.10671) and Qwen3 (arXiv 2505.09388), top to bottom.
//!
//! ```text
//! resid_pre ─┬─► ln1 ─► attention ─(+)─┬─► ln2 ─► MLP ─(+)─► resid_post
//!            └──────────────────────┘  └────────────────┘
//! ```
//! Pre-norm: what a layer writes is added to the stream as it is, so the stream is a sum of parts. Root-mean-square norms;
//! rotary positions; several query heads share a key/value head (Ainslie et al. 2023, arXiv 2305.13245); a gate in the MLP.
//! Qwen2 adds biases to queries, keys and values; Qwen3 norms queries and keys head by head before it turns them.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Architecture, ModelConfig, WeightsError};

use crate::causal::{Causal, Unembedding, attend};
use crate::flow::{Layered, Reading, Tables};
use crate::loader::Tensors;
use crate::parts::{Base, BlockHooks, GatedMlp, Linear, Nonlinearity, RmsNorm, SplitHeads};
use crate::{Hooks, KeyMask, KvCache};

const BEFORE: [Site; 1] = [Site::TokenEmbed];
const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
const BLOCK: [BlockSite; 25] = [
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
    BlockSite::AttnOut,
    BlockSite::ResidMid,
    BlockSite::Ln2Scale,
    BlockSite::Ln2Normalized,
    BlockSite::MlpPre,
    BlockSite::MlpPreLinear,
    BlockSite::MlpPost,
    BlockSite::MlpOut,
    BlockSite::ResidPost,
];

/// A model of language.
#[derive(Debug, Clone)]
pub struct Llama {
    pub(crate) base: Base,
    blocks: Vec<Block>,
    ln_final: RmsNorm,
    unembed: Unembedding,
    /// What each frequency of the rotation is divided by, `[d_head / 2]`; a file of Llama 3 has them.
    rope_freqs: Option<Vec<f32>>,
}

#[derive(Debug, Clone)]
struct Block {
    ln1: RmsNorm,
    /// With norms in Qwen3.
    heads: SplitHeads,
    attn_out: Linear,
    ln2: RmsNorm,
    mlp: GatedMlp,
}

impl Llama {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, n_heads, n_kv_heads, d_head, biases, norm_eps: eps, .. } =
            base.config;
        let activation = Nonlinearity::of(&base);
        let normed = base.config.architecture == Architecture::Qwen3;
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("layers.{layer}.{part}");
            let mut norm = |part: &str, width: usize| -> Result<RmsNorm, WeightsError> {
                Ok(RmsNorm { gamma: tensors.vector(&name(part), width)?, eps })
            };
            let (ln1, ln2) =
                (norm("input_layernorm.weight", d_model)?, norm("post_attention_layernorm.weight", d_model)?);
            let norms = if normed {
                Some([norm("self_attn.q_norm.weight", d_head)?, norm("self_attn.k_norm.weight", d_head)?])
            } else {
                None
            };
            let mut linear = |bias: Option<bool>, part: &str, d_in: usize, d_out: usize| {
                tensors.linear_with(bias, &name(part), d_in, d_out)
            };
            Ok(Block {
                ln1,
                heads: SplitHeads {
                    query: linear(biases.attention, "self_attn.q_proj", d_model, n_heads * d_head)?,
                    key: linear(biases.attention, "self_attn.k_proj", d_model, n_kv_heads * d_head)?,
                    value: linear(biases.attention, "self_attn.v_proj", d_model, n_kv_heads * d_head)?,
                    norms,
                },
                attn_out: linear(biases.output, "self_attn.o_proj", n_heads * d_head, d_model)?,
                ln2,
                mlp: GatedMlp {
                    gate: linear(biases.mlp, "mlp.gate_proj", d_model, d_mlp)?,
                    up: linear(biases.mlp, "mlp.up_proj", d_model, d_mlp)?,
                    down: linear(biases.mlp, "mlp.down_proj", d_mlp, d_model)?,
                    activation,
                },
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = RmsNorm { gamma: tensors.vector("norm.weight", d_model)?, eps };
        let unembed = tensors.unembedding(base.config.architecture)?;
        let rope_freqs = tensors.rope_freqs.take();
        Ok(Self { base, blocks, ln_final, unembed, rope_freqs })
    }
}

impl Layered for Llama {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        let mut block = BLOCK.to_vec();
        let of_norms = BlockSite::QNormScale..=BlockSite::KNormNormalized;
        block.retain(|site| !of_norms.contains(site) || self.base.config.architecture == Architecture::Qwen3);
        Site::in_order(&BEFORE, self.base.config.n_layers, &block, &AFTER)
    }

    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        let divisors = self.rope_freqs.as_deref().unwrap_or_default();
        Tables::new(&self.base, Some(&self.base.config.rope), divisors, shape, past, mask)
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

impl Causal for Llama {
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

        let normalized = hooks.rms_norm(&self.ln1, resid_pre.clone(), BlockSite::Ln1Scale, BlockSite::Ln1Normalized);
        let [query, key, value] = self.heads.forward(&normalized, config, hooks);
        let (query, key) = reading.turned(query, key, hooks);
        let divisor = config.scores.divisor_of(hooks.layer);
        let z = attend(query, key, value, divisor, reading.bias.as_ref(), cache, hooks); // [batch, pos, head, d_head]
        let attn_out = self.attn_out.join_heads(z, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);

        let normalized = hooks.rms_norm(&self.ln2, resid_mid.clone(), BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let mlp_out = self.mlp.forward(normalized, hooks);
        let mlp_out = hooks.at(BlockSite::MlpOut, mlp_out); // [batch, pos, d_model]
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }
}
