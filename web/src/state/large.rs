//! Whether something has the window for itself.

use leptos::prelude::*;

/// Set while an enlarged panel covers the page; what is behind it cannot be reached then.
#[derive(Clone, Copy, Default)]
pub struct Large(pub RwSignal<bool>);
