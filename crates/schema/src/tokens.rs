//! A text and the tokens that a model reads.

use serde::{Deserialize, Serialize};

/// One token with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The row of the embedding matrix.
    pub id: u32,
    /// The token as the vocabulary writes it; word-piece continuations keep their `##`, byte-level tokens are the
    /// characters they stand for, their leading space included.
    pub text: String,
    /// First byte in the text; equal to `end` for a special token.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// A mark, not a word: added by the tokenizer (`[CLS]`, `[SEP]`) or a control token that stands in the text.
    pub special: bool,
    /// Whether this token continues the word that the one before it began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continues: bool,
}

/// A text with its tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What the reader wrote, unchanged.
    pub text: String,
    /// What the model reads, special tokens included.
    pub tokens: Vec<Token>,
}

impl Input {
    /// Groups of token indices that make up one word each; a special token stands alone.
    ///
    /// Every index appears once, in order, so sums over groups keep completeness.
    #[must_use]
    pub fn words(&self) -> Vec<Vec<usize>> {
        let mut words: Vec<Vec<usize>> = Vec::new();
        for (token_idx, token) in self.tokens.iter().enumerate() {
            match words.last_mut() {
                Some(word) if token.continues => word.push(token_idx),
                _ => words.push(vec![token_idx]),
            }
        }
        words
    }

    /// The text of a group of tokens as the reader wrote it; the vocabulary's spelling for special tokens.
    #[must_use]
    pub fn spelling(&self, group: &[usize]) -> String {
        let tokens: Vec<&Token> = group.iter().filter_map(|&i| self.tokens.get(i)).collect();
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return String::new();
        };
        match self.text.get(first.start..last.end) {
            Some(written) if !first.special && !written.is_empty() => written.to_owned(),
            _ => tokens.iter().map(|t| t.text.trim_start_matches("##")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, start: usize, end: usize, special: bool) -> Token {
        Token { id: 0, text: text.into(), start, end, special, continues: text.starts_with("##") }
    }

    #[test]
    fn word_pieces_join_the_word_before_them() {
        let input = Input {
            text: "Zebras act".into(),
            tokens: vec![
                token("[CLS]", 0, 0, true),
                token("ze", 0, 2, false),
                token("##br", 2, 4, false),
                token("##as", 4, 6, false),
                token("act", 7, 10, false),
                token("[SEP]", 10, 10, true),
            ],
        };
        assert_eq!(input.words(), [vec![0], vec![1, 2, 3], vec![4], vec![5]]);
        assert_eq!(input.spelling(&[1, 2, 3]), "Zebras");
        assert_eq!(input.spelling(&[0]), "[CLS]");
        assert_eq!(input.spelling(&[]), "");
    }
}
