//! Findings to sentences; pure, and the only place with sentences about results.
//!
//! *In*: a finding of [`vitrine_schema`]. *Out*: what a reader is told: claims, captions, which are also the alternative text
//! of figures, readings of three lengths, remarks; and what is said of the device, of a download, of a failure, of a result that came in a link, and of the size of a file. One function per saying, filled with measured numbers alone.
//!
//! Read first: [`explanation`] (the claim of an attribution), [`stream`], [`attention`], [`ablation`], and what they are made
//! of: [`number`], [`token`], [`phrase`], [`marks`].

pub mod ablation;
pub mod answer;
pub mod attention;
pub mod blank;
pub mod chain;
pub mod claims;
pub mod comparison;
pub mod continuation;
pub mod copying;
pub mod courtroom;
pub mod device;
pub mod drawn;
pub mod entailment;
#[cfg(test)]
mod example;
pub mod explanation;
pub mod failure;
pub mod marks;
pub mod methods;
pub mod model;
pub mod narrator;
pub mod number;
pub mod patching;
pub mod phrase;
pub mod players;
pub mod probing;
pub mod progress;
pub mod prompt;
pub mod receipt;
pub mod recomputed;
pub mod remark;
pub mod size;
pub mod steering;
pub mod stream;
pub mod token;
pub mod trail;
pub mod vote;

pub use marks::{Grouping, Mark};
pub use narrator::Reading;
pub use phrase::{Segment, Tone};
