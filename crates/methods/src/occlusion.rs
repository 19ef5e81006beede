//! Occlusion, also called leave-one-out.
//!
//! **Question.** What happens to the answer when one token is taken away?
//!
//! **Definition.**
//! ```text
//! O_i = F(x) − F(x without i)
//! ```
//! *Without* is one of: its id replaced by `[MASK]`; deleted, so that later positions move up; blocked, so that it keeps
//! its position but no query may attend to it and pooling leaves it out; its embedding replaced by the mean of the embedding
//! matrix; its id replaced by the token that ends a text.
//!
//! **Reads as.** Logits, signed: positive means that the token helped the target.
//!
//! **Cost.** One forward pass per token, in batches.
//!
//! **Limits.** One token at a time: two that say the same hide each other. The text without the token may look unlike
//! any text that the model has learned from. Scores do not sum to the difference of the values.
//!
//! **Source.** Zeiler, Fergus 2014, *Visualizing and Understanding Convolutional Networks*, section 4.2,
//! arXiv 1311.2901; for text Li, Monroe, Jurafsky 2016, *Understanding Neural Networks through Representation Erasure*,
//! equation 2, arXiv 1612.08220.
//!
//! **Differs from the source in** the unit: a difference of logits, not a relative change of log-probability.

use vitrine_model::KeyMask;
use vitrine_schema::Occlusion;
use vitrine_schema::protocol::Progress;

use crate::{Attribution, Context, MethodError, baseline};

/// Runs the method. The baseline is the text with every player taken away in the same manner.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, variant: Occlusion) -> Result<Attribution, MethodError> {
    let players = ctx.players();
    let whole = run(ctx, variant, &[Vec::new()]).await?;
    let logits = whole.into_iter().next().unwrap_or_default();
    let value = ctx.value_of(&logits);
    let blank = run(ctx, variant, std::slice::from_ref(&players)).await?;
    let baseline_value = ctx.value_of(blank.first().map_or(&[], Vec::as_slice));

    let mut scores = vec![0.0; ctx.input.tokens.len()];
    let mut done = 0;
    for batch in players.chunks(Context::rows_per_batch(ctx.input.tokens.len())) {
        ctx.monitor.tick(Progress { done, total: players.len() as u64 }).await?;
        let removals: Vec<Vec<usize>> = batch.iter().map(|&player| vec![player]).collect();
        let without = run(ctx, variant, &removals).await?;
        for (&player, logits) in batch.iter().zip(&without) {
            if let Some(score) = scores.get_mut(player) {
                *score = value - ctx.value_of(logits);
            }
        }
        done += batch.len() as u64;
    }
    Ok(Attribution { value, baseline_value, logits, scores, path: None, diagnostics: Vec::new() })
}

/// Logits of the text with each set of positions taken away; all sets of one call have the same size.
async fn run(ctx: &Context<'_>, variant: Occlusion, removals: &[Vec<usize>]) -> Result<Vec<Vec<f32>>, MethodError> {
    let ids = ctx.ids();
    let replaced = |removed: &Vec<usize>, by: u32| -> Vec<u32> {
        let at = |(position, &id): (usize, &u32)| if removed.contains(&position) { by } else { id };
        ids.iter().enumerate().map(at).collect()
    };
    let rows: Vec<Vec<u32>> = match variant {
        Occlusion::Mean => return with_mean(ctx, &ids, removals).await,
        Occlusion::Block => vec![ids; removals.len()],
        Occlusion::Delete => {
            let without = |removed: &Vec<usize>| {
                let kept = ids.iter().enumerate().filter(|(position, _)| !removed.contains(position));
                kept.map(|(_, &id)| id).collect()
            };
            removals.iter().map(without).collect()
        }
        Occlusion::Mask => {
            let by = baseline::require(ctx.mask_id, "[MASK]")?;
            removals.iter().map(|removed| replaced(removed, by)).collect()
        }
        Occlusion::Eos => {
            let by = baseline::require(ctx.eos_id, "end-of-text")?;
            removals.iter().map(|removed| replaced(removed, by)).collect()
        }
    };
    let mask = (variant == Occlusion::Block).then(|| KeyMask { blocked: removals.to_vec() });
    ctx.forward(ctx.model.embed(&rows)?, mask.as_ref()).await
}

/// The same with embeddings instead of ids: the mean of the matrix is the embedding of no token.
async fn with_mean(ctx: &Context<'_>, ids: &[u32], removals: &[Vec<usize>]) -> Result<Vec<Vec<f32>>, MethodError> {
    let table = ctx.model.word_embeddings();
    let (whole, mean) = (table.lookup(ids)?, table.mean());
    let mut values = Vec::with_capacity(whole.len() * removals.len());
    for removed in removals {
        for (position, row) in whole.chunks(table.d_model()).enumerate() {
            values.extend_from_slice(if removed.contains(&position) { &mean } else { row });
        }
    }
    ctx.forward(ctx.model.upload(values, removals.len(), ids.len())?, None).await
}
