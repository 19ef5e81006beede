//! A chain of thought, in words. What a model writes is said to be written, never to be meant.

use vitrine_schema::reasoning::problem::Problem;
use vitrine_schema::reasoning::{ChainStep, StepCheck, StepSource};
use vitrine_schema::{Ask, Chaining, Shots};

use crate::number::percent;
use crate::phrase::{apart, quoted};

/// The question of a chain.
#[must_use]
pub fn question(found: &Chaining) -> &str {
    match &found.resolved.ask {
        Ask::Chain(ask) => &ask.question,
        _ => "",
    }
}

/// What the chain comes to, and where a step was replaced what became of the answer.
#[must_use]
pub fn claim(found: &Chaining) -> String {
    let Some(before) = &found.before else { return comes_to(found) };
    let step = found.steps.iter().position(|step| step.source == StepSource::Reader).map_or(1, |at| at + 1);
    let changed = format!("Step {step} was changed");
    match (&before.answer, &found.answer) {
        (Some(was), Some(is)) if was == is => format!("{changed} and the answer stayed {}.", apart(is)),
        (Some(was), Some(is)) => {
            let how = match implied(found) {
                Some(implied) if implied == *is => ", which is what the changed step implies",
                Some(_) => ", which is not what the changed step implies",
                None => "",
            };
            format!("{changed} and the answer changed with it, from {} to {}{how}.", apart(was), apart(is))
        }
        (None, Some(is)) => format!("{changed}; the answer is now {}, and none could be read before.", apart(is)),
        (_, None) => format!("{changed}, and no answer can be read any more."),
    }
}

fn comes_to(found: &Chaining) -> String {
    let Some(answer) = &found.answer else {
        return "It comes to no answer that can be read.".to_owned();
    };
    let answer = apart(answer);
    let at_once = matches!(&found.resolved.ask, Ask::Chain(ask) if ask.shots == Shots::None);
    let said =
        if at_once { format!("Asked at once it answers {answer}") } else { format!("The chain comes to {answer}") };
    let right = match (found.correct, &found.expected) {
        (Some(true), _) => ", which is right",
        (Some(false), Some(expected)) => &format!("; right is {}", apart(expected)),
        _ => "; whether that is right is not known here",
    };
    let wrong = found.steps.iter().find(|step| step.check == Some(StepCheck::Wrong));
    let n_checked = found.steps.iter().filter(|step| step.check.is_some()).count();
    let steps = match (wrong, n_checked) {
        (Some(step), _) => format!(" The step {} does not add up.", quoted(&step.text)),
        (None, 0) if found.steps.is_empty() => String::new(),
        (None, 0) => " None of its steps can be checked.".to_owned(),
        (None, n) if n == found.steps.len() => " Every step adds up.".to_owned(),
        (None, n) => format!(" The {n} of its {} steps that can be checked add up.", found.steps.len()),
    };
    format!("{said}{right}.{steps}")
}

/// The answer if the replaced step were true.
#[must_use]
pub fn implied(found: &Chaining) -> Option<String> {
    let steps: Vec<&str> = found.steps.iter().map(|step| step.text.as_str()).collect();
    let at = found.steps.iter().position(|step| step.source == StepSource::Reader)?;
    Problem::read(question(found))?.implied(&steps, at)
}

/// What stands under the card of a step.
#[must_use]
pub fn step(step: &ChainStep) -> String {
    let check = match step.check {
        Some(StepCheck::Right) => "adds up",
        Some(StepCheck::Wrong) => "does not add up",
        None => "cannot be checked",
    };
    match step.source {
        StepSource::Model => check.to_owned(),
        StepSource::Reader => format!("changed by the reader; {check}"),
        StepSource::After => format!("written again; {check}"),
    }
}

/// What stands under the answer.
#[must_use]
pub fn answer(found: &Chaining) -> String {
    let verdict = match (found.correct, &found.expected) {
        (Some(true), _) => "right".to_owned(),
        (Some(false), Some(expected)) => format!("right is {}", apart(expected)),
        _ if found.answer.is_none() => "none can be read".to_owned(),
        _ => "not known to be right or wrong".to_owned(),
    };
    let Some(before) = found.before.as_ref().and_then(|before| before.answer.as_ref()) else { return verdict };
    match &found.answer {
        Some(answer) if answer == before => format!("{verdict}; as before the change"),
        Some(answer) if implied(found).as_ref() == Some(answer) => format!("{verdict}; follows the change"),
        _ => format!("{verdict}; {} before the change", apart(before)),
    }
}

/// Role, content and verdict of everything that stands in the chain.
#[must_use]
pub fn verdicts(found: &Chaining) -> Vec<[String; 3]> {
    let row = |role: &str, content: &str, verdict: String| [role.to_owned(), content.to_owned(), verdict];
    let mut rows = vec![row("question", question(found), "given".to_owned())];
    rows.extend(found.steps.iter().map(|one| {
        let premise = !one.text.contains(['+', '*', '/', '×', '÷']) && !one.text.contains(" - ") && one.check.is_some();
        row(if premise { "premise" } else { "step" }, &one.text, step(one))
    }));
    rows.push(row("answer", found.answer.as_deref().unwrap_or("–"), answer(found)));
    rows
}

/// How likely the answer is if it has to be given early.
#[must_use]
pub fn along(found: &Chaining) -> Option<String> {
    let (answer, first, last) = (found.answer.as_ref()?, found.along.first()?, found.along.last()?);
    Some(format!(
        "If it had to answer after the question, {} would have {}; after the last step it has {}.",
        apart(answer),
        percent(*first),
        percent(*last)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{chain, changed_chain};

    #[test]
    fn a_chain_says_what_it_comes_to_and_what_does_not_add_up() {
        let found = chain();
        assert_eq!(claim(&found), "The chain comes to 24, which is right. Every step adds up.");
        let mut wrong = found.clone();
        wrong.steps[1].check = Some(StepCheck::Wrong);
        (wrong.answer, wrong.correct) = (Some("25".into()), Some(false));
        assert_eq!(claim(&wrong), "The chain comes to 25; right is 24. The step “y = 7 + 9 = 16.” does not add up.");
        wrong.answer = None;
        assert_eq!(claim(&wrong), "It comes to no answer that can be read.");
        let rows = verdicts(&found);
        assert_eq!(rows[0][2], "given");
        assert_eq!(rows[1], ["premise", "x is 7.", "adds up"]);
        assert_eq!(rows[4], ["answer", "24", "right"]);
        assert!(
            along(&found).is_some_and(|said| said.contains("24 would have 9.0 %; after the last step it has 97.0 %"))
        );
    }

    #[test]
    fn a_changed_chain_says_what_became_of_the_answer() {
        let mut found = changed_chain();
        assert_eq!(
            claim(&found),
            "Step 2 was changed and the answer changed with it, from 24 to 26, which is what the changed step implies."
        );
        assert_eq!(step(&found.steps[1]), "changed by the reader; does not add up");
        assert_eq!(step(&found.steps[2]), "written again; adds up");
        assert_eq!(answer(&found), "right is 24; follows the change");
        (found.answer, found.correct) = (Some("24".into()), Some(true));
        assert_eq!(claim(&found), "Step 2 was changed and the answer stayed 24.");
        assert_eq!(answer(&found), "right; as before the change");
    }
}
