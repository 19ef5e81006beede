//! Several methods on one sentence: a row of cells for each, the words above them, on one scale where the unit is one.

use vitrine_schema::{Comparison, Explanation};
use vitrine_words::marks::{Grouping, Mark, marks};
use vitrine_words::number::signed;
use vitrine_words::token::visible;

use crate::bars::number;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::table::{Cell, Table};

const ROW: f32 = 30.0;
/// Narrower than this, a cell has no number.
const NUMBERED: f32 = 38.0;
/// Narrower than this, the name of a method stands above its row.
const BESIDE: f32 = 560.0;
const NAMES: f32 = 190.0;
/// Longest word at the head of a column.
const NAME: f32 = 90.0;

/// The rows of the comparison: words alone, as every method scores them.
fn rows(comparison: &Comparison) -> Vec<(&Explanation, Vec<Mark>)> {
    let words = |explanation: &Explanation| {
        marks(explanation, Grouping::Words).into_iter().filter(|mark| !mark.special).collect()
    };
    comparison.explanations.iter().map(|explanation| (explanation, words(explanation))).collect()
}

/// The largest score of all methods with a sign, which share one scale.
fn largest(rows: &[(&Explanation, Vec<Mark>)], with_sign: bool) -> f32 {
    let rows = rows.iter().filter(|(explanation, _)| explanation.signed() == with_sign);
    rows.flat_map(|(_, marks)| marks).map(|mark| mark.score.abs()).fold(0.0, f32::max)
}

/// The rows with their scale; a disputed word has a line under it.
#[must_use]
pub fn drawing(comparison: &Comparison, width: f32) -> Drawing {
    let rows = rows(comparison);
    let Some((_, words)) = rows.first() else { return Drawing::new(width, 1.0, Vec::new()) };
    let beside = width >= BESIDE;
    let left = if beside { NAMES } else { 2.0 };
    let cell_of = |room: f32| (room / words.len().max(1) as f32).min(96.0);
    // Words that do not fit beside each other are turned.
    let widest = words.iter().map(|mark| font::width(&visible(&mark.text), Letters::LABEL)).fold(0.0, f32::max);
    let turned = widest > cell_of(width - left - 2.0) - 4.0;
    // The last of them leans out.
    let cell = cell_of(width - left - if turned { NAME / 2.0 + 4.0 } else { 2.0 });
    let top = if turned { (widest.min(NAME) * 0.87 + 14.0).max(24.0) } else { 24.0 };
    let mut heads = Vec::new();
    for (i, mark) in words.iter().enumerate() {
        let x = left + (i as f32 + 0.5) * cell;
        let text = Text::new(x, top - 8.0, &visible(&mark.text), Letters::LABEL).clipped(NAME);
        let text = if turned { text.turned(-60.0) } else { text.anchored(Anchor::Middle) };
        let mut shapes = vec![Shape::text(text, Role::Ink)];
        if mark.tokens.iter().any(|token| comparison.disputed.contains(token)) {
            let line = Stroke::new(Role::Ink, 1.5).dashed(2.0, 2.0);
            shapes.push(Shape::line((x - cell / 2.0 + 3.0, top - 3.0), (x + cell / 2.0 - 3.0, top - 3.0), line));
        }
        heads.push(Group::new(shapes));
    }
    let scale = largest(&rows, true);
    let (mut y, mut groups) = (top, Vec::new());
    for (explanation, marks) in &rows {
        let with_sign = explanation.signed();
        let own = marks.iter().map(|mark| mark.score.abs()).fold(0.0, f32::max);
        let largest = if with_sign { scale } else { own };
        let name = explanation.method.id.declared().name;
        if beside {
            let name = Text::new(2.0, y + ROW / 2.0 + 4.0, name, Letters::LABEL).clipped(NAMES - 10.0);
            groups.push(Group::new(vec![Shape::text(name, Role::Ink)]));
        } else {
            y += 18.0;
            let name = Text::new(2.0, y - 4.0, name, Letters::LABEL).clipped(width - 4.0);
            groups.push(Group::new(vec![Shape::text(name, Role::Soft)]));
        }
        for (i, mark) in marks.iter().enumerate() {
            let area = Area::new(left + i as f32 * cell, y, cell - 2.0, ROW - 2.0);
            let share = if largest > 0.0 { (mark.score / largest).clamp(-1.0, 1.0) } else { 0.0 };
            let (ground, ink) = match (explanation.trusted(), with_sign) {
                (false, _) => (Role::Hatch, Role::Ink),
                (true, true) => (Role::Cell(share), Role::OnCell(share)),
                (true, false) => (Role::CellStrength(share), Role::OnCellStrength(share)),
            };
            let ground = if ground == Role::Hatch { Paint::new(ground).faded(0.4) } else { Paint::new(ground) };
            let mut shapes = vec![Shape::rect(area, 3.0, ground)];
            let score = number(mark.score, with_sign);
            if cell >= NUMBERED && font::width(&score, Letters::NUMBER) <= cell {
                let value = Text::new(area.x + area.width / 2.0, y + ROW / 2.0 + 3.0, &score, Letters::NUMBER);
                shapes.push(Shape::text(value.anchored(Anchor::Middle), ink));
            }
            groups.push(Group::of(Part::Mark(i), Some(area), shapes));
        }
        y += ROW;
    }
    let ends = [signed(-scale), signed(scale)];
    let ends = [ends[0].as_str(), ends[1].as_str()];
    let of = "logits, one scale; methods without a sign keep their own, in violet";
    let foot = legend::scale(2.0, y + 12.0, ends, of, |place| Role::Cell(2.0 * place - 1.0), width);
    let height = y + 14.0 + legend::scale_height(ends, of, width - 2.0);
    Drawing::new(width, height, vec![Layer::new(heads), Layer::new(groups), Layer::new(vec![Group::new(foot)])])
}

/// A row for each method, a column for each word.
#[must_use]
pub fn table(comparison: &Comparison) -> Table {
    let rows = rows(comparison);
    let words = rows.first().map_or(&[][..], |(_, marks)| marks);
    let heads = words.iter().map(|mark| (visible(&mark.text), true));
    let cells = |(explanation, marks): &(&Explanation, Vec<Mark>)| {
        let score = |mark: &Mark| Cell::Number(mark.score, number(mark.score, explanation.signed()));
        let name = Cell::Text(explanation.method.id.declared().name.to_owned());
        [name].into_iter().chain(marks.iter().map(score)).collect()
    };
    Table {
        heads: [("Method".to_owned(), false)].into_iter().chain(heads).collect(),
        rows: rows.iter().map(cells).collect(),
    }
}

/// Kendall's τ-b of each pair of methods.
#[must_use]
pub fn taus(comparison: &Comparison) -> Table {
    let names = || comparison.agreement.methods.iter().map(|id| id.declared().name.to_owned());
    let cell = |tau: &Option<f32>| tau.map_or_else(|| Cell::Text("–".to_owned()), |tau| Cell::Number(tau, signed(tau)));
    let rows = names().zip(&comparison.agreement.kendall_tau);
    Table {
        heads: [("Kendall τ".to_owned(), false)].into_iter().chain(names().map(|name| (name, true))).collect(),
        rows: rows.map(|(name, taus)| [Cell::Text(name)].into_iter().chain(taus.iter().map(cell)).collect()).collect(),
    }
}
