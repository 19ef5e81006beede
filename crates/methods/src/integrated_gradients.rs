//! Integrated Gradients.
//!
//! **Question.** How much of the answer does each token account for, on the way from a blank sentence to this one?
//!
//! **Definition.**
//! ```text
//! IG_i = Σ_d (x − x')_id · Σ_k w_k ∂F/∂x_id at x' + α_k (x − x')
//! ```
//! Only token embeddings are interpolated; positions stay. `x'` replaces every player by the baseline and keeps `[CLS]`
//! and `[SEP]`; with `hold_first` it keeps the first token of a model of language. `α_k, w_k` are the nodes and weights of the rule on [0, 1].
//!
//! **Reads as.** Logits, signed: positive pushed towards the target. Zero: no net effect along the path.
//! The scores sum to `F(x) − F(x')` up to the error of the rule.
//!
//! **Cost.** One forward and one backward pass per node; nodes go in batches with one backward pass each. Nodes are
//! doubled until the relative gap is under 1 % or the cap is reached.
//!
//! **Limits.** The baseline decides what is measured. A token's share includes what it does together with others. Points
//! on the path are no sentences. Models of language rest their attention on the first token, and root-mean-square norms have
//! no derivative at zero: with that token moved or a zero baseline the gap can be a hundred times the value.
//!
//! **Source.** Sundararajan, Taly, Yan 2017, *Axiomatic Attribution for Deep Networks*, equation 1 and section 5,
//! arXiv 1703.01365.
//!
//! **Differs from the source in** the rule: midpoint by default, where the paper sums right ends. captum's
//! `riemann_trapezoid` has weights that sum to `(n−1)/n`; the trapezoid here has weights that sum to 1.

use serde::Deserialize;
use vitrine_model::ModelError;
use vitrine_schema::{Baseline, Check, Diagnostic, Path, Rule};

use crate::{Attribution, Context, MethodError, baseline, quadrature};

/// A path longer than this many numbers is summed up but not kept.
const PATH_LIMIT: usize = 100_000;

/// Parameters, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    baseline: Baseline,
    rule: Rule,
    nodes: usize,
    max_nodes: usize,
    #[serde(default)]
    hold_first: bool,
}

/// Runs the method; returns the nodes it used beside the scores.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Config) -> Result<(Attribution, usize), MethodError> {
    let pos = ctx.input.tokens.len();
    let start = baseline::embeddings(ctx, config.baseline, config.hold_first)?;
    let end = ctx.model.word_embeddings().lookup(&ctx.ids())?;

    let rows = ctx.forward(ctx.model.upload([end.as_slice(), start.as_slice()].concat(), 2, pos)?).await?;
    let [input, blank] = &*rows else {
        return Err(ModelError::Readback { detail: format!("{} values of 2 rows", rows.len()) }.into());
    };
    let (value, baseline_value, logits) = (input.value, blank.value, input.logits.0.clone());

    let line = Line { step: end.iter().zip(&start).map(|(end, start)| end - start).collect(), start };
    let mut nodes = config.nodes;
    loop {
        let path = walk(ctx, &line, &quadrature::nodes(config.rule, nodes)).await?;
        let scores = total(&path, pos);
        let check = Check::completeness(&scores, value, baseline_value, true);
        let exact_enough = check.relative < Check::PASS;
        // Doubling cannot be asked for when the cap equals the start.
        if exact_enough || nodes * 2 > config.max_nodes {
            let capped = !exact_enough && config.max_nodes > config.nodes;
            let diagnostic = Diagnostic::NodeCapReached { nodes, relative_gap: check.relative };
            let held = (ctx.causal() && config.hold_first).then_some(Diagnostic::FirstTokenHeld);
            let diagnostics = capped.then_some(diagnostic).into_iter().chain(held).collect();
            let path = (path.alphas.len() * pos <= PATH_LIMIT).then_some(path);
            return Ok((Attribution { value, baseline_value, logits, scores, path, trail: None, diagnostics }, nodes));
        }
        nodes *= 2;
    }
}

/// The straight line from baseline to input, `[pos, d_model]` row-major.
struct Line {
    start: Vec<f32>,
    step: Vec<f32>,
}

/// Visits every node and keeps each one's value and contribution per token.
async fn walk(ctx: &Context<'_>, line: &Line, nodes: &[(f32, f32)]) -> Result<Path, MethodError> {
    let d_model = ctx.model.word_embeddings().d_model().max(1);
    let points = nodes
        .iter()
        .map(|&(alpha, _)| line.start.iter().zip(&line.step).map(|(start, step)| start + alpha * step).collect());
    let along = |value: f32, gradient: &[f32]| {
        let products = |(gradient, step): (&[f32], &[f32])| gradient.iter().zip(step).map(|(g, s)| g * s).sum();
        (value, gradient.chunks(d_model).zip(line.step.chunks(d_model)).map(products).collect::<Vec<f32>>())
    };
    let found = ctx.gradients(points, along).await?;
    Ok(Path {
        alphas: nodes.iter().map(|&(alpha, _)| alpha).collect(),
        weights: nodes.iter().map(|&(_, weight)| weight).collect(),
        values: found.iter().map(|&(value, _)| value).collect(),
        contributions: found
            .into_iter()
            .zip(nodes)
            .map(|((_, along), &(_, weight))| along.iter().map(|slope| slope * weight).collect())
            .collect(),
    })
}

/// Sums the nodes' contributions per token.
fn total(path: &Path, pos: usize) -> Vec<f32> {
    let sum =
        |token: usize| path.contributions.iter().filter_map(|row| row.get(token)).map(|&c| f64::from(c)).sum::<f64>();
    (0..pos).map(|token| sum(token) as f32).collect()
}
