//! The text as it was read, each word on the colour of its score.

use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::explanation::unit;
use vitrine_words::number::{plain, signed};
use vitrine_words::token::visible;

use crate::bars::{number, score_cell, unit_with_direction};
use crate::color::{Theme, cell};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Text};
use crate::font::{self, Face, Letters};
use crate::legend;
use crate::table::{Cell, Table};

/// Which marks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Specials {
    /// Words and special tokens.
    Shown,
    /// Words, and special tokens whose score is large.
    #[default]
    WhereLarge,
}

/// From this share of the largest score on a special token is not passed over.
const LARGE: f32 = 0.1;
const GAP: f32 = 7.0;
const PADDING: f32 = 8.0;

impl Specials {
    /// Whether a mark is shown.
    #[must_use]
    pub fn shows(self, mark: &Mark) -> bool {
        self == Self::Shown || !mark.special || mark.share.abs() >= LARGE
    }
}

/// Sizes that depend on the room.
struct Sizes {
    word: Letters,
    height: f32,
    value: f32,
    base: f32,
}

/// The strip with its colour scale. `scores` are what each mark has so far, by place; the final ones unless given.
#[must_use]
pub fn drawing(
    explanation: &Explanation,
    marks: &[Mark],
    scores: Option<&[f32]>,
    specials: Specials,
    width: f32,
) -> Drawing {
    drawn(explanation, marks, scores, specials, width, explanation.trusted())
}

/// The same where another device came to other numbers: hatched, whatever its own checks say.
#[must_use]
pub fn disputed(explanation: &Explanation, marks: &[Mark], width: f32) -> Drawing {
    drawn(explanation, marks, None, Specials::default(), width, false)
}

fn drawn(
    explanation: &Explanation,
    marks: &[Mark],
    scores: Option<&[f32]>,
    specials: Specials,
    width: f32,
    trusted: bool,
) -> Drawing {
    let is_signed = explanation.method.signed();
    let largest = marks.iter().map(|mark| mark.score.abs()).fold(0.0, f32::max);
    let sizes = if width < 520.0 {
        Sizes { word: Letters::WORD.size(19.0), height: 54.0, value: 17.0, base: 40.0 }
    } else {
        Sizes { word: Letters::WORD.size(24.0), height: 64.0, value: 19.0, base: 47.0 }
    };
    let (mut x, mut y) = (2.0, 2.0);
    let mut groups = Vec::new();
    for (i, mark) in marks.iter().enumerate().filter(|(_, mark)| specials.shows(mark)) {
        let letters = if mark.special { Letters { face: Face::Mono, size: 13.0, bold: false } } else { sizes.word };
        let most = width - 4.0 - 2.0 * PADDING;
        let word = Text::new(0.0, y, &visible(&mark.text), letters).clipped(most).anchored(Anchor::Middle);
        // Wide enough for every score on the way to the last.
        let widest =
            font::width("−0.00", Letters::NUMBER).max(font::width(&number(mark.score, is_signed), Letters::NUMBER));
        let chip = font::width(&word.text, letters).max(widest) + 2.0 * PADDING;
        if x > 2.0 && x + chip > width - 2.0 {
            (x, y) = (2.0, y + sizes.height + GAP);
        }
        let area = Area::new(x, y, chip, sizes.height);
        let score = scores.and_then(|scores| scores.get(i).copied()).unwrap_or(mark.score);
        let share = if largest > 0.0 { (score / largest).clamp(-1.0, 1.0) } else { 0.0 };
        let value = Text::new(x + chip / 2.0, y + sizes.value, &number(score, is_signed), Letters::NUMBER);
        let word = Text { x: x + chip / 2.0, y: y + sizes.base, ..word };
        groups.push(Group::of(Part::Mark(i), Some(area), chip_of(area, word, value, share, is_signed, trusted)));
        x += chip + GAP;
    }
    y += if groups.is_empty() { 0.0 } else { sizes.height };
    let (foot, height) = foot(explanation, largest, y + 14.0, width, trusted);
    Drawing::new(width, y + 14.0 + height, vec![Layer::new(groups), Layer::new(vec![Group::new(foot)])])
}

/// Background, word, score, and a bar as long as the score is large.
fn chip_of(area: Area, word: Text, value: Text, share: f32, is_signed: bool, trusted: bool) -> Vec<Shape> {
    let value = value.anchored(Anchor::Middle);
    if !trusted {
        let hatch = Shape::rect(area, 6.0, Paint::new(Role::Hatch).faded(0.4));
        let clear = |text: &Text, up: f32, height: f32| {
            let (from, to) = text.span();
            Shape::rect(Area::between(from - 2.0, to + 2.0, text.y - up, height), 2.0, Paint::new(Role::Paper))
        };
        let behind = [clear(&value, 10.5, 13.0), clear(&word, 0.8 * word.letters.size, 1.1 * word.letters.size)];
        let [first, second] = behind;
        return vec![hatch, first, second, Shape::text(value, Role::Ink), Shape::text(word, Role::Ink)];
    }
    let (ground, ink) = if is_signed {
        (Role::Cell(share), Role::OnCell(share))
    } else {
        (Role::CellStrength(share), Role::OnCellStrength(share))
    };
    let mut shapes = vec![Shape::rect(area, 6.0, Paint::new(ground)), Shape::text(value, ink), Shape::text(word, ink)];
    let long = (area.width - 2.0 * PADDING) * share.abs();
    if long > 0.5 {
        let bar = Area::new(area.x + PADDING, area.y + area.height - 6.0, long, 3.0);
        shapes.push(Shape::rect(bar, 1.5, Paint::new(Role::of_score(share, is_signed, true))));
    }
    shapes
}

/// The colour scale, or what hatching means; with its height.
fn foot(explanation: &Explanation, largest: f32, y: f32, width: f32, trusted: bool) -> (Vec<Shape>, f32) {
    if !trusted {
        let swatch = Shape::rect(Area::new(2.0, y, 22.0, 12.0), 2.0, Paint::new(Role::Hatch).faded(0.4));
        let says = Text::new(32.0, y + 11.0, "not to be relied on", Letters::LABEL).clipped(width - 32.0);
        return (vec![swatch, Shape::text(says, Role::Soft)], 16.0);
    }
    let is_signed = explanation.method.signed();
    let (low, high) = if is_signed { (signed(-largest), signed(largest)) } else { ("0".to_owned(), plain(largest)) };
    let of = unit_with_direction(explanation);
    let role = |place: f32| if is_signed { Role::Cell(2.0 * place - 1.0) } else { Role::CellStrength(place) };
    let ends = [low.as_str(), high.as_str()];
    (legend::scale(2.0, y, ends, &of, role, width), legend::scale_height(ends, &of, width - 2.0) + 2.0)
}

/// The ends of the colour scale, and its colours as a gradient of a style sheet.
#[must_use]
pub fn ramp(explanation: &Explanation, marks: &[Mark], theme: Theme) -> ([String; 2], String) {
    let is_signed = explanation.method.signed();
    let largest = marks.iter().map(|mark| mark.score.abs()).fold(0.0, f32::max);
    let low = if is_signed { signed(-largest) } else { "0".to_owned() };
    let stops = if is_signed { [-1.0, 0.0, 1.0] } else { [0.0, 0.5, 1.0] };
    let [a, b, c] = stops.map(|share| cell(share, is_signed, theme).css());
    ([low, number(largest, is_signed)], format!("linear-gradient(to right, {a}, {b}, {c})"))
}

pub(crate) fn heads(explanation: &Explanation) -> Vec<(String, bool)> {
    vec![("Token".to_owned(), false), (format!("Score ({})", unit(explanation)), true)]
}

/// The scores with their words, in reading order.
#[must_use]
pub fn table(explanation: &Explanation, marks: &[Mark]) -> Table {
    let is_signed = explanation.method.signed();
    let rows = marks.iter().map(|mark| vec![Cell::Text(mark.text.clone()), score_cell(mark.score, is_signed)]);
    Table { heads: heads(explanation), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use vitrine_words::marks::{Grouping, marks};

    use super::*;
    use crate::example::example;

    #[test]
    fn what_another_device_disputes_is_hatched() {
        let explanation = example();
        assert!(explanation.trusted());
        let marks = marks(&explanation, Grouping::Words);
        let hatched = |drawing: Drawing| {
            let shapes = drawing.groups().flat_map(|group| &group.shapes);
            shapes.filter(|shape| shape.fill.is_some_and(|fill| fill.role == Role::Hatch)).count()
        };
        assert_eq!(hatched(drawing(&explanation, &marks, None, Specials::default(), 680.0)), 0);
        let shown = marks.iter().filter(|mark| Specials::default().shows(mark)).count();
        // And the swatch that says what hatching means.
        assert_eq!(hatched(disputed(&explanation, &marks, 680.0)), shown + 1);
    }

    #[test]
    fn the_ramp_runs_from_one_end_of_the_scores_to_the_other() {
        let explanation = example();
        let marks = marks(&explanation, Grouping::Words);
        let ([low, high], colours) = ramp(&explanation, &marks, Theme::Light);
        assert!(low.starts_with('−') && high.starts_with('+') && low[3..] == high[1..], "{low} {high}");
        let ends = [-1.0, 1.0].map(|share| cell(share, true, Theme::Light).css());
        assert!(
            colours.contains(&format!("right, {}", ends[0])) && colours.ends_with(&format!("{})", ends[1])),
            "{colours}"
        );
    }
}
