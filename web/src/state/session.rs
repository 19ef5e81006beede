//! The Lab: what was typed and chosen, and what came out.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::{Ablate, Attention, Stream};
use vitrine_schema::{Ablation, Ask, Explanation, Finding, How, MethodId, Part, ProblemType, Recipe, TargetRequest};
use vitrine_words::Grouping;

use crate::messages::Trouble;
use crate::services::worker_client::Engine;
use crate::state::asking::{Asking, Found};
use crate::state::findings::Findings;
use crate::state::method_choice::MethodChoice;
use crate::state::models::Models;

/// The explanation that the page carries, so that there is something true to see before a model is there.
pub fn precomputed() -> Option<Explanation> {
    // Read as every answer of the worker is: a second reader of the same values would add to the page.
    let value = js_sys::JSON::parse(include_str!("../precomputed.json")).ok()?;
    serde_wasm_bindgen::from_value(value).ok()
}

/// The workbench's state; it outlives the worker.
#[derive(Clone, Copy)]
pub struct Session {
    models: Models,
    /// The questions on their way.
    pub asking: Asking,
    /// What the reader typed.
    pub text: RwSignal<String>,
    /// Method and parameters.
    pub method: MethodChoice,
    /// Class to explain.
    pub target: RwSignal<String>,
    /// Class it is compared with, where classes exclude each other.
    foil: RwSignal<Option<String>>,
    /// Label it is compared with, where labels are independent: none unless the reader asks.
    foil_label: RwSignal<Option<String>>,
    /// Whether word pieces are merged.
    pub grouping: RwSignal<Grouping>,
    /// The newest explanation of the Lab.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// Time it took.
    pub elapsed_millis: RwSignal<f64>,
    /// The attention maps of the newest explanation's text, once asked for.
    pub maps: RwSignal<Option<Arc<AttentionMaps>>>,
    /// The residual stream of that text, once asked for.
    pub walk: RwSignal<Option<Arc<Walk>>>,
    /// The newest test of a head.
    pub moved: RwSignal<Option<Arc<Ablation>>>,
}

impl Session {
    /// An empty workbench.
    pub fn new(engine: Engine, models: Models, findings: Findings) -> Self {
        Self {
            models,
            asking: Asking::new(engine, findings),
            text: RwSignal::new(String::new()),
            method: MethodChoice::new(MethodId::IntegratedGradients),
            target: RwSignal::new("POSITIVE".to_owned()),
            foil: RwSignal::new(Some("NEGATIVE".to_owned())),
            foil_label: RwSignal::new(None),
            grouping: RwSignal::new(Grouping::Tokens),
            explanation: RwSignal::new(None),
            elapsed_millis: RwSignal::new(0.0),
            maps: RwSignal::new(None),
            walk: RwSignal::new(None),
            moved: RwSignal::new(None),
        }
    }

    /// Classes of the model; before it is there, those of the page's own explanation.
    pub fn labels(&self) -> Vec<String> {
        match self.models.current() {
            Some(model) => model.labels,
            None => vec!["NEGATIVE".to_owned(), "POSITIVE".to_owned()],
        }
    }

    /// What the logits of the model mean.
    pub fn problem_type(&self) -> ProblemType {
        self.models.current().map(|model| model.problem_type).unwrap_or_default()
    }

    /// What the target is compared with.
    pub fn foil(&self) -> RwSignal<Option<String>> {
        if self.problem_type() == ProblemType::MultiLabel { self.foil_label } else { self.foil }
    }

    /// Explains what was typed; an earlier run is dropped.
    pub fn run(self) {
        self.asking.stop_all();
        let text = self.text.get_untracked();
        if text.trim().is_empty() {
            self.asking.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        // A class that this model does not have means its own answer.
        let labels = untrack(|| self.labels());
        let known = |label: &String| labels.contains(label);
        let asked = Some(self.target.get_untracked()).filter(known);
        // A foil left over from another model is none; of independent labels it was chosen for this one.
        let meant = asked.is_some() || untrack(|| self.problem_type()) == ProblemType::MultiLabel;
        let foil = untrack(|| self.foil()).get_untracked().filter(known).filter(|_| meant);
        let target = TargetRequest { target: asked, foil, quantity: None };
        let ask = Ask::Explain(self.method.explain());
        self.ask(Recipe::new(self.models.chosen.get_untracked(), text, ask).about(target), Lane::Answer);
    }

    fn ask(self, recipe: Recipe, lane: Lane) {
        self.asking.ask(lane, recipe, move |found| {
            let Found::Whole(finding, elapsed_millis) = found else { return };
            self.elapsed_millis.set(elapsed_millis);
            match finding {
                Finding::Explanation(explanation) => {
                    self.maps.set(None);
                    self.walk.set(None);
                    self.moved.set(None);
                    self.explanation.set(Some(explanation));
                }
                Finding::Attention(maps) => self.maps.set(Some(maps)),
                Finding::Stream(walk) => self.walk.set(Some(walk)),
                Finding::Ablation(moved) => self.moved.set(Some(moved)),
                Finding::Prediction(_) | Finding::Generation(_) => {}
            }
        });
    }

    /// Asks where the heads look while the model reads the text that was explained.
    pub fn look(self) {
        if let Some(explanation) = self.explanation.get_untracked() {
            self.ask(same_text(&explanation, Ask::Attention(Attention::default())), Lane::Panel);
        }
    }

    /// Asks what each layer wrote while the model read that text.
    pub fn climb(self) {
        if let Some(explanation) = self.explanation.get_untracked() {
            self.ask(same_text(&explanation, Ask::Stream(Stream::default())), Lane::Panel);
        }
    }

    /// Takes a part out and runs again.
    pub fn take_out(self, (part, how): (Part, How)) {
        if let Some(explanation) = self.explanation.get_untracked() {
            let ablate = Ablate { parts: vec![part], how: Some(how), ..Ablate::default() };
            self.ask(same_text(&explanation, Ask::Ablate(ablate)), Lane::Panel);
        }
    }

    /// Explains again after a choice changed, if there is something to explain.
    pub fn run_again(self) {
        if !self.text.get_untracked().trim().is_empty() && self.explanation.get_untracked().is_some() {
            self.run();
        }
    }

    /// Drops what another model said.
    pub fn forget_other_models(self) {
        let chosen = self.models.chosen.get_untracked();
        let other = |explanation: &Option<Arc<Explanation>>| explanation.as_ref().is_some_and(|e| e.model.id != chosen);
        if self.explanation.with_untracked(other) {
            self.asking.stop_all();
            self.explanation.set(None);
            self.maps.set(None);
            self.walk.set(None);
            self.moved.set(None);
        }
    }
}

/// Another question about the text and the answer that were explained.
fn same_text(explanation: &Explanation, ask: Ask) -> Recipe {
    Recipe { ask, ..explanation.resolved.clone() }
}
