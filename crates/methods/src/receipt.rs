//! The receipt: words taken out in the order of the scores, and what becomes of the answer.
//!
//! **Question.** Do the words that were given the largest scores move the answer more than any others would?
//!
//! **Definition.** With the players in the order of `score · sign(F(x) − F(∅))`, the largest first, ties by position, and of an
//! unsigned method by score:
//! ```text
//! deletion_k  = F(x without the first k),  k = 0…n
//! insertion_k = F(the first k alone),      k = 0…n
//! r = mean_k (F(x) − deletion_k) / mean over random orders of the same,  k = 1…n−1
//! comprehensiveness_k = p(x) − p(x without the first k)
//! sufficiency_k       = p(x) − p(the first k alone),  k = 1…n
//! ```
//! `p` is the probability of the model's own answer to the whole text.
//!
//! **Reads as.** `r` of 1: no better than chance. High comprehensiveness and low sufficiency are good.
//!
//! **Cost.** About `4n` passes for the scores' own order and its reverse, and up to `40n` for twenty random orders; equal sets
//! run once. Other blanks cost as many runs of the method.
//!
//! **Limits.** Texts with holes are unlike what the model learned from, so a removal measures that too. Few words have few
//! orders.
//!
//! **Source.** Samek et al. 2017, *Evaluating the Visualization of What a Deep Neural Network Has Learned*, section III,
//! arXiv 1509.06321; DeYoung et al. 2020, *ERASER*, section 4, arXiv 1911.03429.
//!
//! **Differs from the source in** every `k`, where ERASER takes percentages, which of short texts select no word; and in the
//! random orders, which are twenty of this very text.

use std::collections::BTreeMap;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::receipt::{Answered, Curves, Receipt, Stability, Trust, TrustId};
use vitrine_schema::work::Said;
use vitrine_schema::{Absence, Baseline, Diagnostic, MethodId, Verdict};

use crate::chance::Chance;
use crate::kendall::tau_b;
use crate::registry::{Explained, scores};
use crate::{Attribution, Context, MethodError, Removal};

/// Seeds that a method which draws is run with.
const SEEDS: u64 = 3;

/// Measures how far an attribution can be trusted. The context has to [listen](crate::Memo::listen); `name` says what an
/// answer is called; `told` is called once the verdict is known, before other blanks and other seeds are run.
///
/// # Errors
/// [`MethodError`].
pub async fn measure(
    ctx: &Context<'_>,
    id: MethodId,
    explained: &Explained,
    seed: u64,
    name: &dyn Fn(&Said) -> Answered,
    told: &dyn Fn(&Receipt),
) -> Result<Receipt, MethodError> {
    let players = ctx.players(explained.params.flag("hold_first"));
    let by_player = |scores: &[f32]| -> Vec<f32> {
        players
            .iter()
            .map(|player| player.first().and_then(|&first| scores.get(first)).copied().unwrap_or(0.0))
            .collect()
    };
    let given = by_player(&explained.attribution.scores);
    let signed = id.signed(&explained.params);
    let removed_by = match ctx.stand_ins.mask {
        Some(_) if !ctx.causal() => Absence::Mask,
        _ => Absence::Mean,
    };
    let removal = Removal::new(ctx, &players, removed_by);
    let n = players.len();

    let ends = removal.answers(&[Vec::new(), (0..n).collect()]).await?;
    let [Some((whole, _)), Some((blank, _))] = *ends else { return Err(Refusal::NothingWouldBeLeft.into()) };
    let order = order(&given, signed, whole - blank);
    let reverse: Vec<usize> = order.iter().rev().copied().collect();
    let mut random = Chance::seeded(seed);
    let shuffled: Vec<Vec<usize>> = (0..Receipt::RANDOM_ORDERS).map(|_| random.order(n)).collect();

    let orders: Vec<&Vec<usize>> = [&order, &reverse].into_iter().chain(&shuffled).collect();
    let found: Option<Vec<(f32, Said)>> = removal.answers(&absences(&orders, n)).await?.into_iter().collect();
    let found = found.ok_or(Refusal::NothingWouldBeLeft)?;
    if !found.iter().all(|(value, _)| value.is_finite()) {
        return Err(Refusal::Overflow.into());
    }
    let (deleted, rest) = found.split_at(orders.len() * (n + 1));
    let (inserted, alone) = rest.split_at(orders.len() * (n + 1));

    let without: Vec<f32> = alone.iter().map(|(value, _)| whole - value).collect();
    let own = |rows: &[(f32, Said)]| -> Vec<f32> {
        let probabilities = rows.iter().take(n + 1).skip(1).map(|(_, said)| said.own);
        let before = deleted.first().and_then(|(_, said)| said.own);
        probabilities.filter_map(|after| Some(before? - after?)).collect()
    };
    let size =
        |scores: &[f32]| scores.iter().map(|score| if signed { *score } else { score.abs() }).collect::<Vec<_>>();
    let mut receipt = Receipt {
        removed_by,
        kendall_tau_loo: tau_b(&size(&given), &size(&without)),
        removal: without,
        deletion: curves(deleted, n, name),
        comprehensiveness: own(deleted),
        sufficiency: own(inserted),
        insertion: curves(inserted, n, name),
        baseline_spread: BTreeMap::new(),
        baseline_values: BTreeMap::new(),
        stability: None,
        figures: None,
        verdict: Trust { id: TrustId::Untested, sentence: None },
    };
    receipt.verdict.id = receipt.judged(explained.check.verdict != Verdict::Fail);
    told(&receipt);
    for (name, found) in spread(ctx, id, explained, seed).await? {
        receipt.baseline_values.insert(name.clone(), found.baseline_value);
        receipt.baseline_spread.insert(name, found.scores);
    }
    receipt.stability = stability(ctx, id, explained, seed).await?;
    Ok(receipt)
}

/// Who is away: the first of each order, its last, and each player alone. Everything in one go, so that rows of one length are
/// run together and how far it is counts all of it.
fn absences(orders: &[&Vec<usize>], n: usize) -> Vec<Vec<usize>> {
    let gone = orders.iter().flat_map(|order| (0..=n).map(|k| order[..k].to_vec()));
    let come = orders.iter().flat_map(|order| (0..=n).map(|k| order[k..].to_vec()));
    gone.chain(come).chain((0..n).map(|player| vec![player])).collect()
}

/// The players, those that pushed the answer the way it went first.
fn order(scores: &[f32], signed: bool, change: f32) -> Vec<usize> {
    let sign = if signed && change < 0.0 { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| (sign * scores[b]).total_cmp(&(sign * scores[a])));
    order
}

/// Values of the scores' own order, of its reverse, and of the random ones, `n + 1` of each.
fn curves(rows: &[(f32, Said)], n: usize, name: &dyn Fn(&Said) -> Answered) -> Curves {
    let values = |rows: &[(f32, Said)]| rows.iter().map(|(value, _)| *value).collect::<Vec<f32>>();
    let mut orders = rows.chunks(n + 1);
    let first = orders.next().unwrap_or_default();
    Curves {
        curve: values(first),
        answers: first.iter().map(|(_, said)| name(said)).collect(),
        reverse: values(orders.next().unwrap_or_default()),
        random: orders.map(values).collect(),
    }
}

/// What is found with each other blank, of integrated gradients, or with each other way of taking away, of occlusion.
async fn spread(
    ctx: &Context<'_>,
    id: MethodId,
    explained: &Explained,
    seed: u64,
) -> Result<BTreeMap<String, Attribution>, MethodError> {
    let names: &[&str] = match (id, ctx.causal()) {
        (MethodId::IntegratedGradients, false) => &["mask", "pad", "zero", "mean"],
        (MethodId::IntegratedGradients, true) => &["mean", "eos"],
        (MethodId::Occlusion, _) => &["mask", "mean", "delete", "block-attention"],
        _ => &[],
    };
    let mut found = BTreeMap::new();
    for &name in names {
        let here = match name {
            "mask" => ctx.stand_ins.mask.is_some() && !ctx.causal(),
            _ => Baseline::named(name).is_none() || matches!(name, "zero" | "mean") || ctx.stand_ins.id(name).is_ok(),
        };
        if !here {
            continue;
        }
        let mut params = explained.params.clone();
        if id == MethodId::IntegratedGradients {
            // As many nodes as were used, and no more.
            let nodes = params.0.get("nodes").cloned().unwrap_or_default();
            params.0.insert("max_nodes".to_owned(), nodes);
            params.0.insert("baseline".to_owned(), name.into());
        } else {
            params.0.insert("variant".to_owned(), name.into());
        }
        found.insert(name.to_owned(), scores(ctx, id, &mut params, seed).await?);
    }
    Ok(found)
}

/// The scores of two more seeds beside those that were found, of a method that draws.
async fn stability(
    ctx: &Context<'_>,
    id: MethodId,
    explained: &Explained,
    seed: u64,
) -> Result<Option<Stability>, MethodError> {
    let drawn = |remark: &Diagnostic| matches!(remark, Diagnostic::Sampled { .. } | Diagnostic::Fitted { .. });
    if !explained.attribution.diagnostics.iter().any(drawn) {
        return Ok(None);
    }
    let mut found = Stability { seeds: vec![seed], scores: vec![explained.attribution.scores.clone()] };
    for more in 1..SEEDS {
        let other = seed.wrapping_add(more);
        found.scores.push(scores(ctx, id, &mut explained.params.clone(), other).await?.scores);
        found.seeds.push(other);
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pushed_the_answer_its_way_goes_first() {
        let scores = [0.5, -2.0, 0.5, 1.0];
        assert_eq!(order(&scores, true, 1.0), [3, 0, 2, 1]);
        assert_eq!(order(&scores, true, -1.0), [1, 0, 2, 3]);
        assert_eq!(order(&[0.5, 2.0, 0.5], false, -1.0), [1, 0, 2]);
    }

    #[test]
    fn what_is_run_is_what_is_expected() {
        for n in [1, 2, 3, 4, 6, 9, 12, 30] {
            let mut random = Chance::seeded(7);
            let own: Vec<usize> = (0..n).collect();
            let reverse = own.iter().rev().copied().collect();
            let shuffled: Vec<Vec<usize>> = (0..Receipt::RANDOM_ORDERS).map(|_| random.order(n)).collect();
            let orders: Vec<&Vec<usize>> = [&own, &reverse].into_iter().chain(&shuffled).collect();
            let mut sets = absences(&orders, n);
            sets.iter_mut().for_each(|set| set.sort_unstable());
            sets.sort();
            sets.dedup();
            let (run, expected) = (sets.len() as f64, Receipt::runs(n));
            assert!((run - expected).abs() < 0.06 * run, "{n}: {run} and {expected}");
        }
    }

    #[test]
    fn a_random_order_holds_everyone_once_and_follows_its_seed() {
        let drawn = |seed| {
            let mut random = Chance::seeded(seed);
            (0..600).map(|_| random.order(4)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(3), drawn(3));
        assert_ne!(drawn(3), drawn(4));
        let mut first = [0; 4];
        for order in drawn(5) {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
            first[order[0]] += 1;
        }
        assert!(first.iter().all(|count| (110..190).contains(count)), "{first:?}");
        assert!(Chance::seeded(0).order(0).is_empty());
    }
}
