//! Texts that are continued together.
//!
//! Rows of one length are one batch; what they begin with in common was read once and is spread over them. A row is what it would be
//! alone: its draws come from its own seed, and no batch has one row, for products of one row take another order than those of
//! several.

use std::cell::Cell;
use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::{Monitor, watched};
use vitrine_model::{Hooks, KvCache};
use vitrine_schema::protocol::Progress;
use vitrine_text::Tokenizer;

use crate::language::PIECE_TOKENS;
use crate::{EngineError, Session};

/// Tokens of all rows of a batch, written ones included: keys and values of one token of a small model take some 50 kB.
const BATCH_TOKENS: usize = 4096;
/// Rows of a batch at most.
const BATCH_ROWS: usize = 32;

/// What many rows begin with, as it was read.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    ids: Vec<u32>,
    cache: KvCache,
}

impl Beginning {
    /// What of it a row begins with, at most so many tokens, and how many they are.
    pub fn for_row(&self, row: &[u32], most: usize) -> (KvCache, usize) {
        let shared = self.shared(row).min(most);
        let mut cache = self.cache.clone();
        cache.cut(shared);
        (cache, shared)
    }

    /// Tokens that a row begins with as well.
    fn shared(&self, row: &[u32]) -> usize {
        row.iter().zip(&self.ids).take_while(|(a, b)| a == b).count()
    }
}

/// A text that was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Continued {
    /// Its tokens.
    pub tokens: Vec<String>,
    /// The same in one piece.
    pub text: String,
    /// Why it ended.
    pub end: End,
}

/// Why a text ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It has not yet.
    #[default]
    Open,
    /// It came to where such a text ends.
    Reached,
    /// The model ended it.
    Stopped,
    /// As many tokens as there may be.
    Cut,
}

/// How rows are continued.
pub(super) struct Manner<'a> {
    /// 0 takes the likeliest token.
    pub temperature: f32,
    /// Of the draws, one for each row.
    pub seeds: &'a [u64],
    /// Most tokens of a row.
    pub most: usize,
    /// Where a text ends by itself.
    pub end: &'a dyn Fn(&str) -> Option<usize>,
    /// Rows that ended, of all there will be.
    pub ended: &'a Cell<u64>,
    /// All rows there will be.
    pub total: u64,
    /// Is told every row of a batch after each of its tokens.
    pub told: &'a dyn Fn(&[Continued]),
    /// Who watches.
    pub monitor: &'a dyn Monitor,
}

impl Session {
    /// Reads what rows will begin with.
    pub(super) async fn beginning(&self, ids: &[u32], monitor: &dyn Monitor) -> Result<Beginning, EngineError> {
        let mut cache = KvCache::default();
        // The last token of a row is read with it, and a single one is no beginning.
        if ids.len() < 2 {
            return Ok(Beginning::default());
        }
        for piece in ids.chunks(PIECE_TOKENS) {
            let embed = self.model.embed(&[piece.to_vec()])?;
            let _ = watched::normalized(&self.model, embed, Some(&mut cache), &mut Hooks::default(), monitor).await?;
        }
        Ok(Beginning { ids: ids.to_vec(), cache })
    }

    /// Continues rows, each until it ends.
    pub(super) async fn continued(
        &self,
        beginning: &Beginning,
        rows: &[Vec<u32>],
        manner: &Manner<'_>,
    ) -> Result<Vec<Continued>, EngineError> {
        let mut written = vec![Continued::default(); rows.len()];
        // Rows that go on from the same place by as many tokens.
        let mut alike: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let shared = beginning.shared(row).min(row.len().saturating_sub(1));
            alike.entry((shared, row.len())).or_default().push(at);
        }
        for ((shared, length), places) in alike {
            let most = (BATCH_TOKENS / (length + manner.most)).clamp(2, BATCH_ROWS);
            for batch in places.chunks(most) {
                self.batch((beginning, shared), rows, batch, manner, &mut written).await?;
            }
        }
        Ok(written)
    }

    /// Continues the rows at some places, all of one length.
    async fn batch(
        &self,
        (beginning, shared): (&Beginning, usize),
        rows: &[Vec<u32>],
        places: &[usize],
        manner: &Manner<'_>,
        written: &mut [Continued],
    ) -> Result<(), EngineError> {
        let seed = |&place: &usize| manner.seeds.get(place).copied().unwrap_or_default();
        let mut hands: Vec<Hand<'_>> = places.iter().map(|place| Hand::new(&self.tokenizer, seed(place))).collect();
        let rest = |place: &usize| rows.get(*place).and_then(|row| row.get(shared..)).unwrap_or_default().to_vec();
        let mut lanes = at_least_two((0..places.len()).collect());
        let mut next: Vec<Vec<u32>> = lanes.iter().filter_map(|&lane| places.get(lane)).map(rest).collect();
        let mut cache = beginning.cache.clone();
        cache.cut(shared);
        cache = cache.forked();
        loop {
            let full = cache.n_tokens() + next.first().map_or(0, Vec::len) > self.model.config().n_positions;
            manner.monitor.tick(Progress { done: manner.ended.get(), total: manner.total }).await?;
            let mut kept: Vec<usize> = Vec::new();
            if !full {
                let embed = self.model.embed(&next)?;
                let hooks = &mut Hooks::default();
                let stream = watched::normalized(&self.model, embed, Some(&mut cache), hooks, manner.monitor).await?;
                let logits = self.next_logits(stream).await?;
                let d_vocab = logits.len() / lanes.len();
                next.clear();
                let mut done = None;
                for (at, (lane, logits)) in lanes.iter().zip(logits.chunks(d_vocab)).enumerate() {
                    // A row that stands there twice is written once.
                    if done.replace(*lane) == Some(*lane) {
                        continue;
                    }
                    let Some(hand) = hands.get_mut(*lane) else { continue };
                    let id = hand.chosen(logits, manner.temperature);
                    let stops = self.card.inspection.stop_tokens.iter().any(|stop| stop.id == id);
                    if hand.write(id, stops, manner) {
                        kept.push(at);
                        next.push(vec![id]);
                    } else {
                        manner.ended.set(manner.ended.get() + 1);
                    }
                }
            } else {
                for hand in hands.iter_mut().filter(|hand| hand.text.end == End::Open) {
                    hand.text.end = End::Cut;
                    manner.ended.set(manner.ended.get() + 1);
                }
            }
            for (place, hand) in places.iter().zip(&hands) {
                if let Some(slot) = written.get_mut(*place) {
                    slot.clone_from(&hand.text);
                }
            }
            (manner.told)(written);
            if kept.is_empty() {
                return Ok(());
            }
            if let [only] = &next[..] {
                next = vec![only.clone(), only.clone()];
            }
            let kept = at_least_two(kept);
            let after: Vec<usize> = kept.iter().filter_map(|&at| lanes.get(at).copied()).collect();
            if after != lanes {
                cache = cache.rows(&kept);
            }
            lanes = after;
        }
    }
}

/// A single one twice.
fn at_least_two(mut rows: Vec<usize>) -> Vec<usize> {
    if let [only] = rows[..] {
        rows.push(only);
    }
    rows
}

/// Who writes one row.
struct Hand<'t> {
    writing: vitrine_text::Writing<'t>,
    random: ChaCha8Rng,
    text: Continued,
}

impl<'t> Hand<'t> {
    fn new(tokenizer: &'t Tokenizer, seed: u64) -> Self {
        Self { writing: tokenizer.writing(), random: ChaCha8Rng::seed_from_u64(seed), text: Continued::default() }
    }

    /// The next token: the likeliest, or drawn by its share.
    fn chosen(&mut self, logits: &[f32], temperature: f32) -> u32 {
        let likeliest = logits
            .iter()
            .enumerate()
            .fold(0, |best, (id, logit)| if logits.get(best).is_none_or(|most| logit > most) { id } else { best });
        if temperature <= 0.0 {
            return likeliest as u32;
        }
        let most = logits.get(likeliest).copied().unwrap_or_default();
        let weight = |logit: &f32| f64::from((logit - most) / temperature).exp();
        let total: f64 = logits.iter().map(weight).sum();
        let mut left = (self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * total;
        for (id, logit) in logits.iter().enumerate() {
            left -= weight(logit);
            if left < 0.0 {
                return id as u32;
            }
        }
        likeliest as u32
    }

    /// Writes a token; whether there is more to write.
    fn write(&mut self, id: u32, stops: bool, manner: &Manner<'_>) -> bool {
        if stops {
            self.text.end = End::Stopped;
        } else {
            let token = self.writing.push(id);
            self.text.text += &token;
            self.text.tokens.push(token);
            if let Some(end) = (manner.end)(&self.text.text) {
                self.text.cut(end);
                self.text.end = End::Reached;
            } else if self.text.tokens.len() >= manner.most {
                self.text.end = End::Cut;
            }
        }
        self.text.end == End::Open
    }
}

impl Continued {
    /// Forgets what comes after a byte.
    fn cut(&mut self, end: usize) {
        let mut at = 0;
        for token in &mut self.tokens {
            let room = end.saturating_sub(at);
            at += token.len();
            token.truncate((0..=room.min(token.len())).rev().find(|&byte| token.is_char_boundary(byte)).unwrap_or(0));
        }
        self.tokens.retain(|token| !token.is_empty());
        self.text = self.tokens.concat();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_with_its_tokens() {
        let tokens = ["Answer", ": 1", "4\n\n", "Q"].map(str::to_owned).to_vec();
        let mut text = Continued { text: tokens.concat(), tokens, end: End::Open };
        text.cut("Answer: 14".len());
        assert_eq!((text.text.as_str(), text.tokens.len()), ("Answer: 14", 3));
    }

    #[test]
    fn no_batch_has_one_row() {
        assert_eq!(at_least_two(vec![3]), [3, 3]);
        assert_eq!(at_least_two(vec![3, 4]), [3, 4]);
        assert!(at_least_two(Vec::new()).is_empty());
    }
}
