//! A result that came in a link, in words: who computed it, and whether this device agrees.

use vitrine_schema::catalog::Table;
use vitrine_schema::recomputed::Chains;
use vitrine_schema::{Ask, Input, Outcome, Recipe, Recomputed};

use crate::number::plain;
use crate::phrase::quoted;
use crate::token::clipped;

/// Letters of a model's name in a sentence.
const NAME_MOST: usize = 80;

/// What is said before this device has computed anything; `offered` says whether the page has the model.
#[must_use]
pub fn unchecked(recipe: &Recipe, offered: bool) -> String {
    let why = match &recipe.ask {
        _ if !offered => &format!(
            " The page does not have its model, {}: open the question in the Lab with a model of your own.",
            quoted(&clipped(&recipe.model, NAME_MOST))
        ),
        Ask::Probe(probe) if Table::named(&probe.data).is_none() => {
            " That takes the sender's own table of texts, which is no part of a link: open the question in the Lab and give \
             it there."
        }
        ask if !Table::suffice(ask) => {
            " That takes the sender's own worked examples, which are no part of a link: ask it again on the command line, with \
             vitrine run."
        }
        Ask::Courtroom(_) => " That takes minutes, as every problem is answered several times.",
        _ => "",
    };
    format!("Computed by the sender; this device has not checked it.{why}")
}

/// What is said once it has.
#[must_use]
pub fn checked(recomputed: &Recomputed, input: &Input) -> String {
    let Recomputed { difference, furthest, chains, outcome } = recomputed;
    let at = furthest.filter(|(_, by)| *by > 0.0).map_or_else(
        || format!("differs by {}", share(*difference)),
        |(token, by)| format!("differs by {} at {}", plain(by), quoted(&input.spelling(&[token]))),
    );
    if let (Outcome::Agrees | Outcome::OtherAnswers, Some(chains)) = (outcome, chains) {
        return of_chains(*chains);
    }
    match outcome {
        Outcome::Agrees => format!("Recomputed on your device: largest difference {}.", share(*difference)),
        Outcome::OtherModel => format!(
            "Recomputed on your device with other weights than the sender's, which need not agree: largest difference {}.",
            share(*difference)
        ),
        Outcome::Apart | Outcome::OtherAnswers => format!(
            "Recomputed on your device, and it {at}: more than two devices should differ by. Rely on what yours says."
        ),
        Outcome::Forged if *difference > 0.0 => format!(
            "Recomputed on your device, and it {at}. The weights are the same, so these are not the numbers that they \
             give: the link was changed, or never computed."
        ),
        Outcome::Forged => {
            "Recomputed on your device: the numbers agree, but not the words and names beside them, so the \
                            link was changed."
                .to_owned()
        }
    }
}

/// Chains agree when their answers do, in whichever words.
fn of_chains(chains: Chains) -> String {
    let (n, same_answer, identical) = match chains {
        Chains::Each { n, same_answer, identical } => (n, same_answer, identical),
        Chains::Counted { n, apart: 0 } => {
            return format!("Recomputed on your device: the same counts over all {n} problems.");
        }
        Chains::Counted { n, apart } => {
            return format!(
                "Recomputed on your device, and its counts differ by up to {apart} of {n} problems. One token that is drawn another \
                 way makes another chain; rely on what yours says."
            );
        }
    };
    let other = n - same_answer;
    match (n, other) {
        (1, 0) if identical == 1 => "Recomputed on your device: the same chain, word for word.".to_owned(),
        (1, 0) => "Recomputed on your device: the same answer, by another chain.".to_owned(),
        (1, _) => {
            "Recomputed on your device, and the answer is another one. One token that is drawn another way makes \
                   another chain; rely on what yours says."
                .to_owned()
        }
        (n, 0) => format!(
            "Recomputed on your device: all {n} chains have the same answers, and {identical} of them are the same word for word."
        ),
        (n, other) => format!(
            "Recomputed on your device, and {other} of {n} chains {} another answer; {identical} are the same word for word. One \
             token that is drawn another way makes another chain; rely on what yours says.",
            if other == 1 { "has" } else { "have" }
        ),
    }
}

/// A difference as a share of the largest number: one digit and a power of ten, as differences between devices are told.
fn share(difference: f32) -> String {
    if difference == 0.0 { "0".to_owned() } else { format!("{difference:.0e}") }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::catalog::TABLES;
    use vitrine_schema::recipe::{Courtroom, Probe, Shots, Vote};

    use super::*;
    use crate::example::example;

    #[test]
    fn what_cannot_be_checked_here_says_where_it_can() {
        let said = |ask: Ask, offered| unchecked(&Recipe::new("m", "a", ask), offered);
        assert_eq!(said(Ask::Predict {}, true), "Computed by the sender; this device has not checked it.");
        assert!(said(Ask::Predict {}, false).ends_with("open the question in the Lab with a model of your own."));
        let table = |data: &str| Ask::Probe(Probe { data: data.to_owned(), ..Probe::default() });
        assert!(said(table("ab"), true).ends_with("open the question in the Lab and give it there."));
        assert_eq!(said(table(TABLES[0].sha256), true), said(Ask::Predict {}, true));
        assert!(said(Ask::Courtroom(Courtroom::default()), true).ends_with("every problem is answered several times."));
        let own = Vote { shots: Shots::File("ab".to_owned()), ..Vote::default() };
        assert!(said(Ask::Vote(own), true).ends_with("with vitrine run."));
    }

    #[test]
    fn every_outcome_has_its_sentence() {
        let said = |difference, furthest, outcome| {
            checked(&Recomputed { difference, furthest, chains: None, outcome }, &example().input)
        };
        let counted = |chains: Chains| {
            let (outcome, chains) = (Outcome::OtherAnswers, Some(chains));
            checked(&Recomputed { difference: 0.0, furthest: None, chains, outcome }, &example().input)
        };
        let chains = |n, same_answer, identical| counted(Chains::Each { n, same_answer, identical });
        let all = [
            said(3e-6, Some((1, 1e-5)), Outcome::Agrees),
            said(0.0, None, Outcome::Agrees),
            said(0.31, Some((1, 0.9)), Outcome::OtherModel),
            said(0.02, Some((1, 0.06)), Outcome::Apart),
            said(0.14, Some((3, 0.41)), Outcome::Forged),
            said(0.14, None, Outcome::Forged),
            said(0.0, None, Outcome::Forged),
            chains(1, 1, 1),
            chains(1, 1, 0),
            chains(1, 0, 0),
            chains(20, 20, 18),
            chains(20, 19, 18),
            counted(Chains::Counted { n: 32, apart: 0 }),
            counted(Chains::Counted { n: 32, apart: 2 }),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
