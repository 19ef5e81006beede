//! Which models are here, which one the Lab uses, and the one that is on its way.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::catalog::OFFERS;
use vitrine_schema::protocol::{LoadReport, ModelCard, Progress, Request, Response};

use crate::messages::Trouble;
use crate::services::clock::now_millis;
use crate::services::worker_client::{Engine, Status, absolute};

/// A model on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// Identifier.
    pub id: String,
    /// How far, in bytes.
    pub progress: Progress,
    /// When it began.
    pub since_millis: f64,
}

/// The models of this page.
#[derive(Clone, Copy)]
pub struct Models {
    engine: Engine,
    /// Those that can run.
    pub loaded: RwSignal<BTreeMap<String, ModelCard>>,
    /// Where the newest one came from.
    pub report: RwSignal<Option<LoadReport>>,
    /// The one that the Lab uses.
    pub chosen: RwSignal<String>,
    /// The one on its way.
    pub loading: RwSignal<Option<Loading>>,
    /// What went wrong with the last one.
    pub trouble: RwSignal<Option<Trouble>>,
    request: RwSignal<Option<u32>>,
}

impl Models {
    /// The first model, which the engine loads by itself.
    pub fn new(engine: Engine) -> Self {
        let models = Self {
            engine,
            loaded: RwSignal::new(BTreeMap::new()),
            report: RwSignal::new(None),
            chosen: RwSignal::new(OFFERS[0].id.to_owned()),
            loading: RwSignal::new(None),
            trouble: RwSignal::new(None),
            request: RwSignal::new(None),
        };
        let first = Memo::new(move |_| match engine.status.get() {
            Status::Ready { model, .. } => Some(model),
            _ => None,
        });
        Effect::new(move |_| {
            // A worker that was replaced has lost every model but the first; what was here is fetched again from storage.
            let before = models.loaded.get_untracked();
            let Some(model) = first.get() else { return };
            let other = before.into_keys().find(|id| *id != model.id);
            models.loaded.set(BTreeMap::from([(model.id.clone(), model)]));
            if let Some(again) = other {
                models.load(&again);
            }
        });
        models
    }

    /// The chosen model, if it can run.
    pub fn current(&self) -> Option<ModelCard> {
        self.loaded.with(|loaded| self.chosen.with(|chosen| loaded.get(chosen).cloned()))
    }

    /// Uses a model; one that is not here is offered first.
    pub fn choose(self, id: &str) {
        self.trouble.set(None);
        self.chosen.set(id.to_owned());
    }

    /// Fetches and loads a model of this page.
    pub fn load(self, id: &str) {
        self.stop();
        self.trouble.set(None);
        self.loading.set(Some(Loading {
            id: id.to_owned(),
            progress: Progress { done: 0, total: 0 },
            since_millis: now_millis(),
        }));
        let model_url = absolute(&format!("models/{id}/"));
        let request = self.engine.ask(Request::Load { model_url }, move |answer| {
            match answer {
                Ok(Response::Loading { progress }) => {
                    return self.loading.update(|loading| {
                        if let Some(loading) = loading {
                            loading.progress = progress;
                        }
                    });
                }
                Ok(Response::Loaded { model, load }) => {
                    self.report.set(Some(load));
                    self.loaded.update(|loaded| {
                        loaded.insert(model.id.clone(), model);
                    });
                }
                Ok(Response::Failed { failure }) => self.trouble.set(Some(Trouble::Failure(failure))),
                Err(trouble) => self.trouble.set(Some(trouble)),
                Ok(_) => {}
            }
            self.loading.set(None);
            self.request.set(None);
        });
        self.request.set(Some(request));
    }

    /// Stops fetching; what has come stays in the browser's storage.
    pub fn stop(self) {
        if let Some(request) = self.request.get_untracked() {
            self.engine.cancel(request);
        }
        self.request.set(None);
        self.loading.set(None);
    }
}
