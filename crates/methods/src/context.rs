//! What every method is given, and the two ways in which it may ask the model.

use std::future::Future;
use std::pin::Pin;

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;
use vitrine_model::{Hooks, Model, ModelError, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::floats::Floats;
use vitrine_schema::prediction::largest;
use vitrine_schema::protocol::Progress;
use vitrine_schema::trail::Trail;
use vitrine_schema::work::{Row, Said};
use vitrine_schema::{Diagnostic, Input, Path, ProblemType, Quantity, Target};

use crate::{Crew, Memo, watched};

/// Tokens per batch: enough to keep matrix products busy, few enough to report and cancel several times a second.
const TOKENS_PER_BATCH: usize = 256;
/// What a backward pass may save: 256 tokens of six layers of width 384.
const SAVED_BYTES: usize = 64 << 20;

/// Someone who watches a method run and may stop it.
pub trait Monitor {
    /// Called between batches.
    fn tick(&self, progress: Progress) -> Turn<'_>;

    /// Called between layers: others may have their turn.
    fn turn(&self) -> Turn<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A moment in which others have their turn, and after which the run may have been stopped.
pub type Turn<'a> = Pin<Box<dyn Future<Output = Result<(), Cancelled>> + 'a>>;

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Monitor for Unwatched {
    fn tick(&self, _: Progress) -> Turn<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// Why a method has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// It cannot be run on this input or model.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The model could not be run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// It was stopped.
    #[error("the run was stopped")]
    Cancelled,
}

impl From<Cancelled> for MethodError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Tokens of the vocabulary that can stand for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StandIns {
    /// Id of the mask token.
    pub mask: Option<u32>,
    /// Id of the padding token.
    pub pad: Option<u32>,
    /// Id of the token that ends a text, of a model of language.
    pub eos: Option<u32>,
    /// Id of the token that writes a space alone, of a model of language.
    pub space: Option<u32>,
}

impl StandIns {
    /// The token that a value of a parameter needs, which is named here as it is there.
    ///
    /// # Errors
    /// [`Refusal::NoStandIn`]; what was resolved for this model has its token.
    pub fn id(&self, value: &str) -> Result<u32, Refusal> {
        let (id, token) = match value {
            "mask" => (self.mask, "mask"),
            "pad" => (self.pad, "padding"),
            "eos" => (self.eos, "end-of-text"),
            _ => (self.space, "space"),
        };
        let none = || Refusal::NoStandIn {
            token: token.to_owned(),
            name: "it".to_owned(),
            value: value.to_owned(),
            others: vec!["mean".to_owned()],
        };
        id.ok_or_else(none)
    }
}

/// A model, a text, the scalar to explain, and who watches.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The model.
    pub model: &'a Model,
    /// The text with its tokens.
    pub input: &'a Input,
    /// The scalar.
    pub target: &'a Target,
    /// Tokens of each player, in the order of the text.
    pub groups: &'a [Vec<usize>],
    /// What can stand for nothing.
    pub stand_ins: StandIns,
    /// Values of this text and target that are known already.
    pub memo: &'a Memo,
    /// Who watches.
    pub monitor: &'a dyn Monitor,
    /// Who helps.
    pub crew: &'a dyn Crew,
}

/// What a method hands to the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// `F` on the input.
    pub value: f32,
    /// `F` on the baseline.
    pub baseline_value: f32,
    /// Logits of the input, of a classifier.
    pub logits: Vec<f32>,
    /// One score per token.
    pub scores: Vec<f32>,
    /// The path, if the method walks one.
    pub path: Option<Path>,
    /// How the scores came about, if the method keeps that.
    pub trail: Option<Trail>,
    /// What a reader should know about these scores.
    pub diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    /// The token ids.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.input.tokens.iter().map(|token| token.id).collect()
    }

    /// Tokens of each player, without what the tokenizer puts around a text, and where it is held without the first token of a model of
    /// language.
    #[must_use]
    pub fn players(&self, hold_first: bool) -> Vec<Vec<usize>> {
        let held = hold_first && self.causal();
        let free = |player: &Vec<usize>| player.iter().copied().filter(|&token| !(held && token == 0)).collect();
        self.groups.iter().map(free).filter(|player: &Vec<usize>| !player.is_empty()).collect()
    }

    /// What the logits mean.
    #[must_use]
    pub fn problem_type(&self) -> ProblemType {
        self.model.config().problem_type
    }

    /// Whether the model predicts the next token.
    #[must_use]
    pub fn causal(&self) -> bool {
        self.model.causal().is_some()
    }

    /// How many rows of `pos` tokens go into one forward pass.
    #[must_use]
    pub fn rows_per_batch(pos: usize) -> usize {
        (TOKENS_PER_BATCH / pos.max(1)).max(1)
    }

    /// How many rows of `pos` tokens go into one forward and backward pass, which keeps what it computed.
    #[must_use]
    pub fn rows_per_gradient(&self, pos: usize) -> usize {
        let config = self.model.config();
        let floats_per_token = config.n_layers * (10 * config.d_model + 4 * config.d_mlp);
        let tokens = (SAVED_BYTES / (4 * floats_per_token).max(1)).min(TOKENS_PER_BATCH);
        (tokens / pos.max(1)).max(1)
    }

    /// `F` of each row of logits.
    ///
    /// # Shapes
    /// `[batch, class]` to `[batch, 1]`.
    pub(crate) fn scalar(&self, logits: Tensor<2>) -> Tensor<2> {
        let [batch, _] = logits.dims();
        let class = |index: usize| logits.clone().slice([0..batch, index..index + 1]);
        match (&self.target.foil, self.target.quantity) {
            (None, Quantity::LogProb) if self.problem_type() == ProblemType::MultiLabel => {
                log_sigmoid(class(self.target.index))
            }
            (None, Quantity::LogProb) => {
                let top = logits.clone().without_autodiff().max_dim(1);
                let total = (logits.clone() - top.clone()).exp().sum_dim(1).log() + top;
                class(self.target.index) - total
            }
            (None, _) => class(self.target.index),
            (Some(foil), _) => class(self.target.index) - class(foil.index),
        }
    }

    /// `F` of one row of logits that has been read back.
    #[must_use]
    pub fn value_of(&self, logits: &[f32]) -> f32 {
        let class = |index: usize| logits.get(index).copied().unwrap_or(f32::NAN);
        match (&self.target.foil, self.target.quantity) {
            (None, Quantity::LogProb) => {
                let scale = self.problem_type().scale(logits);
                scale.log_prob(class(self.target.index)).map_or(f32::NAN, |log_prob| log_prob as f32)
            }
            (None, _) => class(self.target.index),
            (Some(foil), _) => class(self.target.index) - class(foil.index),
        }
    }

    /// `F` of each row of embeddings.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]`.
    ///
    /// # Errors
    /// [`MethodError::Model`].
    pub async fn forward(&self, points: Tensor<3>) -> Result<Vec<Row>, MethodError> {
        self.read(watched::logits(self.model, points, &mut Hooks::default(), self.monitor).await?).await
    }

    /// Reads back `F` of each row of logits.
    ///
    /// # Shapes
    /// `[batch, class]` or `[batch, d_vocab]`.
    ///
    /// # Errors
    /// [`MethodError::Model`].
    pub(crate) async fn values(&self, logits: Tensor<2>) -> Result<Vec<f32>, MethodError> {
        Ok(trace::read(self.scalar(logits)).await?)
    }

    /// Reads back `F` of each row of logits, and of a classifier the logits too.
    ///
    /// # Shapes
    /// `[batch, class]`.
    ///
    /// # Errors
    /// [`MethodError::Model`].
    pub async fn read(&self, logits: Tensor<2>) -> Result<Vec<Row>, MethodError> {
        let values = self.scalar(logits.clone());
        let own = self.memo.own_answer();
        if let (true, Some(own)) = (self.causal(), own) {
            // Four numbers of each row leave the device, not fifty thousand.
            let [batch, _] = logits.dims();
            let own = logits.clone().slice([0..batch, own..own + 1]);
            let (top, index) = logits.clone().max_dim_with_indices(1);
            let total = (logits - top.clone()).exp().sum_dim(1).log() + top.clone();
            let columns = Tensor::cat(vec![values, index.float(), top - total.clone(), own - total], 1);
            let row = |row: &[f32; 4]| {
                let &[value, index, top, own] = row;
                let said = Said { index: index as usize, probability: Some(top.exp()), own: Some(own.exp()) };
                Row { value, said: Some(said), ..Row::default() }
            };
            return Ok(trace::read(columns).await?.as_chunks().0.iter().map(row).collect());
        }
        if self.causal() {
            let row = |value| Row { value, ..Row::default() };
            return Ok(trace::read(values).await?.into_iter().map(row).collect());
        }
        let [_, class] = logits.dims();
        let row = |row: &[f32]| {
            let (&value, logits) = row.split_first()?;
            Some(Row { value, said: own.map(|own| self.said(logits, own)), logits: Floats(logits.to_vec()) })
        };
        Ok(trace::read(Tensor::cat(vec![values, logits], 1)).await?.chunks(1 + class).filter_map(row).collect())
    }

    /// What a classifier says by these logits.
    fn said(&self, logits: &[f32], own: usize) -> Said {
        let scale = self.problem_type().scale(logits);
        let probability = |index: usize| scale.probability(logits.get(index).copied().unwrap_or(f32::NAN));
        let index = largest(logits, 1).first().map_or(0, |&(index, _)| index);
        Said { index, probability: probability(index), own: probability(own) }
    }

    /// `F` and its gradient at each row.
    ///
    /// # Shapes
    /// points `[batch, pos, d_model]` to values `[batch, 1]` and gradient `[batch, pos, d_model]`, both on the device.
    ///
    /// # Errors
    /// [`MethodError::Model`] when the device gives no gradient.
    pub async fn gradient(&self, points: Tensor<3>) -> Result<(Tensor<2>, Tensor<3>), MethodError> {
        let points = points.autodiff().require_grad();
        let logits = watched::logits(self.model, points.clone(), &mut Hooks::default(), self.monitor).await?;
        let values = self.scalar(logits);
        // Rows do not influence each other, so the gradient of the sum holds each row's own.
        let mut gradients = values.clone().sum().backward();
        let gradient = points.grad_remove(&mut gradients);
        let missing = || ModelError::Readback { detail: "no gradient".to_owned() };
        Ok((values.without_autodiff(), gradient.ok_or_else(missing)?))
    }
}
