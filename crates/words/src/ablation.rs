//! The answer without a part, in words.

use vitrine_schema::{Ablation, Ask, How, Part};

use crate::answer::{scalar, would_say};
use crate::number::signed;
use crate::phrase::apart;
use crate::token::labels;

/// Answers that are named.
const NAMED: usize = 3;

/// What was measured, beside what was predicted if anything was.
#[must_use]
pub fn measured(ablation: &Ablation, predicted: Option<f32>) -> String {
    let said = predicted.map_or_else(String::new, |by| format!("Predicted {}, ", signed(by)));
    format!("{said}measured {}", signed(-ablation.change))
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
