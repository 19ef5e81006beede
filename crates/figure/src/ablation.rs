//! The answer with everything there, and without something.

use vitrine_schema::{Ablation, Part as Neuron};
use vitrine_words::answer::scalar;
use vitrine_words::number::signed;

use crate::bars::{Bar, chart};
use crate::drawing::{Drawing, Part, Role};
use crate::table::{Cell, Table};

/// Both values on one axis.
#[must_use]
pub fn drawing(ablation: &Ablation, width: f32) -> Drawing {
    let bars = rows(ablation).map(|(name, value)| Bar {
        measured: None,
        part: Part::Answer(usize::from(name != "as it is")),
        name: name.to_owned(),
        value,
        number: signed(value),
        role: Role::Soft,
    });
    let range = bars.iter().fold((0.0f32, 0.0f32), |(low, high), bar| (low.min(bar.value), high.max(bar.value)));
    chart(&bars, range, Some(&scalar(&ablation.target, ablation.problem_type)), width)
}

/// Both values.
#[must_use]
pub fn table(ablation: &Ablation) -> Table {
    let rows =
        rows(ablation).map(|(name, value)| vec![Cell::Text(name.to_owned()), Cell::Number(value, signed(value))]);
    let value = scalar(&ablation.target, ablation.problem_type);
    Table { heads: vec![("Run".to_owned(), false), (value, true)], rows: rows.into() }
}

const fn rows(ablation: &Ablation) -> [(&'static str, f32); 2] {
    [("as it is", ablation.value), ("without", ablation.without)]
}

/// The neurons that matter most, by their estimated effects.
#[must_use]
pub fn neurons(ablation: &Ablation, width: f32) -> Drawing {
    let most = ablation.neurons.iter().fold(0.0f32, |most, (_, effect)| most.max(effect.abs()));
    let bar = |(at, (part, effect)): (usize, &(Neuron, f32))| Bar {
        measured: None,
        part: Part::Mark(at),
        name: part.to_string(),
        value: *effect,
        number: signed(*effect),
        role: Role::Pole((effect / most.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0)),
    };
    let bars: Vec<Bar> = ablation.neurons.iter().enumerate().map(bar).collect();
    let ends = bars.iter().fold((0.0f32, 0.0f32), |(low, high), bar| (low.min(bar.value), high.max(bar.value)));
    chart(&bars, ends, Some("by how much the answer would fall, by its gradient"), width)
}

/// The same as numbers.
#[must_use]
pub fn neurons_table(ablation: &Ablation) -> Table {
    let row =
        |(part, effect): &(Neuron, f32)| vec![Cell::Text(part.to_string()), Cell::Number(*effect, signed(*effect))];
    let heads = vec![("Neuron".to_owned(), false), ("activation × gradient".to_owned(), true)];
    Table { heads, rows: ablation.neurons.iter().map(row).collect() }
}
