//! GELU and its slope, element by element.
//!
//! ```text
//! gelu(x) = x · Φ(x),   gelu′(x) = Φ(x) + x · φ(x)
//! ```
//! One exponential serves Φ and φ, in loops that the compiler can turn into vector instructions.
//!
//! Source: Hendrycks, Gimpel 2016, arXiv 1606.08415.

/// Elements handled together; the compiler unrolls them into vectors.
const LANES: usize = 8;

/// Replaces each `x` by `x · Φ(x)`.
pub fn values(values: &mut [f32]) {
    for_each(values, &mut [], |x| (gelu_and_slope(x).0, 0.0));
}

/// Replaces each `x` by where the line that touches GELU there meets the axis, and writes that line's slope beside it.
///
/// # Shapes
/// As many slopes as values.
pub fn tangents(values: &mut [f32], slopes: &mut [f32]) {
    for_each(values, slopes, |x| {
        let (y, slope) = gelu_and_slope(x);
        (slope.mul_add(-x, y), slope)
    });
}

/// Replaces each value by the first result and writes the second beside it, if there is a place for it.
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
fn for_each(values: &mut [f32], seconds: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
    let mut seconds = seconds.chunks_mut(LANES);
    for values in values.chunks_mut(LANES) {
        let mut lanes = [0.0; LANES];
        lanes.iter_mut().zip(&*values).for_each(|(lane, value)| *lane = *value);
        let results = lanes.map(&f);
        values.iter_mut().zip(results).for_each(|(value, (first, _))| *value = first);
        if let Some(seconds) = seconds.next() {
            seconds.iter_mut().zip(results).for_each(|(slot, (_, second))| *slot = second);
        }
    }
}

/// GELU and its derivative.
///
/// Source: Abramowitz and Stegun 1964, 7.1.26: `erf(z) = 1 − (a₁t + … + a₅t⁵) e^(−z²)`, `t = 1/(1 + pz)`, within 1.5e-7.
#[inline(always)]
fn gelu_and_slope(x: f32) -> (f32, f32) {
    const P: f32 = 0.327_591_1;
    const A: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_7, -1.453_152, 1.061_405_4];
    const INV_SQRT_2PI: f32 = 0.398_942_3;
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let bell = exp_of_negative(-z * z);
    let t = 1.0 / (1.0 + P * z);
    let tail = 0.5 * bell * t * (A[0] + t * (A[1] + t * (A[2] + t * (A[3] + t * A[4]))));
    let cdf = if x < 0.0 { tail } else { 1.0 - tail };
    (x * cdf, cdf + x * INV_SQRT_2PI * bell)
}

/// `e^x` for `x ≤ 0`: a power of two from the exponent bits times a polynomial on [-½, ½], within 2e-7 relative.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    // Below this the result is under the smallest normal number; NaN passes through the polynomial.
    let scaled = (x * std::f32::consts::LOG2_E).max(-126.0);
    // Adding and taking away 1.5·2²³ rounds to the nearest integer without a call.
    const ROUND: f32 = 12_582_912.0;
    let whole = (scaled + ROUND) - ROUND;
    let r = (scaled - whole) * std::f32::consts::LN_2;
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    series * f32::from_bits(((whole as i32 + 127) << 23).cast_unsigned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_tangent_touches_the_value() {
        for x in [-30.0f32, -2.0, -0.5, 0.0, 0.3, 1.0, 7.0] {
            let (mut value, mut offset, mut slope) = ([x], [x], [0.0]);
            super::values(&mut value);
            super::tangents(&mut offset, &mut slope);
            assert!((slope[0] * x + offset[0] - value[0]).abs() < 1e-6 * x.abs().max(1.0), "{x}");
        }
        let mut fixed = [0.0, f32::INFINITY];
        super::values(&mut fixed);
        assert_eq!(fixed, [0.0, f32::INFINITY]);
    }
}
