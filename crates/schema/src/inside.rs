//! What is seen inside a model of language: attention maps, and the residual stream layer by layer.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Refusal;
use crate::finding::finding;
use crate::{Grid, Part, ProblemType, Ranked, Target};

/// Longest text whose maps are kept: thirty layers of nine heads take 70 MB at this length.
pub const LONGEST_MAPPED: usize = 256;

/// A head by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HeadRef {
    /// Which block, from 0.
    pub layer: usize,
    /// Which head, from 0.
    pub head: usize,
}

impl std::fmt::Display for HeadRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "L{}H{}", self.layer, self.head)
    }
}

impl FromStr for HeadRef {
    type Err = Refusal;

    fn from_str(name: &str) -> Result<Self, Refusal> {
        match name.parse()? {
            Part::Head { layer, head } => Ok(Self { layer, head }),
            _ => Err(Refusal::NotAPart { found: name.to_owned() }),
        }
    }
}

impl From<HeadRef> for Part {
    fn from(HeadRef { layer, head }: HeadRef) -> Self {
        Self::Head { layer, head }
    }
}

/// What a head does on a sequence of random tokens that is repeated once; see `methods::attention`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeadScores {
    /// Mean weight on the token before.
    pub previous_token: f32,
    /// Mean weight on the same token earlier.
    pub duplicate_token: f32,
    /// Mean weight on the token after the same token earlier.
    pub induction: f32,
}

impl HeadScores {
    /// From this score on a head is named after what it does.
    pub const NAMED: f32 = 0.4;

    /// What the head is called: its largest score, if that is large enough.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        let kinds = [
            (self.induction, "induction"),
            (self.previous_token, "previous token"),
            (self.duplicate_token, "duplicate token"),
        ];
        let best = kinds.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 >= Self::NAMED).then_some(best.1)
    }
}

finding! {
    /// Every attention pattern of one run.
    AttentionMaps {
        /// Number of blocks.
        n_layers: usize,
        /// Heads per block.
        n_heads: usize,
        /// Whether a token is read with earlier tokens only.
        causal: bool,
        /// `[layer, head, query_pos, key_pos]`; rows sum to 1.
        patterns: Grid,
        /// Scores of each head, by layer, then head; empty where they do not apply.
        heads: Vec<HeadScores>,
        /// Attention rollout of what the answer is read from, one share per token.
        rollout: Vec<f32>,
    }
}

impl AttentionMaps {
    /// All heads, block by block.
    pub fn all_heads(&self) -> impl Iterator<Item = HeadRef> + use<> {
        let n_heads = self.n_heads;
        (0..self.n_layers).flat_map(move |layer| (0..n_heads).map(move |head| HeadRef { layer, head }))
    }

    /// Whether there is such a head.
    #[must_use]
    pub const fn has(&self, at: HeadRef) -> bool {
        at.layer < self.n_layers && at.head < self.n_heads
    }

    /// The pattern of one head, row-major `[query_pos, key_pos]`; empty for a head that does not exist.
    #[must_use]
    pub fn pattern(&self, at: HeadRef) -> &[f32] {
        let area = self.input.tokens.len() * self.input.tokens.len();
        let start = (at.layer * self.n_heads + at.head) * area;
        if at.head >= self.n_heads { &[] } else { self.patterns.values.get(start..start + area).unwrap_or_default() }
    }

    /// The head to look at first: the one that puts most weight on tokens that are neither the first nor the one that reads.
    #[must_use]
    pub fn most_telling(&self) -> HeadRef {
        let pos = self.input.tokens.len().max(1);
        let elsewhere = |at: HeadRef| -> f32 {
            let rows = self.pattern(at).chunks(pos).enumerate();
            rows.map(|(query, row)| {
                let others = row.iter().enumerate().skip(1).filter(|(key, _)| *key != query);
                others.map(|(_, weight)| weight).sum::<f32>()
            })
            .sum()
        };
        let scored = self.all_heads().map(|at| (at, elsewhere(at)));
        let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(HeadRef { layer: 0, head: 0 }, |(at, _)| at)
    }

    /// Mean weight that a head puts on the first token, over all later queries.
    #[must_use]
    pub fn on_first_token(&self, at: HeadRef) -> f32 {
        let pos = self.input.tokens.len();
        let rows = self.pattern(at).chunks(pos.max(1)).skip(1);
        let n = pos.saturating_sub(1).max(1) as f32;
        rows.filter_map(<[f32]>::first).sum::<f32>() / n
    }
}

/// What the logit lens reads at one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LensReading {
    /// The likeliest tokens.
    pub top: Vec<Ranked>,
    /// Probability of the watched token, where the model gives any.
    pub watched_probability: Option<f32>,
    /// Its rank, 1 for the likeliest.
    pub watched_rank: usize,
}

/// What one block does to the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerWalk {
    /// Length of the stream before the block, by token.
    pub resid_norm: Vec<f32>,
    /// Length of what attention wrote, by token.
    pub attn_norm: Vec<f32>,
    /// Length of what the MLP wrote, by token.
    pub mlp_norm: Vec<f32>,
    /// Length of what attention carried from each token (column) to each token (row), heads together.
    pub carried: Grid,
    /// What each head (row) carried from each token (column) to the watched position, as its direct effect on the target.
    pub head_effect: Grid,
    /// Direct effect of the MLP at the watched position on the target.
    pub mlp_effect: f32,
}

finding! {
    /// The residual stream of one run, floor by floor.
    Walk {
        /// The scalar whose direct effects are shown: a logit or a difference of logits.
        target: Target,
        /// The position whose answer is walked through.
        position: usize,
        /// Attention heads per block.
        n_heads: usize,
        /// Whether the stream is normalized after each sum, as in BERT. What is written is then rescaled on the way up, so parts
        /// have no direct effect and all effects are 0.
        post_norm: bool,
        /// Whether it is the head alone that keeps parts from having a direct effect: in ModernBERT it is not linear.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        nonlinear_head: bool,
        /// Whether attention and MLP of a block read the same stream, as in GPT-NeoX: between them there is none.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        parallel: bool,
        /// The blocks from first to last.
        layers: Vec<LayerWalk>,
        /// What the lens reads before each block and after the last: one more than there are blocks.
        lens: Vec<LensReading>,
        /// Direct effect of the embeddings.
        embed_effect: f32,
        /// Direct effect of all constants.
        bias_effect: f32,
        /// The scalar itself.
        value: f32,
        /// What the logits of the model mean.
        #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
        problem_type: ProblemType,
    }
}

impl Walk {
    /// Whether parts have a direct effect on what is explained.
    #[must_use]
    pub const fn has_effects(&self) -> bool {
        !self.post_norm && !self.nonlinear_head
    }

    /// Direct effect of one head, summed over the tokens that it read.
    #[must_use]
    pub fn effect_of_head(&self, at: HeadRef) -> f32 {
        let pos = self.input.tokens.len();
        let layer = self.layers.get(at.layer);
        let row = layer.and_then(|layer| layer.head_effect.values.get(at.head * pos..(at.head + 1) * pos));
        row.unwrap_or_default().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_from_its_name() {
        let at = HeadRef { layer: 3, head: 11 };
        assert_eq!((at.to_string().parse(), Part::from(at).to_string()), (Ok(at), at.to_string()));
        for name in ["MLP3", "L3", "L3N1", "L3H-1", ""] {
            assert!(name.parse::<HeadRef>().is_err(), "{name}");
        }
    }
}
