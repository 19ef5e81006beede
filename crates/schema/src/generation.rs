//! Text that a model of language writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::finding::finding;
use crate::prediction::largest;
use crate::{Ranked, StopToken};

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// How the next token is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Logits are divided by it; 0 takes the likeliest token.
    pub temperature: f32,
    /// Only that many likeliest tokens can be drawn; 0 for all.
    pub top_k: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Sampling {
    /// Always the likeliest token.
    pub const GREEDY: Self = Self { temperature: 0.0, top_k: 0, seed: 0 };

    /// The likeliest tokens that can be drawn, at most so many, with their probabilities, likeliest first; those of all that can be
    /// drawn sum to 1.
    #[must_use]
    pub fn distribution(&self, logits: &[f32], most: usize) -> Vec<(usize, f32)> {
        if self.temperature <= 0.0 {
            return largest(logits, 1).into_iter().map(|(row, _)| (row, 1.0)).collect();
        }
        let cut = if self.top_k == 0 { logits.len() } else { self.top_k };
        // To sort a whole vocabulary takes longer than to sum it.
        let mut rows = largest(logits, if cut < logits.len() { cut } else { most });
        let top = rows.first().map_or(0.0, |&(_, logit)| logit / self.temperature);
        let weight = |logit: f32| f64::from(logit / self.temperature - top).exp();
        let total: f64 = if cut < logits.len() {
            rows.iter().map(|(_, logit)| weight(*logit)).sum()
        } else {
            logits.iter().copied().map(weight).sum()
        };
        rows.truncate(most);
        rows.into_iter().map(|(row, logit)| (row, (weight(logit) / total) as f32)).collect()
    }
}

/// One token that was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratedToken {
    /// The row of the embedding matrix.
    pub id: u32,
    /// The characters that it completes; empty for a part of a character that a later token completes, so that the texts of all
    /// tokens are the whole text.
    pub token: String,
    /// The model's own probability for it, before temperature and cut.
    pub probability: f32,
    /// Its logit.
    pub logit: f32,
}

/// Why writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// The model ended its text.
    Stop,
    /// As many tokens as were asked for, or as the model can read.
    Length,
}

finding! {
    /// A text that was written, with the prompt it follows as the model read it.
    Generation {
        /// What was written, without the token that ended it.
        text: String,
        /// The same by token.
        tokens: Vec<GeneratedToken>,
        /// Why it ended.
        finish: Finish,
        /// The token that ended it, with who says that it does.
        stopped_by: Option<StopToken>,
        /// Of a text that was steered, what is written unsteered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        without: Option<String>,
        /// Of a text that was steered, what could have come first: the likeliest tokens, the push in force.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        top: Vec<Ranked>,
        /// The same without the push.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        top_without: Vec<Ranked>,
    }
}

impl Generation {
    /// Tokens that a text needs before it can be said to fall apart.
    const ENOUGH: usize = 8;

    /// Whether it says the same over and over: of its tokens not half are different ones.
    #[must_use]
    pub fn falls_apart(&self) -> bool {
        let different: BTreeSet<u32> = self.tokens.iter().map(|token| token.id).collect();
        self.tokens.len() >= Self::ENOUGH && 2 * different.len() < self.tokens.len()
    }

    /// How many tokens at its beginning it wrote as it does without the push.
    #[must_use]
    pub fn n_shared(&self) -> usize {
        let without = self.without.as_deref().unwrap_or_default();
        let mut written = String::new();
        let same = |token: &&GeneratedToken| {
            written.push_str(&token.token);
            without.starts_with(&written)
        };
        self.tokens.iter().take_while(same).count()
    }
}

/// A text that is being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The prompt that it follows.
    pub prompt: String,
    /// The text so far.
    pub text: String,
    /// How many tokens.
    pub n_tokens: usize,
    /// All of it, and the time it took in milliseconds, once it has ended.
    pub ended: Option<(Arc<Generation>, f64)>,
}

impl Draft {
    /// The text grew by a token.
    pub fn grow(&mut self, text: &str) {
        self.n_tokens += 1;
        text.clone_into(&mut self.text);
    }

    /// The text is there.
    #[must_use]
    pub fn whole(generation: Arc<Generation>, elapsed_millis: f64) -> Self {
        let (prompt, text) = (generation.input.text.clone(), generation.text.clone());
        Self { prompt, text, n_tokens: generation.tokens.len(), ended: Some((generation, elapsed_millis)) }
    }

    /// Its first tokens, once it has ended; nothing where nothing was written.
    #[must_use]
    pub fn opening(&self, most: usize) -> Option<String> {
        let (whole, _) = self.ended.as_ref()?;
        let opening: String = whole.tokens.iter().take(most).map(|token| token.token.as_str()).collect();
        (!opening.is_empty()).then_some(opening)
    }

    /// Time for a token, once it has ended.
    #[must_use]
    pub fn millis_per_token(&self) -> f64 {
        self.ended.as_ref().map_or(0.0, |(_, elapsed_millis)| elapsed_millis / self.n_tokens.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_grows_token_by_token() {
        let mut draft = Draft { prompt: "a".into(), ..Draft::default() };
        ["b", "bc"].into_iter().for_each(|text| draft.grow(text));
        assert_eq!((draft.text.as_str(), draft.n_tokens, draft.millis_per_token()), ("bc", 2, 0.0));
    }

    #[test]
    fn a_distribution_is_cut_then_scaled() {
        let logits = [0.0, 2.0, 1.0, -1.0];
        let rows = |sampling: Sampling| sampling.distribution(&logits, 4);
        assert_eq!(rows(Sampling::GREEDY), [(1, 1.0)]);
        let whole = rows(Sampling { temperature: 1.0, top_k: 0, seed: 0 });
        assert_eq!(whole.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2, 0, 3]);
        assert!((whole.iter().map(|(_, p)| p).sum::<f32>() - 1.0).abs() < 1e-6);
        let cut = rows(Sampling { temperature: 0.5, top_k: 2, seed: 0 });
        assert_eq!(cut.len(), 2);
        assert!((cut[0].1 / cut[1].1 - 2f32.exp()).abs() < 1e-4);
        for top_k in [0, 3] {
            let all = Sampling { temperature: 0.7, top_k, seed: 0 };
            assert_eq!(all.distribution(&logits, 2), all.distribution(&logits, 4)[..2]);
        }
    }
}
