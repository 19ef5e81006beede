//! The value function: what `F` is when some players are absent.
//!
//! Methods that remove ask nothing else of a model, so they can be tested on any function of sets. A value depends on the set
//! alone, to the last bit: not on what it is asked together with.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Deserialize;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::work::{Done, Said, Work};
use vitrine_schema::{Absence, Diagnostic};

use crate::crew::{self, Tally};
use crate::trail::{self, Step};
use crate::{Attribution, Context, MethodError};

/// The values of sets of players that are absent.
pub type Values<'a> = Pin<Box<dyn Future<Output = Result<Vec<Option<f32>>, MethodError>> + 'a>>;

/// What a method that removes may ask.
pub trait ValueFunction {
    /// How many players there are.
    fn n_players(&self) -> usize;

    /// `F` with these players absent, one value for each set; `None` where nothing would be left to read.
    fn without<'a>(&'a self, absent: &'a [Vec<usize>]) -> Values<'a>;
}

/// Parameters of a method that removes, as they are declared.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Removing {
    /// How players are taken away.
    pub variant: Absence,
    /// Whether the first token of a model of language is no player.
    #[serde(default)]
    pub hold_first: bool,
}

/// What a method found by asking a value function.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// `F` with every player.
    pub value: f32,
    /// `F` without any.
    pub blank: f32,
    /// One score per player.
    pub scores: Vec<f32>,
    /// What a reader should know about them.
    pub diagnostics: Vec<Diagnostic>,
    /// How they came about, and of how many runs.
    pub trail: (Vec<Step>, usize),
}

impl Shares {
    /// What was computed in 64 bits.
    ///
    /// # Errors
    /// [`Refusal::Overflow`] when 32 bits do not hold it.
    pub(crate) fn new(value: f64, blank: f64, scores: &[f64], diagnostics: Vec<Diagnostic>) -> Result<Self, Refusal> {
        let scores: Vec<f32> = scores.iter().map(|&score| score as f32).collect();
        let shares = Self { value: value as f32, blank: blank as f32, scores, diagnostics, trail: (Vec::new(), 0) };
        let finite = shares.scores.iter().chain([&shares.value, &shares.blank]).all(|number| number.is_finite());
        if finite { Ok(shares) } else { Err(Refusal::Overflow) }
    }

    /// The same with how it came about.
    pub(crate) fn after(self, steps: Vec<Step>, total: usize) -> Self {
        Self { trail: (steps, total), ..self }
    }

    /// The scores on the first tokens of the players; others get 0, and so do other numbers of the tokens.
    pub(crate) fn attribution(mut self, ctx: &Context<'_>, players: &[Vec<usize>]) -> Attribution {
        let on_tokens = |shares: &[f32]| {
            let mut scores = vec![0.0; ctx.input.tokens.len()];
            for (player, &share) in players.iter().zip(shares) {
                if let Some(score) = player.first().and_then(|&first| scores.get_mut(first)) {
                    *score = share;
                }
            }
            scores
        };
        for numbers in self.diagnostics.iter_mut().flat_map(Diagnostic::per_token_mut) {
            *numbers = on_tokens(numbers);
        }
        let (logits, scores) = (ctx.memo.logits(), on_tokens(&self.scores));
        let (value, baseline_value, diagnostics) = (self.value, self.blank, self.diagnostics);
        let (steps, total) = self.trail;
        let trail = trail::on_tokens(steps, total, players, ctx.input.tokens.len());
        Attribution { value, baseline_value, logits, scores, path: None, trail, diagnostics }
    }
}

/// Values of sets that all have to be there.
///
/// # Errors
/// [`Refusal::NothingWouldBeLeft`] where one has none, [`Refusal::Overflow`] where one is no number.
pub(crate) async fn all_known(values: &dyn ValueFunction, absent: &[Vec<usize>]) -> Result<Vec<f64>, MethodError> {
    let known = |value: Option<f32>| match value {
        None => Err(Refusal::NothingWouldBeLeft.into()),
        Some(value) if value.is_finite() => Ok(f64::from(value)),
        Some(_) => Err(Refusal::Overflow.into()),
    };
    values.without(absent).await?.into_iter().map(known).collect()
}

/// Positions that are absent, in order, and how.
type Key = (Absence, Vec<usize>);

/// What is known of a text without some of its tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    /// `F`, where anything was left to read.
    value: Option<f32>,
    /// What the model says, where it was asked for.
    said: Option<Said>,
}

/// Values that are known already, of one text and one target.
#[derive(Debug, Default)]
pub struct Memo {
    values: Mutex<BTreeMap<Key, Known>>,
    /// Logits of the whole text, of a classifier.
    logits: Mutex<Vec<f32>>,
    /// The model's own answer to the whole text, by its row in the logits; once it is known, what the model says is read back
    /// beside each value.
    own: OnceLock<usize>,
}

/// What another thread left half done is a value more or less.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memo {
    /// Logits of the whole text, of a classifier, once its value was asked for.
    #[must_use]
    pub fn logits(&self) -> Vec<f32> {
        held(&self.logits).clone()
    }

    /// The model's own answer to the whole text, if what it says is to be read.
    #[must_use]
    pub fn own_answer(&self) -> Option<usize> {
        self.own.get().copied()
    }

    /// Has what the model says read from now on; this is its own answer to the whole text.
    pub fn listen(&self, own: usize) {
        self.own.get_or_init(|| own);
    }

    /// What is known, if that is all that is wanted.
    fn get(&self, key: &Key) -> Option<Known> {
        let known = held(&self.values).get(key).copied();
        known.filter(|known| known.value.is_none() || known.said.is_some() || self.own.get().is_none())
    }

    fn set(&self, key: &Key, known: Known) {
        held(&self.values).insert(key.clone(), known);
    }
}

/// A model and a text, whose players are groups of tokens.
pub struct Removal<'a> {
    ctx: &'a Context<'a>,
    players: &'a [Vec<usize>],
    absence: Absence,
    ids: Vec<u32>,
}

impl<'a> Removal<'a> {
    /// `F` where the text is read to its end. Each player is the positions of its tokens.
    #[must_use]
    pub fn new(ctx: &'a Context<'a>, players: &'a [Vec<usize>], absence: Absence) -> Self {
        Self { ctx, players, absence, ids: ctx.ids() }
    }

    /// The positions of the players that are absent, and how.
    fn key(&self, absent: &[usize]) -> Key {
        let mut removed: Vec<usize> =
            absent.iter().filter_map(|&player| self.players.get(player)).flatten().copied().collect();
        removed.sort_unstable();
        removed.dedup();
        // With nothing absent it is the text, however things are taken away.
        (if removed.is_empty() { Absence::Delete } else { self.absence }, removed)
    }

    /// `F` without these players, and what the model then says, one of each set.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn answers(&self, absent: &[Vec<usize>]) -> Result<Vec<Option<(f32, Said)>>, MethodError> {
        let found = self.run(absent).await?.into_iter();
        Ok(found.map(|known| known.and_then(|known| Some((known.value?, known.said.unwrap_or_default())))).collect())
    }

    async fn run(&self, absent: &[Vec<usize>]) -> Result<Vec<Option<Known>>, MethodError> {
        let keys: Vec<_> = absent.iter().map(|absent| self.key(absent)).collect();
        let memo = self.ctx.memo;
        let new: BTreeSet<&Key> = keys.iter().filter(|key| memo.get(key).is_none()).collect();
        // What is run in one batch is taken away in one manner.
        let mut alike: BTreeMap<Absence, Vec<&Key>> = BTreeMap::new();
        for &key in &new {
            if key.0 == Absence::Delete && key.1.len() == self.ids.len() {
                memo.set(key, Known { value: None, said: None });
            } else {
                alike.entry(key.0).or_default().push(key);
            }
        }
        let tally = Tally::new(self.ctx.monitor, new.len());
        for (absence, mut keys) in alike {
            // Rows of one length are run together.
            if absence == Absence::Delete {
                keys.sort_by_key(|key| key.1.len());
            }
            let pieces = crew::pieces(&keys, self.ctx.sets_per_piece(), self.ctx.crew.helpers());
            let scalar = self.ctx.scalar_of_rows();
            let work = |keys: &&[&Key]| {
                let sets = keys.iter().map(|key| key.1.clone()).collect();
                Work::Without { ids: self.ids.clone(), scalar: scalar.clone(), absence, sets }
            };
            let mut found = |piece: usize, done: Done| {
                for (key, row) in pieces.get(piece).copied().unwrap_or_default().iter().zip(done.rows) {
                    memo.set(key, Known { value: Some(row.value), said: row.said });
                    if key.1.is_empty() {
                        *held(&memo.logits) = row.logits.0;
                    }
                }
            };
            self.ctx.share_out(&tally, &mut pieces.iter().map(work), &mut found).await?;
        }
        Ok(keys.iter().map(|key| memo.get(key)).collect())
    }
}

impl ValueFunction for Removal<'_> {
    fn n_players(&self) -> usize {
        self.players.len()
    }

    fn without<'a>(&'a self, absent: &'a [Vec<usize>]) -> Values<'a> {
        let value = |known: Option<Known>| known.and_then(|known| known.value);
        Box::pin(async move { Ok(self.run(absent).await?.into_iter().map(value).collect()) })
    }
}

/// Games whose values are known without a model.
#[cfg(test)]
pub(crate) mod game {
    use super::{ValueFunction, Values};

    /// Any function of the players that are there.
    pub(crate) struct Game<F>(pub usize, pub F);

    impl<F: Fn(&[usize]) -> Option<f32>> ValueFunction for Game<F> {
        fn n_players(&self) -> usize {
            self.0
        }

        fn without<'a>(&'a self, absent: &'a [Vec<usize>]) -> Values<'a> {
            let there = |absent: &Vec<usize>| (0..self.0).filter(|player| !absent.contains(player)).collect::<Vec<_>>();
            let values = absent.iter().map(|absent| (self.1)(&there(absent))).collect();
            Box::pin(std::future::ready(Ok(values)))
        }
    }

    /// Players who add up, two who say the same, two who are worth something only together, and one who brings nothing.
    pub(crate) fn mixed() -> impl ValueFunction {
        Game(6, |there: &[usize]| {
            let has = |player: usize| there.contains(&player);
            let same = if has(1) || has(2) { 2.0 } else { 0.0 };
            let pair = if has(3) && has(4) { -3.0 } else { 0.0 };
            Some(0.5 + if has(0) { 1.0 } else { 0.0 } + same + pair)
        })
    }
    /// Its Shapley values.
    pub(crate) const MIXED_SHAPLEY: [f32; 6] = [1.0, 1.0, 1.0, -1.5, -1.5, 0.0];

    /// Equal up to rounding.
    #[track_caller]
    pub(crate) fn near(found: &[f32], expected: &[f32], tolerance: f32) {
        let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(found.len() == expected.len() && off <= tolerance, "{found:?} is not {expected:?}");
    }
}
