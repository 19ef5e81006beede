//! GGUF blocks that pack their numbers more tightly than a byte, unpacked 32 numbers at a time.
//!
//! Source: `dequantize_row_*` in `ggml-quants.c` of the ggml project; the `gguf` package of Python finds the same bits.

use crate::Dtype;
use crate::tensor::{f32_from_f16, nibble};

/// Numbers of a part.
pub const PART: usize = 32;
/// Numbers of a large block.
const LARGE: usize = 256;

/// 32 numbers: of each half, `scale · q + shift`. A number is rounded once, where the shift is added; the scales are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What the numbers of each half are multiplied by.
    pub scales: [f32; 2],
    /// What is added to them; −0 changes nothing.
    pub shifts: [f32; 2],
    /// The numbers before that.
    pub q: [i8; PART],
}

impl Part {
    /// The numbers.
    pub fn numbers(self) -> impl Iterator<Item = f32> {
        let halves = self.scales.into_iter().zip(self.shifts);
        let each = halves.flat_map(|both| std::iter::repeat_n(both, PART / 2));
        self.q.into_iter().zip(each).map(|(q, (scale, shift))| scale * f32::from(q) + shift)
    }
}

/// The parts of blocks, in order; none of another type.
pub fn parts(dtype: Dtype, bytes: &[u8]) -> impl Iterator<Item = Part> + '_ {
    let (elements, size) = dtype.piece();
    let known =
        matches!(dtype, Dtype::Q5_0 | Dtype::Q5_1 | Dtype::Q2K | Dtype::Q3K | Dtype::Q4K | Dtype::Q5K | Dtype::Q6K);
    let n_parts = if known { elements as usize / PART } else { 0 };
    let blocks = bytes.chunks_exact(usize::try_from(size).unwrap_or(usize::MAX).max(1));
    blocks.flat_map(move |block| (0..n_parts).map(move |nth| part(dtype, block, nth)))
}

/// Added to no effect.
const NOTHING: [f32; 2] = [-0.0; 2];

/// Part `nth` of a block.
#[expect(clippy::arithmetic_side_effects, reason = "places in a block of at most 256 numbers")]
fn part(dtype: Dtype, block: &[u8], nth: usize) -> Part {
    let byte = |at: usize| block.get(at).copied().unwrap_or(0);
    let half = |at: usize| f32_from_f16(u16::from_le_bytes([byte(at), byte(at + 1)]));
    let signed = |q: u8, less: u8| q.wrapping_sub(less).cast_signed();
    let bit = |from: usize, i: usize, bit: usize| byte(from + i) >> bit & 1;
    // Two bits for each number of 128 that share 32 bytes, four numbers in a byte.
    let pair = |from: usize, i: usize| {
        let at = from + nth / 4 * PART + i;
        byte(at) >> (nth % 4 * 2) & 3
    };
    // Four bits for each number of two parts that share 32 bytes.
    let four = |from: usize, i: usize| {
        let at = from + nth / 2 * PART + i;
        byte(at) >> (nth % 2 * 4) & 0xf
    };
    let halves = |value: &dyn Fn(usize) -> f32| [0, 1].map(|half| value(2 * nth + half));
    let each = |q: &dyn Fn(usize) -> i8| -> [i8; PART] { std::array::from_fn(q) };
    match dtype {
        Dtype::Q5_0 => {
            let nibbles = block.get(6..).unwrap_or_default();
            let q = each(&|i| signed(nibble(nibbles, i) | bit(2, i / 8, i % 8) << 4, 16));
            Part { scales: [half(0); 2], shifts: NOTHING, q }
        }
        Dtype::Q5_1 => {
            let nibbles = block.get(8..).unwrap_or_default();
            let q = each(&|i| signed(nibble(nibbles, i) | bit(4, i / 8, i % 8) << 4, 0));
            Part { scales: [half(0); 2], shifts: [half(2); 2], q }
        }
        Dtype::Q2K => Part {
            scales: halves(&|sixteenth| half(80) * f32::from(byte(sixteenth) & 0xf)),
            shifts: halves(&|sixteenth| -(half(82) * f32::from(byte(sixteenth) >> 4))),
            q: each(&|i| signed(pair(16, i), 0)),
        },
        Dtype::Q3K => {
            let scale = |sixteenth: usize| {
                let low = byte(96 + sixteenth % 8) >> (sixteenth / 8 * 4) & 0xf;
                let high = byte(104 + sixteenth % 4) >> (sixteenth / 4 * 2) & 3;
                half(108) * f32::from(signed(low | high << 4, 32))
            };
            let q = each(&|i| signed(pair(32, i), if bit(0, i, nth) == 0 { 4 } else { 0 }));
            Part { scales: halves(&scale), shifts: NOTHING, q }
        }
        Dtype::Q4K | Dtype::Q5K => {
            let [scale, least] = sixes(block.get(4..).unwrap_or_default(), nth);
            let q = each(&|i| match dtype {
                Dtype::Q4K => signed(four(16, i), 0),
                _ => signed(four(48, i) | bit(16, i, nth) << 4, 0),
            });
            Part { scales: [half(0) * scale; 2], shifts: [-(half(2) * least); 2], q }
        }
        Dtype::Q6K => {
            let low = |i: usize| {
                let at = (nth / 4 * 2 + nth % 2) * PART + i;
                byte(at) >> (nth % 4 / 2 * 4) & 0xf
            };
            let scale = |sixteenth: usize| half(208) * f32::from(byte(192 + sixteenth).cast_signed());
            let q = each(&|i| signed(low(i) | pair(128, i) << 4, 32));
            Part { scales: halves(&scale), shifts: NOTHING, q }
        }
        _ => Part { scales: [0.0; 2], shifts: NOTHING, q: [0; PART] },
    }
}

/// Scale and least value of a part, six bits each, of eight that are spread over twelve bytes.
fn sixes(bytes: &[u8], nth: usize) -> [f32; 2] {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let column = nth % 4;
    let [scale, least, rest] = [0, 4, 8].map(|row: usize| byte(row.wrapping_add(column)));
    let both = if nth < LARGE / PART / 2 {
        [scale & 0x3f, least & 0x3f]
    } else {
        [rest & 0xf | scale >> 2 & 0x30, rest >> 4 | least >> 2 & 0x30]
    };
    both.map(f32::from)
}
