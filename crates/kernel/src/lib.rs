//! Products with matrices that are packed once: slices in, slices out.
//!
//! *In*: the weights of a linear layer, then rows of numbers. *Out*: the rows times the matrix, or the gradients of its outputs
//! brought back to its inputs.
//!
//! Read first: [`Matrix`], then `tile.rs` (the innermost loops) and `product.rs` (the walk over blocks).
//!
//! Each output is one sum that takes its terms in the order of the inputs, a rounded product at a time. So a row has the
//! same result, to the last bit, alone and among others, on every machine and in every browser.

mod floats;
mod product;
mod tile;

use floats::Floats;
use product::{Turned, add_product};

/// The weights of a linear layer, `[d_in, d_out]`.
#[derive(Clone, Debug)]
pub struct Matrix {
    d_in: usize,
    d_out: usize,
    weights: Floats,
}

impl Matrix {
    /// From the weights of each output, one output after the other.
    ///
    /// # Shapes
    /// `[d_out, d_in]`; `None` where there are not as many.
    #[must_use]
    pub fn from_outputs([d_in, d_out]: [usize; 2], weights: &[f32]) -> Option<Self> {
        (d_in.checked_mul(d_out) == Some(weights.len())).then(|| {
            let weights = Floats::new([d_in, d_out], |input, output| weights[output * d_in + input]);
            Self { d_in, d_out, weights }
        })
    }

    /// From the weights of each input, one input after the other.
    ///
    /// # Shapes
    /// `[d_in, d_out]`; `None` where there are not as many.
    #[must_use]
    pub fn from_inputs([d_in, d_out]: [usize; 2], weights: &[f32]) -> Option<Self> {
        (d_in.checked_mul(d_out) == Some(weights.len())).then(|| {
            let weights = Floats::new([d_in, d_out], |input, output| weights[input * d_out + output]);
            Self { d_in, d_out, weights }
        })
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
        add_product(&self.weights, [self.d_in, self.d_out], x, y);
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
        add_product(&Turned(&self.weights), [self.d_out, self.d_in], dy, dx);
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
