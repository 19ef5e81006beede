//! The pieces of files, 16 outputs together: how each form stands in memory, and what it means.
//!
//! Four bytes of a piece stay together, those of the outputs of a panel side by side: what is in them is found without moving
//! anything from lane to lane.

use std::array::from_fn;

use crate::kept::Form;
use crate::lanes::{HALF, LANES, Lanes, PANELS, Words};
use crate::tile::{SIDE, Strip};

/// The pieces of the outputs of a strip.
pub(crate) trait Pieces: Sized + Send + Sync + 'static {
    const PIECE: usize;

    /// `None` where a number is not finite.
    fn new(pieces: [&[u8]; HALF]) -> Option<Self>;

    /// The numbers, to the last bit what their definition says.
    fn widen(&self, strip: &mut Strip);
}

/// Four bytes of each piece, `N` times, for each panel.
type All<const N: usize> = [[Words; N]; PANELS];

/// From a byte on.
fn all<const N: usize>(pieces: &[&[u8]; HALF], from: usize) -> All<N> {
    let word = |piece: &[u8], at: usize| u32::from_le_bytes(from_fn(|byte| piece[from + 4 * at + byte]));
    from_fn(|panel| from_fn(|at| Words::new(from_fn(|lane| word(pieces[panel * LANES + lane], at)))))
}

/// The half at a byte of a piece, if it is a number.
fn half(piece: &[u8], at: usize) -> Option<u32> {
    finite(u16::from_le_bytes([piece[at], piece[at + 1]]), HALF_EXPONENT)
}

fn finite(half: u16, exponent: u16) -> Option<u32> {
    (half & exponent != exponent).then_some(half.into())
}

/// The exponent of a half that is no number.
const HALF_EXPONENT: u16 = 0x7c00;
/// The exponent of a brain float that is no number.
const BRAIN_EXPONENT: u16 = 0x7f80;

fn all_finite(pieces: &[&[u8]; HALF], exponent: u16) -> Option<()> {
    let mut halves = pieces.iter().flat_map(|piece| piece.as_chunks().0);
    halves.try_for_each(|bytes| finite(u16::from_le_bytes(*bytes), exponent).map(drop))
}

/// The first halves of all pieces: of the two panels, side by side.
fn scales(pieces: &[&[u8]; HALF]) -> Option<Words> {
    let mut words = [0; LANES];
    for (lane, word) in words.iter_mut().enumerate() {
        *word = half(pieces[lane], 0)? | half(pieces[LANES + lane], 0)? << 16;
    }
    Some(Words::new(words))
}

pub(crate) struct F16(All<{ SIDE / 2 }>);

impl Pieces for F16 {
    const PIECE: usize = Form::F16.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        all_finite(&pieces, HALF_EXPONENT).map(|()| Self(all(&pieces, 0)))
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, words) in self.0.iter().enumerate() {
            for (words, to) in words.iter().zip(strip.as_chunks_mut::<2>().0) {
                [to[0][panel], to[1][panel]] = words.halves();
            }
        }
    }
}

pub(crate) struct Bf16(All<{ SIDE / 2 }>);

impl Pieces for Bf16 {
    const PIECE: usize = Form::Bf16.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        all_finite(&pieces, BRAIN_EXPONENT).map(|()| Self(all(&pieces, 0)))
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, words) in self.0.iter().enumerate() {
            for (words, to) in words.iter().zip(strip.as_chunks_mut::<2>().0) {
                [to[0][panel], to[1][panel]] = words.brains();
            }
        }
    }
}

pub(crate) struct Q8_0 {
    d: Words,
    q: All<{ SIDE / 4 }>,
}

impl Pieces for Q8_0 {
    const PIECE: usize = Form::Q8_0.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        Some(Self { d: scales(&pieces)?, q: all(&pieces, 2) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, (words, d)) in self.q.iter().zip(self.d.halves()).enumerate() {
            for (words, to) in words.iter().zip(strip.as_chunks_mut::<4>().0) {
                words.bytes().into_iter().zip(to).for_each(|(q, to)| to[panel] = q.times(d));
            }
        }
    }
}

/// The first 16 inputs are in the low nibbles, the others in the high ones.
type Nibbles = All<{ SIDE / 8 }>;

#[inline(always)]
fn widen_nibbles(
    words: &[Words; SIDE / 8],
    strip: &mut Strip,
    panel: usize,
    nibbles: impl Fn(Words) -> [[Lanes; 2]; 4],
    number: impl Fn(Lanes) -> Lanes,
) {
    let (low, high) = strip.split_at_mut(SIDE / 2);
    let to = low.as_chunks_mut::<4>().0.iter_mut().zip(high.as_chunks_mut::<4>().0);
    for (words, (low, high)) in words.iter().zip(to) {
        for ((q, low), high) in nibbles(*words).into_iter().zip(low).zip(high) {
            [low[panel], high[panel]] = q.map(&number);
        }
    }
}

pub(crate) struct Q4_0 {
    d: Words,
    q: Nibbles,
}

impl Pieces for Q4_0 {
    const PIECE: usize = Form::Q4_0.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        Some(Self { d: scales(&pieces)?, q: all(&pieces, 2) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, (words, d)) in self.q.iter().zip(self.d.halves()).enumerate() {
            widen_nibbles(words, strip, panel, Words::signed_nibbles, |q| q.times(d));
        }
    }
}

pub(crate) struct Q4_1 {
    /// `d` and `m` side by side.
    scales: [Words; PANELS],
    q: Nibbles,
}

impl Pieces for Q4_1 {
    const PIECE: usize = Form::Q4_1.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        pieces.iter().try_for_each(|piece| half(piece, 0).and(half(piece, 2)).map(drop))?;
        Some(Self { scales: all::<1>(&pieces, 0).map(|[words]| words), q: all(&pieces, 4) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, (words, scales)) in self.q.iter().zip(&self.scales).enumerate() {
            let [d, m] = scales.halves();
            widen_nibbles(words, strip, panel, Words::nibbles, |q| q.times(d).plus(m));
        }
    }
}
