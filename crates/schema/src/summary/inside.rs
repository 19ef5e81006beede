//! Of what copying brought over, and of what can be read off layers.

use serde::{Deserialize, Serialize};

use crate::patching::Story;
use crate::probing::{LayerProbe, OverSeeds, Used};
use crate::reasoning::wilson;
use crate::recipe::{Ask, Cell, Patch};
use crate::{Input, ModelRef, Patching, Probing, ProblemType, Recipe, Target};

/// Cells that are named.
const NAMED: usize = 3;
/// Texts of which something is taken out, at most.
const MOST_TAKEN_OUT: usize = 1000;

/// What a map of patches comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The metric.
    pub target: Target,
    /// What the logits of the model mean.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
    /// The metric of A, and of B.
    pub ends: [f32; 2],
    /// Layers of the map.
    pub n_layers: usize,
    /// Its tokens or heads.
    pub n_columns: usize,
    /// Whether a token is read with those before it alone.
    pub causal: bool,
    /// Whether the cells are estimated from one gradient.
    pub approximate: bool,
    /// What it comes to.
    pub story: Story,
    /// The cells that go furthest, and how much of the way.
    pub largest: Vec<(Cell, f32)>,
}

impl From<&Patching> for Carried {
    fn from(found: &Patching) -> Self {
        Self {
            target: found.target.clone(),
            problem_type: found.problem_type,
            ends: [found.value, found.baseline_value],
            n_layers: found.matrix.rows.len(),
            n_columns: found.matrix.columns.len(),
            causal: found.causal,
            approximate: found.approximate,
            story: found.story(),
            largest: found.largest(NAMED),
        }
    }
}

impl Carried {
    /// Whether it can be of a map of that question and text.
    #[must_use]
    pub fn fits(&self, patch: &Patch, input: &Input) -> bool {
        let is_cell = |cell: &Cell| cell.layer < self.n_layers && cell.column < self.n_columns;
        let is_route = match self.story {
            Story::Along(route) => {
                let columns = [Some(route.from), route.by_way, Some(route.to)];
                columns.into_iter().flatten().all(|column| column < self.n_columns)
                    && route.through.max(route.arrived) < self.n_layers
            }
            Story::Spread { places, single } => places <= self.n_columns && (0.0..=1.0).contains(&single),
            Story::Nothing | Story::Cells => true,
        };
        let columns = patch.site.of_heads() || self.n_columns == input.tokens.len();
        columns && is_route && self.largest.len() <= NAMED && self.largest.iter().all(|(cell, _)| is_cell(cell))
    }
}

/// What probes read off each layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readable {
    /// The labels that are told apart.
    pub labels: Vec<String>,
    /// Rows of the table.
    pub n: usize,
    /// Rows that were held out.
    pub held_out: usize,
    /// How much is right by always saying the commonest label, 0 to 1.
    pub majority: f32,
    /// By layer, the lowest first: how much is right, and how much where labels were shuffled, 0 to 1.
    pub layers: Vec<[f32; 2]>,
    /// Whether the model uses what is read, where that was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// Draws of what was held out, where there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<usize>,
    /// By layer, over these draws: the mean share that is right, and both ends of its interval, 0 to 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<[f32; 3]>,
}

impl From<&Probing> for Readable {
    fn from(found: &Probing) -> Self {
        Self {
            labels: found.labels.clone(),
            n: found.n,
            held_out: found.held_out,
            majority: found.layers.first().map_or(0.0, |probe| probe.majority),
            layers: found.layers.iter().map(|probe| [probe.accuracy, probe.control]).collect(),
            used: found.used,
            seeds: found.layers.first().and_then(|probe| Some(probe.over?.seeds)),
            over: found.layers.iter().filter_map(|probe| probe.over).map(over).collect(),
        }
    }
}

const fn over(OverSeeds { mean, interval: [low, high], .. }: OverSeeds) -> [f32; 3] {
    [mean, low, high]
}

impl Readable {
    /// The probes again; what follows from other numbers is computed.
    #[must_use]
    pub fn found(&self, model: &ModelRef, recipe: &Recipe) -> Probing {
        let layer = |(at, &[accuracy, control]): (usize, &[f32; 2])| {
            let right = (accuracy.clamp(0.0, 1.0) * self.held_out as f32).round() as usize;
            let (interval, majority) = (wilson(right, self.held_out), self.majority);
            let over = self.seeds.zip(self.over.get(at));
            let over = over.map(|(seeds, &[mean, low, high])| OverSeeds { seeds, mean, interval: [low, high] });
            LayerProbe { accuracy, interval, control, majority, selectivity: accuracy - control, over }
        };
        Probing {
            recipe: recipe.clone(),
            resolved: recipe.clone(),
            model: model.clone(),
            input: Input::default(),
            labels: self.labels.clone(),
            layers: self.layers.iter().enumerate().map(layer).collect(),
            n: self.n,
            held_out: self.held_out,
            used: self.used,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Whether its counts and shares are such.
    #[must_use]
    pub fn fits(&self, recipe: &Recipe) -> bool {
        let is_share = |share: &f32| (0.0..=1.0).contains(share);
        let tested = match &recipe.ask {
            // It may have been stopped before that.
            Ask::Probe(probe) => {
                let drawn = |seeds| (2..=probe.seeds).contains(&seeds) && self.over.len() == self.layers.len();
                self.used.is_none_or(|used| probe.layer == Some(used.layer))
                    && self.seeds.map_or(self.over.is_empty(), drawn)
            }
            _ => false,
        };
        let counts = self.used.is_none_or(|Used { layer, changed, random, n }| {
            changed.max(random) <= n && n <= self.held_out.min(MOST_TAKEN_OUT) && layer < self.layers.len()
        });
        let shares =
            self.layers.iter().flatten().chain(self.over.iter().flatten()).chain([&self.majority]).all(is_share);
        tested && counts && shares && self.held_out <= self.n
    }
}
