//! The exponential of numbers below zero, several at a time.

use crate::lanes::Lanes;

/// `1 / n!`, the highest first, up to the seventh.
const SERIES: [f32; 8] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
/// The logarithm of the smallest normal number.
const LEAST: f32 = -87.336_54;
/// The logarithm of two, in a part of few digits, whose products are exact, and the rest.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// `e^x` for `x ≤ 0`, within 2e-7 of itself: a power of two from the exponent bits times a polynomial on [-½ ln 2, ½ ln 2]. Zero where it
/// would be below the smallest normal number; what is no number stays so.
#[inline(always)]
pub(crate) fn of_negative(x: Lanes) -> Lanes {
    // Adding 1.5·2²³ rounds to the nearest integer, which the lowest bits then are.
    let round = Lanes::splat(12_582_912.0);
    let kept = x.or_larger(Lanes::splat(LEAST));
    let rounded = kept.times(Lanes::splat(std::f32::consts::LOG2_E)).plus(round);
    let whole = rounded.minus(round);
    let rest = LN_2.iter().fold(kept, |rest, part| rest.minus(whole.times(Lanes::splat(*part))));
    x.below(LEAST, Lanes::ZERO, horner(rest, &SERIES).times(rounded.power_of_two()))
}

/// A polynomial, its highest coefficient first.
#[inline(always)]
pub(crate) fn horner(x: Lanes, coefficients: &[f32]) -> Lanes {
    coefficients.iter().fold(Lanes::ZERO, |sum, coefficient| sum.times(x).plus(Lanes::splat(*coefficient)))
}
