//! The answer itself: a row per class, whatever the logits mean, and the sentences about it.
//!
//! Classes of which one holds share 100 %; independent labels have a probability each; one label is a number.

use vitrine_schema::inside::Walk;
use vitrine_schema::{Explanation, ProblemType, Quantity, Ranked, Target};

use crate::describe::visible;
use crate::scale::{largest_first, percent, plain, signed};

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

/// How many labels have no row.
#[must_use]
pub fn left_out(explanation: &Explanation, rows: &[Row]) -> usize {
    match explanation.problem_type {
        ProblemType::MultiLabel => explanation.logits.len().saturating_sub(rows.len()),
        _ => 0,
    }
}

/// The scalar in words, as it stands inside a sentence.
#[must_use]
pub fn scalar(target: &Target, problem: ProblemType) -> String {
    let label = visible(&target.label);
    match (&target.foil, target.quantity) {
        _ if problem == ProblemType::Regression => "score".to_owned(),
        (Some(foil), _) => format!("logit of “{label}” minus that of “{}”", visible(&foil.label)),
        (None, Quantity::LogProb) => format!("log-probability of “{label}”"),
        (None, _) => format!("logit of “{label}”"),
    }
}

/// What the model would answer after a change.
#[must_use]
pub fn would_say(top: &[Ranked], most: usize) -> String {
    match top.first() {
        None => String::new(),
        Some(Ranked { probability: None, logit, .. }) => format!("Now it would give {}.", plain(*logit)),
        Some(_) => {
            let answer = |ranked: &Ranked| format!("{} {}", name(ranked), number(ranked));
            let answers: Vec<String> = top.iter().take(most).map(answer).collect();
            format!("Now it would say: {}.", answers.join(", "))
        }
    }
}

/// The token or class of an answer.
#[must_use]
pub fn name(ranked: &Ranked) -> String {
    let label = ranked.label.clone();
    ranked.token.as_deref().map(visible).or(label).unwrap_or_default()
}

/// The probability of an answer, or the model's own number.
#[must_use]
pub fn number(ranked: &Ranked) -> String {
    ranked.probability.map_or_else(|| plain(ranked.logit), percent)
}

/// The number that the stream reads at each floor, for a model of one label.
fn numbers(walk: &Walk) -> Vec<f32> {
    walk.lens.iter().filter_map(|reading| reading.top.first()).map(|first| first.logit).collect()
}

/// Length of the lens bar of a reading, 0 to 1: its probability, or the size of the number beside the largest.
#[must_use]
pub fn lens_share(walk: &Walk, ranked: &Ranked) -> f32 {
    let largest = || numbers(walk).iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
    ranked.probability.unwrap_or_else(|| (ranked.logit / largest()).abs())
}

/// From which layer on the model would say what it says; `strongest` is the sentence on the largest part, if any.
#[must_use]
pub fn lens_claim(walk: &Walk, strongest: &str) -> String {
    let label = visible(&walk.target.label);
    if walk.problem_type == ProblemType::Regression {
        let numbers = numbers(walk);
        let (first, last) = (numbers.first().copied().unwrap_or(f32::NAN), numbers.last().copied().unwrap_or(f32::NAN));
        return format!(
            "Read off before the first layer the model would give {}, at the end it gives {}: a change of {}.",
            plain(first),
            plain(last),
            signed(last - first)
        );
    }
    let from = walk.lens.iter().rposition(|reading| reading.watched_rank != 1).map_or(0, |layer| layer + 1);
    let last = walk.lens.last();
    let probability = percent(last.and_then(|reading| reading.watched_probability).unwrap_or(f32::NAN));
    if from >= walk.lens.len() {
        let rank = last.map_or(0, |reading| reading.watched_rank);
        return format!("At the end “{label}” has rank {rank} with {probability}.");
    }
    let layers = walk.layers.len();
    match walk.problem_type {
        ProblemType::MultiLabel => {
            format!(
                "From layer {from} of {layers} on “{label}” is the strongest label; at the end it has {probability}.{strongest}"
            )
        }
        _ => format!(
            "From layer {from} of {layers} on the model would say “{label}”; at the end with {probability}.{strongest}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::{example, independent, number as one_number};

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

    #[test]
    fn a_number_is_given_and_a_class_is_said() {
        let ranked = |label: &str, probability, logit| Ranked {
            id: 0,
            label: Some(label.to_owned()),
            token: None,
            probability,
            logit,
        };
        assert_eq!(would_say(&[ranked("LABEL_0", None, 1.112)], 3), "Now it would give 1.11.");
        let labels = [ranked("joy", Some(0.697), 0.83), ranked("anger", Some(0.556), 0.22)];
        assert_eq!(would_say(&labels, 3), "Now it would say: joy 69.7 %, anger 55.6 %.");
        assert_eq!(scalar(&one_number().target, ProblemType::Regression), "score");
        assert_eq!(scalar(&independent().target, ProblemType::MultiLabel), "logit of “joy”");
    }
}
