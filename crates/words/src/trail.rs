//! How scores came about, in words: what was run at a moment, and what the bars are by then.

use vitrine_schema::trail::{Moment, Trail};
use vitrine_schema::{Explanation, MethodId};

use crate::number::signed;
use crate::phrase::quoted;

/// Words that are named in a sentence.
const NAMED: usize = 6;

/// The moment of a position from 0 to 1.
#[must_use]
pub fn moment(trail: &Trail, alpha: f32) -> Option<&Moment> {
    let last = trail.moments.len().checked_sub(1)?;
    let at = (alpha.clamp(0.0, 1.0) * trail.moments.len() as f32).ceil() as usize;
    trail.moments.get(at.saturating_sub(1).min(last))
}

/// What is seen over all of it.
#[must_use]
pub fn summary(explanation: &Explanation) -> String {
    match explanation.method.id {
        MethodId::Occlusion => "Each word leaves once; its bar is how far the answer then moves.",
        MethodId::ExactShapley => {
            "Words join one by one, in one order after the other; each bar is the average of what its word brought so far. The last \
             moment is the average over every order."
        }
        MethodId::KernelShap => "Texts with words missing come in; the bars are the scores that fit the answers to all of them so far.",
        MethodId::PartitionShap => "The text is taken apart in halves, and these in halves; words that are still together share alike.",
        MethodId::Lime => "Random texts come in; the bars are the slopes of the line that fits all of them so far.",
        MethodId::SmoothGrad => "Noisy copies of the sentence come in; the bars are the mean of all gradients so far.",
        _ => "The layers' attention is multiplied, from the last one down; the bars are where the rest of it would end.",
    }
    .to_owned()
}

/// What happened at a moment.
#[must_use]
pub fn said(explanation: &Explanation, trail: &Trail, moment: &Moment) -> String {
    let (number, total) = (moment.number, trail.total);
    let value = moment.value.map_or_else(String::new, |value| format!(": the value is {}", signed(value)));
    let away = names(explanation, &moment.absent);
    let without = if away.is_empty() { String::new() } else { format!(" without {away}") };
    match explanation.method.id {
        MethodId::Occlusion => format!("The text{without}{value}."),
        MethodId::ExactShapley if moment.absent.is_empty() && number == total => {
            format!("All {total} companies of words: these are the scores.")
        }
        MethodId::ExactShapley => format!(
            "Join {number}{}{value}.",
            if away.is_empty() { ", everyone there".to_owned() } else { format!(", still{without}") }
        ),
        MethodId::PartitionShap => match moment.together.len() {
            0 => format!("After {number} runs every word stands alone."),
            groups => format!(
                "After {number} runs {groups} {} still together.",
                if groups == 1 { "group is" } else { "groups are" }
            ),
        },
        MethodId::KernelShap | MethodId::Lime => format!("Text {number} of {total}{without}{value}."),
        MethodId::SmoothGrad => format!("Copy {number} of {total}."),
        _ => format!("{number} of {total} layers multiplied."),
    }
}

/// Words by name, a few of them.
fn names(explanation: &Explanation, tokens: &[usize]) -> String {
    let input = &explanation.input;
    let groups = if explanation.players.is_empty() { input.words() } else { explanation.players.clone() };
    let gone = groups.iter().filter(|group| group.iter().any(|token| tokens.contains(token)));
    let names: Vec<String> = gone.map(|group| quoted(input.spelling(group).trim())).collect();
    match names.len() {
        n if n <= NAMED => names.join(", "),
        n => format!("{} and {} more", names[..NAMED].join(", "), n - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;

    #[test]
    fn every_moment_is_said() {
        let moment = |number: usize, absent: &[usize], value: Option<f32>| Moment {
            number,
            absent: absent.to_vec(),
            value,
            ..Moment::default()
        };
        let trail = Trail { moments: vec![moment(1, &[1], Some(0.5)), moment(8, &[], None)], total: 8 };
        let by = |id: MethodId, at: usize| {
            let mut explanation = example();
            explanation.method.id = id;
            assert!(!summary(&explanation).is_empty());
            said(&explanation, &trail, &trail.moments[at])
        };
        assert_eq!(by(MethodId::Occlusion, 0), "The text without “dull”: the value is +0.50.");
        assert_eq!(by(MethodId::ExactShapley, 0), "Join 1, still without “dull”: the value is +0.50.");
        assert_eq!(by(MethodId::ExactShapley, 1), "All 8 companies of words: these are the scores.");
        assert_eq!(by(MethodId::Lime, 0), "Text 1 of 8 without “dull”: the value is +0.50.");
        assert_eq!(by(MethodId::PartitionShap, 1), "After 8 runs every word stands alone.");
        assert_eq!(by(MethodId::SmoothGrad, 1), "Copy 8 of 8.");
        assert_eq!(by(MethodId::AttentionRollout, 1), "8 of 8 layers multiplied.");
    }

    #[test]
    fn a_position_has_its_moment() {
        let moments = (1..=4).map(|number| Moment { number, ..Moment::default() }).collect();
        let trail = Trail { moments, total: 4 };
        let at = |alpha: f32| moment(&trail, alpha).map_or(0, |moment| moment.number);
        assert_eq!([0.0, 0.1, 0.3, 1.0, 2.0].map(at), [1, 1, 2, 4, 4]);
        assert_eq!(moment(&Trail::default(), 0.5), None);
    }
}
