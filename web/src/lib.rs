//! The page: a leptos app that draws explanations.
//!
//! It never compiles burn: everything that runs a model lives in the worker, and only the values of
//! [`vitrine_schema::protocol`] cross over.
//!
//! - `pages`: routes and what they wire together
//! - `views`: one explanation, drawn
//! - `elements`: know only their props
//! - `state`: what the page remembers
//! - `services`: the worker, the clock, the hooks for scripts
//! - `messages`: every sentence that is not generated from numbers

mod app;
mod elements;
mod messages;
mod pages;
mod services;
mod state;
mod views;

fn main() {
    console_error_panic_hook::set_once();
    // What stood here for a page that does not start makes way.
    if let Some(body) = leptos::prelude::document().body() {
        body.set_text_content(None);
    }
    leptos::mount::mount_to_body(app::App);
    services::fonts::fetch_after_paint();
}
