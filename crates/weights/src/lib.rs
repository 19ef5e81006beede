//! Untrusted bytes to checked, named tensors.
//!
//! *In*: the bytes of a safetensors or GGUF file in pieces of any size, the small files of a folder, a manifest.
//! *Out*: [`Tensor`]s by name, a model as it is [`Described`], a [`Manifest`], and an account of every key.
//! Nothing is allocated on the word of a file: every length is checked against the bytes that exist first. Nothing is passed
//! over in silence: who needs a key takes it from [`keys::Keys`], and what nobody took is judged in one place.
//!
//! Read first: [`SafetensorsStream`] and [`GgufStream`] (pieces in, tensors out), [`Tensor`], [`Described`], [`keys::Keys`].
//!
//! ```
//! use vitrine_weights::SafetensorsStream;
//! let header = br#"{"bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
//! let mut file = (header.len() as u64).to_le_bytes().to_vec();
//! file.extend_from_slice(header);
//! file.extend_from_slice(&1.0f32.to_le_bytes());
//! file.extend_from_slice(&2.0f32.to_le_bytes());
//!
//! let mut stream = SafetensorsStream::new(file.len() as u64);
//! let mut tensors = Vec::new();
//! for piece in file.chunks(5) {
//!     stream.push(piece, &mut |tensor| tensors.push(tensor))?;
//! }
//! stream.finish()?;
//! assert_eq!(tensors[0].name, "bias");
//! assert_eq!(tensors[0].to_f32()?, [1.0, 2.0]);
//! # Ok::<(), vitrine_weights::WeightsError>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod blocks;
pub mod config;
pub mod described;
pub mod folder;
pub mod gguf;
pub mod json;
pub mod keys;
pub mod manifest;
pub mod names;
pub mod quantize;
pub mod safetensors;
pub mod tensor;

pub use config::{Activation, Architecture, Format, ModelConfig, Pooling, Rope, RopeScaling};
pub use described::{Described, Stop, StopAt, TokenizerConfig, accept};
pub use gguf::{GgufStream, Metadata};
pub use manifest::{Chunk, Manifest, ManifestFile};
pub use safetensors::SafetensorsStream;
pub use tensor::{Dtype, Tensor};

/// What can be wrong with the files of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file ends before its header or its data do.
    #[error("the file ends after {found} bytes, {expected} were promised")]
    CutShort {
        /// Bytes that the file says it has.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The header claims a length that the file or this reader cannot hold.
    #[error("the header claims {found} bytes, at most {expected} are possible")]
    HeaderLength {
        /// Most that is possible.
        expected: u64,
        /// What the file says.
        found: u64,
    },
    /// The header is not the JSON it should be.
    #[error("the header is not valid: {detail}")]
    HeaderJson {
        /// What the JSON reader said.
        detail: String,
    },
    /// A tensor's type is not one that can be read.
    #[error(
        "tensor {tensor} has type {found}, which is not read yet; F64, F32, F16, BF16, I8, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 and Q2_K to Q6_K are"
    )]
    UnknownDtype {
        /// Which tensor.
        tensor: String,
        /// The type the file names.
        found: String,
    },
    /// A tensor's shape multiplies to more than its bytes, or to more than can be counted.
    #[error("tensor {tensor} has shape {shape:?}, which needs {expected} bytes, but {found} are stored")]
    ShapeStorage {
        /// Which tensor.
        tensor: String,
        /// Shape in the header.
        shape: Vec<u64>,
        /// Bytes the shape needs; `u64::MAX` when it overflows.
        expected: u64,
        /// Bytes between the offsets.
        found: u64,
    },
    /// Offsets overlap, leave a hole, run backwards or leave the file.
    #[error("tensor {tensor} stands at {found:?}, but the data before it ends at {expected}")]
    Offsets {
        /// Which tensor.
        tensor: String,
        /// Where it would have to begin.
        expected: u64,
        /// What the header says.
        found: (u64, u64),
    },
    /// The file is not of the kind that its name says.
    #[error("this is no {format} file")]
    Magic {
        /// The kind that was expected.
        format: &'static str,
    },
    /// A GGUF header says something that cannot be.
    #[error("the header is wrong at byte {at}: {detail}")]
    HeaderValue {
        /// Where, from the start of the file.
        at: u64,
        /// What is wrong.
        detail: String,
    },
    /// A name stands twice, in one file or in two.
    #[error("tensor {tensor} stands twice")]
    Twice {
        /// Which tensor.
        tensor: String,
    },
    /// The file has a tensor for a layer that the configuration does not count.
    #[error("tensor {tensor} belongs to a layer that the configuration does not have")]
    Unexpected {
        /// Which tensor.
        tensor: String,
    },
    /// A tensor that the architecture needs is not in the file.
    #[error("the file has no tensor {tensor}")]
    Missing {
        /// Which tensor.
        tensor: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("tensor {tensor} has shape {found:?}, but the configuration asks for {expected:?}")]
    Shape {
        /// Which tensor.
        tensor: String,
        /// Shape the configuration asks for.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A tensor holds something that is no number.
    #[error("tensor {tensor} holds a value that is not finite")]
    NotFinite {
        /// Which tensor.
        tensor: String,
    },
    /// `config.json` or the manifest cannot be used.
    #[error("{file} cannot be used: {detail}")]
    Config {
        /// Which file.
        file: String,
        /// What is wrong.
        detail: String,
    },
    /// Something in the files may change a result and is not built.
    #[error("{name} in {file} is not understood, so this model is not run: {reason}{}", more_of(*more))]
    NotUnderstood {
        /// Which file.
        file: String,
        /// Key or tensor.
        name: String,
        /// What is not built.
        reason: String,
        /// How many other things are not understood.
        more: usize,
    },
    /// A file that was not fetched.
    #[error("{file} is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`, or download it by itself")]
    LfsPointer {
        /// Which file.
        file: String,
    },
    /// A file that is needed is not there.
    #[error("there is no {file}; put it beside the weights")]
    MissingFile {
        /// Which file.
        file: String,
    },
    /// The folder has no weights that can be read.
    #[error("{detail}")]
    NoWeights {
        /// What is there instead, and the way out.
        detail: String,
    },
}

fn more_of(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" ({more} more are not understood)") }
}
