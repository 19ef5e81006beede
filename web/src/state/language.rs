//! The workbench of a model of language: prompt, next token, writing, and what is inside.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::{Ablate, Attention, Generate, Stream};
use vitrine_schema::{
    Ablation, Ask, Explanation, Finding, Generation, How, MethodId, Part, Prediction, Quantity, Recipe, TargetRequest,
};

use crate::messages::Trouble;
use crate::services::worker_client::Engine;
use crate::state::asking::{Asking, Found};
use crate::state::findings::Findings;
use crate::state::method_choice::MethodChoice;
use crate::state::models::Models;

/// Most tokens that are written at once.
const MOST_WRITTEN: usize = 120;

/// What is looked at below the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Token attribution.
    Why,
    /// Attention maps.
    Attention,
    /// The residual stream.
    Stream,
}

/// An answer with the logits of the whole vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The likeliest tokens, with the logits of the vocabulary.
    pub prediction: Arc<Prediction>,
    /// Time it took.
    pub elapsed_millis: f64,
}

/// What the model wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The prompt that it follows.
    pub prompt: String,
    /// The text so far.
    pub text: String,
    /// How many tokens.
    pub n_tokens: usize,
    /// All of it, once it has ended.
    pub ended: Option<Arc<Generation>>,
    /// Time it took, once it has ended.
    pub elapsed_millis: f64,
}

/// State of the workbench; it outlives the worker.
#[derive(Clone, Copy)]
pub struct Language {
    models: Models,
    /// The questions on their way.
    pub asking: Asking,
    /// The prompt, control tokens written out.
    pub prompt: RwSignal<String>,
    /// The prompt before it was put into the chat template.
    pub plain_prompt: RwSignal<Option<String>>,
    /// The newest answer.
    pub answer: RwSignal<Option<Arc<Answered>>>,
    /// How bars are drawn and tokens are drawn.
    pub temperature: RwSignal<f32>,
    /// How many tokens stay in the draw; 0 for all.
    pub top_k: RwSignal<usize>,
    /// Seed of the writing.
    pub seed: RwSignal<u64>,
    /// The token to explain; `None` is the likeliest.
    pub target: RwSignal<Option<String>>,
    /// The token it is compared with.
    pub foil: RwSignal<Option<String>>,
    /// What was written.
    pub written: RwSignal<Option<Written>>,
    /// What is looked at.
    pub panel: RwSignal<Panel>,
    /// How the answer is attributed.
    pub method: MethodChoice,
    /// The newest attribution.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// The newest maps.
    pub maps: RwSignal<Option<Arc<AttentionMaps>>>,
    /// The newest walk.
    pub walk: RwSignal<Option<Arc<Walk>>>,
    /// The newest test without a part.
    pub moved: RwSignal<Option<Arc<Ablation>>>,
    /// How long the newest result of a panel took.
    pub elapsed_millis: RwSignal<f64>,
}

impl Language {
    /// An empty workbench.
    pub fn new(engine: Engine, models: Models, findings: Findings) -> Self {
        Self {
            models,
            asking: Asking::new(engine, findings),
            prompt: RwSignal::new("The capital of France is".to_owned()),
            plain_prompt: RwSignal::new(None),
            answer: RwSignal::new(None),
            temperature: RwSignal::new(1.0),
            top_k: RwSignal::new(0),
            seed: RwSignal::new(0),
            target: RwSignal::new(None),
            foil: RwSignal::new(None),
            written: RwSignal::new(None),
            panel: RwSignal::new(Panel::Why),
            method: MethodChoice::new(MethodId::Occlusion),
            explanation: RwSignal::new(None),
            maps: RwSignal::new(None),
            walk: RwSignal::new(None),
            moved: RwSignal::new(None),
            elapsed_millis: RwSignal::new(0.0),
        }
    }

    /// The text of the newest answer, if it is still the prompt.
    pub fn answered_text(&self) -> Option<String> {
        self.answer.with(|answer| answer.as_ref().map(|answer| answer.prediction.input.text.clone()))
    }

    /// Reads the prompt: what comes next? The open panel follows.
    pub fn read(self) {
        let text = self.prompt.get_untracked();
        if text.is_empty() {
            self.asking.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        self.written.set(None);
        let model = self.models.chosen.get_untracked();
        // What the panels show is about the text before.
        self.asking.stop_all();
        self.asking.ask(Lane::Answer, Recipe::new(model, text, Ask::Predict {}), move |found| {
            if let Found::Whole(Finding::Prediction(prediction), elapsed_millis) = found {
                self.answer.set(Some(Arc::new(Answered { prediction, elapsed_millis })));
                self.forget_inside();
                self.look();
            }
        });
    }

    /// Drops what another model said.
    pub fn forget_other_models(self) {
        let chosen = self.models.chosen.get_untracked();
        let other = |answer: &Option<Arc<Answered>>| answer.as_ref().is_some_and(|a| a.prediction.model.id != chosen);
        if self.answer.with_untracked(other) {
            self.asking.stop_all();
            self.answer.set(None);
            self.written.set(None);
            self.forget_inside();
        }
    }

    fn forget_inside(self) {
        self.target.set(None);
        self.foil.set(None);
        self.explanation.set(None);
        self.maps.set(None);
        self.walk.set(None);
        self.moved.set(None);
    }

    /// Computes what the open panel shows, unless it is there.
    pub fn look(self) {
        let Some(text) =
            self.answer.with_untracked(|answer| answer.as_ref().map(|answer| answer.prediction.input.text.clone()))
        else {
            return;
        };
        let model = self.models.chosen.get_untracked();
        match self.panel.get_untracked() {
            Panel::Why if self.explanation.with_untracked(Option::is_none) => {
                self.show(Recipe::new(model, text, Ask::Explain(self.method.explain())).about(self.asked()));
            }
            Panel::Attention if self.maps.with_untracked(Option::is_none) => {
                self.show(Recipe::new(model, text, Ask::Attention(Attention::default())));
            }
            Panel::Stream if self.walk.with_untracked(Option::is_none) => {
                self.show(Recipe::new(model, text, Ask::Stream(Stream::default())).about(self.asked()));
            }
            _ => {}
        }
    }

    /// Asks for what a panel shows.
    fn show(self, recipe: Recipe) {
        self.asking.ask(Lane::Panel, recipe, move |found| {
            let Found::Whole(finding, elapsed_millis) = found else { return };
            self.elapsed_millis.set(elapsed_millis);
            match finding {
                Finding::Explanation(explanation) => self.explanation.set(Some(explanation)),
                Finding::Attention(maps) => self.maps.set(Some(maps)),
                Finding::Stream(walk) => self.walk.set(Some(walk)),
                Finding::Ablation(moved) => self.moved.set(Some(moved)),
                Finding::Prediction(_) | Finding::Generation(_) => {}
            }
        });
    }

    /// What is explained, as a request.
    pub fn asked(self) -> TargetRequest {
        let likeliest = || self.answer.with_untracked(|answer| answer.as_ref()?.prediction.top.first()?.token.clone());
        let target = self.target.get_untracked().or_else(likeliest);
        TargetRequest { target, foil: self.foil.get_untracked(), quantity: None }
    }

    /// Explains another answer, alone or against a foil.
    pub fn explain_instead(self, target: Option<String>, foil: Option<String>) {
        self.target.set(target);
        self.foil.set(foil);
        self.explanation.set(None);
        self.walk.set(None);
        self.moved.set(None);
        self.look();
    }

    /// Takes a part out and runs again; `quantity` where the scalar has to be a certain one.
    pub fn take_out(self, (part, how): (Part, How), quantity: Option<Quantity>) {
        let Some(text) = self.answered_text() else { return };
        let ablate = Ablate { parts: vec![part], how: Some(how), ..Ablate::default() };
        let recipe = Recipe::new(self.models.chosen.get_untracked(), text, Ask::Ablate(ablate));
        let target = TargetRequest { quantity, ..self.asked() };
        self.show(Recipe { target, seed: self.seed.get_untracked(), ..recipe });
    }

    /// Puts a token behind the prompt and reads on.
    pub fn append(self, token: &str) {
        self.prompt.update(|prompt| prompt.push_str(token));
        self.read();
    }

    /// Lets the model write.
    pub fn write(self) {
        let text = self.prompt.get_untracked();
        if text.is_empty() {
            self.asking.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        self.written.set(Some(Written { prompt: text.clone(), ..Written::default() }));
        // A prompt that its template wrote is asked for by what the template was given.
        let plain = self.plain_prompt.get_untracked();
        let generate = Generate {
            chat: plain.is_some(),
            system: None,
            max_tokens: MOST_WRITTEN,
            temperature: self.temperature.get_untracked(),
            top_k: self.top_k.get_untracked(),
        };
        let model = self.models.chosen.get_untracked();
        let recipe = Recipe::new(model, plain.unwrap_or(text), Ask::Generate(generate));
        let recipe = Recipe { seed: self.seed.get_untracked(), ..recipe };
        self.asking.ask(Lane::Answer, recipe, move |found| {
            self.written.update(|written| match (written, found) {
                (Some(written), Found::Part(text)) => {
                    written.text = text;
                    written.n_tokens += 1;
                }
                (Some(written), Found::Whole(Finding::Generation(generation), elapsed_millis)) => {
                    written.text.clone_from(&generation.text);
                    written.ended = Some(generation);
                    written.elapsed_millis = elapsed_millis;
                }
                _ => {}
            });
        });
    }

    /// Puts the prompt into the model's chat template, or takes it out again.
    pub fn toggle_chat(self) {
        if let Some(plain) = self.plain_prompt.get_untracked() {
            self.prompt.set(plain);
            self.plain_prompt.set(None);
            return;
        }
        let plain = self.prompt.get_untracked();
        let model = self.models.chosen.get_untracked();
        // Of a text of no tokens the prompt is all there is.
        let generate = Generate { chat: true, max_tokens: 0, ..Generate::default() };
        let recipe = Recipe::new(model, plain.clone(), Ask::Generate(generate));
        self.asking.ask(Lane::Answer, recipe, move |found| {
            if let Found::Whole(Finding::Generation(generation), _) = found {
                self.plain_prompt.set(Some(plain.clone()));
                self.prompt.set(generation.input.text.clone());
            }
        });
    }
}
