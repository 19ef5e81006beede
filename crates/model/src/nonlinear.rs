//! What is done to each number, and to each row of scores, where the CPU computes.
//!
//! burn's CPU path calls scalar functions for every element, forward and backward; `kernel` has them in vectors. On other devices burn's own
//! kernels run.

use burn::tensor::{Tensor, activation};
use vitrine_weights::Activation;

/// The function between the two halves of an MLP, differentiable.
///
/// # Shapes
/// Any, to the same.
pub(crate) fn nonlinear<const D: usize>(x: Tensor<D>, kind: Activation) -> Tensor<D> {
    #[cfg(feature = "cpu")]
    if let Some(values) = cpu::nonlinear(&x, kind) {
        return values;
    }
    burns_own(x, kind)
}

fn burns_own<const D: usize>(x: Tensor<D>, kind: Activation) -> Tensor<D> {
    match kind {
        Activation::Gelu => activation::gelu(x),
        Activation::GeluTanh => activation::gelu_approximate(x),
        Activation::Relu => activation::relu(x),
        Activation::Silu => activation::silu(x),
    }
}

/// Softmax along the last axis, differentiable.
///
/// # Shapes
/// `[batch, head, query_pos, key_pos]` to the same.
pub(crate) fn softmax(scores: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "cpu")]
    if let Some(pattern) = cpu::softmax(&scores) {
        return pattern;
    }
    activation::softmax(scores, 3)
}

#[cfg(feature = "cpu")]
mod cpu {
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
    use burn::backend::tensor::FloatTensor;
    use burn::backend::{Autodiff, Flex};
    use burn::tensor::{DType, Tensor, TensorData};
    use vitrine_kernel::{Nonlinear, softmax as kernel};
    use vitrine_weights::Activation;

    pub fn nonlinear<const D: usize>(x: &Tensor<D>, kind: Activation) -> Option<Tensor<D>> {
        let function = match kind {
            Activation::Gelu => Nonlinear::Gelu,
            Activation::GeluTanh => Nonlinear::GeluTanh,
            Activation::Silu => Nonlinear::Silu,
            Activation::Relu => return None,
        };
        if x.dtype() != DType::F32 {
            return None;
        }
        if let Ok(plain) = x.clone().try_into_primitive::<Flex>() {
            return Some(Tensor::from_primitive::<Flex>(on_numbers(plain, |values| function.values(values))));
        }
        let plain = x.clone().without_autodiff().try_into_primitive::<Flex>().ok()?;
        // The line that touches the function at each element: its slope is what backward has to know, its offset is a constant.
        let shape = plain.layout().shape().clone();
        let mut slopes = vec![0.0; shape.num_elements()];
        let offsets = on_numbers(plain, |values| function.tangents(values, &mut slopes));
        let [slopes, offsets] = [FloatTensor::<Flex>::from_data(TensorData::new(slopes, shape)), offsets]
            .map(Tensor::<D>::from_primitive::<Flex>);
        Some(x.clone() * slopes + offsets)
    }

    pub fn softmax(scores: &Tensor<4>) -> Option<Tensor<4>> {
        if scores.dtype() != DType::F32 {
            return None;
        }
        if let Ok(plain) = scores.clone().try_into_primitive::<Flex>() {
            return Some(Tensor::from_primitive::<Flex>(shares(plain)));
        }
        let scores = scores.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
        let pattern = match Softmax.prepare::<NoCheckpointing>([scores.node()]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let pattern = shares(scores.into_primitive());
                step.finish(pattern.clone(), pattern)
            }
            OpsKind::UnTracked(step) => step.finish(shares(scores.into_primitive())),
        };
        Some(Tensor::from_primitive::<Autodiff<Flex>>(pattern))
    }

    fn shares(scores: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let length = scores.layout().shape().iter().next_back().copied().unwrap_or(1);
        on_numbers(scores, |rows| kernel::shares(rows, length))
    }

    /// Changes the numbers of a tensor, in the order of its axes.
    fn on_numbers(tensor: FloatTensor<Flex>, change: impl FnOnce(&mut [f32])) -> FloatTensor<Flex> {
        let tensor = tensor.to_contiguous();
        let shape = tensor.layout().shape().clone();
        let mut numbers = tensor.as_slice::<f32>().unwrap_or_default().to_vec();
        change(&mut numbers);
        FloatTensor::<Flex>::from_data(TensorData::new(numbers, shape))
    }

    /// A softmax, of which its result is kept.
    #[derive(Debug)]
    struct Softmax;

    impl Backward<Flex, 1> for Softmax {
        type State = FloatTensor<Flex>;

        fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
            let pattern = ops.state.to_contiguous();
            let length = pattern.layout().shape().iter().next_back().copied().unwrap_or(1);
            unary::<Flex, _>(ops.parents, ops.node, grads, |gradient| {
                on_numbers(gradient, |gradient| {
                    kernel::backward(pattern.as_slice::<f32>().unwrap_or_default(), gradient, length);
                })
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn slope<const D: usize>(x: &Tensor<D>, f: impl Fn(Tensor<D>) -> Tensor<D>) -> [Vec<f32>; 3] {
        let start = x.clone().autodiff().require_grad();
        let y = f(start.clone());
        // Not all alike, or those of a softmax would be none.
        let factors = x.clone().autodiff() * 0.3 + 0.7;
        let mut gradients = (y.clone() * factors).sum().backward();
        let slope = start.grad_remove(&mut gradients).unwrap();
        [y.without_autodiff(), slope, f(x.clone())].map(|tensor| tensor.try_into_vec_as::<f32>().unwrap())
    }

    #[test]
    fn values_and_gradients_equal_burns_own() {
        let points: Vec<f32> = (-4000..=4000).map(|i| i as f32 * 0.005).chain([0.0, -0.0]).collect();
        let x = Tensor::<3>::from_data(TensorData::new(points.clone(), [1, 1, points.len()]), &Device::flex());
        for kind in [Activation::Gelu, Activation::GeluTanh, Activation::Silu] {
            let run = |ours: bool| slope(&x, |x| if ours { nonlinear(x, kind) } else { burns_own(x, kind) });
            for (ours, burns) in run(true).iter().zip(&run(false)) {
                for ((a, b), x) in ours.iter().zip(burns).zip(&points) {
                    assert!((a - b).abs() <= 3e-6 * x.abs().max(1.0), "{kind:?} {x}: {a} instead of {b}");
                }
            }
        }
    }

    #[test]
    fn patterns_and_gradients_equal_burns_own() {
        let scores: Vec<f32> = (0..2 * 3 * 5 * 7).map(|i| (i as f32 * 0.9).sin() * 6.0).collect();
        let scores = Tensor::<4>::from_data(TensorData::new(scores, [2, 3, 7, 5]), &Device::flex());
        // As they lie, and not.
        for scores in [scores.clone(), scores.swap_dims(2, 3)] {
            let (ours, burns) = (slope(&scores, softmax), slope(&scores, |scores| activation::softmax(scores, 3)));
            for (a, b) in ours.iter().flatten().zip(burns.iter().flatten()) {
                assert!((a - b).abs() <= 2e-6 * b.abs().max(1.0), "{a} instead of {b}");
            }
        }
    }
}
