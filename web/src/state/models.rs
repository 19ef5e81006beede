//! Which models are here, which one the Lab uses, and the one that is on its way.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::catalog::{OFFERS, OWN, Offer};
use vitrine_schema::protocol::{LoadReport, ModelCard, ModelSource, RefusedModel, Request, Response};
use vitrine_schema::{ProblemType, Traits};

use crate::messages::Trouble;
use crate::services::kept::{OWN_FOLDER, is_kept};
use crate::services::own_models::remember;
use crate::services::page::{absolute, from_head};
use crate::services::worker_client::{Engine, Status};
use crate::state::asking::Running;

/// A model that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Here {
    /// What it is.
    pub card: ModelCard,
    /// Where it came from.
    pub load: LoadReport,
}

/// The models of this page.
#[derive(Clone, Copy)]
pub struct Models {
    engine: Engine,
    /// Those that can run.
    pub loaded: RwSignal<BTreeMap<String, Here>>,
    /// The one that the Lab uses.
    pub chosen: RwSignal<String>,
    /// The one on its way, and how far it is, in bytes.
    loading: RwSignal<Option<(String, Running)>>,
    /// Where they came from, with the files of the reader's disk.
    sources: StoredValue<BTreeMap<String, (ModelSource, Option<js_sys::Array>)>, LocalStorage>,
    /// What went wrong with the last one.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Models of the reader's own that cannot be used.
    pub refused: RwSignal<Vec<RefusedModel>>,
}

impl Models {
    /// The first model, which the engine loads by itself.
    pub fn new(engine: Engine) -> Self {
        let models = Self {
            engine,
            loaded: RwSignal::default(),
            chosen: RwSignal::new(OFFERS[0].id.to_owned()),
            loading: RwSignal::default(),
            sources: StoredValue::new_local(BTreeMap::new()),
            trouble: RwSignal::default(),
            refused: RwSignal::default(),
        };
        let first = Memo::new(move |_| match engine.status.get() {
            Status::Ready { model: card, load, .. } => Some(Here { card, load }),
            _ => None,
        });
        Effect::new(move |_| {
            let Some(first) = first.get() else { return };
            // A worker that was replaced has lost every model but the first; what was here is fetched again from storage.
            let lost = models.loaded.get_untracked().into_keys().find(|id| *id != first.card.id);
            models.loaded.set(BTreeMap::from([(first.card.id.clone(), first)]));
            if let Some(again) = lost.filter(|id| Offer::named(id).is_some()) {
                models.load(&again);
            } else if !models.is_known(&models.chosen.get_untracked()) {
                // A model of the reader's own has to be handed over again.
                models.chosen.set(OWN.to_owned());
            }
        });
        models
    }

    /// The chosen model, if it can run.
    pub fn current(&self) -> Option<ModelCard> {
        self.here().map(|here| here.card)
    }

    /// The chosen model and where it came from, if it can run.
    pub fn here(&self) -> Option<Here> {
        self.loaded.with(|loaded| self.chosen.with(|chosen| loaded.get(chosen).cloned()))
    }

    /// What the chosen model can serve; of one that is on its way what models of its kind have.
    pub fn traits(&self) -> Traits {
        let usual = || self.chosen.with(|chosen| Offer::named(chosen).unwrap_or(&OFFERS[0]).traits());
        self.current().map_or_else(usual, |model| model.traits)
    }

    /// Whether a model is here, or offered by this page.
    pub fn is_known(&self, id: &str) -> bool {
        Offer::named(id).is_some() || self.loaded.with_untracked(|loaded| loaded.contains_key(id))
    }

    /// Classes of the chosen model; before it is there, those of the one that comes by itself.
    pub fn labels(&self) -> Vec<String> {
        self.current().map_or_else(|| vec!["NEGATIVE".to_owned(), "POSITIVE".to_owned()], |model| model.labels)
    }

    /// What the logits of the chosen model mean.
    pub fn problem_type(&self) -> ProblemType {
        self.current().map(|model| model.problem_type).unwrap_or_default()
    }

    /// Whether it tells two classes apart.
    pub fn two_classes(&self) -> bool {
        !self.traits().causal && self.labels().len() == 2 && self.problem_type() == ProblemType::SingleLabel
    }

    /// How far a model is that is on its way.
    pub fn coming(&self, id: &str) -> Option<Running> {
        self.loading.with(|loading| loading.as_ref().filter(|(coming, _)| coming == id).map(|(_, running)| *running))
    }

    /// Whether this browser keeps what is fetched, as far as was seen.
    pub fn keeps(&self) -> bool {
        self.loaded.with(|loaded| loaded.values().all(|here| here.load.stored))
    }

    /// Uses a model; one that is not here is offered first.
    pub fn choose(self, id: &str) {
        self.trouble.set(None);
        self.chosen.set(id.to_owned());
    }

    /// Fetches and loads a model of this page.
    pub fn load(self, id: &str) {
        self.bring(id, ModelSource::Site { url: absolute(&format!("models/{id}/")) }, None);
    }

    /// Loads the chosen model if this browser keeps all of it; else it is only offered.
    pub fn load_if_kept(self) {
        let id = self.chosen.get_untracked();
        if Offer::named(&id).is_none() || id == OFFERS[0].id || untrack(|| self.current()).is_some() {
            return;
        }
        leptos::task::spawn_local(async move {
            // The reader may have chosen another one meanwhile, or the page be gone.
            let wanted = is_kept(&id).await && self.chosen.try_get_untracked().as_ref() == Some(&id);
            if wanted && self.loading.with_untracked(Option::is_none) {
                self.load(&id);
            }
        });
    }

    /// Reads a model from the reader's disk; `called` says its name where its files no longer do.
    pub fn open(self, files: js_sys::Array, called: Option<String>) {
        self.bring(OWN, ModelSource::Disk { called }, Some(files));
    }

    /// Where a model that was loaded beside the first came from, and its files if they were handed over.
    pub fn source(self, id: &str) -> Option<(ModelSource, Option<js_sys::Array>)> {
        self.sources.try_with_value(|sources| sources.get(id).cloned()).flatten()
    }

    /// Fetches a model from the hub, and keeps its files in this browser if the reader says so.
    pub fn fetch(self, id: &str, keep: bool) {
        let hub_url = from_head("vitrine-hub").unwrap_or_default();
        let keep = keep.then(|| absolute(OWN_FOLDER));
        self.bring(OWN, ModelSource::Hub { hub_url: absolute(&hub_url), id: id.to_owned(), keep }, None);
    }

    fn bring(self, id: &str, source: ModelSource, files: Option<js_sys::Array>) {
        self.engine.wake();
        self.stop();
        self.trouble.set(None);
        let (was_own, from, handed) = (id == OWN, source.clone(), files.clone());
        let take = move |answer| {
            match answer {
                Ok(Response::Loading { progress }) => {
                    return self.loading.update(|loading| {
                        loading.iter_mut().for_each(|(_, running)| running.progress = progress);
                    });
                }
                Ok(Response::Loaded { model: card, load }) => {
                    let id = card.id.clone();
                    // Its files alone may not say its name.
                    let from = match &from {
                        ModelSource::Disk { .. } => ModelSource::Disk { called: Some(id.clone()) },
                        // It is kept once.
                        ModelSource::Hub { hub_url, id, .. } => {
                            ModelSource::Hub { hub_url: hub_url.clone(), id: id.clone(), keep: None }
                        }
                        site @ ModelSource::Site { .. } => site.clone(),
                    };
                    self.sources.update_value(|sources| _ = sources.insert(id.clone(), (from, handed.clone())));
                    self.loaded.update(|loaded| _ = loaded.insert(id.clone(), Here { card, load }));
                    self.refused.update(|refused| refused.retain(|refused| refused.id != id));
                    if was_own {
                        remember(&id, handed.is_none());
                        self.chosen.set(id);
                    }
                }
                Ok(Response::Unusable { refused }) => {
                    self.trouble.set(Some(Trouble::Unusable(refused.id.clone(), refused.failure.clone())));
                    self.refused.update(|known| {
                        known.retain(|known| known.id != refused.id);
                        known.push(*refused);
                    });
                }
                Ok(Response::Failed { failure }) => self.trouble.set(Some(Trouble::Failure(failure))),
                Err(Trouble::BrokeTwice) => self.trouble.set(Some(Trouble::LoadBroke)),
                Err(trouble) => self.trouble.set(Some(trouble)),
                Ok(_) => {}
            }
            self.loading.set(None);
        };
        let request = self.engine.ask(Request::Load { source }, files, take);
        self.loading.set(Some((id.to_owned(), Running::asked(request, ""))));
    }

    /// Stops fetching; what has come stays in the browser's storage.
    pub fn stop(self) {
        if let Some((_, running)) = self.loading.get_untracked() {
            self.engine.cancel(running.id);
        }
        self.loading.set(None);
    }
}
