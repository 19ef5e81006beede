//! Rows that are run for another session with the same model, and rows that others run for this one.

use vitrine_methods::crew::{Tally, pieces, share_out};
use vitrine_methods::{Context, Memo, Monitor};
use vitrine_schema::work::{Done, Scalar, Work};
use vitrine_schema::{Input, Quantity, Target, Token};

use crate::{Asker, EngineError, Session};

/// Rows of a batch that are shared out, at most in a piece.
const MOST_ROWS: usize = 16;

impl Session {
    /// Runs rows.
    ///
    /// # Errors
    /// [`EngineError::Model`] when they do not fit the model, [`EngineError::Cancelled`].
    pub async fn work(&self, work: &Work, monitor: &dyn Monitor) -> Result<Done, EngineError> {
        let nothing = || Target { quantity: Quantity::Logit, label: String::new(), index: 0, foil: None };
        let (ids, scalar, rows) = match work {
            Work::Logits { rows } => (&[][..], None, rows.len()),
            Work::Without { ids, scalar, sets, .. } => (&**ids, Some(scalar), sets.len()),
            Work::Gradients { scalar, .. } => (&[][..], Some(scalar), 0),
        };
        let token = |&id: &u32| Token { id, text: String::new(), start: 0, end: 0, special: false, continues: false };
        let input = Input { text: String::new(), tokens: ids.iter().map(token).collect() };
        let (target, memo) = (scalar.map_or_else(nothing, |scalar| scalar.target.clone()), Memo::default());
        if let Some(Scalar { own: Some(own), .. }) = scalar {
            memo.listen(*own);
        }
        let asker = Asker { monitor, ..Asker::default() };
        let context: Context<'_> = self.context(&input, &target, &memo, &asker);
        Ok(context.run(work, &Tally::new(monitor, rows)).await?)
    }

    /// Logits of a batch of token ids, one row each.
    ///
    /// # Errors
    /// [`EngineError::Model`] when rows or ids do not fit the model.
    pub async fn run_ids(&self, rows: &[Vec<u32>], asker: &Asker<'_>) -> Result<Vec<Vec<f32>>, EngineError> {
        let helpers = asker.crew.helpers();
        let pieces = pieces(rows, if helpers > 0 { MOST_ROWS } else { rows.len() }, helpers);
        let mut found = vec![Vec::new(); pieces.len()];
        let works = pieces.iter().map(|rows| Work::Logits { rows: rows.to_vec() });
        let keep = |piece: usize, done: Done| {
            if let Some(place) = found.get_mut(piece) {
                *place = done.rows;
            }
        };
        share_out(asker.crew, works, async |work| self.work(work, asker.monitor).await, keep).await?;
        Ok(found.into_iter().flatten().map(|row| row.logits.0).collect())
    }
}
