//! What a model of language writes, and how it is drawn.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::recipe::Generate;
use vitrine_schema::{Ask, Draft, Generation, Sampling};

/// Most tokens that are written at once.
const MOST_WRITTEN: usize = 120;

/// How tokens are drawn, and what came of it.
#[derive(Clone, Copy)]
pub struct Writing {
    /// How bars are drawn and tokens are drawn.
    pub temperature: RwSignal<f32>,
    /// How many tokens stay in the draw; 0 for all.
    pub top_k: RwSignal<usize>,
    /// Seed of the draws.
    pub seed: RwSignal<u64>,
    /// What was written.
    pub written: RwSignal<Option<Draft>>,
}

impl Writing {
    /// Nothing is written yet.
    pub fn new() -> Self {
        let temperature = RwSignal::new(1.0);
        Self { temperature, top_k: RwSignal::default(), seed: RwSignal::default(), written: RwSignal::default() }
    }

    /// The probabilities that the sliders make of logits.
    pub fn sampling(self) -> Sampling {
        Sampling { temperature: self.temperature.get(), top_k: self.top_k.get(), seed: 0 }
    }

    /// The question; `chat` where the text is what a user says.
    pub fn ask(self, chat: bool) -> Ask {
        let (temperature, top_k) = (self.temperature.get_untracked(), self.top_k.get_untracked());
        Ask::Generate(Generate { chat, system: None, max_tokens: MOST_WRITTEN, temperature, top_k })
    }

    /// Takes what an address asks for.
    pub fn take(self, generate: &Generate) {
        self.temperature.set(generate.temperature);
        self.top_k.set(generate.top_k);
    }

    /// The text grew by a token.
    pub fn grow(self, text: &str) {
        self.written.update(|written| written.iter_mut().for_each(|written| written.grow(text)));
    }

    /// The text is there.
    pub fn end(self, generation: Arc<Generation>, elapsed_millis: f64) {
        let whole = Draft::whole(generation, elapsed_millis);
        self.written.update(|written| *written = written.take().map(|_| whole));
    }
}
