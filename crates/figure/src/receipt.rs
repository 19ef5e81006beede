//! The receipt as a curve: the answer while words go, in the order of the scores and in random ones.

use vitrine_schema::Explanation;
use vitrine_schema::receipt::{Curves, Receipt};
use vitrine_words::number::signed;
use vitrine_words::receipt::names_in_order;
use vitrine_words::token::visible;

use crate::drawing::{Anchor, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text, through};
use crate::font::{self, Letters};
use crate::legend::tick_label;
use crate::playback::climbed;
use crate::scale::ticks;
use crate::table::{Cell, Table};

const HEIGHT: f32 = 190.0;
const LEFT: f32 = 40.0;
/// Longest name of a word that went; it leans by a sixth of a turn.
const NAME: f32 = 60.0;
/// Room for these names, below the axis.
const BELOW: f32 = 66.0;

/// The curve of words taken out as far as it has come at a position from 0 to 1, over the random ones in grey, which are there from the
/// start; nothing without a receipt.
#[must_use]
pub fn drawing(explanation: &Explanation, position: f32, width: f32) -> Option<Drawing> {
    let receipt = explanation.receipt.as_deref()?;
    let Curves { curve, random, .. } = &receipt.deletion;
    let n = curve.len().checked_sub(1).filter(|n| *n > 0)?;
    let values = || random.iter().flatten().chain(curve).copied().filter(|value| value.is_finite());
    let (low, high) = (values().fold(0.0, f32::min), values().fold(0.0, f32::max));
    let span = (high - low).max(1e-6);
    // Room for the last word, which leans out.
    let (right, bottom) = (width - NAME / 2.0 - 6.0, HEIGHT - 8.0);
    let marks = ticks(low, high, 4);
    let widest = marks.iter().map(|tick| font::width(&tick_label(*tick), Letters::NUMBER)).fold(0.0, f32::max);
    let left = (widest + 10.0).max(LEFT);
    let x = |k: usize| left + (right - left) * k as f32 / n as f32;
    let place = |value: f32| if value.is_finite() { ((value - low) / span).clamp(0.0, 1.0) } else { 0.0 };
    let y = |value: f32| bottom - (bottom - 10.0) * place(value);
    let line = |curve: &[f32], stroke: Stroke| {
        let points: Vec<(f32, f32)> = curve.iter().enumerate().map(|(k, value)| (x(k), y(*value))).collect();
        Shape::along(through(&points), stroke)
    };
    let mut grid = Vec::new();
    for tick in marks {
        let role = if tick == 0.0 { Role::Soft } else { Role::Line };
        grid.push(Shape::line((left, y(tick)), (right, y(tick)), Stroke::new(role, 1.0)));
        let label = Text::new(left - 6.0, y(tick) + 4.0, &tick_label(tick), Letters::NUMBER).anchored(Anchor::End);
        grid.push(Shape::text(label, Role::Soft));
    }
    let grey = random.iter().map(|curve| line(curve, Stroke::new(Role::Soft, 1.0).faded(0.3))).collect();
    let gone = climbed(n, position);
    let own = curve.get(..=gone).filter(|_| gone > 0).map(|curve| line(curve, Stroke::new(Role::Ink, 2.0)));
    // A word stands under the step that it makes by going; where there is no room for all only some are named.
    let step = (right - left) / n as f32;
    let every = (14.0 / step).ceil().max(1.0) as usize;
    let names = names_in_order(explanation, receipt).into_iter().zip(curve.iter().skip(1)).enumerate().take(gone);
    let named = names.map(|(at, (name, value))| {
        let text = Text::new(x(at + 1) + 4.0, bottom + 12.0, &visible(&name), Letters::LABEL.size(12.0)).clipped(NAME);
        let text = if at % every == 0 { vec![Shape::text(text.turned(60.0), Role::Ink)] } else { Vec::new() };
        let dot = Shape::circle((x(at + 1), y(*value)), 3.5, Paint::new(Role::Ink), None);
        Group::of(Part::Mark(at), None, text.into_iter().chain([dot]).collect())
    });
    let layers = vec![
        Layer::new(vec![Group::new(grid), Group::new(grey), Group::new(own.into_iter().collect())]),
        Layer::new(named.collect()),
    ];
    Some(Drawing::new(width, HEIGHT + BELOW, layers))
}

/// One row for each point of the curve.
#[must_use]
pub fn table(explanation: &Explanation) -> Table {
    let text = |head: &str| (head.to_owned(), false);
    let number = |head: &str| (head.to_owned(), true);
    let heads = vec![text("Taken out"), number("Answer"), text("It says"), number("Random, mean")];
    let rows = |receipt: &Receipt| {
        let names = names_in_order(explanation, receipt);
        let deletion = &receipt.deletion;
        let cell = |value: f32| Cell::Number(value, signed(value));
        let row = |(k, value): (usize, &f32)| {
            let at_random: f32 = deletion.random.iter().filter_map(|curve| curve.get(k)).sum();
            let answer = deletion.answers.get(k).and_then(|said| said.label.clone().or_else(|| said.token.clone()));
            vec![
                Cell::Text(k.checked_sub(1).and_then(|k| names.get(k).cloned()).unwrap_or_default()),
                cell(*value),
                Cell::Text(answer.unwrap_or_default()),
                cell(at_random / deletion.random.len().max(1) as f32),
            ]
        };
        deletion.curve.iter().enumerate().map(row).collect()
    };
    Table { heads, rows: explanation.receipt.as_deref().map_or_else(Vec::new, rows) }
}
