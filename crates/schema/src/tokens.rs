//! A text and the tokens that a model reads.

use serde::{Deserialize, Serialize};

/// One token with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The row of the embedding matrix.
    pub id: u32,
    /// The token as the reader wrote it, a leading space included; word pieces and special tokens as the vocabulary writes
    /// them, continuations with their `##`. A token that is a part of a character has the whole character.
    pub text: String,
    /// First byte in the text, of the whole character where the token is a part of one; equal to `end` for a special token
    /// that was added, and for a space that the tokenizer put in front of the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// A mark, not a word: added by the tokenizer (`[CLS]`, `[SEP]`) or a control token that stands in the text.
    pub special: bool,
    /// Whether this token continues the word, or the character, that the one before it began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continues: bool,
}

impl Token {
    /// Whether the token before this one is a part of the same character.
    fn is_part_with(&self, before: &Self) -> bool {
        let one_place = (self.start, self.end) == (before.start, before.end) && self.start < self.end;
        self.continues && !self.special && !before.special && one_place
    }
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

    /// Groups of token indices that make up one character, or one run of characters that tokens share; most have one.
    ///
    /// Every index appears once, in order, as in [`Input::words`].
    #[must_use]
    pub fn characters(&self) -> Vec<Vec<usize>> {
        let mut characters: Vec<Vec<usize>> = Vec::new();
        for (token_idx, token) in self.tokens.iter().enumerate() {
            let before = token_idx.checked_sub(1).and_then(|before| self.tokens.get(before));
            match characters.last_mut() {
                Some(parts) if before.is_some_and(|before| token.is_part_with(before)) => parts.push(token_idx),
                _ => characters.push(vec![token_idx]),
            }
        }
        characters
    }

    /// Which part of a character each token is, from 1, and of how many; `None` for a token that is no part.
    #[must_use]
    pub fn parts(&self) -> Vec<Option<(usize, usize)>> {
        let part = |parts: Vec<usize>| {
            let n_parts = parts.len();
            (1..=n_parts).map(move |part| (n_parts > 1).then_some((part, n_parts)))
        };
        self.characters().into_iter().flat_map(part).collect()
    }

    /// The bytes of the text that a group of tokens spans.
    #[must_use]
    pub fn range(&self, group: &[usize]) -> [usize; 2] {
        let tokens = || group.iter().filter_map(|&token| self.tokens.get(token));
        [tokens().map(|token| token.start).min().unwrap_or(0), tokens().map(|token| token.end).max().unwrap_or(0)]
    }

    /// The text with other words in the place of a group of tokens. The space that a token begins with stays.
    #[must_use]
    pub fn with(&self, group: &[usize], words: &str) -> String {
        let [start, end] = self.range(group);
        let parts = (self.text.get(..start), self.text.get(start..end), self.text.get(end..));
        let (Some(before), Some(gone), Some(after)) = parts else { return self.text.clone() };
        let space = &gone[..gone.len() - gone.trim_start().len()];
        format!("{before}{space}{words}{after}")
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
    fn other_words_take_the_place_of_tokens() {
        let tokens = vec![token("the", 0, 3, false), token(" plot", 3, 8, false), token(" is", 8, 11, false)];
        let input = Input { text: "the plot is".into(), tokens };
        assert_eq!(input.range(&[1, 2]), [3, 11]);
        assert_eq!(input.with(&[1], "story"), "the story is");
        assert_eq!(input.with(&[0, 1], "it"), "it is");
        assert_eq!(input.with(&[9], ""), "the plot is");
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

    #[test]
    fn tokens_that_are_parts_of_a_character_are_one_mark() {
        let part = |continues| Token { continues, ..token("東", 1, 4, false) };
        let two = Token { continues: true, ..token("b", 4, 5, false) };
        let tokens = vec![token("a", 0, 1, false), part(false), part(true), two, token("[SEP]", 0, 0, true)];
        let input = Input { text: "a東b".into(), tokens };
        assert_eq!(input.characters(), [vec![0], vec![1, 2], vec![3], vec![4]]);
        assert_eq!(input.parts(), [None, Some((1, 2)), Some((2, 2)), None, None]);
        assert_eq!(input.spelling(&[1, 2]), "東");
    }
}
