//! What is taken out: tokens of a text, or parts of a model.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::written_out;
use crate::Absence;
use crate::diagnostic::Refusal;
use crate::named::named;

/// What is taken out: tokens of the text, or parts of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ablate {
    /// Positions of tokens.
    pub tokens: Vec<usize>,
    /// Parts of the model.
    pub parts: Vec<Part>,
    /// What taking out means.
    pub how: Option<How>,
    /// For `resample`: the text from whose run the parts are taken.
    pub resample_from: Option<String>,
    /// Tokens that a model of language goes on to write, with everything there and without the parts; none unless given.
    #[serde(skip_serializing_if = "is_none")]
    pub write: usize,
    /// Neurons that are listed of the MLPs among the parts, those with the largest estimated effects; none unless given.
    #[serde(skip_serializing_if = "is_none")]
    pub neurons: usize,
}

impl Ablate {
    /// Most tokens that are written.
    pub const MOST_WRITTEN: usize = 256;
    /// Most neurons that are listed.
    pub const MOST_LISTED: usize = 64;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

named! {
    /// What taking out means, of tokens or of parts.
    How {
        /// Tokens: see [`Absence::Mask`].
        Mask = "mask",
        /// Tokens: see [`Absence::Delete`].
        Delete = "delete",
        /// Tokens: see [`Absence::BlockAttention`].
        BlockAttention = "block-attention",
        /// Tokens: see [`Absence::Mean`].
        Mean = "mean",
        /// Tokens: see [`Absence::Eos`].
        Eos = "eos",
        /// Tokens: see [`Absence::Space`].
        Space = "space",
        /// Parts: what they write is set to zero.
        Zero = "zero",
        /// Parts: they write what they wrote in the run of another text.
        Resample = "resample",
        /// Heads: the weights of each query are dealt out anew among the tokens that it may read.
        Shuffle = "shuffle",
    }
}

impl How {
    /// What it means for tokens, if it is meant for them.
    #[must_use]
    pub fn absence(self) -> Option<Absence> {
        Absence::named(self.name())
    }
}

/// A part of a model that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What a head writes.
    Head {
        /// Which block, from 0.
        layer: usize,
        /// Which head, from 0.
        head: usize,
    },
    /// What an MLP writes.
    Mlp {
        /// Which block, from 0.
        layer: usize,
    },
    /// One neuron of an MLP.
    Neuron {
        /// Which block, from 0.
        layer: usize,
        /// Which neuron, from 0.
        neuron: usize,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head { layer, head } => write!(f, "L{layer}H{head}"),
            Self::Mlp { layer } => write!(f, "MLP{layer}"),
            Self::Neuron { layer, neuron } => write!(f, "L{layer}N{neuron}"),
        }
    }
}

impl FromStr for Part {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let two = |text: &str, mark: char| {
            let (layer, index) = text.split_once(mark)?;
            Some((number(layer)?, number(index)?))
        };
        let part = match (text.strip_prefix("MLP"), text.strip_prefix('L')) {
            (Some(layer), _) => number(layer).map(|layer| Self::Mlp { layer }),
            (None, Some(place)) => two(place, 'H')
                .map(|(layer, head)| Self::Head { layer, head })
                .or_else(|| two(place, 'N').map(|(layer, neuron)| Self::Neuron { layer, neuron })),
            _ => None,
        };
        part.ok_or_else(|| Refusal::NotAPart { found: text.to_owned() })
    }
}

written_out!(Part);
