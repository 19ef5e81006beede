//! GELU (Hendrycks, Gimpel 2016, arXiv 1606.08415) for the CPU.
//!
//! ```text
//! gelu(x) = x · Φ(x),   gelu′(x) = Φ(x) + x · φ(x)
//! ```
//! burn's CPU path calls a scalar error function for every element, forward and backward, which took two fifths of an
//! attribution. Here one exponential serves Φ and φ, in loops that the compiler can turn into vector instructions.
//! On other devices burn's own kernel runs.

use burn::tensor::{Tensor, TensorData, activation};

/// Elements handled together; the compiler unrolls them into vectors.
const LANES: usize = 8;

/// `x · Φ(x)`, differentiable; `on_cpu` says that reading the values back costs nothing.
///
/// # Shapes
/// `[batch, pos, d_mlp]` to the same.
pub(crate) fn gelu(x: Tensor<3>, on_cpu: bool) -> Tensor<3> {
    let differentiated = x.is_autodiff();
    if !on_cpu {
        return activation::gelu(x);
    }
    let (shape, device) = (x.dims(), x.device().without_autodiff());
    let data = x.clone().without_autodiff().try_into_data().ok().and_then(|data| data.try_into_vec::<f32>().ok());
    let Some(mut values) = data else { return activation::gelu(x) };
    let tensor = |values: Vec<f32>| Tensor::<3>::from_data(TensorData::new(values, shape), &device);
    if !differentiated {
        for_each(&mut values, &mut [], |x| (gelu_and_slope(x).0, 0.0));
        return tensor(values);
    }
    // The line that touches GELU at each element: its slope is what backward has to know, its offset is a constant.
    let mut slopes = vec![0.0; values.len()];
    for_each(&mut values, &mut slopes, |x| {
        let (y, slope) = gelu_and_slope(x);
        (slope.mul_add(-x, y), slope)
    });
    x * tensor(slopes) + tensor(values)
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
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn values_and_gradients_equal_burns_own() {
        let points: Vec<f32> = (-4000..=4000).map(|i| i as f32 * 0.005).chain([-1e30, 1e30, 0.0, -0.0]).collect();
        let shape = [1, 1, points.len()];
        let run = |on_cpu: bool| {
            let x = Tensor::<3>::from_data(TensorData::new(points.clone(), shape), &Device::flex())
                .autodiff()
                .require_grad();
            let y = gelu(x.clone(), on_cpu);
            let mut gradients = y.clone().sum().backward();
            let slope = x.grad_remove(&mut gradients).unwrap();
            let plain = gelu(x.without_autodiff(), on_cpu);
            [y.without_autodiff(), slope, plain].map(|tensor| tensor.try_into_vec_as::<f32>().unwrap())
        };
        for (ours, burns) in run(true).iter().zip(&run(false)) {
            for ((a, b), x) in ours.iter().zip(burns).zip(&points) {
                assert!((a - b).abs() <= 4e-7 * x.abs().max(1.0), "{x}: {a} instead of {b}");
            }
        }
    }
}
