//! The vector instructions of wasm.

use std::arch::wasm32::{
    f32x4, f32x4_add, f32x4_convert_i32x4, f32x4_extract_lane, f32x4_mul, f32x4_splat, i8x16_splat, i8x16_sub,
    i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_extend_high_i16x8, i32x4_extend_low_i16x8, i32x4_shl,
    i32x4_shuffle, i64x2_shuffle, u8x16, u8x16_shr, u16x8, u32x4_splat, v128, v128_and,
};

use super::{HALF, LANES, PANELS, Row, SCALE};

/// The instructions of a module are settled when it is built.
#[inline(always)]
pub(crate) fn vectorized(work: impl FnOnce()) {
    work();
}

/// One number for each output of a panel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes([v128; 2]);

impl Lanes {
    pub const ZERO: Self = Self([f32x4(0.0, 0.0, 0.0, 0.0); 2]);

    #[inline(always)]
    pub const fn new([a, b, c, d, e, f, g, h]: [f32; LANES]) -> Self {
        Self([f32x4(a, b, c, d), f32x4(e, f, g, h)])
    }

    #[inline(always)]
    pub fn numbers(self) -> [f32; LANES] {
        let Self([v, w]) = self;
        [
            f32x4_extract_lane::<0>(v),
            f32x4_extract_lane::<1>(v),
            f32x4_extract_lane::<2>(v),
            f32x4_extract_lane::<3>(v),
            f32x4_extract_lane::<0>(w),
            f32x4_extract_lane::<1>(w),
            f32x4_extract_lane::<2>(w),
            f32x4_extract_lane::<3>(w),
        ]
    }

    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self([f32x4_mul(self.0[0], other.0[0]), f32x4_mul(self.0[1], other.0[1])])
    }

    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self([f32x4_add(self.0[0], other.0[0]), f32x4_add(self.0[1], other.0[1])])
    }

    /// The product is rounded before it is added, so that every machine finds the same bits.
    #[inline(always)]
    pub fn plus_product(self, factor: f32, weights: Self) -> Self {
        let factor = f32x4_splat(factor);
        self.plus(Self([factor; 2]).times(weights))
    }

    #[inline(always)]
    pub const fn fours(&self) -> &[Four; 2] {
        &self.0
    }

    #[inline(always)]
    pub const fn fours_mut(&mut self) -> &mut [Four; 2] {
        &mut self.0
    }
}

/// Half of the numbers of a panel.
pub(crate) type Four = v128;

/// Rows become columns.
#[inline(always)]
pub(crate) fn columns([a, b, c, d]: [Four; 4]) -> [Four; 4] {
    let low = [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d)];
    let high = [i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d)];
    let [[a, b], [c, d]] = [low, high].map(|[ab, cd]| [i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd)]);
    [a, b, c, d]
}

/// A byte for each output of a strip.
#[derive(Clone, Copy)]
pub(crate) struct Bytes(v128);

impl Bytes {
    #[rustfmt::skip]
    pub const fn new([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [u8; HALF]) -> Self {
        Self(u8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))
    }

    /// The low nibbles and the high ones.
    #[inline(always)]
    pub fn nibbles(&self) -> [Self; 2] {
        [Self(v128_and(self.0, i8x16_splat(0xf))), Self(u8x16_shr(self.0, 4))]
    }

    #[inline(always)]
    pub fn minus(self, less: u8) -> Self {
        Self(i8x16_sub(self.0, i8x16_splat(less.cast_signed())))
    }

    /// As signed numbers.
    #[inline(always)]
    pub fn numbers(&self) -> Row {
        [i16x8_extend_low_i8x16(self.0), i16x8_extend_high_i8x16(self.0)]
            .map(|eight| Lanes(extended(eight).map(|four| f32x4_convert_i32x4(four))))
    }
}

#[inline(always)]
fn extended(eight: v128) -> [v128; 2] {
    [i32x4_extend_low_i16x8(eight), i32x4_extend_high_i16x8(eight)]
}

/// 16 bits for each output of a strip.
#[derive(Clone, Copy)]
pub(crate) struct Halves([v128; PANELS]);

impl Halves {
    pub const fn new([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [u16; HALF]) -> Self {
        Self([u16x8(a, b, c, d, e, f, g, h), u16x8(i, j, k, l, m, n, o, p)])
    }

    /// As halves that are finite; exact, the subnormal included.
    #[inline(always)]
    pub fn numbers(&self) -> Row {
        self.0.map(|eight| {
            Lanes(extended(eight).map(|four| {
                let bits = v128_and(i32x4_shl(four, 13), u32x4_splat(0x8fff_e000));
                f32x4_mul(bits, f32x4_splat(SCALE))
            }))
        })
    }

    /// As brain floats.
    #[inline(always)]
    pub fn brain(&self) -> Row {
        self.0.map(|eight| Lanes(extended(eight).map(|four| i32x4_shl(four, 16))))
    }
}
