//! The pieces of files, 16 outputs together: how each form stands in memory, and what it means.

use std::array::from_fn;

use crate::kept::Form;
use crate::lanes::{Bytes, HALF, Halves, Row};
use crate::tile::{SIDE, Strip};

/// The pieces of the outputs of a strip.
pub(crate) trait Pieces: Sized + Send + Sync + 'static {
    const PIECE: usize;

    /// `None` where a number is not finite.
    fn new(pieces: [&[u8]; HALF]) -> Option<Self>;

    /// The numbers, to the last bit what their definition says.
    fn widen(&self, strip: &mut Strip);
}

/// The first 16 inputs are in the low nibbles, the others in the high ones.
type Nibbles = [Bytes; SIDE / 2];

/// The bytes at one place of each piece.
fn bytes(pieces: &[&[u8]; HALF], at: usize) -> Bytes {
    Bytes::new(pieces.map(|piece| piece[at]))
}

/// The 16 bits at one place of each piece; `None` where an exponent is that of no number.
fn halves(pieces: &[&[u8]; HALF], at: usize, exponent: u16) -> Option<Halves> {
    let halves = pieces.map(|piece| u16::from_le_bytes([piece[at], piece[at + 1]]));
    halves.iter().all(|half| half & exponent != exponent).then(|| Halves::new(halves))
}

/// The exponent of a half that is no number.
const HALF_EXPONENT: u16 = 0x7c00;
/// The exponent of a brain float that is no number.
const BRAIN_EXPONENT: u16 = 0x7f80;

/// One row of halves for each input.
fn rows(pieces: &[&[u8]; HALF], exponent: u16) -> Option<[Halves; SIDE]> {
    let rows: Vec<_> = (0..SIDE).map(|input| halves(pieces, 2 * input, exponent)).collect::<Option<_>>()?;
    rows.try_into().ok()
}

#[inline(always)]
fn scaled(numbers: Row, d: &Row) -> Row {
    from_fn(|panel| numbers[panel].times(d[panel]))
}

#[inline(always)]
fn moved(numbers: Row, m: &Row) -> Row {
    from_fn(|panel| numbers[panel].plus(m[panel]))
}

pub(crate) struct F16([Halves; SIDE]);

impl Pieces for F16 {
    const PIECE: usize = Form::F16.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        rows(&pieces, HALF_EXPONENT).map(Self)
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        self.0.iter().zip(strip).for_each(|(halves, to)| *to = halves.numbers());
    }
}

pub(crate) struct Bf16([Halves; SIDE]);

impl Pieces for Bf16 {
    const PIECE: usize = Form::Bf16.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        rows(&pieces, BRAIN_EXPONENT).map(Self)
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        self.0.iter().zip(strip).for_each(|(halves, to)| *to = halves.brain());
    }
}

pub(crate) struct Q8_0 {
    d: Halves,
    q: [Bytes; SIDE],
}

impl Pieces for Q8_0 {
    const PIECE: usize = Form::Q8_0.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        Some(Self { d: halves(&pieces, 0, HALF_EXPONENT)?, q: from_fn(|input| bytes(&pieces, 2 + input)) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        let d = self.d.numbers();
        self.q.iter().zip(strip).for_each(|(q, to)| *to = scaled(q.numbers(), &d));
    }
}

pub(crate) struct Q4_0 {
    d: Halves,
    q: Nibbles,
}

impl Pieces for Q4_0 {
    const PIECE: usize = Form::Q4_0.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        Some(Self { d: halves(&pieces, 0, HALF_EXPONENT)?, q: from_fn(|input| bytes(&pieces, 2 + input)) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        let d = self.d.numbers();
        let (low, high) = strip.split_at_mut(SIDE / 2);
        for ((q, low), high) in self.q.iter().zip(low).zip(high) {
            [*low, *high] = q.nibbles().map(|q| scaled(q.minus(8).numbers(), &d));
        }
    }
}

pub(crate) struct Q4_1 {
    d: Halves,
    m: Halves,
    q: Nibbles,
}

impl Pieces for Q4_1 {
    const PIECE: usize = Form::Q4_1.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        let (d, m) = (halves(&pieces, 0, HALF_EXPONENT)?, halves(&pieces, 2, HALF_EXPONENT)?);
        Some(Self { d, m, q: from_fn(|input| bytes(&pieces, 4 + input)) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        let (d, m) = (self.d.numbers(), self.m.numbers());
        let (low, high) = strip.split_at_mut(SIDE / 2);
        for ((q, low), high) in self.q.iter().zip(low).zip(high) {
            [*low, *high] = q.nibbles().map(|q| moved(scaled(q.numbers(), &d), &m));
        }
    }
}
