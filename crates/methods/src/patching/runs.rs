//! The runs that cells are copied between, and the rows that enter a pass with a cell of theirs.

use std::collections::BTreeMap;
use std::iter::once;
use std::ops::Range;
use std::sync::Arc;

use vitrine_model::{Activation, Flow, Hooks, KvCache, Trace, trace};
use vitrine_schema::floats::Floats;
use vitrine_schema::patching::entered;
use vitrine_schema::work::{Done, Enter, Entering, Kept, Put, Row as Read, Scalar, Work};
use vitrine_schema::{BlockSite, Cell, PatchSite, Site};

use super::{Copying, lost, numbers_at, weights_of};
use crate::crew::{Tally, pieces_of};
use crate::{Context, MethodError, watched};

/// Fewest rows of a batch: a batch of two long rows would be half taken by the row that is run for comparison.
const FEWEST_ROWS: usize = 8;

/// A run with a patch: it enters before this layer, with one cell copied, or with everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub layer: usize,
    pub column: Option<usize>,
    /// A cell of a later layer that stays as it is.
    pub kept: Option<Cell>,
}

/// A run without a patch.
struct Whole {
    value: f32,
    logits: Vec<f32>,
    kept: Trace,
    cache: KvCache,
}

/// Both runs without a patch, from the tokens on that are not the same; those before are kept as keys and values.
pub(super) struct Runs<'a> {
    ctx: &'a Context<'a>,
    copying: Copying<'a>,
    /// Of the first text, and of the second.
    n_tokens: [usize; 2],
    /// Tokens that are not run again.
    past: usize,
    pub ends: [f32; 2],
    pub logits: [Vec<f32>; 2],
    /// The run that is copied into, as keys and values.
    cache: KvCache,
    /// What each layer reads and what is copied, of each run.
    kept: [Trace; 2],
}

impl<'a> Runs<'a> {
    pub async fn of(ctx: &'a Context<'a>, copying: Copying<'a>, first: usize) -> Result<Self, MethodError> {
        let clean = ctx.ids();
        let texts = [clean.as_slice(), copying.corrupt];
        let n_tokens = texts.map(<[u32]>::len);
        // Products of one row take another order than those of several, so that at least two tokens are run.
        let most = n_tokens[0].min(n_tokens[1]).saturating_sub(2);
        let past = if ctx.causal() { first.min(most) } else { 0 };
        let mut shared = KvCache::default();
        if past > 0 {
            let embed = ctx.model.embed(&[clean[..past].to_vec()])?;
            let (cache, hooks) = (Some(&mut shared), &mut Hooks::default());
            let _ = watched::normalized(ctx.model, embed, cache, hooks, ctx.monitor).await?;
        }
        let [a, b] = texts.map(|text| &text[past..]);
        let [a, b] =
            [Self::alone(ctx, copying.site, a, &shared).await?, Self::alone(ctx, copying.site, b, &shared).await?];
        let ends = [a.value, b.value];
        let cache = if copying.roles().1 == 0 { a.cache } else { b.cache };
        let (logits, kept) = ([a.logits, b.logits], [a.kept, b.kept]);
        Ok(Self { ctx, copying, n_tokens, past, ends, logits, cache, kept })
    }

    /// One of them, behind what both have in common.
    async fn alone(ctx: &Context<'_>, site: PatchSite, tokens: &[u32], shared: &KvCache) -> Result<Whole, MethodError> {
        let mut cache = shared.clone();
        let sites = [BlockSite::ResidPre, site.site()];
        let mut hooks = Hooks::observing(
            (0..ctx.model.config().n_layers)
                .flat_map(|layer| sites.into_iter().map(move |site| Site::block(layer, site))),
        );
        let embed = ctx.model.embed(&[tokens.to_vec()])?;
        let mut flow = Flow::enter(ctx.model, embed, None, Some(&cache), &mut hooks);
        while !flow.is_done() {
            flow = flow.step(Some(&mut cache), &mut hooks);
            ctx.monitor.turn().await?;
        }
        let logits = flow.logits(None, &mut hooks);
        let values = ctx.values(logits.clone()).await?;
        let &[value] = &values[..] else { return Err(lost()) };
        Ok(Whole { value, logits: trace::read(logits).await?, kept: hooks.into_readback()?.read().await?, cache })
    }

    /// Has rows run, here or by helpers: with those for which as many tokens need not be run again, in the order of their layers. `found` is
    /// told some of them with what came of them as soon as that is known; in front of that stands the run with itself, and it must be like
    /// that.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn run(
        &self,
        rows: &[Row],
        logits: bool,
        found: &mut dyn FnMut(&[Row], &[Read]),
    ) -> Result<(), MethodError> {
        let (ctx, (_, receiver)) = (self.ctx, self.copying.roles());
        let mut fronts: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
        for row in rows {
            if let Some(past) = self.entered(row) {
                fronts.entry(past).or_default().push(*row);
            }
        }
        let (all, helpers) = (fronts.values().map(Vec::len).sum(), ctx.crew.helpers());
        let mut pieces: Vec<(usize, &[Row])> = Vec::new();
        let mut before = BTreeMap::new();
        for (&past, rows) in &mut fronts {
            rows.sort_unstable();
            let most = Context::rows_per_batch(self.n_tokens[receiver] - past).max(FEWEST_ROWS) - 1;
            pieces.extend(pieces_of(rows, all, most, helpers).into_iter().map(|rows| (past, rows)));
            before.insert(past, Arc::new(self.before(past).await?));
        }
        let before = |past: &usize| before.get(past).cloned().unwrap_or_default();
        let tally = Tally::new(ctx.monitor, all + pieces.len());
        let mut works = pieces.iter().map(|(past, rows)| self.front(rows, *past, before(past), logits));
        let mut keep = |piece: usize, done: Done| {
            if let Some((_, rows)) = pieces.get(piece) {
                found(rows, &done.rows);
            }
        };
        ctx.share_out(&tally, &mut works, &mut keep).await
    }

    /// How many tokens need not be run again for a row; `None` at a token without a partner.
    fn entered(&self, row: &Row) -> Option<usize> {
        let Some(column) = row.column.filter(|_| !self.copying.site.of_heads()) else { return Some(self.past) };
        let (_, receiver) = self.copying.roles();
        let place = self.copying.place(receiver, column)?;
        Some(if self.ctx.causal() { entered(place, self.past, self.n_tokens[receiver]) } else { self.past })
    }

    /// The numbers of a site of one of the runs.
    fn activation(&self, layer: usize, site: BlockSite, run: usize) -> Option<&Activation> {
        self.kept[run].get(&Site::block(layer, site))
    }

    /// What a layer reads in the run that is copied into, from a token on, with some tokens of a run.
    fn read_by(&self, layer: usize, run: usize, tokens: impl Iterator<Item = usize>, past: usize) -> Option<Vec<f32>> {
        let d_model = self.ctx.model.config().d_model;
        let (_, receiver) = self.copying.roles();
        let own = &self.activation(layer, BlockSite::ResidPre, receiver)?.values;
        let other = &self.activation(layer, BlockSite::ResidPre, run)?.values;
        let mut stream = own.get((past - self.past) * d_model..)?.to_vec();
        for token in tokens {
            let (Some(from), Some(into)) = (self.copying.place(run, token), self.copying.place(receiver, token)) else {
                continue;
            };
            // What comes before is the same in both.
            let (Some(from), Some(into)) = (from.checked_sub(self.past), into.checked_sub(past)) else { continue };
            let from = other.get(from * d_model..(from + 1) * d_model)?;
            stream.get_mut(into * d_model..(into + 1) * d_model)?.copy_from_slice(from);
        }
        Some(stream)
    }

    /// The run that is copied into up to a token, as keys and values of each layer.
    ///
    /// # Errors
    /// [`MethodError::Model`].
    async fn before(&self, past: usize) -> Result<Vec<Kept>, MethodError> {
        let mut cache = self.cache.clone();
        cache.cut(past);
        Ok(cache.kept().await?)
    }

    /// Rows that are run together, in the order of their layers; in front of them the run that is copied into, with its own activation in the
    /// place of the first cell. `before` is what was kept of the tokens that are not run.
    ///
    /// Whoever runs them finds out that a number is missing.
    fn front(&self, rows: &[Row], past: usize, before: Arc<Vec<Kept>>, logits: bool) -> Work {
        let (source, receiver) = self.copying.roles();
        let itself = rows.first().map(|&row| (Row { kept: None, ..row }, receiver));
        let rows = itself.into_iter().chain(rows.iter().map(|&row| (row, source)));
        let site = self.copying.site;
        let entering = |(row, run): (Row, usize)| {
            let copied = match row.column {
                None => 0..self.copying.partners.len(),
                Some(column) if site == PatchSite::ResidPre => column..column + 1,
                Some(_) => 0..0,
            };
            let copy = row.column.filter(|_| site != PatchSite::ResidPre);
            let copy = copy.map(|column| self.put(row.layer, column, run, past));
            let keep = row.kept.map(|cell| self.put(cell.layer, cell.column, receiver, past));
            let stream = Floats(self.read_by(row.layer, run, copied, past).unwrap_or_default());
            Entering { layer: row.layer, stream, put: copy.into_iter().chain(keep).collect() }
        };
        Work::Enter(Enter {
            scalar: Scalar { target: self.ctx.target.clone(), own: None },
            logits,
            past: before,
            rows: rows.map(entering).collect(),
        })
    }

    /// A cell of one of the runs, as it is put into a row.
    fn put(&self, layer: usize, column: usize, run: usize, past: usize) -> Put {
        let site = Site::block(layer, self.copying.site.site());
        let (region, values) = self.numbers(layer, column, run, past).unwrap_or_default();
        Put { site, region, values: Floats(values) }
    }

    /// Where the numbers of a cell are put in a row, and those of one of the runs.
    fn numbers(&self, layer: usize, column: usize, run: usize, past: usize) -> Option<(Vec<Range<usize>>, Vec<f32>)> {
        let (site, (_, receiver)) = (self.copying.site, self.copying.roles());
        let (from, into) = (self.activation(layer, site.site(), run)?, self.activation(layer, site.site(), receiver)?);
        if site == PatchSite::Pattern {
            let values = from.values.get(weights_of(&from.shape, column))?.to_vec();
            return Some((once(column..column + 1).collect(), values));
        }
        let tokens = if site.of_heads() { 0..self.copying.partners.len() } else { column..column + 1 };
        let pairs: Vec<(usize, usize)> = tokens
            .filter_map(|token| Some((self.copying.place(run, token)?, self.copying.place(receiver, token)?)))
            .filter(|(_, into)| *into >= past)
            .collect();
        // A head is written at all tokens that are run; those without a partner keep their own.
        let written = match (site.of_heads(), pairs.first()) {
            (true, _) => past..self.n_tokens[receiver],
            (false, Some(&(_, into))) => into..into + 1,
            (false, None) => return None,
        };
        let mut values = Vec::new();
        for token in written.clone() {
            let (activation, at) = match pairs.iter().find(|(_, into)| *into == token) {
                Some(&(at, _)) => (from, at),
                None => (into, token),
            };
            let at = numbers_at(&activation.shape, at - self.past, column);
            values.extend_from_slice(activation.values.get(at)?);
        }
        let head = site.of_heads().then(|| column..column + 1);
        let region = once(written.start - past..written.end - past).chain(head).collect();
        Some((region, values))
    }
}
