//! The vector instructions of wasm.

use std::arch::wasm32::{
    f32x4, f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_extract_lane, f32x4_lt, f32x4_mul, f32x4_pmax,
    f32x4_splat, f32x4_sub, i32x4_add, i32x4_shr, i32x4_shuffle, i64x2_shuffle, u32x4, u32x4_shl, u32x4_shr,
    u32x4_splat, v128, v128_and, v128_bitselect, v128_xor,
};

use super::{KEPT, LANES, SCALE};

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

    #[inline(always)]
    pub fn splat(number: f32) -> Self {
        Self([f32x4_splat(number); 2])
    }

    #[inline(always)]
    pub fn minus(self, other: Self) -> Self {
        Self([f32x4_sub(self.0[0], other.0[0]), f32x4_sub(self.0[1], other.0[1])])
    }

    #[inline(always)]
    pub fn over(self, other: Self) -> Self {
        Self([f32x4_div(self.0[0], other.0[0]), f32x4_div(self.0[1], other.0[1])])
    }

    #[inline(always)]
    pub fn magnitude(self) -> Self {
        Self(self.0.map(|four| f32x4_abs(four)))
    }

    /// The larger ones; what is no number stays in `self`, and is passed over in `other`.
    #[inline(always)]
    pub fn or_larger(self, other: Self) -> Self {
        Self([f32x4_pmax(self.0[0], other.0[0]), f32x4_pmax(self.0[1], other.0[1])])
    }

    /// `then` where this is below a limit, `or` elsewhere.
    #[inline(always)]
    pub fn below(self, limit: f32, then: Self, or: Self) -> Self {
        let limit = f32x4_splat(limit);
        let pick = |four: usize| v128_bitselect(then.0[four], or.0[four], f32x4_lt(self.0[four], limit));
        Self([pick(0), pick(1)])
    }

    /// Two to the power of the integer that the lowest bits are, as of numbers to which 1.5·2²³ was added.
    #[inline(always)]
    pub fn power_of_two(self) -> Self {
        Self(self.0.map(|four| i32x4_add(u32x4_shl(four, 23), u32x4_splat(127 << 23))))
    }

    /// The product is rounded before it is added, so that every machine finds the same bits; where this is the innermost loop
    /// the second module fuses the two.
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

/// 32 bits for each output of a panel.
#[derive(Clone, Copy)]
pub(crate) struct Words([v128; 2]);

impl Words {
    pub const fn new([a, b, c, d, e, f, g, h]: [u32; LANES]) -> Self {
        Self([u32x4(a, b, c, d), u32x4(e, f, g, h)])
    }

    /// As pairs of halves that are finite; exact, the subnormal included.
    #[inline(always)]
    pub fn halves(self) -> [Lanes; 2] {
        let number = |signed: v128| f32x4_mul(v128_and(i32x4_shr(signed, 3), u32x4_splat(KEPT)), f32x4_splat(SCALE));
        [self.lanes(|four| number(u32x4_shl(four, 16))), self.lanes(number)]
    }

    /// As pairs of brain floats.
    #[inline(always)]
    pub fn brains(self) -> [Lanes; 2] {
        [self.lanes(|four| u32x4_shl(four, 16)), self.lanes(|four| v128_and(four, u32x4_splat(0xffff_0000)))]
    }

    /// As 32-bit floats.
    #[inline(always)]
    pub const fn float(self) -> Lanes {
        Lanes(self.0)
    }

    /// As four signed bytes.
    #[inline(always)]
    pub fn bytes(self) -> [Lanes; 4] {
        [self.signed(24, 8), self.signed(16, 8), self.signed(8, 8), self.signed(0, 8)]
    }

    /// As four times a low nibble, and four times a high one.
    #[inline(always)]
    pub fn nibbles(self) -> [[Lanes; 4]; 2] {
        [
            [self.nibble(0), self.nibble(8), self.nibble(16), self.nibble(24)],
            [self.nibble(4), self.nibble(12), self.nibble(20), self.nibble(28)],
        ]
    }

    /// How much more than 8 the nibbles are.
    #[inline(always)]
    pub fn signed_nibbles(self) -> [[Lanes; 4]; 2] {
        let turned = Self(self.0.map(|four| v128_xor(four, u32x4_splat(0x8888_8888))));
        [
            [turned.signed(28, 4), turned.signed(20, 4), turned.signed(12, 4), turned.signed(4, 4)],
            [turned.signed(24, 4), turned.signed(16, 4), turned.signed(8, 4), turned.signed(0, 4)],
        ]
    }

    #[inline(always)]
    fn nibble(self, down: u32) -> Lanes {
        self.lanes(|four| f32x4_convert_i32x4(v128_and(u32x4_shr(four, down), u32x4_splat(0xf))))
    }

    /// As signed numbers of some bits, below others.
    #[inline(always)]
    fn signed(self, above: u32, bits: u32) -> Lanes {
        self.lanes(|four| f32x4_convert_i32x4(i32x4_shr(u32x4_shl(four, above), u32::BITS - bits)))
    }

    #[inline(always)]
    fn lanes(self, number: impl Fn(v128) -> v128) -> Lanes {
        Lanes(self.0.map(number))
    }
}
