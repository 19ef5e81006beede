//! What each method takes here, on the reader's sentence: its time, then its receipt.

use std::collections::{BTreeMap, VecDeque};

use leptos::prelude::*;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{Ask, Finding, MethodId, Recipe, Traits};
use vitrine_words::methods::faithful;

use crate::state::asking::{Answer, Asking};
use crate::state::speed::of_alone;

/// What was measured of a method.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Its time, in milliseconds.
    pub millis: Option<f64>,
    /// How many times as far as at random the answer moves in its order.
    pub ratio: Option<f32>,
    /// The same in words, or why there is none.
    pub faithful: Option<String>,
    /// Why it cannot serve.
    pub refused: Option<String>,
}

/// One question on the way.
#[derive(Clone, Copy, PartialEq)]
enum Job {
    /// Another text, after which nothing is known of this one: what a method takes is its own.
    Forget,
    Time(MethodId),
    Receipt(MethodId),
}

/// The questions that are still to be asked, one at a time in the background.
#[derive(Clone, Copy)]
pub struct Measuring {
    asking: Asking,
    /// What was measured.
    pub found: RwSignal<BTreeMap<MethodId, Measured>>,
    /// The model and the text.
    pub about: RwSignal<Option<(String, String)>>,
    jobs: RwSignal<VecDeque<Job>>,
    running: RwSignal<Option<Job>>,
}

impl Measuring {
    /// Nothing is measured yet.
    pub fn new(asking: Asking) -> Self {
        let (found, about) = (RwSignal::default(), RwSignal::default());
        let measuring = Self { asking, found, about, jobs: RwSignal::default(), running: RwSignal::default() };
        // The next one is asked when the one before has ended, however it did.
        Effect::new(move |_| {
            if !asking.runs(Lane::Background) {
                untrack(|| measuring.next());
            }
        });
        measuring
    }

    /// Measures these methods on a text.
    pub fn start(self, model: String, text: String, methods: &[MethodId]) {
        let other = self.about.with_untracked(|about| about.as_ref() != Some(&(model.clone(), text.clone())));
        if other {
            self.found.update(BTreeMap::clear);
        }
        self.about.set(Some((model, text)));
        let times = methods.iter().flat_map(|&id| [Job::Forget, Job::Time(id)]);
        self.jobs.set(times.chain(methods.iter().map(|&id| Job::Receipt(id))).collect());
        self.next();
    }

    /// Lets the model read a text once, if it has not, and if nothing runs that this would end.
    pub fn weigh(self, model: String, text: String) {
        let recipe = Recipe::new(model, text, Ask::Predict {});
        let blank = recipe.text.as_deref().is_none_or(|text| text.trim().is_empty());
        if !blank && self.asking.took(&recipe).is_none() && !untrack(|| self.asking.runs(Lane::Background)) {
            self.asking.ask(Lane::Background, recipe, |_| {});
        }
    }

    /// How long a method takes here, about, at the speed at which the text was read.
    pub fn about_millis(self, id: MethodId, traits: &Traits, model: String, text: String) -> Option<f64> {
        let recipe = Recipe::new(model, text, Ask::Predict {});
        let read = self.asking.found(&recipe)?;
        let explain = Explain::new(id, &[]);
        let (params, players) = (id.resolve(&explain.params, traits).ok()?, explain.players.of(read.finding.input()));
        let passes = id.declared().passes.about(&params, players.ok()?.len());
        Some(read.elapsed_millis * passes * of_alone(passes))
    }

    /// Stops; what was measured stays.
    pub fn stop(self) {
        self.jobs.update(VecDeque::clear);
        self.running.set(None);
        self.asking.stop(Lane::Background);
    }

    /// The method that is being measured, and how many questions are left.
    pub fn now(self) -> Option<(MethodId, usize)> {
        let left = self.jobs.with(|jobs| jobs.iter().filter(|job| **job != Job::Forget).count());
        let next = || self.jobs.with(|jobs| jobs.front().copied());
        let id = |job| match job {
            Job::Time(id) | Job::Receipt(id) => Some(id),
            Job::Forget => None,
        };
        let running = self.running.get()?;
        Some((id(running).or_else(|| id(next()?))?, left + 1))
    }

    fn next(self) {
        if let Some(Job::Time(id) | Job::Receipt(id)) = self.running.get_untracked()
            && let Some(trouble) = self.asking.missed.get_untracked()
        {
            self.jobs.update(|jobs| jobs.retain(|job| *job != Job::Receipt(id)));
            self.note(id, |measured| measured.refused = Some(trouble.sentence()));
        }
        let job = self.jobs.try_update(VecDeque::pop_front).flatten();
        self.running.set(job);
        let (Some(job), Some((model, text))) = (job, self.about.get_untracked()) else { return };
        let ask = |text: String, id: MethodId, receipt: bool| {
            Recipe::new(model.clone(), text, Ask::Explain(Explain { receipt, ..Explain::new(id, &[]) }))
        };
        let (recipe, id) = match job {
            Job::Forget => (ask("a".to_owned(), MethodId::GradientXInput, false), None),
            Job::Time(id) => (ask(text, id, false), Some(id)),
            Job::Receipt(id) => (ask(text, id, true), Some(id)),
        };
        let asked = recipe.clone();
        self.asking.ask(Lane::Background, recipe, move |answer| {
            let (Some(id), Answer::Whole(Finding::Explanation(found))) = (id, answer) else { return };
            let millis = self.asking.took(&asked);
            self.note(id, |measured| match &found.receipt {
                Some(receipt) => {
                    measured.ratio = receipt.ratio();
                    measured.faithful = Some(faithful(receipt));
                }
                None => measured.millis = millis,
            });
        });
    }

    fn note(self, id: MethodId, note: impl FnOnce(&mut Measured)) {
        self.found.update(|found| note(found.entry(id).or_default()));
    }
}
