//! The scores of each word as they come out in several ways: from other blanks, by other removals, with other seeds.

use vitrine_words::number::signed;
use vitrine_words::receipt::Ways;
use vitrine_words::token::visible;

use crate::drawing::{Anchor, Drawing, Group, Layer, Paint, Role, Shape, Step, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::scale::ticks;
use crate::table::{Cell, Table};

/// Words that get a row; the others move less.
const ROWS_MOST: usize = 12;
const ROW: f32 = 22.0;
const TOP: f32 = 4.0;

/// A row for each word, those that move most first: a line from the least to the most with a tick for each way, a dot for the one
/// that is shown.
#[must_use]
pub fn ways(ways: &Ways, width: f32) -> Drawing {
    let rows = &ways.players[..ways.players.len().min(ROWS_MOST)];
    let values = || rows.iter().flat_map(|(_, scores)| scores).copied().filter(|score| score.is_finite());
    let (low, high) = (values().fold(0.0, f32::min), values().fold(0.0, f32::max));
    let (low, high) = if high > low { (low, high) } else { (0.0, 1.0) };
    let names = rows.iter().map(|(name, _)| font::width(&visible(name), Letters::WORD));
    let left = names.fold(0.0, f32::max).min(0.32 * width).ceil();
    let (start, end) = (left + 16.0, width - 24.0);
    let x = |value: f32| start + (end - start) * ((value.clamp(low, high) - low) / (high - low));
    let bottom = TOP + ROW * rows.len() as f32;
    let mut shapes = legend::grid(&ticks(low, high, ((end - start) / 70.0).max(2.0) as usize), x, TOP, bottom);
    let (mut marks, mut dots) = (Vec::new(), Vec::new());
    for (at, (name, scores)) in rows.iter().enumerate() {
        let y = TOP + ROW * (at as f32 + 0.5);
        let name = Text::new(left, y + 5.0, &visible(name), Letters::WORD).clipped(left).anchored(Anchor::End);
        shapes.push(Shape::text(name, Role::Ink));
        let finite = || scores.iter().copied().filter(|score| score.is_finite());
        let (least, most) = (finite().fold(f32::MAX, f32::min), finite().fold(f32::MIN, f32::max));
        if least <= most {
            marks.extend([Step::Move(x(least), y), Step::Line(x(most), y)]);
        }
        marks.extend(finite().flat_map(|score| [Step::Move(x(score), y - 5.0), Step::Line(x(score), y + 5.0)]));
        let shown = ways.shown.and_then(|shown| scores.get(shown)).copied().filter(|score| score.is_finite());
        let dot = |score| Shape::circle((x(score), y), 4.0, Paint::new(Role::Ink), Some(Stroke::new(Role::Paper, 1.5)));
        dots.extend(shown.map(dot));
    }
    if !marks.is_empty() {
        shapes.push(Shape::along(marks, Stroke::new(Role::Soft, 1.5)));
    }
    shapes.extend(dots);
    Drawing::new(width, bottom + 24.0, vec![Layer::new(vec![Group::new(shapes)])])
}

/// One row for each word, a column for each way.
#[must_use]
pub fn ways_table(ways: &Ways) -> Table {
    let names = ways.names.iter().map(|name| (name.clone(), true));
    let row = |(word, scores): &(String, Vec<f32>)| {
        let numbers = scores.iter().map(|score| Cell::Number(*score, signed(*score)));
        std::iter::once(Cell::Text(word.clone())).chain(numbers).collect()
    };
    Table {
        heads: std::iter::once(("Word".to_owned(), false)).chain(names).collect(),
        rows: ways.players.iter().map(row).collect(),
    }
}
