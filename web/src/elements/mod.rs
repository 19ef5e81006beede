//! Pieces that know only their props.

pub mod choice;
pub mod device_badge;
pub mod download;
pub mod drawing;
pub mod figure_frame;
pub mod inspection;
pub mod later;
pub mod measured;
pub mod offer;
pub mod own_model;
pub mod painter;
pub mod pick;
pub mod table;
pub mod theme_toggle;
