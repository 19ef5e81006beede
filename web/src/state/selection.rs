//! Which word is looked at: hover previews, click locks, Escape unlocks.

use leptos::prelude::*;

/// A selected mark, by index.
#[derive(Clone, Copy)]
pub struct Selection {
    /// What the pointer or focus is on.
    pub hovered: RwSignal<Option<usize>>,
    /// What is locked; kept elsewhere too, so that it outlives the view.
    pub locked: RwSignal<Option<usize>>,
}

impl Selection {
    /// What is shown: what the pointer or focus is on, else what is locked.
    pub fn current(&self) -> Option<usize> {
        self.hovered.get().or_else(|| self.locked.get())
    }

    /// Locks a mark, or unlocks the locked one.
    pub fn toggle(&self, mark: usize) {
        self.locked.update(|locked| *locked = Some(mark).filter(|mark| *locked != Some(*mark)));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.locked.set(None);
        self.hovered.set(None);
    }
}
