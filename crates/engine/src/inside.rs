//! What is inside a run: attention maps and the residual stream.

use std::sync::{Arc, OnceLock};

use vitrine_methods::{Memo, Monitor, attention, walk};
use vitrine_model::Model;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inside::LONGEST_MAPPED;
use vitrine_schema::inside::{AttentionMaps, HeadScores, LensReading, Walk};
use vitrine_schema::inspection::Norms;
use vitrine_schema::recipe::{Attention, Stream};
use vitrine_schema::{Ask, Grid, Input, Quantity, Recipe, Target};

use crate::ablate::Means;
use crate::run::{Asked, Asker};
use crate::session::{finite, ids};
use crate::{EngineError, Session};

/// What is measured once per model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    heads: OnceLock<Vec<HeadScores>>,
    pub(crate) means: Arc<Means>,
}

impl Session {
    pub(crate) fn read_mapped(&self, text: &str) -> Result<Input, EngineError> {
        let input = self.read(text)?.input;
        if input.tokens.len() > LONGEST_MAPPED {
            return Err(Refusal::PromptTooLong { most: LONGEST_MAPPED, found: input.tokens.len() }.into());
        }
        Ok(input)
    }

    pub(crate) async fn attention(
        &self,
        recipe: &Recipe,
        ask: Attention,
        asker: &Asker<'_>,
    ) -> Result<AttentionMaps, EngineError> {
        let input = self.read_mapped(recipe.text()?)?;
        let pos = input.tokens.len();
        let read = self.read_from(pos, ask.position)?;
        let patterns = finite(attention::patterns(&self.model, &ids(&input), asker.monitor).await?)?;
        let causal = self.model.causal().is_some();
        let config = self.model.config();
        let heads = if causal { self.head_scores(asker.monitor).await? } else { Vec::new() };
        let asked = self.asked(recipe, Ask::Attention(ask), recipe.target.clone());
        Ok(AttentionMaps {
            recipe: asked.recipe,
            resolved: asked.resolved,
            model: asked.model,
            n_layers: config.n_layers,
            n_heads: config.n_heads,
            causal,
            rollout: attention::rollout(&patterns, config.n_heads, read),
            patterns: Grid::new([config.n_layers, config.n_heads, pos, pos], patterns),
            heads,
            input,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        })
    }

    /// What each head does, by layer, then head.
    pub(crate) async fn head_scores(&self, monitor: &dyn Monitor) -> Result<Vec<HeadScores>, EngineError> {
        if self.measured.heads.get().is_none() {
            // Two requests could measure at once; both find the same.
            let _ = self.measured.heads.set(attention::head_scores(&self.model, monitor).await?);
        }
        Ok(self.measured.heads.get().cloned().unwrap_or_default())
    }

    /// What the answer is read from: a share of each position, one in all.
    fn read_from(&self, n_tokens: usize, position: Option<usize>) -> Result<Vec<f32>, EngineError> {
        let only = |position: usize| (0..n_tokens).map(|at| if at == position { 1.0 } else { 0.0 }).collect();
        match position {
            Some(position) if position >= n_tokens => Err(Refusal::NoSuchPosition { position, n_tokens }.into()),
            Some(position) => Ok(only(position)),
            None => Ok(self.model.read_from(n_tokens)),
        }
    }

    pub(crate) async fn stream(&self, recipe: &Recipe, ask: Stream, asker: &Asker<'_>) -> Result<Walk, EngineError> {
        let input = self.read_mapped(recipe.text()?)?;
        let n_tokens = input.tokens.len();
        let last = n_tokens.saturating_sub(1);
        let causal = self.model.causal();
        let position = ask.position.unwrap_or(if causal.is_some() { last } else { 0 });
        if position > last {
            return Err(Refusal::NoSuchPosition { position, n_tokens }.into());
        }
        // What comes after the position does not reach it.
        let seen = if causal.is_some() { position } else { last };
        let until = Input { tokens: input.tokens[..=seen].to_vec(), ..input.clone() };
        let (target, diagnostics) = self.target(&until, &recipe.target, asker.monitor).await?;
        // Direct effects are logits, so the scalar is one.
        let quantity = match target.foil {
            Some(_) => Quantity::LogitDifference,
            None => Quantity::Logit,
        };
        let target = Target { quantity, ..target };
        let memo = Memo::default();
        let context = self.context(&input, &target, &memo, asker);
        let found = match &self.model {
            Model::Causal(causal) => walk::walk(&context, &**causal, position).await?,
            Model::Classifier(classifier) => walk::walk_encoder(&context, &**classifier, position).await?,
        };
        let mut lens: Vec<LensReading> = found.lens;
        for ranked in lens.iter_mut().flat_map(|reading| &mut reading.top) {
            ranked.token = causal.is_some().then(|| self.tokenizer.name_of(ranked.id as u32));
            ranked.label = self.card.labels.get(ranked.id).cloned();
        }
        let post_norm = self.model.config().block().norms == Norms::After;
        let walk::Found { layers, value, check, embed_effect, bias_effect, .. } = found;
        finite(vec![value])?;
        let settled = Self::settled(&recipe.target, &target);
        let asked = self.asked(recipe, Ask::Stream(Stream { position: Some(position) }), settled);
        let Asked { recipe, resolved, model } = asked;
        Ok(Walk {
            recipe,
            resolved,
            model,
            input,
            target,
            position,
            n_heads: self.model.config().n_heads,
            post_norm,
            nonlinear_head: causal.is_none() && !post_norm,
            parallel: self.model.config().parallel,
            layers,
            lens,
            embed_effect,
            bias_effect,
            value,
            problem_type: self.card.problem_type,
            checks: vec![check],
            diagnostics,
        })
    }
}
