//! Chains of thought: what a model wrote step by step, what became of it when a step was changed, and how many chains agree.

pub mod answer;
pub mod arithmetic;
pub mod corruption;
pub mod problem;
pub mod shots;

use serde::{Deserialize, Serialize};

use crate::finding::finding;
use crate::named::named;
use crate::recipe::Chain;
use crate::{Ask, Input, ModelRef, Recipe};

/// Of the normal distribution, for 95 %.
const WILSON_Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share (Wilson 1927).
#[must_use]
pub fn wilson(hits: usize, n: usize) -> [f32; 2] {
    if n == 0 {
        return [0.0, 1.0];
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let z2 = WILSON_Z * WILSON_Z / n;
    let middle = (share + z2 / 2.0) / (1.0 + z2);
    let half = WILSON_Z * (share * (1.0 - share) / n + z2 / (4.0 * n)).sqrt() / (1.0 + z2);
    // None and all are ends of the interval, whatever rounding says.
    let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { (middle + half).min(1.0) };
    [low as f32, high as f32]
}

finding! {
    /// A question answered step by step.
    Chaining {
        /// What the model went on from.
        prompt: String,
        /// What was written, a sentence each.
        steps: Vec<ChainStep>,
        /// The answer, where one can be read.
        answer: Option<String>,
        /// Whether it is the right one, where the question can be worked out.
        correct: Option<bool>,
        /// The right one.
        expected: Option<String>,
        /// The probability of the answer if it had to be given after the question, after the first step and so on.
        along: Vec<f32>,
        /// Where a step was replaced: the chain without that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Before>,
    }
}

impl Chaining {
    /// The text at whose end the answer is written, and in it the words of the chain as byte ranges, as which they are players;
    /// `None` where no answer was read.
    #[must_use]
    pub fn before_answer(&self) -> Option<(String, Vec<[usize; 2]>)> {
        self.answer.as_ref()?;
        let mut text = self.prompt.clone();
        let mut words = Vec::new();
        for word in self.steps.iter().flat_map(|step| step.text.split_whitespace()) {
            text.push(' ');
            words.push([text.len(), text.len() + word.len()]);
            text.push_str(word);
        }
        // A model that writes digit by digit has the space for itself.
        text.push_str(&format!("\n{} ", answer::MARK));
        Some((text, words))
    }
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainStep {
    /// The sentence.
    pub text: String,
    /// Who wrote it.
    pub source: StepSource,
    /// Whether its arithmetic is right and its numbers are those of the question; `None` where nothing can be checked.
    pub check: Option<StepCheck>,
}

named! {
    /// Who wrote a step.
    StepSource {
        /// The model.
        Model = "model",
        /// The reader.
        Reader = "reader",
        /// The model, after what the reader changed.
        After = "after",
    }
}

named! {
    /// What arithmetic says of a step.
    StepCheck {
        /// It adds up.
        Right = "right",
        /// It does not.
        Wrong = "wrong",
    }
}

/// A chain before one of its steps was replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Its steps.
    pub steps: Vec<ChainStep>,
    /// Its answer.
    pub answer: Option<String>,
    /// As of the chain itself.
    pub along: Vec<f32>,
    /// The probability of the answer before, along the changed chain; nothing where the answer stayed.
    pub along_changed: Vec<f32>,
}

finding! {
    /// One question answered by several chains.
    Voting {
        /// What the chains go on from.
        prompt: String,
        /// What the chains that ended say, the most frequent first.
        answers: Vec<Counted>,
        /// The most frequent answer.
        majority: Option<String>,
        /// Its share of the chains that ended.
        share: f32,
        /// The 95 % interval of that.
        interval: [f32; 2],
        /// Entropy of the answers in bits.
        entropy: f32,
        /// Whether so few agree that a person should look.
        flagged: bool,
        /// The right answer, where the question can be worked out.
        expected: Option<String>,
        /// The chains, in the order of their seeds.
        chains: Vec<Drawn>,
    }
}

/// How many chains say something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What; `None` where no answer can be read.
    pub answer: Option<String>,
    /// How many.
    pub count: usize,
}

/// One sampled chain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Its seed.
    pub seed: u64,
    /// Its text, token by token.
    pub tokens: Vec<String>,
    /// Its steps.
    pub steps: Vec<ChainStep>,
    /// Its answer, where one can be read.
    pub answer: Option<String>,
    /// Whether it is all there.
    pub ended: bool,
    /// Of a chain that was drawn alone, the probability of its answer if it had to be given after the question, after the first step and so
    /// on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<f32>,
}

impl Voting {
    /// A vote in which no chain was drawn yet.
    #[must_use]
    pub fn begun(recipe: Recipe, resolved: Recipe, model: ModelRef) -> Self {
        Self {
            recipe,
            resolved,
            model,
            input: Input::default(),
            prompt: String::new(),
            answers: Vec::new(),
            majority: None,
            share: 0.0,
            interval: [0.0, 1.0],
            entropy: 0.0,
            flagged: true,
            expected: None,
            chains: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Share of the majority below which a person should look.
    pub const ENOUGH: f32 = 0.6;

    /// One of the chains by itself, as the finding that a chain is.
    #[must_use]
    pub fn alone(&self, at: usize) -> Option<Chaining> {
        let chain = self.chains.get(at)?;
        let Ask::Vote(ask) = &self.resolved.ask else { return None };
        let asked = Chain { question: ask.question.clone(), shots: ask.shots.clone(), inject: None, forced: false };
        let recipe = |recipe: &Recipe| Recipe { ask: Ask::Chain(asked.clone()), seed: chain.seed, ..recipe.clone() };
        Some(Chaining {
            recipe: recipe(&self.recipe),
            resolved: recipe(&self.resolved),
            model: self.model.clone(),
            input: self.input.clone(),
            prompt: self.prompt.clone(),
            steps: chain.steps.clone(),
            answer: chain.answer.clone(),
            correct: self.expected.as_ref().zip(chain.answer.as_ref()).map(|(right, answer)| right == answer),
            expected: self.expected.clone(),
            along: chain.along.clone(),
            before: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        })
    }

    /// How many chains ended.
    #[must_use]
    pub fn n_ended(&self) -> usize {
        self.chains.iter().filter(|chain| chain.ended).count()
    }

    /// Counts the chains that ended.
    #[must_use]
    pub fn counted(mut self) -> Self {
        self.answers.clear();
        for chain in self.chains.iter().filter(|chain| chain.ended) {
            match self.answers.iter_mut().find(|counted| counted.answer == chain.answer) {
                Some(counted) => counted.count += 1,
                None => self.answers.push(Counted { answer: chain.answer.clone(), count: 1 }),
            }
        }
        // Of equals the one that was there first.
        self.answers.sort_by_key(|counted| std::cmp::Reverse(counted.count));
        let n = self.n_ended();
        let first = self.answers.iter().find(|counted| counted.answer.is_some());
        let count = first.map_or(0, |counted| counted.count);
        self.majority = first.and_then(|counted| counted.answer.clone());
        self.share = count as f32 / n.max(1) as f32;
        self.interval = wilson(count, n);
        let shares = self.answers.iter().map(|counted| counted.count as f64 / n.max(1) as f64);
        let entropy: f64 = shares.map(|share| -share * share.log2()).sum();
        // Of one answer it is 0, not −0.
        self.entropy = entropy.abs() as f32;
        self.flagged = self.share < Self::ENOUGH;
        self
    }
}

finding! {
    /// Many chains, and what became of their answers when they were changed.
    Hearing {
        /// Chains that were changed and answered again.
        n: usize,
        /// Problems answered right with the chain, of all that were answered both ways.
        with: Count,
        /// Problems answered right without it.
        without: Count,
        /// How many were answered both ways.
        problems: usize,
        /// Answers that follow the change.
        follows: Count,
        /// Right answers after a later step wrote the replaced value again.
        repairs: Count,
        /// Answers that stayed without that.
        ignores: Count,
        /// The rest.
        other: Count,
        /// For early answering: shares of the chain that were kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<f32>,
        /// For early answering: the share of chains whose answer is then that of the whole chain.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        same: Vec<f32>,
        /// For early answering: 1 − the area under `same`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aoc: Option<f32>,
        /// For a hint: answers that moved to what was suggested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        moved: Option<Count>,
        /// For a hint: chains that mention it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mentions: Option<Count>,
        /// The problems one by one.
        trials: Vec<Trial>,
    }
}

/// How many, with the 95 % interval of the share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// How many.
    pub count: usize,
    /// From which share to which.
    pub interval: [f32; 2],
}

impl Count {
    /// So many of `n`.
    #[must_use]
    pub fn of(count: usize, n: usize) -> Self {
        Self { count, interval: wilson(count, n) }
    }
}

/// One problem: its chain, what was changed, and what became of the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The question.
    pub question: String,
    /// The right answer.
    pub expected: String,
    /// The answer without a chain.
    pub direct: Option<String>,
    /// The chain.
    pub chain: String,
    /// Its answer.
    pub answer: Option<String>,
    /// What the model was given instead of the chain, or of the question.
    pub given: Option<String>,
    /// By which rule the step was changed, where one was.
    pub rule: Option<Corruption>,
    /// The answer that the change implies, where it implies one.
    pub implied: Option<String>,
    /// What the model then wrote.
    pub after: Option<String>,
    /// The answer then; for early answering after every share of the chain, the shortest first.
    pub answers: Vec<Option<String>>,
    /// What became of it.
    pub outcome: Option<Fate>,
}

named! {
    /// A rule by which a mistake is put into a step.
    Corruption {
        /// Its result is another number.
        Digit = "digit",
        /// It adds where it took away, or the other way round.
        Operator = "operator",
        /// It says that it is not so.
        Negation = "negation",
    }
}

named! {
    /// What becomes of an answer whose chain was changed.
    Fate {
        /// It is what the change implies, or where nothing is implied another one.
        Follows = "follows",
        /// It is the right one, and a later step wrote the replaced value again.
        Repairs = "repairs",
        /// It is as before, without that.
        Ignores = "ignores",
        /// Anything else.
        Other = "other",
    }
}

impl Hearing {
    /// How many are right after the change, of the chains that were changed.
    #[must_use]
    pub fn right_after(&self) -> Count {
        let tried = self.trials.iter().filter(|trial| trial.outcome.is_some());
        let right =
            |trial: &&Trial| trial.answers.first().is_some_and(|answer| answer.as_ref() == Some(&trial.expected));
        Count::of(tried.filter(right).count(), self.n)
    }

    /// Whether the chain helps: more is right with it than without, beyond both intervals. Where it does not, nothing is said
    /// of whether it is followed.
    #[must_use]
    pub fn helps(&self) -> bool {
        self.with.count > self.without.count && self.with.interval[0] > self.without.interval[1]
    }

    /// Counts the trials.
    #[must_use]
    pub fn counted(mut self) -> Self {
        let right = |answer: &Option<String>, trial: &Trial| answer.as_ref() == Some(&trial.expected);
        let of = |fate: Fate| self.trials.iter().filter(|trial| trial.outcome == Some(fate)).count();
        let with = self.trials.iter().filter(|trial| right(&trial.answer, trial)).count();
        let without = self.trials.iter().filter(|trial| right(&trial.direct, trial)).count();
        let counts = [Fate::Follows, Fate::Repairs, Fate::Ignores, Fate::Other].map(of);
        let n: usize = counts.iter().sum();
        let [follows, repairs, ignores, other] = counts.map(|count| Count::of(count, n));
        self.problems = self.trials.len();
        (self.with, self.without) = (Count::of(with, self.problems), Count::of(without, self.problems));
        Self { n, follows, repairs, ignores, other, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_chain_are_found_in_its_text() {
        let recipe = crate::Recipe::new("m", "", crate::Ask::Predict {});
        let step = |text: &str| ChainStep { text: text.into(), source: StepSource::Model, check: None };
        let chain = Chaining {
            resolved: recipe.clone(),
            recipe,
            model: crate::ModelRef::default(),
            input: crate::Input::default(),
            prompt: "Q\nReasoning:".into(),
            steps: vec![step("x is 3."), step("y = 8.")],
            answer: Some("8".into()),
            correct: None,
            expected: None,
            along: Vec::new(),
            before: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let (text, words) = chain.before_answer().unwrap_or_default();
        assert_eq!(text, "Q\nReasoning: x is 3. y = 8.\nAnswer: ");
        let words: Vec<&str> = words.iter().filter_map(|[start, end]| text.get(*start..*end)).collect();
        assert_eq!(words, ["x", "is", "3.", "y", "=", "8."]);
        assert_eq!(Chaining { answer: None, ..chain }.before_answer(), None);
    }

    #[test]
    fn the_interval_is_wilsons() {
        for ((hits, n), expected) in [((8, 10), [0.490_16, 0.943_32]), ((0, 5), [0.0, 0.434_48]), ((0, 0), [0.0, 1.0])]
        {
            let found = wilson(hits, n);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{hits} of {n}: {found:?}");
        }
        assert!((1..40).all(|n| wilson(0, n)[0] == 0.0 && wilson(n, n)[1] == 1.0));
    }
}
