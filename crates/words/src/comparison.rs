//! Several methods side by side, in words.

use vitrine_schema::comparison::gaps;
use vitrine_schema::{Ablation, Comparison, Diagnostic, Explanation};

use crate::answer::scalar;
use crate::marks::{Grouping, Mark, marks, sum};
use crate::number::{largest_first, plain, signed};
use crate::phrase::{apart, quoted};
use crate::token::visible;

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

/// What the same answer is worth on the other side, where there is one.
#[must_use]
pub fn beside(comparison: &Comparison) -> Option<String> {
    let (here, other) = (comparison.explanations.first()?, comparison.other.as_ref()?);
    let there = other.explanations.first()?;
    let what = if other.input.text == comparison.input.text {
        format!("The same text read by {}", there.model.id)
    } else {
        format!("The other is {}", quoted(&other.input.text))
    };
    let scalar = scalar(&here.target, here.problem_type);
    Some(format!("{what}: the {scalar} is {} there and {} here.", signed(there.value), signed(here.value)))
}

/// How far two methods agree, and on which word they are furthest apart; by their places among the explanations.
#[must_use]
pub fn pair(comparison: &Comparison, [a, b]: [usize; 2]) -> Option<String> {
    let (first, second) = (comparison.explanations.get(a)?, comparison.explanations.get(b)?);
    let name = |explanation: &Explanation| explanation.method.id.declared().name;
    let said = match comparison.agreement.kendall_tau.get(a)?.get(b)? {
        Some(tau) => format!("{} and {}: Kendall τ {}.", name(first), name(second), signed(*tau)),
        None => {
            format!("{} and {} give all words alike, so their orders cannot be compared.", name(first), name(second))
        }
    };
    // Scores of which one has no sign are no lengths on one scale.
    if !(first.signed() && second.signed()) {
        return Some(said);
    }
    let there = marks(second, Grouping::Words);
    let both = marks(first, Grouping::Words).into_iter().filter(|mark| !mark.special).filter_map(|mark| {
        let other = there.iter().find(|other| other.tokens == mark.tokens)?.score;
        Some((mark, other))
    });
    let furthest = largest_first(both.collect(), |(mark, other)| (mark.score - other).abs()).into_iter().next();
    Some(match furthest {
        Some((mark, other)) if mark.score != other => {
            let (here, there) = (signed(mark.score), signed(other));
            format!("{said} They are furthest apart on {}: {here} against {there}.", quoted(&mark.text))
        }
        _ => said,
    })
}

/// What is to know about a method's row: whether its scores add up, or what they are instead.
#[must_use]
pub fn note(explanation: &Explanation) -> String {
    let about = explanation.method.id.declared();
    let sum: f32 = explanation.scores.iter().sum();
    let fit = explanation.diagnostics.iter().find_map(|diagnostic| match diagnostic {
        Diagnostic::Fitted { r_squared, .. } => Some(*r_squared),
        _ => None,
    });
    match fit {
        _ if about.heuristic => "no sign, not a causal effect".to_owned(),
        _ if !explanation.signed() => "no sign".to_owned(),
        Some(r_squared) => format!("fits with R² {r_squared:.2}"),
        _ if about.complete => {
            format!("adds up: {} of {}", signed(sum), signed(explanation.value - explanation.baseline_value))
        }
        _ if about.removes() => "one by one: need not add up".to_owned(),
        _ => format!("does not add up: {}", signed(sum)),
    }
}

/// What taking a word out settles: how the answer moved, and who had said so.
#[must_use]
pub fn settled(comparison: &Comparison, word: &Mark, removals: &[&Ablation]) -> Option<String> {
    let usual = removals.first()?;
    let (up, down) =
        (removals.iter().any(|removal| removal.change > 0.0), removals.iter().any(|removal| removal.change < 0.0));
    if up && down {
        return Some("The ways of removing it disagree about the sign, so this stays open.".to_owned());
    }
    let label = visible(&usual.target.label);
    let (moved, did) = if usual.change > 0.0 { ("falls", "helped") } else { ("rises", "hurt") };
    let with_sign = comparison.explanations.iter().filter(|explanation| explanation.signed());
    let said = |explanation: &&Explanation| sum(&word.tokens, &explanation.scores) * usual.change > 0.0;
    let n_right = with_sign.clone().filter(said).count();
    let right = match (n_right, with_sign.count()) {
        (0, _) => "no method had said so".to_owned(),
        (right, all) if right == all => "every method with a sign had said so".to_owned(),
        (1, _) => "one method had said so".to_owned(),
        (right, _) => format!("the {right} that said so were right"),
    };
    Some(format!(
        "Without {} the answer {moved} from {} to {}. It had {did} {label} by {}: {right}.",
        quoted(&word.text),
        signed(usual.value),
        signed(usual.without),
        plain(usual.change.abs())
    ))
}

/// Words over which methods part, beside the one that is looked at, with what they were given.
#[must_use]
pub fn also_unsettled(comparison: &Comparison, word: &Mark) -> Vec<(Mark, String)> {
    let Some(first) = comparison.explanations.first() else { return Vec::new() };
    let disputed = |mark: &Mark| mark.tokens.iter().any(|token| comparison.disputed.contains(token));
    let others = marks(first, Grouping::Words).into_iter().filter(|mark| mark.tokens != word.tokens && disputed(mark));
    let range = |mark: Mark| {
        let with_sign = comparison.explanations.iter().filter(|explanation| explanation.signed());
        let scores = with_sign.map(|explanation| sum(&mark.tokens, &explanation.scores));
        let (low, high) = scores.fold((f32::MAX, f32::MIN), |(low, high), score| (low.min(score), high.max(score)));
        let said = format!("{}: {} to {}", quoted(&mark.text), signed(low), signed(high));
        (high - low, (mark, said))
    };
    // Where they are farthest apart there is most to settle.
    largest_first(others.map(range).collect(), |(apart, _)| *apart).into_iter().map(|(_, other)| other).collect()
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
