//! What several chains say, in words. Agreement is not called right: arithmetic says what is.

use vitrine_schema::reasoning::{Drawn, StepCheck};
use vitrine_schema::{Ask, Voting};

use crate::phrase::{apart, quoted};

/// The question of a vote.
#[must_use]
pub fn question(found: &Voting) -> &str {
    match &found.resolved.ask {
        Ask::Vote(ask) => &ask.question,
        _ => "",
    }
}

/// How many chains say what, and whether that is enough.
#[must_use]
pub fn claim(found: &Voting) -> String {
    let n = found.n_ended();
    let Some(answer) = found.majority.as_ref().filter(|_| n > 0) else {
        return if n == 0 {
            "No chain has ended yet.".to_owned()
        } else {
            format!("No answer can be read in any of {n} chains.")
        };
    };
    let count = found.answers.iter().find(|counted| counted.answer.as_ref() == Some(answer)).map_or(0, |one| one.count);
    let say = if count == 1 { "says" } else { "say" };
    let said = format!("{count} of {n} {} {say} {}.", if n == 1 { "chain" } else { "chains" }, apart(answer));
    if found.flagged {
        return format!("{said} That is too few to act on: have a person look.");
    }
    said
}

/// How sure the share is.
#[must_use]
pub fn agreement(found: &Voting) -> String {
    let n = found.n_ended();
    let count = (found.share * n as f32).round();
    let [low, high] = found.interval;
    let range = range(found.interval);
    let crosses = low < Voting::ENOUGH && high >= Voting::ENOUGH;
    let more = if crosses {
        format!(" {:.0} % are wanted, and it could be {range}.", 100.0 * Voting::ENOUGH)
    } else {
        String::new()
    };
    format!("{count} of {n} agree ({range}).{more}")
}

/// What arithmetic says of the answer with the most votes.
#[must_use]
pub fn checked(found: &Voting) -> String {
    match (&found.expected, &found.majority) {
        (Some(expected), Some(majority)) if expected == majority => {
            format!("A vote is not a check. Here arithmetic settles it: {} is right.", apart(expected))
        }
        (Some(expected), Some(_)) => {
            format!("A vote is not a check: chains can agree and be wrong together. Right is {}.", apart(expected))
        }
        _ => "A vote is not a check: chains can agree and be wrong together.".to_owned(),
    }
}

/// One chain with what it says and where it slips.
#[must_use]
pub fn thread(chain: &Drawn) -> String {
    let steps: Vec<&str> = chain.steps.iter().map(|step| step.text.as_str()).collect();
    let answer = match &chain.answer {
        Some(answer) => format!("It answers {}.", apart(answer)),
        None if chain.ended => "No answer can be read.".to_owned(),
        None => "It is still being written.".to_owned(),
    };
    let slip = chain.steps.iter().find(|step| step.check == Some(StepCheck::Wrong));
    let slip = slip.map_or_else(String::new, |step| format!(" A slip: {}.", quoted(&step.text)));
    format!("Seed {}: {} {answer}{slip}", chain.seed, apart(&steps.join(" ")))
}

/// A range of shares in per cent.
#[must_use]
pub fn range([low, high]: [f32; 2]) -> String {
    format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::vote;

    #[test]
    fn few_that_agree_ask_for_a_person() {
        let found = vote(&[("14", 11), ("15", 6), ("13", 2), ("24", 1)]);
        assert_eq!(claim(&found), "11 of 20 chains say 14. That is too few to act on: have a person look.");
        assert_eq!(agreement(&found), "11 of 20 agree (34 to 74 %). 60 % are wanted, and it could be 34 to 74 %.");
        let sure = vote(&[("14", 19), ("13", 1)]);
        assert_eq!(claim(&sure), "19 of 20 chains say 14.");
        assert_eq!(agreement(&sure), "19 of 20 agree (76 to 99 %).");
        assert!(checked(&sure).ends_with("14 is right."));
        assert!(checked(&vote(&[("13", 1)])).ends_with("Right is 14."));
        assert_eq!(claim(&vote(&[])), "No chain has ended yet.");
    }

    #[test]
    fn a_slip_is_named() {
        let mut chain = vote(&[("24", 1)]).chains.remove(0);
        assert_eq!(thread(&chain), "Seed 0: x is 5. y = 5 + 7 = 12. It answers 24.");
        chain.steps[1].check = Some(StepCheck::Wrong);
        assert!(thread(&chain).ends_with("A slip: “y = 5 + 7 = 12.”."));
    }
}
