//! Which words are looked at: hover previews, click locks, a stroke over several locks them all, Escape unlocks.

use leptos::prelude::*;
use vitrine_share::Span;

/// Selected marks, by index.
#[derive(Clone, Copy)]
pub struct Selection {
    /// What the pointer or focus is on.
    pub hovered: RwSignal<Option<usize>>,
    /// What is locked; kept elsewhere too, so that it outlives the view.
    pub locked: RwSignal<Option<Span>>,
    /// Where the pointer was pressed down.
    pressed: RwSignal<Option<usize>>,
}

impl Selection {
    /// Nothing is looked at but what is locked.
    pub fn new(locked: RwSignal<Option<Span>>) -> Self {
        Self { hovered: RwSignal::default(), locked, pressed: RwSignal::default() }
    }

    /// What is shown: what the pointer or focus is on, else what is locked.
    pub fn current(&self) -> Option<Span> {
        self.hovered.get().map(Span::one).filter(|_| !self.is_wide()).or_else(|| self.locked.get())
    }

    /// Whether several are locked.
    fn is_wide(&self) -> bool {
        self.locked.get().is_some_and(|span| span.anchor != span.reach)
    }

    /// Locks a mark, or unlocks the locked one.
    pub fn toggle(&self, mark: usize) {
        self.locked.update(|locked| *locked = Some(Span::one(mark)).filter(|span| *locked != Some(*span)));
    }

    /// Locks everything from what is locked to a mark.
    pub fn extend(&self, mark: usize) {
        self.locked
            .update(|locked| *locked = Some(Span { anchor: locked.map_or(mark, |span| span.anchor), reach: mark }));
    }

    /// The pointer is pressed down on a mark.
    pub fn press(&self, mark: usize) {
        self.pressed.set(Some(mark));
    }

    /// The pointer comes to a mark; pressed down, it locks everything on its way.
    pub fn pass(&self, mark: usize, is_down: bool) {
        self.hovered.set(Some(mark));
        if let Some(anchor) = self.pressed.get_untracked().filter(|&pressed| is_down && pressed != mark) {
            self.locked.set(Some(Span { anchor, reach: mark }));
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.locked.set(None);
        self.hovered.set(None);
    }
}
