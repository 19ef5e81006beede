//! The workbench of a model of language: prompt, next token, writing, and what is inside.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::inside::{AttentionMaps, Moved, Removal, Walk};
use vitrine_schema::protocol::{Progress, Request, Response};
use vitrine_schema::{
    ChatMessage, Explanation, Generation, Method, MethodId, Prediction, Quantity, Recipe, Sampling, TargetRequest,
};

use crate::messages::Trouble;
use crate::services::worker_client::Engine;
use crate::state::models::Models;
use crate::state::session::Session;

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
    /// The likeliest tokens.
    pub prediction: Prediction,
    /// All logits.
    pub logits: Vec<f32>,
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
    engine: Engine,
    session: Session,
    models: Models,
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
    pub method: RwSignal<MethodId>,
    /// The newest attribution.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// The newest maps.
    pub maps: RwSignal<Option<Arc<AttentionMaps>>>,
    /// The newest walk.
    pub walk: RwSignal<Option<Arc<Walk>>>,
    /// The newest test without a part.
    pub moved: RwSignal<Option<Moved>>,
    /// How long the newest result of a panel took.
    pub elapsed_millis: RwSignal<f64>,
    /// How far the running request is.
    pub running: RwSignal<Option<Progress>>,
    /// What went wrong last.
    pub trouble: RwSignal<Option<Trouble>>,
    request: RwSignal<Option<u32>>,
}

impl Language {
    /// An empty workbench.
    pub fn new(engine: Engine, session: Session, models: Models) -> Self {
        Self {
            engine,
            session,
            models,
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
            method: RwSignal::new(MethodId::Occlusion),
            explanation: RwSignal::new(None),
            maps: RwSignal::new(None),
            walk: RwSignal::new(None),
            moved: RwSignal::new(None),
            elapsed_millis: RwSignal::new(0.0),
            running: RwSignal::new(None),
            trouble: RwSignal::new(None),
            request: RwSignal::new(None),
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
            self.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        self.written.set(None);
        let model = self.models.chosen.get_untracked();
        self.ask(Request::Predict { model, text }, move |response| {
            if let Response::Predicted { prediction, logits, elapsed_millis } = response {
                let answered = Answered { prediction: *prediction, logits: logits.0, elapsed_millis };
                self.answer.set(Some(Arc::new(answered)));
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
            self.stop();
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
            Panel::Why if self.explanation.with_untracked(Option::is_none) => self.explain(model, text),
            Panel::Attention if self.maps.with_untracked(Option::is_none) => {
                self.ask(Request::Attention { model, text }, move |response| {
                    if let Response::Attended { maps, elapsed_millis } = response {
                        self.elapsed_millis.set(elapsed_millis);
                        self.maps.set(Some(Arc::from(maps)));
                    }
                });
            }
            Panel::Stream if self.walk.with_untracked(Option::is_none) => {
                let request = Request::Walk { model, text, target: self.asked(), position: None };
                self.ask(request, move |response| {
                    if let Response::Walked { walk, elapsed_millis } = response {
                        self.elapsed_millis.set(elapsed_millis);
                        self.walk.set(Some(Arc::from(walk)));
                    }
                });
            }
            _ => {}
        }
    }

    fn explain(self, model: String, text: String) {
        let method = Method::default_of(self.method.get_untracked(), true);
        let recipe = Recipe { model, text, target: self.asked(), method, seed: 0 };
        self.ask(Request::Explain { recipe }, move |response| {
            if let Response::Explained { explanation, elapsed_millis } = response {
                self.elapsed_millis.set(elapsed_millis);
                let explanation: Arc<Explanation> = Arc::from(explanation);
                self.session.last.set(Some(Arc::clone(&explanation)));
                self.explanation.set(Some(explanation));
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
    pub fn take_out(self, removal: Removal, quantity: Option<Quantity>) {
        let Some(text) = self.answered_text() else { return };
        let request = Request::Without {
            model: self.models.chosen.get_untracked(),
            text,
            target: TargetRequest { quantity, ..self.asked() },
            removal,
            seed: self.seed.get_untracked(),
        };
        self.ask(request, move |response| {
            if let Response::Moved { moved } = response {
                self.moved.set(Some(*moved));
            }
        });
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
            self.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        let sampling = Sampling {
            temperature: self.temperature.get_untracked(),
            top_k: self.top_k.get_untracked(),
            seed: self.seed.get_untracked(),
        };
        self.written.set(Some(Written { prompt: text.clone(), ..Written::default() }));
        let model = self.models.chosen.get_untracked();
        let chat = self.plain_prompt.with_untracked(Option::is_some);
        let request = Request::Generate { model, text, chat, max_tokens: MOST_WRITTEN, sampling };
        self.ask(request, move |response| match response {
            Response::Written { text, .. } => self.written.update(|written| {
                if let Some(written) = written {
                    written.text = text;
                    written.n_tokens += 1;
                }
            }),
            Response::Generated { generation, elapsed_millis } => self.written.update(|written| {
                if let Some(written) = written {
                    written.text.clone_from(&generation.text);
                    written.ended = Some(Arc::from(generation));
                    written.elapsed_millis = elapsed_millis;
                }
            }),
            _ => {}
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
        let messages = vec![ChatMessage { role: "user".to_owned(), content: plain.clone() }];
        let model = self.models.chosen.get_untracked();
        self.ask(Request::Chat { model, messages }, move |response| {
            if let Response::Prompt { text } = response {
                self.plain_prompt.set(Some(plain.clone()));
                self.prompt.set(text);
            }
        });
    }

    /// Stops what is running; everything else stays.
    pub fn stop(self) {
        if let Some(id) = self.request.get_untracked() {
            self.engine.cancel(id);
        }
        self.request.set(None);
        self.running.set(None);
    }

    /// Asks; the newest question replaces the one before. `take` is called with every answer that is no failure.
    fn ask(self, request: Request, take: impl Fn(Response) + 'static) {
        self.stop();
        self.trouble.set(None);
        self.running.set(Some(Progress { done: 0, total: 0 }));
        let id = self.engine.ask(request, move |answer| {
            match answer {
                Ok(Response::Running { progress }) => return self.running.set(Some(progress)),
                Ok(written @ Response::Written { .. }) => return take(written),
                Ok(Response::Failed { failure }) => self.trouble.set(Some(Trouble::Failure(failure))),
                Err(trouble) => self.trouble.set(Some(trouble)),
                Ok(end) => {
                    self.request.set(None);
                    self.running.set(None);
                    // What follows may ask again.
                    return take(end);
                }
            }
            self.request.set(None);
            self.running.set(None);
        });
        self.request.set(Some(id));
    }
}
