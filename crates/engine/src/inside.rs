//! What is inside a run: attention maps, the residual stream, and what happens without a part.

use std::sync::OnceLock;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::{Context, Unwatched, attention, walk};
use vitrine_model::{Edit, Hooks, Intervention, Model, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inside::{AttentionMaps, HeadScores, LensReading, Moved, PatternChange, Removal, Walk};
use vitrine_schema::{BlockSite, Input, Site, Target, TargetRequest};

use crate::session::ids;
use crate::{EngineError, Session};

/// Longest text whose maps are kept: thirty layers of nine heads take 70 MB at this length.
const LONGEST_MAPPED: usize = 256;
/// Likeliest answers after a change.
const LISTED: usize = 5;

/// What is measured once per model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    heads: OnceLock<Vec<HeadScores>>,
}

impl Session {
    fn read_mapped(&self, text: &str) -> Result<Input, EngineError> {
        let input = self.read(text)?.input;
        if input.tokens.len() > LONGEST_MAPPED {
            return Err(Refusal::PromptTooLong { most: LONGEST_MAPPED, found: input.tokens.len() }.into());
        }
        Ok(input)
    }

    /// For runs that replace no token and that nobody watches.
    fn context<'a>(&'a self, input: &'a Input, target: &'a Target) -> Context<'a> {
        Context { model: &self.model, input, target, mask_id: None, pad_id: None, eos_id: None, monitor: &Unwatched }
    }

    /// Every attention pattern of one run, with what each head does.
    ///
    /// # Errors
    /// [`Refusal::NothingToRead`], [`Refusal::PromptTooLong`], [`EngineError::Model`].
    pub async fn attention(&self, text: &str) -> Result<AttentionMaps, EngineError> {
        let input = self.read_mapped(text)?;
        let patterns = attention::patterns(&self.model, &ids(&input), None).await?;
        let causal = self.model.causal().is_some();
        let config = self.model.config();
        if causal && self.measured.heads.get().is_none() {
            // Two requests could measure at once; both find the same.
            let _ = self.measured.heads.set(attention::head_scores(&self.model).await?);
        }
        Ok(AttentionMaps {
            model: self.model_ref(),
            n_layers: config.n_layers,
            n_heads: config.n_heads,
            causal,
            rollout: attention::rollout(&patterns, config.n_heads, input.tokens.len()),
            patterns: vitrine_schema::inside::Floats(patterns),
            heads: self.measured.heads.get().cloned().unwrap_or_default(),
            input,
        })
    }

    /// The residual stream at one position: of a model of language the last unless named, of a classifier the first.
    ///
    /// # Errors
    /// [`Refusal::NothingToRead`], [`Refusal::PromptTooLong`], [`EngineError::Model`].
    pub async fn walk(&self, text: &str, target: &TargetRequest, position: Option<usize>) -> Result<Walk, EngineError> {
        let input = self.read_mapped(text)?;
        let last = input.tokens.len().saturating_sub(1);
        let causal = self.model.causal();
        let position = position.unwrap_or(if causal.is_some() { last } else { 0 }).min(last);
        // What comes after the position does not reach it.
        let seen = if causal.is_some() { position } else { last };
        let until = Input { tokens: input.tokens[..=seen].to_vec(), ..input.clone() };
        let (target, _) = self.target(&until, target).await?;
        // Direct effects are logits, so the scalar is one.
        let quantity = match target.foil {
            Some(_) => vitrine_schema::Quantity::LogitDifference,
            None => vitrine_schema::Quantity::Logit,
        };
        let target = Target { quantity, ..target };
        let context = self.context(&input, &target);
        let found = match (&self.model, causal) {
            (_, Some(causal)) => walk::walk(&context, causal, position).await?,
            (Model::Bert(bert), None) => walk::walk_encoder(&context, bert, position).await?,
            // Every model that is not one of language is an encoder.
            (_, None) => return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into()),
        };
        let mut lens: Vec<LensReading> = found.lens;
        for ranked in lens.iter_mut().flat_map(|reading| &mut reading.top) {
            ranked.token = causal.is_some().then(|| self.tokenizer.name_of(ranked.id as u32));
            ranked.label = self.card.labels.get(ranked.id).cloned();
        }
        let n_heads = self.model.config().n_heads;
        let walk::Found { layers, value, check, .. } = found;
        let model = self.model_ref();
        let post_norm = causal.is_none();
        let (embed_effect, bias_effect) = (found.embed_effect, found.bias_effect);
        Ok(Walk {
            model,
            input,
            target,
            position,
            n_heads,
            post_norm,
            layers,
            lens,
            embed_effect,
            bias_effect,
            value,
            problem_type: self.card.problem_type,
            check,
        })
    }

    /// The answer with and without a part.
    ///
    /// # Errors
    /// [`Refusal::NothingToRead`], [`Refusal::PromptTooLong`], [`Refusal::NoSuchPart`], [`EngineError::Model`].
    pub async fn without(
        &self,
        text: &str,
        target: &TargetRequest,
        removal: Removal,
        seed: u64,
    ) -> Result<Moved, EngineError> {
        let input = self.read_mapped(text)?;
        let (layer, head) = match removal {
            Removal::Head { at } | Removal::Pattern { at, .. } => (at.layer, at.head),
            Removal::Mlp { layer } => (layer, 0),
        };
        if layer >= self.card.n_layers || head >= self.card.n_heads {
            return Err(Refusal::NoSuchPart { layer, head }.into());
        }
        let (target, _) = self.target(&input, target).await?;
        let before = self.logits(&input).await?;
        let pos = input.tokens.len();
        let (site, edit) = match removal {
            Removal::Mlp { layer } => {
                (Site::block(layer, BlockSite::MlpOut), Edit { region: vec![], intervention: Intervention::Zero })
            }
            Removal::Head { at } => {
                let region = vec![0..1, 0..pos, at.head..at.head + 1];
                (Site::block(at.layer, BlockSite::Z), Edit { region, intervention: Intervention::Zero })
            }
            Removal::Pattern { at, change } => {
                let site = Site::block(at.layer, BlockSite::Pattern);
                let intervention = match change {
                    PatternChange::Zero => Intervention::Zero,
                    PatternChange::Shuffle => {
                        let maps = self.trace(text, &[site]).await?.1;
                        let values = maps.get(&site).map_or(&[][..], |activation| &activation.values);
                        let pattern = values.get(at.head * pos * pos..(at.head + 1) * pos * pos).unwrap_or_default();
                        Intervention::Replace(shuffled(pattern, pos, self.model.causal().is_some(), seed))
                    }
                };
                (site, Edit { region: vec![0..1, at.head..at.head + 1], intervention })
            }
        };
        let mut hooks = Hooks::default().edit(site, edit);
        let logits = self.model.forward(self.model.embed(&[ids(&input)])?, None, &mut hooks);
        let after = trace::read(logits).await?;
        hooks.into_readback()?;
        let context = self.context(&input, &target);
        let (before, value) = (context.value_of(&before), context.value_of(&after));
        let (top, problem_type) = (self.ranked(&after, LISTED), self.card.problem_type);
        Ok(Moved { removal, before, after: value, top, problem_type, target })
    }
}

/// Each row's weights in another order, among the keys that its query may read.
fn shuffled(pattern: &[f32], pos: usize, causal: bool, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut out = pattern.to_vec();
    for (query, row) in out.chunks_mut(pos.max(1)).enumerate() {
        let open = if causal { query + 1 } else { pos };
        // Fisher and Yates.
        for last in (1..open).rev() {
            row.swap(last, random.next_u32() as usize % (last + 1));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_each_row_and_never_reads_ahead() {
        let pattern = [1.0, 0.0, 0.0, 0.3, 0.7, 0.0, 0.2, 0.3, 0.5];
        let out = shuffled(&pattern, 3, true, 1);
        assert_eq!(out, shuffled(&pattern, 3, true, 1));
        for (query, (before, after)) in pattern.chunks(3).zip(out.chunks(3)).enumerate() {
            let sorted = |row: &[f32]| {
                let mut row = row.to_vec();
                row.sort_by(f32::total_cmp);
                row
            };
            assert_eq!(sorted(before), sorted(after));
            assert!(after[query + 1..].iter().all(|&weight| weight == 0.0));
        }
    }
}
