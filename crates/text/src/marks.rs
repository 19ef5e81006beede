//! From the pieces of a tokenizer to tokens as the reader wrote them.
//!
//! A character that a vocabulary lacks becomes several tokens, each with a part of its bytes. Such tokens form one *mark*: each keeps
//! its id, and all have the text and the offsets of the whole character. Where a token holds the end of one character and more, all
//! tokens that share a character are one mark, whose text is the whole run of characters. A character is what a reader takes for
//! one: an emoji of several code points, a letter with its combining accents.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use vitrine_schema::Token;

use crate::spelling::Spelling;

/// Bytes of the longest mark. The longest emoji has 35; a letter under a thousand accents is read in parts, because each token of a
/// mark has the text of the whole.
const LONGEST: usize = 64;

/// One piece of a split text.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Its id.
    pub id: u32,
    /// How the vocabulary spells it.
    pub spelled: String,
    /// The bytes that it writes.
    pub written: Vec<u8>,
    /// The bytes of the text that it stands for, spaces included; empty if it was added.
    pub run: Range<usize>,
    /// Whether the tokenizer leaves the spaces around it out of its place.
    pub trimmed: bool,
    /// A mark that the tokenizer added, or that stands in the text.
    pub special: bool,
    /// A token of the vocabulary's own making in the place of text that it cannot spell.
    pub unknown: bool,
}

/// Puts the pieces of a text together to tokens.
pub(crate) fn tokens(text: &str, mut pieces: Vec<Piece>, spelling: &Spelling) -> Vec<Token> {
    let dummies = free_dummies(text, &mut pieces);
    let breaks = Breaks::of(text, spelling);
    let mut tokens: Vec<Token> = Vec::with_capacity(pieces.len());
    let mut rest = pieces.as_slice();
    while let Some(first) = rest.first() {
        let (n_parts, mut run) = mark(rest, &breaks);
        let (parts, after) = rest.split_at(n_parts);
        // What a normalizer took into the character before it belongs to that character.
        let next = after.iter().find(|piece| !piece.run.is_empty()).map_or(text.len(), |piece| piece.run.start);
        if let Some(end) = breaks.end_of(run.end).filter(|end| (run.end..=next).contains(end) && !run.is_empty()) {
            run.end = end;
        }
        let shown = shown(text, first, &run, n_parts, spelling);
        let led = tokens.len().checked_sub(1).is_some_and(|before| dummies.get(before) == Some(&true));
        let joins = !first.special && (led || continues(tokens.last(), first, &shown, run.start, spelling));
        let place = if parts.iter().any(|piece| piece.trimmed) { trim(text, &run) } else { run };
        for (part, piece) in parts.iter().enumerate() {
            tokens.push(Token {
                id: piece.id,
                text: shown.clone(),
                start: place.start,
                end: place.end,
                special: piece.special,
                continues: part > 0 || joins,
            });
        }
        rest = after;
    }
    tokens
}

/// Finds the spaces that the tokenizer put in front of a text, where they are tokens of their own, and takes their place in the text
/// away: nothing that the reader wrote stands for them. Says which they are.
fn free_dummies(text: &str, pieces: &mut [Piece]) -> Vec<bool> {
    let mut dummies = vec![false; pieces.len()];
    for idx in 0..pieces.len() {
        let Some([piece, next]) = pieces.get(idx..).and_then(|rest| rest.first_chunk()) else { break };
        let own = |piece: &Piece| text.as_bytes().get(piece.run.clone()).unwrap_or_default().to_vec();
        let start = piece.run.start;
        let one_space = !piece.special && piece.written == b" ";
        // Such a space has the place of the character after it. A space of the text has that, too, if the character is the space.
        let shares = !next.special && next.run.start == start && !piece.run.is_empty();
        let in_text = own(piece).starts_with(b" ") && next.written != own(next);
        if one_space
            && shares
            && !in_text
            && let Some(piece) = pieces.get_mut(idx)
            && let Some(dummy) = dummies.get_mut(idx)
        {
            piece.run.end = start;
            piece.trimmed = false;
            *dummy = true;
        }
    }
    dummies
}

/// How many of these pieces are one mark, and the run of text that it stands for.
fn mark(pieces: &[Piece], breaks: &Breaks) -> (usize, Range<usize>) {
    let mut run = pieces.first().map_or(0..0, |first| first.run.clone());
    if run.is_empty() || pieces.first().is_some_and(|first| first.special) {
        return (1, run);
    }
    let joins = |run: &Range<usize>, next: &Piece| {
        let shares = next.run.start < run.end && next.run.end > run.start;
        let goes_on = next.run.start == run.end && breaks.inside(run.end);
        !next.special && !next.run.is_empty() && (shares || goes_on) && next.run.end - run.start <= LONGEST
    };
    let mut n_parts = 1;
    for next in pieces.iter().skip(1) {
        if !joins(&run, next) {
            break;
        }
        run.end = run.end.max(next.run.end);
        n_parts += 1;
    }
    (n_parts, run)
}

/// A mark as the reader wrote it; special tokens and word pieces as the vocabulary spells them.
fn shown(text: &str, first: &Piece, run: &Range<usize>, n_parts: usize, spelling: &Spelling) -> String {
    let word_piece = matches!(spelling, Spelling::WordPieces { .. }) && n_parts == 1;
    if first.special || first.unknown || word_piece {
        return first.spelled.clone();
    }
    match text.get(run.clone()) {
        Some(written) if !written.is_empty() => written.to_owned(),
        _ => String::from_utf8_lossy(&first.written).into_owned(),
    }
}

/// A run without the spaces around it.
fn trim(text: &str, run: &Range<usize>) -> Range<usize> {
    let written = text.get(run.clone()).unwrap_or_default();
    let start = run.end - written.trim_start_matches(' ').len();
    start..(run.start + written.trim_end_matches(' ').len()).max(start)
}

/// Word pieces say whether they continue a word; other tokens do when they join the letters before them.
fn continues(before: Option<&Token>, first: &Piece, shown: &str, start: usize, spelling: &Spelling) -> bool {
    if let Spelling::WordPieces { prefix } = spelling {
        return first.spelled.starts_with(prefix.as_str());
    }
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
    before.is_some_and(|before| {
        !before.special && before.end == start && joins(before.text.chars().last()) && joins(shown.chars().next())
    })
}

/// Characters of scripts that are written without spaces between words: ideographs and Japanese syllables.
const fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Where one character ends and the next begins.
struct Breaks(Option<Vec<bool>>);

impl Breaks {
    fn of(text: &str, spelling: &Spelling) -> Self {
        // Word pieces are shown as the vocabulary has them, and in plain text every byte is a character.
        if matches!(spelling, Spelling::WordPieces { .. }) || text.is_ascii() {
            return Self(None);
        }
        let mut breaks = vec![false; text.len() + 1];
        let starts = text.grapheme_indices(true).map(|(start, _)| start).chain([text.len()]);
        starts.for_each(|start| {
            if let Some(found) = breaks.get_mut(start) {
                *found = true;
            }
        });
        // A line break of two characters is two tokens everywhere else.
        text.match_indices("\r\n").for_each(|(start, _)| {
            if let Some(found) = breaks.get_mut(start + 1) {
                *found = true;
            }
        });
        Self(Some(breaks))
    }

    /// Where the character ends in whose middle this byte is, if it is no further than a mark is long.
    fn end_of(&self, byte: usize) -> Option<usize> {
        self.inside(byte).then(|| (byte..=byte + LONGEST).find(|&at| !self.inside(at))).flatten()
    }

    /// Whether this byte is in the middle of a character.
    fn inside(&self, byte: usize) -> bool {
        self.0.as_ref().and_then(|breaks| breaks.get(byte)).is_some_and(|is_break| !is_break)
    }
}
