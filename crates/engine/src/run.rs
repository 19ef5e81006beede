//! A recipe in, a finding out.

use std::sync::Arc;

use vitrine_methods::{Alone, Crew, Monitor, Unwatched};
use vitrine_schema::{Ask, Finding, GeneratedToken, ModelRef, Recipe, Target, TargetRequest};

use crate::{EngineError, Session};

/// Who asks: what a question needs beside its recipe.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// Is told how far it is, and may stop it.
    pub monitor: &'a dyn Monitor,
    /// Who shares the work.
    pub crew: &'a dyn Crew,
    /// Is told each token that is written, with the text so far.
    pub written: &'a dyn Fn(&GeneratedToken, &str),
    /// What chat templates that name today read as the clock, in seconds since 1970.
    pub now: Option<i64>,
    /// The second model, where two are compared.
    pub beside: Option<&'a Session>,
    /// The table of a probe, or the examples of a chain, that the recipe names by its SHA-256.
    pub table: Option<&'a str>,
    /// Is told what was found so far, of a question that is answered piece by piece; nothing of it is lost by stopping.
    pub so_far: &'a dyn Fn(Finding),
}

impl Default for Asker<'_> {
    fn default() -> Self {
        Self {
            monitor: &Unwatched,
            crew: &Alone,
            written: &|_, _| {},
            now: None,
            beside: None,
            table: None,
            so_far: &|_| {},
        }
    }
}

/// What every finding begins with.
pub(crate) struct Asked {
    pub recipe: Recipe,
    pub resolved: Recipe,
    pub model: ModelRef,
}

impl Session {
    /// Answers a question; the finding is of the kind that belongs to it.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with what would be right, [`EngineError::Cancelled`], [`EngineError::Model`].
    pub async fn run(&self, recipe: &Recipe, asker: &Asker<'_>) -> Result<Finding, EngineError> {
        Ok(match &recipe.ask {
            Ask::Predict {} => Finding::Prediction(Arc::new(self.predict(recipe, asker).await?)),
            Ask::Generate(ask) => Finding::Generation(Arc::new(self.generate(recipe, ask, asker).await?)),
            Ask::Explain(ask) => Finding::Explanation(Arc::new(self.explain(recipe, ask, asker).await?)),
            Ask::Compare(ask) => Finding::Comparison(Arc::new(self.compare(recipe, ask, asker).await?)),
            Ask::Attention(ask) => Finding::Attention(Arc::new(self.attention(recipe, *ask, asker).await?)),
            Ask::Stream(ask) => Finding::Stream(Arc::new(self.stream(recipe, *ask, asker).await?)),
            Ask::Ablate(ask) => Finding::Ablation(Arc::new(self.ablate(recipe, ask, asker).await?)),
            Ask::Patch(ask) => Finding::Patching(Arc::new(self.patch(recipe, ask, asker).await?)),
            Ask::Steer(ask) => Finding::Generation(Arc::new(self.steer(recipe, ask, asker).await?)),
            Ask::Probe(ask) => Finding::Probing(Arc::new(self.probe(recipe, ask, asker).await?)),
            Ask::Chain(ask) => Finding::Chaining(Arc::new(self.chain(recipe, ask, asker).await?)),
            Ask::Vote(ask) => Finding::Voting(Arc::new(self.vote(recipe, ask, asker).await?)),
            Ask::Courtroom(ask) => Finding::Hearing(Arc::new(self.courtroom(recipe, ask, asker).await?)),
        })
    }

    /// The head of a finding. The model is resolved to its identifier: no path is in a recipe that travels.
    pub(crate) fn asked(&self, recipe: &Recipe, ask: Ask, target: TargetRequest) -> Asked {
        let resolved = Recipe { model: self.card.id.clone(), target, ask, ..recipe.clone() };
        Asked { recipe: recipe.clone(), resolved, model: self.model_ref() }
    }

    /// A settled target as a request that settles to the same.
    pub(crate) fn settled(asked: &TargetRequest, target: &Target) -> TargetRequest {
        // What was asked for may be more than the one token that is meant; asked again it means the same.
        let word = |asked: &Option<String>, label: String| asked.clone().unwrap_or(label);
        let foil = target.foil.as_ref().map(|foil| word(&asked.foil, foil.label.clone()));
        TargetRequest { target: Some(word(&asked.target, target.label.clone())), foil, quantity: Some(target.quantity) }
    }
}
