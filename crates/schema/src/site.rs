//! Hook points by their TransformerLens names.
//!
//! Names and places follow `HookedEncoder`, `BertBlock`, `HookedTransformer` and `TransformerBlock` of TransformerLens.
//! Which of them a model has, and in which order a forward pass reaches them, stands in that model's file.
//! In a post-norm encoder `hook_resid_mid` and `hook_resid_post` are taken *before* `ln1` and `ln2`;
//! the next block starts from `hook_normalized_resid_post`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A place inside the model where an activation can be read or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// `embed.hook_embed`: word embeddings, `[batch, pos, d_embed]`; as wide as the stream but for ELECTRA and ALBERT.
    Embed,
    /// `embed.hook_pos_embed`: position embeddings, `[batch, pos, d_embed]`.
    PosEmbed,
    /// `embed.hook_token_type_embed`: segment embeddings (not DistilBERT), `[batch, pos, d_embed]`.
    TokenTypeEmbed,
    /// `embed.ln.hook_scale`: divisor of the embedding norm, `[batch, pos, 1]`.
    EmbedLnScale,
    /// `embed.ln.hook_normalized`: output of the embedding norm, `[batch, pos, d_embed]`.
    EmbedLnNormalized,
    /// `hook_full_embed`: what the first block reads, `[batch, pos, d_model]`.
    FullEmbed,
    /// `hook_embed`: token embeddings of a decoder, `[batch, pos, d_model]`.
    TokenEmbed,
    /// `hook_pos_embed`: position embeddings of a decoder, `[batch, pos, d_model]`.
    TokenPosEmbed,
    /// A site inside block `layer`.
    Block {
        /// Which block, from 0.
        layer: usize,
        /// Where in the block.
        site: BlockSite,
    },
    /// `ln_final.hook_scale`: divisor of the last norm, `[batch, pos, 1]`.
    LnFinalScale,
    /// `ln_final.hook_normalized`: output of the last norm, before its gain in a model with RMS norms, `[batch, pos, d_model]`.
    LnFinalNormalized,
}

macro_rules! block_sites {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A place inside one block.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum BlockSite { $($(#[doc = $doc])+ $variant,)+ }

        impl BlockSite {
            /// Every site that a block of some architecture has.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The part of the name after `blocks.{layer}.`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

block_sites! {
    /// What the block reads, `[batch, pos, d_model]`.
    ResidPre = "hook_resid_pre",
    /// Queries, `[batch, pos, head, d_head]`.
    Q = "attn.hook_q",
    /// Keys, `[batch, pos, head, d_head]`; as many heads as there are key/value heads.
    K = "attn.hook_k",
    /// Values, as keys.
    V = "attn.hook_v",
    /// Divisor of the norm of queries, `[batch, pos, head, 1]`.
    QNormScale = "attn.q_norm.hook_scale",
    /// Queries over their divisor, before the gain, `[batch, pos, head, d_head]`.
    QNormNormalized = "attn.q_norm.hook_normalized",
    /// Divisor of the norm of keys, as keys with one number each.
    KNormScale = "attn.k_norm.hook_scale",
    /// Keys over their divisor, before the gain, as keys.
    KNormNormalized = "attn.k_norm.hook_normalized",
    /// Queries after rotation, `[batch, pos, head, d_head]`.
    RotQ = "attn.hook_rot_q",
    /// Keys after rotation, as keys.
    RotK = "attn.hook_rot_k",
    /// Scaled scores before the softmax, `[batch, head, query_pos, key_pos]`.
    AttnScores = "attn.hook_attn_scores",
    /// Attention pattern, rows sum to 1, `[batch, head, query_pos, key_pos]`.
    Pattern = "attn.hook_pattern",
    /// Weighted values, `[batch, pos, head, d_head]`.
    Z = "attn.hook_z",
    /// What each head writes, `[batch, pos, head, d_model]`.
    Result = "attn.hook_result",
    /// Divisor of the norm behind attention, `[batch, pos, 1]`.
    Ln1PostScale = "ln1_post.hook_scale",
    /// Sum of the heads over that divisor, before the gain, `[batch, pos, d_model]`.
    Ln1PostNormalized = "ln1_post.hook_normalized",
    /// What attention adds to the stream: the sum of the heads and the output bias, normed where a norm stands behind it,
    /// `[batch, pos, d_model]`.
    AttnOut = "hook_attn_out",
    /// After attention (in an encoder before `ln1`), `[batch, pos, d_model]`; not there where attention and MLP read the same
    /// stream.
    ResidMid = "hook_resid_mid",
    /// Divisor of `ln1`, `[batch, pos, 1]`.
    Ln1Scale = "ln1.hook_scale",
    /// Output of `ln1`, `[batch, pos, d_model]`.
    Ln1Normalized = "ln1.hook_normalized",
    /// MLP before its activation (of the gate, where it has one), `[batch, pos, d_mlp]`.
    MlpPre = "mlp.hook_pre",
    /// What the gate lets through, `[batch, pos, d_mlp]`.
    MlpPreLinear = "mlp.hook_pre_linear",
    /// MLP after its activation and gate, `[batch, pos, d_mlp]`.
    MlpPost = "mlp.hook_post",
    /// Divisor of the norm behind the MLP, `[batch, pos, 1]`.
    Ln2PostScale = "ln2_post.hook_scale",
    /// Output of the MLP over that divisor, before the gain, `[batch, pos, d_model]`.
    Ln2PostNormalized = "ln2_post.hook_normalized",
    /// What the MLP adds to the stream, `[batch, pos, d_model]`.
    MlpOut = "hook_mlp_out",
    /// After the MLP (in an encoder before `ln2`), `[batch, pos, d_model]`.
    ResidPost = "hook_resid_post",
    /// Divisor of `ln2`, `[batch, pos, 1]`.
    Ln2Scale = "ln2.hook_scale",
    /// Output of `ln2`, `[batch, pos, d_model]`.
    Ln2Normalized = "ln2.hook_normalized",
    /// What the next block of an encoder reads, `[batch, pos, d_model]`.
    NormalizedResidPost = "hook_normalized_resid_post",
}

/// The sites outside of blocks.
const OUTER_SITES: [(Site, &str); 10] = [
    (Site::Embed, "embed.hook_embed"),
    (Site::PosEmbed, "embed.hook_pos_embed"),
    (Site::TokenTypeEmbed, "embed.hook_token_type_embed"),
    (Site::EmbedLnScale, "embed.ln.hook_scale"),
    (Site::EmbedLnNormalized, "embed.ln.hook_normalized"),
    (Site::FullEmbed, "hook_full_embed"),
    (Site::TokenEmbed, "hook_embed"),
    (Site::TokenPosEmbed, "hook_pos_embed"),
    (Site::LnFinalScale, "ln_final.hook_scale"),
    (Site::LnFinalNormalized, "ln_final.hook_normalized"),
];

impl Site {
    /// A site of block `layer`.
    #[must_use]
    pub const fn block(layer: usize, site: BlockSite) -> Self {
        Self::Block { layer, site }
    }

    /// The sites of a model: those before its blocks, those of each block, those after.
    #[must_use]
    pub fn in_order(before: &[Self], n_layers: usize, block: &[BlockSite], after: &[Self]) -> Vec<Self> {
        let blocks = (0..n_layers).flat_map(|layer| block.iter().map(move |&site| Self::Block { layer, site }));
        before.iter().copied().chain(blocks).chain(after.iter().copied()).collect()
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Block { layer, site } = self {
            return write!(f, "blocks.{layer}.{}", site.name());
        }
        let name = OUTER_SITES.iter().find(|(site, _)| site == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

/// A name that is no site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown site {name:?}; a site is named as in TransformerLens, for example blocks.0.attn.hook_pattern")]
pub struct UnknownSite {
    /// What was asked for.
    pub name: String,
}

impl FromStr for Site {
    type Err = UnknownSite;

    fn from_str(name: &str) -> Result<Self, UnknownSite> {
        if let Some((site, _)) = OUTER_SITES.iter().find(|(_, known)| *known == name) {
            return Ok(*site);
        }
        let block = || {
            let (layer, rest) = name.strip_prefix("blocks.")?.split_once('.')?;
            let canonical = layer == "0" || !layer.starts_with(['0', '+']);
            let layer = layer.parse().ok().filter(|_| canonical)?;
            let site = BlockSite::ALL.iter().copied().find(|site| site.name() == rest)?;
            Some(Self::Block { layer, site })
        };
        block().ok_or_else(|| UnknownSite { name: name.to_owned() })
    }
}

impl Serialize for Site {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Site {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A comma-separated list of site names in which `*` stands for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePattern(Vec<String>);

impl SitePattern {
    /// Reads a pattern such as `blocks.*.attn.hook_pattern,hook_full_embed`.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.split(',').map(|part| part.trim().to_owned()).collect())
    }

    /// Those of `sites` whose name matches.
    #[must_use]
    pub fn select(&self, sites: &[Site]) -> Vec<Site> {
        let chosen = |site: &&Site| self.0.iter().any(|p| glob(p.as_bytes(), site.to_string().as_bytes()));
        sites.iter().filter(chosen).copied().collect()
    }
}

/// Whether `name` matches `pattern`, with `*` for any run of bytes; linear space, no recursion on input length.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p, n));
            p += 1;
        } else if pattern.get(p) == name.get(n) {
            p += 1;
            n += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern.iter().skip(p).all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_site() -> Vec<Site> {
        Site::in_order(&OUTER_SITES.map(|(site, _)| site), 3, BlockSite::ALL, &[])
    }

    #[test]
    fn every_name_round_trips() {
        for site in every_site() {
            assert_eq!(site.to_string().parse(), Ok(site));
        }
    }

    #[test]
    fn near_misses_are_refused() {
        for name in [
            "",
            "blocks.0",
            "blocks.00.hook_resid_pre",
            "blocks.+1.hook_resid_pre",
            "blocks.x.attn.hook_q",
            "hook_resid_pre",
        ] {
            assert!(name.parse::<Site>().is_err(), "{name}");
        }
    }

    #[test]
    fn patterns_select_by_name() {
        let check = |pattern: &str, expected: usize| {
            assert_eq!(SitePattern::new(pattern).select(&every_site()).len(), expected, "{pattern}");
        };
        check("blocks.*.attn.hook_pattern", 3);
        check("*", OUTER_SITES.len() + 3 * BlockSite::ALL.len());
        check("*hook_pattern, hook_full_embed", 4);
        check("blocks.1.*", BlockSite::ALL.len());
        check("blocks.*.nothing", 0);
        check("", 0);
    }
}
