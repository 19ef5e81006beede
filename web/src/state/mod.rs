//! What the page remembers; each thing has one home.

pub mod address;
pub mod asking;
pub mod checking;
pub mod large;
pub mod method_choice;
pub mod models;
pub mod playback;
pub mod preferences;
pub mod selection;
pub mod speed;
pub mod stage;
pub mod story;
pub mod workbench;
pub mod writing;
