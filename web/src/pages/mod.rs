//! Routes and what they wire together.

mod attribution;
pub mod embed;
mod examples;
pub mod home;
pub mod lab;
pub mod measuring;
mod method;
pub mod methods;
mod offer;
mod own_model;
pub mod panels;
mod question;
pub mod shared;
mod take;
mod ways_on;
mod written;
