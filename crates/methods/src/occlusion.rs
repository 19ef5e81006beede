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
//! any text that the model has learned from. Scores do not sum to the difference of the values. Where deleting leaves no
//! token at all (a model of language has no special ones around the text) there is nothing to run: the score is 0, and so
//! is F(x) minus the baseline's value, and a remark says so.
//!
//! **Source.** Zeiler, Fergus 2014, *Visualizing and Understanding Convolutional Networks*, section 4.2,
//! arXiv 1311.2901; for text Li, Monroe, Jurafsky 2016, *Understanding Neural Networks through Representation Erasure*,
//! equation 2, arXiv 1612.08220.
//!
//! **Differs from the source in** the unit: a difference of logits, not a relative change of log-probability.

use vitrine_model::KeyMask;
use vitrine_schema::protocol::Progress;
use vitrine_schema::{Diagnostic, Occlusion};

use crate::{Attribution, Context, MethodError, baseline};

/// Runs the method. The baseline is the text with every player taken away in the same manner.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, variant: Occlusion) -> Result<Attribution, MethodError> {
    let players = ctx.players();
    let whole = ctx.forward(ctx.model.embed(&[ctx.ids()])?, None).await?;
    let logits = whole.into_iter().next().unwrap_or_default();
    let value = ctx.value_of(&logits);
    let blank = run(ctx, variant, std::slice::from_ref(&players)).await?.into_iter().flatten().next();

    let mut scores = vec![0.0; ctx.input.tokens.len()];
    let mut diagnostics = Vec::new();
    let removals: Vec<Vec<usize>> = players.iter().map(|&player| vec![player]).collect();
    let without = run(ctx, variant, &removals).await?;
    for (&player, without) in players.iter().zip(without) {
        match (without, scores.get_mut(player)) {
            (Some(without), Some(score)) => *score = value - without,
            _ => diagnostics.push(nothing_left(ctx, Some(player))),
        }
    }
    if blank.is_none() && diagnostics.is_empty() {
        diagnostics.push(nothing_left(ctx, None));
    }
    let baseline_value = blank.unwrap_or(value);
    Ok(Attribution { value, baseline_value, logits, scores, path: None, diagnostics })
}

fn nothing_left(ctx: &Context<'_>, position: Option<usize>) -> Diagnostic {
    let token = position.and_then(|position| ctx.input.tokens.get(position));
    let text = token.map_or(&ctx.input.text, |token| &token.text).clone();
    Diagnostic::NothingLeft { position, text }
}

/// `F` of the text with each set of positions taken away; `None` where nothing is left.
async fn run(ctx: &Context<'_>, variant: Occlusion, removals: &[Vec<usize>]) -> Result<Vec<Option<f32>>, MethodError> {
    let ids = ctx.ids();
    let replaced = |removed: &Vec<usize>, by: u32| -> Vec<u32> {
        let at = |(position, &id): (usize, &u32)| if removed.contains(&position) { by } else { id };
        ids.iter().enumerate().map(at).collect()
    };
    let rows: Vec<Vec<u32>> = match variant {
        Occlusion::Mean | Occlusion::Block => return in_place(ctx, variant, &ids, removals).await,
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
    ctx.values_of_ids(&rows).await
}

/// The variants that are more than other ids: every token keeps its place, some are hidden or lose their embedding.
async fn in_place(
    ctx: &Context<'_>,
    variant: Occlusion,
    ids: &[u32],
    removals: &[Vec<usize>],
) -> Result<Vec<Option<f32>>, MethodError> {
    let mut found = Vec::with_capacity(removals.len());
    for batch in removals.chunks(Context::rows_per_batch(ids.len())) {
        ctx.monitor.tick(Progress { done: found.len() as u64, total: removals.len() as u64 }).await?;
        let logits = if variant == Occlusion::Mean {
            with_mean(ctx, ids, batch).await?
        } else {
            let mask = KeyMask { blocked: batch.to_vec() };
            ctx.forward(ctx.model.embed(&vec![ids.to_vec(); batch.len()])?, Some(&mask)).await?
        };
        found.extend(logits.iter().map(|logits| Some(ctx.value_of(logits))));
    }
    Ok(found)
}

/// Embeddings instead of ids: the mean of the matrix is the embedding of no token.
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
