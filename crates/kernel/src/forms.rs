//! The pieces of files, 32 outputs together: how each form stands in memory, and what it means.

use std::hint::black_box;

use crate::kept::{At, Form};
use crate::product::HALF;
use crate::tile::{Block, LANES, Lanes, PANELS, SIDE, STRIPS};

/// The pieces of 32 outputs.
pub(crate) trait Pieces: Clone + Default + Send + Sync + 'static {
    const PIECE: usize;

    /// Takes the piece of one output; `None` where a number is not finite.
    fn set(&mut self, at: At, piece: &[u8]) -> Option<()>;

    /// The numbers, to the last bit what their definition says.
    fn widen(&self, block: &mut Block);
}

/// One number for each output of a strip.
type Row<T> = [T; HALF];

/// `N` rows for each strip of a block.
type Rows<T, const N: usize> = [[Row<T>; N]; STRIPS];

/// The first 16 inputs are in the low nibbles, the others in the high ones.
type Nibbles = Rows<u8, { SIDE / 2 }>;

/// A copy of one row. The compiler would take several rows together, and spend its time on turning them.
#[inline(always)]
fn alone<T: Copy>(row: &T) -> T {
    *black_box(row)
}

/// All numbers are read before any is written, or they would not be taken together.
#[inline(always)]
fn row(number: impl Fn(usize) -> f32) -> [Lanes; PANELS] {
    let mut row = [Lanes::ZERO; PANELS];
    for (panel, Lanes(lanes)) in row.iter_mut().enumerate() {
        for (lane, to) in lanes.iter_mut().enumerate() {
            *to = number(panel * LANES + lane);
        }
    }
    row
}

/// The bits of a half, if it is a number.
fn finite(bytes: [u8; 2]) -> Option<u16> {
    let half = u16::from_le_bytes(bytes);
    (half & 0x7c00 != 0x7c00).then_some(half)
}

/// Widens a half that is finite; exact, the subnormal included.
#[inline(always)]
fn widened(half: u16) -> f32 {
    /// What is between the exponents of the two.
    const SCALE: f32 = f32::from_bits((127 + 112) << 23);
    let signed = i32::from(half.cast_signed()) << 13;
    f32::from_bits(signed.cast_unsigned() & 0x8fff_e000) * SCALE
}

#[derive(Clone, Default)]
pub(crate) struct F16(Rows<u16, SIDE>);

impl Pieces for F16 {
    const PIECE: usize = Form::F16.piece();

    fn set(&mut self, (strip, output): At, piece: &[u8]) -> Option<()> {
        for (row, bytes) in self.0[strip].iter_mut().zip(piece.as_chunks().0) {
            row[output] = finite(*bytes)?;
        }
        Some(())
    }

    #[inline(always)]
    fn widen(&self, block: &mut Block) {
        for (rows, to) in self.0.iter().zip(block) {
            for (bits, to) in rows.iter().zip(to) {
                let bits = alone(bits);
                *to = row(|i| widened(bits[i]));
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Bf16(Rows<u16, SIDE>);

impl Pieces for Bf16 {
    const PIECE: usize = Form::Bf16.piece();

    fn set(&mut self, (strip, output): At, piece: &[u8]) -> Option<()> {
        for (row, bytes) in self.0[strip].iter_mut().zip(piece.as_chunks().0) {
            let number = u16::from_le_bytes(*bytes);
            row[output] = (number & 0x7f80 != 0x7f80).then_some(number)?;
        }
        Some(())
    }

    #[inline(always)]
    fn widen(&self, block: &mut Block) {
        for (rows, to) in self.0.iter().zip(block) {
            for (bits, to) in rows.iter().zip(to) {
                let bits = alone(bits);
                *to = row(|i| f32::from_bits(u32::from(bits[i]) << 16));
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Q8_0 {
    d: [Row<u16>; STRIPS],
    q: Rows<i8, SIDE>,
}

impl Pieces for Q8_0 {
    const PIECE: usize = Form::Q8_0.piece();

    fn set(&mut self, (strip, output): At, piece: &[u8]) -> Option<()> {
        let (d, q) = piece.split_first_chunk()?;
        self.d[strip][output] = finite(*d)?;
        self.q[strip].iter_mut().zip(q).for_each(|(row, q)| row[output] = q.cast_signed());
        Some(())
    }

    #[inline(always)]
    fn widen(&self, block: &mut Block) {
        for ((d, rows), to) in self.d.iter().zip(&self.q).zip(block) {
            let d = alone(&d.map(widened));
            for (q, to) in rows.iter().zip(to) {
                let q = alone(q);
                *to = row(|i| d[i] * f32::from(q[i]));
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Q4_0 {
    d: [Row<u16>; STRIPS],
    q: Nibbles,
}

impl Pieces for Q4_0 {
    const PIECE: usize = Form::Q4_0.piece();

    fn set(&mut self, (strip, output): At, piece: &[u8]) -> Option<()> {
        let (d, q) = piece.split_first_chunk()?;
        self.d[strip][output] = finite(*d)?;
        self.q[strip].iter_mut().zip(q).for_each(|(row, &q)| row[output] = q);
        Some(())
    }

    #[inline(always)]
    fn widen(&self, block: &mut Block) {
        for ((d, rows), to) in self.d.iter().zip(&self.q).zip(block) {
            let d = alone(&d.map(widened));
            let (low, high) = to.split_at_mut(SIDE / 2);
            for ((q, low), high) in rows.iter().zip(low).zip(high) {
                let q = alone(q);
                *low = row(|i| d[i] * (f32::from(q[i] & 0xf) - 8.0));
                *high = row(|i| d[i] * (f32::from(q[i] >> 4) - 8.0));
            }
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Q4_1 {
    d: [Row<u16>; STRIPS],
    m: [Row<u16>; STRIPS],
    q: Nibbles,
}

impl Pieces for Q4_1 {
    const PIECE: usize = Form::Q4_1.piece();

    fn set(&mut self, (strip, output): At, piece: &[u8]) -> Option<()> {
        let (d, rest) = piece.split_first_chunk()?;
        let (m, q) = rest.split_first_chunk()?;
        self.d[strip][output] = finite(*d)?;
        self.m[strip][output] = finite(*m)?;
        self.q[strip].iter_mut().zip(q).for_each(|(row, &q)| row[output] = q);
        Some(())
    }

    #[inline(always)]
    fn widen(&self, block: &mut Block) {
        for (((d, m), rows), to) in self.d.iter().zip(&self.m).zip(&self.q).zip(block) {
            let (d, m) = (alone(&d.map(widened)), alone(&m.map(widened)));
            let (low, high) = to.split_at_mut(SIDE / 2);
            for ((q, low), high) in rows.iter().zip(low).zip(high) {
                let q = alone(q);
                *low = row(|i| d[i] * f32::from(q[i] & 0xf) + m[i]);
                *high = row(|i| d[i] * f32::from(q[i] >> 4) + m[i]);
            }
        }
    }
}
