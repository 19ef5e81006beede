//! Routes and what they wire together.

pub mod home;
pub mod lab;
pub mod language_lab;
pub mod method;
