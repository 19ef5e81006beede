//! What stands in for "nothing was said".

use vitrine_schema::Baseline;
use vitrine_schema::diagnostic::Refusal;

use crate::{Context, MethodError};

/// The embeddings of the baseline: players replaced, `[CLS]` and `[SEP]` kept, and the first token of a model of language,
/// on which its attention rests.
///
/// # Shapes
/// Row-major `[pos, d_model]`.
///
/// # Errors
/// [`Refusal::NoBaselineToken`] when the vocabulary has no such token.
pub fn embeddings(ctx: &Context<'_>, baseline: Baseline) -> Result<Vec<f32>, MethodError> {
    let table = ctx.model.word_embeddings();
    let blank = match baseline {
        Baseline::Mask => table.lookup(&[require(ctx.mask_id, "[MASK]")?])?,
        Baseline::Pad => table.lookup(&[require(ctx.pad_id, "[PAD]")?])?,
        Baseline::Zero => vec![0.0; table.d_model()],
        Baseline::Mean => table.mean(),
        Baseline::Eos => table.lookup(&[require(ctx.eos_id, "end-of-text")?])?,
    };
    let mut rows = table.lookup(&ctx.ids())?;
    for position in ctx.players().into_iter().filter(|&position| position > 0 || !ctx.causal()) {
        if let Some(row) = rows.get_mut(position * blank.len()..(position + 1) * blank.len()) {
            row.copy_from_slice(&blank);
        }
    }
    Ok(rows)
}

/// The id of a token, or why it cannot be used.
///
/// # Errors
/// [`Refusal::NoBaselineToken`].
pub fn require(id: Option<u32>, token: &str) -> Result<u32, Refusal> {
    id.ok_or_else(|| Refusal::NoBaselineToken { baseline: token.to_owned() })
}
