//! Which words stand above each other: of one text in its order, of two texts those that belong together.

use vitrine_schema::{Comparison, Explanation};
use vitrine_words::marks::{Grouping, Mark, marks};
use vitrine_words::number::largest_first;
use vitrine_words::token::visible;

use super::Order;

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its head: the word, or both where they differ.
    pub name: String,
    /// The word of the text that is asked about.
    pub here: Option<Mark>,
    /// The word of the other text.
    pub there: Option<Mark>,
}

/// The scores of one method, column by column.
pub(super) struct Row<'a> {
    /// The method, with what it said.
    pub explanation: &'a Explanation,
    /// Its words.
    pub marks: Vec<Option<Mark>>,
    /// Whether it is of the other text or model.
    pub other: bool,
}

impl Row<'_> {
    /// The largest score.
    pub fn largest(&self) -> f32 {
        self.marks.iter().flatten().map(|mark| mark.score.abs()).fold(0.0, f32::max)
    }
}

/// Words alone, as every method scores them.
fn words(explanation: &Explanation) -> Vec<Mark> {
    marks(explanation, Grouping::Words).into_iter().filter(|mark| !mark.special).collect()
}

/// The columns of a comparison.
#[must_use]
pub fn columns(comparison: &Comparison, order: Order) -> Vec<Column> {
    let here = comparison.explanations.first().map_or_else(Vec::new, words);
    let there = comparison.other.as_ref().and_then(|other| other.explanations.first()).map(words);
    let columns = match there {
        None => {
            here.into_iter().map(|mark| Column { name: visible(&mark.text), here: Some(mark), there: None }).collect()
        }
        Some(there) => merged(comparison, here, there),
    };
    match order {
        Order::Text => columns,
        Order::Size => {
            let token = |column: &Column| column.here.as_ref().map(|mark| mark.tokens.clone()).unwrap_or_default();
            let score = |explanation: &Explanation, tokens: &[usize]| {
                vitrine_words::marks::sum(tokens, &explanation.scores).abs()
            };
            let signed = || comparison.explanations.iter().filter(|explanation| explanation.signed());
            largest_first(columns, |column| {
                let tokens = token(column);
                signed().map(|explanation| score(explanation, &tokens)).fold(0.0, f32::max)
            })
        }
    }
}

/// Words of two texts in one order: those that belong together share a column, the others stand where they were read.
fn merged(comparison: &Comparison, here: Vec<Mark>, there: Vec<Mark>) -> Vec<Column> {
    let alignment = comparison.other.as_ref().map_or(&[][..], |other| &other.alignment);
    let belong = |a: &Mark, b: &Mark| alignment.iter().any(|[i, j]| a.tokens.contains(i) && b.tokens.contains(j));
    let mut columns = Vec::new();
    let mut rest = there.into_iter().peekable();
    let alone = |mark: Mark| Column { name: visible(&mark.text), here: None, there: Some(mark) };
    for mark in here {
        let place = rest.clone().position(|other| belong(&mark, &other));
        let partner = place.and_then(|place| {
            columns.extend(rest.by_ref().take(place).map(alone));
            rest.next()
        });
        let (name, other) = (visible(&mark.text), partner.as_ref().map(|other| visible(&other.text)));
        let name = match other.filter(|other| *other != name) {
            Some(other) => format!("{name} / {other}"),
            None => name,
        };
        columns.push(Column { name, here: Some(mark), there: partner });
    }
    columns.extend(rest.map(alone));
    columns
}

/// A row for each method in an order, each followed by the same method on the other side.
pub(super) fn rows<'a>(comparison: &'a Comparison, order: &[usize], columns: &[Column]) -> Vec<Row<'a>> {
    let others = comparison.other.as_ref().map_or(&[][..], |other| &other.explanations);
    let mut rows = Vec::new();
    for explanation in order.iter().filter_map(|&method| comparison.explanations.get(method)) {
        let of = |explanation: &'a Explanation, side: fn(&Column) -> Option<&Mark>, other: bool| {
            let words = words(explanation);
            let mark =
                |column: &Column| words.iter().find(|word| side(column).is_some_and(|mark| mark.tokens == word.tokens));
            Row { explanation, marks: columns.iter().map(|column| mark(column).cloned()).collect(), other }
        };
        rows.push(of(explanation, |column| column.here.as_ref(), false));
        let same = others.iter().find(|other| other.method.id == explanation.method.id);
        rows.extend(same.map(|other| of(other, |column| column.there.as_ref(), true)));
    }
    rows
}
