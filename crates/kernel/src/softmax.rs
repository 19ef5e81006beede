//! Softmax of rows, and its gradient.
//!
//! ```text
//! y = e^(x − max) / Σ e^(x − max),   gradient of x = y · (g − Σ g · y)
//! ```
//! The bits of a row hang on its own numbers alone.

use crate::exponential::of_negative;
use crate::lanes::{LANES, Lanes, vectorized};

/// Replaces each row by its shares.
///
/// # Shapes
/// `[row, length]`
pub fn shares(rows: &mut [f32], length: usize) {
    vectorized(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(length.max(1)) {
                let largest =
                    row.iter().fold(f32::NEG_INFINITY, |most, number| if most < *number { *number } else { most });
                let mut total = Lanes::ZERO;
                in_lanes(row, f32::NEG_INFINITY, |numbers| {
                    let weights = of_negative(numbers.minus(Lanes::splat(largest)));
                    total = total.plus(weights);
                    weights
                });
                let total = Lanes::splat(total.numbers().iter().sum());
                in_lanes(row, 0.0, |weights| weights.over(total));
            }
        },
    );
}

/// Replaces the gradient at the shares of each row by that at what they are the shares of.
///
/// # Shapes
/// `[row, length]` both.
pub fn backward(shares: &[f32], gradients: &mut [f32], length: usize) {
    vectorized(
        #[inline(always)]
        || {
            let length = length.max(1);
            for (shares, gradients) in shares.chunks_exact(length).zip(gradients.chunks_exact_mut(length)) {
                let mean: f32 = shares.iter().zip(&*gradients).map(|(share, gradient)| share * gradient).sum();
                for (gradient, share) in gradients.iter_mut().zip(shares) {
                    *gradient = share * (*gradient - mean);
                }
            }
        },
    );
}

/// Several numbers at a time, with something behind the last ones.
#[inline(always)]
fn in_lanes(row: &mut [f32], behind: f32, mut f: impl FnMut(Lanes) -> Lanes) {
    for numbers in row.chunks_mut(LANES) {
        let mut lanes = [behind; LANES];
        lanes[..numbers.len()].copy_from_slice(numbers);
        numbers.copy_from_slice(&f(Lanes::new(lanes)).numbers()[..numbers.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_twice_as_many_digits_and_sum_to_one() {
        for length in 1..40 {
            let row: Vec<f32> = (0..length).map(|i| (i as f32 * 0.7).sin() * 20.0).collect();
            let mut rows = [row.clone(), row.clone()].concat();
            shares(&mut rows, length);
            let most = row.iter().copied().fold(f32::MIN, f32::max);
            let weights: Vec<f64> = row.iter().map(|x| f64::from(x - most).exp()).collect();
            let total: f64 = weights.iter().sum();
            for (share, weight) in rows.iter().zip(weights.iter().cycle()) {
                assert!((f64::from(*share) - weight / total).abs() <= 3e-7 * (weight / total).max(1e-6), "{length}");
            }
        }
    }

    #[test]
    fn what_is_far_below_has_no_share_and_what_is_no_number_is_not_hidden() {
        let mut row = [0.0, -1e9, f32::NEG_INFINITY, 0.0];
        shares(&mut row, 4);
        assert_eq!(row, [0.5, 0.0, 0.0, 0.5]);
        let mut row = [0.0, f32::NAN, 1.0];
        shares(&mut row, 3);
        assert!(row.iter().all(|share| share.is_nan()));
    }

    #[test]
    fn a_gradient_is_what_a_small_step_changes() {
        let row = [0.3f32, -1.0, 2.0, 0.0, 0.5];
        let factors = [1.0f32, -2.0, 0.5, 3.0, 0.0];
        let value = |row: [f32; 5]| {
            let mut row = row;
            shares(&mut row, 5);
            row.iter().zip(factors).map(|(share, factor)| share * factor).sum::<f32>()
        };
        let (mut at, mut gradient) = (row, factors);
        shares(&mut at, 5);
        backward(&at, &mut gradient, 5);
        for (place, gradient) in gradient.iter().enumerate() {
            let [mut up, mut down] = [row; 2];
            up[place] += 1e-2;
            down[place] -= 1e-2;
            assert!(((value(up) - value(down)) / 2e-2 - gradient).abs() < 1e-3);
        }
    }
}
