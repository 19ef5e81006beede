//! One explanation, drawn.

pub mod answer;
pub mod explanation;
pub mod reading;
pub mod receipt;
pub mod river;
pub mod sum;
pub mod token_strip;
pub mod transport;
