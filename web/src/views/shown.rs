//! What the views of one explanation share, handed to them by the view that holds them.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::river::{Frame, River};
use vitrine_schema::Explanation;
use vitrine_words::marks::Mark;

use crate::state::playback::Playback;
use crate::state::selection::Selection;

/// What the views of one explanation share.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The explanation.
    pub explanation: Signal<Arc<Explanation>>,
    /// Its marks, as grouped.
    pub marks: Memo<Vec<Mark>>,
    /// Its words, for sentences.
    pub words: Memo<Vec<Mark>>,
    /// Its river, if it has a path.
    pub river: Memo<Option<River>>,
    /// How much room there is for it.
    pub river_width: RwSignal<f32>,
    /// The river at this moment.
    pub frame: Memo<Option<Frame>>,
    /// Which word is looked at.
    pub selection: Selection,
    /// Where the animation stands.
    pub playback: Playback,
}

impl Shown {
    /// What can be said of the explanation.
    pub fn of<T>(&self, say: impl FnOnce(&Explanation) -> T) -> T {
        self.explanation.with(|explanation| say(explanation))
    }

    /// What can be said of the explanation and its marks.
    pub fn marked<T>(&self, say: impl FnOnce(&Explanation, &[Mark]) -> T) -> T {
        self.marks.with(|marks| self.of(|explanation| say(explanation, marks)))
    }

    /// What can be said of the explanation and its words.
    pub fn worded<T>(&self, say: impl FnOnce(&Explanation, &[Mark]) -> T) -> T {
        self.words.with(|words| self.of(|explanation| say(explanation, words)))
    }
}
