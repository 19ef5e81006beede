//! The answer itself: a row per class, whatever the logits mean.
//!
//! Classes of which one holds share 100 %; independent labels have a probability each; one label is a number.

use vitrine_schema::inside::Walk;
use vitrine_schema::{Explanation, ProblemType, Ranked};
use vitrine_words::answer::name;
use vitrine_words::number::{largest_first, percent, plain};
use vitrine_words::stream::numbers;

use crate::bars::{Bar, chart};
use crate::drawing::{Drawing, Part, Role};
use crate::table::{Cell, Table};

/// Rows that are drawn; of many labels the strongest.
const ROWS_MOST: usize = 8;

/// One row of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name of the class.
    pub label: String,
    /// Its probability, where the model gives any; the length of the bar.
    pub probability: Option<f32>,
    /// Its logit; `None` where several classes share the row.
    pub logit: Option<f32>,
    /// 1 for the target, −1 for what it is compared with, `None` for the other labels.
    pub side: Option<f32>,
}

impl Row {
    /// The number that is read: the probability, or the model's own number.
    #[must_use]
    pub fn number(&self) -> String {
        self.probability.map_or_else(|| plain(self.logit.unwrap_or(f32::NAN)), percent)
    }
}

/// The rows, most likely first. `labels` are the names of the model's classes where they are known; without them only
/// target and foil have a name.
#[must_use]
pub fn rows(explanation: &Explanation, labels: &[String]) -> Vec<Row> {
    let Explanation { target, logits, problem_type, .. } = explanation;
    let scale = problem_type.scale(logits);
    let row = |index: usize, label: &str, side: Option<f32>| {
        let logit = *logits.get(index)?;
        Some(Row { label: label.to_owned(), probability: scale.probability(logit), logit: Some(logit), side })
    };
    let foil = target.foil.as_ref().map(|foil| (foil.index, foil.label.as_str()));
    let mut rows: Vec<Row> = row(target.index, &target.label, Some(1.0))
        .into_iter()
        .chain(foil.and_then(|(index, label)| row(index, label, Some(-1.0))))
        .collect();
    match problem_type {
        ProblemType::SingleLabel => {
            let shown: f32 = rows.iter().filter_map(|row| row.probability).sum();
            if rows.len() == 1 && logits.len() > 1 {
                let label = format!("not {}", target.label);
                rows.push(Row { label, probability: Some((1.0 - shown).max(0.0)), logit: None, side: Some(-1.0) });
            }
        }
        ProblemType::MultiLabel => {
            let named = |index: &usize| *index != target.index && foil.is_none_or(|(foil, _)| foil != *index);
            let others = labels.iter().enumerate().filter(|(index, _)| named(index));
            let others: Vec<Row> = others.filter_map(|(index, label)| row(index, label, None)).collect();
            let mut others = largest_first(others, |row| row.logit.unwrap_or(f32::NEG_INFINITY));
            others.truncate(ROWS_MOST.saturating_sub(rows.len()));
            rows.extend(others);
        }
        ProblemType::Regression => {}
    }
    largest_first(rows, |row| row.probability.unwrap_or(0.0))
}

/// The likeliest answers as rows.
#[must_use]
pub fn likeliest(top: &[Ranked], most: usize) -> Vec<Row> {
    let row = |ranked: &Ranked| Row {
        label: name(ranked),
        probability: ranked.probability,
        logit: Some(ranked.logit),
        side: None,
    };
    top.iter().take(most).map(row).collect()
}

/// The rows as bars: probabilities from 0 to 1, a number from 0 to where it is.
#[must_use]
pub fn drawing(rows: &[Row], width: f32) -> Drawing {
    let value = |row: &Row| row.probability.or(row.logit).filter(|value| value.is_finite()).unwrap_or(0.0);
    let is_number = rows.iter().any(|row| row.probability.is_none());
    let bar = |(place, row): (usize, &Row)| Bar {
        measured: None,
        part: Part::Answer(place),
        name: row.label.clone(),
        value: value(row),
        number: row.number(),
        role: row.side.map_or(Role::Strength(1.0), |side| Role::of_score(side, true, true)),
    };
    let bars: Vec<Bar> = rows.iter().enumerate().map(bar).collect();
    let range = bars.iter().fold((0.0f32, 0.0f32), |(low, high), bar| (low.min(bar.value), high.max(bar.value)));
    chart(&bars, if is_number { range } else { (0.0, 1.0) }, is_number.then_some("in the model's own unit"), width)
}

/// The rows with probability and logit.
#[must_use]
pub fn table(rows: &[Row]) -> Table {
    let number = |value: Option<f32>, shown: fn(f32) -> String| match value {
        Some(value) => Cell::Number(value, shown(value)),
        None => Cell::Text(String::new()),
    };
    let row =
        |row: &Row| vec![Cell::Text(row.label.clone()), number(row.probability, percent), number(row.logit, plain)];
    let heads = [("Answer", false), ("Probability", true), ("Logit", true)];
    Table { heads: heads.map(|(head, number)| (head.to_owned(), number)).into(), rows: rows.iter().map(row).collect() }
}

/// How many labels have no row.
#[must_use]
pub fn left_out(explanation: &Explanation, rows: &[Row]) -> usize {
    match explanation.problem_type {
        ProblemType::MultiLabel => explanation.logits.len().saturating_sub(rows.len()),
        _ => 0,
    }
}

/// Length of the lens bar of a reading, 0 to 1: its probability, or the size of the number beside the largest.
#[must_use]
pub fn lens_share(walk: &Walk, ranked: &Ranked) -> f32 {
    let largest = || numbers(walk).iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
    ranked.probability.unwrap_or_else(|| (ranked.logit / largest()).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{example, independent, number as one_number};

    fn shown(explanation: &Explanation, labels: &[&str]) -> Vec<(String, String, Option<f32>)> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        let rows = rows(explanation, &labels);
        rows.into_iter().map(|row| (row.label.clone(), row.number(), row.side)).collect()
    }

    fn row(label: &str, number: &str, side: Option<f32>) -> (String, String, Option<f32>) {
        (label.to_owned(), number.to_owned(), side)
    }

    #[test]
    fn classes_share_what_labels_do_not() {
        let names = ["calm", "joy", "anger"];
        assert_eq!(
            shown(&example(), &["NEGATIVE", "POSITIVE"]),
            [row("NEGATIVE", "73.1 %", Some(-1.0)), row("POSITIVE", "26.9 %", Some(1.0))]
        );
        assert_eq!(
            shown(&independent(), &names),
            [row("joy", "69.7 %", Some(1.0)), row("anger", "55.6 %", None), row("calm", "53.2 %", None)]
        );
        // Without the names of the model there is the target, and no row that claims the rest.
        assert_eq!(shown(&independent(), &[]), [row("joy", "69.7 %", Some(1.0))]);
        assert_eq!(left_out(&independent(), &rows(&independent(), &[])), 2);
        assert_eq!(shown(&one_number(), &["LABEL_0"]), [row("LABEL_0", "1.11", Some(1.0))]);
        assert_eq!(rows(&one_number(), &[])[0].probability, None);
    }

    #[test]
    fn many_labels_are_cut_to_the_strongest() {
        let mut explanation = independent();
        explanation.logits = (0..28).map(|index| index as f32 / 28.0).collect();
        let labels: Vec<String> = (0..28).map(|index| format!("LABEL_{index}")).collect();
        let rows = rows(&explanation, &labels);
        assert_eq!((rows.len(), left_out(&explanation, &rows)), (ROWS_MOST, 20));
        assert_eq!(rows.first().map(|row| row.label.as_str()), Some("LABEL_27"));
        assert!(rows.iter().any(|row| row.side == Some(1.0)), "the target always has a row");
    }
}
