//! What a chain claims and what the model does: its words in order, those that its last computation names in a frame, and under each
//! what it moved the answer by, with a ring around the largest.

use vitrine_schema::Explanation;
use vitrine_words::claims::{Claims, claims};

use crate::bars::{number, score_cell};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

/// Room for the names of the two rows.
const SIDE: f32 = 84.0;
const NARROW: f32 = 520.0;
const PAD: f32 = 6.0;
const GAP: f32 = 4.0;
/// Height of a word, of its score, and of both with what is between lines.
const WORD: f32 = 26.0;
const SCORE: f32 = 22.0;
const LINE: f32 = WORD + SCORE + 16.0;

/// Both rows; `None` where the explanation is of no chain.
#[must_use]
pub fn drawing(found: &Explanation, width: f32) -> Option<Drawing> {
    let Claims { words, .. } = claims(found)?;
    let is_signed = found.method.signed();
    let largest = words.iter().map(|word| word.score.abs()).fold(0.0, f32::max);
    let left = if width < NARROW { 2.0 } else { SIDE };
    let mut y = if width < NARROW { 40.0 } else { 4.0 };
    let side = |text: &str, x: f32, y: f32, letters: Letters| {
        Shape::text(Text::new(x, y, text, letters).clipped(width - x), Role::Soft)
    };
    // On a narrow page the rows are named once above.
    let mut below = if width < NARROW {
        let names = ["framed: what it says the answer comes from", "ringed: as many that moved the answer most"];
        names.iter().zip([12.0, 30.0]).map(|(name, y)| side(name, 0.0, y, Letters::LABEL)).collect()
    } else {
        vec![side("it says", 0.0, y + 18.0, Letters::STRONG), side("it did", 0.0, y + WORD + 20.0, Letters::STRONG)]
    };
    let mut x = left;
    let mut groups = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let value = number(word.score, is_signed);
        let text = Text::new(0.0, 0.0, &word.text, Letters::WORD).clipped(width - left - 2.0 * PAD);
        let wide = font::width(&text.text, Letters::WORD).max(font::width(&value, Letters::NUMBER)) + 2.0 * PAD;
        if x > left && x + wide > width - 2.0 {
            (x, y) = (left, y + LINE);
        }
        let middle = x + wide / 2.0;
        let share = if largest > 0.0 { word.score / largest } else { 0.0 };
        let (ground, ink) = if is_signed {
            (Role::Cell(share), Role::OnCell(share))
        } else {
            (Role::CellStrength(share), Role::OnCellStrength(share))
        };
        let mut shapes = Vec::new();
        if word.named {
            let mut frame =
                Shape::rect(Area::new(x + 1.0, y + 1.0, wide - 2.0, WORD - 2.0), 3.0, Paint::new(Role::Paper));
            frame.stroke = Some(Stroke::new(Role::Ink, 1.5));
            shapes.push(frame);
        }
        let text = Text { x: middle, y: y + 18.0, ..text.anchored(Anchor::Middle) };
        shapes.push(Shape::text(text, Role::Ink));
        let cell = Area::new(x + 1.0, y + WORD + 2.0, wide - 2.0, SCORE);
        let mut score = Shape::rect(cell, 3.0, Paint::new(ground));
        score.stroke = word.moved.then(|| Stroke::new(Role::Ink, 2.0));
        shapes.push(score);
        let value = Text::new(middle, cell.y + 15.0, &value, Letters::NUMBER).anchored(Anchor::Middle);
        shapes.push(Shape::text(value, ink));
        groups.push(Group::of(Part::Cell(at), Some(Area::new(x, y, wide, WORD + SCORE + 4.0)), shapes));
        x += wide + GAP;
    }
    if width >= NARROW {
        y += LINE;
        let key = "framed: the numbers it says the answer comes from; ringed: as many words that moved the answer most";
        below.push(side(key, left, y + 8.0, Letters::LABEL));
        y -= LINE - 18.0;
    }
    Some(Drawing::new(width, y + WORD + SCORE + 6.0, vec![Layer::new(vec![Group::new(below)]), Layer::new(groups)]))
}

/// The words with both.
#[must_use]
pub fn table(found: &Explanation) -> Option<Table> {
    let Claims { words, .. } = claims(found)?;
    let heads = [("Word", false), ("Score", true), ("It says", false), ("It did", false)];
    let is_signed = found.method.signed();
    let mark = |yes: bool, name: &str| Cell::Text(if yes { name.to_owned() } else { String::new() });
    let rows = words.into_iter().map(|word| {
        let score = score_cell(word.score, is_signed);
        vec![Cell::Text(word.text), score, mark(word.named, "named"), mark(word.moved, "among the largest")]
    });
    Some(Table { heads: heads.map(|(head, number)| (head.to_owned(), number)).into(), rows: rows.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{example, explained_chain};

    #[test]
    fn what_is_said_and_what_is_done_are_told_apart_without_colour() {
        let found = explained_chain(&[0.0, 0.1, 0.0, 0.2, 0.0, 0.9, 0.0, 0.3, 0.0, 1.0]);
        for width in [340.0, 900.0] {
            let drawing = drawing(&found, width).unwrap_or_default();
            let shapes = || drawing.groups().flat_map(|group| &group.shapes);
            let edges =
                |thick: f32| shapes().filter(|shape| shape.stroke.is_some_and(|edge| edge.width == thick)).count();
            assert_eq!((edges(1.5), edges(2.0)), (3, 3));
            let within = |group: &Group| group.area.is_none_or(|area| area.x + area.width <= width);
            assert!(drawing.groups().all(within));
        }
        assert_eq!(table(&found).map(|table| table.rows.len()), Some(10));
        assert_eq!(drawing(&example(), 900.0), None);
    }
}
