//! A continuation explained token by token, in words.

use vitrine_schema::{Explanation, Matrix, Receipt};

use crate::number::{plain, signed};
use crate::phrase::{Segment, Tone, plain_text, quoted};
use crate::receipt::verdict;
use crate::token::labels;

/// From this share of all scores on a token draws from the prompt.
const MOST: f32 = 0.5;

/// A word that a token rests on.
struct Source {
    name: String,
    score: f32,
    in_prompt: bool,
}

/// How many tokens the prompt has.
#[must_use]
pub fn n_prompt(matrix: &Matrix) -> usize {
    matrix.rows.first().copied().unwrap_or(0)
}

/// The share of a row's scores that the prompt has, by size; `None` where all are 0.
#[must_use]
pub fn from_prompt(matrix: &Matrix, row: usize) -> Option<f32> {
    let sizes = |own: bool| -> f32 {
        let values = matrix.columns.iter().zip(matrix.values.get(row).into_iter().flatten());
        values
            .filter(|(column, _)| (**column >= n_prompt(matrix)) == own)
            .filter_map(|(_, value)| *value)
            .map(f32::abs)
            .sum()
    };
    let (prompt, own) = (sizes(false), sizes(true));
    (prompt + own > 0.0).then(|| prompt / (prompt + own))
}

/// The token of a row, as it is read.
#[must_use]
pub fn token(explanation: &Explanation, row: usize) -> String {
    let place = explanation.matrix.as_ref().and_then(|matrix| matrix.rows.get(row));
    place.and_then(|&place| labels(&explanation.input).into_iter().nth(place)).unwrap_or_default()
}

/// What brought the first token, and where the later ones draw from.
#[must_use]
pub fn claim(explanation: &Explanation) -> Vec<Segment> {
    let Some(matrix) = &explanation.matrix else { return Vec::new() };
    let mut claim = brought(explanation);
    let (n, prompt) = (matrix.rows.len(), |row: usize| from_prompt(matrix, row).unwrap_or(0.0));
    let later = || 1..n;
    let own = later().find(|&row| prompt(row) < MOST);
    let back = own.and_then(|own| (own + 1..n).find(|&row| prompt(row) >= MOST));
    let rest = match (own, back) {
        (_, Some(row)) => {
            let share = 100.0 * prompt(row);
            let word = quoted(&token(explanation, row));
            format!("It then reads its own words, until {word} draws {share:.0} % from the prompt.")
        }
        _ if n < 2 => String::new(),
        (None, _) => "Every token draws most from the prompt.".to_owned(),
        (Some(own), _) if own > 1 && own + 1 == n => {
            format!("Only {} draws most from its own words.", quoted(&token(explanation, own)))
        }
        (Some(1), _) => "Every token after it draws most from its own words.".to_owned(),
        (Some(own), _) => {
            format!("From {} on every token draws most from its own words.", quoted(&token(explanation, own)))
        }
    };
    if !rest.is_empty() {
        let space = if claim.is_empty() { "" } else { " " };
        claim.push(plain_text(&format!("{space}{rest}")));
    }
    claim
}

/// The two words that brought the first token.
fn brought(explanation: &Explanation) -> Vec<Segment> {
    let first = quoted(&token(explanation, 0));
    let sources: Vec<Source> = sources(explanation, 0).into_iter().filter(|source| source.score > 0.0).collect();
    let word = |source: &Source| Segment { text: quoted(&source.name), tone: Tone::Positive };
    match &sources[..] {
        [] => Vec::new(),
        [one] => vec![word(one), plain_text(&format!(" brought {first}."))],
        [one, two, ..] => vec![word(one), plain_text(" and "), word(two), plain_text(&format!(" brought {first}."))],
    }
}

/// What the token of a row rests on: the strongest word of the prompt, and of its own; then whether its receipt bears that out.
#[must_use]
pub fn rests_on(explanation: &Explanation, row: usize) -> String {
    let receipt = explanation.steps.get(row).and_then(|step| step.receipt.as_ref());
    let verdict = receipt.map(|receipt| format!(" {}", verdict(receipt, explanation)));
    named_sources(explanation, row) + &verdict.unwrap_or_default()
}

/// How far rows can be trusted together, of the ratios of those that were tested: their median, and the weakest.
#[must_use]
pub fn trust(explanation: &Explanation, ratios: &[(usize, Option<f32>)]) -> String {
    let tested: Vec<(usize, f32)> = ratios.iter().filter_map(|(row, ratio)| Some((*row, (*ratio)?))).collect();
    let tested = crate::number::largest_first(tested, |(_, ratio)| *ratio);
    let (Some((_, median)), Some((weakest, least))) = (tested.get(tested.len() / 2), tested.last()) else {
        return "Not tested: taking words out hardly moves these tokens.".to_owned();
    };
    let times = format!("{} times as far as at random, median of {} rows", plain(*median), tested.len());
    let held = match *median {
        median if median >= Receipt::HOLDS => format!("It holds up: {times}."),
        median if median >= Receipt::FAILS => format!("It nearly holds up: only {times}."),
        _ => format!("Do not rely on these colours: {times}."),
    };
    format!("{held} Weakest: {}, {} times.", quoted(&token(explanation, *weakest)), plain(*least))
}

fn named_sources(explanation: &Explanation, row: usize) -> String {
    let this = quoted(&token(explanation, row));
    let sources = sources(explanation, row);
    let strongest = |in_prompt: bool| sources.iter().find(|source| source.in_prompt == in_prompt && source.score > 0.0);
    let named = |source: &Source, place: &str| format!("on {}{place}, {}", quoted(&source.name), signed(source.score));
    match (strongest(true), strongest(false)) {
        (Some(prompt), Some(own)) => {
            format!("{this} rests {}, and {}.", named(prompt, " in the prompt"), named(own, ""))
        }
        (None, Some(own)) => format!("{this} rests {}; nothing in the prompt speaks for it.", named(own, "")),
        (Some(prompt), None) => match sources.iter().filter(|source| source.score > 0.0).nth(1) {
            Some(second) => format!("{this} rests {}, and {}.", named(prompt, ""), named(second, "")),
            None => format!("{this} rests {}.", named(prompt, "")),
        },
        (None, None) => format!("No word before {this} speaks for it."),
    }
}

/// The words before a row's token with what they add to it, the strongest first.
fn sources(explanation: &Explanation, row: usize) -> Vec<Source> {
    let Some((matrix, place)) = explanation.matrix.as_ref().and_then(|matrix| Some((matrix, *matrix.rows.get(row)?)))
    else {
        return Vec::new();
    };
    let value = |token: &usize| {
        let column = matrix.columns.iter().position(|column| column == token)?;
        *matrix.values.get(row)?.get(column)?
    };
    let source = |word: Vec<usize>| {
        // Of a word that is being written its first pieces are read.
        let word: Vec<usize> = word.into_iter().filter(|&token| token < place).collect();
        let first = *word.first()?;
        let score = word.iter().filter_map(value).sum();
        Some(Source {
            name: explanation.input.spelling(&word).trim().to_owned(),
            score,
            in_prompt: first < n_prompt(matrix),
        })
    };
    let sources = explanation.input.words().into_iter().filter_map(source).collect();
    crate::number::largest_first(sources, |source: &Source| source.score)
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Step;

    use super::*;
    use crate::example::example;
    use crate::phrase::flat;

    /// The example, of which the last tokens are said to be written.
    fn written(values: Vec<Vec<Option<f32>>>) -> Explanation {
        let steps = values
            .iter()
            .map(|_| Step { id: 0, token: String::new(), top: Vec::new(), own: None, receipt: None })
            .collect();
        let rows: Vec<usize> = (2..2 + values.len()).collect();
        let columns = (0..1 + rows.len()).collect();
        let mut explanation = Explanation { steps, matrix: Some(Matrix { rows, columns, values }), ..example() };
        explanation.input.tokens[0].special = false;
        explanation
    }

    #[test]
    fn a_claim_says_what_brought_it_and_where_it_draws_from() {
        let back = written(vec![
            vec![Some(0.5), Some(2.0), None, None],
            vec![Some(0.0), Some(1.0), Some(3.0), None],
            vec![Some(1.0), Some(2.0), Some(0.5), Some(0.5)],
        ]);
        assert_eq!(
            flat(&claim(&back)),
            "“dull” and “[CLS]” brought “but”. It then reads its own words, until “##ny” draws 75 % from the prompt."
        );
        assert_eq!(rests_on(&back, 1), "“fun” rests on “dull” in the prompt, +1.00, and on “but”, +3.00.");
        assert_eq!(rests_on(&back, 0), "“but” rests on “dull”, +2.00, and on “[CLS]”, +0.50.");
        let own = written(vec![vec![Some(0.0), Some(2.0), None], vec![Some(0.0), Some(1.0), Some(3.0)]]);
        assert_eq!(flat(&claim(&own)), "“dull” brought “but”. Every token after it draws most from its own words.");
        let said = trust(&own, &[(0, Some(2.4)), (1, Some(1.2)), (1, None)]);
        assert_eq!(
            said,
            "It nearly holds up: only 1.20 times as far as at random, median of 2 rows. Weakest: “fun”, 1.20 times."
        );
        assert!(trust(&own, &[(0, None)]).starts_with("Not tested"));
        let late = written(vec![
            vec![Some(0.5), Some(2.0), None, None],
            vec![Some(0.0), Some(2.0), Some(1.0), None],
            vec![Some(0.0), Some(1.0), Some(0.5), Some(0.75)],
        ]);
        assert!(flat(&claim(&late)).ends_with("Only “##ny” draws most from its own words."));
        let none = written(vec![vec![Some(0.0), Some(-2.0)]]);
        assert_eq!((flat(&claim(&none)).as_str(), from_prompt(&Matrix::default(), 0)), ("", None));
        assert_eq!(rests_on(&none, 0), "No word before “but” speaks for it.");
    }
}
