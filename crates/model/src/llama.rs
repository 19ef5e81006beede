//! Llama (Touvron et al. 2023, arXiv 2302.13971), top to bottom.
//!
//! ```text
//! resid_pre ─┬─► ln1 ─► attention ─(+)─┬─► ln2 ─► MLP ─(+)─► resid_post
//!            └──────────────────────┘  └────────────────┘
//! ```
//! Pre-norm: what a layer writes is added to the stream as it is, so the stream is a sum of parts. Root-mean-square norms;
//! rotary positions (Su et al. 2021, arXiv 2104.09864), halves rotated as Hugging Face does; several query heads share a
//! key/value head (Ainslie et al. 2023, arXiv 2305.13245); SwiGLU (Shazeer 2020, arXiv 2002.05202).

use burn::tensor::{Tensor, TensorData};
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{ModelConfig, WeightsError};

use crate::causal::{Causal, Unembedding, attend};
use crate::flow::{Layered, Tables, causal_tables};
use crate::loader::Tensors;
use crate::parts::{Base, BlockHooks, Linear, Nonlinearity, RmsNorm};
use crate::{Hooks, KeyMask, KvCache};

pub(crate) const BEFORE: [Site; 1] = [Site::TokenEmbed];
pub(crate) const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
pub(crate) const BLOCK: [BlockSite; 21] = [
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
    query: Linear,
    key: Linear,
    value: Linear,
    attn_out: Linear,
    ln2: RmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
    activation: Nonlinearity,
}

impl Llama {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, n_heads, n_kv_heads, d_head, norm_eps: eps, .. } = base.config;
        let bias = base.config.attention_bias;
        let activation = Nonlinearity::of(&base);
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("layers.{layer}.{part}");
            Ok(Block {
                ln1: RmsNorm { gamma: tensors.vector(&name("input_layernorm.weight"), d_model)?, eps },
                query: tensors.linear_with(bias, &name("self_attn.q_proj"), d_model, n_heads * d_head)?,
                key: tensors.linear_with(bias, &name("self_attn.k_proj"), d_model, n_kv_heads * d_head)?,
                value: tensors.linear_with(bias, &name("self_attn.v_proj"), d_model, n_kv_heads * d_head)?,
                attn_out: tensors.linear_with(bias, &name("self_attn.o_proj"), n_heads * d_head, d_model)?,
                ln2: RmsNorm { gamma: tensors.vector(&name("post_attention_layernorm.weight"), d_model)?, eps },
                gate: tensors.unbiased(&name("mlp.gate_proj"), d_model, d_mlp)?,
                up: tensors.unbiased(&name("mlp.up_proj"), d_model, d_mlp)?,
                down: tensors.unbiased(&name("mlp.down_proj"), d_mlp, d_model)?,
                activation,
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = RmsNorm { gamma: tensors.vector("norm.weight", d_model)?, eps };
        let unembed = tensors.unembedding()?;
        let rope_freqs = tensors.rope_freqs.take();
        Ok(Self { base, blocks, ln_final, unembed, rope_freqs })
    }

    /// Cosines and sines of the angles `pos / factor · base^(−2i/d_head) / freq_i`, the same for both halves of a head.
    fn rotation(&self, past: usize, pos: usize) -> Rotation {
        let ModelConfig { d_head, rope_base, rope_factor, .. } = self.base.config;
        let pairs = d_head / 2;
        let freqs = self.rope_freqs.as_deref().unwrap_or_default();
        let angle = |position: usize, i: usize| {
            // Computed in f32 as the reference does, so that long positions round alike.
            let inverse = 1.0 / (rope_base as f32).powf((2 * i) as f32 / d_head as f32);
            position as f32 * (inverse / rope_factor as f32 / freqs.get(i).copied().unwrap_or(1.0))
        };
        let table = |f: fn(f32) -> f32| {
            let angles = (past..past + pos).flat_map(|position| (0..d_head).map(move |i| angle(position, i % pairs)));
            let values: Vec<f32> = angles.map(f).collect();
            Tensor::<4>::from_data(TensorData::new(values, [1, pos, 1, d_head]), &self.base.device)
        };
        Rotation { cos: table(f32::cos), sin: table(f32::sin) }
    }
}

impl Layered for Llama {
    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        causal_tables(shape, past, mask, Some(self.rotation(past, shape[1])), &self.base.device)
    }

    fn enter(&self, token_embed: Tensor<3>, _: &Tables, hooks: &mut Hooks) -> Tensor<3> {
        hooks.at(Site::TokenEmbed, token_embed)
    }

    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        cache: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3> {
        self.blocks[layer].forward(resid, &self.base.config, tables, cache, &mut BlockHooks { layer, hooks })
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

/// Tables of one run, `[1, pos, 1, d_head]`.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    cos: Tensor<4>,
    sin: Tensor<4>,
}

impl Rotation {
    /// # Shapes
    /// `[batch, pos, head, d_head]` to the same.
    fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, pos, head, d_head] = x.dims();
        let (all, half) = ([0..batch, 0..pos, 0..head], d_head / 2);
        let [b, p, h] = all;
        let first = x.clone().slice([b.clone(), p.clone(), h.clone(), 0..half]);
        let second = x.clone().slice([b, p, h, half..d_head]);
        let turned = Tensor::cat(vec![second.neg(), first], 3);
        x * self.cos.clone() + turned * self.sin.clone()
    }
}

impl Block {
    /// # Shapes
    /// resid_pre `[batch, pos, d_model]` to the next block's.
    fn forward(
        &self,
        resid_pre: Tensor<3>,
        config: &ModelConfig,
        tables: &Tables,
        cache: Option<&mut KvCache>,
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let [batch, pos, _] = resid_pre.dims();
        let ModelConfig { n_heads, n_kv_heads, d_head, .. } = *config;
        let resid_pre = hooks.at(BlockSite::ResidPre, resid_pre);

        let normalized = hooks.rms_norm(&self.ln1, resid_pre.clone(), BlockSite::Ln1Scale, BlockSite::Ln1Normalized);
        let mut heads = |site: BlockSite, part: &Linear, n: usize| {
            hooks.at(site, part.forward(normalized.clone()).reshape([batch, pos, n, d_head]))
        };
        let query = heads(BlockSite::Q, &self.query, n_heads);
        let key = heads(BlockSite::K, &self.key, n_kv_heads);
        let value = heads(BlockSite::V, &self.value, n_kv_heads);
        let turned = |x: Tensor<4>| tables.rotation.as_ref().map_or(x.clone(), |rotation| rotation.apply(x));
        let query = hooks.at(BlockSite::RotQ, turned(query));
        let key = hooks.at(BlockSite::RotK, turned(key));
        let z = attend(query, key, value, tables.bias.as_ref(), cache, hooks); // [batch, pos, head, d_head]
        let attn_out = self.attn_out.join_heads(z, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);

        let normalized = hooks.rms_norm(&self.ln2, resid_mid.clone(), BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let mlp_pre = hooks.at(BlockSite::MlpPre, self.gate.forward(normalized.clone())); // [batch, pos, d_mlp]
        let linear = hooks.at(BlockSite::MlpPreLinear, self.up.forward(normalized));
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre) * linear);
        let mlp_out = hooks.at(BlockSite::MlpOut, self.down.forward(mlp_post)); // [batch, pos, d_model]
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }
}
