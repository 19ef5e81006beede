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

mod runs;

use std::ops::Range;

use vitrine_model::{Hooks, ModelError, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::patching::Path;
use vitrine_schema::work::Row as Read;
use vitrine_schema::{Cell, Check, CheckId, Direction, PatchSite, Patching, Site, Verdict};

use crate::{Context, MethodError, watched};
use runs::{Row, Runs};

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
    let put = |found: &mut Copies, layer: usize, column: usize, value: f32| {
        if let Some(slot) = found.values.get_mut(layer).and_then(|row| row.get_mut(column)) {
            *slot = Some(value);
        }
    };
    let mut rows = Vec::with_capacity(cells.len());
    for &Cell { layer, column } in cells {
        if copying.is_before(ctx, column, first) {
            put(&mut found, layer, column, runs.ends[receiver]);
        } else {
            rows.push(Row { layer, column: Some(column), kept: None });
        }
    }
    // Somewhere in the middle everything is copied.
    let alone = rows.len() == 1;
    rows.push(Row { layer: ctx.model.config().n_layers / 2, column: None, kept: None });
    let (mut off, mut all) = (0.0f32, None);
    let mut take = |rows: &[Row], read: &[Read]| {
        let Some((same, read)) = read.split_first() else { return };
        let gap = same.value - runs.ends[receiver];
        if gap.is_nan() || gap.abs() > off.abs() {
            off = gap;
        }
        for (row, read) in rows.iter().zip(read) {
            match row.column {
                None => all = Some(read.value),
                Some(column) => {
                    put(&mut found, row.layer, column, read.value);
                    found.answers = alone.then(|| [same, read].map(|read| read.logits.0.clone()));
                }
            }
        }
        if rows.iter().any(|row| row.column.is_some()) {
            so_far(&found);
        }
    };
    runs.run(&rows, alone, &mut take).await?;
    let mut everything = Check::equal(CheckId::PatchAll, all.ok_or_else(lost)?, runs.ends[source]);
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
    let row = |[from, to]: &[Cell; 2]| Row { layer: from.layer, column: Some(from.column), kept: Some(*to) };
    let rows: Vec<Row> = pairs.iter().map(row).collect();
    let mut paths = Vec::with_capacity(rows.len());
    let mut take = |rows: &[Row], read: &[Read]| {
        let measured = rows.iter().zip(read.iter().skip(1));
        paths.extend(measured.filter_map(|(row, read)| {
            let from = Cell { layer: row.layer, column: row.column? };
            Some(Path { from, to: row.kept?, metric: read.value })
        }));
    };
    runs.run(&rows, false, &mut take).await?;
    // Whoever ended first, they stand in one order.
    paths.sort_unstable_by_key(|path| (path.from, path.to));
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
