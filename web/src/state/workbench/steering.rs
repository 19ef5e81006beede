//! A text that is pushed from one direction to another while it is written.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Steer;
use vitrine_schema::{Ask, Generation};

use super::Workbench;
use crate::state::asking::Answer;

/// Strengths at which it is seen whether the text falls apart.
const STRENGTHS: [f32; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// From where to where, how far, and at which layer.
#[derive(Clone, Copy)]
pub struct SteeringChoice {
    /// The push.
    pub steer: RwSignal<Steer>,
}

impl SteeringChoice {
    /// No push yet.
    pub fn new() -> Self {
        Self { steer: RwSignal::default() }
    }

    /// Whether there is a direction.
    pub fn is_whole(self) -> bool {
        self.steer.with(Steer::is_whole)
    }
}

impl Workbench {
    /// What the model writes while it is pushed.
    pub fn steering(self) -> Ask {
        Ask::Steer(self.push.steer.get())
    }

    /// Pushes another way, or farther.
    pub fn steer(self, steer: Steer) {
        self.push.steer.set(steer);
        self.look();
    }

    fn at_strength(self, strength: f32) -> Ask {
        Ask::Steer(Steer { strength, ..self.push.steer.get() })
    }

    /// What was written at ever larger strengths, as far as that was tried.
    pub fn steered(self) -> Vec<Arc<Generation>> {
        let one = |&strength: &f32| self.found(&self.recipe(self.at_strength(strength))?)?.finding.try_into().ok();
        STRENGTHS.iter().map_while(one).collect()
    }

    /// Pushes ever farther, until the text falls apart.
    pub fn push_until_it_breaks(self) {
        let tried = untrack(|| self.steered());
        if tried.iter().any(|found| found.falls_apart()) {
            return;
        }
        let next = STRENGTHS.get(tried.len()).and_then(|&strength| untrack(|| self.recipe(self.at_strength(strength))));
        if let Some(recipe) = next {
            self.asking.ask(Lane::Panel, recipe, move |answer| {
                if let Answer::Whole(_) = answer {
                    self.push_until_it_breaks();
                }
            });
        }
    }
}
