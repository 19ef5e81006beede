//! Products with matrices that are packed once: slices in, slices out.
//!
//! *In*: the weights of a linear layer, then rows of numbers. *Out*: the rows times the matrix, or the gradients of its outputs
//! brought back to its inputs.
//!
//! Read first: [`Matrix`], then `lanes.rs` (what is computed side by side), `tile.rs` (the innermost loops), `product.rs` (the walk
//! over blocks) and `kept.rs` (what weights are kept as). Beside the products `nonlinear.rs` and `softmax.rs`, on `exponential.rs`.
//!
//! Each output is one sum that takes its terms in the order of the inputs, a rounded product at a time. So a row has the
//! same result, to the last bit, alone and among others, on every machine and in every browser. In the second module that is made
//! for browsers which can add a product before it is rounded ([`fused`]), every product is: the last digits differ from the first
//! module's, and the rest holds.

mod exponential;
mod forms;
mod kept;
mod lanes;
mod nonlinear;
mod product;
pub mod softmax;
mod tile;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use kept::Form;
use kept::Kept;
pub use nonlinear::Nonlinear;
use product::{Turned, Weights, add_product, unpacked};

/// Whether products are added before they are rounded, found out by a product that is lost when it is.
#[must_use]
pub fn fused() -> bool {
    // The square of 1 + 2⁻¹² ends with 2⁻²⁴, which a product of 32 bits has no room for.
    let factor = 1.0 + f32::EPSILON * 2048.0;
    let mut left = [-(factor * factor)];
    if let Some(matrix) = Matrix::from_outputs([1, 1], &[factor]) {
        matrix.add_forward(&[factor], &mut left);
    }
    left != [0.0]
}

/// The weights of a linear layer, `[d_in, d_out]`. A clone shares them.
#[derive(Clone)]
pub struct Matrix {
    d_in: usize,
    d_out: usize,
    weights: Arc<dyn Weights>,
}

impl Matrix {
    /// From the weights of each output, one output after the other.
    ///
    /// # Shapes
    /// `[d_out, d_in]`; `None` where there are not as many.
    #[must_use]
    pub fn from_outputs([d_in, d_out]: [usize; 2], weights: &[f32]) -> Option<Self> {
        (d_in.checked_mul(d_out) == Some(weights.len())).then(|| {
            let weights = Kept::floats([d_in, d_out], |input, output| weights[output * d_in + input]);
            Self { d_in, d_out, weights: Arc::new(weights) }
        })
    }

    /// From the weights of each input, one input after the other.
    ///
    /// # Shapes
    /// `[d_in, d_out]`; `None` where there are not as many.
    #[must_use]
    pub fn from_inputs([d_in, d_out]: [usize; 2], weights: &[f32]) -> Option<Self> {
        (d_in.checked_mul(d_out) == Some(weights.len())).then(|| {
            let weights = Kept::floats([d_in, d_out], |input, output| weights[input * d_out + output]);
            Self { d_in, d_out, weights: Arc::new(weights) }
        })
    }

    /// From the pieces of each output, one output after the other, as a file has them. They stay as they are.
    ///
    /// # Shapes
    /// `[d_out, d_in / 32]` pieces; `None` where there are not as many, and where a number of a piece is not finite.
    #[must_use]
    pub fn from_pieces([d_in, d_out]: [usize; 2], form: Form, pieces: &[u8]) -> Option<Self> {
        let length = d_in / tile::SIDE;
        let bytes = length.checked_mul(form.piece())?.checked_mul(d_out)?;
        if !d_in.is_multiple_of(tile::SIDE) || bytes != pieces.len() {
            return None;
        }
        Some(Self { d_in, d_out, weights: Arc::from(form.pack(length, pieces)?) })
    }

    /// `[d_in, d_out]`.
    #[must_use]
    pub const fn dims(&self) -> [usize; 2] {
        [self.d_in, self.d_out]
    }

    /// Adds `x · W` to `y`.
    ///
    /// # Shapes
    /// x `[row, d_in]`, y `[row, d_out]`.
    ///
    /// # Panics
    /// If they do not hold the same number of whole rows.
    pub fn add_forward(&self, x: &[f32], y: &mut [f32]) {
        self.check(x.len(), y.len());
        add_product(&*self.weights, [self.d_in, self.d_out], x, y);
    }

    /// Adds `dy · Wᵀ` to `dx`: what a change of each input does to a sum of which `dy` says what each output does to it.
    ///
    /// # Shapes
    /// dy `[row, d_out]`, dx `[row, d_in]`.
    ///
    /// # Panics
    /// If they do not hold the same number of whole rows.
    pub fn add_backward(&self, dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        add_product(&Turned(&*self.weights), [self.d_out, self.d_in], dy, dx);
    }

    /// The weights of some outputs, one output after the other.
    ///
    /// # Shapes
    /// `[outputs, d_in]`; zeros for outputs that are not there.
    #[must_use]
    pub fn outputs(&self, outputs: Range<usize>) -> Vec<f32> {
        unpacked(&*self.weights, [self.d_in, self.d_out], outputs)
    }

    /// How many weights there is room for: both lengths rounded up to whole blocks.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.d_in.next_multiple_of(tile::SIDE) * self.d_out.next_multiple_of(tile::SIDE)
    }

    /// Bytes that the weights take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// Lengths of rows of inputs and of as many rows of outputs.
    #[track_caller]
    fn check(&self, inputs: usize, outputs: usize) {
        let whole = |length: usize, row: usize| length.checked_rem(row).unwrap_or(length) == 0;
        let alike = inputs.checked_mul(self.d_out) == outputs.checked_mul(self.d_in);
        assert!(
            alike && whole(inputs, self.d_in) && whole(outputs, self.d_out),
            "{inputs} inputs and {outputs} outputs are no rows of {} and {}",
            self.d_in,
            self.d_out
        );
    }
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrix").field("d_in", &self.d_in).field("d_out", &self.d_out).finish_non_exhaustive()
    }
}
