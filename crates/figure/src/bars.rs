//! Bars with their names before them and their numbers where they end.

use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::explanation::{direction, unit};
use vitrine_words::number::{largest_first, plain, signed};
use vitrine_words::receipt::players;
use vitrine_words::token::visible;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::scale::ticks;
use crate::table::{Cell, Table};

/// Words that get a bar; more would be a list.
const ROWS_MOST: usize = 20;
/// Height of a row.
pub const ROW: f32 = 28.0;
/// Height of a bar.
const BAR: f32 = 12.0;
/// Above the first row.
pub const TOP: f32 = 4.0;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is pointed at.
    pub part: Part,
    /// Its name.
    pub name: String,
    /// How long it is, and to which side.
    pub value: f32,
    /// What is written where it ends.
    pub number: String,
    /// Its colour.
    pub role: Role,
    /// What was measured beside it, as a tick.
    pub measured: Option<f32>,
}

/// Bars one below the other, from the smallest to the largest value of the axis, both beyond 0 or at it. With a unit the axis
/// has lines and numbers.
#[must_use]
pub fn chart(bars: &[Bar], (low, high): (f32, f32), unit: Option<&str>, width: f32) -> Drawing {
    let (low, high) = if high > low { (low.min(0.0), high.max(0.0)) } else { (0.0, 1.0) };
    let names = bars.iter().map(|bar| font::width(&bar.name, Letters::WORD));
    let left = names.fold(0.0, f32::max).min(0.32 * width).ceil() + 2.0;
    let numbers = bars
        .iter()
        .map(|bar| font::width(&bar.number, Letters::NUMBER))
        .fold(0.0, f32::max)
        .min(if low < 0.0 { 0.22 } else { 0.36 } * width)
        + 10.0;
    let start = left + 12.0 + if low < 0.0 { numbers } else { 0.0 };
    let end = (width - if high > 0.0 { numbers } else { 8.0 }).max(start + 1.0);
    let x = |value: f32| (value - low) / (high - low) * (end - start) + start;
    let bottom = TOP + ROW * bars.len() as f32;

    let grid = unit.map_or_else(Vec::new, |unit| {
        let mut shapes = legend::grid(&ticks(low, high, ((end - start) / 70.0).max(3.0) as usize), x, TOP, bottom);
        let unit = Text::new(start, bottom + 37.0, unit, Letters::LABEL);
        let at = start.min(width - font::width(&unit.text, unit.letters)).max(0.0);
        shapes.push(Shape::text(Text { x: at, ..unit }.clipped(width - at), Role::Soft));
        shapes
    });
    let row = |(i, bar): (usize, &Bar)| {
        let middle = TOP + ROW * (i as f32 + 0.5);
        let name = Text::new(left, middle + 5.0, &bar.name, Letters::WORD).clipped(left - 2.0);
        let value = if bar.value.is_finite() { bar.value.clamp(low, high) } else { 0.0 };
        let area = Area::between(x(0.0), x(value), middle - BAR / 2.0, BAR);
        let tick_at = bar.measured.filter(|measured| measured.is_finite()).map(|measured| x(measured.clamp(low, high)));
        // The number stands beyond the bar, and beyond a tick that comes close to it there.
        let close = |by: f32| (-3.0..numbers).contains(&by);
        let (at, anchor) = if value < 0.0 || high == 0.0 {
            let end = tick_at.filter(|tick| close(area.x - tick)).unwrap_or(area.x);
            (end.min(area.x) - 6.0, Anchor::End)
        } else {
            let right = area.x + area.width;
            let end = tick_at.filter(|tick| close(tick - right)).unwrap_or(right);
            (end.max(right) + 6.0, Anchor::Start)
        };
        let number = Text::new(at, middle + 4.0, &bar.number, Letters::NUMBER).clipped(numbers - 8.0).anchored(anchor);
        let mut shapes = vec![
            Shape::rect(Area { width: area.width.max(1.0), ..area }, 0.0, Paint::new(bar.role)),
            Shape::text(name.anchored(Anchor::End), Role::Ink),
            Shape::text(number, Role::Ink).on_paper(),
        ];
        shapes.extend(tick_at.into_iter().flat_map(|at| tick(at, middle)));
        Group::of(bar.part, Some(Area::new(2.0, middle - ROW / 2.0 + 3.0, width - 4.0, ROW - 6.0)), shapes)
    };
    let rows = bars.iter().enumerate().map(row).collect();
    let mut zero = Vec::new();
    if unit.is_some() {
        zero.push(Shape::line((x(0.0), TOP), (x(0.0), bottom), Stroke::new(Role::Soft, 1.0)));
    }
    let height = bottom + if unit.is_some() { 44.0 } else { TOP };
    Drawing::new(
        width,
        height,
        vec![Layer::new(vec![Group::new(grid)]), Layer::new(rows), Layer::new(vec![Group::new(zero)])],
    )
}

/// A tick across a bar, set off from it.
fn tick(x: f32, middle: f32) -> [Shape; 2] {
    let line = |role, width| {
        Shape::line((x, middle - BAR / 2.0 - 4.0), (x, middle + BAR / 2.0 + 4.0), Stroke::new(role, width))
    };
    [line(Role::Paper, 5.0), line(Role::Ink, 2.0)]
}

/// What each mark moved the answer by when it was taken out alone, if that was measured and is a number of the same kind.
fn removals(explanation: &Explanation, marks: &[Mark]) -> Vec<Option<f32>> {
    let receipt = explanation.receipt.as_deref().filter(|_| explanation.signed());
    let players = receipt.map_or_else(Vec::new, |_| players(explanation));
    let removal = |mark: &Mark| {
        let player = players.iter().position(|player| *player == mark.tokens)?;
        receipt?.removal.get(player).copied()
    };
    marks.iter().map(removal).collect()
}

/// The scores, largest first, each from 0 to where it reaches; beside them what taking the word out alone was measured to move.
#[must_use]
pub fn drawing(explanation: &Explanation, marks: &[Mark], width: f32) -> Drawing {
    let is_signed = explanation.method.signed();
    let trusted = explanation.trusted();
    let removals = removals(explanation, marks);
    let bars: Vec<Bar> = sorted(marks)
        .into_iter()
        .map(|(i, mark)| Bar {
            part: Part::Mark(i),
            name: visible(&mark.text),
            value: mark.score,
            number: number(mark.score, is_signed),
            role: Role::of_score(mark.score, is_signed, trusted),
            measured: removals.get(i).copied().flatten(),
        })
        .collect();
    let values = || bars.iter().flat_map(|bar| [Some(bar.value), bar.measured]).flatten();
    let extent = values().fold((0.0f32, 0.0f32), |(low, high), value| (low.min(value), high.max(value)));
    let chart = chart(&bars, extent, Some(&unit_with_direction(explanation)), width);
    if bars.iter().all(|bar| bar.measured.is_none()) { chart } else { with_key(chart) }
}

/// The chart with what a tick means below it.
fn with_key(chart: Drawing) -> Drawing {
    let Drawing { width, height, mut layers, .. } = chart;
    let middle = height + BAR / 2.0;
    let words =
        Text::new(12.0, middle + 4.0, "measured, with the word taken out", Letters::LABEL).clipped(width - 14.0);
    let key = tick(4.0, middle).into_iter().chain([Shape::text(words, Role::Soft)]).collect();
    layers.push(Layer::new(vec![Group::new(key)]));
    Drawing::new(width, height + BAR + 6.0, layers)
}

/// The scores with their words, largest first.
#[must_use]
pub fn table(explanation: &Explanation, marks: &[Mark]) -> Table {
    let is_signed = explanation.method.signed();
    let removals = removals(explanation, marks);
    let order = largest_first(marks.iter().zip(&removals).collect(), |(mark, _): &(&Mark, _)| mark.score.abs());
    let mut heads = crate::strip::heads(explanation);
    let measured = removals.iter().any(Option::is_some);
    heads.extend(measured.then(|| ("Measured, with it taken out".to_owned(), true)));
    let row = |(mark, removal): (&Mark, &Option<f32>)| {
        let removal = removal.map_or_else(|| Cell::Text("–".to_owned()), |removal| score_cell(removal, true));
        let said = [Cell::Text(mark.text.clone()), score_cell(mark.score, is_signed)];
        said.into_iter().chain(measured.then_some(removal)).collect()
    };
    Table { heads, rows: order.into_iter().map(row).collect() }
}

/// A score, with its sign where it has one.
#[must_use]
pub fn number(score: f32, is_signed: bool) -> String {
    if is_signed { signed(score) } else { plain(score) }
}

pub(crate) fn score_cell(score: f32, is_signed: bool) -> Cell {
    Cell::Number(score, number(score, is_signed))
}

/// What the scores are numbers of, and where positive ones point.
pub(crate) fn unit_with_direction(explanation: &Explanation) -> String {
    let unit = unit(explanation);
    if explanation.method.signed() {
        return format!("{unit} {}", direction(explanation, 1.0));
    }
    unit.to_owned()
}

/// Marks with a score by size, with their places.
fn sorted(marks: &[Mark]) -> Vec<(usize, &Mark)> {
    let scored = marks.iter().enumerate().filter(|(_, mark)| mark.score != 0.0 && mark.score.is_finite());
    let mut sorted = largest_first(scored.collect(), |(_, mark)| mark.score.abs());
    sorted.truncate(ROWS_MOST);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;
    use vitrine_words::marks::{Grouping, marks};

    #[test]
    fn the_largest_score_has_the_first_and_longest_bar() {
        let explanation = example();
        let marks = marks(&explanation, Grouping::Words);
        let drawing = drawing(&explanation, &marks, 600.0);
        let parts: Vec<Part> = drawing.groups().filter_map(|group| group.part).collect();
        assert_eq!(parts.first(), Some(&Part::Mark(1)), "“dull”");
        assert_eq!(parts.len(), marks.iter().filter(|mark| mark.score != 0.0).count());
    }
}
