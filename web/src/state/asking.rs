//! The questions of one workbench that are on their way: one in each lane.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::protocol::{Lane, Progress, Request, Response};
use vitrine_schema::{Finding, Found, Kept, Recipe};

use crate::messages::Trouble;
use crate::services::clock::now_millis;
use crate::services::worker_client::Engine;

/// What comes back of a question.
pub enum Answer {
    /// The text that was written so far.
    Part(String),
    /// What was found; it is among the findings.
    Whole(Finding),
}

/// A question, or a model, on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// The request.
    pub id: u32,
    /// The name of what is asked; none of a model that comes.
    pub what: &'static str,
    /// How far it is.
    pub progress: Progress,
    /// When it was asked.
    pub since_millis: f64,
}

impl Running {
    /// It was asked just now.
    pub fn asked(id: u32, what: &'static str) -> Self {
        Self { id, what, progress: Progress::default(), since_millis: now_millis() }
    }
}

/// Asks, one question at a time in each lane, and keeps what goes wrong.
#[derive(Clone, Copy)]
pub struct Asking {
    engine: Engine,
    findings: RwSignal<Kept>,
    running: RwSignal<BTreeMap<Lane, Running>>,
    /// Tables of labelled texts, and worked examples, by their SHA-256; they go with the questions that name them.
    pub tables: RwSignal<BTreeMap<String, String>>,
    /// What went wrong last.
    pub trouble: RwSignal<Option<Trouble>>,
    /// What went wrong with what nobody waits for; it is said where that would stand.
    pub missed: RwSignal<Option<Trouble>>,
}

impl Asking {
    /// Nothing is asked yet.
    pub fn new(engine: Engine, findings: RwSignal<Kept>) -> Self {
        Self {
            engine,
            findings,
            running: RwSignal::default(),
            tables: RwSignal::default(),
            trouble: RwSignal::default(),
            missed: RwSignal::default(),
        }
    }

    /// What was found of a question, once it was.
    pub fn found(self, recipe: &Recipe) -> Option<Found> {
        self.findings.with(|kept| kept.of(recipe).cloned())
    }

    /// How long a question took, in milliseconds.
    pub fn took(self, recipe: &Recipe) -> Option<f64> {
        self.findings.with_untracked(|kept| kept.of(recipe).map(|found| found.elapsed_millis))
    }

    /// Asks; a question of the same lane is dropped. `take` is called with what is written and with the finding.
    pub fn ask(self, lane: Lane, recipe: Recipe, take: impl Fn(Answer) + 'static) {
        self.engine.wake();
        self.stop(lane);
        let trouble = if lane == Lane::Background { self.missed } else { self.trouble };
        trouble.set(None);
        let (file, what) = (recipe.ask.file(), recipe.ask.name());
        let table = file.and_then(|file| self.tables.with_untracked(|tables| tables.get(file).cloned()));
        let id = self.engine.ask(Request::Run { recipe: Box::new(recipe), lane, table }, None, move |answer| {
            match answer {
                Ok(Response::Running { progress, written, so_far }) => {
                    self.running.update(|running| {
                        running.entry(lane).and_modify(|known| known.progress = progress);
                    });
                    written.into_iter().for_each(|written| take(Answer::Part(written.text)));
                    if let Some(finding) = so_far {
                        let since = self.running.with_untracked(|all| all.get(&lane).map(|known| known.since_millis));
                        let elapsed = since.map_or(0.0, |since| now_millis() - since);
                        self.findings.update(|kept| kept.put_so_far(*finding, elapsed));
                    }
                    return;
                }
                Ok(Response::Found { finding, elapsed_millis, .. }) => {
                    self.running.update(|running| _ = running.remove(&lane));
                    self.findings.update(|kept| kept.put((*finding).clone(), elapsed_millis));
                    // What follows may ask again.
                    return take(Answer::Whole(*finding));
                }
                Ok(Response::Failed { failure }) => trouble.set(Some(Trouble::Failure(failure))),
                Err(broken) => trouble.set(Some(broken)),
                Ok(_) => {}
            }
            self.running.update(|running| _ = running.remove(&lane));
        });
        self.running.update(|running| _ = running.insert(lane, Running::asked(id, what)));
    }

    /// The question that the reader waits for: the answer, else the panel.
    pub fn foremost(self) -> Option<Running> {
        let waited_for = |lane: &&Lane| **lane != Lane::Background;
        self.running.with(|running| Lane::ALL.iter().filter(waited_for).find_map(|lane| running.get(lane).copied()))
    }

    /// How far the question of a lane is.
    pub fn progress(self, lane: Lane) -> Option<Progress> {
        self.running.with(|running| running.get(&lane).map(|running| running.progress))
    }

    /// Whether a question of that lane is on its way.
    pub fn runs(self, lane: Lane) -> bool {
        self.running.with(|running| running.contains_key(&lane))
    }

    /// The question of a lane.
    pub fn running(self, lane: Lane) -> Option<Running> {
        self.running.with(|running| running.get(&lane).copied())
    }

    /// Stops the question of a lane; what was found stays.
    pub fn stop(self, lane: Lane) {
        if let Some(Running { id, .. }) = self.running.with_untracked(|running| running.get(&lane).copied()) {
            self.engine.cancel(id);
            self.running.update(|running| _ = running.remove(&lane));
        }
    }

    /// Stops everything.
    pub fn stop_all(self) {
        Lane::ALL.into_iter().for_each(|lane| self.stop(lane));
    }

    /// Stops everything, and forgets what went wrong.
    pub fn clear(self) {
        self.stop_all();
        self.trouble.set(None);
    }
}
