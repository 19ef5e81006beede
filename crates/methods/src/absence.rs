//! What taking tokens away means: the one place that knows.
//!
//! **mask, eos, space** The token's id is replaced. **delete** It is left out, and later positions move up. **block-attention** It
//! keeps its position, but no query may attend to it and pooling leaves it out. **mean** Its embedding is replaced by the mean
//! of the embedding matrix.

use std::ops::Range;

use burn::tensor::Tensor;
use vitrine_model::{Flow, Hooks, KeyMask, KvCache, Model};
use vitrine_schema::Absence;

use crate::{Context, MethodError, watched};

/// A part of a text with some of its tokens away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What the model reads.
    ids: Vec<u32>,
    /// Places among them where it reads the mean of all embeddings.
    mean: Vec<usize>,
}

impl Row {
    /// A part of the text without the tokens at these positions.
    ///
    /// # Errors
    /// [`vitrine_schema::diagnostic::Refusal::NoStandIn`] when the vocabulary has no such token.
    pub(crate) fn without(
        ctx: &Context<'_>,
        ids: &[u32],
        part: Range<usize>,
        removed: &[usize],
        absence: Absence,
    ) -> Result<Self, MethodError> {
        let away = |position: usize| removed.binary_search(&position).is_ok();
        let mut ids: Vec<(usize, u32)> = ids.iter().copied().enumerate().take(part.end).skip(part.start).collect();
        let mut mean = Vec::new();
        match absence {
            Absence::Mask | Absence::Eos | Absence::Space if !removed.is_empty() => {
                let by = ctx.stand_ins.id(absence.name())?;
                ids.iter_mut().filter(|(position, _)| away(*position)).for_each(|(_, id)| *id = by);
            }
            Absence::Mask | Absence::Eos | Absence::Space | Absence::BlockAttention => {}
            Absence::Delete => ids.retain(|&(position, _)| !away(position)),
            Absence::Mean => {
                mean = part.clone().filter(|&position| away(position)).map(|position| position - part.start).collect();
            }
        }
        Ok(Self { ids: ids.into_iter().map(|(_, id)| id).collect(), mean })
    }
}

/// Rows of one length, run to the end of the stream; `blocked` says what no query may attend to, and with a cache they go on from what
/// was read before.
///
/// # Errors
/// [`MethodError::Model`].
pub(crate) async fn run<'m>(
    ctx: &Context<'m>,
    rows: &[Row],
    blocked: Option<&KeyMask>,
    cache: Option<&mut KvCache>,
) -> Result<Flow<'m>, MethodError> {
    let embed = embed(ctx.model, rows)?;
    Ok(watched::stream(ctx.model, embed, blocked, cache, &mut Hooks::default(), ctx.monitor).await?)
}

/// What the first block reads: the mean of the matrix is the embedding of no token.
fn embed(model: &Model, rows: &[Row]) -> Result<Tensor<3>, MethodError> {
    let ids: Vec<Vec<u32>> = rows.iter().map(|row| row.ids.clone()).collect();
    if rows.iter().all(|row| row.mean.is_empty()) {
        return Ok(model.embed(&ids)?);
    }
    let table = model.word_embeddings();
    let (d_model, mean) = (table.d_model(), table.mean());
    let mut values = Vec::new();
    for row in rows {
        let from = values.len();
        values.extend(table.lookup(&row.ids)?);
        for place in &row.mean {
            let start = from + place * d_model;
            if let Some(row) = values.get_mut(start..start + d_model) {
                row.copy_from_slice(&mean);
            }
        }
    }
    Ok(model.upload(values, rows.len(), rows.first().map_or(0, |row| row.ids.len()))?)
}
