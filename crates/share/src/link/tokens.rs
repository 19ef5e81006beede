//! Where the tokens of a text stand, a byte for most.
//!
//! ```text
//! head    bit 7      a text of its own follows
//!         bit 6      it continues the word before it
//!         bits 4–5   bytes between the end of the token before and its start: 0, 1, 2; 3: n follows
//!         bits 0–3   its length: 1 to 14 bytes; 15: n follows; 0: it stands elsewhere
//! kind    of one that stands elsewhere: bit 0 special, bit 1 at the place of the token before it
//! start n, end n     of one that stands elsewhere, and not there
//! text    n bytes, where it is not what stands at its place, spelled as the table says
//! ```

use vitrine_schema::{Input, Token};

use super::LinkError;
use super::bytes::{Reader, Writer};

const OWN_TEXT: u8 = 0x80;
const CONTINUES: u8 = 0x40;
const SPECIAL: u8 = 1;
const SAME_PLACE: u8 = 2;
/// In front of a piece that continues a word, as BERT's vocabulary has it.
const PREFIX: &str = "##";
const OUTSIDE: LinkError = LinkError::Impossible { what: "tokens that stand outside of their text" };

/// How a table spells what stands in the text.
#[derive(Clone, Copy)]
struct Spelling(u8);

impl Spelling {
    const SMALL_LETTERS: u8 = 1;
    const PREFIXED: u8 = 2;

    fn of(self, written: &str, continues: bool) -> String {
        let small = self.0 & Self::SMALL_LETTERS > 0;
        let written = if small { written.to_ascii_lowercase() } else { written.to_owned() };
        if continues && self.0 & Self::PREFIXED > 0 { PREFIX.to_owned() + &written } else { written }
    }
}

/// Writes the tokens of a text.
pub fn write(input: &Input, writer: &mut Writer) {
    writer.count(input.tokens.len());
    let own_texts = |spelling: &Spelling| input.tokens.iter().filter(|token| is_own(input, *spelling, token)).count();
    let spelling = (0..4).map(Spelling).min_by_key(own_texts).unwrap_or(Spelling(0));
    if !input.tokens.is_empty() {
        writer.byte(spelling.0);
    }
    let mut place = (0, 0);
    for token in &input.tokens {
        let own = is_own(input, spelling, token);
        let marks = (if own { OWN_TEXT } else { 0 }) | if token.continues { CONTINUES } else { 0 };
        let gap = token.start.checked_sub(place.1);
        match (gap, token.end.checked_sub(token.start)) {
            (Some(gap), Some(length)) if !token.special && length > 0 => {
                writer.byte(marks | (gap.min(3) as u8) << 4 | length.min(15) as u8);
                if gap >= 3 {
                    writer.count(gap);
                }
                if length >= 15 {
                    writer.count(length);
                }
            }
            _ => {
                let same = (token.start, token.end) == place;
                writer.byte(marks);
                writer.byte(if token.special { SPECIAL } else { 0 } | if same { SAME_PLACE } else { 0 });
                if !same {
                    writer.count(token.start);
                    writer.count(token.end);
                }
            }
        }
        if own {
            writer.text(&token.text);
        }
        if !token.special {
            place = (token.start, token.end);
        }
    }
}

/// Reads the tokens of a text.
pub fn read(text: &str, reader: &mut Reader<'_>) -> Result<Vec<Token>, LinkError> {
    let n_tokens = reader.count_of(1)?;
    let spelling = Spelling(if n_tokens > 0 { reader.byte()? } else { 0 });
    let mut tokens = Vec::with_capacity(n_tokens);
    let mut place: (usize, usize) = (0, 0);
    for _ in 0..n_tokens {
        let head = reader.byte()?;
        let continues = head & CONTINUES > 0;
        let (special, (start, end)) = if head & 0x0f > 0 {
            let gap = if head & 0x30 == 0x30 { reader.count()? } else { usize::from(head >> 4 & 3) };
            let length = if head & 0x0f == 0x0f { reader.count()? } else { usize::from(head & 0x0f) };
            let start = place.1.checked_add(gap).ok_or(OUTSIDE)?;
            (false, (start, start.checked_add(length).ok_or(OUTSIDE)?))
        } else {
            let kind = reader.byte()?;
            let at = if kind & SAME_PLACE > 0 { place } else { (reader.count()?, reader.count()?) };
            (kind & SPECIAL > 0, at)
        };
        let written = text.get(start..end).ok_or(OUTSIDE)?;
        let text = if head & OWN_TEXT > 0 { reader.text()? } else { spelling.of(written, continues) };
        tokens.push(Token { id: 0, text, start, end, special, continues });
        if !special {
            place = (start, end);
        }
    }
    Ok(tokens)
}

/// Whether a token is spelled in its own way.
fn is_own(input: &Input, spelling: Spelling, token: &Token) -> bool {
    let written = input.text.get(token.start..token.end).unwrap_or_default();
    token.text != spelling.of(written, token.continues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, tokens: &[(&str, usize, usize)], bytes: usize) {
        let token = |&(text, start, end): &(&str, usize, usize)| Token {
            id: 0,
            text: text.to_owned(),
            start,
            end,
            special: text.starts_with('['),
            continues: text.starts_with("##"),
        };
        let input = Input { text: text.to_owned(), tokens: tokens.iter().map(token).collect() };
        let mut writer = Writer::default();
        write(&input, &mut writer);
        let mut reader = Reader(&writer.0);
        assert_eq!(read(text, &mut reader), Ok(input.tokens));
        assert_eq!((reader.0.len(), writer.0.len()), (0, bytes));
    }

    #[test]
    fn a_token_of_a_text_is_a_byte() {
        check("", &[], 1);
        let pieces = [("[CLS]", 0, 0), ("zeb", 0, 3), ("##ra", 3, 5), ("act", 6, 9), (".", 9, 10), ("[SEP]", 0, 0)];
        check("Zebra act.", &pieces, 2 + 8 + 4 + 10);
        // As a byte-level vocabulary has it, spaces included.
        check("The film", &[("The", 0, 3), (" film", 3, 8)], 4);
        let wide = "a      Donaudampfschiff";
        check(wide, &[("a", 0, 1), ("Donaudampfschiff", 7, 23)], 2 + 1 + 3);
        // Two parts of one character, and letters that are spelled without their accent.
        check("東é", &[("東", 0, 3), ("東", 0, 3), ("e", 3, 5)], 2 + 1 + 2 + 3);
    }

    #[test]
    fn what_stands_outside_of_the_text_is_refused() {
        let read = |text: &str, bytes: &[u8]| read(text, &mut Reader(bytes));
        assert_eq!(read("ab", &[1, 0, 0x03]), Err(OUTSIDE));
        assert_eq!(read("é", &[1, 0, 0x01]), Err(OUTSIDE));
        assert_eq!(read("ab", &[1, 0, 0x00, 0, 2, 1]), Err(OUTSIDE));
        assert_eq!(read("ab", &[200, 0]), Err(LinkError::Damaged));
        assert_eq!(read("ab", &[1, 0, 0x3f, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0x0f]), Err(OUTSIDE));
    }
}
