//! Text that anyone may have written: what in it could rearrange the words around it.

/// Whether a character sets the direction of the text around it, and is seen nowhere itself (Unicode UAX #9).
#[must_use]
pub const fn sets_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character is written from right to left, so that numbers and signs beside it may change places.
#[must_use]
pub const fn runs_leftwards(c: char) -> bool {
    let c = c as u32;
    matches!(c, 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefe | 0x1_0800..=0x1_0fff | 0x1_e800..=0x1_efff)
}

/// The text without what sets a direction.
#[must_use]
pub fn undirected(text: &str) -> String {
    text.chars().filter(|c| !sets_direction(*c)).collect()
}

/// One line without what sets a direction: everything else that is no letter, sign or space is a space.
#[must_use]
pub fn line(text: &str) -> String {
    let spaced = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    undirected(text).chars().map(spaced).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_what_is_read_and_nothing_that_moves_it() {
        assert_eq!(line(" a\u{202e}b\r\nc\u{2028}d\u{2066}\u{200f} "), "ab  c d");
        assert_eq!(line("שלום \u{1f600} <b>"), "שלום \u{1f600} <b>");
        assert_eq!(undirected("a\n\u{202e}b"), "a\nb");
    }

    #[test]
    fn hebrew_and_arabic_run_leftwards() {
        assert!("שלוםالعربية\u{fb1d}\u{1e900}".chars().all(runs_leftwards));
        assert!(!"aé東\u{feff}\u{1f600}1 ".chars().any(runs_leftwards));
    }
}
