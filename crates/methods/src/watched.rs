//! Forward passes during which others have their turn between layers.

use burn::tensor::Tensor;
use vitrine_model::{Flow, Hooks, KeyMask, KvCache, Model};

use crate::{Cancelled, Monitor};

/// Embedded tokens run to the end of the stream; with a cache they follow those that were run before.
///
/// # Shapes
/// word_embed `[batch, pos, d_model]`.
///
/// # Errors
/// [`Cancelled`]; the cache is then of no more use.
pub async fn stream<'m>(
    model: &'m Model,
    word_embed: Tensor<3>,
    mask: Option<&KeyMask>,
    mut cache: Option<&mut KvCache>,
    hooks: &mut Hooks,
    monitor: &dyn Monitor,
) -> Result<Flow<'m>, Cancelled> {
    let mut flow = Flow::enter(model, word_embed, mask, cache.as_deref(), hooks);
    while !flow.is_done() {
        flow = flow.step(cache.as_deref_mut(), hooks);
        monitor.turn().await?;
    }
    Ok(flow)
}

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
    hooks: &mut Hooks,
    monitor: &dyn Monitor,
) -> Result<Tensor<2>, Cancelled> {
    Ok(stream(model, word_embed, None, None, hooks, monitor).await?.logits(None, hooks))
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
    cache: Option<&mut KvCache>,
    hooks: &mut Hooks,
    monitor: &dyn Monitor,
) -> Result<Tensor<3>, Cancelled> {
    Ok(stream(model, word_embed, None, cache, hooks, monitor).await?.normalized(None, hooks))
}
