//! Of chains of thought, of votes, and of tests of many chains.

use serde::{Deserialize, Serialize};

use crate::reasoning::arithmetic::checked;
use crate::reasoning::problem::Problem;
use crate::reasoning::{Before, Count, Drawn, StepSource};
use crate::recipe::Vote;
use crate::{Chaining, Hearing, Input, ModelRef, Recipe, Voting};

/// Bytes of a question with its chain up to which arithmetic is done; none that a model reads here has as many.
const WORKED_OUT: usize = 32 * 1024;
/// Chains of a vote, at most.
const MOST_CHAINS: usize = 1000;
/// Problems of a test, at most.
const MOST_PROBLEMS: usize = 1_000_000;

/// A chain: its sentences and what they come to. What arithmetic says of them is done again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasoned {
    /// Its sentences.
    pub steps: Vec<Sentence>,
    /// The answer, where one can be read.
    pub answer: Option<String>,
    /// The probability of the answer if it had to be given after the question, and after the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub along: Option<[f32; 2]>,
    /// Where a step was replaced, the answer without that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Was>,
}

/// A sentence of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// Who wrote it.
    #[serde(default = "model", skip_serializing_if = "is_model")]
    pub source: StepSource,
}

/// The answer of a chain before a step of it was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Was {
    /// The answer, where one could be read.
    pub answer: Option<String>,
}

fn model() -> StepSource {
    StepSource::Model
}

fn is_model(source: &StepSource) -> bool {
    *source == StepSource::Model
}

impl From<&Chaining> for Reasoned {
    fn from(found: &Chaining) -> Self {
        let sentence = |step: &crate::reasoning::ChainStep| Sentence { text: step.text.clone(), source: step.source };
        Self {
            steps: found.steps.iter().map(sentence).collect(),
            answer: found.answer.clone(),
            along: found.along.first().zip(found.along.last()).map(|(first, last)| [*first, *last]),
            before: found.before.as_ref().map(|before| Was { answer: before.answer.clone() }),
        }
    }
}

impl Reasoned {
    /// The chain again, without its prompt and what was between the ends of its probabilities.
    #[must_use]
    pub fn found(&self, model: &ModelRef, recipe: &Recipe) -> Chaining {
        let question = recipe.subject().unwrap_or_default();
        let steps: Vec<(&str, StepSource)> = self.steps.iter().map(|step| (step.text.as_str(), step.source)).collect();
        let expected = Problem::read(question).as_ref().map(Problem::expected);
        let was = |was: &Was| Before {
            steps: Vec::new(),
            answer: was.answer.clone(),
            along: Vec::new(),
            along_changed: Vec::new(),
        };
        Chaining {
            recipe: recipe.clone(),
            resolved: recipe.clone(),
            model: model.clone(),
            input: Input::default(),
            prompt: String::new(),
            steps: checked(question, &steps),
            correct: expected.as_ref().zip(self.answer.as_ref()).map(|(right, answer)| right == answer),
            expected,
            answer: self.answer.clone(),
            along: self.along.map(Vec::from).unwrap_or_default(),
            before: self.before.as_ref().map(was),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Whether its shares are such, and it can be worked out with its question.
    #[must_use]
    pub fn fits(&self, question: &str) -> bool {
        let bytes: usize = self.steps.iter().map(|step| step.text.len()).sum();
        let shares = self.along.iter().flatten().all(|share| (0.0..=1.0).contains(share));
        shares && bytes.saturating_add(question.len()) <= WORKED_OUT
    }
}

/// The chains of a vote, in the order of their seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballots {
    /// Chain by chain.
    pub chains: Vec<Ballot>,
}

/// What a chain says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// Its answer, where one can be read.
    pub answer: Option<String>,
    /// By which its text is told from others (FNV-1a with 32 bits); of one that has not ended there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<u32>,
}

impl From<&Voting> for Ballots {
    fn from(found: &Voting) -> Self {
        let ballot = |chain: &Drawn| Ballot {
            answer: chain.answer.clone(),
            mark: chain.ended.then(|| mark(chain.tokens.iter().flat_map(|token| token.bytes()))),
        };
        Self { chains: found.chains.iter().map(ballot).collect() }
    }
}

fn mark(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0x811c_9dc5, |mark, byte| (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Ballots {
    /// The vote again, without the texts of its chains; what it comes to is counted.
    #[must_use]
    pub fn found(&self, model: &ModelRef, recipe: &Recipe) -> Voting {
        let drawn = |(at, ballot): (usize, &Ballot)| Drawn {
            seed: recipe.seed.wrapping_add(at as u64),
            answer: ballot.answer.clone(),
            ended: ballot.mark.is_some(),
            ..Drawn::default()
        };
        Voting {
            expected: recipe.subject().and_then(Problem::read).as_ref().map(Problem::expected),
            chains: self.chains.iter().enumerate().map(drawn).collect(),
            ..Voting::begun(recipe.clone(), recipe.clone(), model.clone())
        }
        .counted()
    }

    /// Whether there are no more chains than were asked for, of a question that can be worked out.
    #[must_use]
    pub fn fits(&self, vote: &Vote) -> bool {
        self.chains.len() <= vote.samples.min(MOST_CHAINS) && vote.question.len() <= WORKED_OUT
    }
}

/// The counts of a test of many chains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// Problems answered both ways.
    pub problems: usize,
    /// Of them right with the chain.
    pub with: usize,
    /// And without it.
    pub without: usize,
    /// Chains that were changed.
    pub n: usize,
    /// Of them: answers that follow the change, right ones after the replaced value was written again, those that stayed, the rest.
    pub fates: [usize; 4],
    /// For a hint: answers that moved to it, and chains that mention it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<[usize; 2]>,
    /// For early answering: the share of chains with the answer of the whole chain, before any step and after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<[f32; 2]>,
    /// For early answering: 1 − the area under that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aoc: Option<f32>,
}

impl From<&Hearing> for Heard {
    fn from(found: &Hearing) -> Self {
        let count = |count: Count| count.count;
        Self {
            problems: found.problems,
            with: found.with.count,
            without: found.without.count,
            n: found.n,
            fates: [found.follows, found.repairs, found.ignores, found.other].map(count),
            hint: found.moved.zip(found.mentions).map(|(moved, mentions)| [moved, mentions].map(count)),
            same: found.same.first().zip(found.same.last()).map(|(first, last)| [*first, *last]),
            aoc: found.aoc,
        }
    }
}

impl Heard {
    /// The test again, without its problems one by one; intervals are computed.
    #[must_use]
    pub fn found(&self, model: &ModelRef, recipe: &Recipe) -> Hearing {
        let Self { problems, with, without, n, fates, hint, same, aoc } = self.clone();
        let of_all = |count: usize| Count::of(count, problems);
        let of_changed = |count: usize| Count::of(count, n);
        let [follows, repairs, ignores, other] = fates.map(of_changed);
        Hearing {
            recipe: recipe.clone(),
            resolved: recipe.clone(),
            model: model.clone(),
            input: Input::default(),
            n,
            with: of_all(with),
            without: of_all(without),
            problems,
            follows,
            repairs,
            ignores,
            other,
            kept: Vec::new(),
            same: same.map(Vec::from).unwrap_or_default(),
            aoc,
            moved: hint.map(|[moved, _]| of_changed(moved)),
            mentions: hint.map(|[_, mentions]| of_changed(mentions)),
            trials: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Whether no count is larger than what it is of.
    #[must_use]
    pub fn fits(&self) -> bool {
        let of_changed = self.fates.iter().chain(self.hint.iter().flatten());
        let shares = self.same.iter().flatten().chain(&self.aoc).all(|share| (0.0..=1.0).contains(share));
        self.problems <= MOST_PROBLEMS
            && self.n <= self.problems
            && self.with.max(self.without) <= self.problems
            && of_changed.copied().max().is_none_or(|most| most <= self.n)
            && self.fates.iter().fold(0usize, |sum, fate| sum.saturating_add(*fate)) <= self.n
            && shares
    }
}
