//! Rows that are run for another session with the same model, and rows that others run for this one.

use vitrine_methods::crew::{Tally, pieces};
use vitrine_methods::{Memo, Monitor};
use vitrine_schema::protocol::Progress;
use vitrine_schema::work::{Continued, Done, Work};
use vitrine_schema::{Input, Quantity, Target, Token};

use crate::reasoning::decode::Watch;
use crate::{Asker, EngineError, Session};

/// Rows of a batch that are shared out, at most in a piece.
const MOST_ROWS: usize = 16;

impl Session {
    /// Runs rows; `told` hears texts while they are written.
    ///
    /// # Errors
    /// [`EngineError::Model`] when they do not fit the model, [`EngineError::Cancelled`].
    pub async fn work(&self, work: &Work, monitor: &dyn Monitor, told: &dyn Fn(Done)) -> Result<Done, EngineError> {
        let (ids, scalar, rows) = match work {
            Work::Logits { rows } => (&[][..], None, rows.len()),
            Work::Without { ids, scalar, sets, .. } => (&**ids, Some(scalar), sets.len()),
            Work::Gradients { scalar, batch, .. } => (&[][..], Some(scalar), *batch),
            Work::Enter(work) => (&[][..], Some(&work.scalar), work.rows.len()),
            Work::Continue(work) => {
                let done = |texts: &[Continued]| Done { texts: texts.to_vec(), ..Done::default() };
                let progress = || Progress { done: 0, total: work.rows.len() as u64 };
                let watch = Watch { progress: &progress, told: &|texts| told(done(texts)), monitor };
                return Ok(done(&self.continued_for_another(work, &watch).await?));
            }
        };
        let token = |&id: &u32| Token { id, text: String::new(), start: 0, end: 0, special: false, continues: false };
        let input = Input { text: String::new(), tokens: ids.iter().map(token).collect() };
        let (target, memo) = (scalar.map_or_else(no_target, |scalar| scalar.target.clone()), Memo::default());
        if let Some(own) = scalar.and_then(|scalar| scalar.own) {
            memo.listen(own);
        }
        let asker = Asker { monitor, ..Asker::default() };
        let context = self.context(&input, &target, &memo, &asker);
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
        let mut works = pieces.iter().map(|rows| Work::Logits { rows: rows.to_vec() });
        let mut keep = |piece: usize, done: Done| {
            if let Some(place) = found.get_mut(piece) {
                *place = done.rows;
            }
        };
        let (input, target, memo) = (Input { text: String::new(), tokens: Vec::new() }, no_target(), Memo::default());
        let context = self.context(&input, &target, &memo, asker);
        context.share_out(&Tally::new(asker.monitor, rows.len()), &mut works, &mut keep).await?;
        Ok(found.into_iter().flatten().map(|row| row.logits.0).collect())
    }
}

/// Where logits are wanted, and no scalar.
const fn no_target() -> Target {
    Target { quantity: Quantity::Logit, label: String::new(), index: 0, foil: None }
}
