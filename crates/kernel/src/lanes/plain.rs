//! Plain arrays, which the compiler turns into what the processor has.

use std::array::from_fn;

use super::{LANES, MAGNITUDE, SCALE};

/// Works with the widest instructions that this processor has.
#[inline(always)]
pub(crate) fn vectorized(work: impl FnOnce()) {
    pulp::Arch::new().dispatch(work);
}

/// One number for each output of a panel.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Lanes([f32; LANES]);

impl Lanes {
    pub const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub const fn new(numbers: [f32; LANES]) -> Self {
        Self(numbers)
    }

    #[inline(always)]
    pub const fn numbers(self) -> [f32; LANES] {
        self.0
    }

    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] * other.0[lane]))
    }

    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    /// The product is rounded before it is added, so that every machine finds the same bits.
    #[inline(always)]
    pub fn plus_product(self, factor: f32, weights: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] + factor * weights.0[lane]))
    }

    #[inline(always)]
    pub const fn fours(&self) -> &[Four] {
        self.0.as_chunks().0
    }

    #[inline(always)]
    pub const fn fours_mut(&mut self) -> &mut [Four] {
        self.0.as_chunks_mut().0
    }
}

/// Half of the numbers of a panel.
pub(crate) type Four = [f32; 4];

/// Rows become columns.
#[inline(always)]
pub(crate) fn columns(rows: [Four; 4]) -> [Four; 4] {
    from_fn(|column| rows.map(|row| row[column]))
}

/// 32 bits for each output of a panel.
#[derive(Clone, Copy)]
pub(crate) struct Words([u32; LANES]);

impl Words {
    pub const fn new(words: [u32; LANES]) -> Self {
        Self(words)
    }

    /// As pairs of halves that are finite; exact, the subnormal included.
    #[inline(always)]
    pub fn halves(self) -> [Lanes; 2] {
        let number = |signed: u32| f32::from_bits((signed.cast_signed() >> 3).cast_unsigned() & MAGNITUDE) * SCALE;
        [self.lanes(|word| number(word << 16)), self.lanes(number)]
    }

    /// As pairs of brain floats.
    #[inline(always)]
    pub fn brains(self) -> [Lanes; 2] {
        [self.lanes(|word| f32::from_bits(word << 16)), self.lanes(|word| f32::from_bits(word & 0xffff_0000))]
    }

    /// As four signed bytes.
    #[inline(always)]
    pub fn bytes(self) -> [Lanes; 4] {
        [24, 16, 8, 0].map(|up| self.lanes(|word| ((word << up).cast_signed() >> 24) as f32))
    }

    /// As four times a low nibble and a high one.
    #[inline(always)]
    pub fn nibbles(self) -> [[Lanes; 2]; 4] {
        [0, 8, 16, 24].map(|down| [down, down + 4].map(|down| self.lanes(|word| (word >> down & 0xf) as f32)))
    }

    /// How much more than 8 the nibbles are.
    #[inline(always)]
    pub fn signed_nibbles(self) -> [[Lanes; 2]; 4] {
        let turned = Self(self.0.map(|word| word ^ 0x8888_8888));
        [24, 16, 8, 0].map(|up| [up + 4, up].map(|up| turned.lanes(|word| ((word << up).cast_signed() >> 28) as f32)))
    }

    #[inline(always)]
    fn lanes(self, number: impl Fn(u32) -> f32) -> Lanes {
        Lanes(self.0.map(number))
    }
}
