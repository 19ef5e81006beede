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
    let part = parts_out(ablation).unwrap_or_else(|| words_out(ablation));
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

/// The parts that were taken out, and how.
#[must_use]
pub fn taken_out(ablation: &Ablation) -> Option<(&[Part], How)> {
    match &ablation.resolved.ask {
        Ask::Ablate(ablate) if !ablate.parts.is_empty() => Some((&ablate.parts, ablate.how?)),
        _ => None,
    }
}

/// Parts that are named, before they are counted.
const LISTED: usize = 4;

/// The parts, the first of them by their names.
#[must_use]
pub fn parts(parts: &[Part]) -> String {
    let names = |parts: &[Part]| parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match parts {
        [first @ .., last] if !first.is_empty() && parts.len() <= LISTED => format!("{} and {last}", names(first)),
        [first, second, third, rest @ ..] if parts.len() > LISTED => {
            format!("{} and {} more parts", names(&[*first, *second, *third]), rest.len())
        }
        parts => names(parts),
    }
}

/// A switch that is pointed at: the part, its direct effect where it has one, and whether it is off.
#[must_use]
pub fn switch(part: Part, effect: Option<f32>, off: bool) -> String {
    let effect = effect.map_or_else(String::new, |effect| format!(", direct effect {}", signed(effect)));
    format!("{part}{effect}: {}.", if off { "off" } else { "on" })
}

/// What was done to parts.
fn parts_out(ablation: &Ablation) -> Option<String> {
    let (taken, how) = taken_out(ablation)?;
    Some(match (taken, how) {
        (_, How::Shuffle) => format!("With the pattern of {} shuffled", parts(taken)),
        ([Part::Mlp { layer }], _) => format!("Without the MLP of layer {layer}"),
        _ => format!("Without {}", parts(taken)),
    })
}

/// Whether it goes on to write the same without parts, and from where on not.
#[must_use]
pub fn both_ways(ablation: &Ablation) -> Option<String> {
    let written = ablation.written.as_ref()?;
    let without = parts_out(ablation)?;
    let shared = written.whole.get(..written.shared())?.split_whitespace().count();
    Some(if written.whole == written.without {
        format!("{without} it writes the same.")
    } else if shared == 0 {
        format!("{without} it writes something else from the first word on.")
    } else {
        format!("{without} it writes something else from word {} on.", shared + 1)
    })
}

/// The neurons that matter most of the MLPs that were taken out, and by what measure.
#[must_use]
pub fn strongest(ablation: &Ablation) -> Option<String> {
    let named = |(part, effect): &(Part, f32)| format!("{part} {}", signed(*effect));
    let listed: Vec<String> = ablation.neurons.iter().take(NAMED).map(named).collect();
    (!listed.is_empty()).then(|| format!("Its neurons that matter most: {}. {BY_GRADIENT}", listed.join(", ")))
}

/// What is said of a neuron’s effect.
pub const BY_GRADIENT: &str = "A neuron’s number is its activation times the gradient of the answer, over the whole text: by how much the answer would fall without it, as far as a straight line tells.";

/// The tokens that were taken out, by what they write.
fn words_out(ablation: &Ablation) -> String {
    let labels = labels(&ablation.input);
    let Ask::Ablate(ablate) = &ablation.resolved.ask else { return String::new() };
    let words = ablate.tokens.iter().filter_map(|&token| labels.get(token)).map(|word| format!("“{}”", apart(word)));
    format!("Without {}", words.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use vitrine_schema::recipe::Ablate;
    use vitrine_schema::{BothWays, Input, ModelRef, ProblemType, Quantity, Recipe, Target};

    use super::*;

    #[test]
    fn what_was_predicted_stands_beside_what_was_measured() {
        let said = instead("dull", "POSITIVE", "59.0 %", Some(-3.52), -3.2);
        assert_eq!(said, "Without “dull” the model says POSITIVE, 59.0 %. Predicted −3.52, measured −3.20.");
        assert_eq!(instead("dull", "", "1.11", None, 0.5), "Without “dull” the model gives 1.11. Measured +0.50.");
    }

    #[test]
    fn parts_are_named_and_then_counted() {
        let head = |head| Part::Head { layer: 1, head };
        let all: Vec<Part> = (0..6).map(head).collect();
        let said = [1, 2, 4, 5, 6].map(|n| parts(&all[..n]));
        let expected = ["L1H0", "L1H0 and L1H1", "L1H0, L1H1, L1H2 and L1H3", "L1H0, L1H1, L1H2 and 2 more parts"];
        assert_eq!(said[..4], expected);
        assert_eq!(said[4], "L1H0, L1H1, L1H2 and 3 more parts");
        assert_eq!(switch(head(2), Some(-0.5), true), "L1H2, direct effect −0.50: off.");
    }

    #[test]
    fn it_is_said_from_which_word_on_the_texts_part() {
        let check = |whole: &str, without: &str, expected: &str| {
            let ask =
                Ablate { parts: vec![Part::Mlp { layer: 3 }], how: Some(How::Zero), write: 9, ..Ablate::default() };
            let recipe = Recipe::new("m", "a", Ask::Ablate(ask));
            let found = Ablation {
                resolved: recipe.clone(),
                recipe,
                model: ModelRef::default(),
                input: Input::default(),
                target: Target { quantity: Quantity::Logit, label: String::new(), index: 0, foil: None },
                value: 1.0,
                without: 0.5,
                change: 0.5,
                predicted: None,
                top: Vec::new(),
                neurons: Vec::new(),
                written: Some(BothWays { whole: whole.into(), without: without.into() }),
                problem_type: ProblemType::SingleLabel,
                checks: Vec::new(),
                diagnostics: Vec::new(),
            };
            assert_eq!(both_ways(&found), Some(format!("Without the MLP of layer 3 it writes {expected}.")));
        };
        check(" Paris. It is", " Paris. It is", "the same");
        check(" Paris. It is", " Paris. It isn’t", "something else from word 3 on");
        check(" Paris", " London", "something else from the first word on");
        check("", " Länder", "something else from the first word on");
    }
}
