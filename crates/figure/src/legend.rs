//! What stands beside the data: colour scales, grid lines and their numbers.

use vitrine_words::number::signed;

use crate::drawing::{Anchor, Area, Paint, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};

/// Width of a colour scale.
const RAMP: f32 = 108.0;
/// Colours of a scale, side by side.
const COLOURS: u8 = 27;
/// Between the parts of a scale.
const AIR: f32 = 8.0;

/// A colour scale with both ends in numbers and what they are numbers of, from a place on; `role` gives a colour to each place
/// from 0 to 1.
#[must_use]
pub fn scale(x: f32, y: f32, ends: [&str; 2], of: &str, role: impl Fn(f32) -> Role, width: f32) -> Vec<Shape> {
    let soft = |x: f32, text: &str, letters: Letters| Shape::text(Text::new(x, y + 10.0, text, letters), Role::Soft);
    let left = x + font::width(ends[0], Letters::NUMBER) + AIR;
    let step = RAMP / f32::from(COLOURS);
    let mut shapes = vec![soft(x, ends[0], Letters::NUMBER)];
    for place in 0..COLOURS {
        let area = Area::new(left + step * f32::from(place), y, step, 11.0);
        shapes.push(Shape::rect(area, 0.0, Paint::new(role(f32::from(place) / f32::from(COLOURS - 1)))));
    }
    let right = left + RAMP + AIR;
    shapes.push(soft(right, ends[1], Letters::NUMBER));
    let label = right + font::width(ends[1], Letters::NUMBER) + AIR;
    // Where there is no room beside the scale its name stands below.
    let beside = font::width(of, Letters::LABEL) <= width - label;
    let (at, below) = if beside { (label, 0.0) } else { (x, 20.0) };
    let of = Text::new(at, y + below + 10.0, of, Letters::LABEL).clipped(width - at);
    shapes.push(Shape::text(of, Role::Soft));
    shapes
}

/// Height of a colour scale with its name.
#[must_use]
pub fn scale_height(ends: [&str; 2], of: &str, width: f32) -> f32 {
    let ends: f32 = ends.iter().map(|end| font::width(end, Letters::NUMBER)).sum();
    if ends + RAMP + 3.0 * AIR + font::width(of, Letters::LABEL) <= width { 14.0 } else { 34.0 }
}

/// Vertical lines at round numbers with the numbers below; the line of 0 is darker.
#[must_use]
pub fn grid(ticks: &[f32], x: impl Fn(f32) -> f32, top: f32, bottom: f32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    // Where nothing points the other way no number needs a sign.
    let unsigned = ticks.iter().all(|tick| *tick >= 0.0);
    for &tick in ticks {
        let label = tick_label(tick);
        let label = if unsigned { label.trim_start_matches('+') } else { &label };
        let line = Stroke::new(if tick == 0.0 { Role::Soft } else { Role::Line }, 1.0);
        shapes.push(Shape::line((x(tick), top), (x(tick), bottom), line));
        let number = Text::new(x(tick), bottom + 17.0, label, Letters::NUMBER);
        shapes.push(Shape::text(number.anchored(Anchor::Middle), Role::Soft));
    }
    shapes
}

/// A round number without needless zeros.
#[must_use]
pub fn tick_label(value: f32) -> String {
    let mut label = signed(value);
    if label.contains('.') && !label.contains('e') {
        label.truncate(label.trim_end_matches('0').trim_end_matches('.').len());
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_no_needless_zeros() {
        let labels = [0.0, 0.5, -1.0, 10.0, -20.0, 100.0, 1000.0, -2e10].map(tick_label);
        assert_eq!(labels, ["0", "+0.5", "−1", "+10", "−20", "+100", "+1000", "−2.0e10"]);
    }
}
