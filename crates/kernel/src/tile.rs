//! The innermost loops: a few rows by a few panels, their sums in registers.
//!
//! They are plain loops over arrays. That the compiler turns them into vector instructions is seen in the benchmark alone.

use std::array::from_fn;

/// Inputs of a block, and outputs.
pub(crate) const SIDE: usize = 32;
/// Outputs of a panel.
pub(crate) const LANES: usize = 8;
/// Panels of a strip.
pub(crate) const PANELS: usize = 2;
/// Strips of a block.
pub(crate) const STRIPS: usize = SIDE / LANES / PANELS;
/// Rows of a tile.
const ROWS: usize = 4;

/// One number for each output of a panel.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Lanes(pub [f32; LANES]);

impl Lanes {
    pub const ZERO: Self = Self([0.0; LANES]);

    /// The product is rounded before it is added, so that every machine finds the same bits.
    #[inline(always)]
    fn plus_product(self, factor: f32, weights: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] + factor * weights.0[lane]))
    }
}

/// The weights from 32 inputs to 16 outputs, input after input.
pub(crate) type Strip = [[Lanes; PANELS]; SIDE];

/// The weights from 32 inputs to 32 outputs, strip after strip: a single row reads block after block as one stream.
pub(crate) type Block = [Strip; STRIPS];

/// A block that weighs nothing.
pub(crate) const EMPTY: Block = [[[Lanes::ZERO; PANELS]; SIDE]; STRIPS];

/// Rows and where their sums are.
pub(crate) struct Rows<'a> {
    /// Inputs of all rows.
    pub x: &'a [[f32; SIDE]],
    /// Blocks of inputs of a row.
    pub length: usize,
    /// Outputs of all rows.
    pub y: &'a mut [[f32; SIDE]],
    /// Blocks of outputs of a row.
    pub width: usize,
}

/// Where blocks stand in a matrix: the first of its inputs and its outputs, in blocks.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub from: usize,
    pub to: usize,
}

impl Rows<'_> {
    /// Adds the products of all rows with blocks that follow each other along the inputs. Each output is one sum in the order
    /// of the inputs, whatever tile it falls in.
    #[inline(always)]
    pub fn add(&mut self, place: Place, blocks: &[Block]) {
        let rows = self.y.len() / self.width;
        let whole = rows / ROWS * ROWS;
        for row in (0..whole).step_by(ROWS) {
            self.tiles::<ROWS>(row, place, blocks);
        }
        match rows - whole {
            3 => self.tiles::<3>(whole, place, blocks),
            2 => self.tiles::<2>(whole, place, blocks),
            // A single row hides the wait for each sum by walking all panels at once.
            1 => self.tile::<1, 0, STRIPS, 0, PANELS>(whole, place, blocks),
            _ => {}
        }
    }

    /// A browser has about 15 registers of 4 numbers, other targets as many of 8: the sums of a larger tile do not fit.
    #[inline(always)]
    fn tiles<const R: usize>(&mut self, row: usize, place: Place, blocks: &[Block]) {
        if cfg!(target_family = "wasm") {
            self.tile::<R, 0, 1, 0, 1>(row, place, blocks);
            self.tile::<R, 0, 1, 1, 1>(row, place, blocks);
            self.tile::<R, 1, 1, 0, 1>(row, place, blocks);
            self.tile::<R, 1, 1, 1, 1>(row, place, blocks);
        } else {
            self.tile::<R, 0, 1, 0, PANELS>(row, place, blocks);
            self.tile::<R, 1, 1, 0, PANELS>(row, place, blocks);
        }
    }

    /// `R` rows by `S` strips from `STRIP` on, of each `P` panels from `PANEL` on.
    #[inline(always)]
    fn tile<const R: usize, const STRIP: usize, const S: usize, const PANEL: usize, const P: usize>(
        &mut self,
        row: usize,
        Place { from, to }: Place,
        blocks: &[Block],
    ) {
        let depth = blocks.len();
        let x: [&[[f32; SIDE]]; R] = from_fn(|r| &self.x[(row + r) * self.length + from..][..depth]);
        let mut sums = [[[Lanes::ZERO; P]; S]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            let panels = self.y[(row + r) * self.width + to].as_chunks().0;
            for (s, sums) in sums.iter_mut().enumerate() {
                for (p, Lanes(sum)) in sums.iter_mut().enumerate() {
                    *sum = panels[(STRIP + s) * PANELS + PANEL + p];
                }
            }
        }
        for (block, strips) in blocks.iter().enumerate() {
            let x: [&[f32; SIDE]; R] = from_fn(|r| &x[r][block]);
            for s in 0..S {
                let weights = &strips[STRIP + s];
                for k in 0..SIDE {
                    for r in 0..R {
                        for p in 0..P {
                            sums[r][s][p] = sums[r][s][p].plus_product(x[r][k], weights[k][PANEL + p]);
                        }
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let panels = self.y[(row + r) * self.width + to].as_chunks_mut().0;
            for (s, sums) in sums.iter().enumerate() {
                for (p, Lanes(sum)) in sums.iter().enumerate() {
                    panels[(STRIP + s) * PANELS + PANEL + p] = *sum;
                }
            }
        }
    }
}
