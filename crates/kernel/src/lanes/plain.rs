//! Plain arrays, which the compiler turns into what the processor has.

use std::array::from_fn;
use std::hint::black_box;

use super::{KEPT, LANES, SCALE};

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

    #[inline(always)]
    pub const fn splat(number: f32) -> Self {
        Self([number; LANES])
    }

    #[inline(always)]
    pub fn minus(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] - other.0[lane]))
    }

    #[inline(always)]
    pub fn over(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] / other.0[lane]))
    }

    #[inline(always)]
    pub fn magnitude(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    /// The larger ones; what is no number stays in `self`, and is passed over in `other`.
    #[inline(always)]
    pub fn or_larger(self, other: Self) -> Self {
        Self(from_fn(|lane| if self.0[lane] < other.0[lane] { other.0[lane] } else { self.0[lane] }))
    }

    /// `then` where this is below a limit, `or` elsewhere.
    #[inline(always)]
    pub fn below(self, limit: f32, then: Self, or: Self) -> Self {
        Self(from_fn(|lane| if self.0[lane] < limit { then.0[lane] } else { or.0[lane] }))
    }

    /// Two to the power of the integer that the lowest bits are, as of numbers to which 1.5·2²³ was added.
    #[inline(always)]
    pub fn power_of_two(self) -> Self {
        Self(self.0.map(|number| f32::from_bits((number.to_bits() << 23).wrapping_add(127 << 23))))
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
        let number = |signed: u32| f32::from_bits((signed.cast_signed() >> 3).cast_unsigned() & KEPT) * SCALE;
        let words = self.alone();
        [words.lanes(|word| number(word << 16)), words.lanes(number)]
    }

    /// As pairs of brain floats.
    #[inline(always)]
    pub fn brains(self) -> [Lanes; 2] {
        [self.lanes(|word| f32::from_bits(word << 16)), self.lanes(|word| f32::from_bits(word & 0xffff_0000))]
    }

    /// As 32-bit floats.
    #[inline(always)]
    pub fn float(self) -> Lanes {
        self.lanes(f32::from_bits)
    }

    /// As four signed bytes.
    #[inline(always)]
    pub fn bytes(self) -> [Lanes; 4] {
        let moved = Self(self.alone().0.map(|word| word ^ 0x8080_8080));
        let byte = |from| moved.part(from, 0xff, 128.0);
        [byte(0), byte(8), byte(16), byte(24)]
    }

    /// As four times a low nibble, and four times a high one.
    #[inline(always)]
    pub fn nibbles(self) -> [[Lanes; 4]; 2] {
        self.halves_of_bytes(0.0)
    }

    /// How much more than 8 the nibbles are.
    #[inline(always)]
    pub fn signed_nibbles(self) -> [[Lanes; 4]; 2] {
        self.halves_of_bytes(8.0)
    }

    #[inline(always)]
    fn halves_of_bytes(self, less: f32) -> [[Lanes; 4]; 2] {
        let nibble = |from| self.part(from, 0xf, less);
        [[nibble(0), nibble(8), nibble(16), nibble(24)], [nibble(4), nibble(12), nibble(20), nibble(28)]]
    }

    /// Some bits. Numbers below zero are found by a subtraction: the compiler would see the bytes in a shift of a sign, and move
    /// them from lane to lane.
    #[inline(always)]
    fn part(self, from: u32, mask: u32, less: f32) -> Lanes {
        self.lanes(|word| (word >> from & mask) as f32 - less)
    }

    /// The compiler would take the words of several inputs together, and spend its time on turning them.
    #[inline(always)]
    fn alone(&self) -> Self {
        *black_box(self)
    }

    #[inline(always)]
    fn lanes(self, number: impl Fn(u32) -> f32) -> Lanes {
        Lanes(self.0.map(number))
    }
}
