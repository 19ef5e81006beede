//! The workbench: the question as the reader edits it, what was asked, and what was found.
//!
//! The question and the findings by recipe are all there is: whatever is drawn follows from them.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::catalog::OFFERS;
use vitrine_schema::inside::HeadRef;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::{Ablate, Explain, Generate};
use vitrine_schema::{
    Ablation, Ask, Explanation, Finding, How, Part, Prediction, Quantity, Receipt, Recipe, TargetRequest,
};
use vitrine_share::{AddressError, Place, View};
use vitrine_words::Grouping;

use crate::messages::Trouble;
use crate::state::asking::{Answer, Asking};
use crate::state::findings::{Findings, Found};
use crate::state::method_choice::MethodChoice;
use crate::state::models::{Models, OWN};
use crate::state::writing::{Writing, Written};

/// Up to this time a receipt is measured by itself.
const RECEIPT_MILLIS: f64 = 5_000.0;

/// One way to look at an answer; the pages fill in the table of all.
pub struct Panel {
    /// Its name in addresses.
    pub view: View,
    /// Its name on the tab.
    pub name: &'static str,
    /// What it asks.
    pub ask: fn(Workbench) -> Ask,
    /// Draws what was found, and what can be done with it.
    pub draw: fn(Workbench) -> AnyView,
}

/// What was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The model.
    pub model: String,
    /// The text, control tokens written out.
    pub text: String,
}

/// State of the Lab; it outlives the worker.
#[derive(Clone, Copy)]
pub struct Workbench {
    /// The models of this page.
    pub models: Models,
    /// The questions on their way.
    pub asking: Asking,
    /// What was found.
    pub findings: Findings,
    panels: &'static [Panel],
    /// The text as it stands in the field.
    pub text: RwSignal<String>,
    /// The text before it was put into the chat template.
    pub plain: RwSignal<Option<String>>,
    /// What was asked about last; `None` before the first run.
    pub asked: RwSignal<Option<Asked>>,
    /// The answer that is explained, class or token; `None` is the usual one.
    pub target: RwSignal<Option<String>>,
    /// What it is compared with.
    pub foil: RwSignal<Option<String>>,
    /// Which scalar, where an address asks for one.
    quantity: RwSignal<Option<Quantity>>,
    /// Which position is looked at, where an address asks for one.
    pub position: RwSignal<Option<usize>>,
    /// What is asked beside what the panel shows: a removal, or writing. The address names it until the panel is asked anew.
    beside: RwSignal<Option<Ask>>,
    /// The open panel.
    pub view: RwSignal<View>,
    /// The mark of the attribution that is locked.
    pub mark: RwSignal<Option<usize>>,
    /// The head that is locked.
    pub head: RwSignal<Option<HeadRef>>,
    /// How the answer is attributed.
    pub method: MethodChoice,
    /// What the model writes.
    pub writing: Writing,
    /// Whether word pieces are merged.
    pub grouping: RwSignal<Grouping>,
    /// The newest test without a part.
    pub moved: RwSignal<Option<Arc<Ablation>>>,
    /// Whether the open panel has the window for itself.
    pub large: RwSignal<bool>,
}

impl Workbench {
    /// An empty workbench.
    pub fn new(models: Models, asking: Asking, findings: Findings, panels: &'static [Panel]) -> Self {
        let bench = Self {
            models,
            asking,
            findings,
            panels,
            text: RwSignal::new(String::new()),
            plain: RwSignal::new(None),
            asked: RwSignal::new(None),
            target: RwSignal::new(None),
            foil: RwSignal::new(None),
            quantity: RwSignal::new(None),
            position: RwSignal::new(None),
            beside: RwSignal::new(None),
            view: RwSignal::new(View::Attribution),
            mark: RwSignal::new(None),
            head: RwSignal::new(None),
            method: MethodChoice::new(models),
            writing: Writing::new(),
            grouping: RwSignal::new(Grouping::Tokens),
            moved: RwSignal::new(None),
            large: RwSignal::new(false),
        };
        // Two files of one name are two models.
        let here = Memo::new(move |_| models.current().map(|card| (card.id, card.sha256)));
        Effect::new(move |_| {
            if let Some((id, sha256)) = here.get() {
                findings.forget_others(&id, &sha256);
                untrack(|| bench.meet(id));
            }
        });
        bench
    }

    /// The panels that the model has, in order.
    pub fn panels(self) -> &'static [Panel] {
        self.panels
    }

    /// The open panel.
    pub fn panel(self) -> &'static Panel {
        let view = self.view.get();
        self.panels.iter().find(|panel| panel.view == view).unwrap_or(&self.panels[0])
    }

    /// Whether the field holds another question than the one that was asked.
    pub fn changed(self) -> bool {
        self.asked.with(|asked| {
            let same = |asked: &Asked| {
                self.text.with(|text| *text == asked.text) && self.models.chosen.with(|model| *model == asked.model)
            };
            !asked.as_ref().is_some_and(same)
        })
    }

    /// The answer to what was asked.
    pub fn answer(self) -> Option<Arc<Prediction>> {
        match self.findings.of(&self.recipe(Ask::Predict {})?)?.finding {
            Finding::Prediction(prediction) => Some(prediction),
            _ => None,
        }
    }

    /// What the open panel shows, and whether it is an older picture than what was asked for.
    pub fn shown(self) -> Option<(Found, bool)> {
        let ask = (self.panel().ask)(self);
        let found = self.recipe(ask.clone()).and_then(|recipe| self.findings.of(&recipe));
        let (found, old) = found.map_or_else(|| (self.findings.newest(&ask), true), |found| (Some(found), false));
        let model = self.models.chosen.get();
        found.filter(|found| found.finding.recipe().model == model).map(|found| (found, old))
    }

    /// What the open panel shows, as the kind that it draws.
    pub fn shows<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        take: fn(Finding) -> Option<T>,
    ) -> Memo<Option<T>> {
        Memo::new(move |_| self.shown().and_then(|(found, _)| take(found.finding)))
    }

    /// A question about what was asked.
    fn recipe(self, ask: Ask) -> Option<Recipe> {
        let Asked { model, text } = self.asked.get()?;
        // A prompt that its template wrote is asked for by what the template was given.
        let plain = self.plain.get().filter(|_| matches!(&ask, Ask::Generate(generate) if generate.chat));
        let text = plain.unwrap_or(text);
        let whole = matches!(ask, Ask::Predict {} | Ask::Attention(_) | Ask::Generate(_));
        let target = if whole { TargetRequest::default() } else { self.about() };
        // The seed of what takes nothing at random is left out.
        let seed = if matches!(ask, Ask::Ablate(_) | Ask::Generate(_) | Ask::Explain(_)) {
            self.writing.seed.get()
        } else {
            0
        };
        // Direct effects are logits, so what they predict is measured as one.
        let quantity = matches!(ask, Ask::Ablate(_)) && self.view.get() == View::Stream;
        let quantity = if quantity { Some(Quantity::Logit) } else { target.quantity };
        Some(Recipe { seed, ..Recipe::new(model, text, ask).about(TargetRequest { quantity, ..target }) })
    }

    /// Which answer is explained. Of a model of language the likeliest token, once it is known, so that it is not looked
    /// for again.
    fn about(self) -> TargetRequest {
        let (target, foil) = (self.target.get(), self.foil.get());
        let likeliest = || self.answer().and_then(|answer| answer.top.first()?.token.clone());
        TargetRequest { target: target.or_else(likeliest), foil, quantity: self.quantity.get() }
    }

    /// What is explained and what it is compared with, as the engine takes it: of two classes the second stands against the
    /// first unless said.
    pub fn sides(self) -> (Option<String>, Option<String>) {
        let (target, foil) = (self.target.get(), self.foil.get());
        if !self.models.two_classes() {
            return (target, foil);
        }
        let labels = self.models.labels();
        let usual = |index: usize| labels.get(index).cloned();
        match (target, foil) {
            (None, None) => (usual(1), usual(0)),
            (None, Some(foil)) => (labels.iter().find(|label| **label != foil).cloned(), Some(foil)),
            given => given,
        }
    }

    /// Asks what stands in the field.
    pub fn ask(self) {
        let (model, text) = (self.models.chosen.get_untracked(), self.text.get_untracked());
        self.asking.stop_all();
        if text.trim().is_empty() {
            self.asking.trouble.set(Some(Trouble::EmptyText));
            return;
        }
        self.asking.trouble.set(None);
        self.findings.forget(&model, &text);
        self.go_to(Asked { model, text });
    }

    /// Opens a question; what is known of it already is not asked again.
    pub fn go_to(self, asked: Asked) {
        let causal = untrack(|| self.models.traits()).causal;
        let other = self.asked.with_untracked(|before| before.as_ref() != Some(&asked));
        let labels = untrack(|| self.models.labels());
        let known = |label: &Option<String>| {
            label.as_ref().is_none_or(|label| labels.iter().any(|known| known.eq_ignore_ascii_case(label)))
        };
        // A token to explain belongs to the prompt that it was chosen for, and a class that there is not to none.
        if other && (causal || !self.target.with_untracked(known) || !self.foil.with_untracked(known)) {
            self.explain_usual();
        }
        if other {
            self.writing.written.set(None);
            self.position.set(None);
            self.mark.set(None);
            self.head.set(None);
            self.beside.set(None);
        }
        self.moved.set(None);
        self.asked.set(Some(asked));
        self.predict();
    }

    /// Goes on where it was stopped.
    pub fn go_on(self) {
        self.asking.trouble.set(None);
        self.predict();
    }

    /// Whether it was stopped before the open panel had what was asked for.
    pub fn stopped(self) -> bool {
        let idle = self.asking.foremost().is_none() && self.asking.trouble.with(Option::is_none);
        let here = self
            .models
            .current()
            .is_some_and(|model| self.asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.model == model.id)));
        idle && here && self.shown().is_none_or(|(_, old)| old)
    }

    /// Asks for the answer, and then for what the open panel shows.
    fn predict(self) {
        let Some(recipe) = untrack(|| self.recipe(Ask::Predict {})) else { return };
        if self.findings.again(&recipe) {
            self.ask_panel();
        } else if self.can_ask(&recipe.model) {
            self.asking.ask(Lane::Answer, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    self.ask_panel();
                }
            });
        }
    }

    /// Whether the engine can be asked about a model: it is here, or it is the first, which comes by itself.
    fn can_ask(self, model: &str) -> bool {
        model == OFFERS[0].id || self.models.loaded.with_untracked(|loaded| loaded.contains_key(model))
    }

    /// A model is here: what was asked, of it before it came or of another one, is asked of it.
    fn meet(self, model: String) {
        let Some(asked) = self.asked.get_untracked() else { return };
        if asked.model != model {
            // What stands in the field is the question.
            let text = Some(self.text.get_untracked()).filter(|text| !text.trim().is_empty());
            self.go_to(Asked { model, text: text.unwrap_or(asked.text) });
        } else if self.answer().is_none() && !self.asking.runs(Lane::Answer) {
            self.predict();
        }
    }

    /// Asks the open panel anew, as its method or its target is another.
    pub fn look(self) {
        self.beside.set(None);
        self.moved.set(None);
        self.asking.trouble.set(None);
        self.ask_panel();
    }

    /// The explanation that is shown with its receipt, once that is measured.
    pub fn receipt(self) -> Option<Arc<Explanation>> {
        match self.findings.of(&self.receipt_recipe()?)?.finding {
            Finding::Explanation(explanation) => Some(explanation),
            _ => None,
        }
    }

    fn receipt_recipe(self) -> Option<Recipe> {
        match (self.panel().ask)(self) {
            Ask::Explain(explain) => self.recipe(Ask::Explain(Explain { receipt: true, ..explain })),
            _ => None,
        }
    }

    /// How long a receipt takes here, about: the texts with holes that it runs, at the speed of the answer.
    pub fn receipt_millis(self) -> Option<f64> {
        let answer = self.findings.of(&self.recipe(Ask::Predict {})?)?;
        let Finding::Prediction(prediction) = answer.finding else { return None };
        let n = prediction.input.tokens.iter().filter(|token| !token.special).count() as f64;
        let orders = 2.0 * (Receipt::RANDOM_ORDERS as f64 + 2.0);
        Some((orders * (n + 1.0)).min(n.exp2()) * answer.elapsed_millis)
    }

    /// Measures how far the picture can be trusted, without keeping anyone waiting.
    pub fn ask_receipt(self) {
        let Some(recipe) = untrack(|| self.receipt_recipe()) else { return };
        if untrack(|| self.findings.of(&recipe)).is_none() {
            self.asking.ask(Lane::Background, recipe, |_| {});
        }
    }

    /// Asks for what the open panel shows, unless it is there, and then for what is asked beside it.
    fn ask_panel(self) {
        let recipe = untrack(|| self.answer().and_then(|_| self.recipe((self.panel().ask)(self))));
        let Some(recipe) = recipe else { return };
        self.asking.stop(Lane::Panel);
        self.asking.stop(Lane::Background);
        let and_then = move || {
            self.ask_beside();
            // A receipt that takes longer waits until it is asked for.
            if untrack(|| self.receipt_millis()).is_some_and(|millis| millis <= RECEIPT_MILLIS) {
                self.ask_receipt();
            }
        };
        if self.findings.again(&recipe) {
            and_then();
        } else {
            self.asking.ask(Lane::Panel, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    and_then();
                }
            });
        }
    }

    /// Asks what is asked beside the panel, unless it is there.
    fn ask_beside(self) {
        let recipe = untrack(|| self.recipe(self.beside.get()?));
        let Some(recipe) = recipe else { return };
        let lane = if let Ask::Generate(_) = recipe.ask { Lane::Answer } else { Lane::Panel };
        if lane == Lane::Answer {
            let prompt = untrack(|| self.asked.get()).map_or_else(String::new, |asked| asked.text);
            self.writing.written.set(Some(Written { prompt, ..Written::default() }));
        }
        let asked = recipe.clone();
        let take = move |answer| match answer {
            Answer::Part(text) => self.writing.grow(text),
            Answer::Whole(Finding::Generation(generation)) => {
                let elapsed = untrack(|| self.findings.of(&asked)).map_or(0.0, |found| found.elapsed_millis);
                self.writing.end(generation, elapsed);
            }
            Answer::Whole(Finding::Ablation(moved)) => self.moved.set(Some(moved)),
            Answer::Whole(_) => {}
        };
        match untrack(|| self.findings.of(&recipe)) {
            Some(found) => take(Answer::Whole(found.finding)),
            None => self.asking.ask(lane, recipe, take),
        }
    }

    /// Opens a panel.
    pub fn open(self, view: View) {
        self.view.set(view);
        self.look();
    }

    /// Explains another answer, alone or against another.
    pub fn explain_instead(self, target: Option<String>, foil: Option<String>) {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        self.target.set(some(target));
        self.foil.set(some(foil));
        self.quantity.set(None);
        self.look();
    }

    /// Goes back to the usual answer.
    fn explain_usual(self) {
        self.target.set(None);
        self.foil.set(None);
        self.quantity.set(None);
    }

    /// Takes a part out and runs again.
    pub fn take_out(self, part: Part, how: How) {
        self.beside.set(Some(Ask::Ablate(Ablate { parts: vec![part], how: Some(how), ..Ablate::default() })));
        self.ask_beside();
    }

    /// Chooses another model; a question that was asked is asked of it.
    pub fn choose(self, model: &str) {
        if self.models.chosen.with_untracked(|chosen| chosen == model) {
            return;
        }
        self.asking.stop_all();
        self.asking.trouble.set(None);
        // The control tokens of one model are no words of another.
        if let Some(plain) = self.plain.get_untracked() {
            self.plain.set(None);
            self.text.set(plain);
        }
        self.models.choose(model);
        self.beside.set(None);
        self.explain_usual();
        self.method.reset();
    }

    /// Brings the examples back; the text and what was found stay where *back* finds them.
    pub fn clear(self) {
        self.asking.stop_all();
        self.asking.trouble.set(None);
        self.asked.set(None);
        self.plain.set(None);
        self.text.set(String::new());
        self.writing.written.set(None);
        self.moved.set(None);
        self.beside.set(None);
        self.view.set(View::Attribution);
    }

    /// Asks about a text.
    pub fn ask_about(self, text: String) {
        self.plain.set(None);
        self.text.set(text);
        self.ask();
    }

    /// Lets the model write on.
    pub fn write(self) {
        self.beside.set(Some(untrack(|| self.writing.ask(self.plain.get().is_some() && !self.changed()))));
        self.ask_beside();
    }

    /// Puts the text into the model's chat template, or takes it out again.
    pub fn toggle_chat(self) {
        if let Some(plain) = self.plain.get_untracked() {
            self.text.set(plain);
            self.plain.set(None);
            return;
        }
        let plain = self.text.get_untracked();
        // Of a text of no tokens the prompt is all there is.
        let generate = Generate { chat: true, max_tokens: 0, ..Generate::default() };
        let recipe = Recipe::new(self.models.chosen.get_untracked(), plain.clone(), Ask::Generate(generate));
        self.asking.ask(Lane::Answer, recipe, move |answer| {
            if let Answer::Whole(Finding::Generation(generation)) = answer {
                self.plain.set(Some(plain.clone()));
                self.text.set(generation.input.text.clone());
            }
        });
    }

    /// Where the workbench stands, for the address.
    pub fn place(self) -> Place {
        let Some(Asked { model, text }) = self.asked.get() else {
            // The model that comes by itself goes without saying.
            let model = Some(self.models.chosen.get()).filter(|model| model != OFFERS[0].id && model != OWN);
            return Place { model, ..Place::default() };
        };
        let view = self.view.get();
        let panel = (self.panel().ask)(self);
        let chosen = self.models.chosen.get();
        if chosen != model {
            // It is asked of the chosen model as soon as that is here.
            return Place { model: Some(chosen), text: Some(text), ask: Some(panel), ..Place::default() };
        }
        let at = match view {
            View::Attribution => self.mark.get().map(|mark| mark.to_string()),
            View::Attention => self.head.get().map(|head| head.to_string()),
            _ => None,
        };
        let beside = self.beside.get();
        // What is asked says which panel it is, but for what is asked beside another than its usual one.
        let view = beside.as_ref().filter(|ask| usual_view(ask) != view).map(|_| view);
        let ask = beside.unwrap_or(panel);
        let plain = self.plain.get().filter(|_| matches!(&ask, Ask::Generate(generate) if generate.chat));
        Place {
            model: Some(model),
            text: Some(plain.unwrap_or(text)),
            target: TargetRequest { target: self.target.get(), foil: self.foil.get(), quantity: self.quantity.get() },
            ask: Some(ask),
            seed: self.writing.seed.get(),
            view,
            at,
        }
    }

    /// Goes to a place. What is wrong with its address is said, and nothing is run; its text is in the field in any case.
    pub fn go(self, place: Place, fault: Option<AddressError>) {
        let Place { model, text, target, ask, seed, view, at } = place;
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            self.clear();
            let model = model.filter(|model| self.models.is_known(model));
            self.choose(model.as_deref().unwrap_or(OFFERS[0].id));
            self.models.load_if_kept();
            return self.asking.trouble.set(fault.map(Trouble::Address));
        };
        let model = model.unwrap_or_else(|| self.models.chosen.get_untracked());
        if self.models.is_known(&model) {
            self.choose(&model);
            self.models.load_if_kept();
        } else {
            self.choose(OWN);
            self.models.trouble.set(Some(Trouble::NotHere { model: model.clone() }));
        }
        self.asking.stop_all();
        self.asking.trouble.set(None);
        self.plain.set(None);
        self.text.set(text.clone());
        let usual = ask.as_ref().map_or(View::Attribution, usual_view);
        let view = view.unwrap_or(usual);
        self.view.set(if self.panels.iter().any(|panel| panel.view == view) { view } else { usual });
        if let Some(Ask::Explain(explain)) = &ask {
            self.method.take(explain);
        }
        self.writing.seed.set(seed);
        if fault.is_some() || ask.is_none() {
            self.asked.set(None);
            return self.asking.trouble.set(fault.map(Trouble::Address));
        }
        let asked = Asked { model, text };
        let other = self.asked.with_untracked(|before| before.as_ref() != Some(&asked));
        if other {
            self.writing.written.set(None);
        }
        self.moved.set(None);
        self.target.set(target.target);
        self.foil.set(target.foil);
        self.quantity.set(target.quantity);
        self.mark.set(at.as_ref().and_then(|at| at.parse().ok()));
        self.head.set(at.as_ref().and_then(|at| match at.parse() {
            Ok(Part::Head { layer, head }) => Some(HeadRef { layer, head }),
            _ => None,
        }));
        self.position.set(match &ask {
            Some(Ask::Attention(attention)) => attention.position,
            Some(Ask::Stream(stream)) => stream.position,
            _ => None,
        });
        if let Some(Ask::Generate(generate)) = &ask {
            self.writing.take(generate);
        }
        self.beside.set(ask.filter(|ask| matches!(ask, Ask::Generate(_) | Ask::Ablate(_))));
        self.asked.set(Some(asked));
        self.predict();
    }
}

/// The panel beside which a question is asked, unless an address says another.
fn usual_view(ask: &Ask) -> View {
    match ask {
        Ask::Attention(_) => View::Attention,
        Ask::Compare(_) => View::Compare,
        Ask::Stream(_) => View::Stream,
        Ask::Ablate(ablate) if !ablate.parts.is_empty() => View::Stream,
        _ => View::Attribution,
    }
}
