//! What the page remembers; each thing has one home.

pub mod language;
pub mod models;
pub mod playback;
pub mod preferences;
pub mod selection;
pub mod session;
