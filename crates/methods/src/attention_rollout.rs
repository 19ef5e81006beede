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
use crate::trail::{MOST_PLAYERS, Step, on_tokens};
use crate::{Attribution, Context, MethodError};

/// Runs the method.
///
/// # Errors
/// [`vitrine_schema::diagnostic::Refusal::TextTooLong`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    let config = ctx.model.config();
    let patterns = patterns_for(ctx, MethodId::AttentionRollout, 0..config.n_layers).await?;
    let (pos, n_layers) = (ctx.input.tokens.len(), config.n_layers);
    let read = || ctx.model.read_from(pos);
    let scores = rollout(&patterns, config.n_heads, read());
    // From the last layer down: what is left of the patterns above a layer.
    let of_layer = config.n_heads * pos * pos;
    let step = |n_multiplied: usize| {
        let above = patterns.get((n_layers - n_multiplied) * of_layer..)?;
        let scores = rollout(above, config.n_heads, read()).into_iter().map(f64::from).collect();
        Some(Step { number: n_multiplied, scores, ..Step::default() })
    };
    let steps = if pos <= MOST_PLAYERS { (1..=n_layers).filter_map(step).collect() } else { Vec::new() };
    let tokens: Vec<Vec<usize>> = (0..pos).map(|token| vec![token]).collect();
    let trail = on_tokens(steps, n_layers, &tokens, pos);
    Ok(Attribution { scores, trail, ..between_ends(ctx).await? })
}
