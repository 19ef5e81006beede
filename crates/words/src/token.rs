//! Tokens as a reader sees them.

use vitrine_schema::foreign::sets_direction;
use vitrine_schema::{Input, Token};

/// A token as it is read: byte-level tokens carry the space before them, which is the rule and left out; what else
/// cannot be seen gets a sign, and so does what would turn the words around it.
#[must_use]
pub fn visible(token: &str) -> String {
    let sign = |c: char| if c == ' ' { '␣' } else { seen(c) };
    let marked: String = token.chars().map(sign).collect();
    match marked.strip_prefix('␣') {
        Some(rest) if !rest.is_empty() && !rest.starts_with('␣') => rest.to_owned(),
        _ => marked,
    }
}

/// A letter as it can be seen.
pub(crate) const fn seen(c: char) -> char {
    match c {
        '\n' => '↵',
        '\t' => '⇥',
        c if sets_direction(c) => '↔',
        other => other,
    }
}

/// What each token of a text is called on an axis: as it is read, and which part it is of a character that has several tokens.
#[must_use]
pub fn labels(input: &Input) -> Vec<String> {
    let label = |(token, part): (&Token, Option<(usize, usize)>)| match part {
        Some((part, n_parts)) => format!("{} {part}/{n_parts}", visible(&token.text)),
        None => visible(&token.text),
    };
    input.tokens.iter().zip(input.parts()).map(label).collect()
}

/// A text for a place of `most` letters.
#[must_use]
pub fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
