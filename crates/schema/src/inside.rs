//! What is seen inside a model of language: attention maps, and the residual stream layer by layer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Check, Input, ModelRef, ProblemType, Ranked, Target};

/// Many numbers, which cross the worker boundary as one array of bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floats(pub Vec<f32>);

impl Serialize for Floats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|value| value.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Floats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> serde::de::Visitor<'de> for Bytes {
            type Value = Floats;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("32-bit floats as little-endian bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Floats, E> {
                let (values, rest) = bytes.as_chunks();
                if rest.is_empty() {
                    return Ok(Floats(values.iter().map(|&b| f32::from_le_bytes(b)).collect()));
                }
                Err(E::invalid_length(bytes.len(), &self))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Floats, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                self.visit_bytes(&bytes)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

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

/// Every attention pattern of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionMaps {
    /// Which weights.
    pub model: ModelRef,
    /// What was read.
    pub input: Input,
    /// Number of blocks.
    pub n_layers: usize,
    /// Heads per block.
    pub n_heads: usize,
    /// Whether a token is read with earlier tokens only.
    pub causal: bool,
    /// `[layer, head, query_pos, key_pos]`, row-major; rows sum to 1.
    pub patterns: Floats,
    /// Scores of each head, by layer, then head; empty where they do not apply.
    pub heads: Vec<HeadScores>,
    /// Attention rollout at the last position, one share per token.
    pub rollout: Vec<f32>,
}

impl AttentionMaps {
    /// The pattern of one head, row-major `[query_pos, key_pos]`; empty for a head that does not exist.
    #[must_use]
    pub fn pattern(&self, at: HeadRef) -> &[f32] {
        let area = self.input.tokens.len() * self.input.tokens.len();
        let start = (at.layer * self.n_heads + at.head) * area;
        if at.head >= self.n_heads { &[] } else { self.patterns.0.get(start..start + area).unwrap_or_default() }
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

/// How a head's pattern is changed for a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternChange {
    /// Nothing is read.
    Zero,
    /// Each query's weights are dealt out anew among the tokens that it may read.
    Shuffle,
}

/// A part of the model that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// The pattern of one head is changed.
    Pattern {
        /// Which head.
        at: HeadRef,
        /// How.
        change: PatternChange,
    },
    /// What a head writes is set to zero.
    Head {
        /// Which head.
        at: HeadRef,
    },
    /// What an MLP writes is set to zero.
    Mlp {
        /// Which block.
        layer: usize,
    },
}

/// The answer before and after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// What was changed.
    pub removal: Removal,
    /// The scalar.
    pub target: Target,
    /// Its value before.
    pub before: f32,
    /// Its value after.
    pub after: f32,
    /// The likeliest answers after.
    pub top: Vec<Ranked>,
    /// What the logits of the model mean.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
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
    pub carried: Floats,
    /// What each head (row) carried from each token (column) to the watched position, as its direct effect on the target.
    pub head_effect: Floats,
    /// Direct effect of the MLP at the watched position on the target.
    pub mlp_effect: f32,
}

/// The residual stream of one run, floor by floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// Which weights.
    pub model: ModelRef,
    /// What was read.
    pub input: Input,
    /// The scalar whose direct effects are shown: a logit or a difference of logits.
    pub target: Target,
    /// The position whose answer is walked through.
    pub position: usize,
    /// Attention heads per block.
    pub n_heads: usize,
    /// Whether the stream is normalized after each sum, as in BERT. What is written is then rescaled on the way up, so parts have
    /// no direct effect and all effects are 0.
    pub post_norm: bool,
    /// The blocks from first to last.
    pub layers: Vec<LayerWalk>,
    /// What the lens reads before each block and after the last: one more than there are blocks.
    pub lens: Vec<LensReading>,
    /// Direct effect of the embeddings.
    pub embed_effect: f32,
    /// Direct effect of all constants.
    pub bias_effect: f32,
    /// The scalar itself.
    pub value: f32,
    /// What the logits of the model mean.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
    /// Do the parts sum to the scalar? With `post_norm`: does the last reading of the lens equal it?
    pub check: Check,
}

impl Walk {
    /// Direct effect of one head, summed over the tokens that it read.
    #[must_use]
    pub fn effect_of_head(&self, at: HeadRef) -> f32 {
        let pos = self.input.tokens.len();
        let layer = self.layers.get(at.layer);
        let row = layer.and_then(|layer| layer.head_effect.0.get(at.head * pos..(at.head + 1) * pos));
        row.unwrap_or_default().iter().sum()
    }
}
