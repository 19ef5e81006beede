//! The questions of one workbench that are on their way: one in each lane.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::protocol::{Lane, Progress, Request, Response};
use vitrine_schema::{Finding, Recipe};

use crate::messages::Trouble;
use crate::services::worker_client::Engine;
use crate::state::findings::Findings;

/// What comes back of a question.
pub enum Found {
    /// The text that was written so far.
    Part(String),
    /// The finding, and the time it took in milliseconds.
    Whole(Finding, f64),
}

/// Asks, one question at a time in each lane, and keeps what goes wrong.
#[derive(Clone, Copy)]
pub struct Asking {
    engine: Engine,
    findings: Findings,
    /// Questions on their way, and how far they are.
    running: RwSignal<BTreeMap<Lane, (u32, Progress)>>,
    /// What went wrong last.
    pub trouble: RwSignal<Option<Trouble>>,
}

impl Asking {
    /// Nothing is asked yet.
    pub fn new(engine: Engine, findings: Findings) -> Self {
        Self { engine, findings, running: RwSignal::default(), trouble: RwSignal::new(None) }
    }

    /// Asks; a question of the same lane is dropped. `take` is called with what is written and with the finding.
    pub fn ask(self, lane: Lane, recipe: Recipe, take: impl Fn(Found) + 'static) {
        self.stop(lane);
        self.trouble.set(None);
        let id = self.engine.ask(Request::Run { recipe: Box::new(recipe), lane }, move |answer| {
            match answer {
                Ok(Response::Running { progress, written }) => {
                    self.running.update(|running| {
                        if let Some((_, known)) = running.get_mut(&lane) {
                            *known = progress;
                        }
                    });
                    written.into_iter().for_each(|written| take(Found::Part(written.text)));
                    return;
                }
                Ok(Response::Found { finding, elapsed_millis, .. }) => {
                    self.running.update(|running| _ = running.remove(&lane));
                    self.findings.put((*finding).clone());
                    // What follows may ask again.
                    return take(Found::Whole(*finding, elapsed_millis));
                }
                Ok(Response::Failed { failure }) => self.trouble.set(Some(Trouble::Failure(failure))),
                Err(trouble) => self.trouble.set(Some(trouble)),
                Ok(_) => {}
            }
            self.running.update(|running| _ = running.remove(&lane));
        });
        self.running.update(|running| _ = running.insert(lane, (id, Progress { done: 0, total: 0 })));
    }

    /// How far the question is that the reader waits for: the answer, else the panel.
    pub fn progress(self) -> Option<Progress> {
        self.running.with(|running| running.values().next().map(|(_, progress)| *progress))
    }

    /// Whether a question of that lane is on its way.
    pub fn runs(self, lane: Lane) -> bool {
        self.running.with(|running| running.contains_key(&lane))
    }

    /// Stops the question of a lane; what was found stays.
    pub fn stop(self, lane: Lane) {
        if let Some((id, _)) = self.running.with_untracked(|running| running.get(&lane).copied()) {
            self.engine.cancel(id);
            self.running.update(|running| _ = running.remove(&lane));
        }
    }

    /// Stops everything.
    pub fn stop_all(self) {
        Lane::ALL.into_iter().for_each(|lane| self.stop(lane));
    }
}
