//! ModernBERT (Warner et al. 2024, arXiv 2412.13663), top to bottom.
//!
//! ```text
//! resid_pre ─┬─► ln1 ─► attention ─(+)─┬─► ln2 ─► MLP ─(+)─► resid_post
//!            └──────────────────────┘  └────────────────┘
//! ```
//! Pre-norm with layer norms, as a rule without shifts and biases. The embeddings are normed, and the first block has no `ln1`.
//! One matrix for queries, keys and values, rotary positions, and an MLP with a gate, whose two halves stand in one matrix. Every so
//! many blocks one reads everything; the others read a window around each token and have rotary angles of their own. Behind a last
//! norm the head is a layer with a function and a norm, so what is written to the stream has no effect of its own on a class.

use burn::tensor::Tensor;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Activation, ModelConfig, WeightsError};

use crate::causal::attend;
use crate::classifier::{Classifier, pooled};
use crate::flow::{Layered, Reading, Tables};
use crate::loader::Tensors;
use crate::nonlinear::nonlinear;
use crate::parts::{Base, BlockHooks, LayerNorm, Linear, Nonlinearity};
use crate::{Hooks, KeyMask, KvCache};

const BEFORE: [Site; 4] = [Site::Embed, Site::EmbedLnScale, Site::EmbedLnNormalized, Site::FullEmbed];
const AFTER: [Site; 2] = [Site::LnFinalScale, Site::LnFinalNormalized];
const BLOCK: [BlockSite; 21] = [
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

/// A sequence classifier.
#[derive(Debug, Clone)]
pub struct ModernBert {
    pub(crate) base: Base,
    embed_ln: LayerNorm,
    blocks: Vec<Block>,
    ln_final: LayerNorm,
    head: Head,
}

/// One layer.
#[derive(Debug, Clone)]
struct Block {
    /// Not in the first.
    ln1: Option<LayerNorm>,
    query_key_value: Linear,
    attn_out: Linear,
    ln2: LayerNorm,
    /// What is let through the function, then the gate.
    mlp_in: Linear,
    mlp_out: Linear,
    activation: Nonlinearity,
}

/// From the residual stream to the classes.
#[derive(Debug, Clone)]
struct Head {
    dense: Linear,
    activation: Activation,
    norm: LayerNorm,
    classifier: Linear,
}

impl ModernBert {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_mlp, n_layers, biases, head_activation, norm_eps: eps, .. } = base.config;
        let norm = |tensors: &mut Tensors, name: &str| {
            tensors.layer_norm_with(biases.norms != Some(false), name, d_model, eps)
        };
        let embed_ln = norm(tensors, "embeddings.norm")?;
        let blocks = (0..n_layers).map(|layer| {
            let name = |part: &str| format!("layers.{layer}.{part}");
            Ok(Block {
                ln1: (layer > 0).then(|| norm(tensors, &name("attn_norm"))).transpose()?,
                query_key_value: tensors.linear_with(biases.attention, &name("attn.Wqkv"), d_model, 3 * d_model)?,
                attn_out: tensors.linear_with(biases.output, &name("attn.Wo"), d_model, d_model)?,
                ln2: norm(tensors, &name("mlp_norm"))?,
                mlp_in: tensors.linear_with(biases.mlp, &name("mlp.Wi"), d_model, 2 * d_mlp)?,
                mlp_out: tensors.linear_with(biases.mlp, &name("mlp.Wo"), d_mlp, d_model)?,
                activation: Nonlinearity::of(&base),
            })
        });
        let blocks = blocks.collect::<Result<Vec<_>, WeightsError>>()?;
        let ln_final = norm(tensors, "final_norm")?;
        let head = Head {
            dense: tensors.linear_with(biases.head, "head.dense", d_model, d_model)?,
            activation: head_activation,
            norm: norm(tensors, "head.norm")?,
            classifier: tensors.classifier("classifier", d_model, base.config.labels.len())?,
        };
        Ok(Self { base, embed_ln, blocks, ln_final, head })
    }
}

impl Layered for ModernBert {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        let mut sites = Site::in_order(&BEFORE, self.base.config.n_layers, &BLOCK, &AFTER);
        let of_ln1 = [BlockSite::Ln1Scale, BlockSite::Ln1Normalized].map(|site| Site::block(0, site));
        sites.retain(|site| !of_ln1.contains(site));
        sites
    }

    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        Tables::new(&self.base, Some(&self.base.config.rope), &[], shape, past, mask)
    }

    fn enter(&self, word_embed: Tensor<3>, _: &Tables, hooks: &mut Hooks) -> Tensor<3> {
        let embed = hooks.at(Site::Embed, word_embed);
        let normalized = self.embed_ln.forward(embed, hooks, Site::EmbedLnScale, Site::EmbedLnNormalized);
        hooks.at(Site::FullEmbed, normalized)
    }

    /// Every token reads others on both sides, so nothing is kept for later ones.
    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        _: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3> {
        let reading = tables.of(&self.base, layer);
        self.blocks[layer].forward(resid, &self.base.config, reading, &mut BlockHooks { layer, hooks })
    }
}

impl Classifier for ModernBert {
    fn classify(&self, resid: Tensor<3>, mask: Option<&KeyMask>, hooks: &mut Hooks) -> Tensor<2> {
        let normalized = self.ln_final.forward(resid, hooks, Site::LnFinalScale, Site::LnFinalNormalized);
        let pooled = pooled(&self.base, normalized, mask); // [batch, 1, d_model]
        let Head { dense, activation, norm, classifier } = &self.head;
        let classes = classifier.forward(norm.plain(nonlinear(dense.forward(pooled), *activation)));
        let [batch, _, n_classes] = classes.dims();
        classes.reshape([batch, n_classes])
    }

    fn head_output(&self, layer: usize) -> Tensor<3> {
        self.blocks[layer].attn_out.by_head(self.base.config.n_heads)
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
        hooks: &mut BlockHooks,
    ) -> Tensor<3> {
        let [batch, pos, d_model] = resid_pre.dims();
        let ModelConfig { n_heads, d_head, d_mlp, scores, .. } = *config;
        let resid_pre = hooks.at(BlockSite::ResidPre, resid_pre);

        let normalized = match &self.ln1 {
            Some(ln1) => hooks.layer_norm(ln1, resid_pre.clone(), BlockSite::Ln1Scale, BlockSite::Ln1Normalized),
            None => resid_pre.clone(),
        };
        let joined = self.query_key_value.forward(normalized); // [batch, pos, 3 · d_model]
        let mut heads = |site: BlockSite, third: usize| {
            let part = joined.clone().slice([0..batch, 0..pos, third * d_model..(third + 1) * d_model]);
            hooks.at(site, part.reshape([batch, pos, n_heads, d_head]))
        };
        let (query, key, value) = (heads(BlockSite::Q, 0), heads(BlockSite::K, 1), heads(BlockSite::V, 2));
        let (query, key) = reading.turned(query, key, hooks);
        let divisor = scores.divisor_of(hooks.layer);
        let z = attend(query, key, value, divisor, reading.bias.as_ref(), None, hooks); // [batch, pos, head, d_head]
        let attn_out = self.attn_out.join_heads(z, hooks);
        let attn_out = hooks.at(BlockSite::AttnOut, attn_out);
        let resid_mid = hooks.at(BlockSite::ResidMid, resid_pre + attn_out);

        let normalized = hooks.layer_norm(&self.ln2, resid_mid.clone(), BlockSite::Ln2Scale, BlockSite::Ln2Normalized);
        let joined = self.mlp_in.forward(normalized); // [batch, pos, 2 · d_mlp]
        let half = |nth: usize| joined.clone().slice([0..batch, 0..pos, nth * d_mlp..(nth + 1) * d_mlp]);
        let mlp_pre = hooks.at(BlockSite::MlpPre, half(0));
        let gate = hooks.at(BlockSite::MlpPreLinear, half(1));
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre) * gate); // [batch, pos, d_mlp]
        let mlp_out = hooks.at(BlockSite::MlpOut, self.mlp_out.forward(mlp_post)); // [batch, pos, d_model]
        hooks.at(BlockSite::ResidPost, resid_mid + mlp_out)
    }
}
