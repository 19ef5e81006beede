//! Routes and what they wire together.

mod attribution;
mod examples;
pub mod home;
pub mod lab;
mod method;
mod offer;
mod own_model;
pub mod panels;
mod question;
mod ways_on;
mod written;
