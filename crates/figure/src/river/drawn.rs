//! The river as a drawing: what stays, and what moves with the position on the path.

use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::explanation::unit;
use vitrine_words::number::{plain, signed};
use vitrine_words::token::visible;

use super::{Canvas, Frame, River, river};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text, through};
use crate::font::{self, Letters};
use crate::legend::tick_label;
use crate::table::{Cell, Table};

/// Between the end of the path and the labels.
const AIR: f32 = 10.0;
const SAYS: f32 = 13.0;

impl Canvas {
    /// For a width, with room for the words and numbers at the right.
    #[must_use]
    pub fn of(width: f32, marks: &[Mark]) -> Self {
        let (height, most) = if width < 520.0 { (330.0, 0.19 * width) } else { (350.0, 170.0) };
        let word = |mark: &Mark| font::width(&visible(&mark.text), Letters::LABEL);
        let words = marks.iter().filter(|mark| mark.score != 0.0).map(word).fold(0.0, f32::max).min(most);
        let left = 46.0;
        let right = (width - AIR - numbers(marks) - 6.0 - words - 4.0).floor().max(left + 40.0);
        Self { width, height, left, right, letters: Letters::LABEL.size }
    }
}

/// Width of the column of numbers.
fn numbers(marks: &[Mark]) -> f32 {
    let widths = marks.iter().map(|mark| font::width(&signed(mark.score), Letters::NUMBER));
    widths.fold(font::width("−0.00", Letters::NUMBER), f32::max)
}

/// The river at a position on its path; `None` when the explanation has none.
#[must_use]
pub fn drawing(explanation: &Explanation, marks: &[Mark], width: f32, alpha: f32) -> Option<Drawing> {
    Some(laid_out(explanation, marks, width)?.drawing(explanation, marks, alpha))
}

/// The river for a width, to be drawn at many positions.
#[must_use]
pub fn laid_out(explanation: &Explanation, marks: &[Mark], width: f32) -> Option<River> {
    let canvas = Canvas::of(width, marks);
    let first = river(explanation, marks, canvas)?;
    // Numbers beside the axis are as long as they are; the vertical axis does not depend on their room.
    let labels = first.ticks.iter().map(|(_, value)| font::width(&tick_label(*value), Letters::NUMBER));
    let left = labels.fold(canvas.left, |left, label| left.max(label + 10.0));
    if left == canvas.left { Some(first) } else { river(explanation, marks, Canvas { left, ..canvas }) }
}

impl River {
    /// The river at a position on its path. Only the clip of the bands, the marker and the labels depend on it.
    #[must_use]
    pub fn drawing(&self, explanation: &Explanation, marks: &[Mark], alpha: f32) -> Drawing {
        let frame = self.frame(alpha, marks.len());
        let Canvas { width, height, .. } = self.canvas;
        let mut bands = self.bands(explanation.trusted());
        // A little more than the position, so that a line that ends there is not cut in half.
        bands.clip = Some(Area::new(0.0, 0.0, frame.x + if alpha < 1.0 { 0.0 } else { 2.0 }, height));
        let layers = vec![
            Layer::new(vec![self.grid(unit(explanation))]),
            bands,
            Layer::new(vec![self.marker(&frame, unit(explanation))]),
            Layer::new(self.labelled(&frame, marks, explanation.trusted())),
        ];
        Drawing::new(width, height, layers)
    }

    /// Axes and their names.
    fn grid(&self, unit: &str) -> Group {
        let Canvas { left, right, height, .. } = self.canvas;
        let label = |x: f32, y: f32, text: &str| Text::new(x, y, text, Letters::LABEL);
        let mut shapes = vec![Shape::text(label(0.0, SAYS, unit), Role::Soft)];
        for &(y, value) in &self.ticks {
            let role = if value == 0.0 { Role::Soft } else { Role::Line };
            shapes.push(Shape::line((left, y), (right, y), Stroke::new(role, 1.0)));
            let number = Text::new(left - 8.0, y + 4.0, &tick_label(value), Letters::NUMBER).anchored(Anchor::End);
            shapes.push(Shape::text(number, Role::Soft));
        }
        shapes.push(Shape::text(label(left, height - 8.0, "blank sentence"), Role::Soft));
        shapes.push(Shape::text(label(right, height - 8.0, "this sentence").anchored(Anchor::End), Role::Soft));
        Group::new(shapes)
    }

    /// Bands, what they add up to, and the model's own curve.
    fn bands(&self, trusted: bool) -> Layer {
        let mut groups: Vec<Group> = Vec::with_capacity(self.bands.len() + 1);
        for band in &self.bands {
            let opacity = 0.62 - 0.14 * band.rank.min(3) as f32;
            let fill = Paint::new(Role::of_score(band.score, true, trusted)).faded(opacity);
            let shape = Shape::closed(&band.outline, fill, Some(Stroke::new(Role::Paper, 1.0)));
            groups.push(Group::of(Part::Mark(band.mark), None, vec![shape]));
        }
        let total = Shape::along(through(&self.total), Stroke::new(Role::Ink, 1.6).dashed(5.0, 5.0));
        let curve = Shape::along(through(&self.curve), Stroke::new(Role::Ink, 2.4));
        groups.push(Group::new(vec![total, curve]));
        Layer::new(groups)
    }

    /// Where the reader stands on the path, and what model and sum say there.
    fn marker(&self, frame: &Frame, unit: &str) -> Group {
        let mut shapes = Vec::new();
        let Canvas { left, right, .. } = self.canvas;
        if frame.alpha < 1.0 {
            let now = Stroke::new(Role::Accent, 1.0).dashed(2.0, 4.0);
            shapes.push(Shape::line((frame.x, SAYS + 5.0), (frame.x, self.canvas.bottom()), now));
        }
        let dot =
            Shape::circle((frame.x, frame.y_value), 5.0, Paint::new(Role::Paper), Some(Stroke::new(Role::Ink, 2.4)));
        shapes.push(dot);
        let says = format!("line: model {} · dashes: sum {}", signed(frame.value), signed(frame.total));
        let room = font::width(unit, Letters::LABEL) + 16.0;
        let wide = font::width(&says, Letters::LABEL);
        let at = match frame.x < (left + right) / 2.0 {
            true => frame.x,
            false => frame.x - wide,
        };
        let at = at.min(self.canvas.width - 1.02 * wide).max(room);
        shapes.push(Shape::text(Text::new(at, SAYS, &says, Letters::LABEL).clipped(self.canvas.width - at), Role::Ink));
        Group::new(shapes)
    }

    /// Numbers and words at the right of the bands.
    fn labelled(&self, frame: &Frame, marks: &[Mark], trusted: bool) -> Vec<Group> {
        let column = numbers(marks);
        let label = |label: &super::Label| {
            let role = if trusted { Role::of_score(label.score, true, true) } else { Role::Soft };
            let number = Text::new(frame.x + AIR + column, label.y + 4.0, &signed(label.score), Letters::NUMBER);
            let at = frame.x + AIR + column + 6.0;
            let word = Text::new(at, label.y + 4.0, &visible(&label.text), Letters::LABEL);
            let most = self.canvas.width - self.canvas.right - AIR - column - 8.0;
            let area = Area::new(frame.x + AIR - 2.0, label.y - 8.0, column + 10.0 + most, 16.0);
            Group::of(
                Part::Mark(label.mark),
                Some(area),
                vec![
                    Shape::text(number.anchored(Anchor::End), role).on_paper(),
                    Shape::text(word.clipped(most), role).on_paper(),
                ],
            )
        };
        frame.labels.iter().map(label).collect()
    }
}

/// What model and sum say at each node.
#[must_use]
pub fn table(explanation: &Explanation) -> Table {
    let mut so_far = 0.0;
    let mut rows = Vec::new();
    if let Some(path) = &explanation.path {
        for ((&alpha, value), contributions) in path.alphas.iter().zip(&path.values).zip(&path.contributions) {
            so_far += contributions.iter().sum::<f32>();
            let value = value - explanation.baseline_value;
            rows.push(vec![
                Cell::Number(alpha, format!("{alpha:.3}")),
                Cell::Number(value, plain(value)),
                Cell::Number(so_far, plain(so_far)),
            ]);
        }
    }
    let heads = ["α", "Model, from the blank", "Sum of the bands"].map(|head| (head.to_owned(), true));
    Table { heads: heads.into(), rows }
}
