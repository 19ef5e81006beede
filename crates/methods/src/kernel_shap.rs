//! KernelSHAP: Shapley values by weighted least squares.
//!
//! **Question.** What does each token bring, on average over every company of other tokens that it could join, as far as a budget
//! of runs tells?
//!
//! **Definition.** `z` says who is there; its `k` ones are more than none and fewer than all `n`.
//! ```text
//! φ = argmin Σ_z w(z) (F(∅) + Σ_i φ_i z_i − F(z))²     w(z) = (n − 1) / (C(n, k) k (n − k))
//! Σ_i φ_i = F(x) − F(∅)                                  kept exactly, by eliminating one unknown
//! ```
//! Where the budget holds all `2^n` coalitions they are all run. Otherwise coalitions are drawn, `k` with probability
//! ∝ `(n − 1) / (k (n − k))`, and each is run with its complement; drawn so, all have the same weight.
//!
//! **Reads as.** The unit of `F`, signed, as exact Shapley values. A drawn score has a standard error: half the difference between
//! what the odd pairs say and what the even pairs say.
//!
//! **Cost.** At most `budget` forward passes, equal ones once, in batches.
//!
//! **Limits.** Those of Shapley values: most coalitions are texts full of holes. Of a long text the budget sees little, and the
//! standard error of one split in two is itself rough.
//!
//! **Source.** Lundberg, Lee 2017, *A Unified Approach to Interpreting Model Predictions*, theorem 2, arXiv 1705.07874; pairs:
//! Covert, Lee 2021, *Improving KernelSHAP*, section 4.2, arXiv 2012.01536.
//!
//! **Differs from the source in** what is kept: every feature, where the library drops all but ten by default (`l1_reg`).

use serde::Deserialize;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{Diagnostic, MethodId};

use crate::chance::Chance;
use crate::least_squares::LeastSquares;
use crate::trail::{MOST_PLAYERS, Step, kept};
use crate::values::{Removing, Shares, all_known};
use crate::{Attribution, Context, MethodError, Removal, ValueFunction};

/// Parameters, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// How players are taken away.
    #[serde(flatten)]
    pub removing: Removing,
    /// Runs of the model at most.
    pub budget: usize,
}

/// Runs the method.
///
/// # Errors
/// [`Refusal::TooFewRuns`], [`Refusal::NothingWouldBeLeft`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Config, seed: u64) -> Result<Attribution, MethodError> {
    let players = ctx.players(config.removing.hold_first);
    let removal = Removal::new(ctx, &players, config.removing.variant);
    let shares = kernel_shap(&removal, config.budget, seed).await?;
    Ok(shares.attribution(ctx, &players))
}

/// Some players absent, and how much it counts.
struct Coalition {
    absent: Vec<usize>,
    weight: f64,
}

async fn kernel_shap(values: &dyn ValueFunction, budget: usize, seed: u64) -> Result<Shares, MethodError> {
    let n = values.n_players();
    let all = u32::try_from(n).ok().and_then(|n| 1usize.checked_shl(n)).filter(|all| *all <= budget);
    // Two pairs for each unknown, so that each half has one.
    let needed = (4 * n).min(1 << n.min(16));
    if all.is_none() && budget < needed {
        return Err(too_few(needed, budget).into());
    }
    let coalitions = match all {
        Some(all) => every(n, all),
        None => drawn(n, budget / 2 - 1, &mut Chance::seeded(seed)),
    };
    let ends = [Vec::new(), (0..n).collect()];
    let absent: Vec<Vec<usize>> = ends.into_iter().chain(coalitions.iter().map(|c| c.absent.clone())).collect();
    let found = all_known(values, &absent).await?;
    let [value, blank, found @ ..] = &*found else { return Err(Refusal::NothingWouldBeLeft.into()) };
    let fit = |rows: &mut dyn Iterator<Item = (&Coalition, &f64)>| fitted(n, value - blank, *blank, rows);
    // Rows that do not settle every score are too few.
    let open = || too_few(2 * budget, budget);
    let scores = fit(&mut coalitions.iter().zip(found)).ok_or_else(open)?;
    let mut diagnostics = Vec::new();
    if all.is_none() {
        // Pairs stay together: the first two rows of every four, and the last two.
        let half = |odd: usize| {
            fit(&mut coalitions.iter().zip(found).enumerate().filter(|(at, _)| at / 2 % 2 == odd).map(|(_, row)| row))
        };
        let (one, other) = (half(0).ok_or_else(open)?, half(1).ok_or_else(open)?);
        let standard_errors = one.iter().zip(other).map(|(one, other)| (0.5 * (one - other).abs()) as f32).collect();
        diagnostics.push(Diagnostic::Sampled { samples: coalitions.len(), standard_errors });
    }
    let step = |at: usize| {
        let scores = fit(&mut coalitions.iter().zip(found).take(at + 1))?;
        let (absent, value) = (coalitions.get(at)?.absent.clone(), found.get(at).copied());
        Some(Step { number: at + 1, absent, value, scores, ..Step::default() })
    };
    let moments = if n <= MOST_PLAYERS { kept(n, coalitions.len()) } else { Vec::new() };
    let steps = moments.into_iter().filter_map(step).collect();
    Ok(Shares::new(*value, *blank, &scores, diagnostics)?.after(steps, coalitions.len()))
}

fn too_few(needed: usize, found: usize) -> Refusal {
    Refusal::TooFewRuns { method: MethodId::KernelShap.to_string(), name: "budget".to_owned(), needed, found }
}

/// Every coalition but the two ends; it is named by the bits of those who are absent.
fn every(n: usize, all: usize) -> Vec<Coalition> {
    // C(n, k), one from the next.
    let mut ways = vec![1.0];
    for k in 1..=n {
        ways.push(ways[k - 1] * (n - k + 1) as f64 / k as f64);
    }
    let coalition = |bits: usize| {
        let absent: Vec<usize> = (0..n).filter(|player| bits >> player & 1 == 1).collect();
        let k = absent.len();
        Coalition { absent, weight: (n - 1) as f64 / (ways[k] * (k * (n - k)) as f64) }
    };
    (1..all.saturating_sub(1)).map(coalition).collect()
}

/// Coalitions by chance, each followed by its complement.
fn drawn(n: usize, n_pairs: usize, chance: &mut Chance) -> Vec<Coalition> {
    let sizes: Vec<f64> = (1..n).map(|k| 1.0 / (k * (n - k)) as f64).collect();
    let total: f64 = sizes.iter().sum();
    let mut coalitions = Vec::new();
    for _ in 0..n_pairs {
        let mut left = total * chance.unit();
        let short = sizes.iter().take_while(|size| {
            left -= **size;
            left >= 0.0
        });
        let k = (short.count() + 1).min(n - 1);
        let absent = chance.some(k, n);
        let there = (0..n).filter(|player| absent.binary_search(player).is_err()).collect();
        coalitions.extend([absent, there].map(|absent| Coalition { absent, weight: 1.0 }));
    }
    coalitions
}

/// The scores that fit best and sum to `whole`; `None` where the rows leave one open.
fn fitted(n: usize, whole: f64, blank: f64, rows: &mut dyn Iterator<Item = (&Coalition, &f64)>) -> Option<Vec<f64>> {
    let Some(free) = n.checked_sub(1) else { return Some(Vec::new()) };
    let mut fit = LeastSquares::new(free);
    for (coalition, value) in rows {
        let mut there = vec![1.0; n];
        coalition.absent.iter().for_each(|&player| there[player] = 0.0);
        // The last score is what the others leave of the whole.
        let last = there[free];
        let row: Vec<f64> = there[..free].iter().map(|there| there - last).collect();
        fit.row(&row, value - blank - last * whole, coalition.weight);
    }
    let mut scores = fit.solve()?;
    scores.push(whole - scores.iter().sum::<f64>());
    Some(scores)
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::values::game::{Game, MIXED_SHAPLEY, mixed, near};

    #[test]
    fn all_coalitions_give_shapley_values() {
        let found = block_on(kernel_shap(&mixed(), 64, 0)).unwrap();
        near(&found.scores, &MIXED_SHAPLEY, 1e-5);
        assert!(found.diagnostics.is_empty());
    }

    #[test]
    fn drawn_ones_come_near_within_their_error() {
        let found = block_on(kernel_shap(&mixed(), 62, 3)).unwrap();
        let Some(Diagnostic::Sampled { samples: 60, standard_errors }) = found.diagnostics.first() else {
            panic!("{:?}", found.diagnostics)
        };
        assert!(standard_errors.iter().any(|error| *error > 0.0), "{standard_errors:?}");
        near(&found.scores, &MIXED_SHAPLEY, 0.5);
        assert!(found.scores.iter().sum::<f32>().abs() < 1e-5);
        // Where players add up every draw says the same.
        let sum = Game(30, |there: &[usize]| Some(there.iter().map(|&player| player as f32).sum()));
        let found = block_on(kernel_shap(&sum, 200, 0)).unwrap();
        near(&found.scores, &(0..30).map(|player| player as f32).collect::<Vec<_>>(), 1e-3);
    }

    #[test]
    fn one_player_has_all_and_none_nothing() {
        let alone = Game(1, |there: &[usize]| Some(3.0 * there.len() as f32));
        near(&block_on(kernel_shap(&alone, 2, 0)).unwrap().scores, &[3.0], 1e-6);
        assert!(block_on(kernel_shap(&Game(0, |_: &[usize]| Some(2.0)), 2, 0)).unwrap().scores.is_empty());
    }

    #[test]
    fn too_few_runs_and_what_overflows_is_a_sentence() {
        let sentence =
            "kernel-shap needs budget to be at least 24 for this text, not 23; raise it, or shorten the text";
        assert_eq!(block_on(kernel_shap(&mixed(), 23, 0)).unwrap_err().to_string(), sentence);
        let huge = Game(3, |there: &[usize]| Some(if there.contains(&0) { f32::MAX } else { f32::MIN }));
        assert_eq!(block_on(kernel_shap(&huge, 8, 0)).unwrap_err(), Refusal::Overflow.into());
        let none = Game(2, |there: &[usize]| Some(if there.is_empty() { f32::NAN } else { 1.0 }));
        assert_eq!(block_on(kernel_shap(&none, 8, 0)).unwrap_err(), Refusal::Overflow.into());
    }
}
