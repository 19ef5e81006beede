//! What was read, token by token or word by word, with scores: the marks that figures draw and sentences name.

use vitrine_schema::Explanation;

/// Whether word pieces are shown apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// One mark per word; scores are summed, which keeps completeness.
    #[default]
    Words,
    /// One mark per token; the tokens that are parts of one character are one mark.
    Tokens,
}

impl Grouping {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Words => Self::Tokens,
            Self::Tokens => Self::Words,
        }
    }
}

/// One token or word.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// As the reader wrote it, or as the vocabulary spells a special token.
    pub text: String,
    /// Indices of its tokens.
    pub tokens: Vec<usize>,
    /// Sum of their scores.
    pub score: f32,
    /// Score over the largest size of any mark, -1 to 1.
    pub share: f32,
    /// Put there by the tokenizer: `[CLS]`, `</s>`.
    pub special: bool,
}

/// The marks of an explanation, in reading order.
#[must_use]
pub fn marks(explanation: &Explanation, grouping: Grouping) -> Vec<Mark> {
    let groups = match grouping {
        _ if !explanation.players.is_empty() => players(explanation),
        Grouping::Words => explanation.input.words(),
        Grouping::Tokens => explanation.input.characters(),
    };
    let score = |group: &Vec<usize>| sum(group, &explanation.scores);
    let largest = groups.iter().map(|group| score(group).abs()).fold(0.0, f32::max);
    groups
        .into_iter()
        .map(|tokens| {
            let score = score(&tokens);
            let first = tokens.first().and_then(|&token| explanation.input.tokens.get(token));
            Mark {
                text: match (grouping, first) {
                    (Grouping::Tokens, Some(token)) if token.text.starts_with("##") => token.text.clone(),
                    _ if tokens.len() >= LONG_RUN && !explanation.players.contains(&tokens) => {
                        folded(&explanation.input.spelling(&tokens))
                    }
                    _ => explanation.input.spelling(&tokens),
                },
                special: first.is_some_and(|token| token.special),
                share: if largest > 0.0 { score / largest } else { 0.0 },
                score,
                tokens,
            }
        })
        .collect()
}

/// From so many tokens on, a run of those that are in no player is one mark.
const LONG_RUN: usize = 24;

/// Players that are not single tokens, and each token that is in none, in the order of the text; a long run of the latter, which
/// always stays, is one.
fn players(explanation: &Explanation) -> Vec<Vec<usize>> {
    let mut alone = vec![true; explanation.input.tokens.len()];
    for token in explanation.players.iter().flatten() {
        alone.get_mut(*token).into_iter().for_each(|alone| *alone = false);
    }
    for (alone, token) in alone.iter_mut().zip(&explanation.input.tokens) {
        *alone &= !token.special;
    }
    let special = explanation.input.tokens.iter().enumerate().filter(|(_, token)| token.special).map(|(at, _)| at);
    let plays = |token: &usize| explanation.players.iter().any(|player| player.contains(token));
    let mut runs: Vec<Vec<usize>> = special.filter(|token| !plays(token)).map(|token| vec![token]).collect();
    for run in alone.iter().enumerate().collect::<Vec<_>>().chunk_by(|(_, a), (_, b)| a == b) {
        let tokens = || run.iter().filter(|(_, alone)| **alone).map(|&(token, _)| token);
        match tokens().count() {
            LONG_RUN.. => runs.push(tokens().collect()),
            _ => runs.extend(tokens().map(|token| vec![token])),
        }
    }
    let mut groups: Vec<Vec<usize>> = explanation.players.iter().cloned().chain(runs).collect();
    groups.sort();
    groups
}

/// The beginning and the end of a long text.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    match &words[..] {
        [first, second, .., last] => format!("{first} {second} … {last}"),
        _ => text.to_owned(),
    }
}

/// Neighbouring marks as one, if there are any.
#[must_use]
pub fn together(explanation: &Explanation, marks: &[Mark]) -> Option<Mark> {
    let [first, others @ ..] = marks else { return None };
    if others.is_empty() {
        return Some(first.clone());
    }
    let tokens: Vec<usize> = marks.iter().flat_map(|mark| mark.tokens.iter().copied()).collect();
    let (text, special) = (explanation.input.spelling(&tokens), marks.iter().all(|mark| mark.special));
    let (score, share) = marks.iter().fold((0.0, 0.0), |(score, share), mark| (score + mark.score, share + mark.share));
    Some(Mark { text, tokens, score, share, special })
}

/// The parts of a mark that is one character of several tokens, such as `1/2`, with their scores; none for other marks.
#[must_use]
pub fn parts(explanation: &Explanation, mark: &Mark) -> Vec<(String, f32)> {
    let parts = explanation.input.parts();
    let part = |&token: &usize| {
        let (part, n_parts) =
            parts.get(token).copied().flatten().filter(|(_, n_parts)| *n_parts == mark.tokens.len())?;
        Some((format!("{part}/{n_parts}"), explanation.scores.get(token).copied()?))
    };
    mark.tokens.iter().filter_map(part).collect()
}

/// Whether tokens are what the tokenizer added, and stand nowhere in the text.
#[must_use]
pub fn is_added(explanation: &Explanation, tokens: &[usize]) -> bool {
    let tokens = tokens.iter().filter_map(|&token| explanation.input.tokens.get(token));
    tokens.into_iter().all(|token| token.special && token.start == token.end)
}

/// What the tokenizer added, by name.
#[must_use]
pub fn added_names(explanation: &Explanation) -> String {
    let tokens = explanation.input.tokens.iter().enumerate();
    let added = tokens.filter(|(place, _)| is_added(explanation, &[*place]));
    added.map(|(_, token)| token.text.as_str()).collect::<Vec<_>>().join(" and ")
}

/// Sum of the values of a group of tokens.
#[must_use]
pub fn sum(group: &[usize], values: &[f32]) -> f32 {
    group.iter().filter_map(|&token| values.get(token)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;

    #[test]
    fn merging_keeps_the_sum() {
        let explanation = example();
        let total = |grouping| marks(&explanation, grouping).iter().map(|mark| mark.score).sum::<f32>();
        assert!((total(Grouping::Words) - total(Grouping::Tokens)).abs() < 1e-6);
        assert!(marks(&explanation, Grouping::Words).len() < marks(&explanation, Grouping::Tokens).len());
    }

    #[test]
    fn a_long_text_that_always_stays_is_one_mark() {
        let mut found = example();
        let token = |at: usize| vitrine_schema::Token {
            id: 1,
            text: "so ".into(),
            start: 3 * at,
            end: 3 * at + 3,
            special: false,
            continues: false,
        };
        let n = LONG_RUN + 2;
        found.input = vitrine_schema::Input { text: "so ".repeat(n), tokens: (0..n).map(token).collect() };
        (found.scores, found.players) = (vec![0.0; n], vec![vec![n - 2], vec![n - 1]]);
        for grouping in [Grouping::Words, Grouping::Tokens] {
            let marks = marks(&found, grouping);
            assert_eq!((marks.len(), marks[0].tokens.len(), marks[0].text.as_str()), (3, LONG_RUN, "so so … so"));
        }
        // A short one is read word by word.
        found.players = vec![vec![0], vec![n - 1], vec![5]];
        assert_eq!(marks(&found, Grouping::Words).len(), n);
    }

    #[test]
    fn neighbours_are_one_mark() {
        let explanation = example();
        let marks = marks(&explanation, Grouping::Words);
        let both = together(&explanation, &marks[2..4]).map(|mark| (mark.text, mark.tokens, mark.score));
        assert_eq!(both, Some(("but funny".to_owned(), vec![2, 3, 4], 1.75)));
        assert_eq!(together(&explanation, &marks[1..2]).as_ref(), marks.get(1));
        assert_eq!(together(&explanation, &[]), None);
    }

    #[test]
    fn players_are_marks() {
        let players = vec![vec![2, 3]];
        let explanation = Explanation { players, ..example() };
        for grouping in [Grouping::Tokens, Grouping::Words] {
            let marks = marks(&explanation, grouping);
            assert_eq!(marks.len(), explanation.input.tokens.len() - 1);
            assert_eq!(marks[2].tokens, [2, 3]);
        }
    }

    #[test]
    fn a_character_of_several_tokens_is_one_mark_with_parts() {
        let mut explanation = example();
        explanation.input.text = "dull 東 funny".into();
        for (token, continues) in [(1, false), (2, true)] {
            let token = &mut explanation.input.tokens[token];
            (token.text, token.start, token.end, token.continues) = ("東".into(), 5, 8, continues);
        }
        for grouping in [Grouping::Tokens, Grouping::Words] {
            let marks = marks(&explanation, grouping);
            assert_eq!((marks[1].text.as_str(), &marks[1].tokens, marks[1].score), ("東", &vec![1, 2], -2.75));
            assert_eq!(parts(&explanation, &marks[1]), [("1/2".to_owned(), -3.0), ("2/2".to_owned(), 0.25)]);
            assert!(marks.iter().skip(2).all(|mark| parts(&explanation, mark).is_empty()));
        }
        let labels = crate::token::labels(&explanation.input);
        assert_eq!(labels[..4], ["[CLS]", "東 1/2", "東 2/2", "fun"]);
    }

    #[test]
    fn what_the_tokenizer_added_has_no_place_in_the_text() {
        let mut explanation = example();
        assert_eq!(added_names(&explanation), "[CLS] and [SEP]");
        // A control token that the reader wrote is no addition.
        explanation.input.tokens[0].end += 1;
        assert_eq!(added_names(&explanation), "[SEP]");
        assert!(!is_added(&explanation, &[0]) && !is_added(&explanation, &[1]));
    }

    #[test]
    fn shares_reach_one_and_no_further() {
        let shares: Vec<f32> = marks(&example(), Grouping::Tokens).iter().map(|mark| mark.share.abs()).collect();
        assert!(shares.iter().all(|share| *share <= 1.0) && shares.contains(&1.0));
    }
}
