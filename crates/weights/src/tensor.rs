//! A tensor as it stands in a file.

use crate::WeightsError;

/// Element types that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// 16-bit brain float.
    Bf16,
    /// 8-bit integer, one scale per row in `<name>_scale`.
    I8,
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
            "F64" | "I64" | "U64" => Self::Other { size: 8 },
            "I32" | "U32" => Self::Other { size: 4 },
            "I16" | "U16" => Self::Other { size: 2 },
            "U8" | "BOOL" => Self::Other { size: 1 },
            _ => return None,
        })
    }

    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::I8 => 1,
            Self::Other { size } => size,
        }
    }
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
        let values: Vec<f32> = match self.dtype {
            Dtype::F32 => self.bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Dtype::F16 => self.halves().map(f32_from_f16).collect(),
            Dtype::Bf16 => self.halves().map(|half| f32::from_bits(u32::from(half) << 16)).collect(),
            Dtype::I8 => self.bytes.iter().map(|&b| f32::from(b.cast_signed())).collect(),
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

    fn halves(&self) -> impl Iterator<Item = u16> {
        self.bytes.as_chunks().0.iter().map(|&b| u16::from_le_bytes(b))
    }
}

/// Widens an IEEE 754 half; exact for every input.
fn f32_from_f16(half: u16) -> f32 {
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
