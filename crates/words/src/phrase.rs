//! Pieces of sentences.

use vitrine_schema::foreign::{runs_leftwards, sets_direction};

use crate::token::{seen, visible};

/// Letters of a word in a sentence; what is longer is cut.
const LONGEST_WORD: usize = 32;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The words.
    pub text: String,
    /// How they are set.
    pub tone: Tone,
}

/// How a piece of a sentence is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the text around it.
    Plain,
    /// Towards the target.
    Positive,
    /// Away from the target.
    Negative,
}

/// The whole claim as one string.
#[must_use]
pub fn flat(segments: &[Segment]) -> String {
    segments.iter().map(|segment| segment.text.as_str()).collect()
}

/// A word in quotation marks, cut where it is too long to be read. What would turn the sentence around is a sign, and what runs
/// from right to left is set apart, so that it keeps its place.
#[must_use]
pub fn quoted(word: &str) -> String {
    let word = if word.starts_with(' ') || word.trim().is_empty() { visible(word) } else { word.to_owned() };
    let word = if word.chars().count() <= LONGEST_WORD {
        word
    } else {
        word.chars().take(LONGEST_WORD - 1).chain(['…']).collect()
    };
    format!("“{}”", apart(&word))
}

/// A piece of foreign text as it may stand in a sentence: a sign in the place of what sets a direction, and between U+2068 and U+2069
/// where it has letters that run leftwards.
#[must_use]
pub fn apart(text: &str) -> String {
    let plain: String = text.chars().map(|c| if sets_direction(c) { seen(c) } else { c }).collect();
    if plain.contains(runs_leftwards) { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

/// Words in the tone of the text around them.
pub(crate) fn plain_text(text: &str) -> Segment {
    Segment { text: text.to_owned(), tone: Tone::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_place_whatever_it_is() {
        assert_eq!(quoted("dull"), "“dull”");
        assert_eq!(quoted(" dull"), "“dull”");
        assert_eq!(quoted("שלום"), "“\u{2068}שלום\u{2069}”");
        assert_eq!(quoted("a\u{202e}b\u{2069}"), "“a↔b↔”");
        assert_eq!(quoted(&"w".repeat(40)), format!("“{}…”", "w".repeat(31)));
        // What is cut is set apart as a whole.
        assert!(quoted(&"ש".repeat(40)).ends_with("…\u{2069}”"));
    }
}
