//! How well each layer is read, as bars: pale as far as shuffled labels are read too, dark above.

use vitrine_schema::Probing;
use vitrine_schema::probing::LayerProbe;
use vitrine_words::number::{percent, signed};
use vitrine_words::probing::band;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::Letters;
use crate::table::{Cell, Table};

const LEFT: f32 = 44.0;
const TOP: f32 = 10.0;
/// Height of an accuracy of 1.
const HEIGHT: f32 = 180.0;
/// Widest bar.
const WIDEST: f32 = 26.0;
/// Strength of what counts for nothing.
const PALE: f32 = 0.3;

/// The bars from 0, layers to the right, the majority as a dashed line.
#[must_use]
pub fn drawing(found: &Probing, width: f32) -> Drawing {
    let n = found.layers.len();
    let step = ((width - LEFT - 4.0) / n.max(1) as f32).min(WIDEST + 6.0);
    let bottom = TOP + HEIGHT;
    let share = |value: f32| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    let y = |value: f32| bottom - HEIGHT * share(value);
    let right = LEFT + step * n as f32;
    let mut below = Vec::new();
    for (value, name) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
        below.push(Shape::line((LEFT, y(value)), (right, y(value)), Stroke::new(Role::Line, 1.0)));
        let number = Text::new(LEFT - 8.0, y(value) + 4.0, name, Letters::NUMBER).anchored(Anchor::End);
        below.push(Shape::text(number, Role::Soft));
    }
    let every = (libm::ceilf(24.0 / step.max(0.1)).max(1.0) as usize).next_multiple_of(if n > 12 { 5 } else { 1 });
    let last = n.saturating_sub(1);
    for layer in (0..n).filter(|layer| layer.is_multiple_of(every) && (*layer == last || last - layer >= every / 2)) {
        let x = LEFT + step * (layer as f32 + 0.5);
        let number = Text::new(x, bottom + 17.0, &layer.to_string(), Letters::NUMBER).anchored(Anchor::Middle);
        below.push(Shape::text(number, Role::Soft));
    }
    let bar = |(layer, probe): (usize, &LayerProbe)| {
        let (x, wide) = (LEFT + step * layer as f32 + 0.1 * step, 0.8 * step);
        let (top, control) = (y(probe.accuracy), y(probe.control.min(probe.accuracy)));
        let shapes = vec![
            Shape::rect(Area::new(x, control, wide, bottom - control), 0.0, Paint::new(Role::Strength(PALE))),
            Shape::rect(Area::new(x, top, wide, control - top), 0.0, Paint::new(Role::Strength(1.0))),
        ];
        let shapes = shapes.into_iter().chain(probe.over.into_iter().flat_map(|over| {
            let [low, high] = over.interval.map(y);
            let middle = LEFT + step * (layer as f32 + 0.5);
            interval(middle, low, high, (0.2 * step).min(4.0))
        }));
        let shapes = shapes.collect();
        let area = Area::new(LEFT + step * layer as f32, TOP, step, HEIGHT);
        Group::of(Part::Cell(layer), Some(area), shapes)
    };
    let bars: Vec<Group> = found.layers.iter().enumerate().map(bar).collect();
    let mut above = Vec::new();
    if let Some(majority) = found.layers.first().map(|probe| probe.majority) {
        let line = Stroke::new(Role::Ink, 1.0).dashed(4.0, 3.0);
        above.push(Shape::line((LEFT, y(majority)), (right, y(majority)), line));
    }
    let drawn = band(found);
    let keys =
        [("selectivity", Key::Bar(1.0)), ("shuffled labels", Key::Bar(PALE)), ("always the commonest", Key::Line)];
    let keys = keys.into_iter().chain(drawn.as_deref().map(|said| (said, Key::Interval)));
    let (mut x, mut line) = (0.0, bottom + 30.0);
    for (text, key) in keys {
        let wide = 24.0 + crate::font::width(text, Letters::LABEL);
        if x > 0.0 && x + wide > width {
            (x, line) = (0.0, line + 20.0);
        }
        let dashed = Stroke::new(Role::Ink, 1.0).dashed(4.0, 3.0);
        above.extend(match key {
            Key::Bar(strength) => {
                let bar = Area::new(x, line + 2.0, 16.0, 11.0);
                vec![Shape::rect(bar, 0.0, Paint::new(Role::Strength(strength)))]
            }
            Key::Line => vec![Shape::line((x, line + 7.5), (x + 16.0, line + 7.5), dashed)],
            Key::Interval => interval(x + 8.0, line + 14.0, line + 1.0, 4.0),
        });
        above.push(Shape::text(Text::new(x + 22.0, line + 12.0, text, Letters::LABEL), Role::Soft));
        x += wide + 16.0;
    }
    let layers = vec![Layer::new(vec![Group::new(below)]), Layer::new(bars), Layer::new(vec![Group::new(above)])];
    Drawing::new(width, line + 20.0, layers)
}

/// What stands before a word of the key.
#[derive(Clone, Copy)]
enum Key {
    Bar(f32),
    Line,
    Interval,
}

/// An interval as a line with ends, on paper so that it shows on any bar.
fn interval(x: f32, low: f32, high: f32, half: f32) -> Vec<Shape> {
    let lines = [((x, low), (x, high)), ((x - half, low), (x + half, low)), ((x - half, high), (x + half, high))];
    let stroked = |role, width| lines.map(|(from, to)| Shape::line(from, to, Stroke::new(role, width)));
    stroked(Role::Paper, 3.5).into_iter().chain(stroked(Role::Ink, 1.25)).collect()
}

/// Answers that change without what a probe reads, and without a random direction, a square for each text.
#[must_use]
pub fn used(found: &Probing, width: f32) -> Drawing {
    const ROW: f32 = 26.0;
    let Some(used) = found.used else { return Drawing::default() };
    let step = (width / used.n.max(1) as f32).min(13.0);
    let mut shapes = Vec::new();
    for (nth, (count, said)) in vitrine_words::probing::taken_out(used).into_iter().enumerate() {
        let y = 2.0 * ROW * nth as f32;
        for text in 0..used.n {
            let mut square = Shape::rect(
                Area::new(step * text as f32, y + 2.0, step - 2.0, 11.0),
                0.0,
                Paint::new(Role::Strength(1.0)),
            );
            square.stroke = Some(Stroke::new(Role::Line, 1.0));
            if text >= count {
                square.fill = None;
            }
            shapes.push(square);
        }
        let number = Text::new(0.0, y + 31.0, &count.to_string(), Letters::NUMBER);
        shapes.push(Shape::text(number, Role::Ink));
        shapes.push(Shape::text(Text::new(24.0, y + 31.0, said, Letters::LABEL).clipped(width - 24.0), Role::Soft));
    }
    Drawing::new(width, 3.5 * ROW, vec![Layer::new(vec![Group::new(shapes)])])
}

/// The same as numbers.
#[must_use]
pub fn used_table(found: &Probing) -> Table {
    let heads = [("Taken out", false), ("Answers that change", true), ("Texts", true)];
    let rows = found.used.into_iter().flat_map(|used| {
        let number = |count: usize| Cell::Number(count as f32, count.to_string());
        vitrine_words::probing::taken_out(used)
            .map(|(count, said)| vec![Cell::Text(said.to_owned()), number(count), number(used.n)])
    });
    Table { heads: heads.map(|(head, number)| (head.to_owned(), number)).into(), rows: rows.collect() }
}

/// The numbers of all layers.
#[must_use]
pub fn table(found: &Probing) -> Table {
    let heads = ["Layer", "Accuracy", "From", "To", "Control", "Majority", "Selectivity"];
    let over = ["Mean of draws", "From (draws)", "To (draws)"];
    let heads = heads.into_iter().chain(over.into_iter().filter(|_| band(found).is_some()));
    let row = |(layer, probe): (usize, &LayerProbe)| {
        let LayerProbe { accuracy, interval: [low, high], control, majority, selectivity, over } = *probe;
        let cell = |share: f32| Cell::Number(share, percent(share));
        let shares = [accuracy, low, high, control, majority].map(cell);
        let over = over.into_iter().flat_map(|over| [over.mean, over.interval[0], over.interval[1]].map(cell));
        let first = Cell::Number(layer as f32, layer.to_string());
        std::iter::once(first)
            .chain(shares)
            .chain([Cell::Number(selectivity, signed(selectivity))])
            .chain(over)
            .collect()
    };
    Table {
        heads: heads.map(|head| (head.to_owned(), true)).collect(),
        rows: found.layers.iter().enumerate().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Form, Step};
    use crate::example::probing;

    #[test]
    fn the_dark_part_is_the_selectivity() {
        let drawing = drawing(&probing(&[(0.5, 0.5), (0.9, 0.4)]), 700.0);
        let heights = |part: Part| {
            let group = drawing.groups().find(|group| group.part == Some(part)).map(|group| group.shapes.clone());
            let height = |shape: Shape| match shape.form {
                Form::Rect { area, .. } => (100.0 * area.height / HEIGHT).round() / 100.0,
                _ => f32::NAN,
            };
            group.unwrap_or_default().into_iter().map(height).collect::<Vec<f32>>()
        };
        assert_eq!([heights(Part::Cell(0)), heights(Part::Cell(1))], [vec![0.5, 0.0], vec![0.4, 0.5]]);
        assert_eq!(table(&probing(&[(0.5, 0.5)])).rows.len(), 1);
    }

    #[test]
    fn an_interval_stands_on_its_bar() {
        let mut found = probing(&[(0.9, 0.4), (0.8, 0.5)]);
        let [plain, columns] = [drawing(&found, 700.0), drawing(&found, 700.0)];
        assert_eq!((plain, table(&found).heads.len()), (columns, 7));
        for probe in &mut found.layers {
            probe.over = Some(vitrine_schema::probing::OverSeeds { seeds: 5, mean: 0.8, interval: [0.75, 0.85] });
        }
        let drawn = drawing(&found, 700.0);
        let bar = drawn.groups().find(|group| group.part == Some(Part::Cell(1))).unwrap();
        let upright = bar.shapes.iter().find_map(|shape| match &shape.form {
            Form::Path(steps) => match steps[..] {
                [Step::Move(from, low), Step::Line(to, high)] if from == to => Some([low, high]),
                _ => None,
            },
            _ => None,
        });
        let share = |y: f32| (100.0 * (TOP + HEIGHT - y) / HEIGHT).round();
        assert_eq!(upright.map(|ends| ends.map(share)), Some([75.0, 85.0]));
        let table = table(&found);
        assert!(table.heads.len() == 10 && table.rows.iter().all(|row| row.len() == 10));
    }

    #[test]
    fn an_answer_that_changed_is_a_full_square() {
        let none = probing(&[(0.9, 0.5)]);
        assert_eq!((used(&none, 300.0), used_table(&none).rows.len()), (Drawing::default(), 0));
        let used_of = vitrine_schema::probing::Used { layer: 0, changed: 7, random: 2, n: 20 };
        let found = Probing { used: Some(used_of), ..none };
        let drawing = used(&found, 300.0);
        let squares = |full: bool| {
            let shapes = drawing.groups().flat_map(|group| &group.shapes);
            shapes.filter(|shape| matches!(shape.form, Form::Rect { .. }) && shape.fill.is_some() == full).count()
        };
        assert_eq!((squares(true), squares(false), used_table(&found).rows.len()), (9, 31, 2));
    }
}
