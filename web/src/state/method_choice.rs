//! Which method is chosen, and what was asked of its parameters.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::method::Param;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{MethodId, Params};

use crate::state::models::Models;

/// A method with its parameters; each method keeps its own, so that switching back finds them as they were.
#[derive(Clone, Copy)]
pub struct MethodChoice {
    /// The method that the reader chose; `None` is the usual one of the model.
    chosen: RwSignal<Option<MethodId>>,
    models: Models,
    asked: RwSignal<BTreeMap<(MethodId, &'static str), String>>,
}

impl MethodChoice {
    /// Nothing is chosen, and nothing asked of parameters.
    pub fn new(models: Models) -> Self {
        Self { chosen: RwSignal::new(None), models, asked: RwSignal::default() }
    }

    /// Which method.
    pub fn id(self) -> MethodId {
        let usual = || if self.models.traits().causal { MethodId::Occlusion } else { MethodId::IntegratedGradients };
        self.chosen.get().unwrap_or_else(usual)
    }

    /// Chooses a method; its parameters are as they were asked for before.
    pub fn choose(self, id: MethodId) {
        self.chosen.set(Some(id));
    }

    /// Chooses what an address or a recipe names.
    pub fn take(self, explain: &Explain) {
        self.chosen.set(Some(explain.method));
        let params = explain.method.declared().params;
        let known = |(name, word): (&str, String)| {
            let param = params.iter().find(|param| param.name == name)?;
            Some(((explain.method, param.name), word))
        };
        self.asked.set(explain.params.words().filter_map(known).collect());
    }

    /// Asks for the usual values of every parameter.
    pub fn usual_values(self) {
        self.asked.update(BTreeMap::clear);
    }

    /// Goes back to the usual method with its defaults, as another model has others.
    pub fn reset(self) {
        self.chosen.set(None);
        self.usual_values();
    }

    /// What was asked of a parameter of the chosen method; empty where nothing was.
    pub fn asked(self, param: &Param) -> String {
        let key = (self.id(), param.name);
        self.asked.with(|asked| asked.get(&key).cloned().unwrap_or_default())
    }

    /// Asks for a value, or with an empty word for the default.
    pub fn ask(self, param: &Param, word: String) {
        let key = (untrack(|| self.id()), param.name);
        self.asked.update(|asked| {
            if word.is_empty() {
                asked.remove(&key);
            } else {
                asked.insert(key, word);
            }
        });
    }

    /// The question.
    pub fn explain(self) -> Explain {
        let method = self.id();
        let own = |((id, name), word): (&(MethodId, &'static str), &String)| {
            (*id == method).then(|| ((*name).to_owned(), word.clone()))
        };
        let words: Vec<(String, String)> = self.asked.with(|asked| asked.iter().filter_map(own).collect());
        Explain { params: Params::from_words(method, words), ..Explain::new(method, &[]) }
    }
}
