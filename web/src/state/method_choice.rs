//! Which method is chosen, and what was asked of its parameters.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::method::Param;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{MethodId, Params};

/// A method with its parameters; each method keeps its own, so that switching back finds them as they were.
#[derive(Clone, Copy)]
pub struct MethodChoice {
    /// Which method.
    pub id: RwSignal<MethodId>,
    asked: RwSignal<BTreeMap<(MethodId, &'static str), String>>,
}

impl MethodChoice {
    /// A method, nothing asked of its parameters.
    pub fn new(id: MethodId) -> Self {
        Self { id: RwSignal::new(id), asked: RwSignal::default() }
    }

    /// What was asked of a parameter of the chosen method; empty where nothing was.
    pub fn asked(self, param: &Param) -> String {
        let key = (self.id.get(), param.name);
        self.asked.with(|asked| asked.get(&key).cloned().unwrap_or_default())
    }

    /// Asks for a value, or with an empty word for the default.
    pub fn ask(self, param: &Param, word: String) {
        let key = (self.id.get_untracked(), param.name);
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
        let method = self.id.get_untracked();
        let own = |((id, name), word): (&(MethodId, &'static str), &String)| {
            (*id == method).then(|| ((*name).to_owned(), word.clone()))
        };
        let words: Vec<(String, String)> = self.asked.with_untracked(|asked| asked.iter().filter_map(own).collect());
        Explain { method, params: Params::from_words(method, words) }
    }
}
