//! What a GGUF header says about the model, read where it lies.

use std::collections::BTreeMap;
use std::ops::Range;

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

    /// A whole number that is not negative, of any width.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<u64> {
        self.places.get(key)?.integer(&self.header)
    }

    /// A number with a fraction.
    #[must_use]
    pub fn float(&self, key: &str) -> Option<f64> {
        let (place, bytes) = self.bytes(key)?;
        match place.kind {
            Kind::F32 => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            Kind::F64 => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        let (place, bytes) = self.bytes(key)?;
        match (place.kind, bytes) {
            (Kind::Bool, [0]) => Some(false),
            (Kind::Bool, [1]) => Some(true),
            _ => None,
        }
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
