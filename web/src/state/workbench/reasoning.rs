//! A question that is answered step by step: one chain, a changed step in it, or several chains that vote.

use leptos::prelude::*;
use vitrine_schema::recipe::{Chain, Inject, Shots, Vote};
use vitrine_schema::{Ask, Chaining, Players};
use vitrine_share::View;

use super::Workbench;

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
            _ => {}
        }
    }
}

impl Workbench {
    /// What the chains answer: the text that was asked about.
    pub fn reasoning(self) -> Ask {
        let ReasoningChoice { samples, shots, inject, forced, temperature } = self.chains;
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
}
