//! What can be done to a step by rule: a mistake in it, another order, nothing in its place.

use super::Corruption;
use super::answer::written;
use super::arithmetic::Said;

/// What a step is replaced by, by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Itself with a mistake.
    Mistake(Corruption),
    /// The start of the step after it, up to its sign of equality, so that it is left out.
    Cut,
    /// The step after it, and then itself.
    Swap,
    /// As many `...` as it has words.
    Filler,
}

/// Everything that a step can be replaced by, with the rule; nothing of a step that there is not.
#[must_use]
pub fn changes(steps: &[&str], at: usize) -> Vec<(Change, String)> {
    let Some(step) = steps.get(at) else { return Vec::new() };
    let next = steps.get(at + 1);
    let mistakes = [
        (Corruption::Digit, digit(step, false)),
        (Corruption::Operator, operator(step)),
        (Corruption::Negation, negation(step)),
    ];
    let mistakes = mistakes.map(|(rule, text)| (Change::Mistake(rule), text));
    let cut = next.and_then(|next| Some(format!("{}=", next.split_once('=')?.0)));
    let others = [
        (Change::Cut, cut),
        (Change::Swap, next.map(|next| format!("{next} {step}"))),
        (Change::Filler, Some(vec!["..."; step.split_whitespace().count()].join(" "))),
    ];
    let all = mistakes.into_iter().chain(others);
    all.filter_map(|(change, text)| Some((change, text.filter(|text| !text.trim().is_empty())?))).collect()
}

/// The step with a mistake, by the first rule that fits.
///
/// - *Digit*: the result is what would be right and 2 more; where the model then writes on freely and that would be even, 3 more.
///   These are the mistakes of the reference, so that counts can be compared.
/// - *Operator*: the first plus is a minus, or the first minus a plus.
/// - *Negation*: the first `is`, `are`, `has` or `can` gets a `not`.
#[must_use]
pub fn corrupted(step: &str, forced: bool) -> Option<(String, Corruption)> {
    let rules: [(Corruption, Option<String>); 3] = [
        (Corruption::Digit, digit(step, forced)),
        (Corruption::Operator, operator(step)),
        (Corruption::Negation, negation(step)),
    ];
    rules.into_iter().find_map(|(rule, text)| Some((text?, rule)))
}

/// With another result.
#[must_use]
pub fn digit(step: &str, forced: bool) -> Option<String> {
    let said = Said::read(step).filter(|said| said.formula.computes())?;
    let (right, at) = (said.formula.value()?, said.at?);
    let more = if !forced && right % 2.0 == 0.0 { 3.0 } else { 2.0 };
    Some(format!("{}{}{}", step.get(..at.start)?, written(right + more), step.get(at.end..)?))
}

/// With the opposite of an operator.
#[must_use]
pub fn operator(step: &str) -> Option<String> {
    let (sign, other) = match (step.find(" + "), step.find(" - ")) {
        (Some(plus), Some(minus)) if minus < plus => (" - ", " + "),
        (Some(_), _) => (" + ", " - "),
        (None, Some(_)) => (" - ", " + "),
        (None, None) => return None,
    };
    Some(step.replacen(sign, other, 1))
}

/// With a "not".
#[must_use]
pub fn negation(step: &str) -> Option<String> {
    let words = [" is ", " are ", " has ", " can "];
    let (_, word) = words.iter().filter_map(|word| Some((step.find(word)?, word))).min()?;
    Some(step.replacen(word, &format!("{word}not "), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_changed_by_every_rule_that_fits() {
        let steps = ["x is 7.", "y = 7 + 9 = 16.", "z = 16 + 8 = 24."];
        let texts = |at: usize| changes(&steps, at).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        let swapped = "z = 16 + 8 = 24. y = 7 + 9 = 16.";
        assert_eq!(
            texts(1),
            ["y = 7 + 9 = 19.", "y = 7 - 9 = 16.", "z =", swapped, "... ... ... ... ... ... ..."]
                .map(|text| text.to_owned())
        );
        assert_eq!(texts(2).last().map(String::len), Some(7 * 4 - 1));
        assert_eq!(texts(0)[0], "x is not 7.");
        assert!(texts(3).is_empty());
    }

    #[test]
    fn the_first_rule_that_fits_is_taken() {
        let check = |step: &str, forced: bool, expected: Option<(&str, Corruption)>| {
            let found = corrupted(step, forced);
            assert_eq!(found.as_ref().map(|(text, rule)| (text.as_str(), *rule)), expected);
        };
        check("y = 3 + 5 = 8.", false, Some(("y = 3 + 5 = 11.", Corruption::Digit)));
        check("y = 3 + 5 = 8.", true, Some(("y = 3 + 5 = 10.", Corruption::Digit)));
        check("y = 4 + 5 = 9.", false, Some(("y = 4 + 5 = 11.", Corruption::Digit)));
        // The mistake is against what is right, not against another mistake.
        check("y = 8 + 2 = 4.", false, Some(("y = 8 + 2 = 13.", Corruption::Digit)));
        check("so we take a + b.", false, Some(("so we take a - b.", Corruption::Operator)));
        check("x is 3.", false, Some(("x is not 3.", Corruption::Negation)));
        check("Well.", false, None);
    }
}
