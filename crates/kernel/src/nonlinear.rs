//! The functions between the two halves of an MLP and their slopes, element by element.
//!
//! ```text
//! gelu(x) = x · Φ(x)                      gelu′(x) = Φ(x) + x · φ(x)
//! x · σ(u),  u = x                        silu
//!            u = √(8/π) (x + 0.044715x³)  gelu by a tangent; with slope σ(u) + x · σ(u) · σ(−u) · u′
//! ```
//! Sources: Hendrycks, Gimpel 2016, arXiv 1606.08415, for both forms of GELU; Elfwing, Uchibe, Doya 2017, arXiv 1702.03118, for SiLU.

use crate::exponential::{horner, of_negative};
use crate::lanes::{LANES, Lanes, vectorized};

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonlinear {
    /// GELU by the error function.
    Gelu,
    /// GELU by a tangent.
    GeluTanh,
    /// Sigmoid linear unit.
    Silu,
}

impl Nonlinear {
    /// Replaces each `x` by the function's value.
    pub fn values(self, values: &mut [f32]) {
        match self {
            Self::Gelu => each(values, &mut [], |x| (gelu(x).0, Lanes::ZERO)),
            Self::GeluTanh => each(values, &mut [], |x| (gelu_tanh(x).0, Lanes::ZERO)),
            Self::Silu => each(values, &mut [], |x| (silu(x).0, Lanes::ZERO)),
        }
    }

    /// Replaces each `x` by where the line that touches the function there meets the axis, and writes that line's slope beside it.
    ///
    /// # Shapes
    /// As many slopes as values.
    pub fn tangents(self, values: &mut [f32], slopes: &mut [f32]) {
        match self {
            Self::Gelu => each(values, slopes, |x| line(x, gelu(x))),
            Self::GeluTanh => each(values, slopes, |x| line(x, gelu_tanh(x))),
            Self::Silu => each(values, slopes, |x| line(x, silu(x))),
        }
    }
}

#[inline(always)]
fn line(x: Lanes, (y, slope): (Lanes, Lanes)) -> (Lanes, Lanes) {
    (y.minus(slope.times(x)), slope)
}

/// Replaces the values by the first results and writes the second ones beside them, if there is a place for them.
#[inline(always)]
fn each(values: &mut [f32], seconds: &mut [f32], f: impl Fn(Lanes) -> (Lanes, Lanes)) {
    vectorized(
        #[inline(always)]
        || {
            let mut seconds = seconds.chunks_mut(LANES);
            for values in values.chunks_mut(LANES) {
                let mut lanes = [0.0; LANES];
                lanes[..values.len()].copy_from_slice(values);
                let (first, second) = f(Lanes::new(lanes));
                values.copy_from_slice(&first.numbers()[..values.len()]);
                if let Some(seconds) = seconds.next() {
                    seconds.copy_from_slice(&second.numbers()[..seconds.len()]);
                }
            }
        },
    );
}

/// Source of the error function: Abramowitz and Stegun 1964, 7.1.26: `erf(z) = 1 − (a₁t + … + a₅t⁵) e^(−z²)`, `t = 1/(1 + pz)`, within 1.5e-7.
#[inline(always)]
fn gelu(x: Lanes) -> (Lanes, Lanes) {
    const P: f32 = 0.327_591_1;
    const A: [f32; 6] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6, 0.0];
    const INV_SQRT_2PI: f32 = 0.398_942_3;
    let one = Lanes::splat(1.0);
    let z = x.magnitude().times(Lanes::splat(std::f32::consts::FRAC_1_SQRT_2));
    let bell = of_negative(Lanes::ZERO.minus(z.times(z)));
    let t = one.over(one.plus(z.times(Lanes::splat(P))));
    let tail = horner(t, &A).times(bell).times(Lanes::splat(0.5));
    let cdf = x.below(0.0, tail, one.minus(tail));
    (x.times(cdf), cdf.plus(x.times(bell).times(Lanes::splat(INV_SQRT_2PI))))
}

#[inline(always)]
fn silu(x: Lanes) -> (Lanes, Lanes) {
    gated(x, x, Lanes::splat(1.0))
}

#[inline(always)]
fn gelu_tanh(x: Lanes) -> (Lanes, Lanes) {
    const SQRT_8_OVER_PI: f32 = 1.595_769_2;
    const CUBIC: f32 = 0.044_715;
    let square = x.times(x);
    let u = |cubic: f32| square.times(Lanes::splat(SQRT_8_OVER_PI * cubic)).plus(Lanes::splat(SQRT_8_OVER_PI));
    gated(x, x.times(u(CUBIC)), u(3.0 * CUBIC))
}

/// `x · σ(u)`, and its slope, where `u` has that `slope`.
#[inline(always)]
fn gated(x: Lanes, u: Lanes, slope: Lanes) -> (Lanes, Lanes) {
    let one = Lanes::splat(1.0);
    let small = of_negative(Lanes::ZERO.minus(u.magnitude()));
    // σ of −|u| and of |u|.
    let (low, high) = (small.over(one.plus(small)), one.over(one.plus(small)));
    let open = u.below(0.0, low, high);
    // Where the gate is shut nothing passes, however large the number.
    let value = open.minus(Lanes::splat(f32::MIN_POSITIVE)).below(0.0, Lanes::ZERO, x.times(open));
    // Where the gate is wide open or shut it is flat, however steep what it is given.
    let flat = small.minus(Lanes::splat(f32::MIN_POSITIVE));
    (value, flat.below(0.0, open, open.plus(value.times(u.below(0.0, high, low)).times(slope))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Nonlinear; 3] = [Nonlinear::Gelu, Nonlinear::GeluTanh, Nonlinear::Silu];

    #[test]
    fn a_tangent_touches_the_value() {
        for function in ALL {
            for x in [-1e30, -30.0f32, -2.0, -0.5, 0.0, 0.3, 1.0, 7.0, 1e30] {
                let (mut value, mut offset, mut slope) = ([x], [x], [0.0]);
                function.values(&mut value);
                function.tangents(&mut offset, &mut slope);
                assert!((slope[0] * x + offset[0] - value[0]).abs() < 1e-6 * x.abs().max(1.0), "{function:?} {x}");
            }
            let mut fixed = [0.0, f32::INFINITY, f32::NAN];
            function.values(&mut fixed);
            assert_eq!(fixed[..2], [0.0, f32::INFINITY], "{function:?}");
            assert!(fixed[2].is_nan());
        }
    }

    #[test]
    fn values_and_slopes_are_those_of_twice_as_many_digits() {
        let points: Vec<f32> = (-3000..=3000).map(|i| i as f32 * 0.01).chain([-1e4, 1e4]).collect();
        for function in [Nonlinear::GeluTanh, Nonlinear::Silu] {
            let exact = |x: f64| {
                let (u, slope) = match function {
                    Nonlinear::Silu => (x, 1.0),
                    _ => {
                        let c = (8.0 / std::f64::consts::PI).sqrt();
                        (c * (x + 0.044_715 * x * x * x), c * (1.0 + 3.0 * 0.044_715 * x * x))
                    }
                };
                let open = 1.0 / (1.0 + (-u).exp());
                (x * open, open + x * open * (1.0 - open) * slope)
            };
            let (mut values, mut offsets, mut slopes) = (points.clone(), points.clone(), vec![0.0; points.len()]);
            function.values(&mut values);
            function.tangents(&mut offsets, &mut slopes);
            for ((x, value), slope) in points.iter().zip(&values).zip(&slopes) {
                let (exact_value, exact_slope) = exact(f64::from(*x));
                assert!(
                    (f64::from(*value) - exact_value).abs() <= 5e-7 * exact_value.abs().max(0.1),
                    "{function:?} {x}"
                );
                assert!((f64::from(*slope) - exact_slope).abs() <= 1e-6, "{function:?} {x}: {slope} {exact_slope}");
            }
        }
    }
}
