//! Results as files.
//!
//! *In*: the values of [`vitrine_schema`]. *Out*: bytes that other tools open.
//! Read first: [`tensors_to_safetensors`] (a trace that opens in Python unchanged).

mod trace;

pub use trace::{NamedTensor, ShareError, tensors_to_safetensors};
