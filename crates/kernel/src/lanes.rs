//! A few numbers side by side, one for each output of a panel, and what products and widening do with them.
//!
//! For wasm it is written with the instructions themselves. Whether the compiler finds them in plain loops hangs on the level at which
//! the whole module is linked: at that of the page's it finds none, and products take six times as long. Natively it finds them.

#[cfg(not(target_family = "wasm"))]
mod plain;
#[cfg(target_family = "wasm")]
mod wasm;

#[cfg(not(target_family = "wasm"))]
pub(crate) use plain::{Lanes, Words, columns, vectorized};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{Lanes, Words, columns, vectorized};

/// Outputs of a panel.
pub(crate) const LANES: usize = 8;
/// Panels of a strip.
pub(crate) const PANELS: usize = 2;
/// Outputs of a strip.
pub(crate) const HALF: usize = PANELS * LANES;

/// One number for each output of a strip.
pub(crate) type Row = [Lanes; PANELS];

/// Sign, exponent and fraction of a half where they are in a 32-bit float.
const KEPT: u32 = 0x8fff_e000;
/// What is between the exponents of the two.
const SCALE: f32 = f32::from_bits((127 + 112) << 23);
