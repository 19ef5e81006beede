//! All figures of a finding, the main one first.

use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::{Ablation, Comparison, Explanation, Finding, Patching, Prediction, Probing};
use vitrine_words::marks::{Grouping, marks};
use vitrine_words::phrase::flat;
use vitrine_words::{
    attention as said_of_attention, comparison as said_of_comparison, drawn, explanation as said,
    patching as said_of_patching, probing as said_of_probing, stream as said_of_stream,
};

use crate::drawing::Drawing;
use crate::stream::Width;
use crate::strip::Specials;
use crate::table::Table;
use crate::{ablation, answer, attention, bars, comparison, patching, probing, receipt, river, stream, strip, sum};

/// Answers that get a bar.
const ANSWERS: usize = 10;

/// A figure with what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is asked for by.
    pub name: &'static str,
    /// What is seen, in a sentence or two.
    pub says: String,
    /// The drawing.
    pub drawing: Drawing,
    /// Its numbers.
    pub table: Table,
}

impl Figure {
    const fn new(name: &'static str, says: String, drawing: Drawing, table: Table) -> Self {
        Self { name, says, drawing, table }
    }
}

/// What a finding draws at a width, the main figure first; nothing for a text that was generated.
#[must_use]
pub fn drawings(finding: &Finding, width: f32) -> Vec<Figure> {
    match finding {
        Finding::Prediction(found) => of_prediction(found, width),
        Finding::Explanation(found) => of_explanation(found, width),
        Finding::Comparison(found) => of_comparison(found, width),
        Finding::Attention(found) => of_attention(found, width),
        Finding::Stream(found) => of_stream(found, width),
        Finding::Ablation(found) => of_ablation(found, width),
        Finding::Patching(found) => of_patching(found, width),
        Finding::Probing(found) => of_probing(found, width),
        Finding::Generation(_) => Vec::new(),
    }
}

fn of_prediction(found: &Prediction, width: f32) -> Vec<Figure> {
    let rows = answer::likeliest(&found.top, ANSWERS);
    let all = answer::table(&answer::likeliest(&found.top, usize::MAX));
    vec![Figure::new("answers", drawn::prediction(found), answer::drawing(&rows, width), all)]
}

fn of_explanation(found: &Explanation, width: f32) -> Vec<Figure> {
    let marks = marks(found, Grouping::Words);
    let claim = flat(&said::claim(found, &marks));
    let drawing = strip::drawing(found, &marks, None, Specials::default(), width);
    let mut figures = vec![Figure::new("strip", claim.clone(), drawing, strip::table(found, &marks))];
    let drawing = bars::drawing(found, &marks, width);
    figures.push(Figure::new("bars", claim.clone(), drawing, bars::table(found, &marks)));
    if let Some(drawing) = river::drawing(found, &marks, width, 1.0) {
        figures.push(Figure::new("river", said::path(found), drawing, river::table(found)));
    }
    if let Some(drawing) = sum::drawing(found, &marks, width) {
        figures.push(Figure::new("sum", said::arithmetic(found), drawing, sum::table(found, &marks)));
    }
    if let (Some(drawing), Some(measured)) = (receipt::drawing(found, width), &found.receipt) {
        let says = vitrine_words::receipt::verdict(measured, found);
        figures.push(Figure::new("receipt", says, drawing, receipt::table(found)));
    }
    let rows = answer::rows(found, &[]);
    if !rows.is_empty() {
        figures.push(Figure::new("answer", claim, answer::drawing(&rows, width), answer::table(&rows)));
    }
    figures
}

fn of_comparison(found: &Comparison, width: f32) -> Vec<Figure> {
    let says = said_of_comparison::claim(found);
    vec![Figure::new("methods", says, comparison::drawing(found, width), comparison::table(found))]
}

fn of_attention(found: &AttentionMaps, width: f32) -> Vec<Figure> {
    let at = attention::most_telling(found);
    let without_first = said_of_attention::resting(found).is_some();
    let says = drawn::head(found, at, without_first);
    let figure = |name, drawing| Figure::new(name, says.clone(), drawing, attention::table(found, at));
    vec![
        figure("head", attention::drawing(found, at, without_first, width)),
        figure("lines", attention::lines(found, at, without_first, width)),
    ]
}

fn of_stream(found: &Walk, width: f32) -> Vec<Figure> {
    let figure = |name, shows| {
        let drawing = stream::drawing(found, shows, width, 1.0);
        Figure::new(name, said_of_stream::claim(found), drawing, stream::table(found))
    };
    if found.post_norm {
        return vec![figure("sizes", Width::Size)];
    }
    vec![figure("effects", Width::Effect), figure("sizes", Width::Size)]
}

fn of_ablation(found: &Ablation, width: f32) -> Vec<Figure> {
    let rows = answer::likeliest(&found.top, ANSWERS);
    vec![
        Figure::new("change", drawn::ablation(found), ablation::drawing(found, width), ablation::table(found)),
        Figure::new("answers", drawn::likeliest(&found.top), answer::drawing(&rows, width), answer::table(&rows)),
    ]
}

fn of_patching(found: &Patching, width: f32) -> Vec<Figure> {
    let says = said_of_patching::said(found);
    let map = Figure::new("map", says, patching::drawing(found, None, width), patching::table(found, None));
    let cell = found.copied.as_ref().zip(patching::copied(found, width)).map(|(copied, drawing)| {
        Figure::new("cell", said_of_patching::cell(found, copied.cell), drawing, patching::copied_table(found))
    });
    std::iter::once(map).chain(cell).collect()
}

fn of_probing(found: &Probing, width: f32) -> Vec<Figure> {
    vec![Figure::new("layers", said_of_probing::claim(found), probing::drawing(found, width), probing::table(found))]
}
