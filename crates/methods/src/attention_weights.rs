//! Attention as attribution.
//!
//! **Question.** How much does the place that is read look at each token?
//!
//! **Definition.** `r` is the share of each position in what is read: the last of a model of language, `[CLS]` of a classifier that
//! reads it, all alike where it pools their mean.
//! ```text
//! s_i = mean over heads, and over layers if there are several, of Σ_q r_q A[q, i]
//! ```
//!
//! **Reads as.** A share, unsigned; the scores of all tokens sum to 1.
//!
//! **Cost.** One forward pass for the patterns, and one for the values.
//!
//! **Limits.** A heuristic: not a causal effect. A head may look at a token and carry nothing from it; below the last layer positions
//! no longer stand for their tokens alone.
//!
//! **Source.** As an explanation it is disputed: Jain, Wallace 2019, *Attention is not Explanation*, arXiv 1902.10186; Wiegreffe,
//! Pinter 2019, *Attention is not not Explanation*, arXiv 1908.04626.

use serde::Deserialize;
use vitrine_schema::MethodId;
use vitrine_schema::method::Layers;

use crate::attention::{mean_of_heads, patterns_for};
use crate::gradient_x_input::between_ends;
use crate::{Attribution, Context, MethodError};

/// Parameters, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// Which layers.
    pub layer: Layers,
}

/// Runs the method.
///
/// # Errors
/// [`vitrine_schema::diagnostic::Refusal::TextTooLong`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Config) -> Result<Attribution, MethodError> {
    let (pos, n_heads) = (ctx.input.tokens.len(), ctx.model.config().n_heads);
    let layers = config.layer.of(ctx.model.config().n_layers);
    let n_layers = layers.len();
    let patterns = patterns_for(ctx, MethodId::Attention, layers).await?;
    // To a mean it is all the same which of the maps are heads and which are layers.
    let mean = mean_of_heads(&patterns, n_heads * n_layers, pos);
    let mut scores = vec![0.0; pos];
    for (share, row) in ctx.model.read_from(pos).iter().zip(mean.chunks(pos.max(1))) {
        scores.iter_mut().zip(row).for_each(|(score, weight)| *score += share * weight);
    }
    Ok(Attribution { scores, ..between_ends(ctx).await? })
}
