//! The header: every length and count is checked against the bytes of the file before it is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use super::HEADER_LIMIT;
use super::metadata::{Kind, Place};
use crate::{Dtype, WeightsError, json};

/// Published files have some dozens of keys and, at 126 layers, some thousand tensors.
const MOST_KEYS: u64 = 4096;
const MOST_TENSORS: u64 = 8192;
const MOST_ALIGNMENT: u64 = 1 << 16;
const DEFAULT_ALIGNMENT: u64 = 32;
/// Longest name of a key or tensor.
const MOST_NAME: u64 = 1024;
/// Fewest bytes of a key with its value: length, type, one byte. Of a tensor: length, dimensions, type, offset.
const LEAST_KEY: u64 = 13;
const LEAST_TENSOR: u64 = 32;

/// A tensor that the file has, by place in the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub begin: u64,
    pub end: u64,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// The header ends at `end`; tensors are in the order of the file, which may have any of the lengths `ends`.
    Complete { places: BTreeMap<String, Place>, left: Vec<Entry>, end: usize, ends: RangeInclusive<u64> },
    /// More bytes are needed.
    Incomplete,
}

/// Why reading stopped: more bytes are to come, or the file is wrong.
enum Stop {
    Short,
    Wrong(WeightsError),
}

pub(super) fn read(bytes: &[u8], file_bytes: Option<u64>) -> Result<Outcome, WeightsError> {
    let mut cursor = Cursor { bytes, at: 0, file_bytes };
    match cursor.header() {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Short) => Ok(Outcome::Incomplete),
        Err(Stop::Wrong(error)) => Err(error),
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    file_bytes: Option<u64>,
}

impl<'a> Cursor<'a> {
    fn header(&mut self) -> Result<Outcome, Stop> {
        let magic = self.take(4)?;
        if magic == b"vers" && json::is_lfs_pointer(self.bytes) {
            return Err(Stop::Wrong(WeightsError::LfsPointer { file: "this file".to_owned() }));
        }
        if magic != b"GGUF" {
            return Err(Stop::Wrong(WeightsError::Magic { format: "GGUF" }));
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(self.wrong(format!("version {version} is not read; 2 and 3 are")));
        }
        let n_tensors = self.count("tensors", MOST_TENSORS, LEAST_TENSOR)?;
        let n_keys = self.count("keys", MOST_KEYS, LEAST_KEY)?;
        let mut places = BTreeMap::new();
        for _ in 0..n_keys {
            let key = self.name()?;
            let place = self.value()?;
            if places.insert(key.to_owned(), place).is_some() {
                return Err(self.wrong(format!("the key {key:?} stands twice")));
            }
        }
        let alignment = self.alignment(places.get("general.alignment"))?;
        let mut raw = Vec::new();
        let mut names = BTreeSet::new();
        for _ in 0..n_tensors {
            let entry = self.tensor(alignment)?;
            if !names.insert(entry.name.clone()) {
                return Err(Stop::Wrong(WeightsError::Twice { tensor: entry.name }));
            }
            raw.push(entry);
        }
        let end = self.at;
        let (left, ends) = self.place(raw, alignment)?;
        Ok(Outcome::Complete { places, left, end, ends })
    }

    fn alignment(&self, place: Option<&Place>) -> Result<u64, Stop> {
        let Some(place) = place else { return Ok(DEFAULT_ALIGNMENT) };
        let found = place.integer(self.bytes);
        match found {
            Some(found) if found.is_power_of_two() && found <= MOST_ALIGNMENT => Ok(found),
            _ => Err(self.wrong(format!("the alignment {found:?} is no power of two up to {MOST_ALIGNMENT}"))),
        }
    }

    /// One entry; its offsets are still relative to the data.
    fn tensor(&mut self, alignment: u64) -> Result<Entry, Stop> {
        let name = self.name()?.to_owned();
        let n_dims = self.u32()?;
        if !(1..=4).contains(&n_dims) {
            return Err(self.wrong(format!("tensor {name} has {n_dims} dimensions; 1 to 4 are possible")));
        }
        let mut shape = Vec::new();
        for _ in 0..n_dims {
            shape.push(self.u64()?);
        }
        // The fastest axis stands first in the file.
        shape.reverse();
        let code = self.u32()?;
        let begin = self.u64()?;
        let Some(dtype) = dtype(code) else {
            let found = type_name(code).map_or_else(|| format!("number {code}"), str::to_owned);
            return Err(Stop::Wrong(WeightsError::UnknownDtype { tensor: name, found }));
        };
        let lengths: Option<Vec<usize>> = shape.iter().map(|&length| usize::try_from(length).ok()).collect();
        let (Some(size), Some(lengths)) = (dtype.bytes_for(&shape), lengths) else {
            let found = self.file_bytes.unwrap_or(u64::MAX);
            return Err(Stop::Wrong(WeightsError::ShapeStorage { tensor: name, shape, expected: u64::MAX, found }));
        };
        if !begin.is_multiple_of(alignment) {
            return Err(self.wrong(format!("tensor {name} stands at {begin}, which is no multiple of {alignment}")));
        }
        let Some(end) =
            begin.checked_add(size).filter(|&end| size > 0 && self.file_bytes.is_none_or(|bytes| end <= bytes))
        else {
            return Err(self.wrong(format!("tensor {name} has {size} bytes at {begin}, which are not in the file")));
        };
        Ok(Entry { name, dtype, shape: lengths, begin, end })
    }

    /// Puts tensors in the order of the file; each begins where the one before ends, up to padding.
    fn place(&self, mut entries: Vec<Entry>, alignment: u64) -> Result<(Vec<Entry>, RangeInclusive<u64>), Stop> {
        let data = (self.at as u64).next_multiple_of(alignment);
        entries.sort_by_key(|entry| entry.begin);
        let mut expected: u64 = 0;
        for entry in &mut entries {
            let found = (entry.begin, entry.end);
            if entry.begin != expected {
                return Err(Stop::Wrong(WeightsError::Offsets { tensor: entry.name.clone(), expected, found }));
            }
            expected = entry.end.checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
            (entry.begin, entry.end) = (data.saturating_add(entry.begin), data.saturating_add(entry.end));
        }
        // The last tensor may be followed by its padding, and by nothing else.
        let last = entries.last().map_or(self.at as u64, |entry| entry.end);
        let ends = last..=last.checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
        match self.file_bytes {
            Some(found) if !ends.contains(&found) => Err(Stop::Wrong(WeightsError::CutShort { expected: last, found })),
            _ => Ok((entries, ends)),
        }
    }

    fn value(&mut self) -> Result<Place, Stop> {
        let kind = self.kind()?;
        if kind != Kind::Array {
            let begin = self.at;
            self.skip(kind)?;
            return Ok(Place { kind, element: None, count: 1, range: begin..self.at });
        }
        let element = self.kind()?;
        if element == Kind::Array {
            return Err(self.wrong("arrays of arrays are not read".to_owned()));
        }
        let count = self.count("elements", u64::MAX, element.least_bytes())?;
        let begin = self.at;
        match element.fixed_bytes() {
            Some(size) => {
                let length = count.checked_mul(size).ok_or_else(|| self.wrong("an array is too long".to_owned()))?;
                self.take(length)?;
            }
            None => (0..count).try_for_each(|_| self.skip(element))?,
        }
        Ok(Place { kind, element: Some(element), count, range: begin..self.at })
    }

    fn skip(&mut self, kind: Kind) -> Result<(), Stop> {
        match kind.fixed_bytes() {
            Some(size) => self.take(size).map(drop),
            None => self.text(u64::MAX).map(drop),
        }
    }

    fn kind(&mut self) -> Result<Kind, Stop> {
        let code = self.u32()?;
        Kind::from_code(code).ok_or_else(|| self.wrong(format!("value type {code} does not exist")))
    }

    fn count(&mut self, what: &str, most: u64, least_bytes: u64) -> Result<u64, Stop> {
        let count = self.u64()?;
        let left = self.left();
        if count > most || count.checked_mul(least_bytes).is_none_or(|bytes| bytes > left) {
            return Err(self.wrong(format!("{count} {what} are more than the file can hold")));
        }
        Ok(count)
    }

    fn name(&mut self) -> Result<&'a str, Stop> {
        let name = self.text(MOST_NAME)?;
        if name.is_empty() { Err(self.wrong("a name is empty".to_owned())) } else { Ok(name) }
    }

    fn text(&mut self, most: u64) -> Result<&'a str, Stop> {
        let length = self.u64()?;
        if length > most {
            return Err(self.wrong(format!("a name of {length} bytes is longer than {most}")));
        }
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.wrong("a text is not UTF-8".to_owned()))
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        <[u8; N]>::try_from(self.take(N as u64)?).map_err(|_| Stop::Short)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Stop> {
        let left = self.left();
        if length > left {
            return Err(self.wrong(format!("{length} bytes are asked for, {left} are left in the file")));
        }
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length)).ok_or(Stop::Short)?;
        let range: Range<usize> = self.at..end;
        let bytes = self.bytes.get(range).ok_or(Stop::Short)?;
        self.at = end;
        Ok(bytes)
    }

    /// Bytes that the header can still have; without the length of the file, those up to the longest header that is read.
    fn left(&self) -> u64 {
        self.file_bytes.unwrap_or(HEADER_LIMIT).saturating_sub(self.at as u64)
    }

    fn wrong(&self, detail: String) -> Stop {
        Stop::Wrong(WeightsError::HeaderValue { at: self.at as u64, detail })
    }
}

const fn dtype(code: u32) -> Option<Dtype> {
    Some(match code {
        0 => Dtype::F32,
        1 => Dtype::F16,
        2 => Dtype::Q4_0,
        3 => Dtype::Q4_1,
        6 => Dtype::Q5_0,
        7 => Dtype::Q5_1,
        8 => Dtype::Q8_0,
        10 => Dtype::Q2K,
        11 => Dtype::Q3K,
        12 => Dtype::Q4K,
        13 => Dtype::Q5K,
        14 => Dtype::Q6K,
        28 => Dtype::F64,
        30 => Dtype::Bf16,
        _ => return None,
    })
}

/// Names of types that exist but are not read, for the error.
const fn type_name(code: u32) -> Option<&'static str> {
    Some(match code {
        9 => "Q8_1",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => return None,
    })
}
