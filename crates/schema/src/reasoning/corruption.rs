//! A mistake in a step, put there by rule.

use super::Corruption;
use super::answer::written;
use super::arithmetic::Said;

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
