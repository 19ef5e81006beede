//! What each neuron of an MLP does for the answer, estimated from one gradient.
//!
//! **Question.** Which neurons of an MLP matter most here, before any of them is taken out?
//!
//! **Definition.** With `a` the activation of a neuron, `a'` what would stand in its place, `F` the scalar:
//! ```text
//! effect = Σ_pos (a − a')_pos · ∂F/∂a_pos
//! ```
//!
//! **Reads as.** By how much `F` would fall without the neuron, to first order, whatever later layers do about it included.
//!
//! **Cost.** One forward and one backward pass for all neurons of any number of layers.
//!
//! **Limits.** That of a tangent: where something saturates, taking the neuron out does another thing. It picks what to measure.
//!
//! **Source.** Molchanov et al. 2017, *Pruning Convolutional Neural Networks*, arXiv 1611.06440; Nanda 2023, *Attribution Patching*.

use vitrine_model::{Hooks, ModelError};
use vitrine_schema::{BlockSite, Part, Site};

use crate::{Context, MethodError, watched};

/// The neurons of some layers with the largest effects, largest first. `stand_in` has for each of these layers what would stand in the
/// place of its activations: nothing, one row for every token, or a row for each.
///
/// # Shapes
/// rows of `stand_in` `[d_mlp]`.
///
/// # Errors
/// [`MethodError::Model`], [`MethodError::Cancelled`].
pub async fn strongest(
    ctx: &Context<'_>,
    layers: &[(usize, Vec<Vec<f32>>)],
    most: usize,
) -> Result<Vec<(Part, f32)>, MethodError> {
    let d_mlp = ctx.model.config().d_mlp;
    let sites = || layers.iter().map(|(layer, _)| Site::block(*layer, BlockSite::MlpPost));
    let mut hooks = Hooks::observing(sites()).differentiating(sites());
    let lifted = ctx.model.embed(&[ctx.ids()])?.autodiff().require_grad();
    let logits = watched::logits(ctx.model, lifted, &mut hooks, ctx.monitor).await?;
    let mut gradients = ctx.scalar(logits).sum().backward();
    let gradient = hooks.gradients(&mut gradients).read().await?;
    let activation = hooks.into_readback()?.read().await?;
    let mut effects = Vec::new();
    for (layer, rows) in layers {
        let site = Site::block(*layer, BlockSite::MlpPost);
        let (Some(own), Some(slope)) = (activation.get(&site), gradient.get(&site)) else {
            return Err(ModelError::Readback { detail: "a value is missing".to_owned() }.into());
        };
        let mut sums = vec![0.0f64; d_mlp];
        let tokens = own.values.chunks(d_mlp).zip(slope.values.chunks(d_mlp)).enumerate();
        for (at, (own, slope)) in tokens {
            let other = rows.get(at).or(rows.last());
            for (neuron, sum) in sums.iter_mut().enumerate() {
                let instead = other.and_then(|row| row.get(neuron)).copied().unwrap_or(0.0);
                *sum += f64::from(own[neuron] - instead) * f64::from(slope[neuron]);
            }
        }
        let named = sums.into_iter().enumerate();
        effects.extend(named.map(|(neuron, sum)| (Part::Neuron { layer: *layer, neuron }, sum as f32)));
    }
    effects.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    effects.truncate(most);
    Ok(effects)
}
