//! LIME: a linear model around the text.
//!
//! **Question.** Which tokens would a weighted sum need, to answer as the model does around this text?
//!
//! **Definition.** `z` says who of the `n` players is there, `k` of them.
//! ```text
//! β, b = argmin Σ_z w(z) (b + Σ_i β_i z_i − F(z))² + α ‖β‖²     α = 1
//! w(z) = √exp(−d² / 25²),  d = 100 (1 − √(k / n))
//! ```
//! The first text is whole; of each other one a number of players drawn from 1 to `n` is absent, each set as likely.
//!
//! **Reads as.** The unit of `F`, signed: what the token adds in the sum. The weighted R² says how much of `F` the sum explains; the
//! band is the least and the largest score over three seeds, this one and the two after it.
//!
//! **Cost.** Three times `samples` forward passes at most, equal texts once, in batches.
//!
//! **Limits.** Where `F` is no sum near the text, R² is low and the scores say little. The ridge draws scores to 0, most with few
//! samples. Scores do not sum to anything.
//!
//! **Source.** Ribeiro, Singh, Guestrin 2016, *"Why Should I Trust You?"*, section 3, arXiv 1602.04938; constants as in the lime
//! library 0.2.
//!
//! **Differs from the source in** players: each token of its own, where the library takes equal words as one (`bow`); and in taking
//! all of them, where the library selects ten. `F` is what is explained, not a probability.

use serde::Deserialize;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{Diagnostic, MethodId};

use crate::chance::Chance;
use crate::least_squares::LeastSquares;
use crate::trail::{MOST_PLAYERS, Step, kept};
use crate::values::{Removing, Shares, all_known};
use crate::{Attribution, Context, MethodError, Removal, ValueFunction};

const KERNEL_WIDTH: f64 = 25.0;
const RIDGE: f64 = 1.0;
/// Seeds of the band, the first of which gives the scores.
const SEEDS: u64 = 3;

/// Parameters, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// How players are taken away.
    #[serde(flatten)]
    pub removing: Removing,
    /// Texts of one seed, the whole one included.
    pub samples: usize,
}

/// Runs the method.
///
/// # Errors
/// [`Refusal::TooFewRuns`], [`Refusal::NothingWouldBeLeft`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Config, seed: u64) -> Result<Attribution, MethodError> {
    let players = ctx.players(config.removing.hold_first);
    let removal = Removal::new(ctx, &players, config.removing.variant);
    let n = players.len();
    let of_seed = |more: u64| drawn(n, config.samples, &mut Chance::seeded(seed.wrapping_add(more)));
    let shares = lime(&removal, &(0..SEEDS).map(of_seed).collect::<Vec<_>>()).await?;
    Ok(shares.attribution(ctx, &players))
}

/// The whole text, and texts by chance.
fn drawn(n: usize, samples: usize, chance: &mut Chance) -> Vec<Vec<usize>> {
    let some = (1..samples).map(|_| {
        let removed = 1 + chance.below(n.max(1));
        chance.some(removed.min(n), n)
    });
    std::iter::once(Vec::new()).chain(some).collect()
}

/// The sum that fits each list of texts, said by who is absent: the first list is meant, the others show how far chance matters.
///
/// # Errors
/// As [`attribute`].
pub async fn lime(values: &dyn ValueFunction, lists: &[Vec<Vec<usize>>]) -> Result<Shares, MethodError> {
    let n = values.n_players();
    let least = lists.iter().map(Vec::len).min().unwrap_or(0);
    if least < n + 1 {
        let (method, name) = (MethodId::Lime.to_string(), "samples".to_owned());
        return Err(Refusal::TooFewRuns { method, name, needed: n + 1, found: least }.into());
    }
    // All in one go, so that equal texts of all lists are run once.
    let ends = [Vec::new(), (0..n).collect()];
    let absent: Vec<Vec<usize>> = ends.iter().chain(lists.iter().flatten()).cloned().collect();
    let found = all_known(values, &absent).await?;
    let [value, blank, rest @ ..] = &*found else { return Err(Refusal::NothingWouldBeLeft.into()) };
    let mut rest = rest;
    let mut fits = Vec::new();
    for list in lists {
        let (here, after) = rest.split_at(list.len().min(rest.len()));
        fits.push(Line::fit(n, list, here));
        rest = after;
    }
    let Some(Line { coefficients, r_squared, .. }) = fits.first() else { return Err(Refusal::Overflow.into()) };
    let over = |pick: fn(f64, f64) -> f64| {
        let score = |player: usize| fits.iter().map(|fit| fit.coefficients[player]).reduce(pick).unwrap_or(0.0) as f32;
        (0..n).map(score).collect()
    };
    let fitted = Diagnostic::Fitted { r_squared: *r_squared as f32, lowest: over(f64::min), highest: over(f64::max) };
    let steps = lists.first().map_or_else(Vec::new, |list| falling(n, list, found.get(2..).unwrap_or_default()));
    let total = lists.first().map_or(0, Vec::len);
    Ok(Shares::new(*value, *blank, coefficients, vec![fitted])?.after(steps, total))
}

/// Texts one after the other, and the sum that fits those so far.
fn falling(n: usize, list: &[Vec<usize>], values: &[f64]) -> Vec<Step> {
    if n > MOST_PLAYERS {
        return Vec::new();
    }
    let step = |at: usize| {
        let (list, values) = (list.get(..=at)?, values.get(..=at)?);
        let Line { coefficients: scores, intercept, .. } = Line::fit(n, list, values);
        let (absent, value) = (list.get(at)?.clone(), values.get(at).copied());
        Some(Step { number: at + 1, absent, value, scores, level: Some(intercept), ..Step::default() })
    };
    kept(n, list.len()).into_iter().filter_map(step).collect()
}

/// A text, its value, and how near it is.
struct Row {
    there: Vec<f64>,
    value: f64,
    weight: f64,
}

/// A line through values.
struct Line {
    coefficients: Vec<f64>,
    /// What it gives where nobody is there.
    intercept: f64,
    r_squared: f64,
}

impl Line {
    fn fit(n: usize, absent: &[Vec<usize>], values: &[f64]) -> Self {
        let rows: Vec<Row> = absent
            .iter()
            .zip(values)
            .map(|(absent, &value)| {
                let mut there = vec![1.0; n];
                absent.iter().for_each(|&player| there[player] = 0.0);
                Row { there, value, weight: weight(n - absent.len().min(n), n) }
            })
            .collect();
        let total: f64 = rows.iter().map(|row| row.weight).sum();
        let mean = |of: &dyn Fn(&Row) -> f64| rows.iter().map(|row| row.weight * of(row)).sum::<f64>() / total;
        // The intercept is free of the ridge, so everything is measured from its mean.
        let centre: Vec<f64> = (0..n).map(|player| mean(&|row| row.there[player])).collect();
        let level = mean(&|row| row.value);
        let from_centre =
            |there: &[f64]| there.iter().zip(&centre).map(|(there, mean)| there - mean).collect::<Vec<_>>();
        let mut fit = LeastSquares::new(n);
        for Row { there, value, weight } in &rows {
            fit.row(&from_centre(there), value - level, *weight);
        }
        fit.ridge(RIDGE);
        let coefficients = fit.solve().unwrap_or_else(|| vec![f64::NAN; n]);
        let said = |there: &[f64]| from_centre(there).iter().zip(&coefficients).map(|(x, b)| x * b).sum::<f64>();
        let missed = mean(&|row| (row.value - level - said(&row.there)).powi(2));
        let spread = mean(&|row| (row.value - level).powi(2));
        // Where nothing varies there is nothing to explain.
        let r_squared = if spread > 0.0 { 1.0 - missed / spread } else { 1.0 };
        let intercept = level + said(&vec![0.0; n]);
        Self { coefficients, intercept, r_squared }
    }
}

/// How near a text with `k` of `n` players is.
fn weight(k: usize, n: usize) -> f64 {
    let distance = 100.0 * (1.0 - (k as f64 / n.max(1) as f64).sqrt());
    libm::exp(-(distance / KERNEL_WIDTH).powi(2)).sqrt()
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::values::game::{Game, near};

    fn lists(n: usize, samples: usize) -> Vec<Vec<Vec<usize>>> {
        (0..SEEDS).map(|seed| drawn(n, samples, &mut Chance::seeded(seed))).collect()
    }

    fn fitted(shares: &Shares) -> (f32, &[f32], &[f32]) {
        match shares.diagnostics.first() {
            Some(Diagnostic::Fitted { r_squared, lowest, highest }) => (*r_squared, lowest, highest),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sum_is_found_but_for_the_ridge() {
        let worth = [3.0, -1.0, 0.5, 0.0];
        let sum = Game(4, |there: &[usize]| Some(there.iter().map(|&player| worth[player]).sum::<f32>() + 2.0));
        let found = block_on(lime(&sum, &lists(4, 2000))).unwrap();
        near(&found.scores, &worth, 0.1);
        let (r_squared, lowest, highest) = fitted(&found);
        assert!(r_squared > 0.99, "{r_squared}");
        for ((low, score), high) in lowest.iter().zip(&found.scores).zip(highest) {
            assert!(low <= score && score <= high && low < high);
        }
    }

    #[test]
    fn who_is_worth_something_only_together_is_explained_badly() {
        let odd = Game(4, |there: &[usize]| Some(if there.len() % 2 == 1 { 1.0 } else { 0.0 }));
        assert!(fitted(&block_on(lime(&odd, &lists(4, 500))).unwrap()).0 < 0.5);
        let same = Game(4, |_: &[usize]| Some(1.0));
        let found = block_on(lime(&same, &lists(4, 100))).unwrap();
        assert_eq!((fitted(&found).0, found.scores), (1.0, vec![0.0; 4]));
    }

    #[test]
    fn too_few_samples_and_what_overflows_is_a_sentence() {
        let same = Game(4, |_: &[usize]| Some(1.0));
        let sentence = "lime needs samples to be at least 5 for this text, not 4; raise it, or shorten the text";
        assert_eq!(block_on(lime(&same, &lists(4, 4))).unwrap_err().to_string(), sentence);
        let huge = Game(2, |there: &[usize]| Some(if there.len() < 2 { f32::NEG_INFINITY } else { f32::MAX }));
        assert_eq!(block_on(lime(&huge, &lists(2, 50))).unwrap_err(), Refusal::Overflow.into());
        assert!(block_on(lime(&Game(0, |_: &[usize]| Some(2.0)), &lists(0, 2))).unwrap().scores.is_empty());
    }
}
