//! Many texts that differ in what is away, run part by part: what several of them begin with is run once.
//!
//! A model that reads from left to right has the same numbers for what stands in front of the first difference, so its text is cut at
//! fixed places, and the rows that are away alike up to such a place are one branch, whose keys and values are spread over what
//! it parts into. Where the cuts are is a matter of the text alone: a row is then run in the same steps, and has the same bits,
//! whatever it is run together with. A classifier reads in both directions; its text is one part. On a graphics device products of
//! one row take another order than those of several, so no batch has one row there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use burn::tensor::Tensor;
use vitrine_model::{Hooks, KeyMask, KvCache, trace};
use vitrine_schema::Absence;

use crate::absence::{self, Row};
use crate::{Context, MethodError};

/// Tokens of a part at least: what is run once is worth less than a matrix product of very few rows.
const PART_TOKENS: usize = 4;
/// Parts at most: each holds the keys and values of one batch.
const MOST_PARTS: usize = 8;
/// Tokens of a batch, those that were read before included, whose keys and values are kept.
const KEPT_TOKENS: usize = 768;

/// The sets whose rows begin alike, by their places in the list that was given.
type Alike = Vec<usize>;

/// Branches that were not run yet.
pub(crate) struct Branches<'a> {
    ctx: &'a Context<'a>,
    ids: &'a [u32],
    absence: Absence,
    /// Positions that are away, in order, of each set.
    removed: &'a [&'a [usize]],
    parts: Vec<Range<usize>>,
    /// The next one stands last, so that a branch is followed to its ends before its neighbour is begun.
    waiting: Vec<Batch>,
}

/// Branches of as many tokens, which are run together.
struct Batch {
    part: usize,
    /// What was read before, a row of which each branch goes on from; `None` at the beginning of the text.
    past: Option<KvCache>,
    branches: Vec<Branch>,
}

/// Rows that are away alike up to the end of a part.
struct Branch {
    /// The row of the past that it goes on from.
    from: usize,
    sets: Alike,
}

/// What came of a batch.
#[derive(Default)]
pub(crate) struct Grown {
    /// The sets whose rows ended, each with its row of the logits.
    pub ended: Vec<(usize, usize)>,
    /// `[batch, class]` or `[batch, d_vocab]`, where a row ended.
    pub logits: Option<Tensor<2>>,
}

impl<'a> Branches<'a> {
    /// The text without each of these sets of positions. Something is left of each.
    pub(crate) fn new(ctx: &'a Context<'a>, ids: &'a [u32], absence: Absence, removed: &'a [&'a [usize]]) -> Self {
        let mut branches =
            Self { ctx, ids, absence, removed, parts: parts(ids.len(), ctx.causal()), waiting: Vec::new() };
        branches.part(0, None, vec![(0..removed.len()).collect()]);
        branches
    }

    /// Runs the next batch; `None` once nothing is left.
    ///
    /// # Errors
    /// [`MethodError`].
    pub(crate) async fn grow(&mut self) -> Result<Option<Grown>, MethodError> {
        let Some(Batch { part, past, branches }) = self.waiting.pop() else { return Ok(None) };
        let Some(range) = self.parts.get(part).cloned() else { return Ok(None) };
        let mut run: Vec<&Branch> = branches.iter().collect();
        if let [alone] = *run
            && !self.ctx.model.rows_are_independent()
        {
            run.push(alone);
        }
        let removed: Vec<&[usize]> = run.iter().map(|branch| self.removed_of(branch)).collect();
        let rows = removed.iter().map(|removed| Row::without(self.ctx, self.ids, range.clone(), removed, self.absence));
        let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        let blocked = (self.absence == Absence::BlockAttention).then(|| {
            let up_to = |removed: &&[usize]| between(removed, 0..range.end).to_vec();
            KeyMask { blocked: removed.iter().map(up_to).collect() }
        });
        let from: Vec<usize> = run.iter().map(|branch| branch.from).collect();
        let mut cache = self.ctx.causal().then(|| past.map_or_else(KvCache::default, |past| past.rows(&from)));
        let flow = absence::run(self.ctx, &rows, blocked.as_ref(), cache.as_mut()).await?;
        let sets = branches.iter().enumerate().flat_map(|(row, branch)| branch.sets.iter().map(move |&set| (set, row)));
        let ended: Vec<_> = sets.filter(|&(set, _)| self.ends(set, &range)).collect();
        let logits = (!ended.is_empty()).then(|| flow.logits(None, &mut Hooks::default()));
        let on = |branch: Branch| branch.sets.into_iter().filter(|&set| !self.ends(set, &range)).collect();
        let on: Vec<Alike> = branches.into_iter().map(on).collect();
        self.part(part + 1, cache, on);
        Ok(Some(Grown { ended, logits }))
    }

    /// Parts the rows of a past into branches, by what is away in a part, and puts them into batches.
    fn part(&mut self, part: usize, past: Option<KvCache>, rows: Vec<Alike>) {
        let Some(range) = self.parts.get(part).cloned() else { return };
        let mut alike: BTreeMap<(usize, bool), Vec<Branch>> = BTreeMap::new();
        for (from, sets) in rows.into_iter().enumerate() {
            let mut branches: BTreeMap<&[usize], Alike> = BTreeMap::new();
            for set in sets {
                branches
                    .entry(between(self.removed.get(set).copied().unwrap_or_default(), range.clone()))
                    .or_default()
                    .push(set);
            }
            for (removed, sets) in branches {
                let read = if self.absence == Absence::Delete { range.len() - removed.len() } else { range.len() };
                // Only what ends is unembedded.
                let ends = sets.iter().any(|&set| self.ends(set, &range));
                alike.entry((read, ends)).or_default().push(Branch { from, sets });
            }
        }
        let most_kept = |read: usize| KEPT_TOKENS / (past.as_ref().map_or(0, KvCache::n_tokens) + read);
        for ((read, _), mut branches) in alike {
            if read == 0 {
                // Nothing is read here; it goes on from where it is.
                let from: Vec<usize> = branches.iter().map(|branch| branch.from).collect();
                let rows = branches.into_iter().map(|branch| branch.sets).collect();
                self.part(part + 1, past.as_ref().map(|past| past.rows(&from)), rows);
                continue;
            }
            let most = if self.ctx.causal() { most_kept(read) } else { usize::MAX };
            for n_rows in even(branches.len(), most.min(Context::rows_per_batch(read))) {
                let rest = branches.split_off(n_rows);
                let branches = std::mem::replace(&mut branches, rest);
                self.waiting.push(Batch { part, past: past.clone(), branches });
            }
        }
    }

    /// What is away of a branch.
    fn removed_of(&self, branch: &Branch) -> &'a [usize] {
        let first = branch.sets.first().and_then(|&set| self.removed.get(set));
        first.copied().unwrap_or_default()
    }

    /// Whether nothing of a set's row stands behind a part.
    fn ends(&self, set: usize, range: &Range<usize>) -> bool {
        let behind = range.end..self.ids.len();
        let removed = self.removed.get(set).copied().unwrap_or_default();
        behind.is_empty() || self.absence == Absence::Delete && between(removed, behind.clone()).len() == behind.len()
    }
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
    let (ids, removed) = (ctx.ids(), BTreeSet::from_iter(removed.iter().copied()));
    if absence == Absence::Delete && removed.len() == ids.len() {
        return Ok(None);
    }
    let removed: Vec<usize> = removed.into_iter().collect();
    let removed = [&*removed];
    let mut branches = Branches::new(ctx, &ids, absence, &removed);
    while let Some(grown) = branches.grow().await? {
        if let Some(logits) = grown.logits {
            let n_logits = logits.dims()[1];
            return Ok(Some(trace::read(logits.slice([0..1, 0..n_logits])).await?));
        }
    }
    Ok(None)
}

/// Where a text is cut: all parts about as long.
fn parts(n_tokens: usize, causal: bool) -> Vec<Range<usize>> {
    let most = if causal { MOST_PARTS.min(n_tokens / PART_TOKENS) } else { 1 };
    let n_parts = most.max(1);
    (0..n_parts).map(|part| part * n_tokens / n_parts..(part + 1) * n_tokens / n_parts).collect()
}

/// Those of some positions in order that lie in a range.
fn between(positions: &[usize], range: Range<usize>) -> &[usize] {
    let before = |end: usize| positions.partition_point(|&position| position < end);
    positions.get(before(range.start)..before(range.end)).unwrap_or_default()
}

/// So many rows in as few batches of at most `most` as there can be without one of a single row, all about as large.
fn even(n_rows: usize, most: usize) -> impl Iterator<Item = usize> {
    let n_batches = n_rows.div_ceil(most.max(1)).min(n_rows / 2).max(1);
    let cut = move |batch: usize| batch * n_rows / n_batches;
    (0..n_batches).map(move |batch| cut(batch + 1) - cut(batch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_row_is_alone() {
        for n in 1..40 {
            for most in 1..9 {
                let sizes: Vec<usize> = even(n, most).collect();
                assert_eq!(sizes.iter().sum::<usize>(), n);
                assert!(sizes.iter().all(|&size| size > 1 || n == 1), "{n} {most}: {sizes:?}");
                assert!(sizes.iter().all(|&size| size <= most.max(3)), "{n} {most}: {sizes:?}");
            }
        }
    }

    #[test]
    fn parts_hold_each_token_once() {
        for n in 1..70 {
            for causal in [false, true] {
                let parts = parts(n, causal);
                assert_eq!(parts.iter().cloned().flatten().collect::<Vec<_>>(), (0..n).collect::<Vec<_>>());
                assert!(parts.len() <= MOST_PARTS && (causal || parts.len() == 1));
                assert!(parts.len() == 1 || parts.iter().all(|part| part.len() >= PART_TOKENS), "{n}: {parts:?}");
            }
        }
    }
}
