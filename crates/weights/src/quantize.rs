//! Makes the shipped weights: merges a low-rank adapter and rounds matrices to 8 bits per element, one scale per row.

use crate::{Dtype, Tensor, WeightsError};

/// `weight + scale · B · A`, the merge of LoRA (Hu et al. 2021, arXiv 2106.09685, section 4.1).
///
/// # Shapes
/// weight `[d_out, d_in]`, a `[rank, d_in]`, b `[d_out, rank]`.
///
/// # Errors
/// [`WeightsError::Shape`] when the shapes do not fit.
pub fn merge_lora(weight: &mut Tensor, a: &Tensor, b: &Tensor, scale: f32) -> Result<(), WeightsError> {
    let (&[d_out, d_in], &[rank, a_in], &[b_out, b_rank]) = (&weight.shape[..], &a.shape[..], &b.shape[..]) else {
        return Err(shape_error(weight, a));
    };
    if a_in != d_in || b_out != d_out || b_rank != rank || rank == 0 || d_in == 0 {
        return Err(shape_error(weight, a));
    }
    let (mut values, a, b) = (weight.to_f32()?, a.to_f32()?, b.to_f32()?);
    for (row, b_row) in values.chunks_exact_mut(d_in).zip(b.chunks_exact(rank)) {
        for (a_row, &factor) in a.chunks_exact(d_in).zip(b_row) {
            for (value, &a_value) in row.iter_mut().zip(a_row) {
                *value = (scale * factor).mul_add(a_value, *value);
            }
        }
    }
    *weight = tensor_from_f32(weight.name.clone(), weight.shape.clone(), &values);
    Ok(())
}

fn shape_error(weight: &Tensor, a: &Tensor) -> WeightsError {
    WeightsError::Shape { tensor: a.name.clone(), expected: weight.shape.clone(), found: a.shape.clone() }
}

/// A 32-bit tensor of these values.
#[must_use]
pub fn tensor_from_f32(name: String, shape: Vec<usize>, values: &[f32]) -> Tensor {
    Tensor { name, dtype: Dtype::F32, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
}

/// Rounds a matrix to `[-127, 127]` per row; returns the matrix and its `<name>_scale`.
///
/// The largest element of each row keeps its value; every element is off by at most half of `scale`.
///
/// # Errors
/// [`WeightsError::NotFinite`] when the matrix cannot be rounded.
pub fn quantize_rows(weight: &Tensor) -> Result<(Tensor, Tensor), WeightsError> {
    let values = weight.to_f32()?;
    let d_in = weight.shape.last().copied().unwrap_or(1).max(1);
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::new();
    for row in values.chunks(d_in) {
        let largest = row.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        scales.push(scale);
        bytes.extend(row.iter().map(|value| ((value / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned()));
    }
    let rows = Tensor { name: weight.name.clone(), dtype: Dtype::I8, shape: weight.shape.clone(), bytes };
    Ok((rows, tensor_from_f32(format!("{}_scale", weight.name), vec![scales.len()], &scales)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_within_half_a_step() {
        let values: Vec<f32> = (0u32..64).map(|i| ((i * 37 % 64) as f32 - 31.5) * 0.01).collect();
        let weight = tensor_from_f32("w".into(), vec![4, 16], &values);
        let (rows, scale) = quantize_rows(&weight).unwrap();
        let scales = scale.to_f32().unwrap();
        for (i, (rounded, value)) in rows.to_f32().unwrap().iter().zip(&values).enumerate() {
            let scale = scales[i / 16];
            assert!((rounded * scale - value).abs() <= scale * 0.5 + 1e-7);
        }
    }

    #[test]
    fn a_merge_adds_the_product() {
        let mut weight = tensor_from_f32("w".into(), vec![2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let a = tensor_from_f32("a".into(), vec![1, 2], &[1.0, 10.0]);
        let b = tensor_from_f32("b".into(), vec![2, 1], &[1.0, 2.0]);
        merge_lora(&mut weight, &a, &b, 2.0).unwrap();
        assert_eq!(weight.to_f32().unwrap(), [3.0, 22.0, 7.0, 44.0]);
        assert!(merge_lora(&mut weight, &b, &a, 2.0).is_err());
    }
}
