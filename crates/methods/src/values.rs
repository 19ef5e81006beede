//! The value function: what `F` is when some players are absent.
//!
//! Methods that remove ask nothing else of a model, so they can be tested on any function of sets. A value depends on the set
//! alone, to the last bit: not on what it is asked together with. Products of one row take another order than those of
//! several, so no batch has one row.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

use vitrine_schema::Absence;
use vitrine_schema::protocol::Progress;

use crate::absence::{self, Row};
use crate::{Context, MethodError};

/// The values of sets of players that are absent.
pub type Values<'a> = Pin<Box<dyn Future<Output = Result<Vec<Option<f32>>, MethodError>> + 'a>>;

/// What a method that removes may ask.
pub trait ValueFunction {
    /// How many players there are.
    fn n_players(&self) -> usize;

    /// `F` with these players absent, one value for each set; `None` where nothing would be left to read.
    fn without<'a>(&'a self, absent: &'a [Vec<usize>]) -> Values<'a>;
}

/// Positions that are absent, in order, and how.
type Key = (Absence, Vec<usize>);

/// Values that are known already, of one text and one target.
#[derive(Debug, Default)]
pub struct Memo {
    values: RefCell<BTreeMap<Key, Option<f32>>>,
    /// Logits of the whole text, of a classifier.
    logits: RefCell<Vec<f32>>,
}

impl Memo {
    /// Logits of the whole text, of a classifier, once its value was asked for.
    #[must_use]
    pub fn logits(&self) -> Vec<f32> {
        self.logits.borrow().clone()
    }

    fn get(&self, key: &Key) -> Option<Option<f32>> {
        self.values.borrow().get(key).copied()
    }

    fn set(&self, key: &Key, value: Option<f32>) {
        self.values.borrow_mut().insert(key.clone(), value);
    }
}

/// A model and a text, whose players are groups of tokens.
pub struct Removal<'a> {
    ctx: &'a Context<'a>,
    players: &'a [Vec<usize>],
    absence: Absence,
    ids: Vec<u32>,
}

impl<'a> Removal<'a> {
    /// `F` where the text is read to its end. Each player is the positions of its tokens.
    #[must_use]
    pub fn new(ctx: &'a Context<'a>, players: &'a [Vec<usize>], absence: Absence) -> Self {
        Self { ctx, players, absence, ids: ctx.ids() }
    }

    /// The positions of the players that are absent, and how.
    fn key(&self, absent: &[usize]) -> Key {
        let mut removed: Vec<usize> =
            absent.iter().filter_map(|&player| self.players.get(player)).flatten().copied().collect();
        removed.sort_unstable();
        removed.dedup();
        // With nothing absent it is the text, however things are taken away.
        (if removed.is_empty() { Absence::Delete } else { self.absence }, removed)
    }

    async fn run(&self, absent: &[Vec<usize>]) -> Result<Vec<Option<f32>>, MethodError> {
        let keys: Vec<_> = absent.iter().map(|absent| self.key(absent)).collect();
        let memo = self.ctx.memo;
        let new: BTreeSet<&Key> = keys.iter().filter(|key| memo.get(key).is_none()).collect();
        // What is run in one batch has one length, and is taken away in one manner.
        let mut alike: BTreeMap<(Absence, usize), Vec<(&Key, Row)>> = BTreeMap::new();
        for &key in &new {
            let row = Row::without(self.ctx, &self.ids, &key.1, key.0)?;
            alike.entry((key.0, row.len())).or_default().push((key, row));
        }
        let total = new.len() as u64;
        let mut done = 0;
        for ((absence, pos), rows) in alike {
            if pos == 0 {
                rows.iter().for_each(|(key, _)| memo.set(key, None));
                done += rows.len() as u64;
                continue;
            }
            for batch in even(&rows, Context::rows_per_batch(pos)) {
                self.ctx.monitor.tick(Progress { done, total }).await?;
                let mut run: Vec<&Row> = batch.iter().map(|(_, row)| row).collect();
                if let [alone] = *run {
                    run.push(alone);
                }
                let found = self.ctx.read(absence::run(self.ctx, &run, absence).await?).await?;
                for (at, (key, _)) in batch.iter().enumerate() {
                    memo.set(key, found.values.get(at).copied());
                    if key.1.is_empty() {
                        *memo.logits.borrow_mut() = found.logits.get(at).cloned().unwrap_or_default();
                    }
                }
                done += batch.len() as u64;
            }
        }
        Ok(keys.iter().map(|key| memo.get(key).flatten()).collect())
    }
}

impl ValueFunction for Removal<'_> {
    fn n_players(&self) -> usize {
        self.players.len()
    }

    fn without<'a>(&'a self, absent: &'a [Vec<usize>]) -> Values<'a> {
        Box::pin(self.run(absent))
    }
}

/// Rows in as few batches of at most `most` as there can be without one of a single row, all about as large.
fn even<T>(rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let n_batches = rows.len().div_ceil(most.max(1)).min(rows.len() / 2).max(1);
    let cut = move |batch: usize| batch * rows.len() / n_batches;
    (0..n_batches).filter_map(move |batch| rows.get(cut(batch)..cut(batch + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_row_is_alone() {
        for n in 1..40 {
            for most in 1..9 {
                let rows: Vec<usize> = (0..n).collect();
                let sizes: Vec<usize> = even(&rows, most).map(<[usize]>::len).collect();
                assert_eq!(even(&rows, most).flatten().copied().collect::<Vec<_>>(), rows);
                assert!(sizes.iter().all(|&size| size > 1 || n == 1), "{n} {most}: {sizes:?}");
                assert!(sizes.iter().all(|&size| size <= most.max(3)), "{n} {most}: {sizes:?}");
            }
        }
    }
}
