//! What only a model of language does: continue a text, and read a chat.

use std::ops::Range;

use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::watched;
use vitrine_model::{Edit, Hooks, Intervention, KvCache, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::generation::{ChatMessage, Finish, GeneratedToken, Generation, Sampling};
use vitrine_schema::prediction::{largest, log_sum_exp};
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::{Generate, Steer};
use vitrine_schema::{Ask, BlockSite, Diagnostic, Input, Ranked, Recipe, Site, StopToken};
use vitrine_text::Tokenized;

use crate::run::{Asked, Asker};
use crate::session::{finite, ids};
use crate::{EngineError, Session};

/// Tokens of a prompt that are read at once: attention takes memory for each pair of them.
pub(crate) const PIECE_TOKENS: usize = 1024;
/// Likeliest first tokens that are named.
const NAMED: usize = 8;
/// Tokens among which a draw is looked for before all are sorted.
const LIKELIEST: usize = 64;

impl Session {
    /// The prompt that a chat becomes, control tokens written out. `now` is what templates that name today read as the
    /// clock, in seconds since 1970.
    pub(crate) fn chat_prompt(&self, messages: &[ChatMessage], now: Option<i64>) -> Result<String, EngineError> {
        let none = || Refusal::NoChatTemplate { id: self.card.id.clone() };
        Ok(self.chat.as_ref().ok_or_else(none)?.prompt(messages, now)?)
    }

    /// Continues a text, token by token.
    ///
    /// A character that is spread over tokens stands with the token that completes it, and the tokens before that have an empty
    /// text; a character that is never completed is the replacement character, with the last token.
    pub(crate) async fn generate(
        &self,
        recipe: &Recipe,
        ask: &Generate,
        asker: &Asker<'_>,
    ) -> Result<Generation, EngineError> {
        if self.model.causal().is_none() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into());
        }
        let Generate { max_tokens, temperature, top_k, .. } = *ask;
        if !(temperature.is_finite() && temperature >= 0.0) {
            let (name, found) = ("temperature".to_owned(), temperature.to_string());
            return Err(Refusal::BadParameter { name, expected: "0 or more".to_owned(), found }.into());
        }
        let text = recipe.text()?;
        let sampling = Sampling { temperature, top_k, seed: recipe.seed };
        // Read piece by piece, a prompt may be as long as the model's context.
        let most = self.model.config().n_positions;
        let tokenized = if ask.chat {
            let message =
                |role: &str, content: &str| ChatMessage { role: role.to_owned(), content: content.to_owned() };
            let system = ask.system.as_deref().map(|content| message("system", content));
            let messages: Vec<ChatMessage> = system.into_iter().chain([message("user", text)]).collect();
            // The template writes the special tokens; none is added.
            self.tokenizer.split_as_written(&self.chat_prompt(&messages, asker.now)?)?
        } else {
            self.tokenizer.split(text)?
        };
        let Tokenized { input, truncated } = self.fitting(tokenized, most)?;
        let steps = 0..max_tokens as u64;
        let written = self.write(&input, &sampling, steps, &no_change, asker).await?;
        let asked = self.asked(recipe, Ask::Generate(ask.clone()), recipe.target.clone());
        Ok(written.generation(asked, input, truncated, None))
    }

    /// Continues a text token by token while the stream is pushed from the last token of the prompt on, then without.
    pub(crate) async fn steer(
        &self,
        recipe: &Recipe,
        ask: &Steer,
        asker: &Asker<'_>,
    ) -> Result<Generation, EngineError> {
        if self.model.causal().is_none() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into());
        }
        let bad = |name: &str, expected: String, found: String| Refusal::BadParameter {
            name: name.to_owned(),
            expected,
            found,
        };
        if !ask.strength.is_finite() {
            return Err(bad("strength", "a number".to_owned(), ask.strength.to_string()).into());
        }
        let n_layers = self.model.config().n_layers;
        let layer = ask.layer.unwrap_or(n_layers / 2);
        if layer >= n_layers {
            return Err(bad("layer", format!("a layer from 0 to {}", n_layers - 1), layer.to_string()).into());
        }
        let site = Site::block(layer, BlockSite::ResidPre);
        let mut ends = Vec::new();
        for text in [&ask.toward, &ask.away] {
            let values = self.observe(&self.read_mapped(text)?, site, asker.monitor).await?;
            let d_model = self.model.config().d_model;
            ends.push(values.get(values.len() - d_model..).unwrap_or_default().to_vec());
        }
        let push: Vec<f32> = match &ends[..] {
            [toward, away] => toward.iter().zip(away).map(|(to, from)| ask.strength * (to - from)).collect(),
            _ => Vec::new(),
        };
        // What is pushed is squared by the next norm.
        if !push.iter().map(|value| value * value).sum::<f32>().is_finite() {
            let expected = "so small that the model's numbers do not overflow".to_owned();
            return Err(bad("strength", expected, ask.strength.to_string()).into());
        }
        let Tokenized { input, truncated } = self.read(recipe.text()?)?;
        let most = Generate::default().max_tokens as u64;
        // From the last token of the prompt on.
        let n_tokens = input.tokens.len();
        let pushing = |read: Range<usize>| match read.end >= n_tokens {
            true => {
                let region = vec![0..1, read.len() - 1..read.len()];
                vec![(site, Edit { region, intervention: Intervention::Add(push.clone().into()) })]
            }
            false => Vec::new(),
        };
        let pushed = self.write(&input, &Sampling::GREEDY, 0..most, &pushing, asker).await?;
        let silent = Asker { written: &|_, _| {}, ..*asker };
        let without = self.write(&input, &Sampling::GREEDY, most..2 * most, &no_change, &silent).await?;
        let resolved = Ask::Steer(Steer { layer: Some(layer), ..ask.clone() });
        let asked = self.asked(recipe, resolved, recipe.target.clone());
        Ok(pushed.generation(asked, input, truncated, Some(without)))
    }

    /// The logits of the next token of every row of a stream, one row after the other.
    pub(crate) async fn next_logits(&self, stream: Tensor<3>) -> Result<Vec<f32>, EngineError> {
        let wrong = || Refusal::WrongTask { id: self.card.id.clone(), causal: false };
        let causal = self.model.causal().ok_or_else(wrong)?;
        let [batch, pos, d_model] = stream.dims();
        finite(trace::read(causal.unembed(stream.slice([0..batch, pos - 1..pos, 0..d_model]))).await?)
    }

    /// Writes at most as many tokens as there are steps, which are counted on from the first; `change` says of the tokens that
    /// are read at once what is changed where.
    pub(crate) async fn write(
        &self,
        input: &Input,
        sampling: &Sampling,
        steps: Range<u64>,
        change: &Change<'_>,
        asker: &Asker<'_>,
    ) -> Result<Written, EngineError> {
        let most = self.model.config().n_positions;
        let mut random = ChaCha8Rng::seed_from_u64(sampling.seed);
        let mut cache = KvCache::default();
        let mut next = ids(input);
        let (mut writing, mut tokens) = (self.tokenizer.writing(), Vec::<GeneratedToken>::new());
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        let mut first = Vec::new();
        let stopped_by = loop {
            let done = steps.start + tokens.len() as u64;
            if done >= steps.end {
                break None;
            }
            if cache.n_tokens() + next.len() > most {
                diagnostics.push(Diagnostic::ContextFull { most });
                break None;
            }
            let progress = Progress { done, total: steps.end };
            asker.monitor.tick(progress).await?;
            while next.len() > PIECE_TOKENS {
                let rest = next.split_off(PIECE_TOKENS);
                let embed = self.model.embed(&[std::mem::replace(&mut next, rest)])?;
                let read = cache.n_tokens()..cache.n_tokens() + PIECE_TOKENS;
                let mut hooks = hooks(change(read));
                let _ = watched::normalized(&self.model, embed, Some(&mut cache), &mut hooks, asker.monitor).await?;
                hooks.into_readback()?;
                asker.monitor.tick(progress).await?;
            }
            let read = cache.n_tokens()..cache.n_tokens() + next.len();
            let embed = self.model.embed(&[next])?;
            let mut hooks = hooks(change(read));
            let stream = watched::normalized(&self.model, embed, Some(&mut cache), &mut hooks, asker.monitor).await?;
            hooks.into_readback()?;
            let logits = self.next_logits(stream).await?;
            if tokens.is_empty() {
                first = self.ranked(&logits, NAMED);
            }
            let id = draw(sampling, &logits, &mut random) as u32;
            if let Some(stop) = self.card.inspection.stop_tokens.iter().find(|stop| stop.id == id) {
                break Some(stop.clone());
            }
            let logit = logits.get(id as usize).copied().unwrap_or(f32::NAN);
            let probability = (f64::from(logit) - log_sum_exp(&logits)).exp() as f32;
            let token = GeneratedToken { id, token: writing.push(id), probability, logit };
            (asker.written)(&token, writing.text());
            tokens.push(token);
            next = vec![id];
        };
        let rest = writing.rest();
        let text = format!("{}{rest}", writing.text());
        if let Some(last) = tokens.last_mut() {
            last.token += &rest;
        }
        let finish = if stopped_by.is_some() { Finish::Stop } else { Finish::Length };
        Ok(Written { text, tokens, finish, stopped_by, first, diagnostics })
    }
}

/// What is changed where while tokens are read, by their places in the text.
pub(crate) type Change<'a> = dyn Fn(Range<usize>) -> Vec<(Site, Edit)> + 'a;

/// Nothing is.
pub(crate) const fn no_change(_: Range<usize>) -> Vec<(Site, Edit)> {
    Vec::new()
}

fn hooks(edits: Vec<(Site, Edit)>) -> Hooks {
    edits.into_iter().fold(Hooks::default(), |hooks, (site, edit)| hooks.edit(site, edit))
}

/// What was written.
pub(crate) struct Written {
    pub(crate) text: String,
    tokens: Vec<GeneratedToken>,
    finish: Finish,
    stopped_by: Option<StopToken>,
    /// The likeliest first tokens.
    first: Vec<Ranked>,
    diagnostics: Vec<Diagnostic>,
}

impl Written {
    /// The finding, with what was cut from the prompt, and of a text that was pushed the one that was not.
    fn generation(
        self,
        asked: Asked,
        input: Input,
        truncated: Option<Diagnostic>,
        without: Option<Self>,
    ) -> Generation {
        let Asked { recipe, resolved, model } = asked;
        let Self { text, tokens, finish, stopped_by, first, diagnostics } = self;
        let diagnostics = truncated.into_iter().chain(diagnostics).collect();
        let (top, (without, top_without)) = match without {
            Some(without) => (first, (Some(without.text), without.first)),
            None => Default::default(),
        };
        Generation {
            recipe,
            resolved,
            model,
            input,
            text,
            tokens,
            finish,
            stopped_by,
            without,
            top,
            top_without,
            checks: Vec::new(),
            diagnostics,
        }
    }
}

/// A row, drawn by probability.
fn draw(sampling: &Sampling, logits: &[f32], random: &mut ChaCha8Rng) -> usize {
    // The upper 24 bits: every value is exact in 32-bit floats and below 1.
    let drawn = (random.next_u32() >> 8) as f32 / (1u32 << 24) as f32;
    // Nearly all draws fall on one of the likeliest.
    for most in [LIKELIEST, logits.len()] {
        let (mut left, likeliest) = (drawn, sampling.distribution(logits, most));
        let all = likeliest.len() < most;
        for (row, probability) in likeliest {
            left -= probability;
            if left < 0.0 {
                return row;
            }
        }
        if all {
            break;
        }
    }
    largest(logits, 1).first().map_or(0, |&(row, _)| row)
}
