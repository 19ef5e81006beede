//! What weights are kept as: 32-bit floats, or the pieces of a file, widened to the same 32 bits where they are used.
//!
//! A piece is what a file holds of 32 inputs of one output. Blocks hold the pieces of 32 outputs, the numbers of 8 outputs
//! side by side, and take as many bytes as the file.

use std::ops::Range;

use crate::forms::{Bf16, F16, Pieces, Q4_0, Q4_1, Q8_0};
use crate::product::{HALF, Weights, vectorized};
use crate::tile::{Block, EMPTY, LANES, SIDE};

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
        })
    }
}

/// Blocks from the first input to the last, of one block of outputs after the other.
pub(crate) struct Kept<B> {
    /// Blocks along the inputs.
    length: usize,
    blocks: Vec<B>,
}

impl Kept<Block> {
    /// What is not there weighs nothing.
    pub fn floats([d_in, d_out]: [usize; 2], weight: impl Fn(usize, usize) -> f32) -> Self {
        let (length, width) = (d_in.div_ceil(SIDE), d_out.div_ceil(SIDE));
        let mut blocks = vec![EMPTY; length * width];
        for (at, block) in blocks.iter_mut().enumerate() {
            let (from, to) = (at % length * SIDE, at / length * SIDE);
            for output in to..d_out.min(to + SIDE) {
                let (strip, place) = place(output - to);
                for (input, panels) in (from..d_in).zip(&mut block[strip]) {
                    panels[place / LANES].0[place % LANES] = weight(input, output);
                }
            }
        }
        Self { length, blocks }
    }
}

impl Weights for Kept<Block> {
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, _: &'a mut [Block]) -> &'a [Block] {
        &self.blocks[to * self.length..][from]
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.blocks[..])
    }
}

impl<B: Pieces> Kept<B> {
    fn new(length: usize, pieces: &[u8]) -> Option<Self> {
        let mut outputs = pieces.chunks_exact(B::PIECE * length.max(1));
        let width = outputs.len().div_ceil(SIDE);
        let mut blocks = vec![B::default(); width * length];
        for blocks in blocks.chunks_exact_mut(length.max(1)) {
            for (output, pieces) in outputs.by_ref().take(SIDE).enumerate() {
                for (block, piece) in blocks.iter_mut().zip(pieces.chunks_exact(B::PIECE)) {
                    block.set(place(output), piece)?;
                }
            }
        }
        Some(Self { length, blocks })
    }
}

impl<B: Pieces> Weights for Kept<B> {
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, scratch: &'a mut [Block]) -> &'a [Block] {
        let kept = &self.blocks[to * self.length..][from];
        vectorized(
            #[inline(always)]
            || {
                for (kept, block) in kept.iter().zip(&mut *scratch) {
                    kept.widen(block);
                }
            },
        );
        &scratch[..kept.len()]
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.blocks[..])
    }
}

/// Strip of an output of a block, and its place there.
pub(crate) type At = (usize, usize);

pub(crate) const fn place(output: usize) -> At {
    (output / HALF, output % HALF)
}
