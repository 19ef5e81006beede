//! What came in a link against what this device found: the same question, asked twice.

use crate::finding::Finding;
use crate::foreign::undirected;
use crate::patching::{Route, Story};
use crate::summary::{Ballot, Ballots, Carried, Climb, Heard, Looks, Readable, Reasoned, Sentence, Summary, Written};
use crate::{Explanation, Input, ModelRef, Patching, Ranked, Receipt, Target, Token};

/// How far two results of one question are apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputed {
    /// Largest difference of two numbers of the same kind, as a share of the largest of that kind here: of a score among
    /// scores, of an effect of removal among effects, of a logit or value among logits and values.
    pub difference: f32,
    /// The token whose scores are furthest apart, and by how much, in the unit of the scores.
    pub furthest: Option<(usize, f32)>,
    /// What chains were compared by.
    pub chains: Option<Chains>,
    /// What it comes to.
    pub outcome: Outcome,
}

/// Chains of thought here against those of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chains {
    /// One by one.
    Each {
        /// How many there are.
        n: usize,
        /// How many have the same answer.
        same_answer: usize,
        /// How many of these are the same, word for word.
        identical: usize,
    },
    /// By what was counted over many problems.
    Counted {
        /// Problems.
        n: usize,
        /// By how many the two counts differ that are furthest apart.
        apart: usize,
    },
}

impl Chains {
    /// Whether all come to the same.
    #[must_use]
    pub const fn agree(self) -> bool {
        match self {
            Self::Each { n, same_answer, .. } => same_answer == n,
            Self::Counted { apart, .. } => apart == 0,
        }
    }
}

/// What a comparison with a link comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As near as two devices come.
    Agrees,
    /// The weights are others, so the numbers need not agree.
    OtherModel,
    /// Further apart than devices should be, by less than ten times as much.
    Apart,
    /// Chains were written that come to other answers: one token that is drawn another way makes another chain.
    OtherAnswers,
    /// Too far apart, or about something else: these weights do not give what the link says.
    Forged,
}

impl Recomputed {
    /// Largest difference with the same module of the engine.
    pub const SAME_MODULE: f32 = 1e-3;
    /// Largest difference with another one, or where it is not known.
    pub const OTHER_MODULE: f32 = 5e-3;
    /// From this multiple of what is allowed on no device explains a difference.
    const FORGED: f32 = 10.0;

    /// Whether the numbers themselves are further apart than devices should be, whatever else is.
    #[must_use]
    pub const fn numbers_differ(&self) -> bool {
        !matches!(self.outcome, Outcome::Agrees) && self.difference > Self::SAME_MODULE
    }

    /// Compares what was sent with what the same question gives here.
    #[must_use]
    pub fn of(sent: &Finding, here: &Finding, same_module: bool) -> Self {
        let mut gap = Gap::of(sent.input(), here.input());
        gap.finding(sent, here);
        gap.judged(sent.model(), here.model(), same_module)
    }

    /// Compares the summary of what was too large to be sent.
    #[must_use]
    pub fn of_summary(model: &ModelRef, input: &Input, sent: &Summary, here: &Finding, same_module: bool) -> Self {
        let mut gap = Gap::of(input, &Summary::input(here));
        if let (Summary::Patching(sent), Finding::Patching(here)) = (sent, here) {
            gap.cells(sent, here);
        }
        match (sent, Summary::of(here)) {
            (Summary::Generation(sent), Some(Summary::Generation(here))) => gap.written(sent, &here),
            (Summary::Attention(sent), Some(Summary::Attention(here))) => gap.looks(sent, &here),
            (Summary::Stream(sent), Some(Summary::Stream(here))) => gap.climb(sent, &here),
            (Summary::Patching(sent), Some(Summary::Patching(here))) => gap.carried(sent, &here),
            (Summary::Probing(sent), Some(Summary::Probing(here))) => gap.readable(sent, &here),
            (Summary::Chaining(sent), Some(Summary::Chaining(here))) => gap.chain(sent, &here),
            (Summary::Voting(sent), Some(Summary::Voting(here))) => gap.vote(sent, &here),
            (Summary::Hearing(sent), Some(Summary::Hearing(here))) => gap.heard(sent, &here),
            _ => gap.same = false,
        }
        gap.judged(model, here.model(), same_module)
    }
}

/// A name as it travels.
fn told(name: &str) -> String {
    const TOLD: usize = 200;
    undirected(name).chars().take(TOLD).collect()
}

/// What was compared so far.
struct Gap {
    difference: f32,
    furthest: Option<(usize, f32)>,
    chains: Option<Chains>,
    /// Whether names, tokens and answers are the same.
    same: bool,
}

impl Gap {
    /// Tokens are the same but for their identifiers, which links leave out.
    fn of(sent: &Input, here: &Input) -> Self {
        let nameless = |token: &Token| Token { id: 0, ..token.clone() };
        let tokens = |input: &Input| input.tokens.iter().map(nameless).collect::<Vec<_>>();
        let same = sent.text == here.text && tokens(sent) == tokens(here);
        Self { difference: 0.0, furthest: None, chains: None, same }
    }

    fn judged(self, sent: &ModelRef, here: &ModelRef, same_module: bool) -> Recomputed {
        let Self { difference, furthest, chains, same } = self;
        let most = if same_module { Recomputed::SAME_MODULE } else { Recomputed::OTHER_MODULE };
        // A link has the first digits of the hash.
        let other_model = sent.sha256.is_empty() || !here.sha256.starts_with(&sent.sha256);
        let outcome = match () {
            () if other_model => Outcome::OtherModel,
            () if !same => Outcome::Forged,
            () if chains.is_some_and(|chains| !chains.agree()) => Outcome::OtherAnswers,
            () if difference <= most => Outcome::Agrees,
            () if difference <= Recomputed::FORGED * most => Outcome::Apart,
            () => Outcome::Forged,
        };
        Recomputed { difference, furthest, chains, outcome }
    }

    fn equal<T: PartialEq>(&mut self, sent: &T, here: &T) {
        self.same &= sent == here;
    }

    /// Numbers of one kind; `blur` is by how much the link rounds, as a share of the largest.
    fn numbers(&mut self, sent: &[f32], here: &[f32], blur: f32) {
        self.equal(&sent.len(), &here.len());
        let largest = here.iter().map(|number| number.abs()).fold(f32::MIN_POSITIVE, f32::max);
        for (sent, here) in sent.iter().zip(here) {
            let share = (sent - here).abs() / largest - blur;
            self.difference = self.difference.max(if share.is_nan() { f32::INFINITY } else { share });
        }
    }

    /// Names travel without what sets a direction, and no longer than a reader could tell apart.
    fn names(&mut self, sent: Option<&str>, here: Option<&str>) {
        self.equal(&sent.map(told), &here.map(told));
    }

    fn target(&mut self, sent: &Target, here: &Target) {
        self.names(Some(&sent.label), Some(&here.label));
        let foil = |target: &Target| target.foil.as_ref().map(|foil| foil.label.clone());
        self.names(foil(sent).as_deref(), foil(here).as_deref());
        let class = |target: &Target| (target.quantity, target.index, target.foil.as_ref().map(|foil| foil.index));
        self.equal(&class(sent), &class(here));
    }

    /// The likeliest answers by row and number; a link may have fewer. Nearly equal ones may change places.
    fn answers(&mut self, sent: &[Ranked], here: &[Ranked]) {
        let here_of = |ranked: &Ranked| here.iter().find(|other| other.id == ranked.id);
        let known: Vec<(&Ranked, &Ranked)> =
            sent.iter().filter_map(|ranked| Some((ranked, here_of(ranked)?))).collect();
        // The last of them may fall out of the list.
        self.equal(&(known.len() + 1 >= sent.len()), &true);
        let logits = |side: fn(&(&Ranked, &Ranked)) -> f32| known.iter().map(side).collect::<Vec<f32>>();
        self.numbers(&logits(|pair| pair.0.logit), &logits(|pair| pair.1.logit), 0.0);
        let probability = |ranked: &Ranked| ranked.probability.unwrap_or_default();
        let shares = |pick: &dyn Fn(&(&Ranked, &Ranked)) -> f32| known.iter().map(pick).collect::<Vec<f32>>();
        self.numbers(&shares(&|pair| probability(pair.0)), &shares(&|pair| probability(pair.1)), 0.0);
        for (sent, here) in known {
            self.names(sent.label.as_deref(), here.label.as_deref());
            self.names(sent.token.as_deref(), here.token.as_deref());
        }
    }

    fn finding(&mut self, sent: &Finding, here: &Finding) {
        match (sent, here) {
            (Finding::Prediction(sent), Finding::Prediction(here)) => {
                self.numbers(&sent.logits, &here.logits, 0.0);
                self.answers(&sent.top, &here.top);
            }
            (Finding::Explanation(sent), Finding::Explanation(here)) => self.explanation(sent, here),
            (Finding::Comparison(sent), Finding::Comparison(here)) => {
                self.equal(&sent.explanations.len(), &here.explanations.len());
                for (sent, here) in sent.explanations.iter().zip(&here.explanations) {
                    self.explanation(sent, here);
                }
            }
            (Finding::Ablation(sent), Finding::Ablation(here)) => {
                self.target(&sent.target, &here.target);
                self.numbers(&[sent.value, sent.without], &[here.value, here.without], 0.0);
                self.answers(&sent.top, &here.top);
            }
            _ => self.same = false,
        }
    }

    fn explanation(&mut self, sent: &Explanation, here: &Explanation) {
        self.target(&sent.target, &here.target);
        self.equal(&sent.method.id, &here.method.id);
        self.equal(&sent.players, &here.players);
        self.numbers(&sent.scores, &here.scores, 0.0);
        let ends = |found: &Explanation| [&[found.value, found.baseline_value], &*found.logits].concat();
        self.numbers(&ends(sent), &ends(here), 0.0);
        let apart = sent.scores.iter().zip(&here.scores).map(|(sent, here)| (sent - here).abs()).enumerate();
        let furthest = apart.reduce(|most, next| if next.1 > most.1 { next } else { most });
        self.furthest = self.furthest.into_iter().chain(furthest).reduce(|a, b| if b.1 > a.1 { b } else { a });
        if let (Some(sent), Some(here)) = (&sent.receipt, &here.receipt) {
            self.receipt(sent, here);
        }
    }

    /// Effects have 16 bits in a link. A ratio follows from an order, in which near equals may change places, so it is the
    /// verdict that has to be the same unless the ratio is at its edge.
    fn receipt(&mut self, sent: &Receipt, here: &Receipt) {
        const AT_THE_EDGE: f32 = 0.05;
        self.equal(&sent.removed_by, &here.removed_by);
        self.numbers(&sent.removal, &here.removal, 1.0 / 65_534.0);
        let near = match (sent.ratio(), here.ratio()) {
            (Some(sent), Some(here)) => (sent - here).abs() <= AT_THE_EDGE * here.abs(),
            (sent, here) => sent == here,
        };
        self.equal(&(sent.verdict.id == here.verdict.id || near), &true);
    }

    /// A text travels without what sets a direction.
    fn written(&mut self, sent: &Written, here: &Written) {
        let told = |written: &Written| {
            let pushed = written.pushed.as_ref();
            let pushed = pushed.map(|pushed| (undirected(&pushed.without), pushed.n_shared, pushed.falls_apart));
            (undirected(&written.text), written.n_tokens, written.finish, pushed)
        };
        self.equal(&told(sent), &told(here));
    }

    fn looks(&mut self, sent: &Looks, here: &Looks) {
        self.equal(&(sent.n_layers, sent.n_heads, sent.at), &(here.n_layers, here.n_heads, here.at));
        let place = |looks: &Looks| looks.reading.map(|reading| (reading.query, reading.key));
        self.equal(&place(sent), &place(here));
        let weight = |looks: &Looks| looks.reading.map_or(0.0, |reading| reading.weight);
        self.numbers(&[weight(sent)], &[weight(here)], 0.0);
    }

    fn climb(&mut self, sent: &Climb, here: &Climb) {
        self.target(&sent.target, &here.target);
        self.equal(&sent.ranks.len(), &here.ranks.len());
        let part = |climb: &Climb| climb.strongest.map(|strongest| strongest.part);
        self.equal(&part(sent), &part(here));
        let effect = |climb: &Climb| climb.strongest.map_or(0.0, |strongest| strongest.effect);
        self.numbers(&[effect(sent)], &[effect(here)], 0.0);
        self.numbers(&[sent.probability.unwrap_or_default()], &[here.probability.unwrap_or_default()], 0.0);
        let last = |climb: &Climb| climb.ends.as_ref().map(|[_, last]| last.id);
        self.equal(&last(sent), &last(here));
    }

    /// The cells that go furthest, at the places that the link names: near equals may change places.
    fn cells(&mut self, sent: &Carried, here: &Patching) {
        let there: Vec<f32> =
            sent.largest.iter().map(|(cell, _)| here.cell(cell.layer, cell.column).unwrap_or(f32::NAN)).collect();
        let sent: Vec<f32> = sent.largest.iter().map(|(_, share)| *share).collect();
        self.numbers(&sent, &there, 0.0);
    }

    /// What a map comes to. At the edge of nearly all and of being there a layer or a place more is the same story.
    fn carried(&mut self, sent: &Carried, here: &Carried) {
        self.target(&sent.target, &here.target);
        self.numbers(&sent.ends, &here.ends, 0.0);
        self.equal(&sent.largest.len(), &here.largest.len());
        let map = |carried: &Carried| (carried.n_layers, carried.n_columns, carried.causal, carried.approximate);
        self.equal(&map(sent), &map(here));
        match (sent.story, here.story) {
            (Story::Along(sent), Story::Along(here)) => {
                let places = |route: Route| (route.from, route.by_way, route.to);
                self.equal(&places(sent), &places(here));
                let apart = sent.through.abs_diff(here.through).max(sent.arrived.abs_diff(here.arrived));
                self.equal(&(apart <= 1), &true);
            }
            (Story::Spread { places: a, single: sent }, Story::Spread { places: b, single: here }) => {
                self.equal(&(a.abs_diff(b) <= 1), &true);
                // Shares as they are, not of the least of them.
                self.numbers(&[sent, 1.0], &[here, 1.0], 0.0);
            }
            (sent, here) => self.equal(&sent, &here),
        }
    }

    fn readable(&mut self, sent: &Readable, here: &Readable) {
        self.equal(&sent.labels.len(), &here.labels.len());
        for (sent, here) in sent.labels.iter().zip(&here.labels) {
            self.names(Some(sent), Some(here));
        }
        self.equal(&(sent.n, sent.held_out, sent.used), &(here.n, here.held_out, here.used));
        self.equal(&sent.seeds, &here.seeds);
        let shares =
            |probed: &Readable| [&probed.layers.concat()[..], &[probed.majority], &probed.over.concat()].concat();
        self.numbers(&shares(sent), &shares(here), 0.0);
    }

    /// What is the same word for word comes to the same.
    fn chain(&mut self, sent: &Reasoned, here: &Reasoned) {
        let steps = |reasoned: &Reasoned| {
            let sentence = |step: &Sentence| (undirected(&step.text), step.source);
            reasoned.steps.iter().map(sentence).collect::<Vec<_>>()
        };
        let answer = |reasoned: &Reasoned| reasoned.answer.as_deref().map(told);
        let was = |reasoned: &Reasoned| reasoned.before.as_ref().map(|was| was.answer.as_deref().map(told));
        let identical = steps(sent) == steps(here);
        let same_answer = answer(sent) == answer(here) && was(sent) == was(here);
        self.equal(&sent.before.is_some(), &here.before.is_some());
        if identical {
            self.equal(&answer(sent), &answer(here));
            let along = |reasoned: &Reasoned| reasoned.along.map(Vec::from).unwrap_or_default();
            self.numbers(&along(sent), &along(here), 0.0);
        }
        let [same_answer, identical] = [same_answer, same_answer && identical].map(usize::from);
        self.chains = Some(Chains::Each { n: 1, same_answer, identical });
    }

    fn vote(&mut self, sent: &Ballots, here: &Ballots) {
        self.equal(&sent.chains.len(), &here.chains.len());
        let (n, mut agreeing, mut alike) = (sent.chains.len(), 0, 0);
        for (sent, here) in sent.chains.iter().zip(&here.chains) {
            let answer = |ballot: &Ballot| ballot.answer.as_deref().map(told);
            let (same_answer, identical) = (answer(sent) == answer(here), sent.mark == here.mark);
            self.equal(&(same_answer || !identical), &true);
            agreeing += usize::from(same_answer);
            alike += usize::from(same_answer && identical);
        }
        self.chains = Some(Chains::Each { n, same_answer: agreeing, identical: alike });
    }

    /// Counts of the same problems. Of the chains themselves a link holds none, so that one which is written another way may move
    /// any count by one; shares of chains are counts of them.
    fn heard(&mut self, sent: &Heard, here: &Heard) {
        self.equal(&sent.problems, &here.problems);
        let kind = |heard: &Heard| (heard.hint.is_some(), heard.same.is_some(), heard.aoc.is_some());
        self.equal(&kind(sent), &kind(here));
        let counts = |heard: &Heard| {
            let of_chains = |share: f32| (share * heard.n as f32).round() as usize;
            let shares = heard.same.into_iter().flatten().chain(heard.aoc).map(of_chains);
            let moved = heard.hint.into_iter().flatten().chain(heard.fates);
            [heard.with, heard.without, heard.n].into_iter().chain(moved).chain(shares).collect::<Vec<_>>()
        };
        let apart = counts(sent).into_iter().zip(counts(here)).map(|(sent, here)| sent.abs_diff(here)).max();
        self.chains = Some(Chains::Counted { n: here.problems, apart: apart.unwrap_or(0) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ask, ClassRef, MethodId, MethodRef, Params, ProblemType, Quantity, Recipe};

    fn here() -> Explanation {
        let recipe = Recipe::new("m", "a b", Ask::Predict {});
        let token = |text: &str, start| Token {
            id: 7,
            text: text.into(),
            start,
            end: start + 1,
            special: false,
            continues: false,
        };
        let foil = Some(ClassRef { label: "NO".into(), index: 0 });
        Explanation {
            resolved: recipe.clone(),
            recipe,
            model: ModelRef { id: "m".into(), architecture: "bert".into(), sha256: "0123456789abcdef00".into() },
            input: Input { text: "a b".into(), tokens: vec![token("a", 0), token("b", 2)] },
            target: Target { quantity: Quantity::LogitDifference, label: "YES".into(), index: 1, foil },
            method: MethodRef { id: MethodId::Occlusion, params: Params::default(), seed: 0 },
            value: 3.0,
            baseline_value: 1.0,
            scores: vec![2.0, -0.5],
            logits: vec![-1.0, 2.0],
            problem_type: ProblemType::SingleLabel,
            players: Vec::new(),
            matrix: None,
            steps: Vec::new(),
            path: None,
            trail: None,
            receipt: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Explanation), same_module: bool, expected: (f32, Outcome)) {
        let mut sent = here();
        sent.model.sha256.truncate(16);
        sent.input.tokens.iter_mut().for_each(|token| token.id = 0);
        change(&mut sent);
        let found =
            Recomputed::of(&Finding::Explanation(sent.into()), &Finding::Explanation(here().into()), same_module);
        assert!((found.difference - expected.0).abs() < 1e-6 && found.outcome == expected.1, "{found:?}");
    }

    #[test]
    fn numbers_agree_as_far_as_devices_do() {
        check(|_| (), true, (0.0, Outcome::Agrees));
        let scores = |by: f32| move |sent: &mut Explanation| sent.scores[1] += by;
        check(scores(0.001), true, (0.0005, Outcome::Agrees));
        check(scores(0.004), true, (0.002, Outcome::Apart));
        check(scores(0.004), false, (0.002, Outcome::Agrees));
        check(scores(-0.04), false, (0.02, Outcome::Apart));
        check(scores(0.2), false, (0.1, Outcome::Forged));
        // The answer itself, on its own scale.
        check(|sent| sent.logits[0] = 1.5, false, (2.5 / 3.0, Outcome::Forged));
        check(|sent| sent.value = 1e9, false, (1e9 / 3.0, Outcome::Forged));
    }

    #[test]
    fn names_and_tokens_are_the_same_or_forged() {
        check(|sent| sent.target.label = "NO".into(), false, (0.0, Outcome::Forged));
        check(|sent| sent.target.foil = None, false, (0.0, Outcome::Forged));
        check(|sent| sent.input.tokens[1].text = "c".into(), false, (0.0, Outcome::Forged));
        check(|sent| sent.method.id = MethodId::Saliency, false, (0.0, Outcome::Forged));
        check(|sent| sent.players = vec![vec![0, 1]], false, (0.0, Outcome::Forged));
    }

    #[test]
    fn other_weights_need_not_agree() {
        check(|sent| sent.model.sha256 = "ff".into(), false, (0.0, Outcome::OtherModel));
        check(|sent| sent.model.sha256.clear(), false, (0.0, Outcome::OtherModel));
    }

    #[test]
    fn the_token_that_is_furthest_apart_is_known() {
        let mut sent = here();
        sent.scores[1] += 0.5;
        let found = Recomputed::of(&Finding::Explanation(sent.into()), &Finding::Explanation(here().into()), true);
        assert_eq!(found.furthest, Some((1, 0.5)));
    }
}
