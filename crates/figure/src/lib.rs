//! Explanations to geometry, scales, colours and words; pure, and the same on every machine.
//!
//! *In*: an [`Explanation`](vitrine_schema::Explanation) alone. *Out*: numbers to draw and sentences to read.
//!
//! # Steps
//! 1. [`strip`]: tokens or words with their scores.
//! 2. [`color`]: a score to a colour, symmetric about zero, with an ink that can be read on it.
//! 3. [`river`]: the path of integrated gradients as bands, and [`playback`] to walk it.
//! 4. [`sum`]: baseline value, each word, value.
//! 5. [`attention`]: patterns as pixels. [`stream`]: the residual stream as a building.
//! 6. [`answer`]: what the model says, as rows and in words. [`describe`]: the claim, one line, a paragraph, the technical text.

pub mod answer;
pub mod attention;
pub mod color;
pub mod describe;
pub mod playback;
pub mod river;
pub mod scale;
pub mod stream;
pub mod strip;
pub mod sum;

pub use describe::{Segment, Tone};
pub use strip::{Grouping, Mark};
