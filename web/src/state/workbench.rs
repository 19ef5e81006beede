//! The workbench: the question as the reader edits it, what was asked, and what was found.
//!
//! The question and the findings by recipe are all there is: whatever is drawn follows from them.

mod asks;
mod pair;
mod place;
mod probing;
pub mod reasoning;
mod steering;
mod switches;

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::catalog::OFFERS;
use vitrine_schema::inside::HeadRef;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::{Ablate, Compare, Explain};
use vitrine_schema::{
    Ablation, Ask, Explanation, Finding, Found, How, Kept, MethodId, Part, Players, Prediction, Quantity, Receipt,
    Recipe, TargetRequest,
};
use vitrine_share::{Span, View};
use vitrine_words::Grouping;

pub use pair::{LARGEST, LARGEST_MILLIS, Pair, Spot, joinable};
pub use probing::ProbeChoice;
use reasoning::ReasoningChoice;
use steering::SteeringChoice;
use switches::Switches;

use crate::state::asking::{Answer, Asking};
use crate::state::large::Large;
use crate::state::method_choice::MethodChoice;
use crate::state::models::Models;
use crate::state::preferences::Preferences;
use crate::state::speed::{IN_BATCHES, of_alone};
use crate::state::writing::Writing;

/// One way to look at an answer; the pages fill in the table of all.
pub struct Panel {
    /// Its name in addresses.
    pub view: View,
    /// Its name on the tab.
    pub name: &'static str,
    /// Whether only a model that writes has it.
    pub writes: bool,
    /// What it asks.
    pub ask: fn(Workbench) -> Ask,
    /// Draws what was found, and what can be done with it.
    pub draw: fn(Workbench) -> AnyView,
}

/// What was asked about: a model and a text, control tokens written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The model.
    pub model: String,
    /// The text.
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
    findings: RwSignal<Kept>,
    /// The panels that there are, in order.
    pub panels: &'static [Panel],
    /// The text as it stands in the field.
    pub text: RwSignal<String>,
    /// The text before it was put into the chat template.
    pub plain: RwSignal<Option<String>>,
    /// What was asked about last; `None` before the first run.
    pub asked: RwSignal<Option<Asked>>,
    /// The answer that is explained, class or token, and what it is compared with; where nothing is named, the usual one.
    pub about: RwSignal<TargetRequest>,
    /// Which position is looked at, where an address asks for one.
    pub position: RwSignal<Option<usize>>,
    /// What is asked beside what the panel shows: a removal, or writing. The address names it until the panel is asked anew.
    beside: RwSignal<Option<Ask>>,
    /// The open panel.
    pub view: RwSignal<View>,
    /// The marks of the attribution that are locked.
    pub mark: RwSignal<Option<Span>>,
    /// The head that is locked.
    pub head: RwSignal<Option<HeadRef>>,
    /// How the answer is attributed.
    pub method: MethodChoice,
    /// What methods are compared on beside the text: another text, or another model.
    pub compare: RwSignal<Compare>,
    /// The text that is set beside the one that was asked about.
    pub pair: Pair,
    /// What is read off each layer.
    pub probe: ProbeChoice,
    /// How a text is pushed.
    pub push: SteeringChoice,
    /// Which parts are switched off.
    pub switches: Switches,
    /// How chains of thought are asked for.
    pub chains: ReasoningChoice,
    /// What the model writes.
    pub writing: Writing,
    /// Whether word pieces are merged.
    pub grouping: RwSignal<Grouping>,
    /// The newest test without a part.
    pub moved: RwSignal<Option<Arc<Ablation>>>,
    /// Whether the open panel has the window for itself.
    pub large: RwSignal<bool>,
}

/// The question for the answer without tokens.
fn without(tokens: &[usize], how: Option<How>) -> Ask {
    Ask::Ablate(Ablate { tokens: tokens.to_vec(), how, ..Ablate::default() })
}

impl Workbench {
    /// An empty workbench, on what every page has.
    pub fn new(panels: &'static [Panel]) -> Self {
        let (models, Large(large)) = (expect_context::<Models>(), expect_context::<Large>());
        let findings = expect_context::<RwSignal<Kept>>();
        let bench = Self {
            models,
            asking: expect_context::<Asking>(),
            findings,
            panels,
            text: RwSignal::default(),
            plain: RwSignal::default(),
            asked: RwSignal::default(),
            about: RwSignal::default(),
            position: RwSignal::default(),
            beside: RwSignal::default(),
            view: RwSignal::new(View::Attribution),
            mark: RwSignal::default(),
            head: RwSignal::default(),
            method: MethodChoice::new(models),
            compare: RwSignal::default(),
            pair: Pair::new(),
            probe: ProbeChoice::new(),
            push: SteeringChoice::new(),
            switches: Switches::new(),
            chains: ReasoningChoice::new(),
            writing: Writing::new(),
            grouping: expect_context::<Preferences>().grouping,
            moved: RwSignal::default(),
            large,
        };
        // Two files of one name are two models.
        let here = Memo::new(move |_| models.current().map(|card| (card.id, card.sha256)));
        Effect::new(move |_| {
            if let Some((id, sha256)) = here.get() {
                findings.maybe_update(|kept| kept.forget_others(&id, &sha256));
                untrack(|| bench.meet(id));
            }
        });
        bench
    }

    /// The open panel.
    pub fn panel(self) -> &'static Panel {
        let view = self.view.get();
        self.panels.iter().find(|panel| panel.view == view).unwrap_or(&self.panels[0])
    }

    /// Whether the chosen model can be asked what a panel shows.
    pub fn serves(self, panel: &Panel) -> bool {
        !panel.writes || self.models.traits().causal
    }

    /// The panels of the chosen model.
    pub fn tabs(self) -> Vec<&'static Panel> {
        self.panels.iter().filter(|panel| self.serves(panel)).collect()
    }

    /// Whether the field holds another question than the one that was asked.
    pub fn changed(self) -> bool {
        let (model, text) = (self.models.chosen, self.text);
        let same = |asked: &Asked| text.with(|text| *text == asked.text) && model.with(|model| *model == asked.model);
        !self.asked.with(|asked| asked.as_ref().is_some_and(same))
    }

    /// Whether the field holds other words than those that were asked about, of the same model.
    pub fn reworded(self) -> bool {
        let (model, text) = (self.models.chosen, self.text);
        let other = |asked: &Asked| {
            model.with(|model| *model == asked.model)
                && text.with(|text| *text != asked.text && !text.trim().is_empty())
        };
        self.asked.with(|asked| asked.as_ref().is_some_and(other))
    }

    /// What a question was answered with.
    fn found(self, recipe: &Recipe) -> Option<Found> {
        self.asking.found(recipe)
    }

    /// The answer to what was asked.
    pub fn answer(self) -> Option<Arc<Prediction>> {
        self.found(&self.recipe(Ask::Predict {})?)?.finding.try_into().ok()
    }

    /// What the open panel shows, and whether it is an older picture than what was asked for.
    pub fn shown(self) -> Option<(Found, bool)> {
        let ask = (self.panel().ask)(self);
        let found = self.found(&self.recipe(ask.clone())?);
        let old = found.is_none();
        let found = found.or_else(|| self.findings.with(|kept| kept.newest(&ask).cloned()))?;
        let model = self.models.chosen.get();
        (found.finding.recipe().model == model).then_some((found, old))
    }

    /// What the open panel shows, as the kind that it draws.
    pub fn shows<T: PartialEq + Send + Sync + 'static>(self) -> Memo<Option<Arc<T>>>
    where
        Arc<T>: TryFrom<Finding>,
    {
        Memo::new(move |_| self.shown().and_then(|(found, _)| found.finding.try_into().ok()))
    }

    /// A question about what was asked; none where it lacks its second text or its table.
    fn recipe(self, ask: Ask) -> Option<Recipe> {
        let Asked { model, text } = self.asked.get()?;
        let text = match &ask {
            Ask::Patch(patch) if patch.corrupt.is_empty() => return None,
            Ask::Steer(steer) if !steer.is_whole() => return None,
            ask if ask.file().is_some_and(|file| !self.has_table(file)) => return None,
            Ask::Probe(_) | Ask::Courtroom(_) => None,
            ask if ask.own_text().is_some() => None,
            ask => Some(self.given(ask).unwrap_or(text)),
        };
        let whole = matches!(
            ask,
            Ask::Predict {}
                | Ask::Attention(_)
                | Ask::Generate(_)
                | Ask::Steer(_)
                | Ask::Probe(_)
                | Ask::Chain(_)
                | Ask::Vote(_)
                | Ask::Courtroom(_)
        );
        let mut about = if whole { TargetRequest::default() } else { self.about.get() };
        // Of a model of language the likeliest token, once it is known, so that it is not looked for again.
        if about.target.is_none() && !whole {
            about.target = self.likeliest();
        }
        // Direct effects are logits, so what they predict is measured as one.
        if matches!(ask, Ask::Ablate(_)) && self.view.get() == View::Stream {
            about.quantity = Some(Quantity::Logit);
        }
        // The seed of what takes nothing at random is left out.
        let random = matches!(
            ask,
            Ask::Ablate(_) | Ask::Generate(_) | Ask::Explain(_) | Ask::Probe(_) | Ask::Vote(_) | Ask::Courtroom(_)
        );
        let seed = if random { self.writing.seed.get() } else { 0 };
        Some(Recipe { text, seed, ..Recipe::without_text(model, ask).about(about) })
    }

    /// What the chat template was given, where a question asks for its prompt by that.
    fn given(self, ask: &Ask) -> Option<String> {
        self.plain.get().filter(|_| matches!(ask, Ask::Generate(generate) if generate.chat))
    }

    /// The likeliest token, of a model of language.
    pub fn likeliest(self) -> Option<String> {
        self.answer()?.top.first()?.token.clone()
    }

    /// What is explained and what it is compared with, as the engine takes it.
    pub fn sides(self) -> (Option<String>, Option<String>) {
        let classes = if self.models.two_classes() { self.models.labels() } else { Vec::new() };
        self.about.with(|about| about.sides(&classes))
    }

    /// Whether it was stopped before the open panel had what was asked for.
    pub fn stopped(self) -> bool {
        let idle = self.asking.foremost().is_none() && self.asking.trouble.with(Option::is_none);
        let asked = self.asked.with(|asked| asked.as_ref().map(|asked| asked.model.clone()));
        let here = asked.is_some() && self.models.current().map(|model| model.id) == asked;
        let asks = here && self.recipe((self.panel().ask)(self)).is_some();
        idle && asks && self.shown().is_none_or(|(found, old)| old || !found.whole)
    }

    /// The answer without tokens, once that is measured.
    pub fn without(self, tokens: &[usize], how: Option<How>) -> Option<Arc<Ablation>> {
        self.found(&self.recipe(without(tokens, how))?)?.finding.try_into().ok()
    }

    /// The explanation that is shown with its receipt, once that is measured.
    pub fn receipt(self) -> Option<Arc<Explanation>> {
        self.found(&self.receipt_recipe()?)?.finding.try_into().ok()
    }

    fn receipt_recipe(self) -> Option<Recipe> {
        match (self.panel().ask)(self) {
            // The rows of a continuation would need one each.
            Ask::Explain(explain) if explain.continuation.is_none() => {
                self.recipe(Ask::Explain(Explain { receipt: true, ..explain }))
            }
            _ => None,
        }
    }

    /// What a receipt of a row of a continuation is asked by: its token, explained after the text before it.
    fn row_recipe(self, found: &Explanation, row: usize) -> Option<Recipe> {
        let Ask::Explain(explain) = &found.resolved.ask else { return None };
        let ask = Ask::Explain(Explain { continuation: None, receipt: true, ..explain.clone() });
        let about = TargetRequest {
            target: Some(found.steps.get(row)?.token.clone()),
            foil: found.target.foil.as_ref().map(|foil| foil.label.clone()),
            quantity: Some(found.target.quantity),
        };
        let recipe = Recipe::new(found.recipe.model.clone(), found.before(row), ask).about(about);
        Some(Recipe { seed: found.recipe.seed, ..recipe })
    }

    /// The explanation of one token of a continuation with its receipt, once that is measured.
    pub fn row_receipt(self, found: &Explanation, row: usize) -> Option<Arc<Explanation>> {
        self.found(&self.row_recipe(found, row)?)?.finding.try_into().ok()
    }

    /// Measures how far a row of a continuation can be trusted.
    pub fn ask_row_receipt(self, found: &Explanation, row: usize) {
        if let Some(recipe) = self.row_recipe(found, row) {
            self.asking.ask(Lane::Background, recipe, |_| {});
        }
    }

    /// How many times as far as at random the answer moves in the order of each row, of those that were measured.
    pub fn row_ratios(self, found: &Explanation) -> Vec<(usize, Option<f32>)> {
        let ratio = |row: usize| Some((row, self.row_receipt(found, row)?.receipt.as_ref()?.ratio()));
        (0..found.steps.len()).filter_map(ratio).collect()
    }

    /// Measures that of every row, one after the other.
    pub fn ask_row_receipts(self, found: Arc<Explanation>) {
        let missing = |recipe: &Recipe| untrack(|| self.found(recipe)).is_none();
        let next = (0..found.steps.len()).filter_map(|row| self.row_recipe(&found, row)).find(missing);
        if let Some(recipe) = next {
            self.asking.ask(Lane::Background, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    self.ask_row_receipts(Arc::clone(&found));
                }
            });
        }
    }

    /// How long a receipt takes here, about: the texts with holes that it runs, at the speed of the answer, which ran alone.
    pub fn receipt_millis(self) -> Option<f64> {
        let answer = self.answer()?;
        let players = self.method.players.with(|players| players.of(&answer.input)).unwrap_or_default();
        let n = answer.input.tokens.len().max(1);
        // What stands before the first player of a model that reads from left to right is read once.
        let first = players.first().and_then(|player| player.first()).filter(|_| self.models.traits().causal);
        let each = 1.0 - first.map_or(0.0, |first| *first as f64 / n as f64);
        Some(Receipt::runs(players.len()) * self.answer_millis()? * IN_BATCHES * each)
    }

    /// How long what the open panel asks takes here, about, at the speed of the attribution that is shown of the same text.
    pub fn panel_millis(self) -> Option<f64> {
        let Ask::Explain(wanted) = (self.panel().ask)(self) else { return None };
        let (shown, _) = self.shown()?;
        let explanation: Arc<Explanation> = shown.finding.try_into().ok()?;
        let Ask::Explain(had) = &explanation.resolved.ask else { return None };
        let same = self.answer()?.input.text == explanation.input.text && had.continuation == wanted.continuation;
        let passes = |explain: &Explain| {
            let params = explain.method.resolve(&explain.params, &self.models.traits()).ok()?;
            let players = explain.players.of(&explanation.input).ok()?.len();
            Some(explain.method.declared().passes.about(&params, players))
        };
        let (wanted, had) = (passes(&wanted)?, passes(had)?);
        let millis = |passes: f64| of_alone(passes) * passes;
        same.then_some(shown.elapsed_millis * millis(wanted) / millis(had))
    }

    /// How long the answer took, which ran alone.
    fn answer_millis(self) -> Option<f64> {
        Some(self.found(&self.recipe(Ask::Predict {})?)?.elapsed_millis)
    }

    /// Opens a panel.
    pub fn open(self, view: View) {
        self.view.set(view);
        self.look();
    }

    /// Explains another answer, alone or against another.
    pub fn explain_instead(self, target: Option<String>, foil: Option<String>) {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        self.about.set(TargetRequest { target: some(target), foil: some(foil), quantity: None });
        self.look();
    }

    /// Explains by another method.
    pub fn explain_by(self, method: MethodId) {
        self.method.choose(method);
        self.change();
    }

    /// Measures the answer without tokens in each of these ways, one after the other, unless it was.
    pub fn prove(self, tokens: Vec<usize>, hows: Vec<Option<How>>) {
        let recipes =
            untrack(|| hows.iter().map(|how| self.recipe(without(&tokens, *how))).collect::<Option<Vec<_>>>());
        let next =
            recipes.and_then(|recipes| recipes.into_iter().find(|recipe| untrack(|| self.found(recipe)).is_none()));
        if let Some(recipe) = next {
            self.asking.ask(Lane::Panel, recipe, move |_| self.prove(tokens.clone(), hows.clone()));
        }
    }

    /// The usual ways of taking a word out, which should agree.
    pub fn ways_out(self) -> [Option<How>; 3] {
        let usual = if self.models.traits().causal { How::Mean } else { How::Mask };
        [usual, How::Delete, How::BlockAttention].map(Some)
    }

    /// Compares beside another text, or another model.
    pub fn compare_beside(self, compare: Compare) {
        self.compare.set(compare);
        self.look();
    }

    /// Scores these ranges of the text, each as one.
    pub fn explain_spans(self, spans: Vec<[usize; 2]>) {
        self.method.players.set(Players::Spans(spans));
        self.mark.set(None);
        self.look();
    }

    /// Takes a part out and runs again.
    pub fn take_out(self, part: impl Into<Part>, how: How) {
        let ablate = Ablate { parts: vec![part.into()], how: Some(how), ..Ablate::default() };
        self.beside.set(Some(Ask::Ablate(ablate)));
        self.ask_beside();
    }

    /// Lets the model write on.
    pub fn write(self) {
        self.beside.set(Some(untrack(|| self.writing.ask(self.plain.get().is_some() && !self.changed()))));
        self.ask_beside();
    }

    /// Whether the engine can be asked about a model: it is here, or it is the first, which comes by itself.
    fn can_ask(self, model: &str) -> bool {
        model == OFFERS[0].id || self.models.loaded.with_untracked(|loaded| loaded.contains_key(model))
    }
}
