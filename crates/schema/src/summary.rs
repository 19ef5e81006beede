//! What a link says of a finding that is too large for it: the numbers of its claim, from which `words` says it again.

mod inside;
mod reasoned;

use serde::{Deserialize, Serialize};

use crate::inside::{AttentionMaps, HeadRef, Walk};
use crate::{Ask, Finding, Finish, Generation, Input, Part, ProblemType, Ranked, Recipe, Target};
pub use inside::{Carried, Readable};
pub use reasoned::{Ballot, Ballots, Heard, Reasoned, Sentence, Was};

/// A finding in a few numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Summary {
    /// Of a text that was written.
    Generation(Written),
    /// Of attention maps.
    Attention(Looks),
    /// Of a residual stream.
    Stream(Box<Climb>),
    /// Of a map of what was copied.
    Patching(Box<Carried>),
    /// Of probes.
    Probing(Readable),
    /// Of a chain of thought.
    Chaining(Reasoned),
    /// Of a vote.
    Voting(Ballots),
    /// Of a test of many chains.
    Hearing(Heard),
}

/// A text that a model wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Its tokens.
    pub n_tokens: usize,
    /// Why it ended.
    pub finish: Finish,
    /// What the push did, of one that was steered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<Pushed>,
}

/// What a push did to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pushed {
    /// What is written without it.
    pub without: String,
    /// The tokens at its beginning that are the same.
    pub n_shared: usize,
    /// Whether it says the same over and over; see [`Generation::falls_apart`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub falls_apart: bool,
}

/// Where the head looks that tells most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looks {
    /// Blocks of the model.
    pub n_layers: usize,
    /// Heads of each.
    pub n_heads: usize,
    /// Which head; see [`AttentionMaps::most_telling`].
    pub at: HeadRef,
    /// Its largest weight between two words, if it has any.
    pub reading: Option<Reading>,
}

/// One token reads another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Position of the one that reads.
    pub query: usize,
    /// Position of the one that is read.
    pub key: usize,
    /// With which share of its weight, 0 to 1.
    pub weight: f32,
}

/// How an answer comes about on the way up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Climb {
    /// Whose direct effects were measured.
    pub target: Target,
    /// What the logits of the model mean.
    #[serde(default, skip_serializing_if = "ProblemType::is_single_label")]
    pub problem_type: ProblemType,
    /// Blocks of the model.
    pub n_layers: usize,
    /// Rank of the target before each block and after the last, 1 for the likeliest.
    pub ranks: Vec<usize>,
    /// Its probability in the end, where the model gives any.
    pub probability: Option<f32>,
    /// The likeliest answer read off before the first block, and in the end.
    pub ends: Option<[Ranked; 2]>,
    /// The part with the largest direct effect, where parts have any.
    pub strongest: Option<Strongest>,
}

/// A part of a model and its direct effect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strongest {
    /// Which part.
    pub part: Part,
    /// Its direct effect on the target.
    pub effect: f32,
}

impl Summary {
    /// The summary of a finding that is too large for a link; `None` of one that is not.
    #[must_use]
    pub fn of(finding: &Finding) -> Option<Self> {
        Some(match finding {
            Finding::Generation(found) => Self::Generation(Written::from(&**found)),
            Finding::Attention(found) => Self::Attention(Looks::from(&**found)),
            Finding::Stream(found) => Self::Stream(Box::new(Climb::from(&**found))),
            Finding::Patching(found) => Self::Patching(Box::new(Carried::from(&**found))),
            Finding::Probing(found) => Self::Probing(Readable::from(&**found)),
            Finding::Chaining(found) => Self::Chaining(Reasoned::from(&**found)),
            Finding::Voting(found) => Self::Voting(Ballots::from(&**found)),
            Finding::Hearing(found) => Self::Hearing(Heard::from(&**found)),
            Finding::Prediction(_) | Finding::Explanation(_) | Finding::Comparison(_) | Finding::Ablation(_) => {
                return None;
            }
        })
    }

    /// What a summary needs of what was read: of chains the question alone, for its prompt follows from that.
    #[must_use]
    pub fn input(finding: &Finding) -> Input {
        match finding {
            Finding::Chaining(_) | Finding::Voting(_) => {
                Input { text: finding.resolved().subject().unwrap_or_default().to_owned(), tokens: Vec::new() }
            }
            other => other.input().clone(),
        }
    }

    /// Whether it can be what the question and the text give: places lie in the text, shares are shares, counts are counts of what
    /// they are of.
    #[must_use]
    pub fn answers(&self, recipe: &Recipe, input: &Input) -> bool {
        match (self, &recipe.ask) {
            (Self::Generation(written), Ask::Generate(_)) => written.pushed.is_none(),
            (Self::Generation(_), Ask::Steer(_)) | (Self::Stream(_), Ask::Stream(_)) => true,
            (Self::Attention(looks), Ask::Attention(_)) => {
                looks.reading.is_none_or(|reading| reading.query.max(reading.key) < input.tokens.len())
            }
            (Self::Patching(carried), Ask::Patch(patch)) => carried.fits(patch, input),
            (Self::Probing(readable), Ask::Probe(_)) => readable.fits(recipe),
            (Self::Chaining(reasoned), Ask::Chain(chain)) => reasoned.fits(&chain.question),
            (Self::Voting(ballots), Ask::Vote(vote)) => ballots.fits(vote),
            (Self::Hearing(heard), Ask::Courtroom(_)) => heard.fits(),
            _ => false,
        }
    }
}

impl From<&Generation> for Written {
    fn from(generation: &Generation) -> Self {
        let pushed = generation.without.as_ref().map(|without| Pushed {
            without: without.clone(),
            n_shared: generation.n_shared(),
            falls_apart: generation.falls_apart(),
        });
        Self { text: generation.text.clone(), n_tokens: generation.tokens.len(), finish: generation.finish, pushed }
    }
}

impl From<&AttentionMaps> for Looks {
    fn from(maps: &AttentionMaps) -> Self {
        let at = maps.most_telling();
        Self { n_layers: maps.n_layers, n_heads: maps.n_heads, at, reading: Reading::of(maps, at) }
    }
}

impl Reading {
    /// The largest weight between two different words. The first token, at which a model of language parks its weight, is
    /// no word that is read.
    #[must_use]
    pub fn of(maps: &AttentionMaps, at: HeadRef) -> Option<Self> {
        let n_tokens = maps.input.tokens.len();
        let is_word = |place: usize| maps.input.tokens.get(place).is_some_and(|token| !token.special);
        let cells = maps.pattern(at).iter().enumerate().filter_map(|(place, &weight)| {
            let (query, key) = (place / n_tokens, place % n_tokens);
            let parked = maps.causal && key == 0;
            (query != key && !parked && is_word(query) && is_word(key)).then_some(Self { query, key, weight })
        });
        let most = cells.reduce(|most, next| if next.weight > most.weight { next } else { most });
        most.filter(|reading| reading.weight > 0.0)
    }
}

impl From<&Walk> for Climb {
    fn from(walk: &Walk) -> Self {
        let first = |at: Option<&crate::inside::LensReading>| at.and_then(|reading| reading.top.first()).cloned();
        Self {
            target: walk.target.clone(),
            problem_type: walk.problem_type,
            n_layers: walk.layers.len(),
            ranks: walk.lens.iter().map(|reading| reading.watched_rank).collect(),
            probability: walk.lens.last().and_then(|reading| reading.watched_probability),
            ends: first(walk.lens.first()).zip(first(walk.lens.last())).map(|(first, last)| [first, last]),
            strongest: Strongest::of(walk),
        }
    }
}

impl Strongest {
    /// The first of the largest.
    fn of(walk: &Walk) -> Option<Self> {
        let parts = walk.layers.iter().enumerate().flat_map(|(layer, block)| {
            let head = move |head| {
                let effect = walk.effect_of_head(HeadRef { layer, head });
                Self { part: Part::Head { layer, head }, effect }
            };
            let mlp = Self { part: Part::Mlp { layer }, effect: block.mlp_effect };
            [mlp].into_iter().chain((0..walk.n_heads).map(head))
        });
        let larger = |most: Self, next: Self| if next.effect.abs() > most.effect.abs() { next } else { most };
        parts.filter(|_| walk.has_effects()).reduce(larger)
    }
}
