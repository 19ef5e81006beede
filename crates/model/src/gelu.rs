//! GELU (Hendrycks, Gimpel 2016, arXiv 1606.08415) for the CPU.
//!
//! ```text
//! gelu(x) = x · Φ(x),   gelu′(x) = Φ(x) + x · φ(x)
//! ```
//! burn's CPU path calls a scalar error function for every element, forward and backward, which took two fifths of an
//! attribution; `kernel` has it in vectors. On other devices burn's own kernel runs.

#[cfg(feature = "cpu")]
use burn::tensor::TensorData;
use burn::tensor::{Tensor, activation};
#[cfg(feature = "cpu")]
use vitrine_kernel::gelu as kernel;

/// `x · Φ(x)`, differentiable; `on_cpu` says that reading the values back costs nothing.
///
/// # Shapes
/// `[batch, pos, d_mlp]` to the same.
pub(crate) fn gelu(x: Tensor<3>, on_cpu: bool) -> Tensor<3> {
    match on_cpu {
        #[cfg(feature = "cpu")]
        true => by_kernel(x),
        _ => activation::gelu(x),
    }
}

#[cfg(feature = "cpu")]
fn by_kernel(x: Tensor<3>) -> Tensor<3> {
    let differentiated = x.is_autodiff();
    let (shape, device) = (x.dims(), x.device().without_autodiff());
    let data = x.clone().without_autodiff().try_into_data().ok().and_then(|data| data.try_into_vec::<f32>().ok());
    let Some(mut values) = data else { return activation::gelu(x) };
    let tensor = |values: Vec<f32>| Tensor::<3>::from_data(TensorData::new(values, shape), &device);
    if !differentiated {
        kernel::values(&mut values);
        return tensor(values);
    }
    // The line that touches GELU at each element: its slope is what backward has to know, its offset is a constant.
    let mut slopes = vec![0.0; values.len()];
    kernel::tangents(&mut values, &mut slopes);
    x * tensor(slopes) + tensor(values)
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
