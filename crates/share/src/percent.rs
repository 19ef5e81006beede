//! Text ⇄ what a fragment may hold.
//!
//! RFC 3986 lets a fragment hold more than `encodeURIComponent` leaves alone, so an address stays easier to read than one
//! that JavaScript escapes; only what parts keys from values, and what browsers escape by themselves, is never left.

/// What is left beside letters and digits.
const PLAIN: &[u8] = b"-._~!$'()*,;:@/?";

/// The text with everything else than letters, digits and [`PLAIN`] escaped, byte by byte of its UTF-8.
pub fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&escape(byte));
        }
    }
    written
}

/// Escapes a mark at the very end: mail and chat programs take it for the end of their own sentence and leave it out of
/// the link.
pub fn end_escaped(mut address: String) -> String {
    let last = address.bytes().last().filter(|byte| PLAIN.contains(byte));
    if let Some(byte) = last {
        address.pop();
        address.push_str(&escape(byte));
    }
    address
}

/// What an escaped text says, and whether its bytes are UTF-8; those that are not become U+FFFD.
///
/// A `%` without two hexadecimal digits is itself, and so is a `+`: people write both in texts.
pub fn decoded(word: &str) -> (String, bool) {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = unescaped(rest).unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), false),
    }
}

fn escape(byte: u8) -> String {
    format!("%{byte:02X}")
}

/// The byte of an escape at the front, and what follows.
fn unescaped(word: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = word else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_keeps_what_it_may_hold_and_escapes_the_rest() {
        let check = |text: &str, written: &str| {
            assert_eq!(encoded(text), written);
            assert_eq!(decoded(written), (text.to_owned(), true));
        };
        check("Why? (It's fine; ~90/100, a*b: $5!)", "Why?%20(It's%20fine;%20~90/100,%20a*b:%20$5!)");
        check("a&b=c+d%e#f", "a%26b%3Dc%2Bd%25e%23f");
        check("\"<>`[]{}|\\^", "%22%3C%3E%60%5B%5D%7B%7D%7C%5C%5E");
        check("one\r\ntwo\t\0", "one%0D%0Atwo%09%00");
        check("é \u{1f600} שלום", "%C3%A9%20%F0%9F%98%80%20%D7%A9%D7%9C%D7%95%D7%9D");
    }

    #[test]
    fn what_is_typed_by_hand_is_read_as_it_looks() {
        let check = |typed: &str, text: &str| assert_eq!(decoded(typed), (text.to_owned(), true));
        check("100% sure", "100% sure");
        check("100%%20sure%", "100% sure%");
        check("50%2", "50%2");
        check("1+1=2", "1+1=2");
        check("caf%c3%A9 é", "café é");
        check("%+2", "%+2");
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replaced_and_told() {
        assert_eq!(decoded("a%FFb"), ("a\u{fffd}b".to_owned(), false));
        assert_eq!(decoded("%ED%A0%80"), ("\u{fffd}\u{fffd}\u{fffd}".to_owned(), false));
    }

    #[test]
    fn an_address_never_ends_in_a_mark() {
        assert_eq!(end_escaped("#/lab?text=It%20was%20bad.".to_owned()), "#/lab?text=It%20was%20bad%2E");
        assert_eq!(end_escaped("#/lab?text=".to_owned()), "#/lab?text=");
        assert_eq!(end_escaped("#/lab".to_owned()), "#/lab");
    }
}
