//! All figures of a finding, the main one first: what is said of each, and its drawing at a position of its animation.

mod drawn;
mod told;

pub use drawn::at;
pub use told::{Told, told};

use vitrine_schema::Finding;
use vitrine_words::explanation as said;
use vitrine_words::marks::{Grouping, marks};

use crate::drawing::Drawing;
use crate::table::{csv, csv_below};

/// Answers that get a bar.
const ANSWERS: usize = 10;

/// A figure with what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is asked for by.
    pub name: &'static str,
    /// What is said of it, and its numbers.
    pub told: Told,
    /// The drawing.
    pub drawing: Drawing,
}

impl Figure {
    /// Its numbers as a file of a finding; what must not be relied on says so in the first row.
    #[must_use]
    pub fn csv(&self, finding: &Finding) -> String {
        match finding {
            Finding::Explanation(found) if !found.trusted() => {
                csv_below(&said::one_line(found, &marks(found, Grouping::Words)), &self.told.table)
            }
            _ => csv(&self.told.table),
        }
    }
}

/// What a finding draws at a width, the main figure first; nothing for a text that was only written.
#[must_use]
pub fn drawings(finding: &Finding, width: f32) -> Vec<Figure> {
    let whole = |name: &&'static str| {
        let drawing = at(finding, name, 1.0, width)?;
        Some(Figure { name, told: told(finding, name)?, drawing })
    };
    names(finding).iter().filter_map(whole).collect()
}

/// What the figures of a kind of finding are asked for by; of some there may be nothing to draw.
fn names(finding: &Finding) -> &'static [&'static str] {
    match finding {
        Finding::Prediction(_) => &["answers"],
        // Of a continuation each row is an explanation of its own; their sums are none.
        Finding::Explanation(found) if found.matrix.is_some() => &["matrix"],
        Finding::Explanation(_) => &[
            "strip",
            "claims",
            "bars",
            "river",
            "trail",
            "sum",
            "receipt",
            "insertion",
            "matter",
            "blanks",
            "seeds",
            "answer",
        ],
        Finding::Comparison(_) => &["methods"],
        Finding::Attention(_) => &["head", "lines"],
        Finding::Stream(found) if !found.has_effects() => &["sizes"],
        Finding::Stream(_) => &["effects", "sizes"],
        Finding::Ablation(found) if !found.neurons.is_empty() => &["change", "answers", "neurons"],
        Finding::Ablation(_) => &["change", "answers"],
        Finding::Patching(_) => &["map", "route", "cell", "graph"],
        Finding::Probing(_) => &["layers", "used"],
        Finding::Chaining(_) => &["cards", "along"],
        Finding::Voting(_) => &["braid", "votes", "along"],
        Finding::Hearing(_) => &["counts", "early"],
        Finding::Generation(found) if found.without.is_some() => &["first", "first-without"],
        Finding::Generation(_) => &[],
    }
}
