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

use burn::tensor::{Tensor, TensorData, Transaction};
use serde::Deserialize;
use vitrine_model::ModelError;
use vitrine_schema::protocol::Progress;
use vitrine_schema::{Baseline, Check, Diagnostic, Path, Rule};

use crate::{Attribution, Context, MethodError, Rows, baseline, quadrature};

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
    let d_model = ctx.model.word_embeddings().d_model();
    let start = baseline::embeddings(ctx, config.baseline, config.hold_first)?;
    let end = ctx.model.word_embeddings().lookup(&ctx.ids())?;

    let ends = ctx.model.upload([end.as_slice(), start.as_slice()].concat(), 2, pos)?;
    let Rows { values, logits, .. } = ctx.forward(ends.clone()).await?;
    let [value, baseline_value] = *values else {
        return Err(ModelError::Readback { detail: format!("{} values of 2 rows", values.len()) }.into());
    };
    let logits = logits.into_iter().next().unwrap_or_default();

    let line = Line {
        start: ends.clone().slice([1..2, 0..pos, 0..d_model]),
        step: ends.clone().slice([0..1, 0..pos, 0..d_model]) - ends.slice([1..2, 0..pos, 0..d_model]),
    };
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

/// The straight line from baseline to input.
struct Line {
    start: Tensor<3>, // [1, pos, d_model]
    step: Tensor<3>,  // [1, pos, d_model]
}

/// Visits every node in batches and keeps each one's value and contribution per token.
async fn walk(ctx: &Context<'_>, line: &Line, nodes: &[(f32, f32)]) -> Result<Path, MethodError> {
    let [_, pos, _] = line.step.dims();
    let mut path = Path {
        alphas: nodes.iter().map(|&(alpha, _)| alpha).collect(),
        weights: nodes.iter().map(|&(_, weight)| weight).collect(),
        values: Vec::with_capacity(nodes.len()),
        contributions: Vec::with_capacity(nodes.len()),
    };
    for batch in nodes.chunks(ctx.rows_per_gradient(pos)) {
        let total = nodes.len() as u64;
        ctx.monitor.tick(Progress { done: path.values.len() as u64, total }).await?;
        let alphas: Vec<f32> = batch.iter().map(|&(alpha, _)| alpha).collect();
        let alphas = TensorData::new(alphas, [batch.len(), 1, 1]);
        let alphas = Tensor::<3>::from_data(alphas, ctx.model.device());
        let points = line.start.clone() + alphas * line.step.clone(); // [batch, pos, d_model]
        let (values, gradient) = ctx.gradient(points).await?;
        let along: Tensor<3> = (gradient * line.step.clone()).sum_dim(2); // [batch, pos, 1]
        let read = Transaction::default().register(values).register(along).execute_async().await;
        let lost = |detail: String| MethodError::Model(ModelError::Readback { detail });
        let mut read = read
            .map_err(|error| lost(format!("{error:?}")))?
            .into_iter()
            .map(|data| data.try_into_vec::<f32>().map_err(|error| lost(format!("{error:?}"))));
        path.values.extend(read.next().transpose()?.unwrap_or_default());
        let along = read.next().transpose()?.unwrap_or_default();
        for (row, &(_, weight)) in along.chunks(pos).zip(batch) {
            path.contributions.push(row.iter().map(|slope| slope * weight).collect());
        }
    }
    Ok(path)
}

/// Sums the nodes' contributions per token.
fn total(path: &Path, pos: usize) -> Vec<f32> {
    let sum =
        |token: usize| path.contributions.iter().filter_map(|row| row.get(token)).map(|&c| f64::from(c)).sum::<f64>();
    (0..pos).map(|token| sum(token) as f32).collect()
}
