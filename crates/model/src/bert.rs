//! BERT (Devlin et al. 2018, arXiv 1810.04805), DistilBERT (Sanh et al. 2019, arXiv 1910.01108), RoBERTa (Liu et al. 2019,
//! arXiv 1907.11692), ELECTRA (Clark et al. 2020, arXiv 2003.10555) and ALBERT (Lan et al. 2019, arXiv 1909.11942), top to bottom.
//!
//! ```text
//! resid_pre ──► attention ──(+)──► ln1 ──► MLP ──(+)──► ln2 ──► next block
//!      └─────────────────────┘      └───────────────┘
//! ```
//! Post-norm: each sum is normalized *after* the residual connection, so `hook_resid_mid` and `hook_resid_post` are read
//! before `ln1` and `ln2`, as in TransformerLens. DistilBERT differs in having no segment embedding and in its head; RoBERTa in
//! its head, and in counting positions on from the number of its padding token; ELECTRA and ALBERT in a layer between embeddings and
//! stream, which need not be as wide, ELECTRA in its head, and ALBERT in having one block that is run many times. Every token that is given has a position of its
//! own here, a padding token in the middle of a text too, which transformers leaves out of the count.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Activation, Architecture, ModelConfig, Pooling, WeightsError};

use crate::classifier::{Classifier, pooled};
use crate::flow::{Layered, Tables};
use crate::loader::Tensors;
use crate::nonlinear::{nonlinear, softmax};
use crate::parts::{Base, BlockHooks, LayerNorm, Linear, Nonlinearity};
use crate::{Hooks, KeyMask, KvCache};

const EMBED_SITES: [Site; 6] =
    [Site::Embed, Site::PosEmbed, Site::TokenTypeEmbed, Site::EmbedLnScale, Site::EmbedLnNormalized, Site::FullEmbed];

const BLOCK_SITES: [BlockSite; 19] = [
    BlockSite::ResidPre,
    BlockSite::Q,
    BlockSite::K,
    BlockSite::V,
    BlockSite::AttnScores,
    BlockSite::Pattern,
    BlockSite::Z,
    BlockSite::Result,
    BlockSite::AttnOut,
    BlockSite::ResidMid,
    BlockSite::Ln1Scale,
    BlockSite::Ln1Normalized,
    BlockSite::MlpPre,
    BlockSite::MlpPost,
    BlockSite::MlpOut,
    BlockSite::ResidPost,
    BlockSite::Ln2Scale,
    BlockSite::Ln2Normalized,
    BlockSite::NormalizedResidPost,
];

/// A sequence classifier.
#[derive(Debug, Clone)]
pub struct Bert {
    pub(crate) base: Base,
    pos_embed: Tensor<2>,                // [first_position + n_positions, d_embed]
    token_type_embed: Option<Tensor<1>>, // [d_embed]
    embed_ln: LayerNorm,
    /// From the embeddings to the stream.
    embed_project: Option<Linear>,
    blocks: Vec<Block>,
    head: Head,
}

/// One layer.
#[derive(Debug, Clone)]
struct Block {
    query: Linear,
    key: Linear,
    value: Linear,
    attn_out: Linear,
    ln1: LayerNorm,
    mlp_in: Linear,
    mlp_out: Linear,
    ln2: LayerNorm,
    activation: Nonlinearity,
}

/// From the residual stream to the classes.
#[derive(Debug, Clone)]
struct Head {
    dense: Option<Linear>,
    classifier: Linear,
}

impl Bert {
    pub(crate) fn assemble(base: Base, tensors: &mut Tensors) -> Result<Self, WeightsError> {
        let ModelConfig { d_model, d_embed, d_mlp, n_layers, architecture, pooling, norm_eps: eps, .. } = base.config;
        let n_positions = base.config.first_position + base.config.n_positions;
        let pos_embed =
            tensors.matrix("embeddings.position_embeddings.weight", [d_embed, n_positions])?.widened().transpose();
        let n_segments = base.config.n_segments;
        let token_type_embed = (n_segments > 0).then(|| tensors.token_type(d_embed, n_segments)).transpose()?;
        let embed_ln = tensors.layer_norm("embeddings.LayerNorm", d_embed, eps)?;
        let embed_project = match architecture {
            Architecture::Albert => Some("encoder.embedding_hidden_mapping_in"),
            Architecture::Electra if d_embed != d_model => Some("embeddings_project"),
            _ => None,
        };
        let embed_project = embed_project.map(|name| tensors.linear(name, d_embed, d_model)).transpose()?;
        let activation = Nonlinearity::of(&base);
        let mut block = |layer: usize| -> Result<Block, WeightsError> {
            let [query, key, value, attn_out, ln1, mlp_in, mlp_out, ln2] = block_names(architecture, layer);
            Ok(Block {
                query: tensors.linear(&query, d_model, d_model)?,
                key: tensors.linear(&key, d_model, d_model)?,
                value: tensors.linear(&value, d_model, d_model)?,
                attn_out: tensors.linear(&attn_out, d_model, d_model)?,
                ln1: tensors.layer_norm(&ln1, d_model, eps)?,
                mlp_in: tensors.linear(&mlp_in, d_model, d_mlp)?,
                mlp_out: tensors.linear(&mlp_out, d_mlp, d_model)?,
                ln2: tensors.layer_norm(&ln2, d_model, eps)?,
                activation,
            })
        };
        let blocks = match architecture {
            Architecture::Albert => vec![block(0)?; n_layers],
            _ => (0..n_layers).map(block).collect::<Result<Vec<_>, WeightsError>>()?,
        };
        let [dense, classifier] = match architecture {
            Architecture::Electra => ["classifier.dense", "classifier.out_proj"],
            _ if architecture.of_roberta() => ["classifier.dense", "classifier.out_proj"],
            Architecture::Albert => ["pooler", "classifier"],
            Architecture::DistilBert => ["pre_classifier", "classifier"],
            _ => ["pooler.dense", "classifier"],
        };
        let dense = (pooling == Pooling::First).then_some(dense);
        let n_labels = base.config.labels.len();
        let head = Head {
            dense: dense.map(|name| tensors.linear(name, d_model, d_model)).transpose()?,
            classifier: tensors.classifier(classifier, d_model, n_labels)?,
        };
        Ok(Self { base, pos_embed, token_type_embed, embed_ln, embed_project, blocks, head })
    }

    /// Adds positions and segment, normalizes, and widens where the stream is wider.
    ///
    /// # Shapes
    /// `[batch, pos, d_embed]` to `[batch, pos, d_model]`.
    fn embed_block(&self, word_embed: Tensor<3>, hooks: &mut Hooks) -> Tensor<3> {
        let [batch, pos, d_embed] = word_embed.dims();
        let embed = hooks.at(Site::Embed, word_embed);
        let first = self.base.config.first_position;
        let pos_embed = self.pos_embed.clone().slice([first..first + pos, 0..d_embed]).unsqueeze::<3>(); // [1, pos, d_embed]
        let whole = [batch, pos, d_embed];
        let mut sum = if hooks.wants(Site::PosEmbed) {
            embed + hooks.at(Site::PosEmbed, pos_embed.expand(whole))
        } else {
            embed + pos_embed
        };
        if let Some(token_type) = &self.token_type_embed {
            let token_type = token_type.clone().unsqueeze::<3>(); // [1, 1, d_embed]
            sum = if hooks.wants(Site::TokenTypeEmbed) {
                sum + hooks.at(Site::TokenTypeEmbed, token_type.expand(whole))
            } else {
                sum + token_type
            };
        }
        let normalized = self.embed_ln.forward(sum, hooks, Site::EmbedLnScale, Site::EmbedLnNormalized);
        let full = match &self.embed_project {
            Some(project) => project.forward(normalized),
            None => normalized,
        };
        hooks.at(Site::FullEmbed, full) // [batch, pos, d_model]
    }
}

impl Classifier for Bert {
    fn classify(&self, resid: Tensor<3>, mask: Option<&KeyMask>, _: &mut Hooks) -> Tensor<2> {
        let pooled = pooled(&self.base, resid, mask);
        let [batch, _, d_model] = pooled.dims();
        let pooled = pooled.reshape([batch, d_model]);
        let features = match (&self.head.dense, self.base.config.architecture) {
            (None, _) => pooled,
            (Some(dense), Architecture::DistilBert) => relu(dense.forward(pooled)),
            (Some(dense), Architecture::Electra) => nonlinear(dense.forward(pooled), Activation::Gelu),
            (Some(dense), _) => dense.forward(pooled).tanh(),
        };
        self.head.classifier.forward(features) // [batch, class]
    }

    fn head_output(&self, layer: usize) -> Tensor<3> {
        self.blocks[layer].attn_out.by_head(self.base.config.n_heads)
    }
}

impl Layered for Bert {
    fn base(&self) -> &Base {
        &self.base
    }

    fn sites(&self) -> Vec<Site> {
        let mut sites = Site::in_order(&EMBED_SITES, self.base.config.n_layers, &BLOCK_SITES, &[]);
        sites.retain(|&site| site != Site::TokenTypeEmbed || self.token_type_embed.is_some());
        sites
    }

    fn tables(&self, shape: [usize; 2], past: usize, mask: Option<&KeyMask>) -> Tables {
        Tables::new(&self.base, None, &[], shape, past, mask)
    }

    fn enter(&self, word_embed: Tensor<3>, _: &Tables, hooks: &mut Hooks) -> Tensor<3> {
        self.embed_block(word_embed, hooks)
    }

    /// Every token reads every other, so nothing is kept for later ones.
    fn block(
        &self,
        layer: usize,
        resid: Tensor<3>,
        tables: &Tables,
        _: Option<&mut KvCache>,
        hooks: &mut Hooks,
    ) -> Tensor<3> {
        let n_heads = self.base.config.n_heads;
        self.blocks[layer].forward(resid, tables.whole.bias.as_ref(), n_heads, &mut BlockHooks { layer, hooks })
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
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre));
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
        let pattern = hooks.at(BlockSite::Pattern, softmax(scores));
        let z = hooks.at(BlockSite::Z, pattern.matmul(value).swap_dims(1, 2)); // [batch, pos, head, d_head]
        self.attn_out.join_heads(z, hooks)
    }
}

/// Where Hugging Face keeps the parts of a block, in the order of [`Block`].
fn block_names(architecture: Architecture, layer: usize) -> [String; 8] {
    let (block, parts) = match architecture {
        Architecture::DistilBert => (
            format!("transformer.layer.{layer}"),
            [
                "attention.q_lin",
                "attention.k_lin",
                "attention.v_lin",
                "attention.out_lin",
                "sa_layer_norm",
                "ffn.lin1",
                "ffn.lin2",
                "output_layer_norm",
            ],
        ),
        Architecture::Albert => (
            "encoder.albert_layer_groups.0.albert_layers.0".to_owned(),
            [
                "attention.query",
                "attention.key",
                "attention.value",
                "attention.dense",
                "attention.LayerNorm",
                "ffn",
                "ffn_output",
                "full_layer_layer_norm",
            ],
        ),
        _ => (
            format!("encoder.layer.{layer}"),
            [
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm",
            ],
        ),
    };
    parts.map(|part| format!("{block}.{part}"))
}
