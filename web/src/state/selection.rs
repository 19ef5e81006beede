//! Which word is looked at: hover previews, click locks, Escape unlocks.

use leptos::prelude::*;

/// A selected mark, by index.
#[derive(Clone, Copy)]
pub struct Selection {
    hovered: RwSignal<Option<usize>>,
    locked: RwSignal<Option<usize>>,
}

impl Selection {
    /// What is locked is kept elsewhere too, so that it outlives the view.
    pub fn of(locked: RwSignal<Option<usize>>) -> Self {
        Self { hovered: RwSignal::new(None), locked }
    }

    /// What is shown: what the pointer or focus is on, else what is locked.
    pub fn current(&self) -> Option<usize> {
        self.hovered.get().or_else(|| self.locked.get())
    }

    /// What the pointer or focus is on.
    pub fn hovered(&self) -> Option<usize> {
        self.hovered.get()
    }

    /// What is locked.
    pub fn locked(&self) -> Option<usize> {
        self.locked.get()
    }

    /// Whether this mark is locked.
    pub fn is_locked(&self, mark: usize) -> bool {
        self.locked.get() == Some(mark)
    }

    /// The pointer or focus came or went.
    pub fn hover(&self, mark: Option<usize>) {
        self.hovered.set(mark);
    }

    /// Locks a mark, or unlocks the locked one.
    pub fn toggle(&self, mark: usize) {
        self.locked.update(|locked| *locked = if *locked == Some(mark) { None } else { Some(mark) });
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.locked.set(None);
        self.hovered.set(None);
    }
}
