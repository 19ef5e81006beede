//! The answer with everything there, and without something.

use vitrine_schema::Ablation;
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
