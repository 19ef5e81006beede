//! What weights are kept as: 32-bit floats, or the pieces of a file, widened to the same 32 bits where they are used.
//!
//! A piece is what a file holds of 32 inputs of one output. Blocks hold the pieces of 32 outputs, the numbers of 8 outputs
//! side by side, and take as many bytes as the file.

use std::array::from_fn;
use std::ops::Range;

use crate::forms::{Bf16, F16, Pieces, Q4_0, Q4_1, Q8_0, Scaled};
use crate::lanes::{HALF, LANES, Lanes, vectorized};
use crate::product::Weights;
use crate::tile::{Block, EMPTY, SIDE, STRIPS, Strip};

/// How the pieces of a file write their numbers. Everything is little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 32 halves.
    F16,
    /// 32 brain floats.
    Bf16,
    /// A half `d` and 32 signed bytes `q`; a number is `d·q`.
    Q8_0,
    /// A half `d` and 32 nibbles `q`, the low ones of 16 bytes first; a number is `d·(q − 8)`.
    Q4_0,
    /// Halves `d` and `m` and 32 nibbles `q`, the low ones of 16 bytes first; a number is `d·q + m`.
    Q4_1,
    /// Floats of 32 bits `d` for each half, then `m` for each, and 32 signed bytes `q`; a number is `d·q + m`. What the tighter
    /// blocks of a file are unpacked to.
    Scaled,
}

impl Form {
    /// Bytes of a piece.
    #[must_use]
    pub const fn piece(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2 * SIDE,
            Self::Q8_0 => 2 + SIDE,
            Self::Q4_0 => 2 + SIDE / 2,
            Self::Q4_1 => 4 + SIDE / 2,
            Self::Scaled => 16 + SIDE,
        }
    }

    /// Blocks of this form, `None` where a number is not finite.
    pub(crate) fn pack(self, length: usize, pieces: &[u8]) -> Option<Box<dyn Weights>> {
        Some(match self {
            Self::F16 => Box::new(Kept::<F16>::new(length, pieces)?),
            Self::Bf16 => Box::new(Kept::<Bf16>::new(length, pieces)?),
            Self::Q8_0 => Box::new(Kept::<Q8_0>::new(length, pieces)?),
            Self::Q4_0 => Box::new(Kept::<Q4_0>::new(length, pieces)?),
            Self::Q4_1 => Box::new(Kept::<Q4_1>::new(length, pieces)?),
            Self::Scaled => Box::new(Kept::<Scaled>::new(length, pieces)?),
        })
    }
}

/// Strips of blocks, block after block from the first input to the last, of one block of outputs after the other.
pub(crate) struct Kept<S> {
    /// Blocks along the inputs.
    length: usize,
    blocks: Vec<[S; STRIPS]>,
}

impl Kept<Strip> {
    /// What is not there weighs nothing.
    pub fn floats([d_in, d_out]: [usize; 2], weight: impl Fn(usize, usize) -> f32) -> Self {
        let (length, width) = (d_in.div_ceil(SIDE), d_out.div_ceil(SIDE));
        let mut blocks = vec![EMPTY; length * width];
        for (at, block) in blocks.iter_mut().enumerate() {
            let (from, to) = (at % length * SIDE, at / length * SIDE);
            for (strip, rows) in block.iter_mut().enumerate() {
                for (input, row) in (from..d_in).zip(rows) {
                    *row = from_fn(|panel| {
                        let first = to + strip * HALF + panel * LANES;
                        Lanes::new(from_fn(|lane| if first + lane < d_out { weight(input, first + lane) } else { 0.0 }))
                    });
                }
            }
        }
        Self { length, blocks }
    }
}

impl Weights for Kept<Strip> {
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, _: &'a mut [Block]) -> &'a [Block] {
        &self.blocks[to * self.length..][from]
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.blocks[..])
    }
}

impl<S: Pieces> Kept<S> {
    fn new(length: usize, pieces: &[u8]) -> Option<Self> {
        // What is not there weighs nothing.
        let nothing = vec![0; S::PIECE];
        let output = length * S::PIECE;
        let width = pieces.len().checked_div(output).unwrap_or(0).div_ceil(SIDE);
        let mut blocks = Vec::with_capacity(width * length);
        for to in 0..width {
            for from in 0..length {
                let strip = |strip: usize| {
                    S::new(from_fn(|place| {
                        let first = (to * SIDE + strip * HALF + place) * output + from * S::PIECE;
                        pieces.get(first..first + S::PIECE).unwrap_or(&nothing)
                    }))
                };
                blocks.push([strip(0)?, strip(1)?]);
            }
        }
        Some(Self { length, blocks })
    }
}

impl<S: Pieces> Weights for Kept<S> {
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, scratch: &'a mut [Block]) -> &'a [Block] {
        let kept = &self.blocks[to * self.length..][from];
        for (kept, block) in kept.iter().zip(&mut *scratch) {
            for (kept, strip) in kept.iter().zip(block) {
                widen(kept, strip);
            }
        }
        &scratch[..kept.len()]
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.blocks[..])
    }
}

fn widen<S: Pieces>(kept: &S, strip: &mut Strip) {
    vectorized(
        #[inline(always)]
        || kept.widen(strip),
    );
}
