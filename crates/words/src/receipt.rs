//! The receipt in words: does the picture hold up when words are taken out?

use std::sync::Arc;

use vitrine_schema::receipt::{Receipt, TrustId};
use vitrine_schema::{Absence, Explanation, Finding, Verdict};

use crate::ablation::instead;
use crate::number::{largest_first, percent, plain, signed};
use crate::phrase::{apart, quoted};
use crate::token::visible;

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

/// One step of the curve: the word that went, and the answer then.
#[must_use]
pub fn step(receipt: &Receipt, k: usize, gone: &str) -> String {
    let value = receipt.deletion.curve.get(k).copied().unwrap_or(f32::NAN);
    let answer = receipt.deletion.answers.get(k).map(|answered| {
        let name =
            answered.label.as_deref().map(apart).or_else(|| answered.token.as_deref().map(quoted)).unwrap_or_default();
        match answered.probability {
            Some(probability) => format!("; it says {name}, {}", percent(probability)),
            None => String::new(),
        }
    });
    let without = if k == 0 { "Nothing taken out".to_owned() } else { format!("Without {gone}") };
    format!("{without}: {}{}.", plain(value), answer.unwrap_or_default())
}

/// The same by the names of the players in their order, without those up to this place.
#[must_use]
pub fn step_through(receipt: &Receipt, names: &[String], last: usize) -> String {
    let gone: Vec<String> = names.iter().take(last + 1).map(|name| format!("“{}”", apart(name))).collect();
    step(receipt, last + 1, &gone.join(", "))
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

    use vitrine_schema::receipt::{Answered, Curves, Trust};

    use super::*;
    use crate::example::example;

    fn receipt(id: TrustId, curve: [f32; 4]) -> Receipt {
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
        assert_eq!(step(&holds, 1, "“dull”"), "Without “dull”: 0.00; it says NEGATIVE, 75.0 %.");
        let names = ["dull", "plot"].map(str::to_owned);
        assert!(step_through(&holds, &names, 1).starts_with("Without “dull”, “plot”: 0.00; it says"));
        let strongest = strongest(&example(), &holds);
        assert!(
            strongest.is_some_and(|said| said.starts_with("Without “fun” the model says NEGATIVE, 75.0 %. Predicted"))
        );
        assert_eq!(agreement(&holds).as_deref(), Some("Kendall τ with taking out each word alone: −0.50."));
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
