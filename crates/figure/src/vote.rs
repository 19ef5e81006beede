//! Votes: the chains as threads that run together while their text is the same, and how many end in each answer.

mod braid;

use vitrine_schema::Voting;
use vitrine_schema::reasoning::StepCheck;
use vitrine_words::vote as said;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

pub use braid::{chain_of, drawing as braid};

const ROW: f32 = 32.0;
const TOP: f32 = 24.0;
/// Answers that get a bar.
const ROWS: usize = 12;

/// What an answer is called.
fn named(answer: Option<&String>) -> String {
    answer.map_or_else(|| "no answer".to_owned(), Clone::clone)
}

/// The vote over the chains that were drawn first.
fn first(found: &Voting, n_chains: usize) -> Voting {
    let mut first = found.clone();
    first.chains.truncate(n_chains);
    first.counted()
}

/// The counts after so many chains as bars, with the interval of the first and the line from which on it is enough. Answers keep the
/// places that they have in the end.
#[must_use]
pub fn drawing(found: &Voting, n_chains: usize, width: f32) -> Drawing {
    let so_far = first(found, n_chains);
    let n_ended = so_far.n_ended();
    let n = n_ended.max(1) as f32;
    let answers: Vec<_> = found.answers.iter().take(ROWS).collect();
    let names = answers.iter().map(|one| font::width(&named(one.answer.as_ref()), Letters::WORD));
    let left = names.fold(0.0, f32::max).min(0.3 * width) + 14.0;
    let right = width - 72.0;
    let x = |share: f32| left + (right - left).max(10.0) * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let y = |row: usize| TOP + ROW * (row as f32 + 0.5);
    let bar = |(row, one): (usize, &&vitrine_schema::reasoning::Counted)| {
        let count = so_far.answers.iter().find(|other| other.answer == one.answer).map_or(0, |other| other.count);
        let (first, share) = (so_far.majority.is_some() && one.answer == so_far.majority, count as f32 / n);
        let name = Text::new(0.0, y(row) + 5.0, &named(one.answer.as_ref()), Letters::WORD).clipped(left - 10.0);
        let count = format!("{count} of {n_ended}");
        let count = Text::new(width, y(row) + 4.0, &count, Letters::NUMBER).clipped(66.0).anchored(Anchor::End);
        let mut shapes = vec![
            Shape::rect(
                Area::new(x(0.0), y(row) - 6.0, x(share) - x(0.0), 12.0),
                0.0,
                Paint::new(Role::Strength(1.0)).faded(if first { 0.85 } else { 0.4 }),
            ),
            Shape::text(name, Role::Ink),
            Shape::text(count, if first { Role::Ink } else { Role::Soft }),
        ];
        if first {
            let [low, high] = so_far.interval.map(x);
            shapes.push(Shape::line((low, y(row)), (high, y(row)), Stroke::new(Role::Ink, 1.6)));
            let end = |x: f32| Shape::line((x, y(row) - 5.0), (x, y(row) + 5.0), Stroke::new(Role::Ink, 1.6));
            shapes.extend([end(low), end(high)]);
        }
        Group::of(Part::Answer(row), Some(Area::new(0.0, y(row) - ROW / 2.0, width, ROW)), shapes)
    };
    let bars: Vec<Group> = answers.iter().enumerate().map(bar).collect();
    let bottom = TOP + ROW * answers.len() as f32;
    let enough = x(Voting::ENOUGH);
    let label = format!("enough: {:.0} %", 100.0 * Voting::ENOUGH);
    let half = font::width(&label, Letters::LABEL) / 2.0;
    let above = vec![
        Shape::line((enough, TOP - 6.0), (enough, bottom + 4.0), Stroke::new(Role::Ink, 1.2).dashed(4.0, 3.0)),
        Shape::text(
            Text::new(enough.max(half).min(width - half), 12.0, &label, Letters::LABEL).anchored(Anchor::Middle),
            Role::Soft,
        ),
    ];
    Drawing::new(width, bottom + 8.0, vec![Layer::new(bars), Layer::new(vec![Group::new(above)])])
}

/// How many chains say what.
#[must_use]
pub fn table(found: &Voting) -> Table {
    let n = found.n_ended().max(1) as f32;
    let row = |one: &vitrine_schema::reasoning::Counted| {
        let share = one.count as f32 / n;
        vec![
            Cell::Text(named(one.answer.as_ref())),
            Cell::Number(one.count as f32, one.count.to_string()),
            Cell::Number(share, vitrine_words::number::percent(share)),
        ]
    };
    Table {
        heads: vec![("Answer".to_owned(), false), ("Chains".to_owned(), true), ("Share".to_owned(), true)],
        rows: found.answers.iter().map(row).collect(),
    }
}

/// The chains one by one.
#[must_use]
pub fn chains_table(found: &Voting) -> Table {
    let row = |chain: &vitrine_schema::reasoning::Drawn| {
        let slip = chain.steps.iter().find(|step| step.check == Some(StepCheck::Wrong));
        vec![
            Cell::Text(chain.seed.to_string()),
            Cell::Text(chain.steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join(" ")),
            Cell::Text(if chain.ended { named(chain.answer.as_ref()) } else { said::thread(chain) }),
            Cell::Text(slip.map(|step| step.text.clone()).unwrap_or_default()),
        ]
    };
    let heads = ["Seed", "Chain", "Answer", "Slip"];
    Table { heads: heads.map(|head| (head.to_owned(), false)).into(), rows: found.chains.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Form;
    use crate::example::vote;

    #[test]
    fn every_answer_has_its_bar_and_its_row() {
        let found = vote(&[("14", 11), ("15", 6), ("13", 2), ("24", 1)]);
        let bars = drawing(&found, 20, 400.0);
        assert_eq!(bars.groups().filter(|group| matches!(group.part, Some(Part::Answer(_)))).count(), 4);
        assert_eq!((table(&found).rows.len(), chains_table(&found).rows.len()), (4, 20));
    }

    #[test]
    fn the_vote_after_some_chains_is_that_of_these_chains() {
        let found = vote(&[("14", 11), ("15", 6), ("13", 3)]);
        let counts = |n_chains: usize| -> Vec<String> {
            let drawing = drawing(&found, n_chains, 400.0);
            let shapes = drawing.groups().flat_map(|group| group.shapes.clone());
            let text = |shape: Shape| match shape.form {
                Form::Text(text) if text.text.contains(" of ") => Some(text.text),
                _ => None,
            };
            shapes.filter_map(text).collect()
        };
        assert_eq!(counts(0), ["0 of 0", "0 of 0", "0 of 0"]);
        let some = found.chains.iter().take(13).filter(|chain| chain.answer.as_deref() == Some("14")).count();
        assert_eq!(counts(13)[0], format!("{some} of 13"));
        assert_eq!(counts(20), ["11 of 20", "6 of 20", "3 of 20"]);
        assert_eq!(first(&found, 20), found.clone().counted());
        assert!(first(&found, 2).interval[1] - first(&found, 2).interval[0] > found.interval[1] - found.interval[0]);
    }
}
