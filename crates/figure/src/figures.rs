//! All figures of a finding, the main one first.

use vitrine_schema::inside::{AttentionMaps, Walk};
use vitrine_schema::{
    Ablation, Chaining, Comparison, Explanation, Finding, Generation, Hearing, Patching, Prediction, Probing, Voting,
};
use vitrine_words::marks::{Grouping, Mark, marks};
use vitrine_words::narrator::{self, Reading};
use vitrine_words::{attention as said_of_attention, explanation as said};

use crate::drawing::{Drawing, Part};
use crate::playback::climbed;
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
    names(finding).iter().filter_map(|name| at(finding, name, 1.0, width)).collect()
}

/// What the figures of a kind of finding are asked for by; of some there may be nothing to draw.
fn names(finding: &Finding) -> &'static [&'static str] {
    match finding {
        Finding::Prediction(_) => &["answers"],
        // Of a continuation each row is an explanation of its own; their sums are none.
        Finding::Explanation(found) if found.matrix.is_some() => &["matrix"],
        Finding::Explanation(_) => &["strip", "bars", "river", "trail", "sum", "receipt", "answer"],
        Finding::Comparison(_) => &["methods"],
        Finding::Attention(_) => &["head", "lines"],
        Finding::Stream(found) if found.post_norm => &["sizes"],
        Finding::Stream(_) => &["effects", "sizes"],
        Finding::Ablation(_) => &["change", "answers"],
        Finding::Patching(_) => &["map", "cell"],
        Finding::Probing(_) => &["layers", "used"],
        Finding::Chaining(_) => &["cards", "along"],
        Finding::Voting(_) => &["braid", "votes"],
        Finding::Hearing(_) => &["counts", "early"],
        Finding::Generation(found) if found.without.is_some() => &["first", "first-without"],
        Finding::Generation(_) => &[],
    }
}

/// One figure at a position of its animation, from 0 to 1; what does not move is the same at all of them. Within a figure axes and
/// sizes stay, so that only the data move.
#[must_use]
pub fn at(finding: &Finding, name: &str, position: f32, width: f32) -> Option<Figure> {
    match finding {
        Finding::Prediction(found) => of_prediction(found, name, width),
        Finding::Explanation(found) => of_explanation(found, name, position, width),
        Finding::Comparison(found) => of_comparison(found, name, width),
        Finding::Attention(found) => of_attention(found, name, width),
        Finding::Stream(found) => of_stream(found, name, position, width),
        Finding::Ablation(found) => of_ablation(found, name, width),
        Finding::Patching(found) => of_patching(found, name, position, width),
        Finding::Probing(found) => of_probing(found, name, position, width),
        Finding::Chaining(found) => of_chain(found, name, position, width),
        Finding::Voting(found) => of_vote(found, name, width),
        Finding::Hearing(found) => of_courtroom(found, name, width),
        Finding::Generation(found) => of_generation(found, name, width),
    }
}

/// Of a text that was pushed, what could have come first; of another nothing.
fn of_generation(found: &Generation, name: &str, width: f32) -> Option<Figure> {
    let (name, top, pushed) = match name {
        "first" => ("first", &found.top, true),
        "first-without" => ("first-without", &found.top_without, false),
        _ => return None,
    };
    let rows = answer::likeliest(top, ANSWERS);
    let figure =
        || Figure::new(name, narrator::first(found, pushed), answer::drawing(&rows, width), answer::table(&rows));
    (!rows.is_empty()).then(figure)
}

fn of_prediction(found: &Prediction, name: &str, width: f32) -> Option<Figure> {
    let rows = answer::likeliest(&found.top, ANSWERS);
    let all = answer::table(&answer::likeliest(&found.top, usize::MAX));
    (name == "answers").then(|| Figure::new("answers", narrator::prediction(found), answer::drawing(&rows, width), all))
}

fn of_explanation(found: &Explanation, name: &str, position: f32, width: f32) -> Option<Figure> {
    let marks = || marks(found, Grouping::Words);
    match name {
        "matrix" => {
            let rows = found.matrix.as_ref().map_or(0, |matrix| matrix.rows.len());
            let drawing = matrix::drawing(found, climbed(rows, position).max(1), width)?;
            Some(Figure::new("matrix", narrator::matrix(found), drawing, matrix::table(found)))
        }
        "strip" => {
            let marks = marks();
            let lit = lit(&marks, position);
            let drawing = strip::drawing(found, &marks, Some(&lit), Specials::default(), width);
            Some(Figure::new("strip", narrator::scores(found, &marks), drawing, strip::table(found, &marks)))
        }
        "bars" => {
            let marks = marks();
            let drawing = bars::drawing(found, &marks, width);
            Some(Figure::new("bars", narrator::scores(found, &marks), drawing, bars::table(found, &marks)))
        }
        "river" => {
            let drawing = river::drawing(found, &marks(), width, position)?;
            Some(Figure::new("river", narrator::path(found), drawing, river::table(found)).at_length())
        }
        "trail" => {
            let marks = marks();
            let drawing = trail::drawing(found, &marks, position, width)?;
            Some(Figure::new("trail", narrator::trail(found), drawing, trail::table(found, &marks)))
        }
        "sum" => {
            let marks = marks();
            let drawing = sum::drawing(found, &marks, width)?;
            let figure = Figure::new("sum", narrator::sum(found), drawing, sum::table(found, &marks));
            Some(Figure { says: said::arithmetic(found), ..figure })
        }
        "receipt" => {
            let (drawing, measured) = (receipt::drawing(found, width)?, found.receipt.as_ref()?);
            Some(Figure::new("receipt", narrator::trust(measured, found), drawing, receipt::table(found)))
        }
        "answer" => {
            let rows = answer::rows(found, &[]);
            let reading = narrator::answer(found, &marks());
            let figure = || Figure::new("answer", reading, answer::drawing(&rows, width), answer::table(&rows));
            (!rows.is_empty()).then(figure)
        }
        _ => None,
    }
}

/// What each mark has of its score while they light up one after the other.
fn lit(marks: &[Mark], position: f32) -> Vec<f32> {
    let reached = position * marks.len() as f32;
    marks.iter().enumerate().map(|(i, mark)| mark.score * (reached - i as f32).clamp(0.0, 1.0)).collect()
}

fn of_comparison(found: &Comparison, name: &str, width: f32) -> Option<Figure> {
    let drawing = || comparison::drawing(found, comparison::Look::default(), width);
    (name == "methods").then(|| Figure::new("methods", narrator::methods(found), drawing(), comparison::table(found)))
}

fn of_attention(found: &AttentionMaps, name: &str, width: f32) -> Option<Figure> {
    let at = found.most_telling();
    let without_first = said_of_attention::resting(found).is_some();
    let figure = |name, drawing| {
        Figure::new(name, narrator::head(found, at, without_first), drawing, attention::table(found, at))
    };
    match name {
        "head" => Some(figure("head", attention::drawing(found, at, without_first, width))),
        "lines" => Some(figure("lines", attention::lines(found, at, without_first, width))),
        _ => None,
    }
}

fn of_stream(found: &Walk, name: &str, position: f32, width: f32) -> Option<Figure> {
    let figure = |name, shows| {
        let drawing = stream::drawing(found, shows, width, position);
        Figure::new(name, narrator::walk(found, shows == Width::Effect), drawing, stream::table(found))
    };
    match name {
        "effects" if !found.post_norm => Some(figure("effects", Width::Effect)),
        "sizes" => Some(figure("sizes", Width::Size)),
        _ => None,
    }
}

fn of_ablation(found: &Ablation, name: &str, width: f32) -> Option<Figure> {
    match name {
        "change" => {
            let drawing = ablation::drawing(found, width);
            Some(Figure::new("change", narrator::change(found), drawing, ablation::table(found)))
        }
        "answers" => {
            let rows = answer::likeliest(&found.top, ANSWERS);
            let drawing = answer::drawing(&rows, width);
            Some(Figure::new("answers", narrator::without(found), drawing, answer::table(&rows)))
        }
        _ => None,
    }
}

fn of_patching(found: &Patching, name: &str, position: f32, width: f32) -> Option<Figure> {
    match name {
        "map" => {
            let (whole, n_layers) = (patching::drawing(found, None, width), found.matrix.rows.len());
            let drawing = patching::climbed(whole, found, climbed(n_layers, position));
            Some(Figure::new("map", narrator::patching(found), drawing, patching::table(found, None)))
        }
        "cell" => {
            let (copied, drawing) = (found.copied.as_ref()?, patching::copied(found, width)?);
            Some(Figure::new("cell", narrator::copied(found, copied.cell), drawing, patching::copied_table(found)))
        }
        _ => None,
    }
}

fn of_probing(found: &Probing, name: &str, position: f32, width: f32) -> Option<Figure> {
    match name {
        "layers" => {
            let drawing = up_to(probing::drawing(found, width), climbed(found.layers.len(), position));
            Some(Figure::new("layers", narrator::probing(found), drawing, probing::table(found)))
        }
        "used" => {
            found.used?;
            let drawing = probing::used(found, width);
            Some(Figure::new("used", narrator::probing(found), drawing, probing::used_table(found)))
        }
        _ => None,
    }
}

fn of_chain(found: &Chaining, name: &str, position: f32, width: f32) -> Option<Figure> {
    match name {
        "cards" => {
            // The answer is one more card.
            let drawing = up_to(chain::drawing(found, width), climbed(found.steps.len() + 1, position));
            Some(Figure::new("cards", narrator::chain(found), drawing, chain::table(found)))
        }
        "along" => {
            let drawing = chain::along(found, width)?;
            Some(Figure::new("along", narrator::chain(found), drawing, chain::along_table(found)).at_length())
        }
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

fn of_vote(found: &Voting, name: &str, width: f32) -> Option<Figure> {
    match name {
        "braid" => {
            let drawing = vote::braid(found, width)?;
            Some(Figure::new("braid", narrator::vote(found), drawing, vote::chains_table(found)))
        }
        "votes" => {
            let drawing = vote::drawing(found, width);
            Some(Figure::new("votes", narrator::vote(found), drawing, vote::table(found)).at_length())
        }
        _ => None,
    }
}

fn of_courtroom(found: &Hearing, name: &str, width: f32) -> Option<Figure> {
    match name {
        "counts" => {
            let drawing = courtroom::drawing(found, width);
            Some(Figure::new("counts", narrator::courtroom(found), drawing, courtroom::table(found)))
        }
        "early" => {
            let drawing = courtroom::early(found, width)?;
            Some(Figure::new("early", narrator::courtroom(found), drawing, courtroom::early_table(found)).at_length())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{example, probing as probed};

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
        let at = |position| at(&found, "layers", position, 600.0).map(|figure| figure.drawing).unwrap_or_default();
        let bars = |drawing: &Drawing| {
            drawing.groups().filter(|group| cell(group.part).is_some() && !group.shapes.is_empty()).count()
        };
        assert_eq!([0.0, 0.5, 1.0].map(|position| bars(&at(position))), [0, 2, 3]);
        assert_eq!((at(0.0).width, at(0.0).height), (at(1.0).width, at(1.0).height));
        assert_eq!(drawings(&found, 600.0)[0].drawing, at(1.0));
    }
}
