//! Attention rollout.
//!
//! **Question.** Through all layers, how much of each token reaches the place that is read, if attention were all there is?
//!
//! **Definition.**
//! ```text
//! Â_l = ½ mean_h A_l + ½ I     R_l = Â_l R_{l−1}     s_i = Σ_q r_q R_L[q, i]
//! ```
//! `r` as in `attention_weights.rs`. The product stands in `attention.rs`, where maps of attention have it from too.
//!
//! **Reads as.** A share, unsigned; the scores of all tokens sum to 1.
//!
//! **Cost.** One forward pass for the patterns, and one for the values.
//!
//! **Limits.** A heuristic: not a causal effect. It knows neither values nor MLPs, and takes half of each layer to stay in place. In a
//! causal model it drifts to the first token, which attends only to itself.
//!
//! **Source.** Abnar, Zuidema 2020, *Quantifying Attention Flow in Transformers*, section 3, arXiv 2005.00928.

use vitrine_schema::MethodId;

use crate::attention::{patterns_for, rollout};
use crate::gradient_x_input::between_ends;
use crate::{Attribution, Context, MethodError};

/// Runs the method.
///
/// # Errors
/// [`vitrine_schema::diagnostic::Refusal::TextTooLong`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    let config = ctx.model.config();
    let patterns = patterns_for(ctx, MethodId::AttentionRollout, 0..config.n_layers).await?;
    let scores = rollout(&patterns, config.n_heads, ctx.model.read_from(ctx.input.tokens.len()));
    Ok(Attribution { scores, ..between_ends(ctx).await? })
}
