//! Routes and what they wire together.

mod attribution;
pub mod embed;
mod examples;
pub mod lab;
pub mod measuring;
mod method;
pub mod methods;
pub mod model;
mod offer;
pub mod open_again;
mod own_labels;
mod own_model;
pub mod panels;
mod question;
mod sender;
pub mod settings;
pub mod shared;
pub mod stored_models;
pub mod story;
pub mod story_embed;
pub mod take;
mod trial;
mod ways_on;
mod written;
