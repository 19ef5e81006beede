//! SmoothGrad.
//!
//! **Question.** What do the gradients say of each token, on average over embeddings near those of the text?
//!
//! **Definition.**
//! ```text
//! g_i = 1/N Σ_j ∂F/∂x_i at x + ε_j     ε_j ~ Normal(0, s²),  s = σ (max x − min x)
//! of gradient-x-input  Σ_d x_id g_id     of saliency  ‖g_i‖₂
//! ```
//! Every token gets noise, special ones too; max and min are over all embeddings of the text.
//!
//! **Reads as.** As the method that it is of: signed, or unsigned of saliency. The standard error of a score is that of the mean of
//! groups of samples.
//!
//! **Cost.** One forward and one backward pass per sample, in batches, and one forward pass at zero for the gap.
//!
//! **Limits.** Local, as one gradient is. With much noise it is the gradient at texts that nobody writes. Scores do not sum to
//! anything.
//!
//! **Source.** Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, *SmoothGrad: Removing Noise by Adding Noise*, section 3,
//! arXiv 1706.03825.
//!
//! **Differs from the source in** what is averaged: gradients, of which the score is taken once, not scores.

use serde::Deserialize;
use vitrine_schema::{Diagnostic, MethodId};

use crate::chance::Chance;
use crate::gradient_x_input::between_ends;
use crate::trail::{MOST_PLAYERS, Step, kept, on_tokens};
use crate::{Attribution, Context, MethodError};

/// Groups of samples whose means are compared.
const MOST_GROUPS: usize = 8;

/// Parameters, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// Gradient × Input or saliency.
    pub of: MethodId,
    /// Noisy copies.
    pub samples: usize,
    /// Noise, as a share of the range of the embeddings.
    pub sigma: f64,
}

/// Runs the method.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Config, seed: u64) -> Result<Attribution, MethodError> {
    let mut chance = Chance::seeded(seed);
    with_noise(ctx, config, &mut || chance.normal()).await
}

/// The same with a noise of one's own, of variance 1: asked for by sample, then token, then dimension.
///
/// # Errors
/// [`MethodError`].
pub async fn with_noise(
    ctx: &Context<'_>,
    config: &Config,
    noise: &mut dyn FnMut() -> f64,
) -> Result<Attribution, MethodError> {
    let found = between_ends(ctx).await?;
    let table = ctx.model.word_embeddings();
    let d_model = table.d_model();
    let embed = table.lookup(&ctx.ids())?; // [pos, d_model], row-major
    let pos = ctx.input.tokens.len();
    let ends = embed.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    let size = config.sigma * (f64::from(ends.1) - f64::from(ends.0));

    let score = |gradient: &[f64]| -> Vec<f64> {
        let tokens = embed.chunks(d_model).zip(gradient.chunks(d_model));
        tokens
            .map(|(embed, gradient)| match config.of {
                MethodId::Saliency => gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
                _ => embed.iter().zip(gradient).map(|(&x, g)| f64::from(x) * g).sum(),
            })
            .collect()
    };
    let moments = if pos <= MOST_PLAYERS { kept(0, config.samples) } else { Vec::new() };
    let (mut so_far, mut steps) = (Group { samples: 0, gradient: vec![0.0; embed.len()] }, Vec::new());
    let n_groups = config.samples.min(MOST_GROUPS);
    let mut groups = vec![Group { samples: 0, gradient: vec![0.0; embed.len()] }; n_groups];
    let mut noise = || embed.iter().map(|&x| (f64::from(x) + size * noise()) as f32).collect();
    let gradients = ctx.gradients((0..config.samples).map(|_| noise()), |_, gradient| gradient.to_vec()).await?;
    for (done, gradient) in gradients.iter().enumerate() {
        groups[done * n_groups / config.samples].add(gradient);
        so_far.add(gradient);
        if moments.binary_search(&done).is_ok() {
            steps.push(Step { number: done + 1, scores: score(&so_far.mean()), ..Step::default() });
        }
    }

    let means: Vec<Vec<f64>> = groups.iter().map(|group| score(&group.mean())).collect();
    let mut all = Group { samples: 0, gradient: vec![0.0; embed.len()] };
    groups.iter().for_each(|group| all.join(group));
    let scores = score(&all.mean()).into_iter().map(|score| score as f32).collect();
    let standard_errors = (0..pos).map(|token| standard_error(means.iter().map(|mean| mean[token])) as f32).collect();
    let diagnostics = vec![Diagnostic::Sampled { samples: config.samples, standard_errors }];
    let tokens: Vec<Vec<usize>> = (0..pos).map(|token| vec![token]).collect();
    let trail = on_tokens(steps, config.samples, &tokens, pos);
    Ok(Attribution { scores, diagnostics, trail, ..found })
}

/// The sum of the gradients of some samples.
#[derive(Clone)]
struct Group {
    samples: usize,
    gradient: Vec<f64>,
}

impl Group {
    fn add(&mut self, gradient: &[f32]) {
        self.samples += 1;
        self.gradient.iter_mut().zip(gradient).for_each(|(sum, &g)| *sum += f64::from(g));
    }

    fn join(&mut self, other: &Self) {
        self.samples += other.samples;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(sum, g)| *sum += g);
    }

    fn mean(&self) -> Vec<f64> {
        self.gradient.iter().map(|sum| sum / self.samples.max(1) as f64).collect()
    }
}

/// Of the mean of these numbers.
fn standard_error(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = numbers.clone().count() as f64;
    let mean = numbers.clone().sum::<f64>() / n;
    (numbers.map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0)).max(1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_error_of_a_mean() {
        // Variance 5/3 of four numbers.
        assert!((standard_error([1.0, 2.0, 3.0, 4.0].into_iter()) - (5.0f64 / 12.0).sqrt()).abs() < 1e-12);
        assert_eq!(standard_error([2.0, 2.0].into_iter()), 0.0);
    }
}
