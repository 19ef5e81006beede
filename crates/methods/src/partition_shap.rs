//! PartitionSHAP: Owen values on a tree of the text.
//!
//! **Question.** What does each group of neighbours bring, and within it each token?
//!
//! **Definition.** A group with halves `l` and `r` joins others who are there; `f00` is the value without both halves, `f10` with the
//! left one, `f01` with the right one, `f11` with both.
//! ```text
//! left ½ (f10 − f00) + ½ (f11 − f01)     right ½ (f01 − f00) + ½ (f11 − f10)
//! ```
//! Each half is taken apart in both contexts in the same way, with half the weight; the largest `|Δ| · weight` first. Where the
//! budget is spent the players of a group that is still whole share alike. The tree is that of `text_tree.rs`.
//!
//! **Reads as.** The unit of `F`, signed. The scores sum to `F(x) − F(∅)`.
//!
//! **Cost.** At most `budget` forward passes, about `n²` for a balanced tree of `n` players, in batches.
//!
//! **Limits.** Tokens are joined by spelling, not by what they mean; of players in different groups many companies are never
//! looked at, so the scores are not Shapley values.
//!
//! **Source.** Owen 1977, *Values of Games with a Priori Unions*; shap 0.51, `explainers/_partition.py`.
//!
//! **Differs from the source in** what is away: ids are replaced, where the library writes the rest as text and reads it again, which
//! changes the pieces of a word that is cut. A set of players is run once and counts once; who is no player gets no share.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use serde::Deserialize;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{Diagnostic, MethodId};

use crate::text_tree::{Group, Leaf, tree};
use crate::trail::{MOST, MOST_PLAYERS, Step};
use crate::values::{Removing, Shares, all_known};
use crate::{Attribution, Context, MethodError, Removal, ValueFunction};

/// Groups that are taken apart together, so that the model has rows to run in a batch.
const TOGETHER: usize = 8;

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
pub async fn attribute(ctx: &Context<'_>, config: &Config) -> Result<Attribution, MethodError> {
    let players = ctx.players(config.removing.hold_first);
    let removal = Removal::new(ctx, &players, config.removing.variant);
    let tree = tree(&Leaf::all(&ctx.input.tokens, &players, ctx.causal()));
    let shares = owen(&removal, &tree, config.budget).await?;
    Ok(shares.attribution(ctx, &players))
}

/// A group that joins a company.
struct Joining {
    group: usize,
    /// Who is absent before it joins, itself included.
    absent: Vec<usize>,
    /// The value before.
    without: f64,
    /// The value after.
    with: f64,
    weight: f64,
    /// Of groups that move the value as much the one that came first is next.
    number: usize,
}

impl Joining {
    fn gain(&self) -> f64 {
        (self.with - self.without) * self.weight
    }
}

impl Ord for Joining {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain().abs().total_cmp(&other.gain().abs()).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Joining {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Joining {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Joining {}

/// Owen values of a game on a tree of its players.
async fn owen(values: &dyn ValueFunction, tree: &[Group], budget: usize) -> Result<Shares, MethodError> {
    let n = values.n_players();
    let needed = 4.min(1 << n.min(2));
    if budget < needed {
        let (method, name) = (MethodId::PartitionShap.to_string(), "budget".to_owned());
        return Err(Refusal::TooFewRuns { method, name, needed, found: budget }.into());
    }
    let everybody: Vec<usize> = (0..n).collect();
    let ends = [Vec::new(), everybody.clone()];
    let [value, blank] = *all_known(values, &ends).await? else { return Err(Refusal::NothingWouldBeLeft.into()) };
    let mut run: BTreeSet<Vec<usize>> = ends.into_iter().collect();
    let mut scores = vec![0.0; n];
    let mut waiting = BinaryHeap::new();
    if let Some(group) = tree.len().checked_sub(1) {
        waiting.push(Joining { group, absent: everybody, without: blank, with: value, weight: 1.0, number: 0 });
    }
    let (mut number, mut steps) = (0, Vec::new());
    loop {
        let mut apart = Vec::new();
        let mut sets = Vec::new();
        while apart.len() < TOGETHER
            && let Some(joining) = waiting.pop()
        {
            let Group { players, halves: Some([left, right]) } = &tree[joining.group] else {
                tree[joining.group].players.iter().for_each(|&player| scores[player] += joining.gain());
                continue;
            };
            debug_assert!(players.len() > 1, "halves are not empty");
            let with = [left, right].map(|&half| less(&joining.absent, &tree[half].players));
            let new = with.iter().filter(|set| !run.contains(*set)).count();
            if run.len() + new > budget {
                waiting.push(joining);
                break;
            }
            run.extend(with.iter().cloned());
            sets.extend(with);
            apart.push((joining, *left, *right));
        }
        if apart.is_empty() {
            break;
        }
        let found = all_known(values, &sets).await?;
        for ((joining, left, right), (values, sets)) in apart.into_iter().zip(found.chunks(2).zip(sets.chunks(2))) {
            let ([f10, f01], [with_left, with_right]) = (values, sets) else { continue };
            let (f00, f11, absent) = (joining.without, joining.with, &joining.absent);
            let halves = [
                (left, absent, f00, *f10),
                (left, with_right, *f01, f11),
                (right, absent, f00, *f01),
                (right, with_left, *f10, f11),
            ];
            for (group, absent, without, with) in halves {
                number += 1;
                let (absent, weight) = (absent.clone(), 0.5 * joining.weight);
                waiting.push(Joining { group, absent, without, with, weight, number });
            }
        }
        if n <= MOST_PLAYERS && steps.len() < MOST {
            steps.push(Step {
                number: run.len(),
                absent: sets.pop().unwrap_or_default(),
                value: found.last().copied(),
                ..apart_so_far(tree, &scores, &waiting)
            });
        }
    }
    let mut diagnostics = Vec::new();
    if !waiting.is_empty() {
        diagnostics.push(Diagnostic::BudgetSpent { budget });
    }
    let last = apart_so_far(tree, &scores, &waiting);
    let scores = last.scores.clone();
    steps.push(Step { number: run.len(), value: Some(value), ..last });
    Ok(Shares::new(value, blank, &scores, diagnostics)?.after(steps, run.len()))
}

/// What the players have so far, when groups that wait to be taken apart share alike.
fn apart_so_far(tree: &[Group], settled: &[f64], waiting: &BinaryHeap<Joining>) -> Step {
    let mut scores = settled.to_vec();
    let mut together: Vec<Vec<usize>> = Vec::new();
    for joining in waiting {
        let players = &tree[joining.group].players;
        players.iter().for_each(|&player| scores[player] += joining.gain() / players.len() as f64);
        if players.len() > 1 && !together.contains(players) {
            together.push(players.clone());
        }
    }
    together.sort();
    Step { scores, together, ..Step::default() }
}

/// Those who are absent, less some.
fn less(absent: &[usize], some: &[usize]) -> Vec<usize> {
    absent.iter().filter(|player| !some.contains(player)).copied().collect()
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::text_tree::tests::leaves;
    use crate::values::game::{Game, mixed, near};

    fn owen_of(words: &str, game: &dyn ValueFunction, budget: usize) -> Shares {
        block_on(owen(game, &tree(&leaves(words)), budget)).unwrap()
    }

    #[test]
    fn groups_share_first_then_their_members() {
        // Who bring something only all together: halves of halves.
        let all = Game(3, |there: &[usize]| Some(if there.len() == 3 { 1.0 } else { 0.0 }));
        near(&owen_of("[CLS] a great movie [SEP]", &all, 8).scores, &[0.5, 0.25, 0.25], 1e-6);
        let found = owen_of("a b c d e f", &mixed(), 100);
        near(&[found.scores.iter().sum()], &[found.value - found.blank], 1e-6);
        assert!(found.scores[5].abs() < 1e-6 && found.diagnostics.is_empty());
        // Two who say the same share it, also across groups.
        assert!((found.scores[1] - found.scores[2]).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn where_the_budget_ends_a_group_shares_alike() {
        let sum = Game(4, |there: &[usize]| Some(there.iter().map(|&player| [5.0, 1.0, 0.5, 0.5][player]).sum()));
        let found = owen_of("a b c d", &sum, 4);
        near(&found.scores, &[3.0, 3.0, 0.5, 0.5], 1e-6);
        assert_eq!(found.diagnostics, [Diagnostic::BudgetSpent { budget: 4 }]);
        assert!(owen_of("a b c d", &sum, 16).diagnostics.is_empty());
    }

    #[test]
    fn too_few_runs_and_what_overflows_is_a_sentence() {
        let refused = |game: &dyn ValueFunction, budget| {
            block_on(owen(game, &tree(&leaves("a b")), budget)).unwrap_err().to_string()
        };
        let sentence =
            "partition-shap needs budget to be at least 4 for this text, not 3; raise it, or shorten the text";
        assert_eq!(refused(&Game(2, |_: &[usize]| Some(1.0)), 3), sentence);
        let huge = Game(2, |there: &[usize]| Some(if there.contains(&0) { f32::MAX } else { f32::MIN }));
        assert_eq!(refused(&huge, 4), Refusal::Overflow.to_string());
        let none = Game(2, |there: &[usize]| Some(if there.len() == 1 { f32::INFINITY } else { 0.0 }));
        assert_eq!(refused(&none, 4), Refusal::Overflow.to_string());
        near(
            &block_on(owen(&Game(1, |there: &[usize]| Some(there.len() as f32)), &tree(&leaves("a")), 2))
                .unwrap()
                .scores,
            &[1.0],
            0.0,
        );
        assert!(block_on(owen(&Game(0, |_: &[usize]| Some(2.0)), &[], 2)).unwrap().scores.is_empty());
    }
}
