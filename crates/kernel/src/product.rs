//! Rows by a matrix, forward and backward: which blocks meet which rows, and when.

use std::array::from_fn;
use std::borrow::Cow;
use std::ops::Range;
use std::slice;

use crate::kept::place;
use crate::tile::{Block, EMPTY, LANES, Lanes, PANELS, Place, Rows, SIDE};

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

/// Outputs of a strip.
pub(crate) const HALF: usize = PANELS * LANES;
/// Numbers that are turned together, in each direction.
const FOUR: usize = 4;

/// Inputs become outputs.
#[inline(always)]
fn turn(block: &Block, turned: &mut Block) {
    for (half, strip) in block.iter().enumerate() {
        for (other, to) in turned.iter_mut().enumerate() {
            for input in (0..HALF).step_by(FOUR) {
                for output in (0..HALF).step_by(FOUR) {
                    let rows = from_fn(|i| {
                        let Lanes(lanes) = &strip[other * HALF + input + i][output / LANES];
                        lanes.as_chunks().0[output % LANES / FOUR]
                    });
                    for (i, column) in columns(rows).into_iter().enumerate() {
                        let Lanes(lanes) = &mut to[half * HALF + output + i][input / LANES];
                        lanes.as_chunks_mut().0[input % LANES / FOUR] = column;
                    }
                }
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))]
#[inline(always)]
fn columns(rows: [[f32; FOUR]; FOUR]) -> [[f32; FOUR]; FOUR] {
    from_fn(|column| rows.map(|row| row[column]))
}

/// The compiler finds no shuffles by itself.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn columns(rows: [[f32; FOUR]; FOUR]) -> [[f32; FOUR]; FOUR] {
    use std::arch::wasm32::{f32x4, f32x4_extract_lane, i32x4_shuffle, i64x2_shuffle};
    let [a, b, c, d] = rows.map(|[x, y, z, w]| f32x4(x, y, z, w));
    let low = [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d)];
    let high = [i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d)];
    let [[a, b], [c, d]] = [low, high].map(|[ab, cd]| [i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd)]);
    [a, b, c, d].map(|v| {
        [f32x4_extract_lane::<0>(v), f32x4_extract_lane::<1>(v), f32x4_extract_lane::<2>(v), f32x4_extract_lane::<3>(v)]
    })
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
    let mut rows = vec![0.0; outputs.len() * d_in];
    let mut scratch = [EMPTY; 2];
    for to in outputs.start / SIDE..outputs.end.min(d_out).div_ceil(SIDE) {
        for (from, first) in (0..d_in).step_by(SIDE).enumerate() {
            let Some(block) = weights.ready(from..from + 1, to, &mut scratch).first() else { continue };
            let inside = outputs.start.max(to * SIDE)..outputs.end.min((to + 1) * SIDE);
            for output in inside {
                let (strip, place) = place(output - to * SIDE);
                let row = &mut rows[(output - outputs.start) * d_in..][..d_in];
                for (number, panels) in row[first..].iter_mut().zip(&block[strip]) {
                    *number = panels[place / LANES].0[place % LANES];
                }
            }
        }
    }
    rows
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

/// Works with the widest instructions that this processor has.
#[cfg(not(target_family = "wasm"))]
#[inline(always)]
pub(crate) fn vectorized(work: impl FnOnce()) {
    pulp::Arch::new().dispatch(work);
}

/// The instructions of a module are settled when it is built.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn vectorized(work: impl FnOnce()) {
    work();
}
