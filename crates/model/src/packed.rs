//! Linear layers on the CPU: tensors of a file to matrices of [`vitrine_kernel`], and burn's tensors by those.

use std::ops::Range;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, TensorData};
use vitrine_kernel::{Form, Matrix};
use vitrine_weights::blocks::{Part, parts};
use vitrine_weights::{Dtype, Tensor as Stored, WeightsError};

/// Some rows of `[d_out, d_in]` of a file, each with its scale: the blocks of the file where it has blocks, 32-bit floats
/// otherwise.
pub(crate) fn of_outputs(tensor: &Stored, scales: Option<&[f32]>, rows: Range<usize>) -> Result<Matrix, WeightsError> {
    let missing = || WeightsError::Missing { tensor: tensor.name.clone() };
    let [d_out, d_in] = tensor.shape[..] else { return Err(missing()) };
    let dims = [d_in, rows.len()];
    let row_bytes = tensor.bytes.len().checked_div(d_out).unwrap_or(0);
    let bytes = tensor.bytes.get(rows.start * row_bytes..rows.end * row_bytes).ok_or_else(missing)?;
    let kept = match form(tensor.dtype) {
        Some(form @ Form::Scaled) if scales.is_none() => {
            Matrix::from_pieces(dims, form, &unpacked_pieces(tensor.dtype, bytes))
        }
        Some(form) if scales.is_none() => Matrix::from_pieces(dims, form, bytes),
        _ => None,
    };
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let mut weights = Vec::with_capacity(dims[0] * dims[1]);
    for row in rows {
        let scale = scales.and_then(|scales| scales.get(row)).copied().unwrap_or(1.0);
        weights.extend(tensor.row(row)?.unwrap_or_default().into_iter().map(|weight| weight * scale));
    }
    Matrix::from_outputs(dims, &weights).ok_or_else(missing)
}

/// `[d_in, d_out]` of a file.
pub(crate) fn of_inputs(tensor: &Stored, dims: [usize; 2]) -> Result<Matrix, WeightsError> {
    let missing = || WeightsError::Missing { tensor: tensor.name.clone() };
    Matrix::from_inputs(dims, &tensor.to_f32()?).ok_or_else(missing)
}

/// Blocks that are tighter than bytes, as pieces of the kernel; they widen to the same bits.
fn unpacked_pieces(dtype: Dtype, blocks: &[u8]) -> Vec<u8> {
    let piece = |Part { scales, shifts, q }: Part| {
        let floats = scales.into_iter().chain(shifts).flat_map(f32::to_le_bytes);
        floats.chain(q.map(i8::cast_unsigned))
    };
    parts(dtype, blocks).flat_map(piece).collect()
}

/// What is kept as it stands in the file, or unpacked to bytes.
const fn form(dtype: Dtype) -> Option<Form> {
    Some(match dtype {
        Dtype::F16 => Form::F16,
        Dtype::Bf16 => Form::Bf16,
        Dtype::Q8_0 => Form::Q8_0,
        Dtype::Q4_0 => Form::Q4_0,
        Dtype::Q4_1 => Form::Q4_1,
        Dtype::Q5_0 | Dtype::Q5_1 | Dtype::Q2K | Dtype::Q3K | Dtype::Q4K | Dtype::Q5K | Dtype::Q6K => Form::Scaled,
        _ => return None,
    })
}

/// Bytes that so many numbers of a matrix take, by how the file writes them.
pub(crate) const fn room(dtype: Dtype) -> (u64, u64) {
    match form(dtype) {
        None => (4, 1),
        // Signed bytes, two scales and two shifts for each 32 of them.
        Some(Form::Scaled) => (48, 32),
        Some(_) => {
            let (numbers, bytes) = dtype.piece();
            (bytes, numbers)
        }
    }
}

/// `input · W + bias`, differentiable with respect to the input.
///
/// # Shapes
/// `[.., d_in]` to `[.., d_out]`.
pub(crate) fn product<const D: usize>(input: Tensor<D>, weight: &Matrix, bias: Option<&Tensor<1>>) -> Tensor<D> {
    if let Ok(input) = input.clone().try_into_primitive::<Flex>() {
        return Tensor::from_primitive::<Flex>(forward(input, weight, bias));
    }
    let Ok(input) = input.clone().try_into_primitive::<Autodiff<Flex>>() else {
        return linear(input, unpacked(weight), bias.cloned());
    };
    let output = match Product.prepare::<NoCheckpointing>([input.node()]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(weight.clone(), forward(input.into_primitive(), weight, bias)),
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
    type State = Matrix;

    fn backward(self, ops: Ops<Matrix, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
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
            let packed = Matrix::from_inputs([d_in, d_out], &weights).unwrap();
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
    fn what_a_file_holds_is_kept_as_it_is() {
        let half = 0x2c17u16.to_le_bytes();
        let block = |bytes: usize| {
            [&half[..], &half, &(0..40).map(|i: u8| i.wrapping_mul(37)).collect::<Vec<u8>>()].concat()[..bytes].to_vec()
        };
        let tensor = |dtype: Dtype, piece: usize| {
            let bytes = if piece < 64 { block(piece).repeat(2 * 6) } else { half.repeat(32 * 2 * 6) };
            Stored { name: "w".into(), dtype, shape: vec![6, 64], bytes }
        };
        let wide = |tensor: &Stored, scale: f32| {
            let values = tensor.to_f32().unwrap()[2 * 64..].to_vec();
            values.into_iter().map(|value| value * scale).collect::<Vec<_>>()
        };
        for dtype in [Dtype::F16, Dtype::Bf16, Dtype::Q8_0, Dtype::Q4_0, Dtype::Q4_1] {
            let (_, piece) = if matches!(dtype, Dtype::F16 | Dtype::Bf16) { (1, 64) } else { dtype.piece() };
            let stored = tensor(dtype, piece as usize);
            let kept = of_outputs(&stored, None, 2..6).unwrap();
            assert_eq!(kept.outputs(0..4), wide(&stored, 1.0), "{dtype:?}");
            // Room for 32 outputs, of which 4 are there.
            assert_eq!(kept.bytes(), 32 * 2 * piece as usize, "{dtype:?}");
        }
        for dtype in [Dtype::Q5_0, Dtype::Q5_1, Dtype::Q2K, Dtype::Q3K, Dtype::Q4K, Dtype::Q5K, Dtype::Q6K] {
            let (elements, size) = dtype.piece();
            // Halves stand in front or at the end.
            let mut block: Vec<u8> = (0..size).map(|i| (i * 37) as u8).collect();
            block[..2].copy_from_slice(&half);
            block[2..4].copy_from_slice(&half);
            let end = block.len() - 4;
            block[end..].copy_from_slice(&[half, half].concat());
            let d_in = 256;
            let bytes = block.repeat(6 * d_in / elements as usize);
            let stored = Stored { name: "w".into(), dtype, shape: vec![6, d_in], bytes };
            let kept = of_outputs(&stored, None, 2..6).unwrap();
            assert_eq!(kept.outputs(0..4), stored.to_f32().unwrap()[2 * d_in..], "{dtype:?}");
            // 48 bytes for 32 numbers.
            assert_eq!(kept.bytes(), 32 * d_in / 32 * 48, "{dtype:?}");
        }
        let bytes = Stored { bytes: (0..6 * 64).map(|i| (i * 7) as u8).collect(), ..tensor(Dtype::I8, 34) };
        assert_eq!(of_outputs(&bytes, Some(&[0.1; 6]), 2..6).unwrap().outputs(0..4), wide(&bytes, 0.1));
        // 63 inputs are no whole number of pieces.
        let ragged = Stored { shape: vec![6, 63], bytes: half.repeat(6 * 63), ..tensor(Dtype::F16, 64) };
        assert_eq!(of_outputs(&ragged, None, 0..6).unwrap().outputs(0..6), ragged.to_f32().unwrap());
        // A scale that is no number is found as before.
        let broken = Stored { bytes: vec![0xff; 34 * 12], ..tensor(Dtype::Q8_0, 34) };
        assert!(matches!(of_outputs(&broken, None, 0..6), Err(WeightsError::NotFinite { .. })));
    }

    #[test]
    fn a_row_does_not_depend_on_its_companions() {
        let packed = Matrix::from_outputs([40, 24], &numbers(40 * 24, 0.7)).unwrap();
        let input = Tensor::<2>::from_data(TensorData::new(numbers(7 * 40, 0.9), [7, 40]), &Device::flex());
        let all = product(input.clone(), &packed, None).try_into_vec_as::<f32>().unwrap();
        for row in 0..7 {
            let alone = product(input.clone().slice([row..row + 1, 0..40]), &packed, None);
            assert_eq!(alone.try_into_vec_as::<f32>().unwrap(), all[row * 24..][..24]);
        }
    }
}
