//! JSON ⇄ deflated bytes (RFC 1951), with a dictionary of what every recipe says.
//!
//! The dictionary stands before the text and is not sent: `zlib.decompressobj(-15, zdict=dictionary)` reads the bytes in
//! Python. It belongs to version 1 of the link for ever, to the last byte.

use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::LinkError;

/// What stands before the text; what is likeliest stands last.
pub const DICTIONARY: &[u8] = include_bytes!("v1.dictionary");
/// Longest text that is inflated.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most that the library tries.
const LEVEL: i32 = 10;
/// Codes that fit the text, or the fixed ones, which cost nothing themselves.
const STRATEGIES: [i32; 2] = [CompressionStrategy::Default as i32, CompressionStrategy::Fixed as i32];

/// Deflates a text, in whichever way is shorter.
pub fn deflated(text: &[u8]) -> Vec<u8> {
    let ways = STRATEGIES.map(|strategy| {
        let mut compressor = Box::new(CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL, -15, strategy)));
        let mut bytes = Vec::new();
        // A flush ends the dictionary at a whole byte; what is written for it is not kept.
        compress_to_output(&mut compressor, DICTIONARY, TDEFLFlush::Sync, |_| true);
        compress_to_output(&mut compressor, text, TDEFLFlush::Finish, |piece| {
            bytes.extend_from_slice(piece);
            true
        });
        bytes
    });
    ways.into_iter().min_by_key(Vec::len).unwrap_or_default()
}

/// The text, and how many of the bytes it took.
pub fn inflated(bytes: &[u8]) -> Result<(Vec<u8>, usize), LinkError> {
    let mut inflater = Box::new(DecompressorOxide::new());
    let mut text = DICTIONARY.to_vec();
    let (mut read, mut written) = (0, text.len());
    loop {
        // Room grows with what is there to be read, and then twofold.
        let room = (text.len() * 2).max(DICTIONARY.len() + 4 * bytes.len()).min(DICTIONARY.len() + MOST_BYTES);
        text.resize(room, 0);
        let rest = bytes.get(read..).unwrap_or_default();
        let whole = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, more_read, more_written) = decompress(&mut inflater, rest, &mut text, written, whole);
        (read, written) = (read + more_read, written + more_written);
        match status {
            TINFLStatus::Done => {
                text.truncate(written);
                text.drain(..DICTIONARY.len());
                return Ok((text, read));
            }
            TINFLStatus::HasMoreOutput if room < DICTIONARY.len() + MOST_BYTES => {}
            TINFLStatus::HasMoreOutput => return Err(LinkError::InflatesTooFar { most: MOST_BYTES }),
            _ => return Err(LinkError::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crc32::crc32;

    #[test]
    fn the_dictionary_of_version_1_never_changes() {
        assert_eq!((DICTIONARY.len(), crc32([DICTIONARY])), (3401, 366_167_414));
    }

    #[test]
    fn a_text_comes_back_and_what_follows_is_left() {
        let texts = ["", "a", r#"{"schema":"vitrine.recipe/1""#, &"the plot ".repeat(50_000)];
        for text in texts {
            let mut bytes = deflated(text.as_bytes());
            let length = bytes.len();
            bytes.extend([1, 2, 3]);
            assert_eq!(inflated(&bytes), Ok((text.as_bytes().to_vec(), length)), "{} bytes", text.len());
            bytes.truncate(length - 1);
            assert_eq!(inflated(&bytes), Err(LinkError::Damaged), "{} bytes", text.len());
        }
        // What the dictionary says costs next to nothing.
        assert!(deflated(&DICTIONARY[..200]).len() < 8);
    }

    #[test]
    fn what_inflates_too_far_is_refused_without_being_held() {
        let most = vec![b' '; MOST_BYTES];
        assert_eq!(inflated(&deflated(&most)).map(|(text, _)| text.len()), Ok(MOST_BYTES));
        let more = vec![b' '; MOST_BYTES + 1];
        assert_eq!(inflated(&deflated(&more)), Err(LinkError::InflatesTooFar { most: MOST_BYTES }));
    }
}
