//! What the views of one explanation share, handed to them by the view that holds them.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::river::River;
use vitrine_schema::Explanation;
use vitrine_share::Span;
use vitrine_words::marks::{Mark, together};

use crate::state::playback::Playback;
use crate::state::selection::Selection;

/// What the views of one explanation share.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The explanation.
    pub explanation: Signal<Arc<Explanation>>,
    /// The same with its receipt, once that is measured.
    pub measured: Signal<Option<Arc<Explanation>>>,
    /// Whether a word that is clicked is taken out.
    pub provable: bool,
    /// Whether what moves can be played and stepped.
    pub plays: bool,
    /// Its marks, as grouped.
    pub marks: Memo<Vec<Mark>>,
    /// Its words, for sentences.
    pub words: Memo<Vec<Mark>>,
    /// Its river, if it has a path.
    pub river: Memo<Option<River>>,
    /// How much room there is for it.
    pub river_width: RwSignal<f32>,
    /// The scores of the marks at this moment of the animation, where there is one.
    pub running: Memo<Option<Vec<f32>>>,
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

    /// The same of the explanation with its receipt, if that is measured.
    pub fn measured_marks<T>(&self, say: impl FnOnce(&Explanation, &[Mark]) -> T) -> T {
        let measured =
            self.measured.get().filter(|measured| self.of(|explanation| measured.scores == explanation.scores));
        self.marks.with(|marks| match measured {
            Some(measured) => say(&measured, marks),
            None => self.of(|explanation| say(explanation, marks)),
        })
    }

    /// Neighbouring marks as one.
    pub fn chosen(&self, span: Span) -> Option<Mark> {
        self.marked(|explanation, marks| together(explanation, marks.get(span.first()..=span.last())?))
    }

    /// The ranges of the text of all marks, the ones that are locked as one.
    pub fn spans(&self, span: Span) -> Vec<[usize; 2]> {
        self.marked(|explanation, marks| {
            let own = marks.iter().enumerate().filter(|(_, mark)| !mark.special);
            let ranges = own.map(|(index, mark)| (span.holds(index), explanation.input.range(&mark.tokens)));
            let mut spans: Vec<[usize; 2]> = Vec::new();
            let mut before = false;
            for (holds, [start, end]) in ranges {
                match spans.last_mut() {
                    Some(last) if holds && before => last[1] = end,
                    _ => spans.push([start, end]),
                }
                before = holds;
            }
            spans
        })
    }

    /// What can be said of the explanation and its words.
    pub fn worded<T>(&self, say: impl FnOnce(&Explanation, &[Mark]) -> T) -> T {
        self.words.with(|words| self.of(|explanation| say(explanation, words)))
    }
}
