//! The arithmetic of an explanation: baseline value, then each word, then the value.

mod drawn;

pub use drawn::{adds_up, drawing, table};

use vitrine_schema::Explanation;

use vitrine_words::Mark;
use vitrine_words::number::largest_first;

/// Words beyond this many are added up in one row.
const ROWS_MOST: usize = 10;

/// One row of the sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the row adds.
    pub kind: StepKind,
    /// Running value before the row.
    pub from: f32,
    /// Running value after it.
    pub to: f32,
}

/// What a row of the sum stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// The value of the blank sentence.
    Baseline,
    /// One word.
    Word {
        /// Index of its mark.
        mark: usize,
        /// The word.
        text: String,
    },
    /// The words too small for a row of their own.
    Others {
        /// How many.
        count: usize,
    },
    /// What the scores leave unexplained.
    Gap,
    /// The value of the input.
    Value,
}

/// The rows, largest words first, and the ends of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The rows in order.
    pub steps: Vec<Step>,
    /// Smallest and largest running value, 0 included.
    pub range: (f32, f32),
}

/// Lays the sum out.
#[must_use]
pub fn sum(explanation: &Explanation, marks: &[Mark]) -> Sum {
    let order: Vec<usize> = (0..marks.len()).filter(|&i| marks.get(i).is_some_and(|mark| mark.score != 0.0)).collect();
    let score = |i: &usize| marks.get(*i).map_or(0.0, |mark| mark.score);
    let mut order = largest_first(order, |i| score(i).abs());
    let small = order.split_off(order.len().min(if order.len() > ROWS_MOST { ROWS_MOST - 1 } else { ROWS_MOST }));

    let mut running = explanation.baseline_value;
    let mut steps = vec![Step { kind: StepKind::Baseline, from: 0.0, to: running }];
    let mut add = |running: &mut f32, kind, amount: f32| {
        steps.push(Step { kind, from: *running, to: *running + amount });
        *running += amount;
    };
    for i in order {
        let text = marks.get(i).map(|mark| mark.text.clone()).unwrap_or_default();
        add(&mut running, StepKind::Word { mark: i, text }, score(&i));
    }
    if !small.is_empty() {
        add(&mut running, StepKind::Others { count: small.len() }, small.iter().map(score).sum());
    }
    let gap = explanation.value - running;
    // What would print as 0.00 is rounding, and the receipt has the exact gap.
    if gap.abs() >= 0.005 {
        add(&mut running, StepKind::Gap, gap);
    }
    steps.push(Step { kind: StepKind::Value, from: 0.0, to: explanation.value });
    let ends = steps.iter().flat_map(|step| [step.from, step.to]);
    let range = ends.fold((0.0f32, 0.0f32), |(low, high), end| (low.min(end), high.max(end)));
    Sum { steps, range }
}

impl Sum {
    /// Where a value stands, as a share of the axis.
    #[must_use]
    pub fn place(&self, value: f32) -> f32 {
        let (low, high) = self.range;
        (value - low) / (high - low).max(f32::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;
    use vitrine_words::marks::{Grouping, marks};

    #[test]
    fn the_rows_lead_from_the_baseline_to_the_value() {
        let explanation = example();
        let sum = sum(&explanation, &marks(&explanation, Grouping::Words));
        let inner = &sum.steps[1..sum.steps.len() - 1];
        assert_eq!(inner.first().map(|step| step.from), Some(explanation.baseline_value));
        assert!(inner.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert!((inner.last().unwrap().to - explanation.value).abs() < 0.005);
        let ends = sum.steps.iter().flat_map(|step| [step.from, step.to]);
        assert!(ends.map(|end| sum.place(end)).all(|place| (-1e-6..=1.0 + 1e-6).contains(&place)));
    }

    #[test]
    fn many_small_words_share_a_row() {
        let mut explanation = example();
        let token = explanation.input.tokens[1].clone();
        for i in 0..20 {
            explanation.input.tokens.insert(2, token.clone());
            explanation.scores.insert(2, 0.001 * i as f32 + 0.001);
        }
        let steps = sum(&explanation, &marks(&explanation, Grouping::Tokens)).steps;
        assert!(steps.iter().any(|step| matches!(step.kind, StepKind::Others { count } if count > 10)));
    }
}
