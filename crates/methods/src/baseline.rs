//! What stands in for "nothing was said".

use vitrine_schema::Baseline;

use crate::{Context, MethodError};

/// The embeddings of the baseline: players replaced, what the tokenizer puts around a text kept, and where it is held the first token of a
/// model of language, on which its attention rests.
///
/// # Shapes
/// Row-major `[pos, d_model]`.
///
/// # Errors
/// [`vitrine_schema::diagnostic::Refusal::NoStandIn`] when the vocabulary has no such token.
pub fn embeddings(ctx: &Context<'_>, baseline: Baseline, hold_first: bool) -> Result<Vec<f32>, MethodError> {
    let table = ctx.model.word_embeddings();
    let blank = match baseline {
        Baseline::Mask | Baseline::Pad | Baseline::Eos => table.lookup(&[ctx.stand_ins.id(baseline.name())?])?,
        Baseline::Zero => vec![0.0; table.d_model()],
        Baseline::Mean => table.mean(),
    };
    let mut rows = table.lookup(&ctx.ids())?;
    for position in ctx.players(hold_first).into_iter().flatten() {
        if let Some(row) = rows.get_mut(position * blank.len()..(position + 1) * blank.len()) {
            row.copy_from_slice(&blank);
        }
    }
    Ok(rows)
}
