//! The answer of a text, by one rule.
//!
//! It is the first number after the last `Answer:`, or the option letter that stands there alone, `B` or `(B)`. A text without
//! `Answer:` that the model ended by itself answers with the last number that it writes. Digits are compared, not letters of free
//! text: `1,204.0` is `1204`, and `−3` is `-3`.

/// What stands before an answer.
pub const MARK: &str = "Answer:";

/// The answer that stands behind a mark.
#[must_use]
pub fn marked(text: &str) -> Option<String> {
    first(text.rsplit_once(MARK)?.1)
}

/// The first number of a text, or the option letter that it is.
#[must_use]
pub fn first(text: &str) -> Option<String> {
    let line = text.trim_start().lines().next()?;
    numbers(line).into_iter().next().map(|number| written(number.value)).or_else(|| letter(line))
}

/// The last number of a text.
#[must_use]
pub fn last(text: &str) -> Option<String> {
    numbers(text).last().map(|number| written(number.value))
}

/// An option letter that stands alone.
fn letter(line: &str) -> Option<String> {
    let word = line.split_whitespace().next()?.trim_matches(['(', ')', '.', ':', ',']);
    let only = word.len() == 1 && word.bytes().all(|byte| matches!(byte, b'A'..=b'H'));
    only.then(|| word.to_owned())
}

/// A number with its place in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// What it is.
    pub value: f64,
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// The numbers of a text, from left to right: digits with commas between thousands and a point, and a minus that has no
/// number or letter before it.
#[must_use]
pub fn numbers(text: &str) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let letter = |at: usize| letters.get(at).map(|&(_, letter)| letter);
    let digit = |at: usize| letter(at).is_some_and(|letter| letter.is_ascii_digit());
    let byte = |at: usize| letters.get(at).map_or(text.len(), |&(byte, _)| byte);
    let mut at = 0;
    while at < letters.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let from = at;
        let mut digits = String::new();
        while digit(at) || letter(at) == Some(',') && (1..=3).all(|more| digit(at + more)) && !digit(at + 4) {
            digits.extend(letter(at).filter(|letter| *letter != ','));
            at += 1;
        }
        if letter(at) == Some('.') && digit(at + 1) {
            digits.push('.');
            at += 1;
            while digit(at) {
                digits.extend(letter(at));
                at += 1;
            }
        }
        // A digit inside of a word is a name.
        if from > 0 && letter(from - 1).is_some_and(char::is_alphabetic) {
            continue;
        }
        let minus = from > 0 && matches!(letter(from - 1), Some('-' | '−'));
        let before = letters.iter().take(from.saturating_sub(1)).rev().find(|(_, letter)| !letter.is_whitespace());
        let negative = minus && !before.is_some_and(|(_, letter)| letter.is_alphanumeric() || *letter == ')');
        let Ok(value) = digits.parse::<f64>() else { continue };
        let start = byte(if negative { from - 1 } else { from });
        found.push(Number { value: if negative { -value } else { value }, start, end: byte(at) });
    }
    found
}

/// A number as answers are compared.
#[must_use]
pub fn written(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_number_or_a_letter_behind_its_mark() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(marked(text).as_deref(), expected, "{text}");
        check(" y = 3 + 5 = 8.\nAnswer: 14", Some("14"));
        check("Answer: 9\nAnswer: $1,204.50 dollars", Some("1204.5"));
        check("Answer: −3", Some("-3"));
        check("Answer: (B)", Some("B"));
        check("Answer: Berlin", None);
        check("Answer:", None);
        check("the answer is 9", None);
        assert_eq!(last("It takes 3 hours, so 6 pm."), Some("6".to_owned()));
    }

    #[test]
    fn a_number_is_read_where_it_stands() {
        let values = |text: &str| numbers(text).iter().map(|number| number.value).collect::<Vec<_>>();
        assert_eq!(values("12-4 = -8, x2 and 1,000,5 are 3.5."), [12.0, 4.0, -8.0, 1000.0, 5.0, 3.5]);
        assert_eq!(written(2.0 / 3.0 * 3.0), "2");
    }
}
