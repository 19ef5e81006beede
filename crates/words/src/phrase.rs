//! Pieces of sentences.

use crate::token::visible;

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

/// A word in quotation marks, cut where it is too long to be read.
#[must_use]
pub fn quoted(word: &str) -> String {
    let word = if word.starts_with(' ') || word.trim().is_empty() { visible(word) } else { word.to_owned() };
    if word.chars().count() <= LONGEST_WORD {
        return format!("“{word}”");
    }
    let start: String = word.chars().take(LONGEST_WORD - 1).collect();
    format!("“{start}…”")
}

/// Words in the tone of the text around them.
pub(crate) fn plain_text(text: &str) -> Segment {
    Segment { text: text.to_owned(), tone: Tone::Plain }
}
