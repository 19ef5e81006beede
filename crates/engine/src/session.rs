//! A loaded model and what can be asked of it.

use burn::tensor::Device;
use vitrine_methods::{Context, Monitor};
use vitrine_model::{Hooks, KeyMask, Loader, Model, Trace, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::prediction::{self, softmax};
use vitrine_schema::protocol::{ModelCard, Progress};
use vitrine_schema::{
    ClassRef, Evaluation, Explanation, Input, ModelRef, Prediction, Quantity, Ranked, Recipe, Site, SitePattern,
    Target, TargetRequest,
};
use vitrine_text::{Tokenized, Tokenizer};
use vitrine_weights::{ModelConfig, SafetensorsStream, WeightsError};

use crate::EngineError;

/// Rows of one batch of an evaluation.
const EVALUATION_ROWS: usize = 16;

/// What identifies a model, and its small files.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Identifier.
    pub id: String,
    /// Licence, SPDX.
    pub licence: String,
    /// SHA-256 of the weights.
    pub sha256: String,
    /// Size of all files.
    pub bytes: u64,
    /// `config.json`.
    pub config: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
}

/// Takes the weights piece by piece; each tensor goes to the device as soon as it is complete.
#[derive(Debug)]
pub struct SessionBuilder {
    card: ModelCard,
    tokenizer: Tokenizer,
    stream: SafetensorsStream,
    loader: Loader,
}

impl SessionBuilder {
    /// Reads the small files and waits for `weights_bytes` of weights.
    ///
    /// # Errors
    /// [`EngineError::Weights`], [`EngineError::Text`].
    pub fn new(parts: Parts, weights_bytes: u64, device: Device) -> Result<Self, EngineError> {
        let config = ModelConfig::from_json(&parts.config)?;
        let tokenizer = Tokenizer::from_json(&parts.tokenizer, config.n_positions, config.d_vocab)?;
        let card = ModelCard {
            id: parts.id,
            architecture: config.architecture.name().to_owned(),
            licence: parts.licence,
            sha256: parts.sha256,
            bytes: parts.bytes,
            labels: config.labels.clone(),
            max_tokens: config.n_positions,
        };
        Ok(Self { card, tokenizer, stream: SafetensorsStream::new(weights_bytes), loader: Loader::new(config, device) })
    }

    /// Takes the next piece of `model.safetensors`.
    ///
    /// # Errors
    /// [`EngineError::Weights`].
    pub fn push(&mut self, piece: &[u8]) -> Result<(), EngineError> {
        let mut outcome: Result<(), WeightsError> = Ok(());
        self.stream.push(piece, &mut |tensor| {
            if outcome.is_ok() {
                outcome = self.loader.accept(tensor);
            }
        })?;
        Ok(outcome?)
    }

    /// Puts the session together.
    ///
    /// # Errors
    /// [`EngineError::Weights`] when something is missing.
    pub fn finish(self) -> Result<Session, EngineError> {
        self.stream.finish()?;
        Ok(Session { card: self.card, tokenizer: self.tokenizer, model: self.loader.finish()? })
    }
}

/// A model that is ready.
#[derive(Debug, Clone)]
pub struct Session {
    card: ModelCard,
    tokenizer: Tokenizer,
    model: Model,
}

impl Session {
    /// What the model is.
    #[must_use]
    pub const fn card(&self) -> &ModelCard {
        &self.card
    }

    fn model_ref(&self) -> ModelRef {
        let ModelCard { id, architecture, sha256, .. } = self.card.clone();
        ModelRef { id, architecture, sha256 }
    }

    /// Splits a text; refuses one without a token of its own.
    fn read(&self, text: &str) -> Result<Tokenized, EngineError> {
        let tokenized = self.tokenizer.split(text)?;
        if tokenized.input.tokens.iter().all(|token| token.special) {
            return Err(Refusal::NothingToRead.into());
        }
        Ok(tokenized)
    }

    async fn logits(&self, input: &Input) -> Result<Vec<f32>, EngineError> {
        let ids = input.tokens.iter().map(|token| token.id).collect();
        let logits = self.model.forward(self.model.embed(&[ids])?, None, &mut Hooks::default());
        Ok(trace::read(logits).await?)
    }

    /// The model's answer.
    ///
    /// # Errors
    /// [`Refusal::NothingToRead`], [`EngineError::Model`].
    pub async fn predict(&self, text: &str) -> Result<Prediction, EngineError> {
        let Tokenized { input, truncated } = self.read(text)?;
        let logits = self.logits(&input).await?;
        let labelled = self.card.labels.iter().zip(&logits).zip(softmax(&logits)).enumerate();
        let mut top: Vec<Ranked> = labelled
            .map(|(id, ((label, &logit), probability))| Ranked { id, label: label.clone(), probability, logit })
            .collect();
        top.sort_by(|a, b| b.logit.total_cmp(&a.logit));
        let (schema, model) = (prediction::SCHEMA.to_owned(), self.model_ref());
        Ok(Prediction { schema, model, input, logits, top, diagnostics: truncated.into_iter().collect() })
    }

    /// An explanation of the answer.
    ///
    /// # Errors
    /// [`EngineError::Refused`] for a class that does not exist or an empty text, [`EngineError::Cancelled`],
    /// [`EngineError::Model`].
    pub async fn explain(&self, recipe: &Recipe, monitor: &dyn Monitor) -> Result<Explanation, EngineError> {
        let Tokenized { input, truncated } = self.read(&recipe.text)?;
        let target = self.target(&input, &recipe.target).await?;
        let context = Context {
            model: &self.model,
            input: &input,
            target: &target,
            mask_id: self.tokenizer.id_of("[MASK]"),
            pad_id: self.tokenizer.id_of("[PAD]"),
            monitor,
        };
        let model = self.model_ref();
        let mut explanation = vitrine_methods::explain(&context, &recipe.method, recipe.seed, &model).await?;
        explanation.diagnostics.extend(truncated);
        Ok(explanation)
    }

    /// Settles which scalar is explained.
    async fn target(&self, input: &Input, request: &TargetRequest) -> Result<Target, EngineError> {
        let labels = &self.card.labels;
        let class = |label: &String| {
            let unknown = || Refusal::UnknownTarget { label: label.clone(), known: labels.clone() };
            let index = labels.iter().position(|known| known.eq_ignore_ascii_case(label)).ok_or_else(unknown)?;
            Ok::<_, Refusal>(index)
        };
        let index = match &request.target {
            Some(label) => class(label)?,
            None => {
                let logits = self.logits(input).await?;
                let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                best.map_or(0, |(index, _)| index)
            }
        };
        let foil = request.foil.as_ref().map(class).transpose()?;
        let label = |index: usize| labels.get(index).cloned().unwrap_or_default();
        if foil == Some(index) {
            return Err(Refusal::TargetIsFoil { label: label(index) }.into());
        }
        let quantity = if foil.is_some() { Quantity::LogitDifference } else { Quantity::Logit };
        let foil = foil.map(|index| ClassRef { label: label(index), index });
        Ok(Target { quantity, label: label(index), index, foil })
    }

    /// The sites of this model that a pattern names.
    #[must_use]
    pub fn sites(&self, pattern: &str) -> Vec<Site> {
        SitePattern::new(pattern).select(&self.model.sites())
    }

    /// Activations at these sites.
    ///
    /// # Errors
    /// [`Refusal::NothingToRead`], [`EngineError::Model`].
    pub async fn trace(&self, text: &str, sites: &[Site]) -> Result<(Input, Trace), EngineError> {
        let Tokenized { input, .. } = self.read(text)?;
        let ids = input.tokens.iter().map(|token| token.id).collect();
        let mut hooks = Hooks::observing(sites.iter().copied());
        // Reading the trace also forces the logits, which nothing here needs.
        let _ = self.model.forward(self.model.embed(&[ids])?, None, &mut hooks);
        Ok((input, hooks.into_readback()?.read().await?))
    }

    /// Logits of a batch of token ids, one row each.
    ///
    /// # Errors
    /// [`EngineError::Model`] when rows or ids do not fit the model.
    pub async fn run_ids(&self, rows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EngineError> {
        let logits = self.model.forward(self.model.embed(rows)?, None, &mut Hooks::default());
        let [_, class] = logits.dims();
        Ok(trace::read(logits).await?.chunks(class).map(<[f32]>::to_vec).collect())
    }

    /// Accuracy on labelled texts; a label is the index of a class.
    ///
    /// # Errors
    /// [`EngineError::Model`], [`EngineError::Cancelled`].
    pub async fn evaluate(
        &self,
        examples: &[(String, usize)],
        monitor: &dyn Monitor,
    ) -> Result<Evaluation, EngineError> {
        let n_classes = self.card.labels.len();
        let mut confusion = vec![vec![0usize; n_classes]; n_classes];
        let mut done = 0;
        for batch in examples.chunks(EVALUATION_ROWS) {
            monitor.tick(Progress { done, total: examples.len() as u64 }).await?;
            let mut rows = Vec::with_capacity(batch.len());
            for (text, _) in batch {
                let tokenized = self.tokenizer.split(text)?;
                rows.push(tokenized.input.tokens.iter().map(|token| token.id).collect::<Vec<u32>>());
            }
            let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
            let mask = KeyMask { blocked: rows.iter().map(|row| (row.len()..longest).collect()).collect() };
            let pad = self.tokenizer.id_of("[PAD]").unwrap_or(0);
            rows.iter_mut().for_each(|row| row.resize(longest, pad));
            let logits = self.model.forward(self.model.embed(&rows)?, Some(&mask), &mut Hooks::default());
            let logits = trace::read(logits).await?;
            for (row, &(_, label)) in logits.chunks(n_classes).zip(batch) {
                let answer = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
                if let Some(count) = confusion.get_mut(label).and_then(|row| row.get_mut(answer)) {
                    *count += 1;
                }
            }
            done += batch.len() as u64;
        }
        let right: usize = confusion.iter().enumerate().filter_map(|(class, row)| row.get(class)).sum();
        let n = confusion.iter().flatten().sum::<usize>();
        Ok(Evaluation { n, accuracy: right as f64 / n.max(1) as f64, confusion })
    }
}
