//! The two modules that the page is made as: one for who reads, which comes first and is small, one with the Lab.
//!
//! The start script picks one by the address. The reader's hands over to the other where the address leads to the Lab; back
//! there is no need, for the Lab's has every page.

use leptos::prelude::*;
use vitrine_share::Page;

use crate::pages::settings::Settings;
use crate::pages::stored_models::StoredModels;
use crate::pages::take::FileRows;
use crate::pages::{embed::Embedded, home::Home, lab::Lab, methods::Methods, panels::PANELS, shared::Shared};
use crate::state::workbench::Workbench;

/// One module.
pub struct Wing {
    /// Its pages.
    pub rooms: &'static [Room],
    /// What it shows in a frame of someone else's page, where it may.
    pub framed: Option<fn() -> AnyView>,
    /// Provides what its pages have in common, beside what every page has.
    pub furnish: fn(),
}

/// A page and what is shown there.
type Room = (Page, fn() -> AnyView);

const HOME: Room = (Page::Home, || view! { <Home/> }.into_any());
const METHODS: Room = (Page::Methods, || view! { <Methods/> }.into_any());
const SHARED: Room = (Page::Shared, || view! { <Shared/> }.into_any());

const SETTINGS: Room = (Page::Settings, || view! { <Settings/> }.into_any());
const MODELS: Room = (Page::Models, || view! { <StoredModels/> }.into_any());

/// What is read.
pub static READER: Wing =
    Wing { rooms: &[HOME, METHODS, SHARED], framed: Some(|| view! { <Embedded/> }.into_any()), furnish: || {} };

/// The Lab, and what is read.
pub static LAB: Wing = Wing {
    rooms: &[HOME, METHODS, SHARED, SETTINGS, MODELS, (Page::Lab, || view! { <Lab/> }.into_any())],
    framed: None,
    furnish: || {
        provide_context(Workbench::new(&PANELS));
        provide_context(FileRows::all());
    },
};
