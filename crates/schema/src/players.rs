//! Who plays: what is taken away, and given a score, as one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Input;
use crate::diagnostic::Refusal;

/// What ends a sentence, where a space or the end of the text follows; quotes and brackets may close in between.
const ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];
const CLOSES: [char; 7] = ['"', '\'', '”', '’', ')', ']', '»'];

/// Which tokens belong together. Marks of the tokenizer are no players.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Named", into = "Named")]
pub enum Players {
    /// Each token is a player.
    #[default]
    Tokens,
    /// Each word: its pieces together.
    Words,
    /// Each sentence. It ends after a full stop, question or exclamation mark before a space, and where a line ends; an
    /// abbreviation with a stop ends one too.
    Sentences,
    /// Byte ranges `[start, end)` of the text. A token belongs to the first that it overlaps; one in none is always there.
    Spans(Vec<[usize; 2]>),
}

/// As JSON has it: a name, or a list of ranges.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "players must be tokens, words, sentences, or byte ranges such as [[0,5],[6,9]]")]
enum Named {
    Name(String),
    Spans(Vec<[usize; 2]>),
}

impl From<Players> for Named {
    fn from(players: Players) -> Self {
        match players {
            Players::Spans(spans) => Self::Spans(spans),
            named => Self::Name(named.to_string()),
        }
    }
}

impl TryFrom<Named> for Players {
    type Error = Refusal;

    fn try_from(named: Named) -> Result<Self, Refusal> {
        match named {
            Named::Spans(spans) => Ok(Self::Spans(spans)),
            Named::Name(name) => name.parse(),
        }
    }
}

impl fmt::Display for Players {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens => f.write_str("tokens"),
            Self::Words => f.write_str("words"),
            Self::Sentences => f.write_str("sentences"),
            Self::Spans(spans) => {
                let spans: Vec<String> = spans.iter().map(|[start, end]| format!("[{start},{end}]")).collect();
                write!(f, "[{}]", spans.join(","))
            }
        }
    }
}

impl FromStr for Players {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        match word.trim() {
            "tokens" => Ok(Self::Tokens),
            "words" => Ok(Self::Words),
            "sentences" => Ok(Self::Sentences),
            other => serde_json::from_str(other).map(Self::Spans).map_err(|_| Refusal::BadParameter {
                name: "players".to_owned(),
                expected: "tokens, words, sentences, or byte ranges such as [[0,5],[6,9]]".to_owned(),
                found: word.chars().take(40).collect(),
            }),
        }
    }
}

impl Players {
    /// The tokens of each player, in the order of the text.
    ///
    /// # Errors
    /// [`Refusal::NotASpan`] for a range that lies outside the text, cuts a letter, or holds no token of its own.
    pub fn of(&self, input: &Input) -> Result<Vec<Vec<usize>>, Refusal> {
        let words = |index: &usize| input.tokens.get(*index).is_some_and(|token| !token.special);
        let own = (0..input.tokens.len()).filter(words);
        Ok(match self {
            Self::Tokens => own.map(|token| vec![token]).collect(),
            Self::Words => input.words().into_iter().filter(|word| word.iter().all(words)).collect(),
            Self::Sentences => {
                let ends = sentence_ends(&input.text);
                let sentence = |token: usize| {
                    let last = input.tokens.get(token).map_or(0, |token| token.end.saturating_sub(1));
                    ends.iter().filter(|&&end| end <= last).count()
                };
                let mut players: Vec<Vec<usize>> = Vec::new();
                let mut before = None;
                for token in own {
                    let here = Some(sentence(token));
                    match players.last_mut() {
                        Some(player) if here == before => player.push(token),
                        _ => players.push(vec![token]),
                    }
                    before = here;
                }
                players
            }
            Self::Spans(spans) => {
                let mut players = vec![Vec::new(); spans.len()];
                for token in own {
                    let Some(place) = input.tokens.get(token) else { continue };
                    let overlaps = |&[start, end]: &[usize; 2]| place.start < end && place.end > start;
                    if let Some(player) = spans.iter().position(overlaps).and_then(|span| players.get_mut(span)) {
                        player.push(token);
                    }
                }
                for (&[start, end], tokens) in spans.iter().zip(&players) {
                    if tokens.is_empty() || input.text.get(start..end).is_none() {
                        return Err(Refusal::NotASpan { start, end, length: input.text.len() });
                    }
                }
                players.sort();
                players
            }
        })
    }
}

/// Bytes at which a sentence has ended.
fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut ending = false;
    for (at, letter) in text.char_indices() {
        if letter == '\n' || ending && letter.is_whitespace() {
            ends.push(at);
        }
        ending = ENDS.contains(&letter) || ending && CLOSES.contains(&letter);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;

    /// Each word a token; one that begins with `#` continues the one before.
    fn input(text: &str) -> Input {
        let mut tokens = vec![Token { id: 0, text: "[CLS]".into(), start: 0, end: 0, special: true, continues: false }];
        let mut from = 0;
        for word in text.split_inclusive(' ') {
            let (start, end) = (from, from + word.trim_end().len());
            from += word.len();
            let continues = word.starts_with('#');
            tokens.push(Token { id: 1, text: word.into(), start, end, special: false, continues });
        }
        Input { text: text.into(), tokens }
    }

    #[track_caller]
    fn check(players: &str, text: &str, expected: &[&[usize]]) {
        let players: Players = players.parse().unwrap_or_default();
        assert_eq!(players.of(&input(text)).unwrap_or_default(), expected, "{players} of {text}");
    }

    #[test]
    fn tokens_are_grouped() {
        check("tokens", "a b", &[&[1], &[2]]);
        check("words", "a #b c", &[&[1, 2], &[3]]);
        check("sentences", "Good film. Not 3.5 long? Yes", &[&[1, 2], &[3, 4, 5], &[6]]);
        check("sentences", "He said \"no.\" Then\nleft", &[&[1, 2, 3], &[4]]);
        check("[[2,3],[0,1]]", "a b c", &[&[1], &[2]]);
        // A token belongs to the first range that it overlaps.
        check("[[0,3],[2,5]]", "a b c", &[&[1, 2], &[3]]);
    }

    #[test]
    fn a_range_that_is_none_is_refused() {
        let refused = |spans: &str, text: &str| {
            let players: Players = spans.parse().unwrap_or_default();
            players.of(&input(text)).map_err(|refusal| refusal.to_string()).err().unwrap_or_default()
        };
        for (spans, text) in [("[[0,99]]", "a b"), ("[[3,1]]", "a b"), ("[[1,2]]", "a b"), ("[[0,1]]", "é b")] {
            let said = refused(spans, text);
            assert!(said.contains("is no part of the text with a word in it"), "{spans} {said}");
        }
        assert!("blur".parse::<Players>().is_err_and(|refusal| refusal.to_string().starts_with("players must be")));
    }

    #[test]
    fn players_are_a_name_or_ranges_in_json() {
        for (players, json) in [
            (Players::Words, r#""words""#),
            (Players::Sentences, r#""sentences""#),
            (Players::Spans(vec![[0, 5], [6, 9]]), "[[0,5],[6,9]]"),
        ] {
            assert_eq!(serde_json::to_string(&players).unwrap_or_default(), json);
            assert_eq!(serde_json::from_str::<Players>(json).ok(), Some(players.clone()));
            assert_eq!(players.to_string().parse(), Ok(players));
        }
        let refused = serde_json::from_str::<Players>("3").map_err(|error| error.to_string());
        assert!(refused.is_err_and(|said| said.starts_with("players must be tokens, words, sentences")));
    }
}
