//! A chain of thought: its steps as cards, and under them in the same columns how likely the answer would be if it had to be given
//! then.

mod along;
mod cards;

use vitrine_schema::reasoning::ChainStep;
use vitrine_schema::{Chaining, Hearing};
use vitrine_words::chain as said;
use vitrine_words::number::percent;

use crate::table::{Cell, Table};

pub use along::drawing as along;
pub use cards::drawing;

/// Below this width steps go downwards.
const NARROW: f32 = 520.0;
/// Narrowest column of a card.
const NARROWEST: f32 = 104.0;

/// Where the columns of question, steps and answer stand.
#[derive(Clone, Copy, Debug)]
struct Columns {
    left: f32,
    step: f32,
    n: usize,
    /// Whether steps go downwards instead.
    down: bool,
}

impl Columns {
    fn of(found: &Chaining, width: f32) -> Self {
        let before = found.before.as_ref().map_or(0, |before| before.steps.len());
        let curves = along::curves(found).iter().map(|curve| curve.values.len().saturating_sub(1)).max().unwrap_or(0);
        let n = found.steps.len().max(before).max(curves) + 2;
        let left = 128.0;
        let step = (width - left) / n as f32;
        Self { left, step, n, down: width < NARROW || step < NARROWEST }
    }
}

/// Role, content and verdict of everything in the chain.
#[must_use]
pub fn table(found: &Chaining) -> Table {
    of_roles(said::verdicts(found))
}

/// The same with what a trial of many problems says of the step that it changed.
#[must_use]
pub fn table_beside(found: &Chaining, trial: &Hearing) -> Table {
    of_roles(said::verdicts_beside(found, trial))
}

fn of_roles(rows: Vec<[String; 3]>) -> Table {
    let heads = ["Role", "Content", "Verdict"];
    Table {
        heads: heads.map(|head| (head.to_owned(), false)).into(),
        rows: rows.into_iter().map(|row| row.map(Cell::Text).into()).collect(),
    }
}

/// The probabilities of all curves.
#[must_use]
pub fn along_table(found: &Chaining) -> Table {
    let curves = along::curves(found);
    let mut heads = vec![("After".to_owned(), false)];
    heads.extend(curves.iter().map(|curve| (curve.name.clone(), true)));
    let n = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0);
    let number = |value: Option<&f32>| match value {
        Some(value) => Cell::Number(*value, percent(*value)),
        None => Cell::Text(String::new()),
    };
    let row = |at: usize| {
        let first = Cell::Text(after(&found.steps, at));
        std::iter::once(first).chain(curves.iter().map(|curve| number(curve.values.get(at)))).collect()
    };
    Table { heads, rows: (0..n).map(row).collect() }
}

/// The name of a place along the chain.
fn after(steps: &[ChainStep], at: usize) -> String {
    match at.checked_sub(1).and_then(|at| steps.get(at)) {
        None if at == 0 => "the question".to_owned(),
        None => format!("step {at}"),
        Some(step) => step.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Form, Part};
    use crate::example::{chain, changed_chain};

    #[test]
    fn who_wrote_a_card_is_seen_without_colour() {
        let drawing = drawing(&changed_chain(), 1000.0);
        let edge = |at: usize| {
            let group = drawing.groups().find(|group| group.part == Some(Part::Cell(at)));
            group
                .and_then(|group| group.shapes.first())
                .and_then(|shape| shape.stroke)
                .map(|edge| (edge.width, edge.dash.is_some()))
        };
        assert_eq!([edge(0), edge(1), edge(2)], [Some((1.0, false)), Some((2.5, false)), Some((1.0, true))]);
        assert_eq!(table(&changed_chain()).rows.len(), 5);
    }

    #[test]
    fn curves_are_drawn_for_each_answer() {
        assert_eq!(along::curves(&chain()).len(), 1);
        let found = changed_chain();
        assert_eq!(along::curves(&found).len(), 3);
        assert_eq!(along_table(&found).rows.len(), 4);
        let points = along(&found, 700.0).map(|drawing| {
            let shapes = drawing
                .groups()
                .flat_map(|group| &group.shapes)
                .filter(|shape| matches!(shape.form, Form::Circle { .. }));
            shapes.count()
        });
        assert_eq!(points, Some(12));
    }
}
