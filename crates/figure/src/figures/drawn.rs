//! The drawing of a figure at a position of its animation, and nothing else: this is what every frame asks for.

use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::{Chaining, Explanation, Finding, Patching, Probing, Ranked, Voting};
use vitrine_words::attention as said_of_attention;
use vitrine_words::marks::{Grouping, Mark, marks};
use vitrine_words::receipt as trust;

use super::ANSWERS;
use crate::drawing::{Drawing, Part};
use crate::playback::climbed;
use crate::stream::Width;
use crate::strip::Specials;
use crate::{
    ablation, answer, attention, bars, chain, comparison, courtroom, matrix, patching, probing, receipt, river, stream,
    strip, sum, trail, vote,
};

/// One figure of a finding at a position of its animation, from 0 to 1; what does not move is the same at all of them. Within a figure
/// axes and sizes stay, so that only the data move. `None` where there is no such figure, or nothing to draw.
#[must_use]
pub fn at(finding: &Finding, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match finding {
        Finding::Prediction(found) => (name == "answers").then(|| answers(&found.top, width)),
        Finding::Explanation(found) => of_explanation(found, name, position, width),
        Finding::Comparison(found) => {
            let heard = Some(climbed(found.explanations.len(), position));
            let look = comparison::Look { heard, ..comparison::Look::default() };
            (name == "methods").then(|| comparison::drawing(found, look, width))
        }
        Finding::Attention(found) => of_attention(found, name, position, width),
        Finding::Stream(found) => of_stream(found, name, position, width),
        Finding::Ablation(found) => match name {
            "change" => Some(ablation::drawing(found, width)),
            "answers" => Some(answers(&found.top, width)),
            "neurons" => Some(ablation::neurons(found, width)),
            _ => None,
        },
        Finding::Patching(found) => of_patching(found, name, position, width),
        Finding::Probing(found) => of_probing(found, name, position, width),
        Finding::Chaining(found) => of_chain(found, name, position, width),
        Finding::Voting(found) => of_vote(found, name, position, width),
        Finding::Hearing(found) => match name {
            "counts" => Some(courtroom::drawing(found, width)),
            "early" => courtroom::early(found, width),
            _ => None,
        },
        // Of a text that was pushed, what could have come first; of another nothing.
        Finding::Generation(found) => {
            let top = match name {
                "first" => &found.top,
                "first-without" => &found.top_without,
                _ => return None,
            };
            (!top.is_empty()).then(|| answers(top, width))
        }
    }
}

fn answers(top: &[Ranked], width: f32) -> Drawing {
    answer::drawing(&answer::likeliest(top, ANSWERS), width)
}

fn of_explanation(found: &Explanation, name: &str, position: f32, width: f32) -> Option<Drawing> {
    let marks = || marks(found, Grouping::Words);
    match name {
        "matrix" => {
            let rows = found.matrix.as_ref().map_or(0, |matrix| matrix.rows.len());
            matrix::drawing(found, climbed(rows, position).max(1), width)
        }
        "strip" => {
            let marks = marks();
            Some(strip::drawing(found, &marks, Some(&lit(&marks, position)), Specials::default(), width))
        }
        "claims" => crate::claims::drawing(found, width),
        "bars" => Some(bars::drawing(found, &marks(), width)),
        "river" => river::drawing(found, &marks(), width, position),
        "trail" => trail::drawing(found, &marks(), position, width),
        "sum" => sum::drawing(found, &marks(), width),
        "receipt" => receipt::drawing(found, position, width),
        "insertion" => receipt::insertion(found, position, width),
        "matter" => receipt::matter(found, position, width),
        "blanks" => Some(receipt::ways(&trust::blanks(found, found.receipt.as_ref()?)?, width)),
        "seeds" => Some(receipt::ways(&trust::seeds(found, found.receipt.as_ref()?)?, width)),
        "answer" => {
            let rows = answer::rows(found, &[]);
            (!rows.is_empty()).then(|| answer::drawing(&rows, width))
        }
        _ => None,
    }
}

/// What each mark has of its score while they light up one after the other.
fn lit(marks: &[Mark], position: f32) -> Vec<f32> {
    let reached = position * marks.len() as f32;
    marks.iter().enumerate().map(|(i, mark)| mark.score * (reached - i as f32).clamp(0.0, 1.0)).collect()
}

fn of_attention(found: &AttentionMaps, name: &str, position: f32, width: f32) -> Option<Drawing> {
    let (at, without_first) = (found.most_telling(), said_of_attention::resting(found).is_some());
    let whole = match name {
        "head" => attention::drawing(found, at, without_first, width),
        "lines" => attention::lines(found, at, without_first, width),
        _ => return None,
    };
    Some(attention::read(whole, climbed(found.input.tokens.len(), position)))
}

fn of_stream(found: &Walk, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match name {
        "effects" if found.has_effects() => Some(stream::drawing(found, Width::Effect, width, position)),
        "sizes" => Some(stream::drawing(found, Width::Size, width, position)),
        _ => None,
    }
}

fn of_patching(found: &Patching, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match name {
        "map" => {
            let n_layers = climbed(found.matrix.rows.len(), position);
            Some(patching::climbed(patching::drawing(found, None, width), found, n_layers))
        }
        "route" => patching::route::drawing(found, position, width),
        "cell" => patching::copied(found, width),
        "graph" => patching::graph::drawing(found, width),
        _ => None,
    }
}

fn of_probing(found: &Probing, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match name {
        "layers" => Some(up_to(probing::drawing(found, width), climbed(found.layers.len(), position))),
        "used" => found.used.as_ref().map(|_| probing::used(found, width)),
        _ => None,
    }
}

fn of_chain(found: &Chaining, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match name {
        // The answer is one more card.
        "cards" => Some(up_to(chain::drawing(found, width), climbed(found.steps.len() + 1, position))),
        "along" => chain::along(found, width),
        _ => None,
    }
}

/// A drawing with so many of its cells, and its answers only behind the last of them.
fn up_to(mut drawing: Drawing, n_cells: usize) -> Drawing {
    let n_all = drawing.groups().filter_map(|group| cell(group.part)).max().map_or(0, |last| last + 1);
    for group in drawing.layers.iter_mut().flat_map(|layer| &mut layer.groups) {
        let beyond = match group.part {
            Some(Part::Answer(_)) => n_cells <= n_all,
            part => cell(part).is_some_and(|cell| cell >= n_cells),
        };
        if beyond {
            group.shapes.clear();
        }
    }
    drawing
}

const fn cell(part: Option<Part>) -> Option<usize> {
    if let Some(Part::Cell(at)) = part { Some(at) } else { None }
}

fn of_vote(found: &Voting, name: &str, position: f32, width: f32) -> Option<Drawing> {
    match name {
        "braid" => vote::braid(found, position, width),
        "votes" => Some(vote::drawing(found, climbed(found.chains.len(), position), width)),
        // Only a chain that was drawn alone has it.
        "along" => chain::along(&found.alone(0)?, width),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{example, probing as probed};
    use crate::figures::drawings;

    #[test]
    fn words_light_up_one_after_the_other_and_at_the_end_all_have_their_score() {
        let marks = marks(&example(), Grouping::Words);
        let whole: Vec<f32> = marks.iter().map(|mark| mark.score).collect();
        assert_eq!(lit(&marks, 1.0), whole);
        assert!(lit(&marks, 0.0).iter().all(|score| *score == 0.0));
        let half = lit(&marks, 0.5);
        assert_eq!((half[0], half[1], half.last()), (whole[0], whole[1], Some(&0.0)));
    }

    #[test]
    fn bars_grow_layer_by_layer_between_the_same_axes() {
        let found = Finding::Probing(probed(&[(0.5, 0.5), (0.9, 0.4), (0.8, 0.4)]).into());
        let at = |position| at(&found, "layers", position, 600.0).unwrap_or_default();
        let bars = |drawing: &Drawing| {
            drawing.groups().filter(|group| cell(group.part).is_some() && !group.shapes.is_empty()).count()
        };
        assert_eq!([0.0, 0.5, 1.0].map(|position| bars(&at(position))), [0, 2, 3]);
        assert_eq!((at(0.0).width, at(0.0).height), (at(1.0).width, at(1.0).height));
        assert_eq!(drawings(&found, 600.0)[0].drawing, at(1.0));
    }
}
