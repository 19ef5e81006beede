//! The findings of this visit, as scripts see them.

use leptos::prelude::*;
use vitrine_schema::Finding;

/// What was found, of every kind the newest.
#[derive(Clone, Copy)]
pub struct Findings {
    open: RwSignal<Vec<Finding>>,
}

impl Findings {
    /// Nothing is found yet.
    pub fn new() -> Self {
        Self { open: RwSignal::new(Vec::new()) }
    }

    /// Adds a finding. It closes the one of its kind, and all that are about another text.
    pub fn put(self, finding: Finding) {
        self.open.update(|open| {
            let kind = std::mem::discriminant(&finding);
            let text = &finding.recipe().text;
            open.retain(|old| std::mem::discriminant(old) != kind && &old.recipe().text == text);
            open.push(finding);
        });
    }

    /// All that are open, the newest last.
    pub fn open(self) -> Vec<Finding> {
        self.open.get_untracked()
    }
}
