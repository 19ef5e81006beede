//! Activation patching and its estimate from one gradient: which activation, copied from one run into another, moves the answer?
//!
//! **Question.** Where does the difference between two texts sit, layer by layer, and what carries it?
//!
//! **Definition.** With `a` an activation of the run that is copied from, `a'` of the run that is copied into, `F` the metric:
//! ```text
//! exact        F(run' with a in the place of a')
//! approximate  F(run') + Σ_d (a − a')_d · ∂F/∂a'_d      (attribution patching)
//! ```
//! A cell is what a layer reads, its attention or its MLP writes at one token; or a head at all tokens: its weighted values,
//! queries, keys, values or weights. Between texts of other lengths it is copied from each token to the one that it is aligned with;
//! what has no partner stays as it was.
//!
//! Of two cells, one of a later layer, it can be run what the first brings over while the second is kept as it was: by how much less
//! goes by way of the second.
//!
//! **Reads as.** The metric of the patched run. As a share of the way from the one run to the other: 0 nothing came over, 1 all
//! of it; values outside are possible.
//!
//! **Cost.** Exact: one run for each cell, from its layer on alone; what lies below, and before the first token that
//! differs, is that of the runs without a patch. Approximate: two forward passes and one backward for all cells.
//!
//! **Limits.** Enough to bring an answer back is not where it is stored. The approximation is that of a tangent: it fails where
//! something saturates. Where tokens are aligned with others, what is copied was computed at another place, which models with
//! embedded positions can tell.
//!
//! **Source.** Vig et al. 2020, *Causal Mediation Analysis*, arXiv 2004.12265; Meng et al. 2022, *Locating and Editing Factual
//! Associations in GPT*, arXiv 2202.05262; Nanda 2023, *Attribution Patching*; Zhang, Nanda 2023, arXiv 2309.16042.

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::Tensor;
use vitrine_model::{Activation, Edit, Flow, Hooks, Intervention, KvCache, ModelError, Trace, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::patching::{Path, entered};
use vitrine_schema::protocol::Progress;
use vitrine_schema::{BlockSite, Cell, Check, CheckId, Direction, PatchSite, Patching, Site, Verdict};

use crate::{Context, MethodError, watched};

/// Fewest rows of a batch: a batch of two long rows would be half taken by the row that is run for comparison.
const FEWEST_ROWS: usize = 8;

/// What is copied between the runs of two texts; the first one is the text of the context.
#[derive(Debug, Clone, Copy)]
pub struct Copying<'a> {
    /// Token ids of the second text.
    pub corrupt: &'a [u32],
    /// For each token of the first text the one of the second that belongs to it; both in their order.
    pub partners: &'a [Option<usize>],
    /// What is copied.
    pub site: PatchSite,
    /// From which run into which.
    pub direction: Direction,
}

/// What was found so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Copies {
    /// `F` of the first text, then of the second.
    pub ends: [f32; 2],
    /// `F` of the patched run, `[layer][token or head]`; `None` where it was not run.
    pub values: Vec<Vec<Option<f32>>>,
    /// Do the runs keep what they promise?
    pub checks: Vec<Check>,
    /// Logits of the first text, then of the second.
    pub logits: [Vec<f32>; 2],
    /// Where one cell alone was run: logits before and after it was copied.
    pub answers: Option<[Vec<f32>; 2]>,
}

impl Copying<'_> {
    /// Which of the two runs is copied from, and which into.
    const fn roles(&self) -> (usize, usize) {
        match self.direction {
            Direction::Denoise => (0, 1),
            Direction::Noise => (1, 0),
        }
    }

    /// Columns of the map.
    #[must_use]
    pub fn n_columns(&self, ctx: &Context<'_>) -> usize {
        let config = ctx.model.config();
        match self.site {
            PatchSite::K | PatchSite::V => config.n_kv_heads,
            site if site.of_heads() => config.n_heads,
            _ => self.partners.len(),
        }
    }

    /// The first token that differs: up to it both texts are the same, token by token.
    #[must_use]
    pub fn first_difference(&self, ctx: &Context<'_>) -> usize {
        let same = |(at, (a, b)): (usize, (&u32, &u32))| a == b && self.partners.get(at) == Some(&Some(at));
        ctx.ids().iter().zip(self.corrupt).enumerate().take_while(|both| same(*both)).count()
    }

    /// Whether each token of both has its partner in the same place.
    #[must_use]
    pub fn is_one_to_one(&self) -> bool {
        let same = |(at, partner): (usize, &Option<usize>)| *partner == Some(at);
        self.partners.len() == self.corrupt.len() && self.partners.iter().enumerate().all(same)
    }

    /// Where a token of the first text stands in one of the two; `None` where it has no partner there.
    fn place(&self, run: usize, token: usize) -> Option<usize> {
        let partner = self.partners.get(token).copied().flatten();
        if run == 0 { partner.map(|_| token) } else { partner }
    }

    /// Where the numbers of a cell stand in the activation of the run that is copied from, and of the one that is copied into; `None` at a
    /// token without a partner.
    fn numbers(&self, column: usize, shapes: [&[usize]; 2]) -> Option<Box<dyn Iterator<Item = [usize; 2]> + '_>> {
        let (source, receiver) = self.roles();
        let [from, into] = shapes.map(<[usize]>::to_vec);
        let at = move |token: usize, head: usize| {
            let places = [self.place(source, token)?, self.place(receiver, token)?];
            let [from, into] = [numbers_at(&from, places[0], head), numbers_at(&into, places[1], head)];
            Some(from.zip(into).map(<[usize; 2]>::from))
        };
        Some(match self.site {
            PatchSite::Pattern if shapes[0] != shapes[1] => return None,
            PatchSite::Pattern => Box::new(weights_of(shapes[0], column).map(|at| [at; 2])),
            site if site.of_heads() => {
                Box::new((0..self.partners.len()).filter_map(move |token| at(token, column)).flatten())
            }
            _ => Box::new(at(column, 0)?),
        })
    }

    /// Whether a cell cannot matter: nothing before a token of a model of language depends on it.
    fn is_before(&self, ctx: &Context<'_>, column: usize, first: usize) -> bool {
        ctx.causal() && !self.site.of_heads() && column < first
    }
}

/// Runs cells one by one, those of a batch together, and says after each batch what was found so far.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn exact(
    ctx: &Context<'_>,
    copying: Copying<'_>,
    cells: &[Cell],
    so_far: &(dyn Fn(&Copies) + '_),
) -> Result<Copies, MethodError> {
    let first = copying.first_difference(ctx);
    let runs = Runs::of(ctx, copying, first).await?;
    far_enough(runs.ends)?;
    let (source, receiver) = copying.roles();
    let n_columns = copying.n_columns(ctx);
    let mut found = Copies {
        ends: runs.ends,
        logits: runs.logits.clone(),
        values: vec![vec![None; n_columns]; ctx.model.config().n_layers],
        ..Copies::default()
    };
    let put = |found: &mut Copies, cell: Cell, value: f32| {
        if let Some(slot) = found.values.get_mut(cell.layer).and_then(|row| row.get_mut(cell.column)) {
            *slot = Some(value);
        }
    };
    let mut fronts: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
    for &cell in cells {
        if copying.is_before(ctx, cell.column, first) {
            put(&mut found, cell, runs.ends[receiver]);
            continue;
        }
        if let Some(past) = runs.entered(cell) {
            fronts.entry(past).or_default().push(cell);
        }
    }
    let total = fronts.values().map(Vec::len).sum::<usize>() as u64 + 1;
    ctx.monitor.tick(Progress { done: 0, total }).await?;
    let all = Row { layer: ctx.model.config().n_layers / 2, column: None, kept: None };
    let everything = ctx.values(runs.front(&[all], runs.past).await?).await?;
    let [same, all] = everything[..] else { return Err(lost()) };
    let mut off = same - runs.ends[receiver];
    let mut done = 1;
    for (past, mut cells) in fronts {
        cells.sort_unstable();
        let most = Context::rows_per_batch(runs.n_tokens[receiver] - past).max(FEWEST_ROWS) - 1;
        for cells in cells.chunks(most) {
            ctx.monitor.tick(Progress { done, total }).await?;
            let rows: Vec<Row> =
                cells.iter().map(|cell| Row { layer: cell.layer, column: Some(cell.column), kept: None }).collect();
            let logits = runs.front(&rows, past).await?;
            if total == 2 {
                let [_, class] = logits.dims();
                let read = trace::read(logits.clone()).await?;
                let (before, after) = read.split_at(class.min(read.len()));
                found.answers = Some([before.to_vec(), after.to_vec()]);
            }
            let values = ctx.values(logits).await?;
            let Some((same, values)) = values.split_first() else { return Err(lost()) };
            if (same - runs.ends[receiver]).abs() > off.abs() {
                off = same - runs.ends[receiver];
            }
            cells.iter().zip(values).for_each(|(&cell, &value)| put(&mut found, cell, value));
            done += cells.len() as u64;
            so_far(&found);
        }
    }
    let mut everything = Check::equal(CheckId::PatchAll, all, runs.ends[source]);
    if !copying.is_one_to_one() {
        // What has no partner stays, and another place is another input: the other run need not come of it.
        everything.verdict = Verdict::NotPromised;
    }
    found.checks =
        vec![Check::identical(CheckId::PatchSelf, runs.ends[receiver] + off, runs.ends[receiver]), everything];
    Ok(found)
}

/// Runs pairs of cells: the first copied, the second, of a later layer, kept as it is in the run that is copied into.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn by_way(ctx: &Context<'_>, copying: Copying<'_>, pairs: &[[Cell; 2]]) -> Result<Vec<Path>, MethodError> {
    let runs = Runs::of(ctx, copying, copying.first_difference(ctx)).await?;
    let mut fronts: BTreeMap<usize, Vec<[Cell; 2]>> = BTreeMap::new();
    for pair in pairs {
        if let Some(past) = runs.entered(pair[0]) {
            fronts.entry(past).or_default().push(*pair);
        }
    }
    let (_, receiver) = copying.roles();
    let (mut paths, total) = (Vec::new(), pairs.len() as u64);
    for (past, mut pairs) in fronts {
        pairs.sort_unstable();
        let most = Context::rows_per_batch(runs.n_tokens[receiver] - past).max(FEWEST_ROWS) - 1;
        for pairs in pairs.chunks(most) {
            ctx.monitor.tick(Progress { done: paths.len() as u64, total }).await?;
            let row = |[from, to]: &[Cell; 2]| Row { layer: from.layer, column: Some(from.column), kept: Some(*to) };
            let rows: Vec<Row> = pairs.iter().map(row).collect();
            let values = ctx.values(runs.front(&rows, past).await?).await?;
            let measured = pairs.iter().zip(values.iter().skip(1));
            paths.extend(measured.map(|(&[from, to], &metric)| Path { from, to, metric }));
        }
    }
    Ok(paths)
}

/// Estimates all cells from one gradient.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn approximate(ctx: &Context<'_>, copying: Copying<'_>) -> Result<Copies, MethodError> {
    let config = ctx.model.config();
    let clean = ctx.ids();
    let texts = [clean.as_slice(), copying.corrupt];
    let (source, receiver) = copying.roles();
    let sites: Vec<Site> = (0..config.n_layers).map(|layer| Site::block(layer, copying.site.site())).collect();
    let embed = |text: usize| ctx.model.embed(&[texts[text].to_vec()]);

    let mut hooks = Hooks::observing(sites.iter().copied());
    let logits = watched::logits(ctx.model, embed(source)?, &mut hooks, ctx.monitor).await?;
    let of_source = trace::read(logits.clone()).await?;
    let from_value = trace::read(ctx.scalar(logits)).await?;
    let from = hooks.into_readback()?.read().await?;

    let mut hooks = Hooks::observing(sites.iter().copied()).differentiating(sites.iter().copied());
    let lifted = embed(receiver)?.autodiff().require_grad();
    let logits = watched::logits(ctx.model, lifted, &mut hooks, ctx.monitor).await?;
    let of_receiver = trace::read(logits.clone().without_autodiff()).await?;
    let value = ctx.scalar(logits);
    let into_value = trace::read(value.clone().without_autodiff()).await?;
    let (&[from_value], &[into_value]) = (&from_value[..], &into_value[..]) else { return Err(lost()) };
    let mut ends = [into_value; 2];
    ends[source] = from_value;
    let mut logits = [of_source, of_receiver];
    logits.rotate_left(source);
    far_enough(ends)?;
    let mut gradients = value.sum().backward();
    let gradient = hooks.gradients(&mut gradients).read().await?;
    let into = hooks.into_readback()?.read().await?;

    let first = copying.first_difference(ctx);
    let n_columns = copying.n_columns(ctx);
    let mut values = Vec::with_capacity(config.n_layers);
    for site in &sites {
        let (Some(a), Some(b), Some(slope)) = (from.get(site), into.get(site), gradient.get(site)) else {
            return Err(lost());
        };
        let estimate = |column: usize| {
            if copying.is_before(ctx, column, first) {
                return Some(into_value);
            }
            let pairs = copying.numbers(column, [&a.shape, &b.shape])?;
            let terms = pairs.map(|[at, of]| f64::from(a.values[at] - b.values[of]) * f64::from(slope.values[of]));
            Some((f64::from(into_value) + terms.sum::<f64>()) as f32)
        };
        values.push((0..n_columns).map(estimate).collect());
    }
    Ok(Copies { ends, values, logits, ..Copies::default() })
}

/// What a device did not hand back.
fn lost() -> MethodError {
    ModelError::Readback { detail: "a value is missing".to_owned() }.into()
}

/// Refuses two runs of which a share of the way from one to the other means nothing.
///
/// # Errors
/// [`Refusal::NoDifference`], [`Refusal::Overflow`].
fn far_enough([clean, corrupt]: [f32; 2]) -> Result<(), Refusal> {
    let difference = (clean - corrupt).abs();
    match difference {
        difference if !difference.is_finite() => Err(Refusal::Overflow),
        difference if difference < Patching::LEAST_DIFFERENCE => {
            Err(Refusal::NoDifference { difference: format!("{:.3}", (1000.0 * difference).floor() / 1000.0) })
        }
        _ => Ok(()),
    }
}

/// Where the numbers of one token stand in the activation of one row; of heads, those of one head.
///
/// # Shapes
/// `[batch, pos, d_model]`, `[batch, pos, head, d_head]`.
fn numbers_at(shape: &[usize], token: usize, head: usize) -> Range<usize> {
    let start = match *shape {
        [_, _, heads, width] => (token * heads + head) * width,
        [_, _, width] => token * width,
        _ => return 0..0,
    };
    start..start + shape.last().copied().unwrap_or(0)
}

/// Where the weights of one head stand in the patterns of one row.
///
/// # Shapes
/// `[batch, head, query_pos, key_pos]`.
fn weights_of(shape: &[usize], head: usize) -> Range<usize> {
    let each = shape.iter().skip(2).product::<usize>();
    head * each..(head + 1) * each
}

/// A run with a patch: it enters before this layer, with one cell copied, or with everything.
#[derive(Debug, Clone, Copy)]
struct Row {
    layer: usize,
    column: Option<usize>,
    /// A cell of a later layer that stays as it is.
    kept: Option<Cell>,
}

/// A run without a patch.
struct Whole {
    value: f32,
    logits: Vec<f32>,
    kept: Trace,
    cache: KvCache,
}

/// Both runs without a patch, from the tokens on that are not the same; those before are kept as keys and values.
struct Runs<'a> {
    ctx: &'a Context<'a>,
    copying: Copying<'a>,
    /// Of the first text, and of the second.
    n_tokens: [usize; 2],
    /// Tokens that are not run again.
    past: usize,
    ends: [f32; 2],
    logits: [Vec<f32>; 2],
    /// The run that is copied into, as keys and values.
    cache: KvCache,
    /// What each layer reads and what is copied, of each run.
    kept: [Trace; 2],
}

impl<'a> Runs<'a> {
    async fn of(ctx: &'a Context<'a>, copying: Copying<'a>, first: usize) -> Result<Self, MethodError> {
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

    /// How many tokens need not be run again for a cell; `None` at a token without a partner.
    fn entered(&self, cell: Cell) -> Option<usize> {
        if self.copying.site.of_heads() {
            return Some(self.past);
        }
        let (_, receiver) = self.copying.roles();
        let place = self.copying.place(receiver, cell.column)?;
        Some(if self.ctx.causal() { entered(place, self.past, self.n_tokens[receiver]) } else { self.past })
    }

    /// The activation at a site of one of the runs.
    fn activation(&self, layer: usize, site: BlockSite, run: usize) -> Result<&Activation, MethodError> {
        self.kept[run].get(&Site::block(layer, site)).ok_or_else(lost)
    }

    /// What a layer reads in the run that is copied into, from a token on, with some tokens of a run.
    fn read_by(
        &self,
        layer: usize,
        run: usize,
        tokens: impl Iterator<Item = usize>,
        past: usize,
    ) -> Result<Vec<f32>, MethodError> {
        let d_model = self.ctx.model.config().d_model;
        let (_, receiver) = self.copying.roles();
        let own = &self.activation(layer, BlockSite::ResidPre, receiver)?.values;
        let other = &self.activation(layer, BlockSite::ResidPre, run)?.values;
        let mut stream = own.get((past - self.past) * d_model..).ok_or_else(lost)?.to_vec();
        for token in tokens {
            let (Some(from), Some(into)) = (self.copying.place(run, token), self.copying.place(receiver, token)) else {
                continue;
            };
            // What comes before is the same in both.
            let (Some(from), Some(into)) = (from.checked_sub(self.past), into.checked_sub(past)) else { continue };
            let from = other.get(from * d_model..(from + 1) * d_model).ok_or_else(lost)?;
            stream.get_mut(into * d_model..(into + 1) * d_model).ok_or_else(lost)?.copy_from_slice(from);
        }
        Ok(stream)
    }

    /// Runs all rows together from the first layer on, each of them from its own; in front of them the run that is copied into,
    /// with its own activation in the place of the first cell. `past` tokens are not run.
    ///
    /// # Shapes
    /// rows in the order of their layers, to logits `[1 + rows, class]`.
    async fn front(&self, rows: &[Row], past: usize) -> Result<Tensor<2>, MethodError> {
        let (model, (source, receiver)) = (self.ctx.model, self.copying.roles());
        let Some(&start) = rows.first() else { return Err(lost()) };
        let mut base = self.cache.clone();
        base.cut(past);
        let itself = (Row { kept: None, ..start }, receiver);
        let rows: Vec<(Row, usize)> = std::iter::once(itself).chain(rows.iter().map(|&row| (row, source))).collect();
        let (mut flow, mut batch): (Option<Flow<'_>>, usize) = (None, 0);
        for layer in start.layer..model.config().n_layers {
            let mut hooks = Hooks::default();
            let entering: Vec<(Row, usize)> = rows.iter().copied().filter(|(row, _)| row.layer == layer).collect();
            let mut resid = Vec::new();
            for (nth, &(row, from)) in entering.iter().enumerate() {
                let copied = match row.column {
                    None => 0..self.copying.partners.len(),
                    Some(column) if self.copying.site == PatchSite::ResidPre => column..column + 1,
                    Some(_) => 0..0,
                };
                resid.extend(self.read_by(layer, from, copied, past)?);
                if let Some(column) = row.column.filter(|_| self.copying.site != PatchSite::ResidPre) {
                    let site = Site::block(layer, self.copying.site.site());
                    hooks = hooks.edit(site, self.edit(layer, column, from, batch + nth, past)?);
                }
            }
            if !entering.is_empty() {
                batch += entering.len();
                let resid = model.upload_stream(resid, entering.len(), self.n_tokens[receiver] - past)?;
                flow = Some(match flow {
                    Some(flow) => flow.joined(resid),
                    None => Flow::at(model, layer, resid, None, past),
                });
            }
            for (at, (row, _)) in rows.iter().enumerate().take(batch) {
                if let Some(cell) = row.kept.filter(|cell| cell.layer == layer) {
                    let site = Site::block(layer, self.copying.site.site());
                    hooks = hooks.edit(site, self.edit(layer, cell.column, receiver, at, past)?);
                }
            }
            let mut cache = base.spread(batch);
            flow = flow.map(|flow| flow.step(Some(&mut cache), &mut hooks));
            hooks.into_readback()?;
            self.ctx.monitor.turn().await?;
        }
        Ok(flow.ok_or_else(lost)?.logits(None, &mut Hooks::default()))
    }

    /// Puts a cell of one of the runs into a row of the batch.
    fn edit(&self, layer: usize, column: usize, run: usize, row: usize, past: usize) -> Result<Edit, MethodError> {
        let (site, (_, receiver)) = (self.copying.site, self.copying.roles());
        let from = self.activation(layer, site.site(), run)?;
        let into = self.activation(layer, site.site(), receiver)?;
        let one = row..row + 1;
        if site == PatchSite::Pattern {
            let values = from.values.get(weights_of(&from.shape, column)).ok_or_else(lost)?.to_vec();
            return Ok(Edit {
                region: vec![one, column..column + 1],
                intervention: Intervention::Replace(values.into()),
            });
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
            (false, None) => return Err(lost()),
        };
        let mut values = Vec::new();
        for token in written.clone() {
            let (activation, at) = match pairs.iter().find(|(_, into)| *into == token) {
                Some(&(at, _)) => (from, at),
                None => (into, token),
            };
            let at = numbers_at(&activation.shape, at - self.past, column);
            values.extend_from_slice(activation.values.get(at).ok_or_else(lost)?);
        }
        let mut region = vec![one, written.start - past..written.end - past];
        if site.of_heads() {
            region.push(column..column + 1);
        }
        Ok(Edit { region, intervention: Intervention::Replace(values.into()) })
    }
}
