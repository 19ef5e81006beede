//! Every kind of tokenizer: what the reader sees, what a target means, which settings count. Ids are those of transformers 4.57.1
//! and 5.24, for the same `tokenizer.json`, where the two differ with a note.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod byte_pairs;
mod common;
mod gguf;
mod laws;
mod settings;
mod shown;
mod targets;
mod word_list;
