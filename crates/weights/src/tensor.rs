//! A tensor as it stands in a file.

use crate::WeightsError;
use crate::blocks::{Part, parts};

/// Elements that share one scale in a block type.
const BLOCK: usize = 32;
/// Elements of a large block.
const LARGE: u64 = 256;

/// Element types that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 64-bit float; rounded to 32 bits when it is read.
    F64,
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// 16-bit brain float.
    Bf16,
    /// 8-bit integer, one scale per row in `<name>_scale`.
    I8,
    /// GGUF blocks of 32: one half `d`, then 32 signed bytes `q`; the element is `d·q`.
    Q8_0,
    /// GGUF blocks of 32: one half `d`, then 32 nibbles `q`, low ones first; the element is `d·(q − 8)`.
    Q4_0,
    /// GGUF blocks of 32: halves `d` and `m`, then 32 nibbles `q`, low ones first; the element is `d·q + m`.
    Q4_1,
    /// GGUF blocks of 32 of five bits, the fifth bits apart: one half `d`; the element is `d·(q − 16)`.
    Q5_0,
    /// GGUF blocks of 32 of five bits, the fifth bits apart: halves `d` and `m`; the element is `d·q + m`.
    Q5_1,
    /// GGUF blocks of 256 of two bits, a scale and a least value for every 16 of them.
    Q2K,
    /// GGUF blocks of 256 of three bits, a scale for every 16 of them.
    Q3K,
    /// GGUF blocks of 256 of four bits, a scale and a least value for every 32 of them.
    Q4K,
    /// GGUF blocks of 256 of five bits, a scale and a least value for every 32 of them.
    Q5K,
    /// GGUF blocks of 256 of six bits, a scale for every 16 of them.
    Q6K,
    /// A type that no weight has here; such a tensor can be passed over but not read.
    Other {
        /// Bytes of one element.
        size: u64,
    },
}

impl Dtype {
    /// The type of that name in a safetensors header.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "I8" => Self::I8,
            "F64" => Self::F64,
            "I64" | "U64" => Self::Other { size: 8 },
            "I32" | "U32" => Self::Other { size: 4 },
            "I16" | "U16" => Self::Other { size: 2 },
            "U8" | "BOOL" => Self::Other { size: 1 },
            _ => return None,
        })
    }

    /// What files call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::I8 => "I8",
            Self::Q8_0 => "Q8_0",
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q2K => "Q2_K",
            Self::Q3K => "Q3_K",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
            Self::Other { .. } => "other",
        }
    }

    /// Elements and bytes of the smallest piece that can be read alone.
    #[must_use]
    pub const fn piece(self) -> (u64, u64) {
        match self {
            Self::F64 => (1, 8),
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::I8 => (1, 1),
            Self::Q8_0 => (BLOCK as u64, 34),
            Self::Q4_0 => (BLOCK as u64, 18),
            Self::Q4_1 => (BLOCK as u64, 20),
            Self::Q5_0 => (BLOCK as u64, 22),
            Self::Q5_1 => (BLOCK as u64, 24),
            Self::Q2K => (LARGE, 84),
            Self::Q3K => (LARGE, 110),
            Self::Q4K => (LARGE, 144),
            Self::Q5K => (LARGE, 176),
            Self::Q6K => (LARGE, 210),
            Self::Other { size } => (1, size),
        }
    }

    /// Bytes of a tensor of that shape; `None` when they cannot be counted or a row is no whole number of blocks.
    #[must_use]
    pub fn bytes_for(self, shape: &[u64]) -> Option<u64> {
        let (elements, bytes) = self.piece();
        let row = shape.last().copied().unwrap_or(1);
        let total = shape.iter().try_fold(1u64, |product, &length| product.checked_mul(length))?;
        row.is_multiple_of(elements).then(|| total.checked_div(elements))?.and_then(|pieces| pieces.checked_mul(bytes))
    }
}

/// Numbers in the matrices of a file, by how it writes them.
pub(crate) fn matrices<'a>(entries: impl Iterator<Item = (Dtype, &'a [usize])>) -> Vec<(Dtype, u64)> {
    let mut held: Vec<(Dtype, u64)> = Vec::new();
    for (dtype, shape) in entries {
        let [rows, columns] = *shape else { continue };
        let numbers = (rows as u64).saturating_mul(columns as u64);
        match held.iter_mut().find(|(known, _)| *known == dtype) {
            Some((_, sum)) => *sum = sum.saturating_add(numbers),
            None => held.push((dtype, numbers)),
        }
    }
    held
}

/// One named tensor with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Name in the file.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Little-endian elements, row-major; as many as the shape says.
    pub bytes: Vec<u8>,
}

impl Tensor {
    /// The elements as f32; 8-bit integers without their scale.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] when an element is infinite or no number, [`WeightsError::UnknownDtype`] when the
    /// type holds no weights.
    pub fn to_f32(&self) -> Result<Vec<f32>, WeightsError> {
        self.decode(&self.bytes)
    }

    /// Row `index` of a matrix as f32; `None` when there is no such row.
    ///
    /// # Errors
    /// As [`Tensor::to_f32`].
    pub fn row(&self, index: usize) -> Result<Option<Vec<f32>>, WeightsError> {
        let rows = self.shape.first().copied().unwrap_or(0);
        let row_bytes = self.bytes.len().checked_div(rows).unwrap_or(0);
        let start = index.saturating_mul(row_bytes);
        let row = (index < rows).then(|| self.bytes.get(start..start.saturating_add(row_bytes))).flatten();
        row.map(|row| self.decode(row)).transpose()
    }

    fn decode(&self, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
        let values: Vec<f32> = match self.dtype {
            Dtype::F64 => bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect(),
            Dtype::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Dtype::F16 => halves(bytes).map(f32_from_f16).collect(),
            Dtype::Bf16 => halves(bytes).map(|half| f32::from_bits(u32::from(half) << 16)).collect(),
            Dtype::I8 => bytes.iter().map(|&b| f32::from(b.cast_signed())).collect(),
            Dtype::Q8_0 => blocks(bytes, |&[d0, d1, ref quants @ ..]: &[u8; 34]| {
                let scale = f32_from_f16(u16::from_le_bytes([d0, d1]));
                std::array::from_fn(|i| quants.get(i).map_or(0.0, |&q| scale * f32::from(q.cast_signed())))
            }),
            Dtype::Q4_0 => blocks(bytes, |&[d0, d1, ref nibbles @ ..]: &[u8; 18]| {
                let scale = f32_from_f16(u16::from_le_bytes([d0, d1]));
                std::array::from_fn(|i| scale * (f32::from(nibble(nibbles, i)) - 8.0))
            }),
            Dtype::Q4_1 => blocks(bytes, |&[d0, d1, m0, m1, ref nibbles @ ..]: &[u8; 20]| {
                let scale = f32_from_f16(u16::from_le_bytes([d0, d1]));
                let least = f32_from_f16(u16::from_le_bytes([m0, m1]));
                std::array::from_fn(|i| scale * f32::from(nibble(nibbles, i)) + least)
            }),
            Dtype::Q5_0 | Dtype::Q5_1 | Dtype::Q2K | Dtype::Q3K | Dtype::Q4K | Dtype::Q5K | Dtype::Q6K => {
                parts(self.dtype, bytes).flat_map(Part::numbers).collect()
            }
            Dtype::Other { size } => {
                let found = format!("other, of {size} bytes");
                return Err(WeightsError::UnknownDtype { tensor: self.name.clone(), found });
            }
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(WeightsError::NotFinite { tensor: self.name.clone() })
        }
    }

    /// The elements of an 8-bit tensor.
    #[must_use]
    pub fn to_i8(&self) -> Vec<i8> {
        self.bytes.iter().map(|&b| b.cast_signed()).collect()
    }
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.as_chunks().0.iter().map(|&b| u16::from_le_bytes(b))
}

fn blocks<const BYTES: usize>(bytes: &[u8], widen: impl Fn(&[u8; BYTES]) -> [f32; BLOCK]) -> Vec<f32> {
    bytes.as_chunks().0.iter().flat_map(widen).collect()
}

/// Element `i` of 32 nibbles: the low halves of 16 bytes, then the high halves.
pub(crate) fn nibble(nibbles: &[u8], i: usize) -> u8 {
    let byte = nibbles.get(i % 16).copied().unwrap_or(0);
    if i < 16 { byte & 0xf } else { byte >> 4 }
}

/// Widens an IEEE 754 half; exact for every input.
pub(crate) fn f32_from_f16(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half & 0x3ff);
    let magnitude = match exponent {
        // Subnormal: fraction · 2⁻²⁴, exact in f32.
        0 => (fraction as f32 * (1.0 / 16_777_216.0)).to_bits(),
        0x1f => 0x7f80_0000 | (fraction << 13),
        _ => (exponent.wrapping_add(112) << 23) | (fraction << 13),
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_widen_exactly() {
        for (half, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
            (0x8000, -0.0),
        ] {
            assert_eq!(f32_from_f16(half), value, "{half:#06x}");
        }
        assert!(f32_from_f16(0x7c00).is_infinite() && f32_from_f16(0x7e00).is_nan());
    }

    #[test]
    fn a_tensor_with_a_nan_is_refused() {
        let tensor =
            Tensor { name: "w".into(), dtype: Dtype::F32, shape: vec![1], bytes: f32::NAN.to_le_bytes().to_vec() };
        assert_eq!(tensor.to_f32(), Err(WeightsError::NotFinite { tensor: "w".into() }));
    }
}
