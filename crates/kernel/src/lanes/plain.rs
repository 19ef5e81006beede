//! Plain arrays, which the compiler turns into what the processor has.

use std::array::from_fn;
use std::hint::black_box;

use super::{HALF, LANES, Row, SCALE};

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

/// A copy of one row. The compiler would take several rows together, and spend its time on turning them.
#[inline(always)]
fn alone<T: Copy>(row: &T) -> T {
    *black_box(row)
}

/// All numbers are read before any is written, or they would not be taken together.
#[inline(always)]
fn row(number: impl Fn(usize) -> f32) -> Row {
    from_fn(|panel| Lanes(from_fn(|lane| number(panel * LANES + lane))))
}

/// A byte for each output of a strip.
#[derive(Clone, Copy)]
pub(crate) struct Bytes([u8; HALF]);

impl Bytes {
    #[inline(always)]
    pub const fn new(bytes: [u8; HALF]) -> Self {
        Self(bytes)
    }

    /// The low nibbles and the high ones.
    #[inline(always)]
    pub fn nibbles(&self) -> [Self; 2] {
        let bytes = alone(&self.0);
        [Self(bytes.map(|byte| byte & 0xf)), Self(bytes.map(|byte| byte >> 4))]
    }

    #[inline(always)]
    pub fn minus(self, less: u8) -> Self {
        Self(self.0.map(|byte| byte.wrapping_sub(less)))
    }

    /// As signed numbers.
    #[inline(always)]
    pub fn numbers(&self) -> Row {
        let bytes = alone(&self.0);
        row(|i| f32::from(bytes[i].cast_signed()))
    }
}

/// 16 bits for each output of a strip.
#[derive(Clone, Copy)]
pub(crate) struct Halves([u16; HALF]);

impl Halves {
    #[inline(always)]
    pub const fn new(halves: [u16; HALF]) -> Self {
        Self(halves)
    }

    /// As halves that are finite; exact, the subnormal included.
    #[inline(always)]
    pub fn numbers(&self) -> Row {
        let halves = alone(&self.0);
        row(|i| {
            let signed = i32::from(halves[i].cast_signed()) << 13;
            f32::from_bits(signed.cast_unsigned() & 0x8fff_e000) * SCALE
        })
    }

    /// As brain floats.
    #[inline(always)]
    pub fn brain(&self) -> Row {
        let halves = alone(&self.0);
        row(|i| f32::from_bits(u32::from(halves[i]) << 16))
    }
}
