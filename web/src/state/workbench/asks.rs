//! What the workbench asks, and in which order: the answer, the open panel, what is asked beside it, the receipt.

use leptos::prelude::*;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Generate;
use vitrine_schema::{Ask, Draft, Explanation, Finding, Players, Recipe, TargetRequest};
use vitrine_share::View;

use super::{Asked, LARGEST_MILLIS, Workbench};
use crate::messages::Trouble;
use crate::state::asking::Answer;

/// Tokens of a continuation that are explained one by one.
const EACH_MOST: usize = 10;
/// Up to this time a choice is followed at once. The default method takes about a second, more or less by the machine: its own
/// parameters are to act alike on all of them.
const AT_ONCE_MILLIS: f64 = 2_000.0;
/// And where it takes about as long as the picture that is there.
const NO_LONGER: f64 = 1.5;
/// Up to this time a receipt is measured by itself.
const RECEIPT_MILLIS: f64 = 5_000.0;

impl Workbench {
    /// Asks what stands in the field.
    pub fn ask(self) {
        let (model, text) = (self.models.chosen.get_untracked(), self.text.get_untracked());
        self.asking.clear();
        if text.trim().is_empty() {
            return self.asking.trouble.set(Some(Trouble::EmptyText));
        }
        self.findings.update(|kept| kept.forget(&model, &text));
        self.go_to(Asked { model, text });
    }

    /// Asks about a text.
    pub fn ask_about(self, text: String) {
        self.plain.set(None);
        self.text.set(text);
        self.ask();
    }

    /// Opens a question; what is known of it already is not asked again.
    fn go_to(self, asked: Asked) {
        if self.asked.with_untracked(|before| before.as_ref().is_none_or(|before| before.text != asked.text)) {
            self.pair.forget();
        }
        if self.asked.with_untracked(|before| before.as_ref() != Some(&asked)) {
            self.pair.cells.set(Vec::new());
            let (causal, classes) = untrack(|| (self.models.traits().causal, self.models.labels()));
            // A token to explain belongs to the prompt that it was chosen for, and a class that there is not to none.
            if causal || !self.about.with_untracked(|about| about.is_among(&classes)) {
                self.about.set(TargetRequest::default());
            }
            self.writing.written.set(None);
            self.position.set(None);
            self.mark.set(None);
            self.method.continuation.set(None);
            // What was marked in one text is nowhere in another.
            self.method.players.update(|players| {
                if let Players::Spans(_) = players {
                    *players = Players::Tokens
                }
            });
            self.head.set(None);
            self.switches.off.set(Vec::new());
            self.switches.listed.set(None);
            self.beside.set(None);
        }
        self.moved.set(None);
        self.asked.set(Some(asked));
        self.predict();
    }

    /// Goes on where it was stopped.
    pub fn go_on(self) {
        self.asking.trouble.set(None);
        // Of a map its time was said.
        if untrack(|| self.map_cost()).is_some() {
            self.agree_to_map();
        }
        self.predict();
    }

    /// Goes on with what is known of a question, which is then the newest again, or asks it first.
    fn ask_then(self, lane: Lane, recipe: Recipe, then: impl Fn() + 'static) {
        let again = self.findings.try_maybe_update(|kept| {
            let known = kept.again(&recipe);
            (known, known)
        });
        if again == Some(true) {
            then();
        } else if lane != Lane::Answer || self.can_ask(&recipe.model) {
            self.asking.ask(lane, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    then();
                }
            });
        }
    }

    /// Asks for the answer, and then for what the open panel shows.
    pub(super) fn predict(self) {
        if let Some(recipe) = untrack(|| self.recipe(Ask::Predict {})) {
            self.ask_then(Lane::Answer, recipe, move || self.ask_panel());
        }
    }

    /// A model is here: what was asked, of it before it came or of another one, is asked of it.
    pub(super) fn meet(self, model: String) {
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
        // What is off stays off, and is measured anew.
        self.beside.set((self.view.get_untracked() == View::Stream).then(|| self.switched(0)).flatten());
        self.moved.set(None);
        // What went wrong with the question itself is so in every panel.
        if untrack(|| self.answer().is_some()) {
            self.asking.trouble.set(None);
        }
        self.ask_panel();
    }

    /// Asks the open panel anew as [`Workbench::look`] does, unless that takes long: it is then offered with its time.
    pub fn change(self) {
        let took = untrack(|| self.shown()).map_or(0.0, |(found, _)| found.elapsed_millis);
        let patience = AT_ONCE_MILLIS.max(NO_LONGER * took);
        let long = untrack(|| self.panel_millis()).is_some_and(|millis| millis > patience);
        if !long || untrack(|| self.shown().is_some_and(|(_, old)| !old)) {
            return self.look();
        }
        self.asking.trouble.set(None);
        self.asking.stop(Lane::Panel);
        self.asking.stop(Lane::Background);
    }

    /// Measures how far the picture can be trusted, without keeping anyone waiting.
    pub fn ask_receipt(self) {
        let Some(recipe) = untrack(|| self.receipt_recipe()) else { return };
        // One that was stopped before other blanks were run is measured anew.
        if untrack(|| self.found(&recipe)).is_none_or(|found| !found.whole) {
            self.asking.ask(Lane::Background, recipe, |_| {});
        }
    }

    /// Asks for what the open panel shows, unless it is there, and then for what is asked beside it.
    fn ask_panel(self) {
        let recipe = untrack(|| self.answer().and_then(|_| self.recipe((self.panel().ask)(self))));
        let Some(recipe) = recipe else { return };
        self.asking.stop(Lane::Panel);
        // A trial is about no question of the line, so it goes on.
        if !self.on_trial() {
            self.asking.stop(Lane::Background);
            self.asking.missed.set(None);
        }
        if untrack(|| self.found(&recipe).is_none() && self.map_waits()) {
            return;
        }
        self.ask_then(Lane::Panel, recipe, move || {
            self.ask_beside();
            // Nothing that starts by itself takes the place of a trial.
            if self.on_trial() {
                return;
            }
            self.ask_cells(LARGEST_MILLIS);
            // A receipt that takes longer waits until it is asked for.
            if untrack(|| self.receipt_millis()).is_some_and(|millis| millis <= RECEIPT_MILLIS) {
                self.ask_receipt();
            }
        });
    }

    /// Asks what is asked beside the panel, unless it is there; cells of a map are run with its largest.
    pub(super) fn ask_beside(self) {
        let beside = untrack(|| self.beside.get()).filter(|ask| !matches!(ask, Ask::Patch(_)));
        let Some(recipe) = beside.and_then(|ask| untrack(|| self.recipe(ask))) else { return };
        let lane = match recipe.ask {
            Ask::Generate(_) => Lane::Answer,
            // One that runs already is not begun anew.
            Ask::Courtroom(_) if self.on_trial() => return,
            Ask::Courtroom(_) => Lane::Background,
            _ => Lane::Panel,
        };
        if lane == Lane::Answer {
            let prompt = self.asked.get_untracked().map_or_else(String::new, |asked| asked.text);
            self.writing.written.set(Some(Draft { prompt, ..Draft::default() }));
        }
        let asked = recipe.clone();
        let take = move |answer| match answer {
            Answer::Part(text) => self.writing.grow(&text),
            Answer::Whole(Finding::Generation(generation)) => {
                let elapsed = untrack(|| self.found(&asked)).map_or(0.0, |found| found.elapsed_millis);
                self.writing.end(generation, elapsed);
            }
            Answer::Whole(Finding::Ablation(moved)) => self.moved.set(Some(moved)),
            Answer::Whole(_) => {}
        };
        match untrack(|| self.found(&recipe)) {
            Some(found) => take(Answer::Whole(found.finding)),
            None => self.asking.ask(lane, recipe, take),
        }
    }

    /// Explains each token that the model writes; where nothing is written, it writes first.
    pub fn explain_each(self) {
        let go = move |opening: Option<String>| {
            self.method.continuation.set(opening);
            self.look();
        };
        let opening = self.writing.written.with_untracked(|written| written.as_ref()?.opening(EACH_MOST));
        if opening.is_some() {
            return go(opening);
        }
        let generate = Generate { max_tokens: EACH_MOST, ..Generate::default() };
        let Some(recipe) = untrack(|| self.recipe(Ask::Generate(generate))) else { return };
        self.asking.ask(Lane::Answer, recipe, move |answer| {
            if let Answer::Whole(Finding::Generation(generation)) = answer {
                go(Draft::whole(generation, 0.0).opening(EACH_MOST));
            }
        });
    }

    /// Puts another word where a token was written, lets the model go on from there, and explains each token of that.
    pub fn write_instead(self, written: &Explanation, row: usize, word: &str) {
        let Some(Asked { model, text }) = self.asked.get_untracked() else { return };
        let before = written.before(row);
        let Some(kept) = before.strip_prefix(text.as_str()).filter(|_| !word.trim().is_empty()) else { return };
        // A word usually begins with its space.
        let spaced = written.steps.get(row).is_some_and(|step| step.token.starts_with(' '));
        let space = if spaced && !word.starts_with(char::is_whitespace) { " " } else { "" };
        let opening = format!("{kept}{space}{word}");
        let max_tokens = EACH_MOST.saturating_sub(row + 1);
        let generate = Ask::Generate(Generate { max_tokens, ..Generate::default() });
        let recipe = Recipe::new(model, format!("{text}{opening}"), generate);
        self.asking.ask(Lane::Answer, recipe, move |answer| {
            if let Answer::Whole(Finding::Generation(generation)) = answer {
                let rest = Draft::whole(generation, 0.0).opening(EACH_MOST).unwrap_or_default();
                self.method.continuation.set(Some(format!("{opening}{rest}")));
                self.look();
            }
        });
    }

    /// Explains the next token alone again.
    pub fn explain_next(self) {
        self.method.continuation.set(None);
        self.look();
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
}
