//! The answer without a part, in words.

use vitrine_schema::{Ablation, Ask, How, Part};

use crate::answer::{name as name_of, number, scalar, would_say};
use crate::number::signed;
use crate::phrase::{apart, quoted};
use crate::token::labels;

/// Answers that are named.
const NAMED: usize = 3;

/// What was measured, beside what was predicted if anything was.
#[must_use]
pub fn measured(ablation: &Ablation, predicted: Option<f32>) -> String {
    let said = predicted.map_or_else(String::new, |by| format!("Predicted {}, ", signed(by)));
    format!("{said}measured {}", signed(-ablation.change))
}

/// The answer without words, beside what their scores had predicted for it, if they had.
#[must_use]
pub fn without(ablation: &Ablation, predicted: Option<f32>) -> String {
    let first = ablation.top.first();
    let (name, number) = (first.map(name_of).unwrap_or_default(), first.map(number).unwrap_or_default());
    let Ask::Ablate(ablate) = &ablation.resolved.ask else { return String::new() };
    instead(&ablation.input.spelling(&ablate.tokens), &name, &number, predicted, ablation.change)
}

/// The answer without a word: what it then is, and by how much the word had moved it.
pub(crate) fn instead(word: &str, name: &str, number: &str, predicted: Option<f32>, measured: f32) -> String {
    let says = if name.is_empty() { format!("gives {number}") } else { format!("says {name}, {number}") };
    let predicted = predicted.map_or_else(|| "Measured".to_owned(), |by| format!("Predicted {}, measured", signed(by)));
    format!("Without {} the model {says}. {predicted} {}.", quoted(word), signed(measured))
}

/// From which value to which, and what the model would say.
#[must_use]
pub fn paragraph(ablation: &Ablation) -> String {
    let part = taken_out(ablation).map_or_else(|| words_out(ablation), name);
    format!(
        "{part}: the {} goes from {} to {}. {}",
        scalar(&ablation.target, ablation.problem_type),
        signed(ablation.value),
        signed(ablation.without),
        would_say(&ablation.top, NAMED)
    )
}

/// How words were taken out, in a word or two.
#[must_use]
pub fn by(ablation: &Ablation) -> &'static str {
    let Ask::Ablate(ablate) = &ablation.resolved.ask else { return "taken out" };
    match ablate.how {
        Some(How::Mask) => "masked",
        Some(How::Delete) => "deleted",
        Some(How::BlockAttention) => "hidden from attention",
        Some(How::Mean) => "replaced by the average word",
        Some(How::Eos) => "replaced by the end-of-text token",
        Some(How::Space) => "replaced by a space",
        _ => "taken out",
    }
}

/// The part that was taken out, and how.
#[must_use]
pub fn taken_out(ablation: &Ablation) -> Option<(Part, How)> {
    match &ablation.resolved.ask {
        Ask::Ablate(ablate) => Some((*ablate.parts.first()?, ablate.how?)),
        _ => None,
    }
}

/// The tokens that were taken out, by what they write.
fn words_out(ablation: &Ablation) -> String {
    let labels = labels(&ablation.input);
    let Ask::Ablate(ablate) = &ablation.resolved.ask else { return String::new() };
    let words = ablate.tokens.iter().filter_map(|&token| labels.get(token)).map(|word| format!("“{}”", apart(word)));
    format!("Without {}", words.collect::<Vec<_>>().join(", "))
}

fn name((part, how): (Part, How)) -> String {
    match (part, how) {
        (Part::Head { .. }, How::Shuffle) => format!("With the pattern of {part} shuffled"),
        (Part::Mlp { layer }, _) => format!("Without the MLP of layer {layer}"),
        _ => format!("Without {part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_predicted_stands_beside_what_was_measured() {
        let said = instead("dull", "POSITIVE", "59.0 %", Some(-3.52), -3.2);
        assert_eq!(said, "Without “dull” the model says POSITIVE, 59.0 %. Predicted −3.52, measured −3.20.");
        assert_eq!(instead("dull", "", "1.11", None, 0.5), "Without “dull” the model gives 1.11. Measured +0.50.");
    }
}
