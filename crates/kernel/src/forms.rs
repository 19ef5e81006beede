//! The pieces of files, 16 outputs together: how each form stands in memory, and what it means.
//!
//! Four bytes of a piece stay together, those of the outputs of a panel side by side: what is in them is found without moving
//! anything from lane to lane.

use std::array::from_fn;

use crate::kept::Form;
use crate::lanes::{HALF, LANES, Lanes, PANELS, Row, Words};
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

/// Weights of 16 bits: with `BRAIN` those that keep the exponent of 32 bits.
pub(crate) struct Sixteen<const BRAIN: bool>(All<{ SIDE / 2 }>);

pub(crate) type F16 = Sixteen<false>;
pub(crate) type Bf16 = Sixteen<true>;

impl<const BRAIN: bool> Pieces for Sixteen<BRAIN> {
    const PIECE: usize = if BRAIN { Form::Bf16.piece() } else { Form::F16.piece() };

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        let exponent = if BRAIN { BRAIN_EXPONENT } else { HALF_EXPONENT };
        all_finite(&pieces, exponent).map(|()| Self(all(&pieces, 0)))
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, words) in self.0.iter().enumerate() {
            for (words, to) in words.iter().zip(strip.as_chunks_mut::<2>().0) {
                [to[0][panel], to[1][panel]] = if BRAIN { words.brains() } else { words.halves() };
            }
        }
    }
}

/// Bytes of a word.
const FOUR: usize = 4;

#[inline(always)]
fn set(to: &mut [Row; FOUR], panel: usize, [a, b, c, d]: [Lanes; FOUR], number: impl Fn(Lanes) -> Lanes) {
    [to[0][panel], to[1][panel], to[2][panel], to[3][panel]] = [number(a), number(b), number(c), number(d)];
}

pub(crate) struct Q8_0 {
    d: Words,
    q: All<{ SIDE / FOUR }>,
}

impl Pieces for Q8_0 {
    const PIECE: usize = Form::Q8_0.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        Some(Self { d: scales(&pieces)?, q: all(&pieces, 2) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        let d = self.d.halves();
        for (panel, words) in self.q.iter().enumerate() {
            let d = d[panel];
            for (words, to) in words.iter().zip(strip.as_chunks_mut().0) {
                set(to, panel, words.bytes(), |q| q.times(d));
            }
        }
    }
}

/// The first 16 inputs are in the low nibbles, the others in the high ones.
type Nibbles = All<{ SIDE / 2 / FOUR }>;

/// Pairs of the rows that a word becomes.
#[inline(always)]
fn rows(strip: &mut Strip) -> impl Iterator<Item = (&mut [Row; FOUR], &mut [Row; FOUR])> {
    let (low, high) = strip.split_at_mut(SIDE / 2);
    low.as_chunks_mut().0.iter_mut().zip(high.as_chunks_mut().0)
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
        let d = self.d.halves();
        for (panel, words) in self.q.iter().enumerate() {
            let d = d[panel];
            for (words, (low, high)) in words.iter().zip(rows(strip)) {
                let [q_low, q_high] = words.signed_nibbles();
                set(low, panel, q_low, |q| q.times(d));
                set(high, panel, q_high, |q| q.times(d));
            }
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
        for (panel, words) in self.q.iter().enumerate() {
            let [d, m] = self.scales[panel].halves();
            for (words, (low, high)) in words.iter().zip(rows(strip)) {
                let [q_low, q_high] = words.nibbles();
                set(low, panel, q_low, |q| q.times(d).plus(m));
                set(high, panel, q_high, |q| q.times(d).plus(m));
            }
        }
    }
}

pub(crate) struct Scaled {
    /// `d` of both halves of the inputs, then `m` of both.
    scales: All<4>,
    q: All<{ SIDE / FOUR }>,
}

impl Pieces for Scaled {
    const PIECE: usize = Form::Scaled.piece();

    fn new(pieces: [&[u8]; HALF]) -> Option<Self> {
        let mut scales = pieces.iter().flat_map(|piece| &piece.as_chunks().0[..4]);
        let finite = scales.all(|&bytes| f32::from_le_bytes(bytes).is_finite());
        finite.then(|| Self { scales: all(&pieces, 0), q: all(&pieces, 16) })
    }

    #[inline(always)]
    fn widen(&self, strip: &mut Strip) {
        for (panel, (words, scales)) in self.q.iter().zip(&self.scales).enumerate() {
            let [d_low, d_high, m_low, m_high] = scales.map(Words::float);
            let (q_low, q_high) = words.split_at(SIDE / 2 / FOUR);
            for ((q_low, q_high), (low, high)) in q_low.iter().zip(q_high).zip(rows(strip)) {
                set(low, panel, q_low.bytes(), |q| q.times(d_low).plus(m_low));
                set(high, panel, q_high.bytes(), |q| q.times(d_high).plus(m_high));
            }
        }
    }
}
