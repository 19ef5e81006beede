//! The receipt in words: does the picture hold up when words are taken out?

mod checks;

use std::sync::Arc;

use vitrine_schema::receipt::{Receipt, TrustId};
use vitrine_schema::{Absence, Explanation, Finding, Input, Kind, Verdict};

use crate::ablation::instead;
use crate::explanation::receipt_sentence;
use crate::number::{largest_first, percent, plain, signed};
use crate::phrase::{apart, quoted};
use crate::token::{clipped, visible};

pub use checks::{Line, checks};

/// What stands in the place of words that are away.
const HOLE: &str = "[…]";
/// Letters of a text with holes in a sentence.
const LEFT_MOST: usize = 240;

/// The verdict in a sentence or two.
#[must_use]
pub fn verdict(receipt: &Receipt, explanation: &Explanation) -> String {
    let times = |ratio: f32| format!("{} times as far as taking them out at random", plain(ratio));
    match (receipt.verdict.id, receipt.ratio()) {
        (TrustId::Holds, Some(ratio)) => {
            format!("It holds up: taking words out in this order moves the answer {}.", times(ratio))
        }
        (TrustId::Weak, Some(ratio)) => {
            format!("It nearly holds up: taking words out in this order moves the answer only {}.", times(ratio))
        }
        (TrustId::Fails, _) if explanation.checks.iter().any(|check| check.verdict == Verdict::Fail) => {
            "The parts miss the answer by more than a tenth. Do not rely on these colours.".to_owned()
        }
        (TrustId::Fails, _) => "No better than removing words at random. Do not rely on these colours.".to_owned(),
        _ if receipt.removal.len() < 3 => {
            format!("Not tested: {} words are too few to tell an order from chance.", receipt.removal.len())
        }
        _ => "Not tested: taking words out hardly moves this answer, in whatever order.".to_owned(),
    }
}

/// How words were taken out, and how much that is worth.
#[must_use]
pub fn removed_by(receipt: &Receipt) -> String {
    let how = match receipt.removed_by {
        Absence::Mask => "replaced by the mask token",
        Absence::Delete => "deleted",
        Absence::BlockAttention => "hidden from attention",
        Absence::Mean => "replaced by the average word",
        Absence::Eos => "replaced by the end-of-text token",
        Absence::Space => "replaced by a space",
    };
    format!(
        "Words were {how}, one after the other, the most important first; the grey lines are {} random orders. Texts with \
         holes are unlike what the model learned from.",
        receipt.deletion.random.len()
    )
}

/// How words were put in.
#[must_use]
pub fn put_in(receipt: &Receipt) -> String {
    let n_orders = receipt.insertion.random.len();
    format!("Words put in one by one, the most important first; the grey lines are {n_orders} random orders.")
}

/// What agrees with taking each word out alone.
#[must_use]
pub fn agreement(receipt: &Receipt) -> Option<String> {
    let tau = receipt.kendall_tau_loo?;
    Some(format!("Kendall τ with taking out each word alone: {}.", signed(tau)))
}

/// The player that goes first, taken out alone: the answer then, beside what its score had predicted.
#[must_use]
pub fn strongest(explanation: &Explanation, receipt: &Receipt) -> Option<String> {
    let players = players(explanation);
    let first = *order(explanation, receipt, &players).first()?;
    let answered = receipt.deletion.answers.get(1)?;
    let name = answered.label.clone().or_else(|| answered.token.as_deref().map(visible)).unwrap_or_default();
    let curve = &receipt.deletion.curve;
    let number = answered.probability.map_or_else(|| curve.get(1).copied().map(plain).unwrap_or_default(), percent);
    let said = explanation.signed().then(|| score(explanation, &players[first]));
    let word = explanation.input.spelling(&players[first]);
    Some(instead(&word, &name, &number, said, *receipt.removal.get(first)?))
}

/// How far an explanation can be trusted, in a sentence: what taking words out showed, or that none was.
#[must_use]
pub fn trust(explanation: &Explanation) -> String {
    match &explanation.receipt {
        Some(receipt) => verdict(receipt, explanation),
        None => format!("{} No words were taken out to test it.", receipt_sentence(explanation)),
    }
}

/// What a sender measured of a word that was taken out alone.
#[must_use]
pub fn carried(explanation: &Explanation, tokens: &[usize]) -> Option<String> {
    let player = players(explanation).iter().position(|player| player == tokens)?;
    let removal = *explanation.receipt.as_ref()?.removal.get(player)?;
    let word = quoted(&explanation.input.spelling(tokens));
    let said = explanation.signed().then(|| format!("Predicted {}, m", signed(score(explanation, tokens))));
    let said = said.unwrap_or_else(|| "M".to_owned());
    Some(format!("Without {word} the answer moves. {said}easured by the sender {}.", signed(removal)))
}

/// One step of a curve: the text that is left after the first `k` players went, or with them alone, and the answer to it.
#[must_use]
pub fn step(explanation: &Explanation, receipt: &Receipt, alone: bool, k: usize) -> String {
    let players = players(explanation);
    let order = order(explanation, receipt, &players);
    let (first, rest) = order.split_at(k.min(order.len()));
    let away: Vec<usize> =
        (if alone { rest } else { first }).iter().flat_map(|&player| players[player].clone()).collect();
    let curves = if alone { &receipt.insertion } else { &receipt.deletion };
    let answer = curves.answers.get(k).map(|answered| {
        let name =
            answered.label.as_deref().map(apart).or_else(|| answered.token.as_deref().map(quoted)).unwrap_or_default();
        match answered.probability {
            Some(probability) => format!("; it says {name}, {}", percent(probability)),
            None => String::new(),
        }
    });
    let value = curves.curve.get(k).copied().unwrap_or(f32::NAN);
    let left = clipped(&with_holes(&explanation.input, &away), LEFT_MOST);
    format!("“{}”: {}{}.", apart(&left), plain(value), answer.unwrap_or_default())
}

/// A text with a sign in the place of what is away; one sign for neighbours.
fn with_holes(input: &Input, away: &[usize]) -> String {
    let (mut text, mut end, mut hole) = (String::new(), 0, false);
    for (at, token) in input.tokens.iter().enumerate().filter(|(_, token)| !token.special) {
        let gone = away.contains(&at);
        // Some tokens begin with the space before their word.
        let written = input.text.get(token.start.max(end)..token.end).unwrap_or_default();
        let word = written.trim_start();
        let between = input.text.get(end..token.end - word.len()).unwrap_or_default();
        if !(gone && hole) {
            text.push_str(between);
            text.push_str(if gone { HOLE } else { word });
        }
        (end, hole) = (token.end.max(end), gone);
    }
    text
}

/// What the words that come first were measured to do to the model's certainty.
#[must_use]
pub fn matter(receipt: &Receipt) -> Option<String> {
    let figures = receipt.figures();
    let (without, alone) = (figures.comprehensiveness?, figures.sufficiency?);
    Some(format!(
        "Certainty lost without the first words: {} on average, high is good; with them alone: {}, low is good.",
        plain(without),
        plain(alone)
    ))
}

/// The scores of players as they come out in several ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Ways {
    /// What each way is called.
    pub names: Vec<String>,
    /// Which of them is the one that is shown.
    pub shown: Option<usize>,
    /// Each player with its scores, one for each way; those that move most come first.
    pub players: Vec<(String, Vec<f32>)>,
}

/// The scores that other blanks, or other ways of taking away, would have given; `None` where there are none.
#[must_use]
pub fn blanks(explanation: &Explanation, receipt: &Receipt) -> Option<Ways> {
    let declared = explanation.method.id.declared();
    let param = declared.params.iter().find(|param| matches!(param.name, "baseline" | "variant"))?;
    let Kind::Choice { choices, .. } = param.kind else { return None };
    let used = explanation.method.params.0.get(param.name).and_then(|used| used.as_str());
    let label =
        |name: &str| choices.iter().find(|choice| choice.name == name).map_or(name, |choice| choice.label).to_owned();
    let shown = receipt.baseline_spread.keys().position(|name| Some(name.as_str()) == used);
    let names = receipt.baseline_spread.keys().map(|name| label(name)).collect();
    ways(explanation, names, shown, &receipt.baseline_spread.values().collect::<Vec<_>>())
}

/// The scores that other seeds would have given; `None` of a method that draws nothing.
#[must_use]
pub fn seeds(explanation: &Explanation, receipt: &Receipt) -> Option<Ways> {
    let found = receipt.stability.as_ref()?;
    let names = found.seeds.iter().map(|seed| format!("seed {seed}")).collect();
    ways(explanation, names, Some(0), &found.scores.iter().collect::<Vec<_>>())
}

fn ways(explanation: &Explanation, names: Vec<String>, shown: Option<usize>, scores: &[&Vec<f32>]) -> Option<Ways> {
    let of = |player: Vec<usize>| {
        let score = |scores: &&Vec<f32>| scores.get(*player.first()?).copied();
        (explanation.input.spelling(&player), scores.iter().filter_map(score).collect::<Vec<f32>>())
    };
    let players = largest_first(players(explanation).into_iter().map(of).collect(), |(_, scores)| moved(scores));
    (names.len() > 1 && !players.is_empty()).then_some(Ways { names, shown, players })
}

fn moved(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::MIN, f32::max) - scores.iter().copied().fold(f32::MAX, f32::min)
}

/// Which player depends most on the way it is scored, and by how much.
#[must_use]
pub fn depends(ways: &Ways) -> String {
    let Some((word, scores)) = ways.players.first() else { return String::new() };
    let (low, high) =
        scores.iter().fold((f32::MAX, f32::MIN), |(low, high), score| (low.min(*score), high.max(*score)));
    format!(
        "Of {}, {} depends most on which: from {} to {}.",
        listed(&ways.names),
        quoted(word),
        plain(low),
        plain(high)
    )
}

fn listed(names: &[String]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// The players in the order in which they were taken out, by name.
#[must_use]
pub fn names_in_order(explanation: &Explanation, receipt: &Receipt) -> Vec<String> {
    let players = players(explanation);
    let order = order(explanation, receipt, &players);
    order.into_iter().map(|player| explanation.input.spelling(&players[player])).collect()
}

/// The tokens of each player, as the receipt numbers them.
#[must_use]
pub fn players(explanation: &Explanation) -> Vec<Vec<usize>> {
    if !explanation.players.is_empty() {
        return explanation.players.clone();
    }
    let held = explanation.method.params.flag("hold_first");
    let own = explanation.input.tokens.iter().enumerate().filter(|(_, token)| !token.special);
    own.map(|(at, _)| at).filter(|&at| !(held && at == 0)).map(|at| vec![at]).collect()
}

/// The order in which they were taken out.
fn order(explanation: &Explanation, receipt: &Receipt, players: &[Vec<usize>]) -> Vec<usize> {
    let change = match receipt.deletion.curve[..] {
        [first, .., last] => first - last,
        _ => 0.0,
    };
    let sign = if explanation.signed() && change < 0.0 { -1.0 } else { 1.0 };
    largest_first((0..players.len()).collect(), |&player: &usize| sign * score(explanation, &players[player]))
}

/// The score of a player stands on its first token.
fn score(explanation: &Explanation, player: &[usize]) -> f32 {
    player.first().and_then(|&first| explanation.scores.get(first)).copied().unwrap_or(0.0)
}

/// A finding as it leaves the program: the verdicts of its receipts have their sentences.
#[must_use]
pub fn told(mut finding: Finding) -> Finding {
    if let Finding::Explanation(explanation) = &mut finding {
        let of = |receipt: &Option<Box<Receipt>>| receipt.as_ref().map(|receipt| verdict(receipt, explanation));
        let said = of(&explanation.receipt);
        let rows: Vec<_> = explanation.steps.iter().map(|step| of(&step.receipt)).collect();
        if said.is_some() || rows.iter().any(Option::is_some) {
            let Explanation { receipt, steps, .. } = Arc::make_mut(explanation);
            let receipts = std::iter::once(receipt).chain(steps.iter_mut().map(|step| &mut step.receipt));
            for (receipt, said) in receipts.zip(std::iter::once(said).chain(rows)) {
                if let Some(receipt) = receipt {
                    receipt.verdict.sentence = said;
                }
            }
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vitrine_schema::receipt::{Answered, Curves, Stability, Trust};

    use super::*;
    use crate::example::example;

    pub(super) fn receipt(id: TrustId, curve: [f32; 4]) -> Receipt {
        let answers = vec![Answered { label: Some("NEGATIVE".into()), token: None, probability: Some(0.75) }; 4];
        Receipt {
            removed_by: Absence::Mask,
            removal: vec![1.0; 3],
            deletion: Curves {
                curve: curve.to_vec(),
                answers,
                random: vec![vec![4.0, 2.0, 2.0, 0.0]; 20],
                reverse: Vec::new(),
            },
            insertion: Curves::default(),
            comprehensiveness: Vec::new(),
            sufficiency: Vec::new(),
            kendall_tau_loo: Some(-0.5),
            baseline_spread: BTreeMap::new(),
            baseline_values: BTreeMap::new(),
            stability: None,
            figures: None,
            verdict: Trust { id, sentence: None },
        }
    }

    #[test]
    fn every_verdict_has_its_sentence() {
        let said = |receipt: &Receipt| verdict(receipt, &example());
        let holds = receipt(TrustId::Holds, [4.0, 0.0, 0.0, 0.0]);
        assert_eq!(
            said(&holds),
            "It holds up: taking words out in this order moves the answer 2.00 times as far as taking them out at random."
        );
        assert!(said(&receipt(TrustId::Weak, [4.0, 1.5, 2.0, 0.0])).starts_with("It nearly holds up: "));
        assert!(
            said(&receipt(TrustId::Fails, [4.0, 3.0, 3.0, 0.0]))
                .starts_with("No better than removing words at random.")
        );
        assert!(said(&receipt(TrustId::Untested, [1.0; 4])).starts_with("Not tested: taking words out hardly moves"));
        let few = Receipt { removal: vec![1.0; 2], ..holds.clone() };
        assert!(
            said(&Receipt { verdict: Trust { id: TrustId::Untested, sentence: None }, ..few })
                .contains("2 words are too few")
        );
        let steps = |alone| [0, 1, 2, 4].map(|k| step(&example(), &holds, alone, k));
        let [whole, one, two, none] = steps(false);
        assert_eq!(whole, "“dull but funny”: 4.00; it says NEGATIVE, 75.0 %.");
        assert_eq!(one, "“dull but […]ny”: 0.00; it says NEGATIVE, 75.0 %.");
        assert!(two.starts_with("“dull but […]”: 0.00; "), "{two}");
        assert!(none.starts_with("“[…]”: "), "{none}");
        let [none, one, ..] = steps(true);
        assert!(none.starts_with("“[…]”: ") && one.starts_with("“[…] fun[…]”: "), "{one}");
        let strongest = strongest(&example(), &holds);
        assert!(
            strongest.is_some_and(|said| said.starts_with("Without “fun” the model says NEGATIVE, 75.0 %. Predicted"))
        );
        assert_eq!(agreement(&holds).as_deref(), Some("Kendall τ with taking out each word alone: −0.50."));
    }

    #[test]
    fn other_blanks_and_seeds_are_told_by_who_moves_most() {
        let explanation = example();
        let scored = |by: f32| explanation.scores.iter().map(|score| score * by).collect::<Vec<f32>>();
        let baseline_spread = [("mask".to_owned(), scored(1.0)), ("pad".to_owned(), scored(0.5))].into();
        let stability = Some(Stability { seeds: vec![3, 4], scores: vec![scored(1.0), scored(1.1)] });
        let measured = Receipt { baseline_spread, stability, ..receipt(TrustId::Holds, [4.0, 0.0, 0.0, 0.0]) };
        let found = blanks(&explanation, &measured).unwrap_or_else(|| panic!("blanks"));
        assert_eq!((found.shown, found.players[0].clone()), (Some(0), ("dull".to_owned(), vec![-3.0, -1.5])));
        assert_eq!(
            depends(&found),
            "Of mask token and padding token, “dull” depends most on which: from −3.00 to −1.50."
        );
        assert!(
            seeds(&explanation, &measured).is_some_and(|found| depends(&found).starts_with("Of seed 3 and seed 4, "))
        );
        let none = receipt(TrustId::Holds, [4.0, 0.0, 0.0, 0.0]);
        assert_eq!((blanks(&explanation, &none), seeds(&explanation, &none), matter(&none)), (None, None, None));
        let some = Receipt { comprehensiveness: vec![0.5, 0.7], sufficiency: vec![0.0, -0.1], ..none };
        assert!(
            matter(&some).is_some_and(|said| said.contains("words: 0.60 on average") && said.contains("alone: −0.05,"))
        );
    }

    #[test]
    fn what_leaves_the_program_has_its_sentence() {
        let receipt = Some(Box::new(receipt(TrustId::Holds, [4.0, 0.0, 0.0, 0.0])));
        let finding = told(Finding::Explanation(Arc::new(Explanation { receipt, ..example() })));
        let Finding::Explanation(found) = finding else { panic!("another kind") };
        let said = found.receipt.as_ref().and_then(|receipt| receipt.verdict.sentence.clone());
        assert!(said.is_some_and(|said| said.starts_with("It holds up: ")));
    }
}
