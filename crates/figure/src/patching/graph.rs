//! How the largest cells hang together: from each to a later one, as wide as what it brings over by way of that.
//!
//! A line is measured: the first cell is copied, and the second is kept as it was. By how much less comes over goes by way of the second.

use vitrine_schema::patching::Path;
use vitrine_schema::{Cell, Patching};
use vitrine_words::number::signed;
use vitrine_words::patching::{called, role};

use super::mark;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Part, Role, Shape, Step, Stroke, Text};
use crate::font::Letters;
use crate::table::{Cell as Field, Table};

/// Least share of a line that is drawn.
const LEAST: f32 = 0.02;
/// Distance of two cells.
const ROW: f32 = 34.0;
const TOP: f32 = 18.0;
/// A cell.
const SQUARE: (f32, f32) = (26.0, 16.0);
/// A line as wide as the largest cell.
const WIDEST: f32 = 16.0;
/// Below this width roles are left to the map.
const NARROW: f32 = 420.0;

/// The cells that were joined, from the lowest layer up.
fn cells(found: &Patching) -> Vec<Cell> {
    let mut cells: Vec<Cell> = found.paths.iter().flat_map(|path| [path.from, path.to]).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// The lines that are drawn, with what goes that way.
fn lines(found: &Patching) -> Vec<(usize, &Path, f32)> {
    let all = found.paths.iter().enumerate();
    all.filter_map(|(at, path)| Some((at, path, found.by_way(path)?))).filter(|line| line.2.abs() >= LEAST).collect()
}

/// The cells one above the other, and the lines between them; nothing where none were joined.
#[must_use]
pub fn drawing(found: &Patching, width: f32) -> Option<Drawing> {
    let cells = cells(found);
    let last = cells.len().checked_sub(1).filter(|last| *last > 0)?;
    let shares: Vec<f32> = cells.iter().map(|cell| found.cell(cell.layer, cell.column).unwrap_or(0.0)).collect();
    let most = shares.iter().fold(0.1f32, |most, share| most.max(share.abs()));
    let y = |at: usize| TOP + ROW * (last - at) as f32 + ROW / 2.0;
    let bend = (0.36 * width).min(240.0);
    let x = bend + 16.0;
    let place = |cell: Cell| cells.iter().position(|known| *known == cell).unwrap_or(0);
    let arc = |&(at, path, share): &(usize, &Path, f32)| {
        let (from, to) = (place(path.from), place(path.to));
        let (low, high) = (y(from), y(to));
        let out = x - 8.0 - bend * (to.saturating_sub(from)) as f32 / last as f32;
        let steps = vec![Step::Move(x, low), Step::Cubic([out, low, out, high, x, high])];
        let wide = (WIDEST * share.abs() / most).clamp(0.8, 2.0 * WIDEST);
        let line = Stroke::new(Role::Pole(if share < 0.0 { -1.0 } else { 1.0 }), wide).faded(0.62);
        Group::of(Part::Ribbon(at), None, vec![Shape::along(steps, line)])
    };
    let node = |(at, (cell, share)): (usize, (&Cell, &f32))| {
        let (wide, high) = SQUARE;
        let area = Area::new(x, y(at) - high / 2.0, wide, high);
        let mut shapes = mark(area, *share, true, most);
        let role = role(found, *cell).filter(|_| width >= NARROW);
        let role = role.map(|role| (role.to_owned(), Letters::LABEL, Role::Soft));
        let pole = Role::Pole(if *share < 0.0 { -1.0 } else { 1.0 });
        let mut left = x + wide + 10.0;
        let texts = [(signed(*share), Letters::NUMBER, pole), (called(found, *cell), Letters::LABEL, Role::Ink)];
        for (text, letters, paint) in texts.into_iter().chain(role) {
            let text = Text::new(left, y(at) + 4.0, &text, letters).clipped(width - left);
            left = text.span().1 + 10.0;
            shapes.push(Shape::text(text, paint));
        }
        Group::of(Part::Mark(at), Some(area), shapes)
    };
    let nodes: Vec<Group> = cells.iter().zip(&shares).enumerate().map(node).collect();
    let bottom = TOP + ROW * cells.len() as f32;
    let ends = [(10.0, "higher layers"), (bottom + 10.0, "lower layers")];
    let mut frame: Vec<Shape> = ends
        .into_iter()
        .map(|(y, text)| {
            Shape::text(Text::new(x + SQUARE.0 / 2.0, y, text, Letters::LABEL).anchored(Anchor::Middle), Role::Soft)
        })
        .collect();
    let key = bottom + 34.0;
    let wide = WIDEST * 0.1 / most;
    frame.push(Shape::line(
        (0.0, key - 4.0),
        (28.0, key - 4.0),
        Stroke::new(Role::Pole(1.0), wide.clamp(0.8, 20.0)).faded(0.62),
    ));
    let said = "as wide as a share of 0.10 that goes this way";
    frame.push(Shape::text(Text::new(38.0, key, said, Letters::LABEL).clipped(width - 38.0), Role::Soft));
    if lines(found).iter().any(|line| line.2 < 0.0) {
        let said = "orange: the later one takes it back";
        let text = Text::new(38.0, key + 18.0, said, Letters::LABEL).clipped(width - 38.0);
        frame.push(Shape::text(text, Role::Pole(-1.0)));
    }
    let arcs: Vec<Group> = lines(found).iter().map(arc).collect();
    let layers = vec![Layer::new(arcs), Layer::new(nodes), Layer::new(vec![Group::new(frame)])];
    Some(Drawing::new(width, key + 26.0, layers))
}

/// Every pair, with what the first brings over, with and without the second.
#[must_use]
pub fn table(found: &Patching) -> Option<Table> {
    let row = |path: &Path| {
        let share = found.cell(path.from.layer, path.from.column)?;
        let by_way = found.by_way(path)?;
        let number = |share: f32| Field::Number(share, signed(share));
        let names = [path.from, path.to].map(|cell| Field::Text(called(found, cell)));
        Some(names.into_iter().chain([number(share), number(share - by_way), number(by_way)]).collect())
    };
    let rows: Vec<Vec<Field>> = found.paths.iter().filter_map(row).collect();
    let heads = [
        ("Copied", false),
        ("Kept as it was", false),
        ("alone", true),
        ("with that kept", true),
        ("by way of it", true),
    ];
    let heads = heads.map(|(head, number)| (head.to_owned(), number)).into();
    (!rows.is_empty()).then_some(Table { heads, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::patching;

    #[test]
    fn a_line_is_as_wide_as_what_goes_that_way_and_small_ones_are_left_to_the_table() {
        let mut found = patching(&[[0.0, 0.8, 0.0], [0.0, 0.4, 0.5]]);
        let cell = |layer, column| Cell { layer, column };
        let path = |from, to, share: f32| Path { from, to, metric: 10.0 * share - 5.0 };
        assert_eq!(drawing(&found, 700.0), None);
        found.paths = vec![path(cell(0, 1), cell(1, 2), 0.4), path(cell(0, 1), cell(1, 1), 0.79)];
        for width in [700.0, 320.0] {
            let drawing = drawing(&found, width).unwrap_or_default();
            let ribbons: Vec<f32> = drawing
                .groups()
                .filter(|group| matches!(group.part, Some(Part::Ribbon(_))))
                .flat_map(|group| &group.shapes)
                .filter_map(|shape| shape.stroke.map(|stroke| stroke.width))
                .collect();
            assert!(matches!(ribbons[..], [wide] if (wide - WIDEST / 2.0).abs() < 1e-3), "{ribbons:?}");
            assert_eq!(drawing.groups().filter(|group| matches!(group.part, Some(Part::Mark(_)))).count(), 3);
        }
        let table = table(&found).unwrap();
        let shown: Vec<&str> = table.rows[0].iter().skip(2).map(Field::shown).collect();
        assert_eq!((table.rows.len(), shown), (2, vec!["+0.80", "+0.40", "+0.40"]));
    }
}
