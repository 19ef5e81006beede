//! The page: a leptos app that draws explanations.
//!
//! It never compiles burn: everything that runs a model lives in the worker, and only the values of
//! [`vitrine_schema::protocol`] cross over.
//!
//! - `wings`: the three modules that the page is made as, `reader`, `story` and `lab`
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
pub mod wings;

use leptos::prelude::*;

use wings::Wing;

/// Puts a wing where another one is, or what stood there for a page that does not start; in a frame of someone else's page what
/// an embed shows.
pub fn open(wing: &'static Wing) {
    console_error_panic_hook::set_once();
    let Some(body) = services::page::take_over() else { return };
    let framed = wing.framed.filter(|_| services::page::from_head("vitrine-embed").is_some());
    let mounted = leptos::mount::mount_to(body, move || match framed {
        Some(framed) => framed(),
        None => view! { <app::App wing=wing/> }.into_any(),
    });
    services::page::until_taken_over(move || drop(mounted));
}
