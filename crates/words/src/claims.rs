//! What a chain claims to have answered from, beside what the attribution of the answer shows: which of its words moved it.
//!
//! The chain *claims*: the numbers of the last of its steps that computes are what it says the answer comes from. The attribution
//! *does*: as many of its words, those with the largest scores. The overlap is the share of the ones among the others; with words
//! drawn by chance it would be their share of all words.

use vitrine_schema::Explanation;
use vitrine_schema::reasoning::answer::{MARK, numbers};
use vitrine_schema::reasoning::arithmetic::{Said, sentences};

use crate::phrase::quoted;

/// A word of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// As it stands there.
    pub text: String,
    /// Its score.
    pub score: f32,
    /// Whether the chain's last computation names it.
    pub named: bool,
    /// Whether it is among those that moved the answer most.
    pub moved: bool,
}

/// Both, of one chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// The words of the chain, in order.
    pub words: Vec<Word>,
    /// The step whose numbers the answer is said to come from.
    pub step: String,
    /// How many words it names.
    pub n: usize,
    /// How many of these are among the words that moved the answer most.
    pub both: usize,
}

impl Claims {
    /// Share of the named words among those that moved the answer most.
    #[must_use]
    pub fn overlap(&self) -> f32 {
        self.both as f32 / self.n.max(1) as f32
    }

    /// What it would be by chance.
    #[must_use]
    pub fn chance(&self) -> f32 {
        self.n as f32 / self.words.len().max(1) as f32
    }
}

/// Of an explanation whose players are the words of a chain and whose text ends where the answer is written; `None` of another, of
/// one that is not to be relied on, and of a chain that computes nothing.
#[must_use]
pub fn claims(found: &Explanation) -> Option<Claims> {
    let text = &found.input.text;
    if !found.trusted() || !text.trim_end().ends_with(MARK) || found.players.len() < 2 {
        return None;
    }
    let place = |player: &Vec<usize>| {
        let tokens = || player.iter().filter_map(|&token| found.input.tokens.get(token));
        let (start, end) = (tokens().map(|token| token.start).min()?, tokens().map(|token| token.end).max()?);
        let score = player.iter().filter_map(|&token| found.scores.get(token)).sum::<f32>();
        Some((start, end, score))
    };
    let places: Vec<(usize, usize, f32)> = found.players.iter().map(place).collect::<Option<_>>()?;
    let (from, to) = (places.first()?.0, places.last()?.1);
    let chain = text.get(from..to)?;
    let computes = |at: &std::ops::Range<usize>| {
        chain.get(at.clone()).and_then(Said::read).is_some_and(|said| said.formula.computes() && said.result.is_some())
    };
    let step = sentences(chain).into_iter().rfind(computes)?;
    let step = from + step.start..from + step.end;
    let said = text.get(step.clone())?;
    let of_step: Vec<(usize, usize)> =
        numbers(said).into_iter().map(|number| (step.start + number.start, step.start + number.end)).collect();
    let named = |&(start, end, _): &(usize, usize, f32)| of_step.iter().any(|&(a, b)| start < b && a < end);
    let n = places.iter().filter(|place| named(place)).count();
    // Of equals the one that stands first.
    let mut order: Vec<usize> = (0..places.len()).collect();
    let size = |at: &usize| places.get(*at).map_or(0.0, |place| place.2.abs());
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let largest = order.get(..n)?;
    let words: Vec<Word> = places
        .iter()
        .enumerate()
        .map(|(at, place)| Word {
            text: text.get(place.0..place.1).unwrap_or_default().trim().to_owned(),
            score: place.2,
            named: named(place),
            moved: largest.contains(&at),
        })
        .collect();
    let both = words.iter().filter(|word| word.named && word.moved).count();
    (n > 0).then(|| Claims { words, step: said.to_owned(), n, both })
}

/// The same in a sentence.
#[must_use]
pub fn compared(claims: &Claims) -> String {
    let Claims { step, n, both, words } = claims;
    let are = if *both == 1 { "is" } else { "are" };
    format!(
        "The chain says that its answer comes from {}. Of the {n} words that moved the answer most, {both} {are} among the {n} numbers of that step: an overlap of {:.2}, where {n} of its {} words drawn by chance would have {:.2}.",
        quoted(step.trim_end_matches('.')),
        claims.overlap(),
        words.len(),
        claims.chance()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::explained_chain;

    #[test]
    fn what_a_chain_claims_is_set_beside_what_moved_its_answer() {
        let found = explained_chain(&[0.0, 0.1, 0.0, 0.2, 0.0, 0.9, 0.0, 0.3, 0.0, 1.0]);
        let Some(claims) = claims(&found) else { unreachable!("a chain") };
        let named: Vec<&str> = claims.words.iter().filter(|word| word.named).map(|word| word.text.as_str()).collect();
        assert_eq!((named, claims.n, claims.both), (vec!["3", "5", "8."], 3, 3));
        assert!(
            compared(&claims).contains("an overlap of 1.00, where 3 of its 10 words drawn by chance would have 0.30")
        );
        let elsewhere = explained_chain(&[1.0, 0.9, 0.8, 0.2, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1]);
        assert_eq!(self::claims(&elsewhere).map(|claims| claims.overlap()), Some(0.0));
    }

    #[test]
    fn other_texts_claim_nothing() {
        let mut found = explained_chain(&[0.1; 10]);
        found.input.text = found.input.text.replace("Answer:", "Reply.:");
        assert_eq!(claims(&found), None);
        assert_eq!(claims(&crate::example::example()), None);
    }
}
