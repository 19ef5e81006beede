//! What was copied between two runs as a map: layers upwards, words or heads to the right.
//!
//! A square was run, a dot is estimated, a point is exactly 0 and needs no run. Blue is what comes back of the run that is copied from.

pub mod graph;
mod heads;
pub mod route;
mod words;

use vitrine_schema::{Cell, Patching};
use vitrine_words::number::{plain, signed};
use vitrine_words::token::labels;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::Letters;
use crate::legend;
use crate::table::{Cell as Field, Table};

pub use heads::range;

/// Below this width words are folded and rows are low.
const NARROW: f32 = 520.0;
/// From this many layers on rows are low, and not every one has its number.
const MANY_LAYERS: usize = 12;

/// The map, with what was run exactly over what was estimated; a whole map of one kind is drawn without the other.
#[must_use]
pub fn drawing(found: &Patching, exact: Option<&Patching>, width: f32) -> Drawing {
    if found.site().of_heads() { heads::drawing(found, exact, width) } else { words::drawing(found, exact, width) }
}

/// The map as far as it was carried up: the cells of so many layers from below.
#[must_use]
pub fn climbed(mut drawing: Drawing, found: &Patching, n_layers: usize) -> Drawing {
    let first = n_layers * found.matrix.columns.len();
    for group in drawing.layers.iter_mut().flat_map(|layer| &mut layer.groups) {
        if matches!(group.part, Some(Part::Cell(at)) if at >= first) {
            group.shapes.clear();
        }
    }
    drawing
}

/// Rows of a map, the lowest layer at the bottom.
#[derive(Clone, Copy)]
struct Rows {
    top: f32,
    height: f32,
    n_layers: usize,
}

impl Rows {
    fn of(found: &Patching, top: f32, narrow: bool) -> Self {
        let n_layers = found.matrix.rows.len();
        let height = match (n_layers > MANY_LAYERS, narrow) {
            (true, true) => 11.5,
            (true, false) => 14.2,
            (false, _) => 22.0,
        };
        Self { top, height, n_layers }
    }

    fn y(self, layer: usize) -> f32 {
        self.top + self.height * (self.n_layers.saturating_sub(layer + 1)) as f32
    }

    fn bottom(self) -> f32 {
        self.top + self.height * self.n_layers as f32
    }

    /// Numbers of the layers, right of which the cells begin.
    fn numbers(self, left: f32) -> Vec<Shape> {
        let many = self.n_layers > MANY_LAYERS;
        let last = self.n_layers.saturating_sub(1);
        // The last one is left out of the steps where it would stand on the one before.
        let shown = move |layer: &usize| !many || *layer == last || (layer.is_multiple_of(5) && last - layer > 1);
        let number = |layer: usize| {
            let y = self.y(layer) + self.height / 2.0 + 4.0;
            let text = Text::new(left - 8.0, y, &layer.to_string(), Letters::NUMBER).anchored(Anchor::End);
            Shape::text(text, Role::Soft)
        };
        (0..self.n_layers).filter(shown).map(number).collect()
    }
}

/// A cell as it is known best: its share, and whether it was run.
fn known(found: &Patching, exact: Option<&Patching>, cell: Cell) -> Option<(f32, bool)> {
    let run = |patching: &Patching| patching.cell(cell.layer, cell.column).map(|share| (share, !patching.approximate));
    exact.and_then(run).or_else(|| run(found))
}

/// A square or a dot in its place; `of` is the share that has the full colour. A dot is a square that is all corners, so that on a page it
/// grows into the other.
fn mark(area: Area, share: f32, run: bool, of: f32) -> Vec<Shape> {
    let colour = (share / of).clamp(-1.0, 1.0);
    let (x, y) = (area.x + area.width / 2.0, area.y + area.height / 2.0);
    let radius = (0.27 * area.height).min(0.4 * area.width);
    let dot = Area::new(x - radius, y - radius, 2.0 * radius, 2.0 * radius);
    let (form, radius, line) = if run { (area.grown(-0.5), 0.0, 0.6) } else { (dot, radius, 0.9) };
    let mut shapes = vec![Shape::rect(form, radius, Paint::new(Role::Pole(colour)))];
    shapes[0].stroke = Some(Stroke::new(Role::Line, line));
    // What lies beyond the scale is not passed off as its end.
    if share.abs() > 1.1 * of {
        let half = (0.3 * area.width).min(5.0);
        shapes.push(Shape::line((x - half, y), (x + half, y), Stroke::new(Role::Paper, 1.5)));
    }
    shapes
}

/// A cell that a reader can point at.
fn part(found: &Patching, cell: Cell, area: Area, shapes: Vec<Shape>) -> Group {
    Group::of(Part::Cell(cell.layer * found.matrix.columns.len() + cell.column), Some(area), shapes)
}

/// The colours with what they mean, and what square, dot and point mean, as far as they are there; with their height.
fn key(found: &Patching, exact: Option<&Patching>, (x, y): (f32, f32), of: f32, width: f32) -> (Vec<Shape>, f32) {
    let ends = [&*legend::tick_label(-of), &*legend::tick_label(of)];
    let room = width - x;
    let [long, short] = vitrine_words::patching::scale(found);
    let meaning = if crate::font::width(&long, Letters::LABEL) <= room { long } else { short };
    let mut shapes = legend::scale(x, y, ends, &meaning, |place| Role::Pole(2.0 * place - 1.0), width);
    let bottom = y + legend::scale_height(ends, &meaning, room);
    let cells = || {
        (0..found.matrix.rows.len())
            .flat_map(|layer| (0..found.matrix.columns.len()).map(move |column| Cell { layer, column }))
            .filter(|cell| !found.is_before(cell.column))
            .filter_map(|cell| known(found, exact, cell))
    };
    let before = (0..found.matrix.columns.len()).any(|column| found.is_before(column));
    type Sign = fn(Area) -> Vec<Shape>;
    let signs: [(bool, Sign, &str); 3] = [
        (cells().any(|(_, run)| run), |area| mark(area, 0.6, true, 1.0), "run"),
        (cells().any(|(_, run)| !run), |area| mark(area, 0.6, false, 1.0), "estimated"),
        (before, |area| vec![point(area.x + 9.0, area.y + 5.5)], "exactly 0"),
    ];
    let mut at = x;
    for (_, sign, text) in signs.into_iter().filter(|(there, ..)| *there) {
        shapes.extend(sign(Area::new(at, bottom + 6.0, 18.0, 11.0)));
        shapes.push(Shape::text(Text::new(at + 24.0, bottom + 16.0, text, Letters::LABEL), Role::Soft));
        at += 40.0 + crate::font::width(text, Letters::LABEL);
    }
    (shapes, bottom + 24.0)
}

/// A cell that cannot be anything but 0.
fn point(x: f32, y: f32) -> Shape {
    Shape::circle((x, y), 1.0, Paint::new(Role::Soft).faded(0.6), None)
}

/// Shares by layer, the highest first; what was not run is empty.
#[must_use]
pub fn table(found: &Patching, exact: Option<&Patching>) -> Table {
    let columns: Vec<String> = if found.site().of_heads() {
        found.matrix.columns.iter().map(|head| format!("head {head}")).collect()
    } else {
        labels(&found.input)
    };
    let heads = [("layer".to_owned(), true)].into_iter().chain(columns.into_iter().map(|word| (word, true)));
    let row = |layer: usize| {
        let number = Field::Number(layer as f32, layer.to_string());
        let cells = (0..found.matrix.columns.len()).map(|column| {
            known(found, exact, Cell { layer, column })
                .map_or_else(|| Field::Text(String::new()), |(share, _)| Field::Number(share, signed(share)))
        });
        [number].into_iter().chain(cells).collect()
    };
    Table { heads: heads.collect(), rows: (0..found.matrix.rows.len()).rev().map(row).collect() }
}

/// The answers before and after the cell that was run alone: an outline, and below it a bar.
#[must_use]
pub fn copied(found: &Patching, width: f32) -> Option<Drawing> {
    let copied = found.copied.as_ref()?;
    let names: Vec<String> = copied.before.iter().map(vitrine_words::answer::name).collect();
    let widest = names.iter().map(|name| crate::font::width(name, Letters::WORD)).fold(0.0, f32::max);
    let left = widest.min(0.3 * width).ceil() + 12.0;
    let room = (width - left - 64.0).max(1.0);
    let value = |ranked: &vitrine_schema::Ranked| ranked.probability.filter(|share| share.is_finite());
    let soft = |x: f32, text: &str| Shape::text(Text::new(x, 12.0, text, Letters::LABEL), Role::Soft);
    let outline = |area: Area, role: Role, line: f32| Shape {
        fill: None,
        stroke: Some(Stroke::new(role, line)),
        ..Shape::rect(area, 0.0, Paint::new(role))
    };
    let mut key = vec![outline(Area::new(left + 0.5, 3.0, 14.0, 8.0), Role::Soft, 1.3), soft(left + 21.0, "before")];
    let beside = left + 33.0 + crate::font::width("before", Letters::LABEL);
    key.push(Shape::rect(Area::new(beside, 2.5, 14.0, 9.0), 0.0, Paint::new(Role::Soft)));
    key.push(soft(beside + 21.0, "after"));
    let row =
        |(at, ((before, after), name)): (usize, ((&vitrine_schema::Ranked, &vitrine_schema::Ranked), &String))| {
            let y = 26.0 + 34.0 * at as f32;
            // The first is the target and the second its foil; the others are neither.
            let role = match (at, found.value >= found.baseline_value, &found.target.foil) {
                (0, a, _) => Role::Pole(if a { 1.0 } else { -1.0 }),
                (1, a, Some(_)) => Role::Pole(if a { -1.0 } else { 1.0 }),
                _ => Role::Strength(1.0),
            };
            let bar = |ranked| (value(ranked).unwrap_or(0.0).clamp(0.0, 1.0) * room).max(1.5);
            let number = |ranked: &vitrine_schema::Ranked| {
                value(ranked).map_or_else(|| plain(ranked.logit), vitrine_words::number::percent)
            };
            let (was, is) = (bar(before), bar(after));
            let label = |x: f32, y: f32, text: &str, role| {
                Shape::text(Text::new(x + 7.0, y, text, Letters::NUMBER).clipped(width - x - 8.0), role)
            };
            let name = Text::new(0.0, y + 17.0, name, Letters::WORD).clipped(left - 12.0);
            let shapes = vec![
                Shape::text(name, Role::Ink),
                Shape::line((left, y), (left, y + 24.0), Stroke::new(Role::Soft, 1.0)),
                outline(Area::new(left, y + 2.0, was, 8.0), role, 1.3),
                Shape::rect(Area::new(left, y + 13.0, is, 9.0), 0.0, Paint::new(role)),
                label(left + was, y + 10.5, &number(before), Role::Soft),
                label(left + is, y + 22.0, &number(after), Role::Ink),
            ];
            Group::of(Part::Answer(at), Some(Area::new(2.0, y - 2.0, width - 4.0, 28.0)), shapes)
        };
    let rows: Vec<Group> = copied.before.iter().zip(&copied.after).zip(&names).enumerate().map(row).collect();
    let height = 30.0 + 34.0 * rows.len() as f32;
    Some(Drawing::new(width, height, vec![Layer::new(vec![Group::new(key)]), Layer::new(rows)]))
}

/// The same as numbers.
#[must_use]
pub fn copied_table(found: &Patching) -> Table {
    let heads = [("Answer", false), ("Before", true), ("After", true)];
    let number = |ranked: &vitrine_schema::Ranked| match ranked.probability {
        Some(share) => Field::Number(share, vitrine_words::number::percent(share)),
        None => Field::Number(ranked.logit, plain(ranked.logit)),
    };
    let pairs = found.copied.iter().flat_map(|copied| copied.before.iter().zip(&copied.after));
    let row = |(before, after)| vec![Field::Text(vitrine_words::answer::name(before)), number(before), number(after)];
    Table { heads: heads.map(|(head, number)| (head.to_owned(), number)).into(), rows: pairs.map(row).collect() }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::recipe::Patch;
    use vitrine_schema::{Aligned, Ask};

    use super::*;
    use crate::drawing::Form;
    use crate::example::patching;

    /// Squares and dots among the cells.
    fn marks(drawing: &Drawing) -> (usize, usize) {
        let cells = drawing.groups().filter(|group| matches!(group.part, Some(Part::Cell(_))));
        let shapes: Vec<&Shape> = cells.flat_map(|group| &group.shapes).collect();
        let count = |is: fn(f32) -> bool| {
            shapes.iter().filter(|shape| matches!(shape.form, Form::Rect { radius, .. } if is(radius))).count()
        };
        (count(|radius| radius == 0.0), count(|radius| radius > 0.0))
    }

    #[test]
    fn what_was_run_is_a_square_and_what_was_estimated_a_dot() {
        let exact = patching(&[[0.0, 1.0, 0.0], [0.0, 0.2, 0.9]]);
        let estimate = Patching { approximate: true, ..exact.clone() };
        let mut few = exact.clone();
        few.matrix.values.iter_mut().flatten().for_each(|value| *value = None);
        few.matrix.values[0][1] = exact.matrix.values[0][1];
        for width in [1200.0, 360.0] {
            assert_eq!(marks(&drawing(&exact, None, width)), (4, 0));
            assert_eq!(marks(&drawing(&estimate, None, width)), (0, 4));
            assert_eq!(marks(&drawing(&estimate, Some(&few), width)), (1, 3));
            assert_eq!(marks(&drawing(&few, None, width)), (1, 0));
        }
    }

    #[test]
    fn words_without_a_partner_have_a_column_and_no_cells() {
        let mut found = patching(&[[0.0, 1.0, 0.0], [0.0, 0.2, 0.9]]);
        let pair = |clean, corrupt| Aligned { clean, corrupt };
        // The first word of A and the second of B belong to none.
        let align = vec![pair(1, 0), pair(2, 2)];
        found.resolved.ask = Ask::Patch(Patch { align, ..Patch::default() });
        found.first_difference = 0;
        found.matrix.values.iter_mut().for_each(|row| row[0] = None);
        let drawing = drawing(&found, None, 1200.0);
        assert_eq!(marks(&drawing), (4, 0));
        let texts = |y: f32| {
            let shapes = drawing.groups().flat_map(|group| &group.shapes);
            let words = shapes.filter_map(|shape| match &shape.form {
                Form::Text(text) if text.y == y && text.x > 44.0 => Some((text.x, text.text.clone())),
                _ => None,
            });
            let mut words: Vec<(f32, String)> = words.collect();
            words.sort_by(|a, b| a.0.total_cmp(&b.0));
            words.into_iter().map(|(_, word)| word).collect::<Vec<_>>()
        };
        assert_eq!(texts(24.0), ["John", "John", "–", "to"]);
        assert_eq!(texts(52.0), ["–", "John", "Mary", "to"]);
        assert_eq!(
            vitrine_words::patching::apart(&found).as_deref(),
            Some("Not aligned, and so not copied: first “John” of A; “Mary” of B.")
        );
    }

    #[test]
    fn a_map_is_carried_up_layer_by_layer() {
        let found = patching(&[[0.0, 1.0, 0.0], [0.0, 0.2, 0.9]]);
        let whole = drawing(&found, None, 700.0);
        assert_eq!([0, 1, 2].map(|n| marks(&climbed(whole.clone(), &found, n)).0), [0, 2, 4]);
        assert_eq!(climbed(whole.clone(), &found, 2), whole);
    }

    #[test]
    fn the_table_has_the_highest_layer_first_and_no_number_where_none_is() {
        let mut found = patching(&[[0.0, 1.0, 0.0], [0.0, 0.2, 0.9]]);
        found.matrix.values[1][2] = None;
        let table = table(&found, None);
        let rows: Vec<Vec<&str>> = table.rows.iter().map(|row| row.iter().map(Field::shown).collect()).collect();
        assert_eq!(rows, [vec!["1", "0.00", "+0.20", ""], vec!["0", "0.00", "+1.00", "0.00"]]);
    }
}
