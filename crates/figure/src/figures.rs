//! All figures of a finding, the main one first.

use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::{
    Ablation, Chaining, Comparison, Explanation, Finding, Generation, Hearing, Patching, Prediction, Probing, Ranked,
    Voting,
};
use vitrine_words::marks::{Grouping, marks};
use vitrine_words::narrator::{self, Reading};
use vitrine_words::{attention as said_of_attention, explanation as said};

use crate::drawing::Drawing;
use crate::stream::Width;
use crate::strip::Specials;
use crate::table::{Table, csv, csv_below};
use crate::{
    ablation, answer, attention, bars, chain, comparison, courtroom, matrix, patching, probing, receipt, river, stream,
    strip, sum, trail, vote,
};

/// Answers that get a bar.
const ANSWERS: usize = 10;

/// A figure with what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is asked for by.
    pub name: &'static str,
    /// What is seen, in a sentence or two.
    pub says: String,
    /// The same at three lengths.
    pub reading: Reading,
    /// The drawing.
    pub drawing: Drawing,
    /// Its numbers.
    pub table: Table,
}

impl Figure {
    /// A figure of which its line says what is seen.
    fn new(name: &'static str, reading: Reading, drawing: Drawing, table: Table) -> Self {
        Self { name, says: reading.line.clone(), reading, drawing, table }
    }

    /// Its numbers as a file of a finding; what must not be relied on says so in the first row.
    #[must_use]
    pub fn csv(&self, finding: &Finding) -> String {
        match finding {
            Finding::Explanation(found) if !found.trusted() => {
                csv_below(&said::one_line(found, &marks(found, Grouping::Words)), &self.table)
            }
            _ => csv(&self.table),
        }
    }

    /// The same, where a line is not enough.
    fn at_length(self) -> Self {
        Self { says: self.reading.paragraph.clone(), ..self }
    }
}

/// What a finding draws at a width, the main figure first; nothing for a text that was only written.
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
        Finding::Chaining(found) => of_chain(found, width),
        Finding::Voting(found) => of_vote(found, width),
        Finding::Hearing(found) => of_courtroom(found, width),
        Finding::Generation(found) => of_generation(found, width),
    }
}

/// Of a text that was pushed, what could have come first; of another nothing.
fn of_generation(found: &Generation, width: f32) -> Vec<Figure> {
    let tops = [("first", &found.top, true), ("first-without", &found.top_without, false)];
    let figure = |(name, top, pushed): (&'static str, &Vec<Ranked>, bool)| {
        let rows = answer::likeliest(top, ANSWERS);
        let reading = narrator::first(found, pushed);
        Figure::new(name, reading, answer::drawing(&rows, width), answer::table(&rows))
    };
    tops.into_iter().filter(|(_, top, _)| !top.is_empty()).map(figure).collect()
}

fn of_prediction(found: &Prediction, width: f32) -> Vec<Figure> {
    let rows = answer::likeliest(&found.top, ANSWERS);
    let all = answer::table(&answer::likeliest(&found.top, usize::MAX));
    vec![Figure::new("answers", narrator::prediction(found), answer::drawing(&rows, width), all)]
}

fn of_explanation(found: &Explanation, width: f32) -> Vec<Figure> {
    // Of a continuation each row is an explanation of its own; their sums are none.
    if let Some(drawing) = matrix::drawing(found, usize::MAX, width) {
        return vec![Figure::new("matrix", narrator::matrix(found), drawing, matrix::table(found))];
    }
    let marks = marks(found, Grouping::Words);
    let scores = narrator::scores(found, &marks);
    let drawing = strip::drawing(found, &marks, None, Specials::default(), width);
    let mut figures = vec![Figure::new("strip", scores.clone(), drawing, strip::table(found, &marks))];
    let drawing = bars::drawing(found, &marks, width);
    figures.push(Figure::new("bars", scores, drawing, bars::table(found, &marks)));
    if let Some(drawing) = river::drawing(found, &marks, width, 1.0) {
        figures.push(Figure::new("river", narrator::path(found), drawing, river::table(found)).at_length());
    }
    if let Some(drawing) = trail::drawing(found, &marks, 1.0, width) {
        figures.push(Figure::new("trail", narrator::trail(found), drawing, trail::table(found, &marks)));
    }
    if let Some(drawing) = sum::drawing(found, &marks, width) {
        let figure = Figure::new("sum", narrator::sum(found), drawing, sum::table(found, &marks));
        figures.push(Figure { says: said::arithmetic(found), ..figure });
    }
    if let (Some(drawing), Some(measured)) = (receipt::drawing(found, width), &found.receipt) {
        figures.push(Figure::new("receipt", narrator::trust(measured, found), drawing, receipt::table(found)));
    }
    let rows = answer::rows(found, &[]);
    if !rows.is_empty() {
        let reading = narrator::answer(found, &marks);
        figures.push(Figure::new("answer", reading, answer::drawing(&rows, width), answer::table(&rows)));
    }
    figures
}

fn of_comparison(found: &Comparison, width: f32) -> Vec<Figure> {
    let drawing = comparison::drawing(found, comparison::Look::default(), width);
    vec![Figure::new("methods", narrator::methods(found), drawing, comparison::table(found))]
}

fn of_attention(found: &AttentionMaps, width: f32) -> Vec<Figure> {
    let at = found.most_telling();
    let without_first = said_of_attention::resting(found).is_some();
    let reading = narrator::head(found, at, without_first);
    let figure = |name, drawing| Figure::new(name, reading.clone(), drawing, attention::table(found, at));
    vec![
        figure("head", attention::drawing(found, at, without_first, width)),
        figure("lines", attention::lines(found, at, without_first, width)),
    ]
}

fn of_stream(found: &Walk, width: f32) -> Vec<Figure> {
    let figure = |name, shows| {
        let drawing = stream::drawing(found, shows, width, 1.0);
        Figure::new(name, narrator::walk(found, shows == Width::Effect), drawing, stream::table(found))
    };
    if found.post_norm {
        return vec![figure("sizes", Width::Size)];
    }
    vec![figure("effects", Width::Effect), figure("sizes", Width::Size)]
}

fn of_ablation(found: &Ablation, width: f32) -> Vec<Figure> {
    let rows = answer::likeliest(&found.top, ANSWERS);
    vec![
        Figure::new("change", narrator::change(found), ablation::drawing(found, width), ablation::table(found)),
        Figure::new("answers", narrator::without(found), answer::drawing(&rows, width), answer::table(&rows)),
    ]
}

fn of_patching(found: &Patching, width: f32) -> Vec<Figure> {
    let map = Figure::new(
        "map",
        narrator::patching(found),
        patching::drawing(found, None, width),
        patching::table(found, None),
    );
    let cell = found.copied.as_ref().zip(patching::copied(found, width)).map(|(copied, drawing)| {
        Figure::new("cell", narrator::copied(found, copied.cell), drawing, patching::copied_table(found))
    });
    std::iter::once(map).chain(cell).collect()
}

fn of_probing(found: &Probing, width: f32) -> Vec<Figure> {
    vec![Figure::new("layers", narrator::probing(found), probing::drawing(found, width), probing::table(found))]
}

fn of_chain(found: &Chaining, width: f32) -> Vec<Figure> {
    let reading = narrator::chain(found);
    let cards = Figure::new("cards", reading.clone(), chain::drawing(found, width), chain::table(found));
    let along = chain::along(found, width)
        .map(|drawing| Figure::new("along", reading, drawing, chain::along_table(found)).at_length());
    std::iter::once(cards).chain(along).collect()
}

fn of_vote(found: &Voting, width: f32) -> Vec<Figure> {
    let reading = narrator::vote(found);
    let braid = vote::braid(found, width)
        .map(|drawing| Figure::new("braid", reading.clone(), drawing, vote::chains_table(found)));
    let votes = Figure::new("votes", reading, vote::drawing(found, width), vote::table(found));
    braid.into_iter().chain([votes.at_length()]).collect()
}

fn of_courtroom(found: &Hearing, width: f32) -> Vec<Figure> {
    let reading = narrator::courtroom(found);
    let counts = Figure::new("counts", reading.clone(), courtroom::drawing(found, width), courtroom::table(found));
    let early = courtroom::early(found, width)
        .map(|drawing| Figure::new("early", reading, drawing, courtroom::early_table(found)).at_length());
    std::iter::once(counts).chain(early).collect()
}
