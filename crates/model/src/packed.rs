//! Linear layers on the CPU: burn's tensors by matrices of [`vitrine_kernel`].

use std::ops::Range;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, TensorData};
use vitrine_kernel::Matrix;

/// `input · W + bias`, differentiable with respect to the input.
///
/// # Shapes
/// `[.., d_in]` to `[.., d_out]`.
pub(crate) fn product<const D: usize>(input: Tensor<D>, weight: &Arc<Matrix>, bias: Option<&Tensor<1>>) -> Tensor<D> {
    if let Ok(input) = input.clone().try_into_primitive::<Flex>() {
        return Tensor::from_primitive::<Flex>(forward(input, weight, bias));
    }
    let Ok(input) = input.clone().try_into_primitive::<Autodiff<Flex>>() else {
        return linear(input, unpacked(weight), bias.cloned());
    };
    let output = match Product.prepare::<NoCheckpointing>([input.node()]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(Arc::clone(weight), forward(input.into_primitive(), weight, bias)),
        OpsKind::UnTracked(step) => step.finish(forward(input.into_primitive(), weight, bias)),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

/// The matrix as burn has it, `[d_in, d_out]`.
pub(crate) fn unpacked(weight: &Matrix) -> Tensor<2> {
    let [_, d_out] = weight.dims();
    outputs(weight, 0..d_out).transpose()
}

/// What the inputs weigh for some outputs, `[outputs, d_in]`.
pub(crate) fn outputs(weight: &Matrix, outputs: Range<usize>) -> Tensor<2> {
    let [d_in, _] = weight.dims();
    let shape = [outputs.len(), d_in];
    Tensor::from_data(TensorData::new(weight.outputs(outputs), shape), &Device::flex())
}

fn forward(input: FloatTensor<Flex>, weight: &Matrix, bias: Option<&Tensor<1>>) -> FloatTensor<Flex> {
    let [_, d_out] = weight.dims();
    let bias = bias.and_then(|bias| bias.clone().try_into_primitive::<Flex>().ok());
    let bias = bias.as_ref().and_then(|bias| bias.as_slice::<f32>());
    rows(input, d_out, |input, output| {
        if let Some(bias) = bias {
            output.chunks_exact_mut(d_out.max(1)).for_each(|row| row.copy_from_slice(bias));
        }
        weight.add_forward(input, output);
    })
}

/// What an operation on rows writes to zeros, `[.., length]`.
fn rows(input: FloatTensor<Flex>, length: usize, write: impl FnOnce(&[f32], &mut [f32])) -> FloatTensor<Flex> {
    let input = input.to_contiguous();
    let mut shape = input.layout().shape().clone();
    if let Some(last) = shape.iter_mut().last() {
        *last = length;
    }
    let mut output = vec![0.0; shape.num_elements()];
    write(input.as_slice().unwrap_or_default(), &mut output);
    FloatTensor::<Flex>::from_data(TensorData::new(output, shape))
}

/// A product with a matrix that is not differentiated.
#[derive(Debug)]
struct Product;

impl Backward<Flex, 1> for Product {
    type State = Arc<Matrix>;

    fn backward(self, ops: Ops<Arc<Matrix>, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let weight = ops.state;
        let [d_in, _] = weight.dims();
        unary::<Flex, _>(ops.parents, ops.node, grads, |gradient| {
            rows(gradient, d_in, |gradient, output| weight.add_backward(gradient, output))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, step: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * step).sin()).collect()
    }

    #[track_caller]
    fn near<const D: usize>(ours: Tensor<D>, burns: Tensor<D>) {
        assert_eq!(ours.dims(), burns.dims());
        let [ours, burns] = [ours, burns].map(|tensor| tensor.try_into_vec_as::<f32>().unwrap());
        for (a, b) in ours.iter().zip(&burns) {
            assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{a} instead of {b}");
        }
    }

    #[test]
    fn values_and_gradients_equal_burns_own() {
        let device = Device::flex();
        for [rows, d_in, d_out] in [[1, 32, 64], [5, 33, 7], [12, 64, 96], [3, 130, 2]] {
            let weights = numbers(d_in * d_out, 0.7);
            let packed = Arc::new(Matrix::from_inputs([d_in, d_out], &weights).unwrap());
            let plain = Tensor::<2>::from_data(TensorData::new(weights, [d_in, d_out]), &device);
            near(unpacked(&packed), plain.clone());
            let bias = Tensor::<1>::from_data(TensorData::new(numbers(d_out, 0.3), [d_out]), &device);
            // Not contiguous, as what comes from attention may be.
            let input =
                Tensor::<3>::from_data(TensorData::new(numbers(2 * rows * d_in, 0.9), [2, d_in, rows]), &device);
            let factor =
                Tensor::<3>::from_data(TensorData::new(numbers(2 * rows * d_out, 1.1), [2, rows, d_out]), &device);
            for bias in [None, Some(&bias)] {
                near(
                    product(input.clone().swap_dims(1, 2), &packed, bias),
                    linear(input.clone().swap_dims(1, 2), plain.clone(), bias.cloned()),
                );
                let run = |ours: bool| {
                    let input = input.clone().autodiff().require_grad();
                    let turned = input.clone().swap_dims(1, 2);
                    let output = if ours {
                        product(turned, &packed, bias)
                    } else {
                        linear(turned, plain.clone(), bias.cloned())
                    };
                    let mut gradients = (output.clone() * factor.clone()).sum().backward();
                    (output.without_autodiff(), input.grad_remove(&mut gradients).unwrap())
                };
                let ((ours, ours_gradient), (burns, burns_gradient)) = (run(true), run(false));
                near(ours, burns);
                near(ours_gradient, burns_gradient);
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_companions() {
        let packed = Arc::new(Matrix::from_outputs([40, 24], &numbers(40 * 24, 0.7)).unwrap());
        let input = Tensor::<2>::from_data(TensorData::new(numbers(7 * 40, 0.9), [7, 40]), &Device::flex());
        let all = product(input.clone(), &packed, None).try_into_vec_as::<f32>().unwrap();
        for row in 0..7 {
            let alone = product(input.clone().slice([row..row + 1, 0..40]), &packed, None);
            assert_eq!(alone.try_into_vec_as::<f32>().unwrap(), all[row * 24..][..24]);
        }
    }
}
