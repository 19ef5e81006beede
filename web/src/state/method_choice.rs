//! Which method is chosen, and what was asked of its parameters.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vitrine_schema::method::Param;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{MethodId, Params, Players};

use crate::state::models::Models;

/// A method with its parameters; each method keeps its own, so that switching back finds them as they were.
#[derive(Clone, Copy)]
pub struct MethodChoice {
    /// The method that the reader chose; `None` is the usual one of the model.
    chosen: RwSignal<Option<MethodId>>,
    models: Models,
    asked: RwSignal<BTreeMap<MethodId, BTreeMap<String, String>>>,
    /// What is scored as one, by whichever method.
    pub players: RwSignal<Players>,
    /// How the text goes on, where each token of that is explained.
    pub continuation: RwSignal<Option<String>>,
}

impl MethodChoice {
    /// Nothing is chosen, and nothing asked of parameters.
    pub fn new(models: Models) -> Self {
        let (chosen, asked) = (RwSignal::default(), RwSignal::default());
        Self { chosen, models, asked, players: RwSignal::default(), continuation: RwSignal::default() }
    }

    /// Which method.
    pub fn id(self) -> MethodId {
        self.chosen.get().unwrap_or_else(|| MethodId::usual(&self.models.traits()))
    }

    /// Chooses a method; its parameters are as they were asked for before.
    pub fn choose(self, id: MethodId) {
        self.chosen.set(Some(id));
    }

    /// Chooses what an address or a recipe names.
    pub fn take(self, explain: &Explain) {
        self.choose(explain.method);
        let declared = |name: &str| explain.method.declared().params.iter().any(|param| param.name == name);
        let words = explain.params.words().filter(|(name, _)| declared(name));
        let words = words.map(|(name, word)| (name.to_owned(), word)).collect();
        self.asked.set(BTreeMap::from([(explain.method, words)]));
        self.players.set(explain.players.clone());
        self.continuation.set(explain.continuation.clone());
    }

    /// Asks for the usual values of every parameter.
    pub fn usual_values(self) {
        self.asked.update(BTreeMap::clear);
        self.players.set(Players::Tokens);
    }

    /// Goes back to the usual method with its defaults, as another model has others.
    pub fn reset(self) {
        self.chosen.set(None);
        self.continuation.set(None);
        self.usual_values();
    }

    /// What was asked of the parameters of the chosen method.
    fn words(self) -> BTreeMap<String, String> {
        self.asked.with(|asked| asked.get(&self.id()).cloned().unwrap_or_default())
    }

    /// What was asked of a parameter of the chosen method; empty where nothing was.
    pub fn asked(self, param: &Param) -> String {
        self.words().remove(param.name).unwrap_or_default()
    }

    /// Asks for a value, or with an empty word for the default.
    pub fn ask(self, param: &Param, word: String) {
        let mut words = untrack(|| self.words());
        words.insert(param.name.to_owned(), word);
        words.retain(|_, word| !word.is_empty());
        self.asked.update(|asked| _ = asked.insert(untrack(|| self.id()), words));
    }

    /// The question.
    pub fn explain(self) -> Explain {
        let method = self.id();
        let params = Params::from_words(method, self.words());
        let (players, continuation) = (self.players.get(), self.continuation.get());
        Explain { params, players, continuation, ..Explain::new(method, &[]) }
    }
}
