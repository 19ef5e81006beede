//! Gradient × Input.
//!
//! **Question.** How would the answer move if each token's embedding were scaled a little?
//!
//! **Definition.**
//! ```text
//! GxI_i = Σ_d x_id · ∂F/∂x_id
//! ```
//!
//! **Reads as.** Logits to first order, signed. Zero: scaling this embedding does not move the answer *here*.
//!
//! **Cost.** One forward and one backward pass, and one forward pass at zero for the gap.
//!
//! **Limits.** Local: a saturated model gives small scores to tokens that decided. Scores do not sum to
//! `F(x) − F(0)`; the gap is shown and marked as not promised.
//!
//! **Source.** Shrikumar, Greenside, Shcherbina, Kundaje 2016, *Not Just a Black Box*, arXiv 1605.01713.
//!
//! **Differs from the source in** nothing; special tokens are scored like all others.

use burn::tensor::Tensor;
use vitrine_model::{ModelError, trace};
use vitrine_schema::protocol::Progress;

use crate::{Attribution, Context, MethodError};

/// Runs the method.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    at_input(ctx, |embed, gradient| (embed * gradient).sum_dim(2)).await
}

/// Scores each token from its embedding and gradient at the input; the baseline is all embeddings at zero.
///
/// # Shapes
/// `score` maps two `[1, pos, d_model]` to `[1, pos, 1]`.
///
/// # Errors
/// [`MethodError`].
pub(crate) async fn at_input(
    ctx: &Context<'_>,
    score: impl Fn(Tensor<3>, Tensor<3>) -> Tensor<3>,
) -> Result<Attribution, MethodError> {
    ctx.monitor.tick(Progress { done: 0, total: 1 }).await?;
    let found = between_ends(ctx).await?;
    let embed = ctx.model.embed(&[ctx.ids()])?; // [1, pos, d_model]
    let (_, gradient) = ctx.gradient(embed.clone()).await?;
    Ok(Attribution { scores: trace::read(score(embed, gradient)).await?, ..found })
}

/// The values of the input and of all embeddings at zero, without scores.
///
/// # Errors
/// [`MethodError`].
pub(crate) async fn between_ends(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    let embed = ctx.model.embed(&[ctx.ids()])?; // [1, pos, d_model]
    let ends = Tensor::cat(vec![embed.clone(), embed.zeros_like()], 0); // [2, pos, d_model]
    let rows = ctx.forward(ends).await?;
    let [input, baseline] = &*rows else {
        return Err(ModelError::Readback { detail: format!("{} values of 2 rows", rows.len()) }.into());
    };
    Ok(Attribution {
        value: input.value,
        baseline_value: baseline.value,
        logits: input.logits.0.clone(),
        scores: Vec::new(),
        path: None,
        trail: None,
        diagnostics: Vec::new(),
    })
}
