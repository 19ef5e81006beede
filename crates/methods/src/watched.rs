//! Forward passes during which others have their turn between layers.

use burn::tensor::Tensor;
use vitrine_model::{Flow, Hooks, KeyMask, KvCache, Model};

use crate::{Cancelled, Monitor};

/// Logits of embedded tokens.
///
/// # Shapes
/// word_embed `[batch, pos, d_model]` to `[batch, class]` or `[batch, d_vocab]`.
///
/// # Errors
/// [`Cancelled`].
pub async fn logits(
    model: &Model,
    word_embed: Tensor<3>,
    mask: Option<&KeyMask>,
    hooks: &mut Hooks,
    monitor: &dyn Monitor,
) -> Result<Tensor<2>, Cancelled> {
    let mut flow = Flow::enter(model, word_embed, mask, None, hooks);
    while !flow.is_done() {
        flow = flow.step(None, hooks);
        monitor.turn().await?;
    }
    Ok(flow.logits(None, hooks))
}

/// The normalized stream at the end of a model of language; with a cache the tokens follow those that were run before.
///
/// # Shapes
/// word_embed `[batch, pos, d_model]` to the same.
///
/// # Errors
/// [`Cancelled`]; the cache is then of no more use.
pub async fn normalized(
    model: &Model,
    word_embed: Tensor<3>,
    mut cache: Option<&mut KvCache>,
    hooks: &mut Hooks,
    monitor: &dyn Monitor,
) -> Result<Tensor<3>, Cancelled> {
    let mut flow = Flow::enter(model, word_embed, None, cache.as_deref(), hooks);
    while !flow.is_done() {
        flow = flow.step(cache.as_deref_mut(), hooks);
        monitor.turn().await?;
    }
    Ok(flow.normalized(None, hooks))
}
