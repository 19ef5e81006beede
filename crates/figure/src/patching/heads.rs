//! Layers × heads.

use vitrine_schema::{Cell, Patching};
use vitrine_words::number::{largest_first, signed};
use vitrine_words::patching::role;

use super::{Rows, key, known, mark, part};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Role, Shape, Step, Stroke, Text};
use crate::font::{self, Letters};

/// Below this width names are short and rows are low.
const NARROW: f32 = 420.0;
/// Heads that are named.
const NAMED: usize = 8;
/// Least distance of two names.
const LINE: f32 = 19.0;
/// Widest column.
const WIDEST: f32 = 29.0;

/// The share that has the full colour: the largest, rounded up to a tenth.
#[must_use]
pub fn range(found: &Patching, exact: Option<&Patching>) -> f32 {
    let shares = cells(found).filter_map(|cell| known(found, exact, cell));
    let most = shares.fold(0.0f32, |most, (share, _)| most.max(share.abs()));
    (libm::ceilf(10.0 * most - 1e-3) / 10.0).clamp(0.1, 1e6)
}

fn cells(found: &Patching) -> impl Iterator<Item = Cell> {
    let n_columns = found.matrix.columns.len();
    (0..found.matrix.rows.len()).flat_map(move |layer| (0..n_columns).map(move |column| Cell { layer, column }))
}

pub(super) fn drawing(found: &Patching, exact: Option<&Patching>, width: f32) -> Drawing {
    let narrow = width < NARROW;
    // Wide it stands beside the words, row by row.
    let top = if narrow { 30.0 } else { super::words::TOP };
    let (left, n) = (30.0, found.matrix.columns.len());
    let names = if narrow { 106.0 } else { 200.0 };
    let column = ((width - left - names) / n.max(1) as f32).clamp(1.0, WIDEST);
    let rows = Rows::of(found, top, narrow);
    let (of, right) = (range(found, exact), left + column * n as f32);
    let mut frame = rows.numbers(left);
    frame.push(Shape::text(Text::new(0.0, rows.top - 18.0, "layer, head", Letters::LABEL), Role::Soft));
    // Numbers of narrow columns would stand on each other.
    let every = libm::ceilf(20.0 / column).max(1.0) as usize;
    for head in (0..n).step_by(every) {
        let text = Text::new(left + column * (head as f32 + 0.5), rows.top - 6.0, &head.to_string(), Letters::NUMBER);
        frame.push(Shape::text(text.anchored(Anchor::Middle), Role::Soft));
    }
    let area = |cell: Cell| Area::new(left + column * cell.column as f32, rows.y(cell.layer), column, rows.height);
    let drawn = (0..rows.n_layers).rev().flat_map(|layer| (0..n).map(move |column| Cell { layer, column }));
    let marks = drawn.map(|cell| {
        let shapes = known(found, exact, cell).map_or_else(Vec::new, |(share, run)| mark(area(cell), share, run, of));
        part(found, cell, area(cell), shapes)
    });
    let marks: Vec<Group> = marks.collect();
    let (lines, labels, lowest) = named(found, exact, rows, (right, column), width);
    let below = rows.bottom().max(lowest);
    let (mut above, bottom) = key(found, exact, (0.0, below + 16.0), of, width);
    above.extend(labels);
    // Lines to the names run under the cells.
    let layers = vec![
        Layer::new(vec![Group::new(lines)]),
        Layer::new(vec![Group::new(frame)]),
        Layer::new(marks),
        Layer::new(vec![Group::new(above)]),
    ];
    Drawing::new(width, bottom, layers)
}

/// The heads that go furthest with their shares and, where a test gave one, their roles; and how far down they reach.
fn named(
    found: &Patching,
    exact: Option<&Patching>,
    rows: Rows,
    (right, column): (f32, f32),
    width: f32,
) -> (Vec<Shape>, Vec<Shape>, f32) {
    let shares = cells(found).filter_map(|cell| Some((cell, known(found, exact, cell)?.0))).collect();
    let mut largest = largest_first(shares, |(_, share): &(Cell, f32)| share.abs());
    largest.truncate(NAMED);
    largest.retain(|(_, share)| share.abs() >= Patching::NO_CHANGE);
    let largest = largest_first(largest, |(cell, _)| cell.layer as f32);
    let (mut lines, mut labels, mut last) = (Vec::new(), Vec::new(), f32::NEG_INFINITY);
    let x = right + if width < NARROW { 12.0 } else { 18.0 };
    for (cell, share) in largest {
        let middle = rows.y(cell.layer) + rows.height / 2.0;
        last = middle.max(last + LINE);
        let from = right - column * (found.matrix.columns.len() - cell.column) as f32 + column / 2.0;
        let steps = vec![Step::Move(from, middle), Step::Line(right + 4.0, middle), Step::Line(x - 4.0, last)];
        lines.push(Shape::along(steps, Stroke::new(Role::Soft, 0.8)));
        let pole = Role::Pole(if share < 0.0 { -1.0 } else { 1.0 });
        let name = (format!("L{}H{}", cell.layer, cell.column), Letters::NUMBER, Role::Ink);
        let role = role(found, cell).map(|role| (role.to_owned(), Letters::LABEL, Role::Soft));
        let mut at = x;
        for (text, letters, paint) in [name, (signed(share), Letters::NUMBER, pole)].into_iter().chain(role) {
            let wide = font::width(&text, letters);
            // What has no room is left to the table.
            if at + wide <= width {
                labels.push(Shape::text(Text::new(at, last + 4.0, &text, letters), paint));
            }
            at += wide + 8.0;
        }
    }
    (lines, labels, last + 8.0)
}
