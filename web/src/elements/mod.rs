//! Pieces that know only their props.

pub mod another;
pub mod canvas;
pub mod choice;
pub mod claim;
pub mod device_badge;
pub mod drawing;
pub mod figure_frame;
pub mod inspection;
pub mod later;
pub mod measured;
pub mod painter;
pub mod table;
pub mod verdict;
