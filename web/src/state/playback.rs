//! Where the animation stands. The frame is a pure function of [`Playback::alpha`].

use leptos::prelude::*;
use vitrine_figure::playback::{DURATION_MILLIS, STEP_MILLIS, alpha_at, step};

use crate::services::clock::each_frame;

/// Position, speed, and whether it runs.
#[derive(Clone, Copy)]
pub struct Playback {
    /// Position on the path, 0 to 1.
    pub alpha: RwSignal<f32>,
    /// Whether it runs.
    pub playing: RwSignal<bool>,
    /// Factor on normal speed.
    pub speed: RwSignal<f64>,
    /// Time from end to end at normal speed.
    duration_millis: f64,
    /// Counts plays, so that an older run of frames stops.
    run: RwSignal<u32>,
}

impl Playback {
    /// Stands at the end.
    pub fn new() -> Self {
        let (alpha, speed) = (RwSignal::new(1.0), RwSignal::new(1.0));
        Self { alpha, playing: RwSignal::default(), speed, duration_millis: DURATION_MILLIS, run: RwSignal::default() }
    }

    /// Stands at the end of so many steps, each as long as a change of data.
    pub fn stepwise(n_steps: usize) -> Self {
        Self { duration_millis: STEP_MILLIS * n_steps as f64, ..Self::new() }
    }

    /// Plays all of it; with reduced motion it stands at the end.
    pub fn play_once(self, still: bool) {
        self.scrub(if still { 1.0 } else { 0.0 });
        if !still {
            self.play();
        }
    }

    /// Plays from here, or from the start when it stands at the end.
    pub fn play(self) {
        if self.alpha.get_untracked() >= 1.0 {
            self.alpha.set(0.0);
        }
        self.run.update(|run| *run += 1);
        self.playing.set(true);
        let (run, speed, start) = (self.run.get_untracked(), self.speed.get_untracked(), self.alpha.get_untracked());
        let mut begin = None;
        each_frame(move |time| {
            // A view that is gone has no signals any more.
            if self.run.try_get_untracked() != Some(run) || self.playing.try_get_untracked() != Some(true) {
                return false;
            }
            let elapsed_millis = time - *begin.get_or_insert(time);
            let alpha = alpha_at(start, elapsed_millis * speed, self.duration_millis);
            self.alpha.set(alpha);
            if alpha >= 1.0 {
                self.playing.set(false);
            }
            alpha < 1.0
        });
    }

    /// Goes to a position in so many milliseconds, forwards or back.
    pub fn glide(self, to: f32, millis: f64) {
        self.run.update(|run| *run += 1);
        self.playing.set(true);
        let (run, start) = (self.run.get_untracked(), self.alpha.get_untracked());
        let mut begin = None;
        each_frame(move |time| {
            if self.run.try_get_untracked() != Some(run) || self.playing.try_get_untracked() != Some(true) {
                return false;
            }
            let share = alpha_at(0.0, time - *begin.get_or_insert(time), millis);
            self.alpha.set(start + (to - start) * share);
            if share >= 1.0 {
                self.playing.set(false);
            }
            share < 1.0
        });
    }

    /// Play or pause.
    pub fn toggle(self) {
        if self.playing.get_untracked() { self.playing.set(false) } else { self.play() }
    }

    /// Goes to a position and stays there.
    pub fn scrub(self, alpha: f32) {
        self.playing.set(false);
        self.alpha.set(alpha.clamp(0.0, 1.0));
    }

    /// Goes to the next edge between nodes.
    pub fn step(self, edges: &[f32], forward: bool) {
        self.scrub(step(edges, self.alpha.get_untracked(), forward));
    }

    /// Changes the speed; a running animation goes on from here.
    pub fn set_speed(self, speed: f64) {
        self.speed.set(speed);
        if self.playing.get_untracked() {
            self.play();
        }
    }
}
