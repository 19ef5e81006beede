//! The sum as a drawing: each bar starts where the one above ended, the numbers stand in a column as in a sum on paper.

use vitrine_schema::Explanation;
use vitrine_words::Mark;
use vitrine_words::number::{plain, signed};
use vitrine_words::token::visible;

use super::{Step, StepKind, sum};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

const ROW: f32 = 27.0;
const BAR: f32 = 14.0;

/// Whether there is anything to add up: scores have a direction, and the value of the blank text was measured.
#[must_use]
pub fn adds_up(explanation: &Explanation) -> bool {
    explanation.method.signed() && explanation.has_blank()
}

/// The sum; `None` where there is nothing to add up.
#[must_use]
pub fn drawing(explanation: &Explanation, marks: &[Mark], width: f32) -> Option<Drawing> {
    if !adds_up(explanation) {
        return None;
    }
    let sum = sum(explanation, marks);
    // The rows that are no words of the text are set as labels.
    let letters = |step: &Step| match step.kind {
        StepKind::Word { .. } => Letters::WORD,
        StepKind::Others { .. } | StepKind::Gap => Letters::LABEL,
        StepKind::Baseline | StepKind::Value => Letters::STRONG,
    };
    let names = sum.steps.iter().map(|step| font::width(&name(step), letters(step)));
    let left = names.fold(0.0, f32::max).min(0.34 * width).ceil() + 2.0;
    let amounts = sum.steps.iter().map(|step| font::width(&amount(step), Letters::NUMBER));
    let (start, end) = (left + 14.0, (width - amounts.fold(0.0, f32::max) - 16.0).max(left + 15.0));
    let x = |share: f32| (end - start).mul_add(share.clamp(0.0, 1.0), start);
    let height = ROW * sum.steps.len() as f32;
    let zero = x(sum.place(0.0));
    let mut below = vec![Shape::line((zero, 0.0), (zero, height), Stroke::new(Role::Soft, 1.0))];
    let mut rows = Vec::new();
    for (i, step) in sum.steps.iter().enumerate() {
        let middle = ROW * (i as f32 + 0.5);
        let (from, to) = (x(sum.place(step.from)), x(sum.place(step.to)));
        if i + 1 < sum.steps.len() {
            below.push(Shape::line((to, middle), (to, middle + ROW), Stroke::new(Role::Line, 1.0)));
        }
        let role = match step.kind {
            StepKind::Baseline | StepKind::Value => Role::Soft,
            _ => Role::of_score(step.to - step.from, true, explanation.trusted()),
        };
        let bar = Area::between(from, to, middle - BAR / 2.0, BAR);
        let bar = Area { width: bar.width.max(1.0), ..bar };
        let word = Text::new(left, middle + 5.0, &name(step), letters(step)).clipped(left - 2.0).anchored(Anchor::End);
        let number = Text::new(width - 2.0, middle + 4.0, &amount(step), Letters::NUMBER);
        let shapes = vec![
            Shape::rect(bar, 0.0, Paint::new(role)),
            Shape::text(word, Role::Ink),
            Shape::text(number.anchored(Anchor::End), Role::Ink),
        ];
        rows.push(match step.kind {
            StepKind::Word { mark, .. } => {
                let area = Area::new(2.0, middle - ROW / 2.0 + 3.0, width - 4.0, ROW - 6.0);
                Group::of(Part::Mark(mark), Some(area), shapes)
            }
            _ => Group::new(shapes),
        });
    }
    Some(Drawing::new(width, height, vec![Layer::new(vec![Group::new(below)]), Layer::new(rows)]))
}

/// What each row adds, and the running value after it.
#[must_use]
pub fn table(explanation: &Explanation, marks: &[Mark]) -> Table {
    let row = |step: &Step| {
        let adds = if is_end(step) { step.to } else { step.to - step.from };
        vec![Cell::Text(name(step)), Cell::Number(adds, amount(step)), Cell::Number(step.to, plain(step.to))]
    };
    let heads = [("Part", false), ("Adds", true), ("Running value", true)];
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: sum(explanation, marks).steps.iter().map(row).collect(),
    }
}

/// Whether a row is where the sum begins or ends.
const fn is_end(step: &Step) -> bool {
    matches!(step.kind, StepKind::Baseline | StepKind::Value)
}

/// What a row is called.
fn name(step: &Step) -> String {
    match &step.kind {
        StepKind::Baseline => "blank".to_owned(),
        StepKind::Word { text, .. } => visible(text),
        StepKind::Others { count } => format!("{count} other words"),
        StepKind::Gap => "not accounted for".to_owned(),
        StepKind::Value => "answer".to_owned(),
    }
}

/// The number of a row.
fn amount(step: &Step) -> String {
    if is_end(step) { plain(step.to) } else { signed(step.to - step.from) }
}
