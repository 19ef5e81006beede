//! Where a scene stands: one place along its steps, which scrolling, the scrubber, a click on a step and the keys all move.

use leptos::prelude::*;

use crate::state::playback::Playback;

/// Time from one step to the next.
const GLIDE_MILLIS: f64 = 900.0;

/// The place of a scene along its steps.
#[derive(Clone, Copy)]
pub struct Stage {
    /// The place, from 0, the first step, to 1, the last.
    pub playback: Playback,
    n_steps: usize,
    /// Whether it stands still at its end until the reader moves it.
    still: Signal<bool>,
}

impl Stage {
    /// At the first step; at the last where nothing is to move.
    pub fn new(n_steps: usize, still: Signal<bool>) -> Self {
        let playback = Playback::new();
        playback.scrub(if still.get_untracked() { 1.0 } else { 0.0 });
        Self { playback, n_steps, still }
    }

    /// Where the steps are.
    pub fn places(self) -> Vec<f32> {
        (0..self.n_steps).map(|step| self.place(step)).collect()
    }

    /// The step that it stands at, or nearest to.
    pub fn step(self) -> usize {
        (self.playback.alpha.get() * self.last() as f32).round() as usize
    }

    /// The reader goes to a step.
    pub fn go(self, step: usize) {
        let place = self.place(step.min(self.last()));
        if self.still.get_untracked() { self.playback.scrub(place) } else { self.playback.glide(place, GLIDE_MILLIS) }
    }

    /// The text has come to a step, which moves nothing where nothing is to move.
    pub fn pass(self, step: usize) {
        if !self.still.get_untracked() && untrack(|| self.step()) != step {
            self.go(step);
        }
    }

    fn last(self) -> usize {
        self.n_steps.saturating_sub(1)
    }

    fn place(self, step: usize) -> f32 {
        if self.last() == 0 { 1.0 } else { step as f32 / self.last() as f32 }
    }
}
