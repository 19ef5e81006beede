//! What is said of a figure, whatever its width and its position.

use vitrine_schema::{Explanation, Finding, Generation, Prediction};
use vitrine_words::claims::{claims, compared};
use vitrine_words::marks::{Grouping, marks};
use vitrine_words::narrator::{self, Reading};
use vitrine_words::{attention as said_of_attention, explanation as said, receipt as trust};

use super::ANSWERS;
use crate::table::Table;
use crate::{
    ablation, answer, attention, bars, chain, comparison, courtroom, matrix, patching, probing, receipt, river, stream,
    strip, sum, trail, vote,
};

/// What is said of a figure, and its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// What is seen, in a sentence or two.
    pub says: String,
    /// The same at three lengths.
    pub reading: Reading,
    /// Its numbers.
    pub table: Table,
}

impl Told {
    /// Of a figure of which one line says what is seen.
    fn new(reading: Reading, table: Table) -> Self {
        Self { says: reading.line.clone(), reading, table }
    }

    /// The same, where a line is not enough.
    fn at_length(self) -> Self {
        Self { says: self.reading.paragraph.clone(), ..self }
    }
}

/// What is said of one figure of a finding; `None` where there is no such figure.
#[must_use]
pub fn told(finding: &Finding, name: &str) -> Option<Told> {
    let told = match (finding, name) {
        (Finding::Prediction(found), "answers") => of_prediction(found),
        (Finding::Explanation(found), name) => return of_explanation(found, name),
        (Finding::Comparison(found), "methods") => Told::new(narrator::methods(found), comparison::table(found)),
        (Finding::Attention(found), "head" | "lines") => {
            let at = found.most_telling();
            let without_first = said_of_attention::resting(found).is_some();
            Told::new(narrator::head(found, at, without_first), attention::table(found, at))
        }
        (Finding::Stream(found), "effects" | "sizes") => {
            Told::new(narrator::walk(found, name == "effects"), stream::table(found))
        }
        (Finding::Ablation(found), "change") => Told::new(narrator::change(found), ablation::table(found)),
        (Finding::Ablation(found), "answers") => {
            Told::new(narrator::without(found), answer::table(&answer::likeliest(&found.top, ANSWERS)))
        }
        (Finding::Ablation(found), "neurons") => Told::new(narrator::neurons(found), ablation::neurons_table(found)),
        (Finding::Patching(found), "map") => Told::new(narrator::patching(found), patching::table(found, None)),
        (Finding::Patching(found), "route") => Told::new(narrator::patching(found), patching::route::table(found)?),
        (Finding::Patching(found), "graph") => Told::new(narrator::joined(found), patching::graph::table(found)?),
        (Finding::Patching(found), "cell") => {
            Told::new(narrator::copied(found, found.copied.as_ref()?.cell), patching::copied_table(found))
        }
        (Finding::Probing(found), "layers") => Told::new(narrator::probing(found), probing::table(found)),
        (Finding::Probing(found), "used") => Told::new(narrator::probing(found), probing::used_table(found)),
        (Finding::Chaining(found), "cards") => Told::new(narrator::chain(found), chain::table(found)),
        (Finding::Chaining(found), "along") => Told::new(narrator::chain(found), chain::along_table(found)).at_length(),
        (Finding::Voting(found), "braid") => Told::new(narrator::vote(found), vote::chains_table(found)),
        (Finding::Voting(found), "votes") => Told::new(narrator::vote(found), vote::table(found)).at_length(),
        (Finding::Voting(found), "along") => {
            let chain = found.alone(0)?;
            Told::new(narrator::chain(&chain), chain::along_table(&chain)).at_length()
        }
        (Finding::Hearing(found), "counts") => Told::new(narrator::courtroom(found), courtroom::table(found)),
        (Finding::Hearing(found), "early") => {
            Told::new(narrator::courtroom(found), courtroom::early_table(found)).at_length()
        }
        (Finding::Generation(found), name) => return of_generation(found, name),
        _ => return None,
    };
    Some(told)
}

fn of_prediction(found: &Prediction) -> Told {
    Told::new(narrator::prediction(found), answer::table(&answer::likeliest(&found.top, usize::MAX)))
}

fn of_explanation(found: &Explanation, name: &str) -> Option<Told> {
    let marks = marks(found, Grouping::Words);
    Some(match name {
        "matrix" => Told::new(narrator::matrix(found), matrix::table(found)),
        "strip" => Told::new(narrator::scores(found, &marks), strip::table(found, &marks)),
        "claims" => {
            let says = compared(&claims(found)?);
            let technical = narrator::scores(found, &marks).technical;
            let reading = Reading { line: says.clone(), paragraph: says, technical };
            Told::new(reading, crate::claims::table(found)?)
        }
        "bars" => Told::new(narrator::scores(found, &marks), bars::table(found, &marks)),
        "river" => Told::new(narrator::path(found), river::table(found)).at_length(),
        "trail" => Told::new(narrator::trail(found), trail::table(found, &marks)),
        "sum" => Told { says: said::arithmetic(found), ..Told::new(narrator::sum(found), sum::table(found, &marks)) },
        "receipt" => Told::new(narrator::trust(found.receipt.as_ref()?, found), receipt::table(found)),
        "insertion" => beside(found, trust::put_in(found.receipt.as_ref()?), receipt::insertion_table(found))?,
        "matter" => beside(found, trust::matter(found.receipt.as_ref()?)?, receipt::matter_table(found))?,
        "blanks" | "seeds" => {
            let measured = found.receipt.as_ref()?;
            let ways = if name == "blanks" { trust::blanks(found, measured) } else { trust::seeds(found, measured) }?;
            beside(found, trust::depends(&ways), receipt::ways_table(&ways))?
        }
        "answer" => Told::new(narrator::answer(found, &marks), answer::table(&answer::rows(found, &[]))),
        _ => return None,
    })
}

/// What a receipt measured beside its curve.
fn beside(found: &Explanation, says: String, table: Table) -> Option<Told> {
    let technical = narrator::trust(found.receipt.as_ref()?, found).technical;
    Some(Told::new(Reading { line: says.clone(), paragraph: says, technical }, table))
}

/// Of a text that was pushed, what could have come first.
fn of_generation(found: &Generation, name: &str) -> Option<Told> {
    let (top, pushed) = match name {
        "first" => (&found.top, true),
        "first-without" => (&found.top_without, false),
        _ => return None,
    };
    Some(Told::new(narrator::first(found, pushed), answer::table(&answer::likeliest(top, ANSWERS))))
}
