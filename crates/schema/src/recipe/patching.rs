//! What is copied between the runs of two texts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::written_out;
use crate::BlockSite;
use crate::diagnostic::Refusal;
use crate::named::named;

/// What is copied between the runs of two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// The first text, A.
    pub clean: String,
    /// The second text, B.
    pub corrupt: String,
    /// What is copied.
    pub site: PatchSite,
    /// From which run into which.
    pub direction: Direction,
    /// Whether it is estimated from one gradient, for every cell at once.
    pub approximate: bool,
    /// Only these cells, as layer and token or head; all of them unless given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
    /// Which tokens of both belong together, in their order; unless given one to one, or by what both have in common where one has
    /// more tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub align: Vec<Aligned>,
    /// So many of the largest cells are joined: of each it is run what it brings over while a later one is kept as it was; none unless given.
    #[serde(skip_serializing_if = "is_none")]
    pub join: usize,
}

impl Patch {
    /// Most cells that are joined.
    pub const MOST_JOINED: usize = 16;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

named! {
    /// What a cell of a patching map is.
    #[derive(Default)]
    PatchSite {
        /// What a layer reads, at one token.
        #[default]
        ResidPre = "resid_pre",
        /// What attention of a layer writes, at one token.
        AttnOut = "attn_out",
        /// What the MLP of a layer writes, at one token.
        MlpOut = "mlp_out",
        /// The weighted values of a head, at all tokens.
        Head = "head",
        /// The queries of a head.
        Q = "q",
        /// The keys of a key/value head.
        K = "k",
        /// The values of a key/value head.
        V = "v",
        /// The weights of a head.
        Pattern = "pattern",
    }
}

impl PatchSite {
    /// Where that is in a block.
    #[must_use]
    pub const fn site(self) -> BlockSite {
        match self {
            Self::ResidPre => BlockSite::ResidPre,
            Self::AttnOut => BlockSite::AttnOut,
            Self::MlpOut => BlockSite::MlpOut,
            Self::Head => BlockSite::Z,
            Self::Q => BlockSite::Q,
            Self::K => BlockSite::K,
            Self::V => BlockSite::V,
            Self::Pattern => BlockSite::Pattern,
        }
    }

    /// Whether a cell is a head at all tokens, instead of a token.
    #[must_use]
    pub const fn of_heads(self) -> bool {
        !matches!(self, Self::ResidPre | Self::AttnOut | Self::MlpOut)
    }
}

named! {
    /// From which run into which.
    #[derive(Default)]
    Direction {
        /// From A into B: what is enough to bring A's answer back.
        #[default]
        Denoise = "denoise",
        /// From B into A: what is needed for A's answer.
        Noise = "noise",
    }
}

/// A cell of a map: a layer, and a token or head; written `20:9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Which layer, from 0.
    pub layer: usize,
    /// Which token or head, from 0.
    pub column: usize,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.layer, self.column)
    }
}

impl FromStr for Cell {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let [layer, column] = two(text, "cells", "a layer and a token or head, such as 20:9")?;
        Ok(Self { layer, column })
    }
}

/// A token of A and the one of B onto which it is copied, or the other way; written `3:4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aligned {
    /// Of the first text, from 0.
    pub clean: usize,
    /// Of the second text, from 0.
    pub corrupt: usize,
}

impl fmt::Display for Aligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.clean, self.corrupt)
    }
}

impl FromStr for Aligned {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let [clean, corrupt] = two(text, "align", "a token of A and one of B, such as 3:4")?;
        Ok(Self { clean, corrupt })
    }
}

/// Two numbers with a colon between.
fn two(text: &str, name: &str, expected: &str) -> Result<[usize; 2], Refusal> {
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    let read = || {
        let (first, second) = text.split_once(':')?;
        Some([number(first)?, number(second)?])
    };
    read().ok_or_else(|| Refusal::BadParameter {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: text.to_owned(),
    })
}

written_out!(Aligned);
written_out!(Cell);
