//! Numbers and texts as bytes.

use super::LinkError;

/// Numbers that are larger are none that a model gives.
const LARGEST: f32 = 1e9;

/// Bytes that are written.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

/// Bytes that are left to be read.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

/// A number as links hold it: finite, and no larger than a model could mean.
pub fn held(value: f32) -> Result<f32, LinkError> {
    if value.is_nan() {
        return Err(LinkError::Impossible { what: "a number that is none" });
    }
    Ok(value.clamp(-LARGEST, LARGEST))
}

impl Writer {
    /// A byte.
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A count, seven bits to a byte, the lowest first.
    pub fn count(&mut self, count: usize) {
        let mut rest = count;
        while rest >= 0x80 {
            self.byte(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    /// Numbers in 32 bits, one after the other.
    pub fn floats(&mut self, values: &[f32]) {
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }

    /// A number in 16 bits.
    pub fn short(&mut self, value: i16) {
        self.0.extend(value.to_le_bytes());
    }

    /// A text behind its length in bytes.
    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], LinkError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(LinkError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// As many bytes as are asked for.
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], LinkError> {
        self.take(N)?.try_into().map_err(|_| LinkError::Damaged)
    }

    /// A byte.
    pub fn byte(&mut self) -> Result<u8, LinkError> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    /// A count of at most 32 bits.
    pub fn count(&mut self) -> Result<usize, LinkError> {
        let mut count = 0u32;
        for place in 0..5 {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7f);
            count |= bits
                .checked_shl(7 * place)
                .filter(|shifted| shifted >> (7 * place) == bits)
                .ok_or(LinkError::Damaged)?;
            if byte < 0x80 {
                return usize::try_from(count).map_err(|_| LinkError::Damaged);
            }
        }
        Err(LinkError::Damaged)
    }

    /// A count of things of at least so many bytes each: there cannot be more of them than there are bytes.
    pub fn count_of(&mut self, bytes_each: usize) -> Result<usize, LinkError> {
        let count = self.count()?;
        if count > self.0.len() / bytes_each.max(1) { Err(LinkError::Damaged) } else { Ok(count) }
    }

    /// A number in 32 bits.
    pub fn float(&mut self) -> Result<f32, LinkError> {
        held(f32::from_le_bytes(self.bytes()?))
    }

    /// Numbers, one after the other.
    pub fn floats(&mut self, n: usize) -> Result<Vec<f32>, LinkError> {
        let bytes = self.take(n.checked_mul(4).ok_or(LinkError::Damaged)?)?;
        bytes.as_chunks().0.iter().map(|bytes| held(f32::from_le_bytes(*bytes))).collect()
    }

    /// A number in 16 bits.
    pub fn short(&mut self) -> Result<i16, LinkError> {
        self.bytes().map(i16::from_le_bytes)
    }

    /// A text behind its length in bytes.
    pub fn text(&mut self) -> Result<String, LinkError> {
        let length = self.count()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| LinkError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_and_have_no_end_of_their_own() {
        for count in [0, 1, 127, 128, 300, 70_000, u32::MAX as usize] {
            let mut writer = Writer::default();
            writer.count(count);
            assert_eq!(Reader(&writer.0).count(), Ok(count));
            assert_eq!(Reader(&writer.0[..writer.0.len() - 1]).count(), Err(LinkError::Damaged));
        }
        assert_eq!(Reader(&[0xff; 9]).count(), Err(LinkError::Damaged));
        assert_eq!(Reader(&[0x80, 0x80, 0x80, 0x80, 0x10]).count(), Err(LinkError::Damaged));
        assert_eq!(Reader(&[5, 0, 0, 0]).count_of(1), Err(LinkError::Damaged));
    }

    #[test]
    fn a_number_is_finite_and_clamped() {
        let read = |value: f32| Reader(&value.to_le_bytes()).float();
        assert_eq!(read(-1.5), Ok(-1.5));
        assert_eq!([read(f32::INFINITY), read(-1e30)], [Ok(1e9), Ok(-1e9)]);
        assert!(read(f32::NAN).is_err());
    }
}
