//! The panels of the workbench: a table, whose rows the pages fill in.

use leptos::prelude::*;
use vitrine_schema::Ask;
use vitrine_share::View;

use crate::state::workbench::Workbench;

/// One way to look at an answer.
pub struct Panel {
    /// Its name in addresses.
    pub view: View,
    /// Its name on the tab.
    pub name: &'static str,
    /// What it asks.
    pub ask: fn(Workbench) -> Ask,
    /// Draws what was found, and what can be done with it.
    pub draw: fn(Workbench) -> AnyView,
}
