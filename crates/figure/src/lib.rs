//! Findings to geometry, scales and colours; pure, and the same on every machine.
//!
//! *In*: an [`Explanation`](vitrine_schema::Explanation) alone. *Out*: numbers to draw.
//!
//! # Steps
//! 1. [`color`]: a score to a colour, symmetric about zero, with an ink that can be read on it.
//! 2. [`river`]: the path of integrated gradients as bands, and [`playback`] to walk it.
//! 3. [`sum`]: baseline value, each word, value.
//! 4. [`attention`]: patterns as pixels. [`stream`]: the residual stream as a building.
//! 5. [`answer`]: what the model says, as rows.

pub mod answer;
pub mod attention;
pub mod color;
pub mod drawing;
#[cfg(test)]
#[path = "../../words/src/example.rs"]
mod example;
pub mod font;
pub mod playback;
pub mod river;
pub mod scale;
pub mod stream;
pub mod sum;
pub mod svg;
pub mod table;
