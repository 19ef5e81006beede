//! Shapley values by running every coalition.
//!
//! **Question.** What does each token bring, on average over every company of other tokens that it could join?
//!
//! **Definition.**
//! ```text
//! φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (F(S ∪ {i}) − F(S))
//! ```
//! `F(S)` is the value with the players of `S` alone there; what absent means is said in `absence.rs`.
//!
//! **Reads as.** The unit of `F`, signed: positive means that the token, whenever it joins, tends to move the answer to the target.
//! Zero: it never matters, or what it does with some it undoes with others. The scores sum to `F(x) − F(∅)`.
//!
//! **Cost.** One forward pass for each of the `2^n` coalitions, in batches; at most 12 players.
//!
//! **Limits.** Most coalitions are texts full of holes, unlike what the model has learned from. What two tokens do together is
//! halved between them and cannot be seen any more.
//!
//! **Source.** Shapley 1953, *A Value for n-Person Games*, equation 12; for models Lundberg, Lee 2017, *A Unified Approach to
//! Interpreting Model Predictions*, equation 4, arXiv 1705.07874.

use vitrine_schema::diagnostic::Refusal;

use crate::chance::Chance;
use crate::trail::{MOST, Step};
use crate::values::{Removing, Shares, all_known};
use crate::{Attribution, Context, MethodError, Removal, ValueFunction};

/// 4,096 coalitions.
const MOST_PLAYERS: usize = 12;

/// Runs the method.
///
/// # Errors
/// [`Refusal::TooManyPlayers`], [`Refusal::NothingWouldBeLeft`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Removing) -> Result<Attribution, MethodError> {
    let players = ctx.players(config.hold_first);
    if players.len() > MOST_PLAYERS {
        return Err(Refusal::TooManyPlayers { most: MOST_PLAYERS, found: players.len() }.into());
    }
    let shares = shapley(&Removal::new(ctx, &players, config.variant)).await?;
    Ok(shares.attribution(ctx, &players))
}

/// Shapley values of a game by definition; a coalition is named by the bits of those who are absent.
async fn shapley(values: &dyn ValueFunction) -> Result<Shares, MethodError> {
    let n = values.n_players();
    let members = |bits: usize| (0..n).filter(|player| bits >> player & 1 == 1).collect::<Vec<_>>();
    let absent: Vec<Vec<usize>> = (0..1 << n).map(members).collect();
    let found = all_known(values, &absent).await?;
    let value = |bits: usize| found.get(bits).copied().unwrap_or(f64::NAN);
    // |S|! (n − |S| − 1)! / n! is one over n times the number of ways to choose S from the n − 1 others.
    let mut weights = vec![1.0 / n.max(1) as f64];
    for size in 1..n {
        weights.push(weights[size - 1] * size as f64 / (n - size) as f64);
    }
    let score = |player: usize| {
        let without = (0..found.len()).filter(|bits| bits >> player & 1 == 1);
        let gain = |bits: usize| weights[n - bits.count_ones() as usize] * (value(bits & !(1 << player)) - value(bits));
        without.map(gain).sum::<f64>()
    };
    let scores: Vec<f64> = (0..n).map(score).collect();
    let steps = settling(n, &scores, value);
    Ok(Shares::new(value(0), value(found.len() - 1), &scores, Vec::new())?.after(steps, found.len()))
}

/// Players joining one by one in random orders, and the mean of what each brought so far; in the end the mean over all orders.
fn settling(n: usize, scores: &[f64], value: impl Fn(usize) -> f64) -> Vec<Step> {
    let mut chance = Chance::seeded(0);
    let (mut sums, mut counts) = (vec![0.0; n], vec![0usize; n]);
    let mut steps = Vec::new();
    for _ in 0..MOST / n.max(1) {
        let mut absent = (1 << n) - 1;
        for player in chance.order(n) {
            let before = absent;
            absent &= !(1 << player);
            sums[player] += value(absent) - value(before);
            counts[player] += 1;
            let mean = |(sum, count): (&f64, &usize)| sum / (*count).max(1) as f64;
            let scores = sums.iter().zip(&counts).map(mean).collect();
            let away = (0..n).filter(|player| absent >> player & 1 == 1).collect();
            let number = steps.len() + 1;
            steps.push(Step { number, absent: away, value: Some(value(absent)), scores, ..Step::default() });
        }
    }
    steps.push(Step { number: 1 << n, value: Some(value(0)), scores: scores.to_vec(), ..Step::default() });
    steps
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::values::game::{Game, MIXED_SHAPLEY, mixed, near};

    #[test]
    fn twins_share_partners_halve_and_idlers_get_nothing() {
        let found = block_on(shapley(&mixed())).unwrap();
        near(&found.scores, &MIXED_SHAPLEY, 1e-6);
        assert_eq!((found.value, found.blank), (0.5, 0.5));
    }

    #[test]
    fn a_majority_of_three_is_thirds() {
        let majority = Game(3, |there: &[usize]| Some(if there.len() > 1 { 1.0 } else { 0.0 }));
        near(&block_on(shapley(&majority)).unwrap().scores, &[1.0 / 3.0; 3], 1e-6);
    }

    #[test]
    fn nobody_gets_nothing_and_without_a_blank_there_is_a_sentence() {
        assert!(block_on(shapley(&Game(0, |_: &[usize]| Some(2.0)))).unwrap().scores.is_empty());
        let error = block_on(shapley(&Game(2, |there: &[usize]| (!there.is_empty()).then_some(1.0)))).unwrap_err();
        assert_eq!(error, Refusal::NothingWouldBeLeft.into());
    }
}
