//! Texts that are continued together.
//!
//! Rows of one length are one batch; what they begin with in common was read once and is spread over them. A row is what it would be
//! alone: its draws come from its own seed, and no batch has one row, for products of one row take another order than those of
//! several.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::crew::{cut, share_out};
use vitrine_methods::{Monitor, watched};
use vitrine_model::{Hooks, KvCache};
use vitrine_schema::protocol::Progress;
use vitrine_schema::work::{Continue, Continued, Done, End, Ends, Work};
use vitrine_text::Tokenizer;

use crate::language::PIECE_TOKENS;
use crate::{Asker, EngineError, Session};

/// Tokens of all rows of a batch, written ones included: keys and values of one token of a small model take some 50 kB.
const BATCH_TOKENS: usize = 4096;
/// Rows of a batch at most.
const BATCH_ROWS: usize = 32;
/// Tokens of examples that are kept between questions, at most.
const KEPT_TOKENS: usize = 1024;
/// Sets of examples that are kept: those with their reasoning, and those without.
const KEPT_EXAMPLES: usize = 2;

/// What many rows begin with, as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning {
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

/// How rows are continued.
pub(super) struct Manner<'a> {
    /// 0 takes the likeliest token.
    pub temperature: f32,
    /// Of the draws, one for each row.
    pub seeds: &'a [u64],
    /// Most tokens of a row.
    pub most: usize,
    /// Where a text ends by itself.
    pub ends: Ends,
    /// Rows that ended, of all there will be.
    pub ended: &'a Cell<u64>,
    /// All rows there will be.
    pub total: u64,
    /// Is told every row after each token of some.
    pub told: &'a dyn Fn(&[Continued]),
    /// Who watches, and who shares the work.
    pub asker: &'a Asker<'a>,
}

/// Who is told of texts that are written together.
pub(crate) struct Watch<'a> {
    /// How far all is.
    pub progress: &'a dyn Fn() -> Progress,
    /// Is told the texts after each token.
    pub told: &'a dyn Fn(&[Continued]),
    /// Who watches.
    pub monitor: &'a dyn Monitor,
}

impl Session {
    /// Reads what rows will begin with. The first tokens, those of the examples, are read apart and kept for the next question.
    pub(super) async fn beginning(
        &self,
        ids: &[u32],
        examples: &[u32],
        monitor: &dyn Monitor,
    ) -> Result<Beginning, EngineError> {
        // The last token of a row is read with it, and a single one is no beginning.
        if ids.len() < 2 {
            return Ok(Beginning::default());
        }
        let first: Vec<u32> = ids.iter().zip(examples).take_while(|(a, b)| a == b).map(|(id, _)| *id).collect();
        let kept = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|known| known.ids == first).cloned();
        let beginning = match known {
            Some(known) => known,
            None => {
                let read = self.read_on(Beginning::default(), &first, monitor).await?;
                if (2..=KEPT_TOKENS).contains(&first.len()) {
                    let mut kept = kept();
                    kept.push(read.clone());
                    let old = kept.len().saturating_sub(KEPT_EXAMPLES);
                    kept.drain(..old);
                }
                read
            }
        };
        self.read_on(beginning, ids.get(first.len()..).unwrap_or_default(), monitor).await
    }

    /// Reads more.
    async fn read_on(
        &self,
        beginning: Beginning,
        ids: &[u32],
        monitor: &dyn Monitor,
    ) -> Result<Beginning, EngineError> {
        let Beginning { ids: mut all, mut cache } = beginning;
        for piece in ids.chunks(PIECE_TOKENS) {
            let embed = self.model.embed(&[piece.to_vec()])?;
            let _ = watched::normalized(&self.model, embed, Some(&mut cache), &mut Hooks::default(), monitor).await?;
        }
        all.extend(ids);
        Ok(Beginning { ids: all, cache })
    }

    /// Continues rows, each until it ends; whoever helps writes some of them.
    pub(super) async fn continued(
        &self,
        beginning: &Beginning,
        rows: &[Vec<u32>],
        manner: &Manner<'_>,
    ) -> Result<Vec<Continued>, EngineError> {
        let Manner { ended, total, asker, .. } = *manner;
        // Rows that go on from the same place by as many tokens.
        let mut alike: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let shared = beginning.shared(row).min(row.len().saturating_sub(1));
            alike.entry((shared, row.len())).or_default().push(at);
        }
        let workers = asker.crew.helpers() + 1;
        let mut pieces: Vec<(usize, &[usize])> = Vec::new();
        for ((shared, length), places) in &alike {
            let most = (BATCH_TOKENS / (length + manner.most)).clamp(2, BATCH_ROWS);
            // As many for each worker, and no piece of a single row.
            let n = places.len().div_ceil(most).next_multiple_of(workers).min(places.len() / 2).max(1);
            pieces.extend(cut(places, n).into_iter().map(|places| (*shared, places)));
        }
        let past = Arc::new(if workers > 1 && pieces.len() > 1 { beginning.cache.kept().await? } else { Vec::new() });
        let mut works = pieces.iter().map(|&(shared, places)| {
            let rest = |&place: &usize| rows.get(place).and_then(|row| row.get(shared..)).unwrap_or_default().to_vec();
            Work::Continue(Continue {
                past: Arc::clone(&past),
                shared,
                rows: places.iter().map(rest).collect(),
                seeds: places.iter().map(|place| manner.seeds.get(*place).copied().unwrap_or_default()).collect(),
                temperature: manner.temperature,
                most: manner.most,
                ends: manner.ends,
            })
        });
        let written = RefCell::new(vec![Continued::default(); rows.len()]);
        let take = |piece: usize, texts: &[Continued]| {
            let places = pieces.get(piece).map(|(_, places)| *places).unwrap_or_default();
            for (&place, text) in places.iter().zip(texts) {
                if let Some(slot) = written.borrow_mut().get_mut(place)
                    // What is written a second time, because a helper broke, is the same text and does not shrink.
                    && slot.end == End::Open
                    && (text.end != End::Open || text.tokens.len() > slot.tokens.len())
                {
                    ended.set(ended.get() + u64::from(text.end != End::Open));
                    slot.clone_from(text);
                }
            }
            (manner.told)(&written.borrow());
        };
        let progress = || Progress { done: ended.get(), total };
        let run = async |piece: usize, work: &Work| {
            let Work::Continue(work) = work else { return Ok(Done::default()) };
            let told = |texts: &[Continued]| take(piece, texts);
            let watch = Watch { progress: &progress, told: &told, monitor: asker.monitor };
            self.batch(&beginning.cache, work, &watch).await.map(|texts| Done { texts, ..Done::default() })
        };
        share_out(asker.crew, &mut works, &run, &|piece, done| take(piece, &done.texts), &mut |_, _| {}).await?;
        Ok(written.into_inner())
    }

    /// Continues rows for another session with the same model.
    pub(crate) async fn continued_for_another(
        &self,
        work: &Continue,
        watch: &Watch<'_>,
    ) -> Result<Vec<Continued>, EngineError> {
        let cache = KvCache::from_kept(&work.past, self.model.device())?;
        self.batch(&cache, work, watch).await
    }

    /// Continues rows of one length, which go on from what was read.
    async fn batch(&self, past: &KvCache, work: &Continue, watch: &Watch<'_>) -> Result<Vec<Continued>, EngineError> {
        let mut hands: Vec<Hand<'_>> = work.seeds.iter().map(|seed| Hand::new(&self.tokenizer, *seed)).collect();
        let mut lanes = at_least_two((0..work.rows.len()).collect());
        let mut next: Vec<Vec<u32>> = lanes.iter().filter_map(|&lane| work.rows.get(lane).cloned()).collect();
        let mut cache = past.clone();
        cache.cut(work.shared);
        cache = cache.forked();
        loop {
            let full = cache.n_tokens() + next.first().map_or(0, Vec::len) > self.model.config().n_positions;
            watch.monitor.tick((watch.progress)()).await?;
            let mut kept: Vec<usize> = Vec::new();
            if !full {
                let embed = self.model.embed(&next)?;
                let hooks = &mut Hooks::default();
                let stream = watched::normalized(&self.model, embed, Some(&mut cache), hooks, watch.monitor).await?;
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
                    let id = hand.chosen(logits, work.temperature);
                    let stops = self.card.inspection.stop_tokens.iter().any(|stop| stop.id == id);
                    if hand.write(id, stops, work) {
                        kept.push(at);
                        next.push(vec![id]);
                    }
                }
            } else {
                hands.iter_mut().filter(|hand| hand.text.end == End::Open).for_each(|hand| hand.text.end = End::Cut);
            }
            let texts: Vec<Continued> = hands.iter().map(|hand| hand.text.clone()).collect();
            (watch.told)(&texts);
            if kept.is_empty() {
                return Ok(texts);
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
        let weights: Vec<f64> = logits.iter().map(|logit| f64::from((logit - most) / temperature).exp()).collect();
        let mut left = (self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * weights.iter().sum::<f64>();
        for (id, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return id as u32;
            }
        }
        likeliest as u32
    }

    /// Writes a token; whether there is more to write.
    fn write(&mut self, id: u32, stops: bool, work: &Continue) -> bool {
        if stops {
            self.text.end = End::Stopped;
        } else {
            self.text.tokens.push(self.writing.push(id));
            if let Some(end) = work.ends.of(&self.text.text()) {
                self.text.cut(end);
                self.text.end = End::Reached;
            } else if self.text.tokens.len() >= work.most {
                self.text.end = End::Cut;
            }
        }
        self.text.end == End::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_batch_has_one_row() {
        assert_eq!(at_least_two(vec![3]), [3, 3]);
        assert_eq!(at_least_two(vec![3, 4]), [3, 4]);
        assert!(at_least_two(Vec::new()).is_empty());
    }
}
