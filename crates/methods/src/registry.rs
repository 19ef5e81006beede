//! The closed set of methods, and the receipt that each result carries.

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{Check, Diagnostic, Explanation, Method, MethodRef, ModelRef, explanation};

use crate::{Context, MethodError, gradient_x_input, integrated_gradients, occlusion, saliency};

/// Runs a method and adds the receipt.
///
/// # Errors
/// [`Refusal::NothingToRead`] when no token belongs to the text; otherwise what the method says.
pub async fn explain(
    ctx: &Context<'_>,
    method: &Method,
    seed: u64,
    model: &ModelRef,
) -> Result<Explanation, MethodError> {
    if ctx.players().is_empty() {
        return Err(Refusal::NothingToRead.into());
    }
    let mut used = method.clone();
    let attribution = match &mut used {
        Method::IntegratedGradients { baseline, rule, nodes, max_nodes } => {
            let (baseline, rule, max_nodes) = (*baseline, *rule, *max_nodes);
            let config = integrated_gradients::Config { baseline, rule, nodes: *nodes, max_nodes };
            let (attribution, nodes_used) = integrated_gradients::attribute(ctx, &config).await?;
            *nodes = nodes_used;
            attribution
        }
        Method::GradientXInput => gradient_x_input::attribute(ctx).await?,
        Method::Saliency => saliency::attribute(ctx).await?,
        Method::Occlusion { variant } => occlusion::attribute(ctx, *variant).await?,
    };
    let promised = method.id().about().complete;
    let check = Check::completeness(&attribution.scores, attribution.value, attribution.baseline_value, promised);
    let mut diagnostics = attribution.diagnostics;
    if !promised {
        diagnostics.push(Diagnostic::NotComplete);
    }
    Ok(Explanation {
        schema: explanation::SCHEMA.to_owned(),
        model: model.clone(),
        input: ctx.input.clone(),
        target: ctx.target.clone(),
        method: MethodRef { id: method.id(), params: used.params(), seed },
        value: attribution.value,
        baseline_value: attribution.baseline_value,
        scores: attribution.scores,
        checks: vec![check],
        diagnostics,
        logits: if ctx.causal() { Vec::new() } else { attribution.logits },
        problem_type: ctx.problem_type(),
        path: attribution.path,
    })
}
