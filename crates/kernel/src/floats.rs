//! Weights as 32-bit floats.

use std::array::from_fn;
use std::ops::Range;

use crate::product::{Scratch, Weights};
use crate::tile::{Block, LANES, Lanes, PANELS, SIDE};

/// Blocks from the first input to the last, of one block of outputs after the other.
#[derive(Clone, Debug)]
pub(crate) struct Floats {
    /// Blocks along the inputs.
    length: usize,
    blocks: Vec<Block>,
}

impl Floats {
    /// What is not there weighs nothing.
    pub fn new([d_in, d_out]: [usize; 2], weight: impl Fn(usize, usize) -> f32) -> Self {
        let (length, width) = (d_in.div_ceil(SIDE), d_out.div_ceil(SIDE));
        let there = |input, output| if input < d_in && output < d_out { weight(input, output) } else { 0.0 };
        let block = |from: usize, to: usize| -> Block {
            from_fn(|strip| {
                from_fn(|input| {
                    from_fn(|panel| {
                        let first = to * SIDE + (strip * PANELS + panel) * LANES;
                        Lanes(from_fn(|lane| there(from * SIDE + input, first + lane)))
                    })
                })
            })
        };
        let blocks = (0..width).flat_map(|to| (0..length).map(move |from| (from, to)));
        Self { length, blocks: blocks.map(|(from, to)| block(from, to)).collect() }
    }
}

impl Weights for Floats {
    #[inline(always)]
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, _: &'a mut Scratch) -> &'a [Block] {
        &self.blocks[to * self.length..][from]
    }
}
