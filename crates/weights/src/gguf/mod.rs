//! The GGUF format (versions 2 and 3), read in pieces.
//!
//! Layout: magic, version, two counts, the metadata, one entry per tensor, then the data of all tensors, each at a multiple
//! of the alignment. The header is kept as the bytes it came in; arrays in it are walked where they lie.
//!
//! Source: `docs/gguf.md` of the ggml project. Differs from it in refusing what no published file has: arrays of arrays, big-endian
//! files, holes between tensors that are more than padding.

mod describe;
mod header;
mod metadata;
mod shape;
mod tensors;

pub use describe::{Part, describe, part};
pub use metadata::Metadata;
pub use tensors::{hugging_face_name, in_order};

use std::ops::RangeInclusive;

use header::{Entry, Outcome};

use crate::safetensors::take;
use crate::tensor::matrices;
use crate::{Dtype, Tensor, WeightsError};

/// Longest header that is read; vocabularies of a quarter of a million tokens stay below 16 MB.
const HEADER_LIMIT: u64 = 64 << 20;

/// Reads a file piece by piece; first its metadata, then each tensor when its last byte is there.
#[derive(Debug)]
pub struct GgufStream {
    file_bytes: Option<u64>,
    seen: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The header so far; it is tried again when it has doubled.
    Header {
        bytes: Vec<u8>,
        try_at: u64,
    },
    Data(Box<Data>),
}

#[derive(Debug)]
struct Data {
    metadata: Metadata,
    matrices: Vec<(Dtype, u64)>,
    /// Bytes that came in the same piece as the end of the header.
    pending: Vec<u8>,
    /// Tensors that are left, last one first.
    left: Vec<Entry>,
    /// Lengths that the file may have, by its header.
    ends: RangeInclusive<u64>,
    /// Place in the file of the next byte.
    at: u64,
    /// The tensor that is being read.
    bytes: Vec<u8>,
}

impl GgufStream {
    /// Starts on a file of that many bytes; `None` where its server does not say how many, or cannot be believed.
    #[must_use]
    pub fn new(file_bytes: impl Into<Option<u64>>) -> Self {
        Self { file_bytes: file_bytes.into(), seen: 0, state: State::Header { bytes: Vec::new(), try_at: 4 } }
    }

    /// What the header says, once it is complete.
    #[must_use]
    pub const fn metadata(&self) -> Option<&Metadata> {
        match &self.state {
            State::Header { .. } => None,
            State::Data(data) => Some(&data.metadata),
        }
    }

    /// Numbers in the matrices of the file, by how it writes them, once its header is complete.
    #[must_use]
    pub fn matrices(&self) -> Option<&[(Dtype, u64)]> {
        match &self.state {
            State::Header { .. } => None,
            State::Data(data) => Some(&data.matrices),
        }
    }

    /// Takes the next piece and calls `sink` with every tensor that is complete.
    ///
    /// The call that completes the header hands out no tensor, so that its reader can look at [`GgufStream::metadata`]
    /// first; what followed the header in the same piece waits for the next call, whose piece may be empty.
    /// A file of unknown length ends with an empty piece.
    ///
    /// # Errors
    /// The first thing that is wrong with the file; nothing can be pushed after that.
    pub fn push(&mut self, piece: &[u8], sink: &mut dyn FnMut(Tensor)) -> Result<(), WeightsError> {
        self.seen = self.seen.saturating_add(piece.len() as u64);
        let most = match &self.state {
            State::Header { .. } => u64::MAX,
            State::Data(data) => *data.ends.end(),
        };
        let most = self.file_bytes.unwrap_or(most);
        if self.seen > most {
            return Err(WeightsError::CutShort { expected: most, found: self.seen });
        }
        match &mut self.state {
            State::Header { bytes, try_at } => {
                bytes.extend_from_slice(piece);
                let whole = self.file_bytes.map_or(piece.is_empty(), |bytes| bytes == self.seen);
                if (bytes.len() as u64) < *try_at && !whole {
                    return Ok(());
                }
                match header::read(bytes, self.file_bytes)? {
                    Outcome::Complete { places, mut left, end, ends } => {
                        let matrices = matrices(left.iter().map(|entry| (entry.dtype, &*entry.shape)));
                        left.reverse();
                        let pending = bytes.split_off(end.min(bytes.len()));
                        let metadata = Metadata::new(std::mem::take(bytes), places);
                        let data = Data { metadata, matrices, pending, left, ends, at: end as u64, bytes: Vec::new() };
                        self.state = State::Data(Box::new(data));
                        Ok(())
                    }
                    Outcome::Incomplete if whole || bytes.len() as u64 > HEADER_LIMIT => {
                        let expected = self.file_bytes.unwrap_or(self.seen).saturating_add(1);
                        Err(WeightsError::CutShort { expected, found: self.seen })
                    }
                    Outcome::Incomplete => {
                        *try_at = (bytes.len() as u64).saturating_mul(2);
                        Ok(())
                    }
                }
            }
            State::Data(data) => {
                let pending = std::mem::take(&mut data.pending);
                data.push(&pending, sink);
                data.push(piece, sink);
                Ok(())
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`WeightsError::CutShort`] when bytes are missing.
    pub fn finish(&self) -> Result<(), WeightsError> {
        match &self.state {
            State::Data(data) if data.left.is_empty() && self.is_whole(&data.ends) => Ok(()),
            State::Data(data) => Err(self.cut_short(*data.ends.start())),
            State::Header { .. } => Err(self.cut_short(self.seen.saturating_add(1))),
        }
    }

    fn is_whole(&self, ends: &RangeInclusive<u64>) -> bool {
        self.file_bytes.map_or_else(|| ends.contains(&self.seen), |bytes| bytes == self.seen)
    }

    fn cut_short(&self, needed: u64) -> WeightsError {
        WeightsError::CutShort { expected: self.file_bytes.unwrap_or(needed), found: self.seen }
    }
}

impl Data {
    fn push(&mut self, mut piece: &[u8], sink: &mut dyn FnMut(Tensor)) {
        while let Some(entry) = self.left.last() {
            let before = piece.len();
            let padding = usize::try_from(entry.begin.saturating_sub(self.at)).unwrap_or(usize::MAX);
            piece = piece.get(padding.min(before)..).unwrap_or_default();
            let size = entry.end.saturating_sub(entry.begin);
            if padding <= before {
                take(&mut piece, &mut self.bytes, size);
            }
            self.at = self.at.saturating_add(before.saturating_sub(piece.len()) as u64);
            if padding > before || (self.bytes.len() as u64) < size {
                return;
            }
            if let Some(Entry { name, dtype, shape, .. }) = self.left.pop() {
                sink(Tensor { name, dtype, shape, bytes: std::mem::take(&mut self.bytes) });
            }
        }
    }
}

/// Reads a whole file that is in memory.
///
/// # Errors
/// As [`GgufStream::push`] and [`GgufStream::finish`].
pub fn read_all(file: &[u8]) -> Result<(Metadata, Vec<Tensor>), WeightsError> {
    let mut stream = GgufStream::new(file.len() as u64);
    let mut tensors = Vec::new();
    stream.push(file, &mut |tensor| tensors.push(tensor))?;
    stream.push(&[], &mut |tensor| tensors.push(tensor))?;
    stream.finish()?;
    match stream.state {
        State::Data(data) => Ok((data.metadata, tensors)),
        State::Header { .. } => Err(WeightsError::CutShort { expected: file.len() as u64, found: stream.seen }),
    }
}
