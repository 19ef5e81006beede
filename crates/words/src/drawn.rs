//! What is seen in figures that stand alone, in a sentence each: their alternative text in a file.

use vitrine_schema::inside::{AttentionMaps, HeadRef};
use vitrine_schema::{Ablation, Prediction, Ranked};

use crate::answer::{name, number, scalar};
use crate::number::{percent, signed};
use crate::phrase::apart;
use crate::token::labels;

/// The answer, and the one after it.
#[must_use]
pub fn prediction(prediction: &Prediction) -> String {
    likeliest(&prediction.top)
}

/// What the model says of what is drawn.
#[must_use]
pub fn likeliest(top: &[Ranked]) -> String {
    let said = |ranked: &Ranked| format!("“{}” {}", apart(&name(ranked)), number(ranked));
    match top {
        [] => "The model says nothing.".to_owned(),
        [only] if only.probability.is_none() => format!("The model gives {}.", number(only)),
        [only] => format!("The model puts {} on “{}”.", number(only), apart(&name(only))),
        [first, second, ..] => {
            format!("The model puts {} on “{}”; next is {}.", number(first), apart(&name(first)), said(second))
        }
    }
}

/// From which value to which the answer moves.
#[must_use]
pub fn ablation(ablation: &Ablation) -> String {
    let (scalar, change) = (scalar(&ablation.target, ablation.problem_type), signed(-ablation.change));
    format!("The {scalar} goes from {} to {}: a change of {change}.", signed(ablation.value), signed(ablation.without))
}

/// The largest weight of a head, and between which tokens.
#[must_use]
pub fn head(maps: &AttentionMaps, at: HeadRef, without_first: bool) -> String {
    let words = labels(&maps.input);
    let drawn = maps.pattern(at).iter().enumerate().map(|(i, weight)| (i / words.len(), i % words.len(), *weight));
    let drawn = drawn.filter(|(_, key, _)| !without_first || *key > 0);
    let largest = drawn.reduce(|most, next| if next.2 > most.2 { next } else { most });
    let word = |token: usize| words.get(token).map_or_else(String::new, |word| apart(word));
    match largest {
        None => format!("Head {at} reads nothing."),
        Some((query, key, weight)) => {
            format!("Head {at}: “{}” reads “{}” with {}, its largest weight.", word(query), word(key), percent(weight))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_names_the_first_and_the_next() {
        let ranked = |token: &str, probability| Ranked {
            id: 0,
            label: None,
            token: Some(token.to_owned()),
            probability,
            logit: 1.5,
        };
        let (first, second) = (ranked(" Paris", Some(0.71)), ranked(" the", Some(0.14)));
        assert_eq!(likeliest(&[first.clone(), second]), "The model puts 71.0 % on “Paris”; next is “the” 14.0 %.");
        assert_eq!(likeliest(&[first]), "The model puts 71.0 % on “Paris”.");
        assert_eq!(likeliest(&[ranked("", None)]), "The model gives 1.50.");
    }
}
