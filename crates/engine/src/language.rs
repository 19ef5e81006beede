//! What only a model of language does: continue a text, and read a chat.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::watched;
use vitrine_model::{Hooks, KvCache, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::generation::{ChatMessage, Finish, GeneratedToken, Generation, Sampling};
use vitrine_schema::prediction::log_sum_exp;
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::Generate;
use vitrine_schema::{Ask, Diagnostic, Recipe};
use vitrine_text::Tokenized;

use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Tokens of a prompt that are read at once: attention takes memory for each pair of them.
const PIECE_TOKENS: usize = 1024;

impl Session {
    /// The prompt that a chat becomes, control tokens written out. `now` is what templates that name today read as the
    /// clock, in seconds since 1970.
    fn chat_prompt(&self, messages: &[ChatMessage], now: Option<i64>) -> Result<String, EngineError> {
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
        let wrong = || Refusal::WrongTask { id: self.card.id.clone(), causal: false };
        let causal = self.model.causal().ok_or_else(wrong)?;
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
        let mut random = ChaCha8Rng::seed_from_u64(sampling.seed);
        let mut cache = KvCache::default();
        let mut next = ids(&input);
        let (mut writing, mut tokens) = (self.tokenizer.writing(), Vec::<GeneratedToken>::new());
        let mut diagnostics: Vec<Diagnostic> = truncated.into_iter().collect();
        let stopped_by = loop {
            if tokens.len() >= max_tokens {
                break None;
            }
            if cache.n_tokens() + next.len() > most {
                diagnostics.push(Diagnostic::ContextFull { most });
                break None;
            }
            let progress = Progress { done: tokens.len() as u64, total: max_tokens as u64 };
            asker.monitor.tick(progress).await?;
            while next.len() > PIECE_TOKENS {
                let rest = next.split_off(PIECE_TOKENS);
                let embed = self.model.embed(&[std::mem::replace(&mut next, rest)])?;
                let (cache, hooks) = (Some(&mut cache), &mut Hooks::default());
                let _ = watched::normalized(&self.model, embed, cache, hooks, asker.monitor).await?;
                asker.monitor.tick(progress).await?;
            }
            let pos = next.len();
            let embed = self.model.embed(&[next])?;
            let (kept, hooks) = (Some(&mut cache), &mut Hooks::default());
            let stream = watched::normalized(&self.model, embed, kept, hooks, asker.monitor).await?;
            let [_, _, d_model] = stream.dims();
            let logits = trace::read(causal.unembed(stream.slice([0..1, pos - 1..pos, 0..d_model]))).await?;
            let id = draw(&sampling.distribution(&logits), &mut random) as u32;
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
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Generate(ask.clone()), recipe.target.clone());
        let checks = Vec::new();
        Ok(Generation { recipe, resolved, model, input, text, tokens, finish, stopped_by, checks, diagnostics })
    }
}

/// A row, drawn by probability.
fn draw(distribution: &[(usize, f32)], random: &mut ChaCha8Rng) -> usize {
    // The upper 24 bits: every value is exact in 32-bit floats and below 1.
    let mut left = (random.next_u32() >> 8) as f32 / (1u32 << 24) as f32;
    for &(row, probability) in distribution {
        left -= probability;
        if left < 0.0 {
            return row;
        }
    }
    distribution.first().map_or(0, |&(row, _)| row)
}
