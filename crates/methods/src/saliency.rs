//! Saliency.
//!
//! **Question.** To which token is the answer most sensitive?
//!
//! **Definition.**
//! ```text
//! S_i = ‖∂F/∂x_i‖₂
//! ```
//!
//! **Reads as.** Logits per unit of embedding, unsigned: large means that a small move of this embedding moves the
//! answer. It says nothing about direction. Zero: no sensitivity *here*.
//!
//! **Cost.** One forward and one backward pass.
//!
//! **Limits.** Sensitivity is not importance: a token can decide the answer where the model is flat. Scores do not sum to
//! anything.
//!
//! **Source.** Simonyan, Vedaldi, Zisserman 2013, *Deep Inside Convolutional Networks*, section 3, arXiv 1312.6034; for
//! text Li, Chen, Hovy, Jurafsky 2015, arXiv 1506.01066.
//!
//! **Differs from the source in** the norm: Euclidean over the embedding axis, where captum leaves absolute values per
//! dimension to be summed.

use crate::{Attribution, Context, MethodError, gradient_x_input};

/// Runs the method.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    gradient_x_input::at_input(ctx, |_, gradient| gradient.square().sum_dim(2).sqrt()).await
}
