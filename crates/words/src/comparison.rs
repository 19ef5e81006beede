//! Several methods side by side, in words.

use vitrine_schema::comparison::gaps;
use vitrine_schema::{Comparison, Explanation};

use crate::marks::{Grouping, Mark, marks};
use crate::number::{largest_first, signed};
use crate::phrase::{apart, quoted};

/// Whether the methods name the same word, and over which they part.
#[must_use]
pub fn claim(comparison: &Comparison) -> String {
    let explanations = &comparison.explanations;
    let firsts: Vec<String> = explanations.iter().filter_map(first).collect();
    let same = |word: &String| firsts.iter().filter(|other| *other == word).count();
    let Some(most) = firsts.iter().max_by_key(|word| same(word)) else {
        return "No method names a word.".to_owned();
    };
    let n = explanations.len();
    let said = match (same(most), n) {
        (_, 1) => format!("One method names {most}."),
        (2, 2) => format!("Both methods name {most}."),
        (all, n) if all == n => format!("All {n} methods name {most}."),
        (some, n) => format!("{some} of {n} methods name {most} first."),
    };
    match largest_gap(comparison) {
        None => said,
        Some(token) => format!("{said} {}", part_over(comparison, token)),
    }
}

/// The word to which a method gives most.
fn first(explanation: &Explanation) -> Option<String> {
    let words = marks(explanation, Grouping::Words);
    let words: Vec<Mark> = words.into_iter().filter(|mark| !mark.special).collect();
    let most = largest_first(words, |mark| mark.score.abs()).into_iter().next()?;
    (most.score != 0.0).then(|| quoted(&most.text))
}

/// The disputed token with the largest gap.
fn largest_gap(comparison: &Comparison) -> Option<usize> {
    let gaps = gaps(&comparison.explanations).into_iter().filter(|(token, _)| comparison.disputed.contains(token));
    gaps.reduce(|most, next| if next.1 > most.1 { next } else { most }).map(|(token, _)| token)
}

/// Who says what of a disputed word.
#[must_use]
pub fn part_over(comparison: &Comparison, token: usize) -> String {
    let (mut helped, mut hurt, mut silent) = (0, 0, 0);
    for explanation in &comparison.explanations {
        let score = explanation.scores.get(token).copied().unwrap_or(0.0);
        match score {
            _ if !explanation.signed() => silent += 1,
            score if score > 0.0 => helped += 1,
            score if score < 0.0 => hurt += 1,
            _ => silent += 1,
        }
    }
    let label = comparison.explanations.first().map_or_else(String::new, |one| apart(one.target.label.trim()));
    let word = quoted(&comparison.input.spelling(&[token]));
    let count = |n: usize, says: &str, say: &str| match n {
        0 => String::new(),
        1 => format!("one {says}"),
        n => format!("{n} {say}"),
    };
    let parts = [
        count(helped, &format!("says it helped {label}"), &format!("say it helped {label}")),
        count(hurt, "says it hurt", "say it hurt"),
        count(silent, "cannot say", "cannot say"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("They part over {word}: {}.", parts.join(", "))
}

/// How far two methods agree.
#[must_use]
pub fn tau(comparison: &Comparison, row: usize, column: usize) -> String {
    let tau = comparison.agreement.kendall_tau.get(row).and_then(|row| row.get(column)).copied().flatten();
    tau.map_or_else(|| "–".to_owned(), signed)
}
