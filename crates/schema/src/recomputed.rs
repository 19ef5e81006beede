//! What came in a link against what this device found: the same question, asked twice.

use crate::finding::Finding;
use crate::foreign::undirected;
use crate::summary::{Climb, Looks, Summary};
use crate::{Explanation, Input, ModelRef, Ranked, Receipt, Target, Token};

/// How far two results of one question are apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputed {
    /// Largest difference of two numbers of the same kind, as a share of the largest of that kind here: of a score among
    /// scores, of an effect of removal among effects, of a logit or value among logits and values.
    pub difference: f32,
    /// The token whose scores are furthest apart, and by how much, in the unit of the scores.
    pub furthest: Option<(usize, f32)>,
    /// What it comes to.
    pub outcome: Outcome,
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
        let mut gap = Gap::of(input, here.input());
        match (sent, Summary::of(here)) {
            (Summary::Generation(sent), Some(Summary::Generation(here))) => gap.equal(sent, &here),
            (Summary::Attention(sent), Some(Summary::Attention(here))) => gap.looks(sent, &here),
            (Summary::Stream(sent), Some(Summary::Stream(here))) => gap.climb(sent, &here),
            _ => gap.same = false,
        }
        gap.judged(model, here.model(), same_module)
    }
}

/// What was compared so far.
struct Gap {
    difference: f32,
    furthest: Option<(usize, f32)>,
    /// Whether names, tokens and answers are the same.
    same: bool,
}

impl Gap {
    /// Tokens are the same but for their identifiers, which links leave out.
    fn of(sent: &Input, here: &Input) -> Self {
        let nameless = |token: &Token| Token { id: 0, ..token.clone() };
        let tokens = |input: &Input| input.tokens.iter().map(nameless).collect::<Vec<_>>();
        let same = sent.text == here.text && tokens(sent) == tokens(here);
        Self { difference: 0.0, furthest: None, same }
    }

    fn judged(self, sent: &ModelRef, here: &ModelRef, same_module: bool) -> Recomputed {
        let Self { difference, furthest, same } = self;
        let most = if same_module { Recomputed::SAME_MODULE } else { Recomputed::OTHER_MODULE };
        // A link has the first digits of the hash.
        let other_model = sent.sha256.is_empty() || !here.sha256.starts_with(&sent.sha256);
        let outcome = match () {
            () if other_model => Outcome::OtherModel,
            () if !same => Outcome::Forged,
            () if difference <= most => Outcome::Agrees,
            () if difference <= Recomputed::FORGED * most => Outcome::Apart,
            () => Outcome::Forged,
        };
        Recomputed { difference, furthest, outcome }
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
        const TOLD: usize = 200;
        let told = |name: &str| undirected(name).chars().take(TOLD).collect::<String>();
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
