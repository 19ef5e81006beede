//! A model as its files describe it: the stream downwards, what reads from it and writes back, and where the numbers are.

use vitrine_schema::Inspection;
use vitrine_schema::inspection::{Norms, PartOf, UsedTensor};
use vitrine_words::model::{PartSaid, amount, blocks, parts};

use crate::drawing::{Anchor, Area, Drawing, Form, Group, Layer, Paint, Part, Role, Shape, Step, Stroke, Text};
use crate::font::Letters;
use crate::table::{Cell, Table};

/// From here on there is room for bars beside the words.
const WIDE: f32 = 640.0;
/// Height of a bar.
const BAR: f32 = 10.0;
/// Room for the number behind a bar.
const NUMBER: f32 = 106.0;
/// Half of the way that a part takes beside the stream.
const REACH: f32 = 14.0;

/// Where things stand.
struct Plan {
    /// The stream.
    stream: f32,
    /// Words begin.
    words: f32,
    /// Words end.
    words_end: f32,
    /// Bars begin.
    bars: f32,
    /// The longest bar.
    longest: f32,
    /// Height of a row.
    row: f32,
    /// Whether bars stand below the words.
    narrow: bool,
}

impl Plan {
    fn of(width: f32) -> Self {
        let narrow = width < WIDE;
        let stream = if narrow { 16.0 } else { 64.0 };
        let words = stream + if narrow { 50.0 } else { 66.0 };
        let bars = if narrow { words } else { width - 240.0 };
        let words_end = if narrow { width - 6.0 } else { bars - 16.0 };
        let longest = (width - bars - NUMBER).max(1.0);
        Self { stream, words, words_end, bars, longest, row: if narrow { 78.0 } else { 54.0 }, narrow }
    }

    /// The middle of a row.
    fn middle(&self, row: usize) -> f32 {
        4.0 + self.row * (row as f32 + 0.5)
    }
}

/// The stream with its parts; the second and the third stand in a frame, once for all blocks.
#[must_use]
pub fn drawing(inspection: &Inspection, width: f32) -> Drawing {
    let parts = parts(inspection);
    let Some(block) = &inspection.block else { return Drawing::new(width, 0.0, Vec::new()) };
    let plan = Plan::of(width);
    let (x, last) = (plan.stream, parts.len().saturating_sub(1));
    let (first, second) = (plan.middle(1), plan.middle(2));
    let frame = Area::new(x - 12.0, first - plan.row / 2.0 + 1.0, plan.words_end - x + 12.0, 2.0 * plan.row - 4.0);
    let edge =
        Shape { form: Form::Rect { area: frame, radius: 6.0 }, fill: None, stroke: Some(Stroke::new(Role::Line, 1.0)) };
    let mut shapes = vec![edge, Shape::line((x, plan.middle(0)), (x, plan.middle(last)), Stroke::new(Role::Soft, 3.0))];
    let times = blocks(inspection);
    let times = if plan.narrow {
        Text::new(plan.words_end - 6.0, frame.y + 15.0, &times, Letters::NUMBER)
    } else {
        Text::new(
            x - 20.0,
            first + plan.row / 2.0 + 3.0,
            times.rsplit("block ").next().unwrap_or_default(),
            Letters::NUMBER,
        )
    };
    shapes.push(Shape::text(times.anchored(Anchor::End), Role::Ink));
    if block.parallel {
        // Both read the same stream and are added to it together.
        shapes.extend(way(x, 17.0, first - REACH, second + REACH, first));
        shapes.extend(way(x, 36.0, first - REACH, second + REACH, second));
        shapes.extend(plus(x, second + REACH));
    } else {
        for middle in [first, second] {
            shapes.extend(way(x, 30.0, middle - REACH, middle + REACH, middle));
            shapes.extend(plus(x, middle + REACH));
        }
    }
    for row in [0, last] {
        shapes.push(Shape::circle((x, plan.middle(row)), 5.5, Paint::new(Role::Ink), None));
    }
    if block.norms != Norms::After {
        let edge = Stroke::new(Role::Ink, 1.5);
        shapes.push(Shape::circle((x, plan.middle(3)), 5.5, Paint::new(Role::Paper), Some(edge)));
    }
    let most = parts.iter().map(|part| part.numbers).max().unwrap_or(0).max(1);
    // Each part can be pointed at: its words and its bar.
    let words = parts.iter().enumerate().map(|(row, part)| {
        let top = plan.middle(row) - plan.row / 2.0 + 3.0;
        let area = Area::new(plan.words - 6.0, top, width - plan.words + 6.0, plan.row - 6.0);
        Group::of(Part::Cell(row), Some(area), said(part, row, most, &plan))
    });
    let height = 8.0 + plan.row * parts.len() as f32;
    Drawing::new(width, height, vec![Layer::new(vec![Group::new(shapes)]), Layer::new(words.collect())])
}

/// Out of the stream at one height, through a box, and back at another.
fn way(x: f32, aside: f32, from: f32, to: f32, middle: f32) -> [Shape; 2] {
    let steps = vec![Step::Move(x, from), Step::Line(x + aside, from), Step::Line(x + aside, to), Step::Line(x, to)];
    let mut inside = Shape::rect(Area::new(x + aside - 9.0, middle - 7.0, 18.0, 14.0), 2.0, Paint::new(Role::Paper));
    inside.stroke = Some(Stroke::new(Role::Ink, 1.4));
    [Shape::along(steps, Stroke::new(Role::Soft, 1.5)), inside]
}

/// Where something is added to the stream.
fn plus(x: f32, y: f32) -> [Shape; 3] {
    let ink = || Stroke::new(Role::Ink, 1.3);
    [
        Shape::circle((x, y), 6.0, Paint::new(Role::Paper), Some(ink())),
        Shape::line((x - 3.0, y), (x + 3.0, y), ink()),
        Shape::line((x, y - 3.0), (x, y + 3.0), ink()),
    ]
}

/// A part in words, and how many of the numbers it holds.
fn said(part: &PartSaid, row: usize, most: u64, plan: &Plan) -> Vec<Shape> {
    let y = plan.middle(row);
    let room = plan.words_end - plan.words - 4.0;
    let lines = crate::font::lines(&part.says, Letters::LABEL, room);
    let top = if plan.narrow { y - 24.0 } else { y - 8.0 };
    let mut shapes = vec![Shape::text(Text::new(plan.words, top, part.name, Letters::STRONG), Role::Ink)];
    // Two lines at most, the second cut.
    let rest = lines.get(1..).map(|rest| rest.join(" ")).filter(|rest| !rest.is_empty());
    for (nth, line) in lines.first().cloned().into_iter().chain(rest).enumerate() {
        let text = Text::new(plan.words, top + 16.0 * (nth as f32 + 1.0), &line, Letters::LABEL).clipped(room);
        shapes.push(Shape::text(text, Role::Soft));
    }
    if part.numbers > 0 {
        let at = if plan.narrow { y + 20.0 } else { y - 6.0 };
        let long = (part.numbers as f32 / most as f32 * plan.longest).max(1.0);
        shapes.push(Shape::rect(Area::new(plan.bars, at - BAR / 2.0, long, BAR), 0.0, Paint::new(Role::Strength(1.0))));
        let number = Text::new(plan.bars + long + 8.0, at + 4.0, &amount(part.numbers), Letters::NUMBER);
        shapes.push(Shape::text(number, Role::Ink));
    }
    shapes
}

/// The parts with their numbers.
#[must_use]
pub fn table(inspection: &Inspection) -> Table {
    let heads = [("Part", false), ("Made of", false), ("Numbers", true)];
    let row = |part: PartSaid| {
        let numbers = Cell::Number(part.numbers as f32, vitrine_words::model::grouped(part.numbers as usize));
        vec![Cell::Text(part.name.to_owned()), Cell::Text(part.says), numbers]
    };
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: parts(inspection).into_iter().map(row).collect(),
    }
}

/// The tensors of one part, by its row in the drawing.
#[must_use]
pub fn tensors(inspection: &Inspection, row: usize) -> Table {
    let heads = [("Tensor", false), ("Shape", false), ("Format", false)];
    let of = |tensor: &&UsedTensor| PartOf::ALL.get(row) == Some(&tensor.part);
    let line = |tensor: &UsedTensor| {
        let lengths: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        [tensor.name.clone(), lengths.join(" × "), tensor.format.clone()].map(Cell::Text).into()
    };
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: inspection.tensors.iter().filter(of).map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Form;
    use crate::example::llama;

    fn texts(drawing: &Drawing) -> Vec<&Text> {
        let text = |shape: &'_ &Shape| matches!(shape.form, Form::Text(_));
        let shapes = drawing.groups().flat_map(|group| &group.shapes).filter(text);
        shapes.filter_map(|shape| if let Form::Text(text) = &shape.form { Some(text) } else { None }).collect()
    }

    fn ways(drawing: &Drawing) -> Vec<(f32, f32)> {
        let way = |shape: &Shape| match &shape.form {
            Form::Path(steps) => match steps[..] {
                [Step::Move(_, from), _, _, Step::Line(_, to)] => Some((from, to)),
                _ => None,
            },
            _ => None,
        };
        drawing.groups().flat_map(|group| &group.shapes).filter_map(way).collect()
    }

    #[test]
    fn everything_stands_inside_of_any_width() {
        for width in [296.0, 360.0, 700.0, 1200.0] {
            let drawing = drawing(&llama(), width);
            for text in texts(&drawing) {
                let (left, right) = text.span();
                assert!(left >= 0.0 && right <= width, "{width} {}: {left} to {right}", text.text);
                assert!(text.y < drawing.height, "{}", text.text);
            }
        }
        assert_eq!(drawing(&Inspection::default(), 500.0).height, 0.0);
    }

    #[test]
    fn a_part_lists_its_tensors() {
        let tensor = |name: &str, part| UsedTensor::new(name, part, &[4, 2], "F16");
        let tensors_of =
            vec![tensor("wte", PartOf::Embedding), tensor("q", PartOf::Attention), tensor("k", PartOf::Attention)];
        let inspection = Inspection { tensors: tensors_of, ..llama() };
        let names =
            |row| tensors(&inspection, row).rows.iter().map(|row| row[0].shown().to_owned()).collect::<Vec<_>>();
        assert_eq!((names(0), names(1), names(2)), (vec!["wte".to_owned()], vec!["q".into(), "k".into()], vec![]));
        assert_eq!(tensors(&inspection, 1).rows[0][1].shown(), "4 × 2");
        assert!(drawing(&inspection, 700.0).groups().any(|group| group.part == Some(Part::Cell(1))));
    }

    #[test]
    fn parts_that_read_the_same_stream_are_drawn_so() {
        let mut inspection = llama();
        let one_after_the_other = ways(&drawing(&inspection, 700.0));
        assert!(one_after_the_other[1].0 >= one_after_the_other[0].1, "the MLP reads what attention wrote");
        inspection.block.iter_mut().for_each(|block| block.parallel = true);
        let beside = ways(&drawing(&inspection, 700.0));
        assert_eq!(beside[0], beside[1]);
    }

    #[test]
    fn the_longest_bar_is_the_largest_part() {
        let drawing = drawing(&llama(), 700.0);
        let bars = drawing.groups().flat_map(|group| &group.shapes).filter_map(|shape| match shape.form {
            Form::Rect { area, .. } if shape.fill.is_some_and(|fill| fill.role == Role::Strength(1.0)) => {
                Some(area.width)
            }
            _ => None,
        });
        let bars: Vec<f32> = bars.collect();
        assert_eq!(bars.len(), 4);
        assert_eq!(bars.iter().copied().fold(0.0, f32::max), bars[2]);
        assert_eq!(table(&llama()).rows.len(), 5);
    }
}
