//! A loaded model and what can be asked of it.

use std::sync::{Arc, Mutex, PoisonError};

use vitrine_methods::{Attribution, Context, Explained, Memo, Monitor, StandIns, receipt, watched};
use vitrine_model::{Hooks, KeyMask, Model, Trace, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::prediction::largest;
use vitrine_schema::protocol::{ModelCard, Progress};
use vitrine_schema::recipe::Explain;
use vitrine_schema::work::Said;
use vitrine_schema::{
    Answered, Ask, Check, ClassRef, Diagnostic, Evaluation, Explanation, Finding, Grid, Input, MethodRef, ModelRef,
    Players, Prediction, ProblemType, Quantity, Ranked, Receipt, Recipe, Site, SitePattern, Target, TargetRequest,
};
use vitrine_text::{ChatTemplate, Tokenized, Tokenizer};

use crate::EngineError;
use crate::inside::Measured;
use crate::probe::Probed;
use crate::reasoning::courtroom::Unchanged;
use crate::reasoning::decode::Beginning;
use crate::run::{Asked, Asker};

/// Tokens that a model is asked about; its attention maps grow with the square.
pub(crate) const LONGEST_PROMPT: usize = 1024;
/// How many of the likeliest tokens a prediction lists.
const LISTED_TOKENS: usize = 20;
/// Rows of one batch of an evaluation.
const EVALUATION_ROWS: usize = 16;

/// Numbers of a model, refused where 32 bits do not hold one of them.
pub(crate) fn finite(numbers: Vec<f32>) -> Result<Vec<f32>, EngineError> {
    if numbers.iter().all(|number| number.is_finite()) { Ok(numbers) } else { Err(Refusal::Overflow.into()) }
}

/// A model that is ready.
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) card: ModelCard,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) model: Model,
    pub(crate) chat: Option<ChatTemplate>,
    pub(crate) stand_ins: StandIns,
    pub(crate) measured: Measured,
    /// Values of the text and target that were explained last.
    pub(crate) known: Arc<Mutex<Option<KnownText>>>,
    /// What the layers held of the table that was probed last.
    pub(crate) probed: Arc<Mutex<Option<Probed>>>,
    /// Examples that questions were put behind, as they were read, the last one last.
    pub(crate) read: Arc<Mutex<Vec<Beginning>>>,
    /// What the problems that were put to the test last came to.
    pub(crate) unchanged: Arc<Mutex<Option<Arc<Unchanged>>>>,
}

/// What is kept of a text between questions: a value depends on what is absent alone, so that one that is known is the same.
#[derive(Debug)]
pub(crate) struct KnownText {
    input: Input,
    target: Target,
    memo: Arc<Memo>,
}

impl Session {
    /// What the model is.
    #[must_use]
    pub const fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The session of a model whose hash and length were found while it was read.
    #[must_use]
    pub fn with_identity(mut self, sha256: String, bytes: u64) -> Self {
        (self.card.sha256, self.card.bytes) = (sha256, bytes);
        self
    }

    pub(crate) fn model_ref(&self) -> ModelRef {
        let ModelCard { id, architecture, sha256, .. } = self.card.clone();
        ModelRef { id, architecture, sha256 }
    }

    /// Splits a text; refuses one without a token of its own, and one that is too long; what a classifier was not made to read was cut.
    pub(crate) fn read(&self, text: &str) -> Result<Tokenized, EngineError> {
        self.fitting(self.tokenizer.split(text)?, self.card.max_tokens)
    }

    /// Refuses what has no token of its own, and a text of more tokens than that.
    pub(crate) fn fitting(&self, tokenized: Tokenized, most: usize) -> Result<Tokenized, EngineError> {
        let tokens = &tokenized.input.tokens;
        // What stands for nothing in the text was added by the tokenizer.
        if tokens.iter().all(|token| token.special && token.start == token.end) {
            return Err(Refusal::NothingToRead.into());
        }
        // A model of language can go on from a control token, a classifier has nothing to judge.
        if self.model.causal().is_none() {
            refuse_only_control(&tokenized.input)?;
        }
        if tokens.len() > most {
            return Err(Refusal::PromptTooLong { most, found: tokens.len() }.into());
        }
        Ok(tokenized)
    }

    pub(crate) async fn logits(&self, input: &Input, monitor: &dyn Monitor) -> Result<Vec<f32>, EngineError> {
        let embed = self.model.embed(&[ids(input)])?;
        let logits = watched::logits(&self.model, embed, &mut Hooks::default(), monitor).await?;
        finite(trace::read(logits).await?)
    }

    pub(crate) async fn predict(&self, recipe: &Recipe, asker: &Asker<'_>) -> Result<Prediction, EngineError> {
        let Tokenized { input, truncated } = self.read(recipe.text()?)?;
        let logits = self.logits(&input, asker.monitor).await?;
        let causal = self.model.causal().is_some();
        let top = self.ranked(&logits, if causal { LISTED_TOKENS } else { logits.len() });
        let score = logits.first().copied().filter(|_| self.card.problem_type == ProblemType::Regression);
        let (logits, vocabulary) =
            if causal { (Vec::new(), Grid::new([logits.len()], logits)) } else { (logits, Grid::default()) };
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Predict {}, recipe.target.clone());
        let (checks, diagnostics) = (Vec::new(), truncated.into_iter().collect());
        Ok(Prediction { recipe, resolved, model, input, logits, vocabulary, score, top, checks, diagnostics })
    }

    /// The likeliest classes or tokens with their names.
    pub(crate) fn ranked(&self, logits: &[f32], n: usize) -> Vec<Ranked> {
        self.named(logits, largest(logits, n).into_iter().map(|(id, _)| id))
    }

    /// These classes or tokens with their names; a row that there is not is left out.
    pub(crate) fn named(&self, logits: &[f32], ids: impl IntoIterator<Item = usize>) -> Vec<Ranked> {
        let causal = self.model.causal().is_some();
        let scale = self.card.problem_type.scale(logits);
        let named = |id: usize| {
            let logit = *logits.get(id)?;
            let (label, token) = (self.card.labels.get(id).cloned(), causal.then(|| self.tokenizer.name_of(id as u32)));
            Some(Ranked { id, label, token, probability: scale.probability(logit), logit })
        };
        ids.into_iter().filter_map(named).collect()
    }

    pub(crate) async fn explain(
        &self,
        recipe: &Recipe,
        ask: &Explain,
        asker: &Asker<'_>,
    ) -> Result<Explanation, EngineError> {
        if let Some(continuation) = &ask.continuation {
            return self.explain_continuation(recipe, ask, continuation, asker).await;
        }
        let Tokenized { input, truncated } = self.read(recipe.text()?)?;
        refuse_only_control(&input)?;
        let params = ask.method.resolve(&ask.params, &self.card.traits)?;
        let groups = ask.players.of(&input)?;
        let (target, remarks) = self.target(&input, &recipe.target, asker.monitor).await?;
        let memo = self.memo(&input, &target);
        if ask.receipt && memo.own_answer().is_none() {
            memo.listen(largest(&self.logits(&input, asker.monitor).await?, 1).first().map_or(0, |&(index, _)| index));
        }
        let context = Context { groups: &groups, ..self.context(&input, &target, &memo, asker) };
        let found = vitrine_methods::explain(&context, ask.method, params.clone(), recipe.seed).await?;
        let players =
            if ask.players == Players::Tokens { Vec::new() } else { context.players(found.params.flag("hold_first")) };
        let mut attribution = found.attribution.clone();
        attribution.diagnostics.extend(truncated.into_iter().chain(remarks));
        let resolved = Ask::Explain(Explain { params, ..ask.clone() });
        let method = MethodRef { id: ask.method, params: found.params.clone(), seed: recipe.seed };
        let asked = self.asked(recipe, resolved, Self::settled(&recipe.target, &target));
        let check = found.check.clone();
        let explained = self.explanation(asked, input.clone(), target.clone(), method, attribution, check);
        let explained = Explanation { players, ..explained };
        let with = |receipt| Explanation { receipt, ..explained.clone() };
        let told = |receipt: &Receipt| {
            (asker.so_far)(Finding::Explanation(Arc::new(with(Some(Box::new(receipt.clone()))))));
        };
        let receipt = self.receipt(&context, ask, &found, recipe.seed, &told).await?;
        Ok(Explanation { receipt, ..explained })
    }

    /// How far scores can be trusted, where that is asked for; `told` hears it before other blanks and seeds are run.
    pub(crate) async fn receipt(
        &self,
        context: &Context<'_>,
        ask: &Explain,
        found: &Explained,
        seed: u64,
        told: &dyn Fn(&Receipt),
    ) -> Result<Option<Box<Receipt>>, EngineError> {
        if !ask.receipt {
            return Ok(None);
        }
        let name = |said: &Said| self.answered(said);
        Ok(Some(Box::new(receipt::measure(context, ask.method, found, seed, &name, told).await?)))
    }

    /// What was found, as a finding; of tokens, without a receipt.
    pub(crate) fn explanation(
        &self,
        asked: Asked,
        input: Input,
        target: Target,
        method: MethodRef,
        found: Attribution,
        check: Check,
    ) -> Explanation {
        let Asked { recipe, resolved, model } = asked;
        let Attribution { value, baseline_value, logits, scores, path, trail, diagnostics } = found;
        Explanation {
            recipe,
            resolved,
            model,
            input,
            target,
            method,
            value,
            baseline_value,
            scores,
            logits,
            problem_type: self.card.problem_type,
            players: Vec::new(),
            matrix: None,
            steps: Vec::new(),
            path,
            trail,
            receipt: None,
            checks: vec![check],
            diagnostics,
        }
    }

    pub(crate) fn context<'a>(
        &'a self,
        input: &'a Input,
        target: &'a Target,
        memo: &'a Memo,
        asker: &Asker<'a>,
    ) -> Context<'a> {
        let (model, stand_ins) = (&self.model, self.stand_ins);
        let Asker { monitor, crew, .. } = *asker;
        Context { model, input, target, groups: &[], stand_ins, memo, monitor, crew }
    }

    /// Values of this text and target, those of the last question if it was about the same.
    fn memo(&self, input: &Input, target: &Target) -> Arc<Memo> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known.as_ref().filter(|known| known.input == *input && known.target == *target);
        if let Some(known) = same {
            return Arc::clone(&known.memo);
        }
        let memo = Arc::<Memo>::default();
        *known = Some(KnownText { input: input.clone(), target: target.clone(), memo: Arc::clone(&memo) });
        memo
    }

    /// What the model says, by name.
    fn answered(&self, said: &Said) -> Answered {
        let name = self.name_of(said.index);
        let (label, token) = if self.model.causal().is_some() { (None, Some(name)) } else { (Some(name), None) };
        Answered { label, token, probability: said.probability }
    }

    /// Settles which scalar is explained.
    pub(crate) async fn target(
        &self,
        input: &Input,
        request: &TargetRequest,
        monitor: &dyn Monitor,
    ) -> Result<(Target, Vec<Diagnostic>), EngineError> {
        let mut remarks = Vec::new();
        let mut answer = |label: &String| {
            let (answer, remark) = self.answer(label)?;
            remarks.extend(remark);
            Ok::<_, EngineError>(answer)
        };
        let asked = request.target.as_ref().map(&mut answer).transpose()?;
        let foil = request.foil.as_ref().map(&mut answer).transpose()?;
        let class = |index: usize| ClassRef { label: self.name_of(index), index };
        // Of two classes the second stands against the first, whatever the model answers.
        let two = self.card.labels.len() == 2 && self.card.problem_type == ProblemType::SingleLabel;
        let two = two && self.model.causal().is_none();
        let other_of_two = |foil: &ClassRef| class(1 - foil.index.min(1));
        let difference = request.quantity == Some(Quantity::LogitDifference);
        let (target, foil) = match (asked, foil) {
            (Some(asked), None) if two && difference => {
                let other = other_of_two(&asked);
                (asked, Some(other))
            }
            (Some(asked), foil) => (asked, foil),
            (None, Some(foil)) if two => (other_of_two(&foil), Some(foil)),
            (None, None) if two => {
                let alone = request.quantity.is_some() && !difference;
                (class(1), (!alone).then(|| class(0)))
            }
            (None, foil) => {
                let best = largest(&self.logits(input, monitor).await?, 1).first().map_or(0, |&(index, _)| index);
                (class(best), foil)
            }
        };
        if foil.as_ref().is_some_and(|foil| foil.index == target.index) {
            return Err(Refusal::TargetIsFoil { label: target.label }.into());
        }
        if request.quantity == Some(Quantity::LogProb) && self.card.problem_type == ProblemType::Regression {
            return Err(Refusal::NoProbability { id: self.card.id.clone() }.into());
        }
        let quantity = match (&foil, request.quantity) {
            (Some(_), _) => Quantity::LogitDifference,
            (None, Some(Quantity::LogitDifference)) => return Err(Refusal::NothingToCompare.into()),
            (None, Some(asked)) => asked,
            (None, _) if self.model.causal().is_some() => Quantity::LogProb,
            (None, _) => Quantity::Logit,
        };
        Ok((Target { quantity, label: target.label, index: target.index, foil }, remarks))
    }

    /// A class by its label, or the first token that writes a text where the prompt ends.
    fn answer(&self, label: &str) -> Result<(ClassRef, Option<Diagnostic>), EngineError> {
        if label.is_empty() {
            return Err(Refusal::EmptyTarget.into());
        }
        let labels = &self.card.labels;
        if self.model.causal().is_none() {
            let unknown = || Refusal::UnknownTarget { label: label.to_owned(), known: labels.clone() };
            let index = labels.iter().position(|known| known.eq_ignore_ascii_case(label)).ok_or_else(unknown)?;
            return Ok((ClassRef { label: self.name_of(index), index }, None));
        }
        let ids = self.tokenizer.find(label)?;
        let none = || Refusal::NoSuchToken { text: label.to_owned() };
        let first = *ids.first().ok_or_else(none)? as usize;
        let several =
            || Diagnostic::SeveralTokens { text: label.to_owned(), n_tokens: ids.len(), first: self.name_of(first) };
        Ok((ClassRef { label: self.name_of(first), index: first }, (ids.len() > 1).then(several)))
    }

    /// The label of a class, or the text of a token.
    pub(crate) fn name_of(&self, index: usize) -> String {
        self.card.labels.get(index).cloned().unwrap_or_else(|| self.tokenizer.name_of(index as u32))
    }

    /// The tokenizer as a `tokenizer.json`.
    ///
    /// # Errors
    /// [`EngineError::Text`].
    pub fn tokenizer_json(&self) -> Result<String, EngineError> {
        Ok(self.tokenizer.to_json()?)
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
        let mut hooks = Hooks::observing(sites.iter().copied());
        // Reading the trace also forces the logits, which nothing here needs.
        let _ = self.model.forward(self.model.embed(&[ids(&input)])?, None, &mut hooks);
        Ok((input, hooks.into_readback()?.read().await?))
    }

    /// Accuracy on labelled texts; a label is the index of a class.
    ///
    /// # Errors
    /// [`Refusal::WrongTask`], [`Refusal::NotOneClass`], [`EngineError::Model`], [`EngineError::Cancelled`].
    pub async fn evaluate(
        &self,
        examples: &[(String, usize)],
        monitor: &dyn Monitor,
    ) -> Result<Evaluation, EngineError> {
        if self.model.causal().is_some() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: true }.into());
        }
        if self.card.problem_type != ProblemType::SingleLabel {
            let one_label = self.card.problem_type == ProblemType::Regression;
            return Err(Refusal::NotOneClass { id: self.card.id.clone(), one_label }.into());
        }
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

/// Refuses a text in which nothing but control tokens stands.
fn refuse_only_control(input: &Input) -> Result<(), Refusal> {
    let written = || input.tokens.iter().filter(|token| token.start < token.end);
    if input.tokens.iter().all(|token| token.special) {
        return Err(Refusal::OnlyControlTokens { tokens: written().map(|token| token.text.clone()).collect() });
    }
    Ok(())
}

pub(crate) fn ids(input: &Input) -> Vec<u32> {
    input.tokens.iter().map(|token| token.id).collect()
}
