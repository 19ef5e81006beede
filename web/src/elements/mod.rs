//! Pieces that know only their props.

pub mod choice;
pub mod device_badge;
pub mod download;
pub mod figure_frame;
pub mod inspection;
pub mod later;
pub mod offer;
pub mod own_model;
pub mod pick;
pub mod theme_toggle;
