//! Parts of the model that are switched off, and what that does to the answer and to what is written.

use leptos::prelude::*;
use vitrine_schema::inside::AttentionMaps;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::{Ablate, Attention};
use vitrine_schema::{Ask, Finding, How, Part, Recipe};

use super::Workbench;
use crate::state::asking::Answer;

/// Neurons that are listed of an MLP.
const NEURONS: usize = 12;
/// Tokens that are written with and without.
const WRITTEN: usize = 24;

/// Which parts are off, and what stands in their place.
#[derive(Clone, Copy)]
pub struct Switches {
    /// What is off, in the order of the model.
    pub off: RwSignal<Vec<Part>>,
    /// What taking out means.
    pub how: RwSignal<How>,
    /// The text from whose run parts are taken.
    pub from: RwSignal<String>,
    /// The MLP whose strongest neurons are listed.
    pub listed: RwSignal<Option<usize>>,
}

impl Switches {
    /// Everything is on.
    pub fn new() -> Self {
        Self {
            off: RwSignal::default(),
            how: RwSignal::new(How::Zero),
            from: RwSignal::default(),
            listed: RwSignal::default(),
        }
    }

    /// As an address has them.
    pub fn take(self, ablate: &Ablate) {
        // Patterns are shuffled in another panel, and tokens taken out in others.
        let how = ablate.how.unwrap_or(How::Zero);
        if ablate.parts.is_empty() || how == How::Shuffle {
            return;
        }
        self.off.set(ablate.parts.clone());
        self.how.set(how);
        self.from.set(ablate.resample_from.clone().unwrap_or_default());
    }
}

impl Workbench {
    /// Switches parts, and asks what the model says then.
    pub fn switch(self, change: impl FnOnce(&mut Vec<Part>)) {
        self.switches.off.update(|off| {
            change(off);
            off.sort_unstable();
            off.dedup();
        });
        self.without_switched(0);
    }

    /// Lets it write on, with everything there and without what is off.
    pub fn write_both_ways(self) {
        self.without_switched(WRITTEN);
    }

    fn without_switched(self, write: usize) {
        self.moved.set(None);
        self.asking.trouble.set(None);
        let ask = self.switched(write);
        if ask.is_none() {
            self.asking.stop(Lane::Panel);
        }
        self.beside.set(ask);
        self.ask_beside();
    }

    /// The question for the answer without what is off; nothing where everything is on.
    pub(super) fn switched(self, write: usize) -> Option<Ask> {
        let Switches { off, how, from, .. } = self.switches;
        let (parts, how) = (off.get_untracked(), how.get_untracked());
        let resample_from = (how == How::Resample).then(|| from.get_untracked());
        let ablate = Ablate { parts, how: Some(how), resample_from, write, ..Ablate::default() };
        (!ablate.parts.is_empty()).then_some(Ask::Ablate(ablate))
    }

    /// Asks for the strongest neurons of an MLP, in the way that parts are taken out.
    pub fn list_neurons(self, layer: usize) {
        self.switches.listed.set(Some(layer));
        if let Some(recipe) =
            untrack(|| self.neurons_of(layer)).filter(|recipe| untrack(|| self.found(recipe)).is_none())
        {
            self.asking.ask(Lane::Panel, recipe, |_| {});
        }
    }

    /// What was found of the neurons that are listed.
    pub fn neurons(self) -> Option<Vec<(Part, f32)>> {
        let found = self.found(&self.neurons_of(self.switches.listed.get()?)?)?;
        match found.finding {
            Finding::Ablation(found) => Some(found.neurons.clone()),
            _ => None,
        }
    }

    fn neurons_of(self, layer: usize) -> Option<Recipe> {
        let how = self.switches.how.get();
        let resample_from = (how == How::Resample).then(|| self.switches.from.get());
        let parts = vec![Part::Mlp { layer }];
        self.recipe(Ask::Ablate(Ablate { parts, how: Some(how), resample_from, neurons: NEURONS, ..Ablate::default() }))
    }

    /// Switches all heads off that were measured to do one thing.
    pub fn switch_off_heads(self, role: &'static str) {
        let Some(recipe) = untrack(|| self.recipe(Ask::Attention(Attention::default()))) else { return };
        let take = move |maps: &AttentionMaps| {
            let heads = maps.heads.iter().enumerate().filter(|(_, scores)| scores.name() == Some(role));
            let part = |at: usize| Part::Head { layer: at / maps.n_heads, head: at % maps.n_heads };
            let parts: Vec<Part> = heads.map(|(at, _)| part(at)).collect();
            self.switch(|off| *off = parts);
        };
        let take = move |finding: Finding| {
            let maps: Option<std::sync::Arc<AttentionMaps>> = finding.try_into().ok();
            maps.iter().for_each(|maps| take(maps));
        };
        match untrack(|| self.found(&recipe)) {
            Some(found) => take(found.finding),
            None => self.asking.ask(Lane::Panel, recipe, move |answer| {
                if let Answer::Whole(finding) = answer {
                    take(finding);
                }
            }),
        }
    }
}
