//! The probability of an answer along a chain, in the columns of its cards.

use vitrine_schema::Chaining;

use super::Columns;
use crate::drawing::{Anchor, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text, through};
use crate::font::{self, Letters};

const SMALL: Letters = Letters::LABEL.size(12.0);
const TOP: f32 = 26.0;
/// Height of a probability of 1.
const HEIGHT: f32 = 120.0;

/// One curve.
pub struct Curve {
    pub name: String,
    pub values: Vec<f32>,
    role: Role,
    dashed: bool,
}

/// The curves that there are: of the chain as it was, then along the changed one.
pub fn curves(found: &Chaining) -> Vec<Curve> {
    let curve = |answer: Option<&String>, more: &str, values: &[f32], role: Role, dashed: bool| {
        let name = format!("{}{more}", answer?);
        (!values.is_empty()).then(|| Curve { name, values: values.to_vec(), role, dashed })
    };
    let (was, is) = (Role::Pole(1.0), Role::Pole(-1.0));
    let all = match &found.before {
        None => vec![curve(found.answer.as_ref(), "", &found.along, was, false)],
        Some(before) => {
            let stayed = before.answer == found.answer;
            vec![
                curve(before.answer.as_ref(), ", as it said it", &before.along, was, false),
                curve(found.answer.as_ref(), ", one step changed", &found.along, if stayed { was } else { is }, stayed),
                curve(before.answer.as_ref(), ", one step changed", &before.along_changed, was, true),
            ]
        }
    };
    all.into_iter().flatten().collect()
}

/// The curves; nothing where no probability was measured.
#[must_use]
pub fn drawing(found: &Chaining, width: f32) -> Option<Drawing> {
    let curves = curves(found);
    let n = curves.iter().map(|curve| curve.values.len()).max().filter(|n| *n > 0)?;
    let columns = Columns::of(found, width);
    let names = curves.iter().map(|curve| font::width(&curve.name, SMALL)).fold(0.0, f32::max).min(0.4 * width);
    let (left, step) = if columns.down {
        (36.0, (width - 36.0 - names - 14.0) / n.saturating_sub(1).max(1) as f32)
    } else {
        (columns.left + columns.step / 2.0, columns.step)
    };
    let x = |at: usize| left + step * at as f32;
    let share = |value: f32| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    let y = |value: f32| TOP + HEIGHT * (1.0 - share(value));
    let mut below = Vec::new();
    let title = if columns.down {
        vec![Text::new(0.0, 14.0, "Probability if it had to answer now", Letters::STRONG).clipped(width)]
    } else {
        let lines = [("If it had to answer now", Letters::STRONG), ("probability", SMALL)];
        let line = |(at, (text, letters)): (usize, (&str, Letters))| {
            Text::new(0.0, TOP + 12.0 + 18.0 * at as f32, text, letters).clipped((x(0) - 36.0).max(20.0))
        };
        lines.into_iter().enumerate().map(line).collect()
    };
    below.extend(title.into_iter().map(|text| Shape::text(text, Role::Ink)));
    for (value, name) in [(0.0, "0"), (0.5, ".5"), (1.0, "1")] {
        below.push(Shape::line((x(0) - 10.0, y(value)), (x(n - 1) + 4.0, y(value)), Stroke::new(Role::Line, 1.0)));
        let number = Text::new(x(0) - 14.0, y(value) + 4.0, name, Letters::NUMBER).anchored(Anchor::End);
        below.push(Shape::text(number, Role::Soft));
    }
    let room = step - 8.0;
    for at in 0..n {
        let text = if at == 0 { "question".to_owned() } else { format!("step {at}") };
        let fits = font::width(&text, SMALL) <= room;
        let text = if fits { text } else { at.to_string() };
        let half = font::width(&text, SMALL) / 2.0;
        let place = x(at).max(half).min(width - half);
        if fits || at.is_multiple_of((20.0 / step.max(0.1)).ceil() as usize) {
            below.push(Shape::text(
                Text::new(place, TOP + HEIGHT + 20.0, &text, SMALL).anchored(Anchor::Middle),
                Role::Soft,
            ));
        }
    }
    let mut groups = Vec::new();
    for (at, curve) in curves.iter().enumerate() {
        let points: Vec<(f32, f32)> = curve.values.iter().enumerate().map(|(at, value)| (x(at), y(*value))).collect();
        let stroke = Stroke::new(curve.role, 2.4);
        let mut shapes =
            vec![Shape::along(through(&points), if curve.dashed { stroke.dashed(6.0, 4.0) } else { stroke })];
        let ring = |&point: &(f32, f32)| {
            Shape::circle(point, 4.0, Paint::new(Role::Paper), Some(Stroke::new(curve.role, 2.0)))
        };
        shapes.extend(points.iter().map(ring));
        groups.push(Group::of(Part::Mark(at), None, shapes));
    }
    let labels = labels(&curves, width, x, y);
    let layers = vec![Layer::new(vec![Group::new(below)]), Layer::new(groups), Layer::new(vec![Group::new(labels)])];
    Some(Drawing::new(width, TOP + HEIGHT + 28.0, layers))
}

/// The names of the curves where they end, apart from each other.
fn labels(curves: &[Curve], width: f32, x: impl Fn(usize) -> f32, y: impl Fn(f32) -> f32) -> Vec<Shape> {
    let mut placed: Vec<f32> = Vec::new();
    let mut shapes = Vec::new();
    for curve in curves {
        let Some(last) = curve.values.last() else { continue };
        let mut at = y(*last) + 4.0;
        // One way only, or it would go back and forth about the middle.
        let away = if at > TOP + HEIGHT / 2.0 { -5.0 } else { 5.0 };
        while placed.iter().any(|other| (other - at).abs() < 15.0) {
            at += away;
            if !(TOP - 10.0..=TOP + HEIGHT + 10.0).contains(&at) {
                break;
            }
        }
        placed.push(at);
        let from = x(curve.values.len() - 1) + 10.0;
        let text = Text::new(from.min(width - 20.0), at, &curve.name, SMALL).clipped((width - from).max(20.0));
        shapes.push(Shape::text(text, curve.role).on_paper());
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_curves_that_end_in_the_middle_find_a_place() {
        let curve =
            |name: &str, last: f32| Curve { name: name.to_owned(), values: vec![last], role: Role::Ink, dashed: false };
        let curves = [curve("a", 0.5), curve("b", 0.5), curve("c", 0.49)];
        let named = labels(&curves, 300.0, |_| 10.0, |value| TOP + HEIGHT * (1.0 - value));
        assert_eq!(named.len(), 3);
    }
}
