//! The closed set of methods: which file runs which, and the check that each result carries.

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{Check, Diagnostic, MethodId, Params};

use crate::{
    Attribution, Context, MethodError, attention_flow, attention_rollout, attention_weights, exact_shapley,
    gradient_x_input, integrated_gradients, kernel_shap, lime, occlusion, partition_shap, saliency, smoothgrad,
};

/// What a method found, with the check of its sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Scores and values.
    pub attribution: Attribution,
    /// The parameters as they were used.
    pub params: Params,
    /// Do the scores sum to the difference of the values?
    pub check: Check,
}

/// Runs a method with parameters that were resolved for this model; the seed fixes every random choice.
///
/// # Errors
/// [`Refusal::NothingToRead`] when no token belongs to the text, [`Refusal::Overflow`] when a number is none; otherwise what the
/// method says.
pub async fn explain(ctx: &Context<'_>, id: MethodId, mut params: Params, seed: u64) -> Result<Explained, MethodError> {
    if ctx.players(false).is_empty() {
        return Err(Refusal::NothingToRead.into());
    }
    let mut attribution = scores(ctx, id, &mut params, seed).await?;
    let Attribution { value, baseline_value, logits, scores, diagnostics, .. } = &attribution;
    let said = diagnostics.iter().flat_map(Diagnostic::per_token).flatten();
    if ![value, baseline_value].into_iter().chain(logits).chain(scores).chain(said).all(|number| number.is_finite()) {
        return Err(Refusal::Overflow.into());
    }
    let promised = id.declared().complete;
    let check = Check::completeness(&attribution.scores, attribution.value, attribution.baseline_value, promised);
    if !promised {
        attribution.diagnostics.push(Diagnostic::NotComplete);
    }
    Ok(Explained { attribution, params, check })
}

/// The scores of a method, those of a player together on its first token; notes how many nodes were used.
pub(crate) async fn scores(
    ctx: &Context<'_>,
    id: MethodId,
    params: &mut Params,
    seed: u64,
) -> Result<Attribution, MethodError> {
    let mut attribution = match id {
        MethodId::IntegratedGradients => {
            let (attribution, nodes) = integrated_gradients::attribute(ctx, &config(params)?).await?;
            params.0.insert("nodes".to_owned(), nodes.into());
            attribution
        }
        MethodId::GradientXInput => gradient_x_input::attribute(ctx).await?,
        MethodId::Saliency => saliency::attribute(ctx).await?,
        MethodId::SmoothGrad => smoothgrad::attribute(ctx, &config(params)?, seed).await?,
        MethodId::Occlusion => occlusion::attribute(ctx, &config(params)?).await?,
        MethodId::ExactShapley => exact_shapley::attribute(ctx, &config(params)?).await?,
        MethodId::KernelShap => kernel_shap::attribute(ctx, &config(params)?, seed).await?,
        MethodId::PartitionShap => partition_shap::attribute(ctx, &config(params)?).await?,
        MethodId::Lime => lime::attribute(ctx, &config(params)?, seed).await?,
        MethodId::Attention => attention_weights::attribute(ctx, &config(params)?).await?,
        MethodId::AttentionRollout => attention_rollout::attribute(ctx).await?,
        MethodId::AttentionFlow => attention_flow::attribute(ctx).await?,
    };
    // Sums are exact for gradients; what removes has its players' scores there already.
    let players = ctx.players(params.flag("hold_first"));
    let path = attribution.path.iter_mut().flat_map(|path| &mut path.contributions);
    [&mut attribution.scores].into_iter().chain(path).for_each(|scores| together(ctx, &players, scores));
    Ok(attribution)
}

/// Puts what the tokens of a player have on its first. A word that belongs to none has nothing; marks of the tokenizer keep
/// theirs.
fn together(ctx: &Context<'_>, players: &[Vec<usize>], scores: &mut [f32]) {
    let sum = |player: &Vec<usize>| player.iter().filter_map(|&token| scores.get(token)).sum();
    let sums: Vec<f32> = players.iter().map(sum).collect();
    for (score, token) in scores.iter_mut().zip(&ctx.input.tokens) {
        if !token.special {
            *score = 0.0;
        }
    }
    for (player, sum) in players.iter().zip(sums) {
        if let Some(score) = player.first().and_then(|&first| scores.get_mut(first)) {
            *score = sum;
        }
    }
}

fn config<T: serde::de::DeserializeOwned>(params: &Params) -> Result<T, MethodError> {
    params.config().map_err(|error| Refusal::BadRecipe { detail: error.to_string() }.into())
}
