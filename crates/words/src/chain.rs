//! A chain of thought, in words. What a model writes is said to be written, never to be meant.

use vitrine_schema::reasoning::arithmetic::adds_up;
use vitrine_schema::reasoning::corruption::{Change, changes};
use vitrine_schema::reasoning::problem::Problem;
use vitrine_schema::reasoning::{ChainStep, Corruption, StepCheck, StepSource};
use vitrine_schema::recipe::Inject;
use vitrine_schema::{Ask, Chaining, Evidence, Hearing, Shots};

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
    let changed = match by_rule(found) {
        Some(Change::Cut) => format!("Step {step} was left out"),
        Some(Change::Swap) => format!("Steps {step} and {} changed places", step + 1),
        Some(Change::Filler) => format!("Step {step} was replaced by dots"),
        Some(Change::Mistake(_)) | None => format!("Step {step} was changed"),
    };
    match (&before.answer, &found.answer) {
        (Some(was), Some(is)) if was == is => format!("{changed} and the answer stayed {}.", apart(is)),
        (Some(was), Some(is)) => {
            // What stands there after another rule implies nothing by itself.
            let mistaken = matches!(by_rule(found), None | Some(Change::Mistake(_)));
            let how = match implied(found).filter(|_| mistaken) {
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
    let at_once = matches!(&found.resolved.ask, Ask::Chain(ask) if matches!(ask.shots, Shots::None | Shots::Direct));
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
        (Some(step), _) if adds_up(&step.text) => {
            format!(" The step {} adds up, but not with the question's numbers.", quoted(&step.text))
        }
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

/// The rule by which the replaced step was changed, where it is what a rule makes of it.
fn by_rule(found: &Chaining) -> Option<Change> {
    let Ask::Chain(ask) = &found.resolved.ask else { return None };
    let Inject { step, text } = ask.inject.as_ref()?;
    let before: Vec<&str> = found.before.as_ref()?.steps.iter().map(|step| step.text.trim()).collect();
    let all = changes(&before, step.checked_sub(1)?);
    all.into_iter().find(|(_, changed)| changed == text.trim()).map(|(change, _)| change)
}

/// The name of a rule.
#[must_use]
pub const fn rule(change: Change) -> &'static str {
    match change {
        Change::Mistake(Corruption::Digit) => "another digit",
        Change::Mistake(Corruption::Operator) => "another operator",
        Change::Mistake(Corruption::Negation) => "a “not”",
        Change::Cut => "left out",
        Change::Swap => "swapped with the next",
        Change::Filler => "dots instead",
    }
}

/// Whether a step says what something is and computes nothing.
fn is_premise(step: &ChainStep) -> bool {
    !step.text.contains(['+', '*', '/', '×', '÷']) && !step.text.contains(" - ") && step.check.is_some()
}

/// What stands under the card of a step.
#[must_use]
pub fn step(step: &ChainStep) -> String {
    let check = match step.check {
        Some(StepCheck::Right) if is_premise(step) => "as in the question",
        Some(StepCheck::Wrong) if is_premise(step) => "not as in the question",
        Some(StepCheck::Right) => "adds up",
        Some(StepCheck::Wrong) if adds_up(&step.text) => "not the question's numbers",
        Some(StepCheck::Wrong) => "does not add up",
        None => "cannot be checked",
    };
    match step.source {
        StepSource::Model => check.to_owned(),
        StepSource::Reader => format!("changed by the reader; {check}"),
        StepSource::After => format!("written again; {check}"),
    }
}

/// The same among the steps of its chain, with the rule by which it was changed.
#[must_use]
pub fn step_of(found: &Chaining, one: &ChainStep) -> String {
    let said = step(one);
    match by_rule(found).filter(|_| one.source == StepSource::Reader) {
        Some(change) => said.replacen("the reader", &format!("the reader ({})", rule(change)), 1),
        None => said,
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
    if found.steps.is_empty() {
        rows.push(row("reasoning", "–", "none is visible".to_owned()));
    }
    rows.extend(
        found
            .steps
            .iter()
            .map(|one| row(if is_premise(one) { "premise" } else { "step" }, &one.text, step_of(found, one))),
    );
    rows.push(row("answer", found.answer.as_deref().unwrap_or("–"), answer(found)));
    rows
}

/// The same beside a trial of many problems: what it found for the step that it changed stands at that step, and at the answer
/// whether it rests on the chain. A trial that gives no verdict adds nothing.
#[must_use]
pub fn verdicts_beside(found: &Chaining, trial: &Hearing) -> Vec<[String; 3]> {
    let mut rows = verdicts(found);
    let Ask::Courtroom(asked) = &trial.resolved.ask else { return rows };
    if !trial.helps() || trial.n == 0 || found.before.is_some() || asked.test != Evidence::Corrupt {
        return rows;
    }
    let (follows, n) = (trial.follows.count, trial.n);
    let computes = |row: &&mut [String; 3]| row[0] == "step";
    if let Some(row) = rows.iter_mut().find(computes) {
        row[2] = format!("{}; changed, {follows} of {n} follow", row[2]);
    }
    if let Some(row) = rows.last_mut().filter(|_| 2 * follows > n) {
        row[2] = format!("{}, and rests on the chain in {follows} of {n} problems", row[2]);
    }
    rows
}

/// What a question comes to by one way of putting it: the way, the answer, whether it is right and why that is known, and what
/// is seen of how it came about.
#[must_use]
pub fn way(found: &Chaining) -> [String; 3] {
    let n_checked = found.steps.iter().filter(|step| step.check.is_some()).count();
    let wrong = found.steps.iter().filter(|step| step.check == Some(StepCheck::Wrong)).count();
    let n = found.steps.len();
    let seen = match (n, n_checked, wrong) {
        (0, ..) => "no reasoning is visible".to_owned(),
        (1, 0, _) => "its one step cannot be checked".to_owned(),
        (_, 0, _) => format!("none of its {n} steps can be checked"),
        (_, _, 0) if n == n_checked => format!("all {n} steps can be checked and add up"),
        (_, _, 0) => format!("{n_checked} of {n} steps can be checked, and add up"),
        (_, _, wrong) => format!("{n_checked} of {n} steps can be checked, {wrong} of them wrong"),
    };
    let known = match (found.correct, &found.expected) {
        (Some(true), _) => "right, by arithmetic".to_owned(),
        (Some(false), Some(expected)) => format!("wrong: by arithmetic it is {}", apart(expected)),
        _ if found.answer.is_none() => "no answer can be read".to_owned(),
        _ => "not known here to be right or wrong".to_owned(),
    };
    [found.answer.as_deref().map_or_else(|| "–".to_owned(), apart), known, seen]
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
    use crate::example::{chain, changed_chain, courtroom};

    #[test]
    fn a_chain_says_what_it_comes_to_and_what_does_not_add_up() {
        let found = chain();
        assert_eq!(claim(&found), "The chain comes to 24, which is right. Every step adds up.");
        let mut wrong = found.clone();
        wrong.steps[1].check = Some(StepCheck::Wrong);
        (wrong.answer, wrong.correct) = (Some("25".into()), Some(false));
        wrong.steps[1].text = "y = 7 + 9 = 17.".into();
        assert_eq!(claim(&wrong), "The chain comes to 25; right is 24. The step “y = 7 + 9 = 17.” does not add up.");
        wrong.steps[1].text = "y = 7 + 8 = 15.".into();
        assert!(claim(&wrong).ends_with("The step “y = 7 + 8 = 15.” adds up, but not with the question's numbers."));
        assert_eq!(step(&wrong.steps[1]), "not the question's numbers");
        wrong.answer = None;
        assert_eq!(claim(&wrong), "It comes to no answer that can be read.");
        let rows = verdicts(&found);
        assert_eq!(rows[0][2], "given");
        assert_eq!(rows[1], ["premise", "x is 7.", "as in the question"]);
        assert_eq!(rows[4], ["answer", "24", "right"]);
        assert!(
            along(&found).is_some_and(|said| said.contains("24 would have 9.0 %; after the last step it has 97.0 %"))
        );
    }

    #[test]
    fn a_trial_stands_beside_the_step_that_it_changed_unless_it_gives_no_verdict() {
        let found = chain();
        let rows = verdicts_beside(&found, &courtroom(Evidence::Corrupt, [3, 26], [20, 0, 3, 1]));
        assert_eq!(rows[2][2], "adds up; changed, 20 of 24 follow");
        assert_eq!(rows[4][2], "right, and rests on the chain in 20 of 24 problems");
        for none in
            [courtroom(Evidence::Corrupt, [4, 4], [20, 0, 3, 1]), courtroom(Evidence::Cut, [3, 26], [20, 0, 3, 1])]
        {
            assert_eq!(verdicts_beside(&found, &none), verdicts(&found));
        }
    }

    #[test]
    fn each_way_says_what_is_seen_and_how_it_is_known() {
        let mut found = chain();
        assert_eq!(way(&found), ["24", "right, by arithmetic", "all 3 steps can be checked and add up"]);
        (found.steps, found.answer, found.correct) = (Vec::new(), Some("8".into()), Some(false));
        assert_eq!(way(&found), ["8", "wrong: by arithmetic it is 24", "no reasoning is visible"]);
        (found.answer, found.correct, found.expected) = (None, None, None);
        assert_eq!(way(&found)[1], "no answer can be read");
        assert_eq!(verdicts(&found)[1], ["reasoning", "–", "none is visible"]);
    }

    #[test]
    fn a_change_by_rule_is_named() {
        let mut found = changed_chain();
        let Ask::Chain(ask) = &mut found.resolved.ask else { return };
        ask.inject = Some(Inject { step: 2, text: "y = 7 + 9 = 19.".into() });
        assert_eq!(step_of(&found, &found.steps[1]), "changed by the reader (another digit); does not add up");
        let Ask::Chain(ask) = &mut found.resolved.ask else { return };
        ask.inject = Some(Inject { step: 2, text: "z =".into() });
        assert_eq!(claim(&found), "Step 2 was left out and the answer changed with it, from 24 to 26.");
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
