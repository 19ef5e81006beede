//! CRC-32 as PNG and gzip have it (ISO 3309): whether bytes arrived as they were sent.

/// Remainders of single bytes.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            remainder = if remainder & 1 == 1 { 0xedb8_8320 ^ (remainder >> 1) } else { remainder >> 1 };
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

/// The check sum of bytes that stand one after the other.
pub fn crc32<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let step =
        |sum: u32, byte: &u8| TABLE.get(usize::from(sum as u8 ^ byte)).map_or(sum, |remainder| remainder ^ (sum >> 8));
    !parts.into_iter().flatten().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        assert_eq!(crc32([&b"1234"[..], b"56789"]), 0xcbf4_3926);
        assert_eq!(crc32([&b""[..]]), 0);
        // The last chunk of every PNG.
        assert_eq!(crc32([&b"IEND"[..]]), 0xae42_6082);
    }
}
