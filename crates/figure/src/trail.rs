//! How scores came about: bars that settle above the words, who was there in each run, and the values of all runs so far.

use vitrine_schema::Explanation;
use vitrine_schema::trail::{Moment, Trail};
use vitrine_words::explanation::unit;
use vitrine_words::marks::{Mark, sum};
use vitrine_words::token::visible;
use vitrine_words::trail::moment;

use crate::bars::{number, score_cell};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend::tick_label;
use crate::scale::ticks;
use crate::table::{Cell, Table};

const BARS: f32 = 120.0;
const TOP: f32 = 10.0;
/// From the bars to the words below them, number included.
const WORDS: f32 = 40.0;
const COLUMN: f32 = 96.0;
const NAME: f32 = 70.0;
/// Narrower than this, a column has no number.
const NUMBERED: f32 = 36.0;
/// Height of the runs' values.
const RUNS: f32 = 46.0;
/// Sides of the square in which runs lie about the sum that was fitted.
const SQUARE: f32 = 168.0;

/// The moment of a position from 0 to 1; nothing without a trail.
#[must_use]
pub fn drawing(explanation: &Explanation, marks: &[Mark], alpha: f32, width: f32) -> Option<Drawing> {
    let trail = explanation.trail.as_ref()?;
    let now = moment(trail, alpha)?;
    let own: Vec<(usize, &Mark)> = marks.iter().enumerate().filter(|(_, mark)| !mark.special).collect();
    if own.is_empty() {
        return None;
    }
    let with_sign = explanation.signed();
    // One scale for all moments, so that only the data move.
    let every =
        || trail.moments.iter().flat_map(|moment| own.iter().map(|(_, mark)| sum(&mark.tokens, &moment.scores)));
    let (low, high) = range(&own, trail, every);
    if !(high - low).is_finite() {
        return None;
    }
    let y = |score: f32| TOP + BARS * ((high - score.clamp(low, high)) / (high - low)).clamp(0.0, 1.0);
    let names = || own.iter().map(|(_, mark)| font::width(&visible(&mark.text), Letters::WORD));
    let cell_of = |room: f32| (room / own.len() as f32).min(COLUMN);
    let lines = ticks(low, high, 4);
    let widest = lines.iter().map(|tick| font::width(&tick_label(*tick), Letters::NUMBER)).fold(0.0, f32::max);
    let left = (widest + 12.0).max(46.0);
    let turned = names().fold(0.0, f32::max) > cell_of(width - left - 4.0) - 6.0;
    let cell = cell_of(width - left - if turned { NAME / 2.0 + 6.0 } else { 4.0 });
    let below = if turned { NAME * 0.87 + 10.0 } else { 10.0 };
    let bottom = TOP + BARS + WORDS + below;

    let mut grid = Vec::new();
    for tick in lines {
        let role = if tick == 0.0 { Role::Soft } else { Role::Line };
        grid.push(Shape::line((left, y(tick)), (left + cell * own.len() as f32, y(tick)), Stroke::new(role, 1.0)));
        let label = Text::new(left - 6.0, y(tick) + 4.0, &tick_label(tick), Letters::NUMBER).anchored(Anchor::End);
        grid.push(Shape::text(label, Role::Soft));
    }
    let mut columns = Vec::new();
    for (place, (index, mark)) in own.iter().enumerate() {
        let x = left + cell * (place as f32 + 0.5);
        let score = Some(sum(&mark.tokens, &now.scores)).filter(|score| score.is_finite()).unwrap_or(0.0);
        let bar = Area::between(0.0, 1.0, y(score).min(y(0.0)), (y(score) - y(0.0)).abs().max(1.0));
        let wide = (cell * 0.42).clamp(5.0, 34.0);
        let bar = Area { x: x - wide / 2.0, width: wide, ..bar };
        let away = mark.tokens.iter().any(|token| now.absent.contains(token));
        let text = Text::new(x, TOP + BARS + 36.0, &visible(&mark.text), Letters::WORD).clipped(NAME);
        let text =
            if turned { Text { y: TOP + BARS + 30.0, ..text }.turned(60.0) } else { text.anchored(Anchor::Middle) };
        let mut shapes =
            vec![Shape::rect(bar, 0.0, Paint::new(Role::of_score(score, with_sign, explanation.trusted())))];
        // Who is away in this run is hollow.
        let dot = Stroke::new(if away { Role::Soft } else { Role::Ink }, 1.5);
        let fill = Paint::new(if away { Role::Paper } else { Role::Ink });
        if now.value.is_some() {
            shapes.push(Shape::circle((x, TOP + BARS + 14.0), 4.0, fill, Some(dot)));
        }
        shapes.push(Shape::text(text, if away { Role::Soft } else { Role::Ink }));
        if cell >= NUMBERED {
            let at = if score < 0.0 { bar.y + bar.height + 12.0 } else { bar.y - 4.0 };
            let number = Text::new(x, at.clamp(12.0, TOP + BARS + 4.0), &number(score, with_sign), Letters::NUMBER);
            shapes.push(Shape::text(number.anchored(Anchor::Middle), Role::Ink).on_paper());
        }
        columns.push(Group::of(
            Part::Mark(*index),
            Some(Area::new(x - cell / 2.0 + 1.0, 2.0, cell - 2.0, bottom - 4.0)),
            shapes,
        ));
    }
    let mut foot = braces(now, &own, left, cell, TOP + BARS + 3.0);
    let unit = Text::new(2.0, bottom + 14.0, unit(explanation), Letters::LABEL).clipped(width - 4.0);
    foot.push(Shape::text(unit, Role::Soft));
    let mut height = bottom + 20.0;
    if let Some(runs) = about_the_sum(trail, now, left, width, height + 8.0) {
        foot.extend(runs);
        height += SQUARE + 48.0;
    } else if let Some(runs) = runs(trail, now, left, width, height + 8.0) {
        foot.extend(runs);
        height += RUNS + 14.0;
    }
    Some(Drawing::new(
        width,
        height,
        vec![Layer::new(vec![Group::new(grid)]), Layer::new(columns), Layer::new(vec![Group::new(foot)])],
    ))
}

/// The range of the bars: what all but the wildest moments need, the last one in any case.
fn range<I: Iterator<Item = f32>>(own: &[(usize, &Mark)], trail: &Trail, every: impl Fn() -> I) -> (f32, f32) {
    let last = trail
        .moments
        .last()
        .map(|last| own.iter().map(|(_, mark)| sum(&mark.tokens, &last.scores)).collect::<Vec<_>>());
    let last = last.unwrap_or_default();
    let most = last.iter().fold(0.0f32, |most, score| most.max(score.abs())).max(1e-6);
    // The first fits hang on a few runs and may go anywhere.
    let within = |score: &f32| score.abs() <= 2.0 * most;
    let low = every().filter(within).fold(0.0f32, f32::min);
    let high = every().filter(within).fold(0.0f32, f32::max);
    if high - low <= f32::MIN_POSITIVE {
        return (0.0, 1.0);
    }
    let air = 0.12 * (high - low);
    (if low < 0.0 { low - air } else { 0.0 }, if high > 0.0 { high + air } else { 0.0 })
}

/// A brace over words that still have their share together.
fn braces(now: &Moment, own: &[(usize, &Mark)], left: f32, cell: f32, y: f32) -> Vec<Shape> {
    let brace = |group: &Vec<usize>| {
        let mut places =
            own.iter().enumerate().filter(|(_, (_, mark))| mark.tokens.iter().any(|token| group.contains(token)));
        let first = places.next()?.0;
        let last = places.next_back().map_or(first, |(place, _)| place);
        let (from, to) = (left + cell * first as f32 + 4.0, left + cell * (last + 1) as f32 - 4.0);
        let line = |a: (f32, f32), b: (f32, f32)| Shape::line(a, b, Stroke::new(Role::Accent, 2.0));
        Some([line((from, y), (to, y)), line((from, y), (from, y + 5.0)), line((to, y), (to, y + 5.0))])
    };
    now.together.iter().filter_map(brace).flatten().collect()
}

/// Where a sum is fitted: each run so far at what the sum gives of it and what the model said, which are alike on the diagonal; of this
/// run how far it misses.
fn about_the_sum(trail: &Trail, now: &Moment, left: f32, width: f32, y: f32) -> Option<Vec<Shape>> {
    // Of all moments or of none, so that the drawing keeps its height.
    if !trail.moments.iter().all(|moment| moment.level.is_some()) {
        return None;
    }
    let values = || trail.moments.iter().filter_map(|moment| moment.value).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f32::MAX, f32::min), values().fold(f32::MIN, f32::max));
    let air = 0.08 * (high - low).max(1e-6);
    let (low, span) = (low - air, high - low + 2.0 * air);
    if !span.is_finite() {
        return None;
    }
    let lines = ticks(low, low + span, 3);
    let widest = lines.iter().map(|tick| font::width(&tick_label(*tick), Letters::NUMBER)).fold(0.0, f32::max);
    let left = left.max(widest + 10.0);
    let side = SQUARE.min(width - left - 24.0);
    let place = |value: f32| side * ((value - low) / span).clamp(0.0, 1.0);
    // The first sums may lie far outside, and then at the edge.
    let at = |moment: &Moment| {
        let (fitted, value) = (now.fitted(moment).filter(|fitted| fitted.is_finite())?, moment.value?);
        Some((left + place(fitted), y + side - place(value)))
    };
    let square = [(left, y), (left + side, y), (left + side, y + side), (left, y + side)];
    let mut shapes: Vec<Shape> = (0..4)
        .map(|corner| Shape::line(square[corner], square[(corner + 1) % 4], Stroke::new(Role::Line, 1.0)))
        .collect();
    shapes.push(Shape::line((left, y + side), (left + side, y), Stroke::new(Role::Soft, 1.0)));
    for moment in trail.moments.iter().take_while(|moment| moment.number < now.number) {
        let dot = at(moment).map(|at| Shape::circle(at, 3.0, Paint::new(Role::Strength(0.7)).faded(0.5), None));
        shapes.extend(dot);
    }
    if let Some((x, top)) = at(now) {
        // Straight up or down to where it would be right.
        let right = y + side - (x - left);
        shapes.push(Shape::line((x, top), (x, right), Stroke::new(Role::Accent, 1.5)));
        shapes.push(Shape::circle((x, top), 4.5, Paint::new(Role::Accent), None));
    }
    for tick in lines {
        let label = Text::new(left + place(tick), y + side + 16.0, &tick_label(tick), Letters::NUMBER);
        shapes.push(Shape::text(label.anchored(Anchor::Middle), Role::Soft));
        let label = Text::new(left - 6.0, y + side - place(tick) + 4.0, &tick_label(tick), Letters::NUMBER);
        shapes.push(Shape::text(label.anchored(Anchor::End), Role::Soft));
    }
    let text = |x: f32, y: f32, text: &str| {
        Shape::text(Text::new(x, y, text, Letters::LABEL).clipped(width - x - 2.0), Role::Soft)
    };
    shapes.push(text(left, y + side + 34.0, "what the sum says of each run"));
    shapes.push(text(left + side + 10.0, y + 14.0, "upwards: what the model said"));
    shapes.push(text(left + side + 10.0, y + 32.0, "on the line: both the same"));
    Some(shapes)
}

/// The values of all runs so far as strokes on one axis, this one's the longest; nothing where no run has one.
fn runs(trail: &Trail, now: &Moment, left: f32, width: f32, y: f32) -> Option<Vec<Shape>> {
    let values = || trail.moments.iter().filter_map(|moment| moment.value).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f32::MAX, f32::min), values().fold(f32::MIN, f32::max));
    values().next()?;
    let span = (high - low).max(1e-6);
    if !span.is_finite() {
        return None;
    }
    let x = |value: f32| left + (width - left - 20.0) * ((value - low) / span).clamp(0.0, 1.0);
    let axis = y + 18.0;
    let mut shapes = vec![Shape::line((left, axis), (width - 20.0, axis), Stroke::new(Role::Line, 1.0))];
    for moment in trail.moments.iter().take_while(|moment| moment.number <= now.number) {
        if let Some(value) = moment.value.filter(|value| value.is_finite()) {
            shapes.push(Shape::line(
                (x(value), axis - 6.0),
                (x(value), axis + 6.0),
                Stroke::new(Role::Strength(0.7), 1.0).faded(0.5),
            ));
        }
    }
    if let Some(value) = now.value.filter(|value| value.is_finite()) {
        shapes.push(Shape::line((x(value), axis - 11.0), (x(value), axis + 11.0), Stroke::new(Role::Accent, 2.0)));
    }
    for tick in ticks(low, high, ((width - left) / 110.0).max(2.0) as usize) {
        let text = Text::new(x(tick), axis + 26.0, &tick_label(tick), Letters::NUMBER).anchored(Anchor::Middle);
        shapes.push(Shape::text(text, Role::Soft));
    }
    shapes.push(Shape::text(Text::new(2.0, axis + 4.0, "runs", Letters::LABEL), Role::Soft));
    Some(shapes)
}

/// The scores of each mark at a position, so that other views move with it.
#[must_use]
pub fn scores(explanation: &Explanation, marks: &[Mark], alpha: f32) -> Option<Vec<f32>> {
    let now = moment(explanation.trail.as_ref()?, alpha)?;
    Some(marks.iter().map(|mark| sum(&mark.tokens, &now.scores)).collect())
}

/// A row for each moment.
#[must_use]
pub fn table(explanation: &Explanation, marks: &[Mark]) -> Table {
    let own: Vec<&Mark> = marks.iter().filter(|mark| !mark.special).collect();
    let heads = [("Run".to_owned(), true), ("Value".to_owned(), true)];
    let row = |moment: &Moment| {
        let value = moment.value.map_or_else(|| Cell::Text(String::new()), |value| score_cell(value, true));
        let scores = own.iter().map(|mark| score_cell(sum(&mark.tokens, &moment.scores), explanation.signed()));
        [Cell::Number(moment.number as f32, moment.number.to_string()), value].into_iter().chain(scores).collect()
    };
    Table {
        heads: heads.into_iter().chain(own.iter().map(|mark| (visible(&mark.text), true))).collect(),
        rows: explanation.trail.as_ref().map_or_else(Vec::new, |trail| trail.moments.iter().map(row).collect()),
    }
}
