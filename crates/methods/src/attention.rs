//! Attention maps, what heads do, and rollout.
//!
//! **Question.** Where does each head look, and what is it for?
//!
//! **Definition.** The patterns are the model's own. The scores are means over a sequence of random tokens of length `n` that is
//! repeated once, `q` over the second half:
//! ```text
//! previous token  mean A[q, q − 1]      duplicate token  mean A[q, q − n]      induction  mean A[q, q − n + 1]
//! rollout         Â_l = ½ mean_h A_l + ½ I,   R_l = Â_l R_{l−1}, of the row that the answer is read from
//! ```
//!
//! **Reads as.** Weights from 0 to 1. A score near 1: the head does this and nothing else.
//!
//! **Cost.** One forward pass; one more for the scores, once per model.
//!
//! **Limits.** Where it looks is not why: a head may look at a token and carry nothing from it. Rollout is a heuristic, not a
//! causal effect; in a causal model it drifts to the first token, which attends only to itself.
//!
//! **Source.** Olsson et al. 2022, *In-context Learning and Induction Heads*, arXiv 2209.11895; Abnar, Zuidema 2020,
//! *Quantifying Attention Flow in Transformers*, arXiv 2005.00928, section 3.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_model::{Hooks, Model};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inside::HeadScores;
use vitrine_schema::{BlockSite, MethodId, Site};

use crate::{Context, MethodError, Monitor, watched};

/// Tokens of the probe sequence before it is repeated.
const PROBE_TOKENS: usize = 24;
/// Control tokens stand at the start of vocabularies; the probe leaves them out.
const FIRST_PROBE_ID: u32 = 100;
/// Weights that are read back for one text: 256 tokens of thirty layers of nine heads, 70 MB.
const MOST_WEIGHTS: usize = 256 * 256 * 30 * 9;

/// The patterns of a run, `[layer, head, query_pos, key_pos]` row-major.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn patterns(model: &Model, ids: &[u32], monitor: &dyn Monitor) -> Result<Vec<f32>, MethodError> {
    patterns_of(model, ids, 0..model.config().n_layers, monitor).await
}

/// The same of some layers alone.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
async fn patterns_of(
    model: &Model,
    ids: &[u32],
    layers: Range<usize>,
    monitor: &dyn Monitor,
) -> Result<Vec<f32>, MethodError> {
    let sites: Vec<Site> = layers.map(|layer| Site::block(layer, BlockSite::Pattern)).collect();
    let mut hooks = Hooks::observing(sites.iter().copied());
    // The answer itself is not needed here.
    let _ = watched::logits(model, model.embed(&[ids.to_vec()])?, &mut hooks, monitor).await?;
    let mut trace = hooks.into_readback()?.read().await?;
    Ok(sites.iter().filter_map(|site| trace.remove(site)).flat_map(|activation| activation.values).collect())
}

/// The patterns of some layers, for a method that may have to refuse a long text.
///
/// # Errors
/// [`Refusal::TextTooLong`], [`MethodError`].
pub(crate) async fn patterns_for(
    ctx: &Context<'_>,
    method: MethodId,
    layers: Range<usize>,
) -> Result<Vec<f32>, MethodError> {
    let maps = (layers.len() * ctx.model.config().n_heads).max(1);
    refuse_longer(ctx, method, (MOST_WEIGHTS / maps).isqrt())?;
    patterns_of(ctx.model, &ctx.ids(), layers, ctx.monitor).await
}

/// Refuses a text of more tokens than that.
///
/// # Errors
/// [`Refusal::TextTooLong`].
pub(crate) fn refuse_longer(ctx: &Context<'_>, method: MethodId, most: usize) -> Result<(), Refusal> {
    match ctx.input.tokens.len() {
        found if found > most => Err(Refusal::TextTooLong { method: method.to_string(), most, found }),
        _ => Ok(()),
    }
}

/// The mean over heads of one layer's patterns.
///
/// # Shapes
/// `[head, query_pos, key_pos]` to `[query_pos, key_pos]`.
pub(crate) fn mean_of_heads(layer: &[f32], n_heads: usize, pos: usize) -> Vec<f32> {
    let mut mean = vec![0.0; pos * pos];
    for head in layer.chunks((pos * pos).max(1)) {
        mean.iter_mut().zip(head).for_each(|(mean, weight)| *mean += weight / n_heads as f32);
    }
    mean
}

/// Scores of every head, by layer, then head.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn head_scores(model: &Model, monitor: &dyn Monitor) -> Result<Vec<HeadScores>, MethodError> {
    let config = model.config();
    let n = PROBE_TOKENS.min(config.n_positions / 2);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let d_vocab = config.d_vocab as u32;
    let first = FIRST_PROBE_ID.min(d_vocab / 2);
    let half: Vec<u32> = (0..n).map(|_| first + random.next_u32() % (d_vocab - first).max(1)).collect();
    let patterns = patterns(model, &[half.as_slice(), &half].concat(), monitor).await?;
    let pos = 2 * n;
    let mean = |pattern: &[f32], back: usize| {
        let weights = (n..pos).filter_map(|query| pattern.get(query * pos + query - back));
        weights.sum::<f32>() / n.max(1) as f32
    };
    let scores = |pattern: &[f32]| HeadScores {
        previous_token: mean(pattern, 1),
        duplicate_token: mean(pattern, n),
        induction: mean(pattern, n.saturating_sub(1)),
    };
    Ok(patterns.chunks((pos * pos).max(1)).map(scores).collect())
}

/// Rollout of the positions that are read, shares of each; one share per token comes out, and they sum to what went in.
#[must_use]
pub fn rollout(patterns: &[f32], n_heads: usize, read: Vec<f32>) -> Vec<f32> {
    // Read from the last layer down, only one row is ever needed: r ← r Â_l.
    let pos = read.len();
    let mut row = read;
    for layer in patterns.chunks((n_heads * pos * pos).max(1)).rev() {
        let mut next: Vec<f32> = row.iter().map(|share| 0.5 * share).collect();
        for head in layer.chunks(pos * pos) {
            for (share, weights) in row.iter().zip(head.chunks(pos)) {
                for (slot, weight) in next.iter_mut().zip(weights) {
                    *slot += 0.5 * share * weight / n_heads as f32;
                }
            }
        }
        row = next;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rollout_of_looking_back_by_one_spreads_as_a_binomial() {
        // Two layers, one head, three tokens; each token looks at the one before it, the first at itself.
        let back = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let rolled = |read: [f32; 3]| rollout(&[back, back].concat(), 1, read.to_vec());
        assert_eq!(rolled([0.0, 0.0, 1.0]), [0.25, 0.5, 0.25]);
        // A head that pools the mean reads every row.
        assert_eq!(rolled([0.5, 0.0, 0.5]), [0.625, 0.25, 0.125]);
    }
}
