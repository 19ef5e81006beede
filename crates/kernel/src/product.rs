//! Rows by a matrix, forward and backward: which blocks meet which rows, and when.

use std::array::from_fn;
use std::borrow::Cow;
use std::ops::Range;
use std::slice;

use crate::lanes::{HALF, LANES, columns, vectorized};
use crate::tile::{Block, EMPTY, Place, Rows, SIDE};

/// Blocks that are walked at a time: 16 kB, half of the fastest memory of a core.
const DEPTH: usize = 4;
/// Numbers of the rows that are walked together: 384 kB stay in a core's second memory.
const TOGETHER: usize = 96 << 10;

/// The weights of a matrix in some form.
pub(crate) trait Weights: Send + Sync {
    /// Blocks to the outputs of block `to`; in `scratch` there is room for one more.
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, scratch: &'a mut [Block]) -> &'a [Block];

    /// Bytes that they take.
    fn bytes(&self) -> usize;
}

/// The same weights from the outputs to the inputs.
pub(crate) struct Turned<'a>(pub &'a dyn Weights);

impl Weights for Turned<'_> {
    fn ready<'a>(&'a self, from: Range<usize>, to: usize, scratch: &'a mut [Block]) -> &'a [Block] {
        let n_blocks = from.len();
        let Some((room, scratch)) = scratch.split_first_mut() else { return &[] };
        for (output, turned) in from.zip(scratch.iter_mut()) {
            for block in self.0.ready(to..to + 1, output, slice::from_mut(room)) {
                vectorized(
                    #[inline(always)]
                    || turn(block, turned),
                );
            }
        }
        &scratch[..n_blocks]
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

/// Numbers that are turned together, in each direction.
const FOUR: usize = LANES / 2;

/// Inputs become outputs.
#[inline(always)]
fn turn(block: &Block, turned: &mut Block) {
    for (strip, rows) in block.iter().enumerate() {
        for (four, rows) in rows.as_chunks::<FOUR>().0.iter().enumerate() {
            let input = four * FOUR;
            for output in (0..HALF).step_by(FOUR) {
                let from = |i: usize| rows[i][output / LANES].fours()[output % LANES / FOUR];
                for (i, column) in columns(from_fn(from)).into_iter().enumerate() {
                    let lanes = &mut turned[input / HALF][strip * HALF + output + i][input % HALF / LANES];
                    lanes.fours_mut()[input % LANES / FOUR] = column;
                }
            }
        }
    }
}

/// Adds `x · W` to `y`.
///
/// # Shapes
/// x `[row, d_in]`, y `[row, d_out]`.
pub(crate) fn add_product(weights: &dyn Weights, [d_in, d_out]: [usize; 2], x: &[f32], y: &mut [f32]) {
    if d_in == 0 || d_out == 0 {
        return;
    }
    let x = if d_in.is_multiple_of(SIDE) { Cow::Borrowed(x) } else { Cow::Owned(padded(x, d_in)) };
    let dims = [d_in.div_ceil(SIDE), d_out.div_ceil(SIDE)];
    if d_out.is_multiple_of(SIDE) {
        return walk(weights, dims, x.as_chunks().0, y.as_chunks_mut().0);
    }
    let mut wide = padded(y, d_out);
    walk(weights, dims, x.as_chunks().0, wide.as_chunks_mut().0);
    for (row, wide) in y.chunks_exact_mut(d_out).zip(wide.chunks_exact(d_out.next_multiple_of(SIDE))) {
        row.copy_from_slice(&wide[..d_out]);
    }
}

/// The weights of some outputs, `[outputs, d_in]`.
pub(crate) fn unpacked(weights: &dyn Weights, [d_in, d_out]: [usize; 2], outputs: Range<usize>) -> Vec<f32> {
    let mut numbers = vec![0.0; outputs.len() * d_in];
    let mut scratch = [EMPTY; 2];
    for to in outputs.start / SIDE..outputs.end.min(d_out).div_ceil(SIDE) {
        for (from, first) in (0..d_in).step_by(SIDE).enumerate() {
            let Some(block) = weights.ready(from..from + 1, to, &mut scratch).first() else { continue };
            for (strip, rows) in block.iter().enumerate() {
                for (input, row) in (first..d_in).zip(rows) {
                    for (panel, lanes) in row.iter().enumerate() {
                        let output = to * SIDE + strip * HALF + panel * LANES;
                        for (output, number) in (output..).zip(lanes.numbers()) {
                            if outputs.contains(&output) {
                                numbers[(output - outputs.start) * d_in + input] = number;
                            }
                        }
                    }
                }
            }
        }
    }
    numbers
}

/// Rows with zeros behind them, up to a whole number of blocks.
fn padded(rows: &[f32], length: usize) -> Vec<f32> {
    let wide = length.next_multiple_of(SIDE);
    let mut padded = vec![0.0; rows.len() / length * wide];
    for (to, from) in padded.chunks_exact_mut(wide).zip(rows.chunks_exact(length)) {
        to[..length].copy_from_slice(from);
    }
    padded
}

/// `dims` in blocks. From the first input to the last for one block of outputs after the other, so that the weights are read
/// as one stream.
fn walk(weights: &dyn Weights, [length, width]: [usize; 2], x: &[[f32; SIDE]], y: &mut [[f32; SIDE]]) {
    let together = (TOGETHER / SIDE / length).next_multiple_of(4).max(4);
    vectorized(
        // Or it would not be compiled for the instructions that were found.
        #[inline(always)]
        || {
            let mut scratch = [EMPTY; DEPTH + 1];
            for (x, y) in x.chunks(together * length).zip(y.chunks_mut(together * width)) {
                let mut rows = Rows { x, length, y, width };
                for to in 0..width {
                    for from in (0..length).step_by(DEPTH) {
                        let blocks = weights.ready(from..length.min(from + DEPTH), to, &mut scratch);
                        rows.add(Place { from, to }, blocks);
                    }
                }
            }
        },
    );
}
