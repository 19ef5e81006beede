//! Findings to drawings and tables; pure, and the same on every machine.
//!
//! *In*: a [`Finding`](vitrine_schema::Finding) alone. *Out*: a [`Drawing`](drawing::Drawing), which a page shows and
//! [`svg`] writes, and the [`Table`](table::Table) of its numbers. [`drawings`] gives all figures of a finding.
//!
//! # Steps
//! 1. [`color`]: a score to a colour, symmetric about zero, with an ink that can be read on it.
//! 2. [`river`]: the path of integrated gradients as bands, and [`playback`] to walk it.
//! 3. [`sum`]: baseline value, each word, value.
//! 4. [`attention`]: patterns as pixels. [`stream`]: the residual stream as a building.
//! 5. [`answer`]: what the model says, as rows.

pub mod ablation;
pub mod answer;
pub mod architecture;
pub mod attention;
pub mod bars;
pub mod chain;
pub mod claims;
pub mod color;
pub mod comparison;
pub mod courtroom;
pub mod drawing;
#[cfg(test)]
#[path = "../../words/src/example.rs"]
mod example;
pub mod figures;
pub mod font;
pub mod html;
pub mod legend;
pub mod matrix;
mod paragraph;
pub mod patching;
pub mod picture;
pub mod playback;
pub mod probing;
pub mod qr;
pub mod receipt;
pub mod river;
pub mod scale;
pub mod stream;
pub mod strip;
pub mod sum;

pub mod svg;
pub mod switchboard;
pub mod table;
pub mod trail;
pub mod vote;
mod walk;

pub use figures::{Figure, Told, at, drawings, told};
