//! What a GGUF header says about the model, read where it lies.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

/// The types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
}

impl Kind {
    pub const fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::Text,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return None,
        })
    }

    pub const fn fixed_bytes(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::Array => None,
        }
    }

    /// A text has at least its length.
    pub fn least_bytes(self) -> u64 {
        self.fixed_bytes().unwrap_or(8)
    }
}

/// Where a value lies in the header.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub kind: Kind,
    pub element: Option<Kind>,
    pub count: u64,
    pub range: Range<usize>,
}

impl Place {
    /// The value as a whole number that is not negative.
    pub fn integer(&self, header: &[u8]) -> Option<u64> {
        integer(self.kind, header.get(self.range.clone())?)
    }
}

/// Keys and values of a GGUF header.
#[derive(Debug, Clone)]
pub struct Metadata {
    header: Vec<u8>,
    places: BTreeMap<String, Place>,
}

impl Metadata {
    pub(super) const fn new(header: Vec<u8>, places: BTreeMap<String, Place>) -> Self {
        Self { header, places }
    }

    fn bytes(&self, key: &str) -> Option<(&Place, &[u8])> {
        let place = self.places.get(key)?;
        Some((place, self.header.get(place.range.clone())?))
    }

    /// A text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        let (place, bytes) = self.bytes(key)?;
        (place.kind == Kind::Text).then(|| Texts { bytes, left: 1 }.next()).flatten()
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<u64> {
        self.places.get(key)?.integer(&self.header)
    }

    /// Every key with its value; arrays that are long stand as null and are walked where they lie.
    pub(super) fn values(&self) -> Map<String, Value> {
        const LONGEST: u64 = 1024;
        let value = |place: &Place, bytes: &[u8]| -> Value {
            match place.element {
                None => scalar(place.kind, bytes),
                Some(_) if place.count > LONGEST => Value::Null,
                Some(Kind::Text) => Texts { bytes, left: place.count }.collect(),
                Some(element) => {
                    let size = element.fixed_bytes().and_then(|size| usize::try_from(size).ok()).unwrap_or(1);
                    bytes.chunks_exact(size.max(1)).map(|bytes| scalar(element, bytes)).collect()
                }
            }
        };
        let all = self.places.iter().map(|(key, place)| {
            let bytes = self.header.get(place.range.clone()).unwrap_or_default();
            (key.clone(), value(place, bytes))
        });
        all.collect()
    }

    /// An array of texts, walked where it lies.
    #[must_use]
    pub fn texts(&self, key: &str) -> Option<Texts<'_>> {
        let (place, bytes) = self.bytes(key)?;
        (place.element == Some(Kind::Text)).then_some(Texts { bytes, left: place.count })
    }

    /// An array of whole numbers; one that is negative ends it.
    #[must_use]
    pub fn integers(&self, key: &str) -> Option<impl Iterator<Item = u64> + '_> {
        let (place, bytes) = self.bytes(key)?;
        let element = place.element?;
        let size = usize::try_from(element.fixed_bytes()?).ok()?;
        Some(bytes.chunks_exact(size).map_while(move |bytes| integer(element, bytes)))
    }

    /// An array of 32-bit floats, walked where it lies.
    #[must_use]
    pub fn floats(&self, key: &str) -> Option<impl Iterator<Item = f32> + '_> {
        let (place, bytes) = self.bytes(key)?;
        let numbers = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        (place.element == Some(Kind::F32)).then_some(numbers)
    }
}

/// One value; a number that is not finite is no number.
fn scalar(kind: Kind, bytes: &[u8]) -> Value {
    let value = match kind {
        Kind::Text => Texts { bytes, left: 1 }.next().map(Value::from),
        Kind::Bool => match bytes {
            [0] => Some(Value::from(false)),
            [1] => Some(Value::from(true)),
            _ => None,
        },
        Kind::F32 => bytes.try_into().ok().map(|bytes| Value::from(f64::from(f32::from_le_bytes(bytes)))),
        Kind::F64 => bytes.try_into().ok().map(|bytes| Value::from(f64::from_le_bytes(bytes))),
        _ => signed(kind, bytes).map(Value::from).or_else(|| integer(kind, bytes).map(Value::from)),
    };
    value.unwrap_or(Value::Null)
}

fn signed(kind: Kind, bytes: &[u8]) -> Option<i64> {
    Some(match kind {
        Kind::I8 => i64::from(bytes.first()?.cast_signed()),
        Kind::I16 => i64::from(i16::from_le_bytes(bytes.try_into().ok()?)),
        Kind::I32 => i64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
        Kind::I64 => i64::from_le_bytes(bytes.try_into().ok()?),
        _ => return None,
    })
}

fn integer(kind: Kind, bytes: &[u8]) -> Option<u64> {
    Some(match kind {
        Kind::U8 => u64::from(*bytes.first()?),
        Kind::U16 => u64::from(u16::from_le_bytes(bytes.try_into().ok()?)),
        Kind::U32 => u64::from(u32::from_le_bytes(bytes.try_into().ok()?)),
        Kind::U64 => u64::from_le_bytes(bytes.try_into().ok()?),
        Kind::I8 => u64::try_from(bytes.first()?.cast_signed()).ok()?,
        Kind::I16 => u64::try_from(i16::from_le_bytes(bytes.try_into().ok()?)).ok()?,
        Kind::I32 => u64::try_from(i32::from_le_bytes(bytes.try_into().ok()?)).ok()?,
        Kind::I64 => u64::try_from(i64::from_le_bytes(bytes.try_into().ok()?)).ok()?,
        _ => return None,
    })
}

/// Texts of an array, one after the other.
#[derive(Debug, Clone)]
pub struct Texts<'a> {
    bytes: &'a [u8],
    left: u64,
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.left = self.left.checked_sub(1)?;
        let (length, rest) = self.bytes.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}
