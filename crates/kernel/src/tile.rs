//! The innermost loops: a few rows by a few panels, their sums in registers.

use std::array::from_fn;

use crate::lanes::{HALF, Lanes, PANELS, Row};

/// Inputs of a block, and outputs.
pub(crate) const SIDE: usize = 32;
/// Strips of a block.
pub(crate) const STRIPS: usize = SIDE / HALF;
/// Rows of a tile.
const ROWS: usize = 4;

/// The weights from 32 inputs to 16 outputs, input after input.
pub(crate) type Strip = [Row; SIDE];

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
            1 => self.tile::<1, STRIPS, PANELS>(whole, place, blocks, [0, 0]),
            _ => {}
        }
    }

    /// A browser has about 15 registers of 4 numbers, other targets as many of 8: the sums of a larger tile do not fit.
    #[inline(always)]
    fn tiles<const R: usize>(&mut self, row: usize, place: Place, blocks: &[Block]) {
        for strip in 0..STRIPS {
            if cfg!(target_family = "wasm") {
                (0..PANELS).for_each(|panel| self.tile::<R, 1, 1>(row, place, blocks, [strip, panel]));
            } else {
                self.tile::<R, 1, PANELS>(row, place, blocks, [strip, 0]);
            }
        }
    }

    /// `R` rows by `S` strips, of each `P` panels, from a strip and a panel on.
    ///
    /// A browser begins with slow code and replaces it only where a function is entered: one that is entered often is fast soon.
    #[cfg_attr(target_family = "wasm", inline(never))]
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn tile<const R: usize, const S: usize, const P: usize>(
        &mut self,
        row: usize,
        Place { from, to }: Place,
        blocks: &[Block],
        [strip, panel]: [usize; 2],
    ) {
        assert!(strip + S <= STRIPS && panel + P <= PANELS);
        let depth = blocks.len();
        let x: [&[[f32; SIDE]]; R] = from_fn(|r| &self.x[(row + r) * self.length + from..][..depth]);
        let mut sums = [[[Lanes::ZERO; P]; S]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            let panels = self.y[(row + r) * self.width + to].as_chunks().0;
            for (s, sums) in sums.iter_mut().enumerate() {
                for (p, sum) in sums.iter_mut().enumerate() {
                    *sum = Lanes::new(panels[(strip + s) * PANELS + panel + p]);
                }
            }
        }
        for (block, strips) in blocks.iter().enumerate() {
            let x: [&[f32; SIDE]; R] = from_fn(|r| &x[r][block]);
            let weights: [&Strip; S] = from_fn(|s| &strips[strip + s]);
            for k in 0..SIDE {
                for r in 0..R {
                    for s in 0..S {
                        for p in 0..P {
                            sums[r][s][p] = sums[r][s][p].plus_product(x[r][k], weights[s][k][panel + p]);
                        }
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let panels = self.y[(row + r) * self.width + to].as_chunks_mut().0;
            for (s, sums) in sums.iter().enumerate() {
                for (p, sum) in sums.iter().enumerate() {
                    panels[(strip + s) * PANELS + panel + p] = sum.numbers();
                }
            }
        }
    }
}
