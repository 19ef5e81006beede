//! What the methods said of a word, against what happens without it.

use vitrine_schema::{Ablation, Comparison};
use vitrine_words::marks::{Mark, sum};
use vitrine_words::number::{largest_first, signed};

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend::tick_label;
use crate::scale::ticks;

/// Height of a row of names.
const STORY: f32 = 17.0;
/// Rows of names above the axis.
const STOREYS: usize = 5;
const BELOW: f32 = 46.0;

/// A dot for each method with a sign on one axis, and a band from the least to the most that was measured.
#[must_use]
pub fn settled(comparison: &Comparison, word: &Mark, removals: &[&Ablation], width: f32) -> Drawing {
    let with_sign = comparison.explanations.iter().filter(|explanation| explanation.signed());
    let dots: Vec<(f32, &str)> = with_sign
        .map(|explanation| (sum(&word.tokens, &explanation.scores), explanation.method.id.declared().code))
        .collect();
    let measured: Vec<f32> =
        removals.iter().map(|removal| removal.change).filter(|change| change.is_finite()).collect();
    let values =
        || dots.iter().map(|(score, _)| *score).chain(measured.iter().copied()).filter(|value| value.is_finite());
    let (low, high) = (values().fold(0.0f32, f32::min), values().fold(0.0f32, f32::max));
    let air = ((high - low) * 0.08).max(1e-3);
    let (low, high) = (low - air, high + air);
    let (left, right) = (16.0, width - 16.0);
    let x = |value: f32| left + (right - left) * ((value.clamp(low, high) - low) / (high - low));
    let axis = 12.0 + STORY * STOREYS as f32;
    let mut shapes = Vec::new();
    let (least, most) =
        measured.iter().fold((f32::MAX, f32::MIN), |(least, most), value| (least.min(*value), most.max(*value)));
    if least <= most {
        let band = Area::between(x(least) - 2.0, x(most) + 2.0, 8.0, axis + 12.0);
        shapes.push(Shape::rect(band, 0.0, Paint::new(Role::Accent).faded(0.12)));
        for value in &measured {
            shapes.push(Shape::line((x(*value), axis + 6.0), (x(*value), axis + 20.0), Stroke::new(Role::Accent, 2.0)));
        }
        let middle = ((x(least) + x(most)) / 2.0).clamp(40.0, width - 40.0);
        let text = Text::new(middle, axis + 40.0, "measured", Letters::STRONG).anchored(Anchor::Middle);
        shapes.push(Shape::text(text, Role::Accent));
    }
    shapes.push(Shape::line((left, axis), (right, axis), Stroke::new(Role::Soft, 1.0)));
    shapes.push(Shape::line((x(0.0), 8.0), (x(0.0), axis + 4.0), Stroke::new(Role::Ink, 1.0)));
    for tick in ticks(low, high, ((right - left) / 90.0).max(2.0) as usize) {
        let text = Text::new(x(tick), axis + 18.0, &tick_label(tick), Letters::NUMBER).anchored(Anchor::Middle);
        shapes.push(Shape::text(text, Role::Soft).on_paper());
    }
    // Names climb where they would run into each other.
    let mut ends = [f32::MIN; STOREYS];
    for (score, code) in largest_first(dots, |(score, _)| -score) {
        let half = font::width(code, Letters::LABEL) / 2.0;
        let storey = ends.iter().position(|end| *end < x(score) - half - 4.0).unwrap_or(STOREYS - 1);
        ends[storey] = x(score) + half;
        let y = axis - 10.0 - STORY * storey as f32;
        if storey > 0 {
            shapes.push(Shape::line((x(score), axis - 5.0), (x(score), y + 3.0), Stroke::new(Role::Line, 1.0)));
        }
        shapes.push(Shape::circle(
            (x(score), axis),
            4.5,
            Paint::new(Role::of_score(score, true, true)),
            Some(Stroke::new(Role::Paper, 1.5)),
        ));
        shapes.push(Shape::text(Text::new(x(score), y, code, Letters::LABEL).anchored(Anchor::Middle), Role::Ink));
    }
    let how = |removal: &&Ablation| {
        let words = vitrine_words::ablation::by(removal);
        format!("{words} {}", signed(removal.change))
    };
    // Side by side where there is room, else below each other.
    let list = removals.iter().map(how).collect::<Vec<_>>();
    let side_by_side = list.join(" · ");
    let lines = if font::width(&side_by_side, Letters::LABEL) <= width - left { vec![side_by_side] } else { list };
    let mut bottom = axis + BELOW - 5.0;
    for line in lines {
        bottom += STORY;
        shapes.push(Shape::text(Text::new(left, bottom, &line, Letters::LABEL).clipped(width - left), Role::Soft));
    }
    Drawing::new(width, bottom + 6.0, vec![Layer::new(vec![Group::new(shapes)])])
}
