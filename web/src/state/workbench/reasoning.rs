//! A question that is answered step by step: one chain, a changed step in it, or several chains that vote.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::protocol::{Failure, Lane};
use vitrine_schema::reasoning::corruption::{Change, changes};
use vitrine_schema::reasoning::{Corruption, shots};
use vitrine_schema::recipe::{Chain, Courtroom, Inject, Shots, Vote};
use vitrine_schema::{Ask, Chaining, Evidence, Family, Hearing, Players, Recipe, Voting};
use vitrine_share::View;
use vitrine_share::table::sha256;

use super::Workbench;
use crate::messages::Trouble;

/// The ways of putting a question, beside examples of the reader's own.
pub const WAYS: [Shots; 3] = [Shots::Direct, Shots::Zero, Shots::Four];

/// What is tried beside another test, so that all stands together: whether dots do as well, and when the answer is there.
const BESIDE: [Evidence; 2] = [Evidence::Filler, Evidence::Early];

/// What a trial takes, in chains: what all problems share, and each problem, as many go through the model together.
const TRIAL_IN_CHAINS: [f64; 2] = [1.9, 0.3];

/// What chains are asked.
#[derive(Clone, Copy)]
pub struct ReasoningChoice {
    /// How many chains vote; none for the one that the model finds likeliest.
    pub samples: RwSignal<Option<usize>>,
    /// What stands before the question.
    pub shots: RwSignal<Shots>,
    /// The step that is replaced.
    pub inject: RwSignal<Option<Inject>>,
    /// Whether the start of the step after that is given too.
    pub forced: RwSignal<bool>,
    /// How freely the chains that vote are drawn.
    pub temperature: RwSignal<f32>,
    /// What is done to many chains when that is asked.
    pub trial: RwSignal<Courtroom>,
    /// What was done to many chains last.
    pub tried: RwSignal<Option<Courtroom>>,
}

impl ReasoningChoice {
    /// One chain, as the model writes it.
    pub fn new() -> Self {
        Self {
            samples: RwSignal::default(),
            shots: RwSignal::default(),
            inject: RwSignal::default(),
            forced: RwSignal::default(),
            temperature: RwSignal::new(Vote::default().temperature),
            trial: RwSignal::default(),
            tried: RwSignal::default(),
        }
    }

    /// Takes what an address asks for.
    pub fn take(self, ask: &Ask) {
        match ask {
            Ask::Chain(Chain { shots, inject, forced, .. }) => {
                self.samples.set(None);
                self.shots.set(shots.clone());
                self.inject.set(inject.clone());
                self.forced.set(*forced);
            }
            Ask::Vote(Vote { shots, samples, temperature, .. }) => {
                self.samples.set(Some(*samples));
                self.shots.set(shots.clone());
                self.temperature.set(*temperature);
            }
            Ask::Courtroom(trial) => {
                self.trial.set(*trial);
                self.tried.set(Some(*trial));
                // It stands beside the usual chain.
                self.samples.set(None);
                self.shots.set(Shots::default());
                self.inject.set(None);
            }
            _ => {}
        }
    }
}

impl Workbench {
    /// What the chains answer: the text that was asked about.
    pub fn reasoning(self) -> Ask {
        let ReasoningChoice { samples, shots, inject, forced, temperature, .. } = self.chains;
        let question = self.asked.with(|asked| asked.as_ref().map_or_else(String::new, |asked| asked.text.clone()));
        match samples.get() {
            None => Ask::Chain(Chain { question, shots: shots.get(), inject: inject.get(), forced: forced.get() }),
            Some(samples) => Ask::Vote(Vote { question, shots: shots.get(), samples, temperature: temperature.get() }),
        }
    }

    /// Answers by so many chains, with what stands before the question.
    pub fn reason_by(self, samples: Option<usize>, shots: Shots) {
        self.chains.samples.set(samples);
        self.chains.shots.set(shots);
        self.chains.inject.set(None);
        self.look();
    }

    /// Asks which words of a chain carried its answer: its words are the players, what stands before them is always there.
    pub fn explain_answer(self, chain: &Chaining) {
        let Some((text, words)) = chain.before_answer() else { return };
        self.view.set(View::Attribution);
        self.ask_about(text);
        self.method.players.set(Players::Spans(words));
    }

    /// Replaces a step, or puts the model's own back.
    pub fn replace_step(self, inject: Option<Inject>) {
        self.chains.samples.set(None);
        self.chains.inject.set(inject);
        self.look();
    }

    /// The question as it is put in one way, as the model answers it by itself.
    fn put(self, shots: Shots) -> Option<Recipe> {
        let question = self.asked.with(|asked| asked.as_ref().map_or_else(String::new, |asked| asked.text.clone()));
        self.recipe(Ask::Chain(Chain { question, shots, inject: None, forced: false }))
    }

    /// What the question came to in one way, once that is known.
    pub fn answered(self, shots: Shots) -> Option<Arc<Chaining>> {
        self.found(&self.put(shots)?).filter(|found| found.whole)?.finding.try_into().ok()
    }

    /// Asks the question in every way in which it was not asked, one after the other.
    pub fn ask_every_way(self) {
        let missing = |shots: &Shots| untrack(|| self.answered(shots.clone()).is_none());
        if let Some(recipe) = WAYS.iter().find(|way| missing(way)).and_then(|way| untrack(|| self.put(way.clone()))) {
            self.asking.ask(Lane::Panel, recipe, move |_| self.ask_every_way());
        }
    }

    /// Puts worked examples of the reader's own before the question; what is none is said, and nothing is asked.
    pub fn reason_after(self, examples: String) {
        if let Err(refusal) = shots::read(&examples) {
            return self.asking.trouble.set(Some(Trouble::Failure(Failure::Refused { refusal })));
        }
        let file = sha256(&examples);
        self.asking.tables.update(|tables| _ = tables.insert(file.clone(), examples));
        self.reason_by(self.chains.samples.get_untracked(), Shots::File(file));
    }

    /// The examples that stand before the question, as they are written; `None` where they are of a file that is not here.
    pub fn examples(self) -> Option<String> {
        match self.chains.shots.get() {
            Shots::File(file) => self.asking.tables.with(|tables| tables.get(&file).cloned()),
            _ => Some(shots::before(&Family::Chain.shots(), true)),
        }
    }

    /// Shows the test that is chosen.
    fn take_trial(self) -> Courtroom {
        let trial = self.chains.trial.get_untracked();
        self.chains.tried.set(Some(trial));
        self.beside.set(Some(Ask::Courtroom(trial)));
        trial
    }

    /// Puts many chains to the test, without keeping anyone waiting.
    pub fn try_many(self) {
        let trial = self.take_trial();
        let whole = untrack(|| self.hearing()).is_some_and(|(_, whole)| whole);
        if let Some(recipe) = untrack(|| self.recipe(Ask::Courtroom(trial))).filter(|_| !whole) {
            self.asking.ask(Lane::Background, recipe, |_| {});
        }
    }

    /// Puts the chain that is shown to the test, and many beside it, with all that is tried together: one after the other, without
    /// keeping anyone waiting.
    pub fn try_together(self) {
        if let Some(inject) = untrack(|| self.mistake()) {
            self.replace_step(Some(inject));
        }
        self.take_trial();
        self.try_beside();
    }

    /// Asks for the next test that is missing, and then for the one after it.
    fn try_beside(self) {
        let missing = |trial: &Courtroom| untrack(|| self.tried(*trial)).is_none_or(|(_, whole)| !whole);
        let trial = self.chains.tried.get_untracked().unwrap_or_default();
        let mut all = std::iter::once(trial).chain(beside(trial));
        if let Some(recipe) = all.find(missing).and_then(|trial| untrack(|| self.recipe(Ask::Courtroom(trial)))) {
            self.asking.ask(Lane::Background, recipe, move |_| self.try_beside());
        }
    }

    /// A mistake in the first step of the chain that computes and has another one after it; nothing where a step is replaced already.
    fn mistake(self) -> Option<Inject> {
        if self.chains.inject.get().is_some() || self.chains.samples.get().is_some() {
            return None;
        }
        let chain = self.own_chain()?;
        let steps: Vec<&str> = chain.steps.iter().map(|step| step.text.trim()).collect();
        let digit = |at: usize| {
            let change =
                changes(&steps, at).into_iter().find(|(change, _)| *change == Change::Mistake(Corruption::Digit));
            change.map(|(_, text)| Inject { step: at + 1, text })
        };
        (0..steps.len().saturating_sub(1)).find_map(digit)
    }

    /// The chain as the model writes it by itself, once that is known.
    pub fn own_chain(self) -> Option<Arc<Chaining>> {
        self.answered(self.chains.shots.get())
    }

    /// What else many chains came to, of the same problems.
    pub fn heard_beside(self) -> Vec<Arc<Hearing>> {
        let Some(trial) = self.chains.tried.get() else { return Vec::new() };
        beside(trial).into_iter().filter_map(|trial| self.tried(trial)).map(|(found, _)| found).collect()
    }

    /// How a drawn chain is asked for alone, with its curve.
    fn alone(self, seed: u64) -> Option<Recipe> {
        match self.reasoning() {
            Ask::Vote(vote) => Some(Recipe { seed, ..self.recipe(Ask::Vote(Vote { samples: 1, ..vote }))? }),
            _ => None,
        }
    }

    /// Asks how likely its answer was along a drawn chain.
    pub fn ask_along(self, seed: u64) {
        if let Some(recipe) = untrack(|| self.alone(seed)) {
            self.asking.ask(Lane::Panel, recipe, |_| {});
        }
    }

    /// A drawn chain with how likely its answer was along it, once that is known.
    pub fn drawn_alone(self, seed: u64) -> Option<Chaining> {
        let found = self.found(&self.alone(seed)?).filter(|found| found.whole)?;
        <Arc<Voting>>::try_from(found.finding).ok()?.alone(0)
    }

    /// What many chains came to, as far as that is known.
    pub fn hearing(self) -> Option<(Arc<Hearing>, bool)> {
        self.tried(self.chains.tried.get()?)
    }

    fn tried(self, trial: Courtroom) -> Option<(Arc<Hearing>, bool)> {
        let found = self.found(&self.recipe(Ask::Courtroom(trial))?)?;
        let whole = found.whole;
        Some((found.finding.try_into().ok()?, whole))
    }

    /// Whether a trial is what was asked last.
    pub fn tries(self) -> bool {
        self.beside.with(|beside| matches!(beside, Some(Ask::Courtroom(_))))
    }

    /// Whether many chains are being tried.
    pub fn on_trial(self) -> bool {
        let name = Ask::Courtroom(Courtroom::default()).name();
        self.asking.running(Lane::Background).is_some_and(|running| running.what == name)
    }

    /// How long a trial takes here, about: its problems at the speed of the chain that is shown.
    pub fn trial_millis(self) -> Option<f64> {
        let chain = self.found(&self.put(Shots::Four)?).filter(|found| found.whole)?;
        let [shared, each] = TRIAL_IN_CHAINS;
        Some(chain.elapsed_millis * (shared + each * self.chains.trial.get().problems as f64))
    }
}

/// What is tried beside a test, of the same problems.
fn beside(trial: Courtroom) -> Vec<Courtroom> {
    let other = |test| Courtroom { test, forced: false, ..trial };
    BESIDE.into_iter().filter(|test| *test != trial.test).map(other).collect()
}
