//! A text over several lines.

use crate::font::{self, Letters};

/// The lines of a text in a width, at most so many; what is cut ends in an ellipsis. A word that is wider than a line is cut.
#[must_use]
pub fn lines(text: &str, letters: Letters, width: f32, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(line)) if font::width(&longer, letters) <= width => *line = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    let cut = lines.len() > most;
    lines.truncate(most);
    if let Some(last) = lines.last_mut().filter(|_| cut) {
        last.push('…');
    }
    lines.iter().map(|line| font::clipped(line, letters, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_in_the_next_line() {
        let wide = font::width("y = 3 + 5", Letters::WORD) + 1.0;
        assert_eq!(lines("y = 3 + 5 = 8.", Letters::WORD, wide, 3), ["y = 3 + 5", "= 8."]);
        assert_eq!(lines("y = 3 + 5 = 8.", Letters::WORD, wide, 1), ["y = 3…"]);
        assert!(lines("", Letters::WORD, wide, 3).is_empty());
        assert!(lines(&"w".repeat(300), Letters::WORD, wide, 3)[0].ends_with('…'));
    }
}
