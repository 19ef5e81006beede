//! The findings of this visit, by recipe: what the views draw and what scripts see.

use std::mem::discriminant;

use leptos::prelude::*;
use vitrine_schema::{Ask, Finding, ModelRef, Recipe};

/// Findings that are kept; a map of all heads of a long text takes megabytes.
const KEPT_MOST: usize = 24;

/// A finding and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Time it took, in milliseconds.
    pub elapsed_millis: f64,
}

/// What was found, the newest last.
#[derive(Clone, Copy)]
pub struct Findings {
    kept: RwSignal<Vec<Found>>,
}

impl Findings {
    /// Nothing is found yet.
    pub fn new() -> Self {
        Self { kept: RwSignal::new(Vec::new()) }
    }

    /// Adds a finding, in the place of an older one of the same recipe.
    pub fn put(self, finding: Finding, elapsed_millis: f64) {
        self.kept.update(|kept| {
            kept.retain(|old| old.finding.recipe() != finding.recipe());
            kept.push(Found { finding, elapsed_millis });
            while kept.len() > KEPT_MOST {
                kept.remove(oldest(kept));
            }
        });
    }

    /// Whether a recipe was answered; its finding is then the newest again.
    pub fn again(self, recipe: &Recipe) -> bool {
        let place = self.kept.with_untracked(|kept| kept.iter().position(|found| found.finding.recipe() == recipe));
        let Some(place) = place else { return false };
        self.kept.update(|kept| {
            let found = kept.remove(place);
            kept.push(found);
        });
        true
    }

    /// What a recipe was answered with.
    pub fn of(self, recipe: &Recipe) -> Option<Found> {
        self.kept.with(|kept| kept.iter().find(|found| found.finding.recipe() == recipe).cloned())
    }

    /// The newest answer to a question of a kind.
    pub fn newest(self, ask: &Ask) -> Option<Found> {
        let alike = |found: &&Found| discriminant(&found.finding.recipe().ask) == discriminant(ask);
        self.kept.with(|kept| kept.iter().rev().find(alike).cloned())
    }

    /// Forgets those about a text, to ask again.
    pub fn forget(self, model: &str, text: &str) {
        let about = |recipe: &Recipe| recipe.model == model && recipe.text.as_deref() == Some(text);
        self.kept.update(|kept| kept.retain(|found| !about(found.finding.recipe())));
    }

    /// Forgets what another model of the same name said.
    pub fn forget_others(self, id: &str, sha256: &str) {
        let other = |found: &Found| {
            let model = model(&found.finding);
            model.id == id && model.sha256 != sha256
        };
        if self.kept.with_untracked(|kept| kept.iter().any(other)) {
            self.kept.update(|kept| kept.retain(|found| !other(found)));
        }
    }

    /// Those that are open: of every kind the newest about the text of the newest, the newest last. The answer that a
    /// question ends with comes before what the panels show of it.
    pub fn open(self) -> Vec<Finding> {
        self.kept.with_untracked(|kept| {
            let newest = kept.iter().rev().find(|found| !is_answer(found)).or(kept.last());
            let text = newest.map(|found| &found.finding.recipe().text);
            let mut open: Vec<&Finding> = Vec::new();
            let (answers, shown): (Vec<&Found>, Vec<&Found>) = kept.iter().partition(|found| is_answer(found));
            for Found { finding, .. } in shown.into_iter().rev().chain(answers.into_iter().rev()) {
                let known = open.iter().any(|newer| discriminant(*newer) == discriminant(finding));
                if !known && Some(&finding.recipe().text) == text {
                    open.insert(0, finding);
                }
            }
            open.into_iter().cloned().collect()
        })
    }
}

/// The model that answered.
fn model(finding: &Finding) -> &ModelRef {
    match finding {
        Finding::Prediction(found) => &found.model,
        Finding::Generation(found) => &found.model,
        Finding::Explanation(found) => &found.model,
        Finding::Comparison(found) => &found.model,
        Finding::Attention(found) => &found.model,
        Finding::Stream(found) => &found.model,
        Finding::Ablation(found) => &found.model,
    }
}

fn is_answer(found: &Found) -> bool {
    matches!(found.finding, Finding::Prediction(_))
}

/// What is let go first: the oldest about another text than the newest, else the oldest that is not the answer itself.
fn oldest(kept: &[Found]) -> usize {
    let text = kept.last().map(|found| &found.finding.recipe().text);
    let other = kept.iter().position(|found| Some(&found.finding.recipe().text) != text);
    other.or_else(|| kept.iter().position(|found| !is_answer(found))).unwrap_or(0)
}
