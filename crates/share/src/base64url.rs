//! Bytes ⇄ letters that an address may hold (RFC 4648, section 5, without padding).

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Whether a byte is one of the letters.
pub fn is_letter(byte: u8) -> bool {
    value(byte).is_some()
}

/// Four letters for three bytes.
pub fn encoded(bytes: &[u8]) -> String {
    let mut written = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = [0, 1, 2].iter().fold(0u32, |word, at| word << 8 | u32::from(chunk.get(*at).copied().unwrap_or(0)));
        let letter = |digit: usize| LETTERS.get((word >> (18 - 6 * digit)) as usize & 63).map(|byte| char::from(*byte));
        written.extend((0..=chunk.len()).filter_map(letter));
    }
    written
}

/// The bytes; `None` where a letter is none, or where bits are left over.
pub fn decoded(written: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(written.len() / 4 * 3 + 2);
    for chunk in written.as_bytes().chunks(4) {
        let word = chunk.iter().try_fold(0u32, |word, byte| Some(word << 6 | value(*byte)?))?;
        // One letter is less than a byte; two and three have four and two bits more than their bytes.
        let (n_bytes, left_over) = match chunk.len() {
            4 => (3, 0),
            3 => (2, 2),
            2 => (1, 4),
            _ => return None,
        };
        if word & ((1 << left_over) - 1) != 0 {
            return None;
        }
        let word = (word >> left_over).to_be_bytes();
        bytes.extend(word.get(word.len() - n_bytes..)?);
    }
    Some(bytes)
}

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_rfc_4648() {
        for (bytes, letters) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(bytes.as_bytes()), letters);
            assert_eq!(decoded(letters).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(encoded(&[0xfb, 0xff]), "-_8");
        for wrong in ["A", "Zh", "Zm9", "Zg==", "Zm+/", "Z g", "é"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for n in 250..=256 {
            assert_eq!(decoded(&encoded(&bytes[..n])).as_deref(), Some(&bytes[..n]));
        }
        assert!((0..=255).filter(|byte| is_letter(*byte)).count() == 64);
    }
}
