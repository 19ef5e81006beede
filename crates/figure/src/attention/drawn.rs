//! One head as a drawing: its matrix with words on both axes, and the same weights as lines.

use vitrine_schema::inside::{AttentionMaps, HeadRef};
use vitrine_words::number::{largest_first, plain};
use vitrine_words::token::labels;

use crate::drawing::{Anchor, Area, Drawing, Form, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::table::{Cell, Table};

const WORD: Letters = Letters::LABEL;
/// The longest word on an axis.
const LONGEST: f32 = 96.0;
const LARGEST_CELL: f32 = 44.0;
/// From this side on a cell holds its number.
const CELL_WITH_NUMBER: f32 = 36.0;
/// Cells of a smaller share of the largest weight look like paper.
const PALEST: f32 = 0.004;
/// Lines of a smaller share of the largest weight are not drawn.
const THINNEST: f32 = 0.03;
/// Degrees by which words above narrow columns are turned.
const TURN: f32 = -60.0;
/// Heights of a row of the lines.
const ROW: f32 = 20.0;

/// Where the cells of a matrix are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    /// Left edge of the first column.
    pub left: f32,
    /// Upper edge of the first row.
    pub top: f32,
    /// Side of a cell.
    pub cell: f32,
    /// Tokens along each side.
    pub n_tokens: usize,
}

impl Matrix {
    /// Largest cells for which the words of both axes have room.
    #[must_use]
    pub fn of(maps: &AttentionMaps, width: f32) -> Self {
        let words = labels(&maps.input);
        let n_tokens = words.len();
        let longest = longest(&words, if width < 520.0 { 62.0 } else { LONGEST });
        let left = longest + 10.0;
        // Turned words of the last columns lean out to the right.
        let lean = longest * libm::cosf(TURN.to_radians());
        let fits = |right: f32| ((width - left - right) / n_tokens.max(1) as f32).min(LARGEST_CELL);
        let flat = fits(2.0);
        let (cell, height) = if longest + 8.0 <= flat {
            (flat, 20.0)
        } else {
            (fits(lean), -longest * libm::sinf(TURN.to_radians()) + 12.0)
        };
        // Cells of whole pixels, where they are not too small for that, have sharp edges.
        let cell = if cell >= 4.0 { libm::floorf(cell) } else { cell.max(0.5) };
        Self { left: libm::ceilf(left), top: libm::ceilf(height + 6.0), cell, n_tokens }
    }

    /// Whether words fit above their columns as they are.
    fn is_flat(&self, longest: f32) -> bool {
        longest + 8.0 <= self.cell
    }

    /// Right and lower edge.
    fn end(&self) -> (f32, f32) {
        let side = self.cell * self.n_tokens as f32;
        (self.left + side, self.top + side)
    }

    /// Row and column at a point: who reads, and what is read.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> Option<(usize, usize)> {
        let place = |from: f32| {
            let place = libm::floorf(from / self.cell);
            (place >= 0.0 && place < self.n_tokens as f32).then_some(place as usize)
        };
        Some((place(y - self.top)?, place(x - self.left)?))
    }

    /// Where a cell is.
    #[must_use]
    pub fn cell(&self, query: usize, key: usize) -> Area {
        let (x, y) = (self.left + self.cell * key as f32, self.top + self.cell * query as f32);
        Area::new(x, y, self.cell, self.cell)
    }
}

/// The matrix, and beside it, where there is room, the lines.
#[must_use]
pub fn drawing(maps: &AttentionMaps, at: HeadRef, without_first: bool, width: f32) -> Drawing {
    if width < 760.0 {
        return matrix(maps, at, without_first, width);
    }
    let room = libm::floorf(0.56 * width);
    let (first, place) = (matrix(maps, at, without_first, room), Matrix::of(maps, room));
    let from = (place.end().0 + 48.0).max(420.0);
    let second =
        laid_out(maps, at, without_first, Rows::beside(&place), Area::new(from, 0.0, (width - from).min(460.0), 0.0));
    let mut layers = first.layers;
    layers.extend(second.layers);
    Drawing::new(width, first.height.max(second.height), layers)
}

/// A drawing of a head when so many tokens have read: the weights of the others are not there yet, all words are.
#[must_use]
pub fn read(mut drawing: Drawing, n_tokens: usize) -> Drawing {
    for group in drawing.layers.iter_mut().flat_map(|layer| &mut layer.groups) {
        if matches!(group.part, Some(Part::Token(token)) if token >= n_tokens) {
            group.shapes.retain(|shape| matches!(&shape.form, Form::Text(text) if text.letters == WORD));
        }
    }
    drawing
}

/// One head as a matrix: each row is a token that reads, each column a token that is read.
#[must_use]
pub fn matrix(maps: &AttentionMaps, at: HeadRef, without_first: bool, width: f32) -> Drawing {
    let place = Matrix::of(maps, width);
    let words = labels(&maps.input);
    let (n, pattern) = (words.len(), maps.pattern(at));
    let largest = largest(maps, at, without_first);
    let (right, bottom) = place.end();

    let side = place.cell * n as f32;
    let frame = Area::new(place.left, place.top, side, side).grown(0.5);
    let mut frame = Shape::rect(frame, 0.0, Paint::new(Role::Paper));
    frame.stroke = Some(Stroke::new(Role::Line, 1.0));
    let mut below = vec![frame];
    below.extend(axes(&place, &words, width));
    let soft = |x: f32, y: f32, text: &str| Text::new(x, y, text, Letters::LABEL);
    let (ends, of) = (["0", &plain(largest)], "weight with which a row reads a column");
    below.extend(legend::scale(place.left.min(width - 230.0).max(0.0), bottom + 14.0, ends, of, Role::Strength, width));
    let mut height = bottom + 14.0 + legend::scale_height(ends, of, width - place.left) + 2.0;
    if without_first && n > 0 {
        let note = soft(0.0, height + 14.0, "the first token is left out of the scale").clipped(width);
        below.push(Shape::text(Text { x: place.left.min(width - 250.0).max(0.0), ..note }, Role::Soft));
        height += 20.0;
    }

    let row = |query: usize| {
        let mut shapes = Vec::new();
        for key in usize::from(without_first)..n {
            let weight = pattern.get(query * n + key).copied().unwrap_or(0.0);
            let share = weight / largest;
            if share < PALEST || !share.is_finite() {
                continue;
            }
            shapes.push(Shape::rect(place.cell(query, key), 0.0, Paint::new(Role::Strength(share.min(1.0)))));
            if place.cell >= CELL_WITH_NUMBER && share >= 0.15 {
                let area = place.cell(query, key);
                let (x, y) = (area.x + place.cell / 2.0, area.y + place.cell / 2.0 + 4.0);
                let number = Text::new(x, y, &plain(weight), Letters::NUMBER).anchored(Anchor::Middle);
                shapes.push(Shape::text(number, Role::OnStrength(share.min(1.0))));
            }
        }
        let area = Area::new(place.left, place.top + place.cell * query as f32, right - place.left, place.cell);
        Group::of(Part::Token(query), Some(area), shapes)
    };
    Drawing::new(width, height, vec![Layer::new(vec![Group::new(below)]), Layer::new((0..n).map(row).collect())])
}

/// Words of both axes; where they would overlap only every second, third …
fn axes(place: &Matrix, words: &[String], width: f32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let longest = place.left - 10.0;
    let every = libm::ceilf(15.0 / place.cell).max(1.0) as usize;
    let flat = place.is_flat(longest);
    let sine = -libm::sinf(TURN.to_radians());
    let every_column = if flat { 1 } else { libm::ceilf(14.0 / sine / place.cell).max(1.0) as usize };
    for (token, word) in words.iter().enumerate() {
        let middle = place.cell * (token as f32 + 0.5);
        if token.is_multiple_of(every) {
            let text = Text::new(place.left - 6.0, place.top + middle + 4.5, word, WORD).clipped(longest);
            shapes.push(Shape::text(text.anchored(Anchor::End), Role::Ink));
        }
        if token.is_multiple_of(every_column) {
            let text = Text::new(place.left + middle, place.top - 7.0, word, WORD);
            let text = if flat {
                text.anchored(Anchor::Middle)
            } else {
                let x = place.left + middle + 4.0;
                let most = ((width - x) / libm::cosf(TURN.to_radians())).min(longest);
                Text { x, ..text.clipped(most) }.turned(TURN)
            };
            shapes.push(Shape::text(text, Role::Ink));
        }
    }
    shapes
}

/// One head as lines from each token to those that it reads, on the scale of its matrix.
#[must_use]
pub fn lines(maps: &AttentionMaps, at: HeadRef, without_first: bool, width: f32) -> Drawing {
    laid_out(maps, at, without_first, Rows::default(), Area::new(0.0, 0.0, width, 0.0))
}

/// The same with its rows as high as those of a matrix that stands at its left.
#[must_use]
pub fn lines_beside(maps: &AttentionMaps, at: HeadRef, without_first: bool, place: &Matrix, width: f32) -> Drawing {
    laid_out(maps, at, without_first, Rows::beside(place), Area::new(0.0, 0.0, width, 0.0))
}

/// Where the rows of the lines are.
struct Rows {
    top: f32,
    height: f32,
}

impl Rows {
    /// Those of a matrix, unless they are too low for a word.
    fn beside(place: &Matrix) -> Self {
        if place.cell >= 16.0 { Self { top: place.top, height: place.cell } } else { Self::default() }
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self { top: 24.0, height: ROW }
    }
}

/// The lines from a place on, as one group for each token that reads.
fn laid_out(maps: &AttentionMaps, at: HeadRef, without_first: bool, rows: Rows, room: Area) -> Drawing {
    let (from, width) = (room.x, room.width);
    let words = labels(&maps.input);
    let (n, pattern) = (words.len(), maps.pattern(at));
    let largest = largest(maps, at, without_first);
    let side = longest(&words, (0.34 * width).min(150.0)).max(48.0);
    let (left, right) = (from + side, from + width - side);
    let y = |token: usize| rows.top + rows.height * (token as f32 + 0.5);
    let head = |x: f32, text: &str| Text::new(x, rows.top - 11.0, text, Letters::LABEL);
    let mut words_shapes = vec![
        Shape::text(head(left, "reads").anchored(Anchor::End), Role::Soft),
        Shape::text(head(right, "is read"), Role::Soft),
    ];
    let mut groups = Vec::new();
    for (query, word) in words.iter().enumerate() {
        let mut shapes = Vec::new();
        for key in usize::from(without_first)..n {
            let share = pattern.get(query * n + key).copied().unwrap_or(0.0) / largest;
            if share >= THINNEST && share.is_finite() {
                let share = share.min(1.0);
                let line = Stroke::new(Role::Strength(1.0), 0.5 + 3.5 * share).faded(0.15 + 0.85 * share);
                shapes.push(Shape::line((left + 8.0, y(query)), (right - 8.0, y(key)), line));
            }
        }
        let area = Area::new(from, y(query) - 9.0, side + 2.0, 18.0);
        let asking = Text::new(left, y(query) + 4.5, word, WORD).clipped(side).anchored(Anchor::End);
        shapes.push(Shape::text(asking, Role::Ink));
        groups.push(Group::of(Part::Token(query), Some(area), shapes));
        words_shapes.push(Shape::text(Text::new(right, y(query) + 4.5, word, WORD).clipped(side), Role::Ink));
    }
    let layers = vec![Layer::new(groups), Layer::new(vec![Group::new(words_shapes)])];
    Drawing::new(from + width, rows.top + rows.height * n as f32 + 4.0, layers)
}

/// The end of the scale.
fn largest(maps: &AttentionMaps, at: HeadRef, without_first: bool) -> f32 {
    // The theme does not change it.
    super::Shading { theme: crate::color::Theme::Light, without_first }.largest(maps, at).max(f32::MIN_POSITIVE)
}

fn longest(words: &[String], most: f32) -> f32 {
    words.iter().map(|word| font::width(word, WORD)).fold(0.0, f32::max).min(most)
}

/// The weights of one head, a row for each token that reads.
#[must_use]
pub fn table(maps: &AttentionMaps, at: HeadRef) -> Table {
    let words = labels(&maps.input);
    let heads = [("reads".to_owned(), false)].into_iter().chain(words.iter().map(|word| (word.clone(), true)));
    let rows = words.iter().zip(maps.pattern(at).chunks(words.len().max(1))).map(|(word, weights)| {
        let weights = weights.iter().map(|&weight| Cell::Number(weight, plain(weight)));
        [Cell::Text(word.clone())].into_iter().chain(weights).collect()
    });
    Table { heads: heads.collect(), rows: rows.collect() }
}

/// The largest weights of one head, which of many are enough.
#[must_use]
pub fn strongest(maps: &AttentionMaps, at: HeadRef, without_first: bool, most: usize) -> Table {
    let words = labels(&maps.input);
    let n = words.len().max(1);
    let drawn = maps.pattern(at).iter().copied().enumerate();
    let drawn = drawn.filter(|(i, weight)| *weight > 0.0 && !(without_first && i % n == 0));
    let word = |token: usize| Cell::Text(words.get(token).cloned().unwrap_or_default());
    let row = |(i, weight): (usize, f32)| vec![word(i / n), word(i % n), Cell::Number(weight, plain(weight))];
    let heads = [("Reads", false), ("Is read", false), ("Weight", true)];
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: largest_first(drawn.collect(), |(_, weight)| *weight).into_iter().take(most).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::tests::maps;

    #[test]
    fn every_cell_leads_back_to_its_pair() {
        for width in [1200.0, 360.0, 40.0] {
            let place = Matrix::of(&maps(), width);
            for (query, key) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let area = place.cell(query, key);
                assert_eq!(place.at(area.x + 0.1, area.y + 0.1), Some((query, key)), "{width}");
            }
            assert_eq!(place.at(place.left - 1.0, place.top), None);
        }
    }

    #[test]
    fn the_scale_ends_at_the_largest_weight_that_is_drawn() {
        let at = HeadRef { layer: 1, head: 2 };
        let texts = |without_first| {
            let drawing = drawing(&maps(), at, without_first, 800.0);
            let shapes: Vec<Shape> = drawing.groups().flat_map(|group| group.shapes.clone()).collect();
            let text = |shape: Shape| match shape.form {
                crate::drawing::Form::Text(text) => Some(text.text),
                _ => None,
            };
            shapes.into_iter().filter_map(text).collect::<Vec<String>>()
        };
        assert!(texts(false).contains(&"1.00".to_owned()));
        assert!(texts(true).contains(&"0.50".to_owned()));
    }

    #[test]
    fn tokens_read_one_after_the_other_and_their_words_are_there_before() {
        let at = HeadRef { layer: 1, head: 2 };
        let count = |drawing: &Drawing, is: fn(&Form) -> bool| {
            let rows = drawing.groups().filter(|group| group.part.is_some());
            rows.flat_map(|group| &group.shapes).filter(|shape| is(&shape.form)).count()
        };
        for whole in [matrix(&maps(), at, false, 400.0), lines(&maps(), at, false, 400.0)] {
            let weights = |n| count(&read(whole.clone(), n), |form| !matches!(form, Form::Text(_)));
            let words =
                |n| count(&read(whole.clone(), n), |form| matches!(form, Form::Text(text) if text.letters == WORD));
            assert!(weights(0) == 0 && weights(1) > 0 && weights(1) < weights(2), "{whole:?}");
            assert_eq!((words(0), read(whole.clone(), 2)), (words(2), whole.clone()));
        }
    }
}
