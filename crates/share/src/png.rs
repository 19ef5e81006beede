//! A PNG file that holds a link: the payload in a text chunk, so that a picture that was sent can be opened again.
//!
//! Pixels are never decoded. A file is hostile: chunks are passed over by their lengths, which are checked against the bytes that
//! there are; a text is read where its check sum is right, and no longer than a link can be. Programs that save a picture again
//! may write the text in another kind of chunk, so all three kinds are read (PNG, third edition, 11.3.3).

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::crc32::crc32;
use crate::link::MOST_BYTES;

/// What every PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The name of the text; Latin letters, as the format asks for.
const KEYWORD: &[u8] = b"Vitrine link";
/// How hard pixels are packed, from 1 to 10.
const LEVEL: u8 = 8;
/// Bytes around the data of a chunk: its length, its kind and its check sum.
const AROUND: usize = 12;

/// Why a picture does not open; each is one sentence with a next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PngError {
    /// Another kind of file.
    #[error("this file is no PNG picture; choose one that was saved here")]
    NotAPng,
    /// The file ends before the picture does, or a text in it was changed.
    #[error("this picture was cut off or changed on the way; ask for the file again")]
    Damaged,
    /// A picture like any other.
    #[error(
        "this picture holds no explanation, or the program that saved it last left it out; ask for the file as it was, or for the link"
    )]
    NoLink,
}

/// A chunk of a file.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    sum: [u8; 4],
}

/// The picture with the payload of a link in it, behind its first chunk; one that it had is left out.
///
/// # Errors
/// [`PngError::NotAPng`], [`PngError::Damaged`].
pub fn with_link(png: &[u8], payload: &str) -> Result<Vec<u8>, PngError> {
    let mut written = SIGNATURE.to_vec();
    for (place, chunk) in chunks(png)?.enumerate() {
        let Chunk { kind, data, sum } = chunk?;
        if text_of(kind, data).is_some_and(|text| text.is_some()) {
            continue;
        }
        write(&mut written, kind, data, sum)?;
        if place == 0 {
            let data = [KEYWORD, b"\0", payload.as_bytes()].concat();
            write(&mut written, *b"tEXt", &data, crc32([&b"tEXt"[..], &data]).to_be_bytes())?;
        }
    }
    Ok(written)
}

/// A picture of pixels, red, green and blue in rows from the top; what is missing of them is black.
///
/// # Errors
/// [`PngError::Damaged`] where they are more than a file can hold.
pub fn of_pixels(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, PngError> {
    let row = usize::try_from(width).ok().and_then(|width| width.checked_mul(3)).ok_or(PngError::Damaged)?;
    // Every row begins with its filter, here with none.
    let rows: Vec<u8> = pixels.chunks(row.max(1)).flat_map(|row| [&[0], row].concat()).collect();
    let size = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut written = SIGNATURE.to_vec();
    for (kind, data) in [(*b"IHDR", size), (*b"IDAT", compress_to_vec_zlib(&rows, LEVEL)), (*b"IEND", Vec::new())] {
        write(&mut written, kind, &data, crc32([&kind[..], &data]).to_be_bytes())?;
    }
    Ok(written)
}

/// The payload that a picture holds.
///
/// # Errors
/// Every [`PngError`].
pub fn link_of(png: &[u8]) -> Result<String, PngError> {
    for chunk in chunks(png)? {
        let Chunk { kind, data, sum } = chunk?;
        let Some(text) = text_of(kind, data) else { continue };
        if sum != crc32([&kind[..], data]).to_be_bytes() {
            return Err(PngError::Damaged);
        }
        return text.ok_or(PngError::Damaged);
    }
    Err(PngError::NoLink)
}

/// The chunks of a file up to its end, the first of which says how large the picture is.
fn chunks(png: &[u8]) -> Result<impl Iterator<Item = Result<Chunk<'_>, PngError>>, PngError> {
    let mut rest = png.strip_prefix(SIGNATURE).ok_or(PngError::NotAPng)?;
    if rest.get(4..8) != Some(b"IHDR") {
        return Err(PngError::NotAPng);
    }
    let mut ended = false;
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let chunk = first_of(rest);
        if let Ok(Chunk { kind, data, .. }) = &chunk {
            ended = kind == b"IEND";
            rest = rest.get(data.len() + AROUND..).unwrap_or_default();
        } else {
            ended = true;
        }
        Some(chunk)
    }))
}

fn first_of(bytes: &[u8]) -> Result<Chunk<'_>, PngError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(PngError::Damaged)?;
    let (kind, rest) = rest.split_first_chunk::<4>().ok_or(PngError::Damaged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| PngError::Damaged)?;
    let (data, rest) = rest.split_at_checked(length).ok_or(PngError::Damaged)?;
    let (sum, _) = rest.split_first_chunk::<4>().ok_or(PngError::Damaged)?;
    Ok(Chunk { kind: *kind, data, sum: *sum })
}

fn write(written: &mut Vec<u8>, kind: [u8; 4], data: &[u8], sum: [u8; 4]) -> Result<(), PngError> {
    let length = u32::try_from(data.len()).map_err(|_| PngError::Damaged)?;
    written.extend([&length.to_be_bytes()[..], &kind, data, &sum].concat());
    Ok(())
}

/// The text of a chunk that is ours: `Some(None)` where it cannot be read, `None` of every other chunk.
fn text_of(kind: [u8; 4], data: &[u8]) -> Option<Option<String>> {
    if ![*b"tEXt", *b"zTXt", *b"iTXt"].contains(&kind) {
        return None;
    }
    let text = data.strip_prefix(KEYWORD)?.strip_prefix(b"\0")?;
    let inflated = |bytes: &[u8]| decompress_to_vec_zlib_with_limit(bytes, MOST_BYTES).ok();
    let bytes = match (&kind, text) {
        (b"zTXt", [0, packed @ ..]) => inflated(packed),
        (b"tEXt", plain) => Some(plain.to_vec()),
        // Whether it is packed and how, then a language and the keyword in it, each up to a zero byte.
        (b"iTXt", [packed, 0, named @ ..]) => named.splitn(3, |byte| *byte == 0).nth(2).and_then(|text| match packed {
            0 => Some(text.to_vec()),
            _ => inflated(text),
        }),
        _ => None,
    };
    Some(bytes.filter(|bytes| bytes.len() <= MOST_BYTES).and_then(|bytes| String::from_utf8(bytes).ok()))
}

#[cfg(test)]
mod tests {
    use miniz_oxide::inflate::decompress_to_vec_zlib;
    use proptest::prelude::*;

    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut written = Vec::new();
        write(&mut written, *kind, data, crc32([&kind[..], data]).to_be_bytes()).unwrap();
        written
    }

    /// A picture of so many pixels, whose data are not even pixels.
    fn picture(width: u32, height: u32, more: &[u8]) -> Vec<u8> {
        let size = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        [SIGNATURE, &chunk(b"IHDR", &size), more, &chunk(b"IDAT", b"no pixels"), &chunk(b"IEND", b"")].concat()
    }

    #[test]
    fn a_picture_opens_again() {
        let plain = picture(800, 600, b"");
        assert_eq!(link_of(&plain), Err(PngError::NoLink));
        let with = with_link(&plain, "v1.AAAA").unwrap();
        assert_eq!(link_of(&with).as_deref(), Ok("v1.AAAA"));
        // Everything else is as it was, and there is never more than one.
        assert_eq!(with.len(), plain.len() + AROUND + KEYWORD.len() + 1 + 7);
        let again = with_link(&with, "v1.BBBB").unwrap();
        assert_eq!((again.len(), link_of(&again).as_deref()), (with.len(), Ok("v1.BBBB")));
    }

    #[test]
    fn pixels_are_rows_behind_their_filters() {
        let pixels: Vec<u8> = (0..18).collect();
        let picture = of_pixels(2, 3, &pixels).unwrap();
        let chunks: Vec<Chunk<'_>> = chunks(&picture).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(chunks.iter().map(|chunk| chunk.kind).collect::<Vec<_>>(), [*b"IHDR", *b"IDAT", *b"IEND"]);
        assert_eq!(chunks[0].data, [0, 0, 0, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0]);
        let rows = decompress_to_vec_zlib(chunks[1].data).unwrap();
        assert_eq!(rows, [&[0][..], &pixels[..6], &[0], &pixels[6..12], &[0], &pixels[12..]].concat());
        assert_eq!(link_of(&with_link(&picture, "v1.AAAA").unwrap()).as_deref(), Ok("v1.AAAA"));
    }

    #[test]
    fn every_kind_of_text_is_read() {
        let named = |between: &[u8], text: &[u8]| [KEYWORD, b"\0", between, text].concat();
        let packed = compress_to_vec_zlib(b"v1.AAAA", 6);
        for more in [
            chunk(b"tEXt", &named(b"", b"v1.AAAA")),
            chunk(b"zTXt", &named(b"\0", &packed)),
            chunk(b"iTXt", &named(b"\0\0en\0Vitrine\0", b"v1.AAAA")),
            chunk(b"iTXt", &named(b"\x01\0\0\0", &packed)),
            [chunk(b"tEXt", b"Software\0paint"), chunk(b"tEXt", &named(b"", b"v1.AAAA"))].concat(),
        ] {
            assert_eq!(link_of(&picture(1, 1, &more)).as_deref(), Ok("v1.AAAA"));
        }
        // A text that unfolds without end, and one of another language than UTF-8.
        let bomb = compress_to_vec_zlib(&vec![b'A'; 10 * MOST_BYTES], 6);
        for more in [chunk(b"zTXt", &named(b"\0", &bomb)), chunk(b"tEXt", &named(b"", &[0xff]))] {
            assert_eq!(link_of(&picture(1, 1, &more)), Err(PngError::Damaged));
        }
    }

    #[test]
    fn what_is_no_whole_picture_says_so() {
        for file in [&b""[..], b"GIF89a", SIGNATURE, b"\x89PNG\r\n\x1a\n\0\0\0\0IEND"] {
            assert_eq!(link_of(file), Err(PngError::NotAPng));
        }
        let with = with_link(&picture(800, 600, b""), "v1.AAAA").unwrap();
        assert_eq!(link_of(&with[..50]), Err(PngError::Damaged));
        let mut changed = with.clone();
        let at = with.windows(4).position(|bytes| bytes == b"AAAA").unwrap();
        changed[at] = b'B';
        assert_eq!(link_of(&changed), Err(PngError::Damaged));
        // A chunk that says it is longer than the file.
        let mut long = picture(1, 1, b"");
        long[8] = 0xff;
        assert_eq!(link_of(&long), Err(PngError::Damaged));
    }

    #[test]
    fn a_picture_of_forty_megapixels_needs_no_pixel() {
        let large = picture(8000, 5000, &chunk(b"IDAT", &vec![7; 4_000_000]));
        let with = with_link(&large, "v1.AAAA").unwrap();
        assert_eq!(link_of(&with).as_deref(), Ok("v1.AAAA"));
        assert_eq!(link_of(&picture(u32::MAX, u32::MAX, b"")), Err(PngError::NoLink));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), kind in any::<[u8; 4]>()) {
            let _ = link_of(&bytes);
            let _ = link_of(&[SIGNATURE, &bytes].concat());
            let _ = link_of(&picture(1, 1, &chunk(&kind, &bytes)));
            let text = [KEYWORD, b"\0", &bytes].concat();
            for kind in [b"tEXt", b"zTXt", b"iTXt"] {
                let _ = link_of(&picture(1, 1, &chunk(kind, &text)));
            }
            let _ = with_link(&picture(1, 1, &bytes), "v1.AAAA");
        }
    }
}
