//! The residual stream in words.

use vitrine_schema::inside::{HeadRef, Walk};
use vitrine_schema::summary::{Climb, Strongest};
use vitrine_schema::{Part, ProblemType};

use crate::answer::{name, number, scalar};
use crate::number::{largest_first, percent, plain, signed};
use crate::phrase::apart;
use crate::token::{labels, visible};

/// What the lens says, and the part with the largest direct effect where parts have any.
#[must_use]
pub fn claim(walk: &Walk) -> String {
    claim_of(&Climb::from(walk))
}

/// The same by the summary of a link.
#[must_use]
pub fn claim_of(climb: &Climb) -> String {
    let strongest = climb.strongest.map_or_else(String::new, |Strongest { part, effect }| {
        let name = match part {
            Part::Head { layer, head } => format!("head {head} of layer {layer}"),
            Part::Mlp { layer } | Part::Neuron { layer, .. } => format!("the MLP of layer {layer}"),
        };
        format!(" The largest direct effect comes from {name}: {}.", signed(effect))
    });
    lens_claim(climb, &strongest)
}

/// Where on the way up the stream is: before a layer, or after all of them.
#[must_use]
pub fn floor(layer: Option<usize>) -> String {
    layer.map_or_else(|| "after the last layer".to_owned(), |layer| format!("before layer {layer}"))
}

/// What the drawing shows; `effects` says whether its ribbons are as wide as their direct effect, or as what they carry.
#[must_use]
pub fn summary(walk: &Walk, effects: bool) -> String {
    let gap = walk.checks.first().map_or(f32::NAN, |check| check.gap.abs());
    if !walk.has_effects() {
        let why = if walk.post_norm {
            "Short bars: the stream is normalized there, after each sum, so what is written is rescaled on the way up and no part has an effect of its own."
        } else {
            "What reads the label off the stream is not linear, so no part has an effect of its own."
        };
        return format!(
            "Tokens are columns, layers are floors. A ribbon is what attention of a layer carried from one token to another, its width the length of that. {why} On the right, what the classifier would say after that floor; at the end it says what the model says (they differ by {gap:.0e})."
        );
    }
    let what = if effects {
        format!("its direct effect on the {}", scalar(&walk.target, walk.problem_type))
    } else {
        "the length of what was carried".to_owned()
    };
    let mlps = if walk.parallel {
        "Dots are MLPs; each reads the floor that attention of its layer reads, not what that wrote."
    } else {
        "Dots are MLPs."
    };
    format!(
        "Tokens are columns, layers are floors. A ribbon is what attention of a layer carried from one token to another; its width is {what}. {mlps} On the right, what the model would say if it stopped at that floor, and the rank of “{}”. The parts sum to {} (they miss by {gap:.0e}).",
        apart(&visible(&walk.target.label)),
        signed(walk.value),
    )
}

/// What attention of a layer carries from one token to another.
#[must_use]
pub fn carried(walk: &Walk, layer: usize, from: usize, to: usize, value: f32) -> String {
    let words = labels(&walk.input);
    let word = |token: usize| words.get(token).map_or_else(String::new, |word| apart(word));
    format!("Attention of layer {layer} carries from “{}” to “{}”: {}.", word(from), word(to), signed(value))
}

/// What an MLP writes where the answer is read from.
#[must_use]
pub fn written(walk: &Walk, layer: usize, value: f32) -> String {
    let word = labels(&walk.input).get(walk.position).map_or_else(String::new, |word| apart(word));
    format!("The MLP of layer {layer} writes {} at “{word}”.", signed(value))
}

/// The heads and MLPs with the largest direct effects, largest first.
#[must_use]
pub fn largest_parts(walk: &Walk, n: usize) -> Vec<(Part, f32)> {
    let mut parts: Vec<(Part, f32)> = Vec::new();
    for (layer, block) in walk.layers.iter().enumerate() {
        parts.push((Part::Mlp { layer }, block.mlp_effect));
        let effect = |head| (Part::Head { layer, head }, walk.effect_of_head(HeadRef { layer, head }));
        parts.extend((0..walk.n_heads).map(effect));
    }
    let mut parts = largest_first(parts, |(_, effect)| effect.abs());
    parts.truncate(n);
    parts
}

/// The number that the stream reads at each floor, for a model of one label.
#[must_use]
pub fn numbers(walk: &Walk) -> Vec<f32> {
    walk.lens.iter().filter_map(|reading| reading.top.first()).map(|first| first.logit).collect()
}

/// From which layer on the model would say what it says; `strongest` is the sentence on the largest part, if any.
fn lens_claim(climb: &Climb, strongest: &str) -> String {
    let label = apart(&visible(&climb.target.label));
    let ends = climb.ends.as_ref();
    if climb.problem_type == ProblemType::Regression {
        let [first, last] = ends.map_or([f32::NAN; 2], |ends| ends.each_ref().map(|end| end.logit));
        return format!(
            "Read off before the first layer the model would give {}, at the end it gives {}: a change of {}.",
            plain(first),
            plain(last),
            signed(last - first)
        );
    }
    let from = climb.ranks.iter().rposition(|rank| *rank != 1).map_or(0, |layer| layer + 1);
    let probability = percent(climb.probability.unwrap_or(f32::NAN));
    let layers = climb.n_layers;
    if from >= climb.ranks.len() {
        return lens_of_another(climb, &label, &probability);
    }
    match climb.problem_type {
        ProblemType::MultiLabel => {
            format!(
                "From layer {from} of {layers} on “{label}” is the strongest label; at the end it has {probability}.{strongest}"
            )
        }
        _ => format!(
            "From layer {from} of {layers} on the model would say “{label}”; at the end with {probability}.{strongest}"
        ),
    }
}

/// The lens where the explained answer is not the one that is given: until where it led, and what came instead.
fn lens_of_another(climb: &Climb, label: &str, probability: &str) -> String {
    let Some([_, last]) = &climb.ends else { return String::new() };
    let said = format!("“{}” ({})", apart(&name(last)), number(last));
    match climb.ranks.iter().rposition(|rank| *rank == 1) {
        Some(layer) => {
            format!("Read off before layer {layer} the model would still say “{label}”; at the end it says {said}.")
        }
        None => format!("The model says {said}; no layer would have said “{label}”, which ends at {probability}."),
    }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Ranked;
    use vitrine_schema::inside::LensReading;

    use super::*;
    use crate::example::walk;

    #[test]
    fn an_mlp_that_does_not_read_the_attention_of_its_layer_is_said_to() {
        let said = |parallel| summary(&Walk { parallel, ..walk(2) }, true);
        assert!(said(true).contains("each reads the floor that attention of its layer reads"));
        assert!(said(false).contains("Dots are MLPs. On the right"));
    }

    #[test]
    fn parts_are_ranked_by_size() {
        let parts = largest_parts(&walk(3), 3);
        assert_eq!(parts[0].1.abs(), 2.0);
        assert!(parts.windows(2).all(|pair| pair[0].1.abs() >= pair[1].1.abs()));
    }

    #[test]
    fn the_claim_of_a_lens_fits_what_the_logits_mean() {
        let first = |logit, probability| Ranked { id: 0, label: None, token: None, probability, logit };
        let reading = |logit: f32, watched: Option<f32>| LensReading {
            top: vec![first(logit, watched)],
            watched_probability: watched,
            watched_rank: 1,
        };
        let number = Walk {
            lens: vec![reading(-0.5, None), reading(2.0, None)],
            problem_type: ProblemType::Regression,
            ..walk(1)
        };
        assert_eq!(
            lens_claim(&Climb::from(&number), ""),
            "Read off before the first layer the model would give −0.50, at the end it gives 2.00: a change of +2.50."
        );
        let labels = Walk {
            lens: vec![reading(0.1, Some(0.52)), reading(0.8, Some(0.7))],
            problem_type: ProblemType::MultiLabel,
            ..walk(1)
        };
        assert_eq!(
            lens_claim(&Climb::from(&labels), ""),
            "From layer 0 of 1 on “d” is the strongest label; at the end it has 70.0 %."
        );
    }

    #[test]
    fn an_answer_that_lost_is_followed_until_it_lost() {
        let first =
            |label: &str| Ranked { id: 0, label: Some(label.into()), token: None, probability: Some(0.9), logit: 1.0 };
        let reading = |label: &str, watched_rank| LensReading {
            top: vec![first(label)],
            watched_probability: Some(0.1),
            watched_rank,
        };
        let lost = Walk { lens: vec![reading("d", 1), reading("d", 1), reading("e", 2)], ..walk(2) };
        assert_eq!(
            lens_claim(&Climb::from(&lost), ""),
            "Read off before layer 1 the model would still say “d”; at the end it says “e” (90.0 %)."
        );
        let never = Walk { lens: vec![reading("e", 2), reading("e", 2)], ..walk(1) };
        assert_eq!(
            lens_claim(&Climb::from(&never), ""),
            "The model says “e” (90.0 %); no layer would have said “d”, which ends at 10.0 %."
        );
    }
}
