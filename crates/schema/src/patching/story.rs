//! What a map of patches comes to, told by one rule.
//!
//! A cell's share is how much of the way to the other run it goes. At each layer the largest share is the strongest place; what a
//! single route carries is the least of these over the layers. From one half on there is a route: the difference waits at the
//! strongest place of the first layer until that falls below nine tenths of what it was there, and has arrived at the strongest place
//! of the last layer once that has nine tenths of what it ends with.

use serde::{Deserialize, Serialize};

use super::Patching;
use crate::recipe::{Cell, PatchSite};

/// From this share at every layer on a route is single.
const SINGLE: f32 = 0.5;
/// What is nearly all of it.
const NEARLY: f32 = 0.9;
/// From this share on at some layer the difference is said to be at a place.
const THERE: f32 = 0.1;

/// The way that a difference takes through a map of what layers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Where it waits, a column.
    pub from: usize,
    /// Until which layer.
    pub through: usize,
    /// The strongest place between, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_way: Option<usize>,
    /// Where it arrives, a column.
    pub to: usize,
    /// From which layer on it is there.
    pub arrived: usize,
}

/// What a map comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Story {
    /// Copying it changes nothing.
    Nothing,
    /// Cells that go further than others; they tell no route.
    Cells,
    /// A single route.
    Along(Route),
    /// It is at so many places, and none carries it through every layer.
    Spread {
        /// Columns at which it is, at some layer.
        places: usize,
        /// The share that a single route carries, 0 to 1.
        single: f32,
    },
}

impl Patching {
    /// What the map comes to.
    #[must_use]
    pub fn story(&self) -> Story {
        let reach: Vec<f32> = (0..self.matrix.columns.len()).map(|column| self.reach(column)).collect();
        let most = reach.iter().copied().fold(0.0, f32::max);
        if most < Self::NO_CHANGE && self.largest(1).first().is_none_or(|(_, share)| share.abs() < THERE / 10.0) {
            return Story::Nothing;
        }
        if let Some(route) = self.route() {
            return Story::Along(route);
        }
        let strongest: Vec<f32> = self.strongest().map(|(_, share)| share).collect();
        // An estimate that finds no route is no evidence that there is none.
        if self.site() != PatchSite::ResidPre || self.approximate || strongest.len() < self.matrix.rows.len() {
            return Story::Cells;
        }
        let places = reach.iter().filter(|share| **share >= THERE).count().max(1);
        Story::Spread { places, single: strongest.into_iter().fold(f32::INFINITY, f32::min).clamp(0.0, 1.0) }
    }

    /// The route, where there is a single one; the cells of what layers read alone tell one.
    #[must_use]
    pub fn route(&self) -> Option<Route> {
        let n_layers = self.matrix.rows.len();
        let strongest: Vec<(usize, f32)> = self.strongest().collect();
        let least = strongest.iter().map(|(_, share)| *share).fold(f32::INFINITY, f32::min);
        if self.site() != PatchSite::ResidPre || strongest.len() < n_layers || least < SINGLE {
            return None;
        }
        let (&(from, first), &(to, last)) = (strongest.first()?, strongest.last()?);
        let share = |layer: usize, column: usize| self.cell(layer, column).unwrap_or(0.0);
        let waits = (0..n_layers).take_while(|&layer| share(layer, from) >= NEARLY * first);
        let through = waits.last().unwrap_or(0);
        let arrives = (0..n_layers).rev().take_while(|&layer| share(layer, to) >= NEARLY * last);
        let arrived = arrives.last().unwrap_or(n_layers - 1);
        let by_way = strongest.iter().map(|(column, _)| *column).find(|column| *column != from && *column != to);
        Some(Route { from, through, by_way, to, arrived })
    }

    /// The cells with the largest shares, largest first.
    #[must_use]
    pub fn largest(&self, n: usize) -> Vec<(Cell, f32)> {
        let all = (0..self.matrix.rows.len())
            .flat_map(|layer| (0..self.matrix.columns.len()).map(move |column| Cell { layer, column }));
        let mut cells: Vec<(Cell, f32)> =
            all.filter_map(|cell| Some((cell, self.cell(cell.layer, cell.column)?))).collect();
        cells.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        cells.truncate(n);
        cells
    }

    /// The place of each layer that goes furthest; of a layer where no cell was run there is none.
    fn strongest(&self) -> impl Iterator<Item = (usize, f32)> {
        (0..self.matrix.rows.len()).filter_map(|layer| {
            let shares = (0..self.matrix.columns.len()).filter_map(|column| Some((column, self.cell(layer, column)?)));
            shares.reduce(|most, next| if next.1 > most.1 { next } else { most })
        })
    }

    /// The furthest that any layer goes at a place.
    fn reach(&self, column: usize) -> f32 {
        (0..self.matrix.rows.len()).filter_map(|layer| self.cell(layer, column)).fold(0.0, f32::max)
    }
}
