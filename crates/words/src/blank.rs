//! What the model answers where no word is left, and whether that is a fair place to count from.

use vitrine_schema::Explanation;

use crate::number::{percent, plain};
use crate::token::visible;

/// A blank is neutral while neither side has more than this probability against the other.
const NEUTRAL: f32 = 0.75;

/// The answer at a value of the scalar: the side that it is on, with its probability against the other, or the value itself
/// where there is no other side.
#[must_use]
pub fn answers(explanation: &Explanation, value: f32) -> String {
    let Some(foil) = &explanation.target.foil else { return plain(value) };
    let probability = probability(value);
    let (label, probability) =
        if probability < 0.5 { (&foil.label, 1.0 - probability) } else { (&explanation.target.label, probability) };
    format!("{} {}", visible(label), percent(probability))
}

/// Whether a value of the scalar is a fair place to count from; where there is no other side nothing can be said against it.
#[must_use]
pub fn neutral(explanation: &Explanation, value: f32) -> bool {
    let side = probability(value).max(1.0 - probability(value));
    explanation.target.foil.is_none() || side <= NEUTRAL
}

/// What stands behind a blank in a menu, once the receipt has measured it: what the model answers there, and whether that
/// is neutral.
#[must_use]
pub fn label(explanation: &Explanation, name: &str) -> String {
    let value = explanation.receipt.as_ref().and_then(|receipt| receipt.baseline_values.get(name));
    value.map_or_else(String::new, |&value| {
        let flag = if neutral(explanation, value) { "" } else { ", not neutral" };
        format!(" · {}{flag}", answers(explanation, value))
    })
}

/// What is said of a blank that is not neutral.
#[must_use]
pub fn remark(explanation: &Explanation) -> Option<String> {
    let value = explanation.baseline_value;
    let counts = explanation.has_blank() && explanation.signed() && explanation.matrix.is_none();
    // Methods that promise nothing about the blank do not count from it.
    let counts = counts && explanation.method.id.declared().complete;
    (counts && !neutral(explanation, value)).then(|| {
        format!(
            "The blank is not neutral: without any word the model says {} ({}). Scores count from there, so another blank would give others.",
            answers(explanation, value),
            plain(value)
        )
    })
}

/// The probability of the target against the foil alone.
fn probability(value: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{example, independent};

    #[test]
    fn a_blank_that_takes_sides_is_said() {
        let blank = |value: f32| Explanation { baseline_value: value, ..example() };
        assert_eq!(answers(&example(), -2.0), "NEGATIVE 88.1 %");
        assert_eq!(answers(&independent(), -2.0), "−2.00");
        assert_eq!(remark(&blank(0.25)), None);
        assert!(remark(&blank(-2.0)).is_some_and(|said| {
            said.starts_with("The blank is not neutral: without any word the model says NEGATIVE 88.1 %")
        }));
        assert_eq!(remark(&Explanation { baseline_value: 9.0, ..independent() }), None);
    }
}
