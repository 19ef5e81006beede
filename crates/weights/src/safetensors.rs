//! The safetensors format, read in pieces.
//!
//! Layout: eight bytes with the length of a JSON header, the header, then the data of all tensors without gaps.
//! Differs from the `safetensors` crate in reading a stream, refusing duplicate names, and keeping offsets in 64 bits,
//! so that a file that lies is refused alike on 32-bit targets.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::tensor::matrices;
use crate::{Dtype, Tensor, WeightsError};

/// Longest header that is read; the largest published models stay below 1 MB.
const HEADER_LIMIT: u64 = 16 << 20;
const LENGTH_BYTES: u64 = 8;

/// Reads a file piece by piece and hands out each tensor when its last byte is there.
#[derive(Debug)]
pub struct SafetensorsStream {
    /// Where nobody said it before, the header does.
    file_bytes: Option<u64>,
    seen: u64,
    state: State,
    matrices: Option<Vec<(Dtype, u64)>>,
}

#[derive(Debug)]
enum State {
    Length(Vec<u8>),
    Header {
        length: u64,
        bytes: Vec<u8>,
    },
    /// Tensors that are left, last one first, and the bytes of the one being read.
    Data {
        left: Vec<Entry>,
        bytes: Vec<u8>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    begin: u64,
    end: u64,
}

impl SafetensorsStream {
    /// Starts on a file of that many bytes; `None` where its server does not say how many, or cannot be believed.
    #[must_use]
    pub fn new(file_bytes: impl Into<Option<u64>>) -> Self {
        Self { file_bytes: file_bytes.into(), seen: 0, state: State::Length(Vec::new()), matrices: None }
    }

    /// Numbers in the matrices of the file, by how it writes them, once its header is complete.
    #[must_use]
    pub fn matrices(&self) -> Option<&[(Dtype, u64)]> {
        self.matrices.as_deref()
    }

    /// Takes the next piece and calls `sink` with every tensor that is now complete.
    ///
    /// # Errors
    /// The first thing that is wrong with the file; nothing can be pushed after that.
    pub fn push(&mut self, mut piece: &[u8], sink: &mut dyn FnMut(Tensor)) -> Result<(), WeightsError> {
        self.seen = self.seen.saturating_add(piece.len() as u64);
        self.check_seen()?;
        loop {
            match &mut self.state {
                State::Length(bytes) => {
                    take(&mut piece, bytes, LENGTH_BYTES);
                    let Ok(length) = <[u8; 8]>::try_from(bytes.as_slice()) else { return Ok(()) };
                    let found = u64::from_le_bytes(length);
                    // No header is that long; it is how the text in the place of a file that was not fetched begins.
                    if &length == b"version " {
                        return Err(WeightsError::LfsPointer { file: "the file of the weights".to_owned() });
                    }
                    let data = self.file_bytes.map(|bytes| bytes.saturating_sub(LENGTH_BYTES));
                    let expected = data.unwrap_or(HEADER_LIMIT).min(HEADER_LIMIT);
                    if found > expected {
                        return Err(WeightsError::HeaderLength { expected, found });
                    }
                    self.state = State::Header { length: found, bytes: Vec::new() };
                }
                State::Header { length, bytes } => {
                    take(&mut piece, bytes, *length);
                    if (bytes.len() as u64) < *length {
                        return Ok(());
                    }
                    let before = LENGTH_BYTES.saturating_add(*length);
                    let data_bytes = self.file_bytes.map(|bytes| bytes.saturating_sub(before));
                    let mut left = read_header(bytes, data_bytes)?;
                    let data_end = left.last().map_or(0, |entry| entry.end);
                    self.matrices = Some(matrices(left.iter().map(|entry| (entry.dtype, &*entry.shape))));
                    left.reverse();
                    self.state = State::Data { left, bytes: Vec::new() };
                    self.file_bytes = Some(before.saturating_add(data_end));
                    self.check_seen()?;
                }
                State::Data { left, bytes } => {
                    let Some(entry) = left.last() else { return Ok(()) };
                    let size = entry.end.saturating_sub(entry.begin);
                    take(&mut piece, bytes, size);
                    if (bytes.len() as u64) < size {
                        return Ok(());
                    }
                    if let Some(Entry { name, dtype, shape, .. }) = left.pop() {
                        sink(Tensor { name, dtype, shape, bytes: std::mem::take(bytes) });
                    }
                }
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`WeightsError::CutShort`] when bytes are missing.
    pub fn finish(self) -> Result<(), WeightsError> {
        match self.state {
            State::Data { left, .. } if left.is_empty() => Ok(()),
            _ => Err(self.cut_short()),
        }
    }

    /// No more may come than the file has.
    fn check_seen(&self) -> Result<(), WeightsError> {
        if self.file_bytes.is_some_and(|bytes| self.seen > bytes) { Err(self.cut_short()) } else { Ok(()) }
    }

    /// Without a length, the file ended before its header did.
    fn cut_short(&self) -> WeightsError {
        let expected = self.file_bytes.unwrap_or_else(|| self.seen.saturating_add(1));
        WeightsError::CutShort { expected, found: self.seen }
    }
}

/// Reads a whole file that is in memory.
///
/// # Errors
/// As [`SafetensorsStream::push`] and [`SafetensorsStream::finish`].
pub fn read_all(file: &[u8]) -> Result<Vec<Tensor>, WeightsError> {
    let mut stream = SafetensorsStream::new(file.len() as u64);
    let mut tensors = Vec::new();
    stream.push(file, &mut |tensor| tensors.push(tensor))?;
    stream.finish()?;
    Ok(tensors)
}

/// The files named by a `model.safetensors.index.json`, each once, in the order of their names.
///
/// # Errors
/// [`WeightsError::Config`] when it is no such index, or a name leaves the folder.
pub fn shards(json: &[u8]) -> Result<Vec<String>, WeightsError> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: std::collections::BTreeMap<String, String>,
    }
    let bad = |detail: String| WeightsError::Config { file: "model.safetensors.index.json".to_owned(), detail };
    let index: Index = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    let plain = |name: &String| {
        name.ends_with(".safetensors")
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    match names.iter().find(|name| !plain(name)) {
        Some(name) => Err(bad(format!("{name:?} is no plain name of a safetensors file"))),
        None if names.is_empty() => Err(bad("it names no file".to_owned())),
        None => Ok(names.into_iter().collect()),
    }
}

/// Moves bytes from `piece` to `bytes` until `bytes` has `wanted`.
///
/// The buffer grows with what has arrived, so a header that lies about a size allocates nothing.
pub(crate) fn take(piece: &mut &[u8], bytes: &mut Vec<u8>, wanted: u64) {
    let missing = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_sub(bytes.len());
    let (head, tail) = piece.split_at(missing.min(piece.len()));
    bytes.extend_from_slice(head);
    *piece = tail;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The header's map, with duplicate names refused and `__metadata__` passed over.
struct RawHeader(Vec<(String, RawEntry)>);

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = RawHeader;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from tensor names to dtype, shape and data_offsets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
                let mut names = BTreeSet::new();
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(serde::de::Error::custom(format!("the name {name:?} stands twice")));
                    }
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        entries.push((name, map.next_value()?));
                    }
                }
                Ok(RawHeader(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Reads and checks the header: types, shapes against sizes, offsets without overlap or gap up to the end.
/// Without the length of the data, they end where the last tensor does.
fn read_header(json: &[u8], data_bytes: Option<u64>) -> Result<Vec<Entry>, WeightsError> {
    let RawHeader(raw) =
        serde_json::from_slice(json).map_err(|error| WeightsError::HeaderJson { detail: error.to_string() })?;
    let most = data_bytes.unwrap_or(u64::MAX);
    let mut entries =
        raw.into_iter().map(|(name, entry)| check_entry(name, entry, most)).collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| (entry.begin, entry.end));
    let mut expected = 0;
    for entry in &entries {
        if entry.begin != expected {
            let (tensor, found) = (entry.name.clone(), (entry.begin, entry.end));
            return Err(WeightsError::Offsets { tensor, expected, found });
        }
        expected = entry.end;
    }
    match data_bytes {
        Some(found) if found != expected => Err(WeightsError::CutShort { expected, found }),
        _ => Ok(entries),
    }
}

fn check_entry(name: String, entry: RawEntry, data_bytes: u64) -> Result<Entry, WeightsError> {
    let RawEntry { dtype: dtype_name, shape, data_offsets: (begin, end) } = entry;
    let Some(dtype) = Dtype::named(&dtype_name) else {
        return Err(WeightsError::UnknownDtype { tensor: name, found: dtype_name });
    };
    if begin > end || end > data_bytes {
        return Err(WeightsError::Offsets { tensor: name, expected: data_bytes, found: (begin, end) });
    }
    let found = end.saturating_sub(begin);
    let needed = dtype.bytes_for(&shape);
    let lengths: Option<Vec<usize>> = shape.iter().map(|&length| usize::try_from(length).ok()).collect();
    match (needed, lengths) {
        (Some(needed), Some(shape)) if needed == found && shape.len() <= 4 => {
            Ok(Entry { name, dtype, shape, begin, end })
        }
        _ => Err(WeightsError::ShapeStorage { tensor: name, shape, expected: needed.unwrap_or(u64::MAX), found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data_bytes: usize) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.resize(file.len() + data_bytes, 0);
        file
    }

    #[test]
    fn each_lie_gets_its_own_sentence() {
        let check = |header: &str, data_bytes: usize, sentence: &str| {
            let error = read_all(&file(header, data_bytes)).unwrap_err().to_string();
            assert!(error.contains(sentence), "{header}: {error}");
        };
        let entry = |dtype: &str, shape: &str, offsets: &str| {
            format!(r#"{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        check("", 0, "not valid");
        check("[]", 0, "not valid");
        check("{} x", 0, "trailing");
        check(&entry("F32", "[2]", "[0,8]"), 4, "stands at (0, 8)");
        check(&entry("F32", "[2]", "[0,8]"), 12, "promised");
        check(&entry("F32", "[2]", "[8,0]"), 8, "stands at (8, 0)");
        check(&entry("F32", "[2]", "[4,12]"), 12, "ends at 0");
        check(&entry("F32", "[3]", "[0,8]"), 8, "needs 12 bytes, but 8");
        check(&entry("F32", "[1,1,1,1,2]", "[0,8]"), 8, "needs 8 bytes");
        check(&entry("F32", "[4294967296,4294967296,16]", "[0,0]"), 0, "needs 18446744073709551615 bytes");
        check(&entry("F32", "[-1]", "[0,8]"), 8, "not valid");
        check(&entry("Q4", "[2]", "[0,8]"), 8, "has type Q4");
        check(
            r#"{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}}"#,
            3,
            "ends at 2",
        );
        check(
            r#"{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"I8","shape":[1],"data_offsets":[1,2]}}"#,
            2,
            "stands twice",
        );
    }

    #[test]
    fn an_index_names_its_files_once_and_stays_in_its_folder() {
        let shards = |json: &str| shards(json.as_bytes()).map_err(|error| error.to_string());
        let named = shards(
            r#"{"metadata":{},"weight_map":{"a":"m-2.safetensors","b":"m-1.safetensors","c":"m-2.safetensors"}}"#,
        );
        assert_eq!(named, Ok(vec!["m-1.safetensors".to_owned(), "m-2.safetensors".to_owned()]));
        for name in ["../m.safetensors", "/m.safetensors", "m.bin", ".safetensors", ""] {
            let said = shards(&format!(r#"{{"weight_map":{{"a":"{name}"}}}}"#)).unwrap_err();
            assert!(said.contains("no plain name"), "{said}");
        }
        assert!(shards(r#"{"weight_map":{}}"#).unwrap_err().contains("names no file"));
        assert!(shards("{}").is_err());
    }

    #[test]
    fn a_header_longer_than_the_file_is_refused_before_it_is_read() {
        for length in [9, 1 << 30, u64::MAX] {
            let mut stream = SafetensorsStream::new(16);
            let error = stream.push(&length.to_le_bytes(), &mut |_| {});
            assert_eq!(error, Err(WeightsError::HeaderLength { expected: 8, found: length }));
        }
    }

    #[test]
    fn a_file_that_ends_early_or_late_is_refused() {
        let whole = file(r#"{"w":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#, 4);
        for cut in 0..whole.len() {
            let mut stream = SafetensorsStream::new(whole.len() as u64);
            stream.push(&whole[..cut], &mut |_| panic!("no tensor is complete")).unwrap();
            assert!(stream.finish().is_err(), "{cut}");
        }
        let mut stream = SafetensorsStream::new(3);
        assert!(stream.push(&whole, &mut |_| {}).is_err());
    }

    #[test]
    fn without_a_length_the_header_says_where_the_file_ends() {
        let whole = file(r#"{"w":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#, 4);
        let read = |bytes: &[u8]| {
            let mut stream = SafetensorsStream::new(None);
            let mut tensors = 0;
            stream.push(bytes, &mut |_| tensors += 1)?;
            stream.finish().map(|()| tensors)
        };
        assert_eq!(read(&whole), Ok(1));
        for cut in 0..whole.len() {
            assert!(matches!(read(&whole[..cut]), Err(WeightsError::CutShort { .. })), "{cut}");
        }
        let (expected, found) = (whole.len() as u64, whole.len() as u64 + 1);
        assert_eq!(read(&[whole, vec![0]].concat()), Err(WeightsError::CutShort { expected, found }));
        let long = (HEADER_LIMIT + 1).to_le_bytes();
        assert!(matches!(read(&long), Err(WeightsError::HeaderLength { .. })));
    }
}
