//! What taking tokens away means: the one place that knows.
//!
//! **mask, eos, space** The token's id is replaced. **delete** It is left out, and later positions move up. **block-attention** It
//! keeps its position, but no query may attend to it and pooling leaves it out. **mean** Its embedding is replaced by the mean
//! of the embedding matrix.

use burn::tensor::Tensor;
use vitrine_model::{Hooks, KeyMask, Model, trace};
use vitrine_schema::Absence;

use crate::{Context, MethodError, watched};

/// A text with some of its tokens away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What the model reads.
    ids: Vec<u32>,
    /// Positions that are away, where ids alone do not say it.
    hidden: Vec<usize>,
}

impl Row {
    /// The text without the tokens at these positions.
    ///
    /// # Errors
    /// [`vitrine_schema::diagnostic::Refusal::NoStandIn`] when the vocabulary has no such token.
    pub(crate) fn without(
        ctx: &Context<'_>,
        ids: &[u32],
        removed: &[usize],
        absence: Absence,
    ) -> Result<Self, MethodError> {
        let whole = || Self { ids: ids.to_vec(), hidden: Vec::new() };
        if removed.is_empty() {
            return Ok(whole());
        }
        let replaced = |by: u32| {
            let mut row = whole();
            for &position in removed {
                if let Some(id) = row.ids.get_mut(position) {
                    *id = by;
                }
            }
            row
        };
        Ok(match absence {
            Absence::Mask | Absence::Eos | Absence::Space => replaced(ctx.stand_ins.id(absence.name())?),
            Absence::Delete => {
                let kept = ids.iter().enumerate().filter(|(position, _)| !removed.contains(position));
                Self { ids: kept.map(|(_, &id)| id).collect(), hidden: Vec::new() }
            }
            Absence::BlockAttention | Absence::Mean => Self { hidden: removed.to_vec(), ..whole() },
        })
    }

    /// How many tokens the model reads; rows of one length can be run together.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Logits of rows of one length, still on the device.
///
/// # Shapes
/// `[rows][pos]` to `[batch, class]`.
///
/// # Errors
/// [`MethodError::Model`].
pub(crate) async fn run(ctx: &Context<'_>, rows: &[&Row], absence: Absence) -> Result<Tensor<2>, MethodError> {
    let model = ctx.model;
    let ids: Vec<Vec<u32>> = rows.iter().map(|row| row.ids.clone()).collect();
    let hidden = || rows.iter().map(|row| row.hidden.clone()).collect::<Vec<_>>();
    let (embed, mask) = match absence {
        Absence::Mean => (with_mean(model, &ids, &hidden())?, None),
        Absence::BlockAttention => (model.embed(&ids)?, Some(KeyMask { blocked: hidden() })),
        _ => (model.embed(&ids)?, None),
    };
    Ok(watched::logits(model, embed, mask.as_ref(), &mut Hooks::default(), ctx.monitor).await?)
}

/// Logits of the text without the tokens at these positions, read back; `None` where nothing would be left.
///
/// # Errors
/// [`MethodError::Refused`] when the vocabulary has no such token, [`MethodError::Model`].
pub async fn logits_without(
    ctx: &Context<'_>,
    removed: &[usize],
    absence: Absence,
) -> Result<Option<Vec<f32>>, MethodError> {
    let row = Row::without(ctx, &ctx.ids(), removed, absence)?;
    if row.len() == 0 {
        return Ok(None);
    }
    Ok(Some(trace::read(run(ctx, &[&row], absence).await?).await?))
}

/// Embeddings instead of ids: the mean of the matrix is the embedding of no token.
fn with_mean(model: &Model, ids: &[Vec<u32>], hidden: &[Vec<usize>]) -> Result<Tensor<3>, MethodError> {
    let table = model.word_embeddings();
    let (d_model, mean) = (table.d_model(), table.mean());
    let mut values = Vec::new();
    for (ids, hidden) in ids.iter().zip(hidden) {
        let from = values.len();
        values.extend(table.lookup(ids)?);
        for position in hidden {
            let start = from + position * d_model;
            if let Some(row) = values.get_mut(start..start + d_model) {
                row.copy_from_slice(&mean);
            }
        }
    }
    Ok(model.upload(values, ids.len(), ids.first().map_or(0, Vec::len))?)
}
