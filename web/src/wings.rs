//! The three modules that the page is made as: one for who got a link, which is the smallest, one for the Story, and one with the Lab.
//!
//! The start script picks one by the address. Where an address leads to a page that a module lacks it hands over to another; the
//! Lab's has every page, so that no way leads back.

use leptos::prelude::*;
use vitrine_share::Page;

use crate::pages::model::ModelPages;
use crate::pages::settings::Settings;
use crate::pages::take::FileRows;
use crate::pages::{
    embed::Embedded, lab::Lab, methods::Methods, panels::PANELS, shared::Shared, story::Story,
    story_embed::EmbeddedScene,
};
use crate::services::hooks;
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

const HOME: Room = (Page::Home, || view! { <Story/> }.into_any());
const METHODS: Room = (Page::Methods, || view! { <Methods/> }.into_any());
const SHARED: Room = (Page::Shared, || view! { <Shared/> }.into_any());

const SETTINGS: Room = (Page::Settings, || view! { <Settings/> }.into_any());
const MODELS: Room = (Page::Models, || view! { <ModelPages/> }.into_any());

/// The name by which the head of the page knows the module that has a page, as the start script picks it.
pub fn named(page: Page) -> &'static str {
    match page {
        Page::Home | Page::Methods => "vitrine-story",
        Page::Shared | Page::Nowhere | Page::Lab | Page::Settings | Page::Models => "vitrine-lab",
    }
}

/// What came in a link.
pub static READER: Wing = Wing { rooms: &[SHARED], framed: Some(|| view! { <Embedded/> }.into_any()), furnish: || {} };

/// The Story, and the table of methods.
pub static STORY: Wing =
    Wing { rooms: &[HOME, METHODS], framed: Some(|| view! { <EmbeddedScene/> }.into_any()), furnish: || {} };

/// The Lab, and what is read.
pub static LAB: Wing = Wing {
    rooms: &[HOME, METHODS, SHARED, SETTINGS, MODELS, (Page::Lab, || view! { <Lab/> }.into_any())],
    framed: None,
    furnish: || {
        hooks::take(expect_context());
        provide_context(Workbench::new(&PANELS));
        provide_context(FileRows::all());
    },
};
