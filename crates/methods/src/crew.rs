//! Rows shared out among helpers: other workers that hold the same model.
//!
//! Whatever asks for many rows has them run here, piece by piece; whoever is free takes the next piece. A row has the same bits alone
//! and among others, so nothing that is found depends on who ran what, on how many there are, or on what becomes of them: a
//! piece that a helper gives back is run by this worker.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;

use burn::tensor::Transaction;
use futures_util::future::{join_all, try_join};
use vitrine_model::{Hooks, ModelError, trace};
use vitrine_schema::floats::Floats;
use vitrine_schema::protocol::Progress;
use vitrine_schema::work::{Done, Row, Scalar, Work};

use crate::branches::Branches;
use crate::{Context, MethodError, Monitor};

/// Pieces for each worker where there are helpers: one who ends late holds the others up by no more than a piece.
const PIECES_EACH: usize = 2;
/// Rows below which a piece is not worth its way.
const LEAST_ROWS: usize = 8;
/// Sets of a text of language that are run together: they share what they begin with.
const MOST_SETS: usize = 64;

/// What becomes of a piece; `None` where the helper cannot run it.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Option<Done>> + 'a>>;

/// What becomes of a piece here.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Done, MethodError>> + 'a>>;

/// Helpers who hold the model that is run.
pub trait Crew {
    /// How many there are now.
    fn helpers(&self) -> usize;

    /// Has one of them run rows; whoever drops the answer has it stopped. `heard` is told texts while they are written.
    fn ask<'a>(&'a self, helper: usize, work: &'a Work, heard: &'a dyn Fn(Done)) -> Asked<'a>;
}

/// No helpers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Crew for Alone {
    fn helpers(&self) -> usize {
        0
    }

    fn ask<'a>(&'a self, _: usize, _: &'a Work, _: &'a dyn Fn(Done)) -> Asked<'a> {
        Box::pin(std::future::ready(None))
    }
}

/// How many rows are done, by anyone.
pub struct Tally<'a> {
    monitor: &'a dyn Monitor,
    done: Cell<u64>,
    total: u64,
}

impl<'a> Tally<'a> {
    /// None of so many rows yet.
    #[must_use]
    pub fn new(monitor: &'a dyn Monitor, total: usize) -> Self {
        Self { monitor, done: Cell::new(0), total: total as u64 }
    }

    /// These rows are done.
    pub(crate) fn add(&self, rows: usize) {
        self.done.set(self.done.get() + rows as u64);
    }

    /// Says how far it is, and lets others have their turn.
    pub(crate) async fn tick(&self) -> Result<(), MethodError> {
        Ok(self.monitor.tick(Progress { done: self.done.get(), total: self.total }).await?)
    }
}

/// As few pieces of at most `most` rows as keep every worker busy, of rows that are some of `all`.
fn count(rows: usize, all: usize, most: usize, helpers: usize) -> usize {
    let wanted = if helpers > 0 { PIECES_EACH * (helpers + 1) } else { 1 };
    let busy = (wanted * rows).div_ceil(all.max(1)).min(rows / LEAST_ROWS);
    rows.div_ceil(most.max(1)).max(busy).min(rows)
}

/// The sizes of so many pieces, all about as large.
fn sizes(rows: usize, pieces: usize) -> impl ExactSizeIterator<Item = usize> {
    (0..pieces).map(move |piece| (piece + 1) * rows / pieces - piece * rows / pieces)
}

/// Cuts a list into so many pieces, all about as large.
pub fn cut<T>(rows: &[T], pieces: usize) -> Vec<&[T]> {
    let mut rest = rows;
    let cut = |size: usize| {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        piece
    };
    sizes(rows.len(), pieces).map(cut).collect()
}

/// Cuts a list into as few pieces of at most `most` as keep every worker busy, all about as large.
pub fn pieces<T>(rows: &[T], most: usize, helpers: usize) -> Vec<&[T]> {
    pieces_of(rows, rows.len(), most, helpers)
}

/// The same of a list that is run with others, which together have `all` rows.
pub fn pieces_of<T>(rows: &[T], all: usize, most: usize, helpers: usize) -> Vec<&[T]> {
    cut(rows, count(rows.len(), all, most, helpers))
}

/// Has each piece run once, by `run` or by a helper. `heard` is told all that helpers say of a piece, what is no whole answer too; `found`
/// what came of each piece as soon as that is known, in any order.
///
/// # Errors
/// Those of `run`.
pub async fn share_out<E>(
    crew: &dyn Crew,
    pieces: &mut dyn ExactSizeIterator<Item = Work>,
    run: &impl AsyncFn(usize, &Work) -> Result<Done, E>,
    heard: &dyn Fn(usize, &Done),
    found: &mut dyn FnMut(usize, Done),
) -> Result<(), E> {
    let helpers = crew.helpers();
    // Where there are many pieces a helper has its next one before it ends the last, and never waits for this worker's turn.
    let ahead = if pieces.len() > 2 * (helpers + 1) { 2 } else { 1 };
    let (waiting, given_back) = (RefCell::new(pieces.enumerate()), RefCell::new(Vec::new()));
    let found = RefCell::new(found);
    let next = || given_back.borrow_mut().pop().or_else(|| waiting.borrow_mut().next());
    // This worker begins with the first, and before it computes the others have theirs.
    let mut first = next();
    let helping = (0..ahead).flat_map(|_| 0..helpers).map(async |helper| {
        loop {
            let Some((piece, work)) = waiting.borrow_mut().next() else { return };
            let part = |done: Done| heard(piece, &done);
            let done = crew.ask(helper, &work, &part).await.filter(|done| done.answers(&work));
            let Some(done) = done else {
                return given_back.borrow_mut().push((piece, work));
            };
            heard(piece, &done);
            (found.borrow_mut())(piece, done);
        }
    });
    let mut working = async || -> Result<(), E> {
        while let Some((piece, work)) = first.take().or_else(next) {
            let done = run(piece, &work).await?;
            (found.borrow_mut())(piece, done);
        }
        Ok(())
    };
    let helping = async {
        join_all(helping).await;
        Ok(())
    };
    try_join(helping, working()).await?;
    // What was given back after this worker had no more.
    working().await
}

impl Context<'_> {
    /// Texts without some of their tokens that are run together, at most.
    pub(crate) fn sets_per_piece(&self) -> usize {
        if self.causal() { MOST_SETS } else { Self::rows_per_batch(self.input.tokens.len()) }
    }

    /// What is wanted of each row.
    pub(crate) fn scalar_of_rows(&self) -> Scalar {
        Scalar { target: self.target.clone(), own: self.memo.own_answer() }
    }

    /// Has each piece run once, here or by a helper; `found` is told what came of it as soon as that is known, in any order.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn share_out(
        &self,
        tally: &Tally<'_>,
        pieces: &mut dyn ExactSizeIterator<Item = Work>,
        found: &mut dyn FnMut(usize, Done),
    ) -> Result<(), MethodError> {
        let run = async |_: usize, work: &Work| self.run(work, tally).await;
        share_out(self.crew, pieces, &run, &|_, done| tally.add(done.rows.len()), found).await
    }

    /// `F` and its gradient at each of many points, `[pos, d_model]` row-major; `reduced` makes of each what is kept, in the order of
    /// the points.
    ///
    /// # Errors
    /// [`MethodError::Model`] when the device gives no gradient.
    pub(crate) async fn gradients<R>(
        &self,
        points: impl ExactSizeIterator<Item = Vec<f32>>,
        reduced: impl Fn(f32, &[f32]) -> R,
    ) -> Result<Vec<R>, MethodError> {
        let (pos, n_points) = (self.input.tokens.len(), points.len());
        let tally = Tally::new(self.monitor, n_points);
        let mut points = points;
        let n_pieces = count(n_points, n_points, self.rows_per_gradient(pos), self.crew.helpers());
        let mut works = sizes(n_points, n_pieces).map(|batch| {
            let points = Floats(points.by_ref().take(batch).flatten().collect());
            Work::Gradients { scalar: self.scalar_of_rows(), batch, pos, points }
        });
        let mut found: Vec<Vec<R>> = std::iter::repeat_with(Vec::new).take(works.len()).collect();
        let mut keep = |piece: usize, Done { rows, gradients, .. }: Done| {
            let each = gradients.0.len() / rows.len().max(1);
            if let Some(place) = found.get_mut(piece) {
                let gradients = gradients.0.chunks(each.max(1));
                *place = rows.iter().zip(gradients).map(|(row, gradient)| reduced(row.value, gradient)).collect();
            }
        };
        self.share_out(&tally, &mut works, &mut keep).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Runs rows, here.
    ///
    /// # Errors
    /// [`MethodError`].
    pub fn run<'a>(&'a self, work: &'a Work, tally: &'a Tally<'_>) -> Running<'a> {
        Box::pin(self.run_here(work, tally))
    }

    async fn run_here(&self, work: &Work, tally: &Tally<'_>) -> Result<Done, MethodError> {
        match work {
            Work::Logits { rows } => {
                tally.tick().await?;
                let logits = self.model.forward(self.model.embed(rows)?, None, &mut Hooks::default());
                let [_, class] = logits.dims();
                tally.add(rows.len());
                let row = |logits: &[f32]| Row { logits: Floats(logits.to_vec()), ..Row::default() };
                let rows = trace::read(logits).await?.chunks(class).map(row).collect();
                Ok(Done { rows, ..Done::default() })
            }
            Work::Without { ids, absence, sets, .. } => {
                let removed: Vec<&[usize]> = sets.iter().map(Vec::as_slice).collect();
                let mut branches = Branches::new(self, ids, *absence, &removed);
                let mut rows = vec![Row { value: f32::NAN, ..Row::default() }; sets.len()];
                loop {
                    tally.tick().await?;
                    let Some(grown) = branches.grow().await? else { break };
                    let Some(logits) = grown.logits else { continue };
                    let read = self.read(logits).await?;
                    tally.add(grown.ended.len());
                    for (set, row) in grown.ended {
                        if let (Some(place), Some(row)) = (rows.get_mut(set), read.get(row)) {
                            place.clone_from(row);
                        }
                    }
                }
                Ok(Done { rows, ..Done::default() })
            }
            Work::Gradients { batch, pos, points, .. } => {
                tally.tick().await?;
                let (values, gradient) = self.gradient(self.model.upload(points.0.clone(), *batch, *pos)?).await?;
                let read = Transaction::default().register(values).register(gradient).execute_async().await;
                let lost = |detail: String| MethodError::Model(ModelError::Readback { detail });
                let mut read = read
                    .map_err(|error| lost(format!("{error:?}")))?
                    .into_iter()
                    .map(|data| data.try_into_vec::<f32>().map_err(|error| lost(format!("{error:?}"))));
                let mut next = || read.next().transpose().map(Option::unwrap_or_default);
                tally.add(*batch);
                let rows = next()?.into_iter().map(|value| Row { value, ..Row::default() }).collect();
                Ok(Done { rows, gradients: Floats(next()?), ..Done::default() })
            }
            Work::Enter(work) => self.enter(work, tally).await,
            // Whoever writes texts runs them; no method does.
            Work::Continue(_) => Ok(Done::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_each_row_once_and_keep_everyone_busy() {
        for rows in 0..200 {
            for most in [1, 7, 23, 64] {
                for helpers in 0..4 {
                    let list: Vec<usize> = (0..rows).collect();
                    let cut = pieces(&list, most, helpers);
                    assert_eq!(cut.concat(), list);
                    assert!(
                        cut.iter().all(|piece| !piece.is_empty() && piece.len() <= most),
                        "{rows} {most} {helpers}"
                    );
                    assert!(helpers == 0 || rows < 2 * LEAST_ROWS || cut.len() > 1, "{rows} {most} {helpers}");
                    // A part of them is cut into a part of the pieces.
                    let (half, all) = (pieces_of(&list, 2 * rows, most, helpers), cut.len());
                    assert_eq!(half.concat(), list);
                    assert!(half.len() <= all && all <= 2 * half.len().max(1), "{rows} {most} {helpers}");
                }
            }
        }
    }
}
