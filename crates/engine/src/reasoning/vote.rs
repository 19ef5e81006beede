//! One question, several chains, a vote (Wang et al. 2022, arXiv 2203.11171).

use std::cell::Cell;
use std::sync::Arc;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::reasoning::Drawn;
use vitrine_schema::reasoning::problem::Problem;
use vitrine_schema::recipe::Vote;
use vitrine_schema::work::{Continued, End};
use vitrine_schema::{Ask, Diagnostic, Finding, Recipe, Voting};

use super::decode::Manner;
use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Most chains of a vote.
const MOST_SAMPLES: usize = 200;

impl Session {
    pub(crate) async fn vote(&self, recipe: &Recipe, ask: &Vote, asker: &Asker<'_>) -> Result<Voting, EngineError> {
        let bad = |name: &str, expected: String, found: String| Refusal::BadParameter {
            name: name.to_owned(),
            expected,
            found,
        };
        let Vote { samples, temperature, .. } = *ask;
        if !(1..=MOST_SAMPLES).contains(&samples) {
            return Err(bad("samples", format!("from 1 to {MOST_SAMPLES}"), samples.to_string()).into());
        }
        if !(temperature.is_finite() && temperature >= 0.0) {
            return Err(bad("temperature", "0 or more".to_owned(), temperature.to_string()).into());
        }
        let prompted = self.prompted(&ask.question, &ask.shots, asker)?;
        let input = self.read_prompt(&prompted)?;
        let prompt = ids(&input);
        let beginning = self.beginning_of(&prompted, &prompt, asker).await?;
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Vote(ask.clone()), recipe.target.clone());
        let seeds: Vec<u64> = (0..samples as u64).map(|sample| recipe.seed.wrapping_add(sample)).collect();
        let blank = Voting {
            input,
            prompt: prompted.text.clone(),
            expected: Problem::read(&ask.question).as_ref().map(Problem::expected),
            ..Voting::begun(recipe, Recipe { text: None, ..resolved }, model)
        };
        let way = prompted.way;
        let drawn = |(written, &seed): (&Continued, &u64)| {
            let chained = way.read(&ask.question, written.text(), written.end, None);
            let ended = written.end != End::Open;
            let answer = chained.answer.filter(|_| ended);
            Drawn { seed, tokens: written.tokens.clone(), steps: chained.steps, answer, ended, along: Vec::new() }
        };
        let voting = |rows: &[Continued]| {
            let begun = rows.iter().zip(&seeds).filter(|(row, _)| !row.tokens.is_empty() || row.end != End::Open);
            Voting { chains: begun.map(drawn).collect(), ..blank.clone() }.counted()
        };
        let ended = Cell::new(0);
        let manner = Manner {
            temperature,
            seeds: &seeds,
            most: way.most(),
            ends: way.ends(),
            ended: &ended,
            total: samples as u64,
            told: &|rows| (asker.so_far)(Finding::Voting(Arc::new(voting(rows)))),
            asker,
        };
        let rows = self.continued(&beginning, &vec![prompt; samples], &manner).await?;
        let mut found = voting(&rows);
        // Of one chain alone also how sure its answer was along it.
        if let ([row], [drawn]) = (&rows[..], &mut found.chains[..]) {
            let chained = way.read(&ask.question, row.text(), row.end, None);
            drawn.along =
                self.of_steps(&beginning, &prompted, &chained, drawn.answer.as_deref(), asker.monitor).await?;
        }
        let mut diagnostics = Vec::new();
        if temperature == 0.0 && samples > 1 {
            diagnostics.push(Diagnostic::SameSamples);
        }
        if vitrine_schema::reasoning::answer::numbers(&ask.question).is_empty() {
            diagnostics.push(Diagnostic::NoNumber);
        }
        let silent = |end: fn(End) -> bool| {
            rows.iter().zip(&found.chains).any(|(row, chain)| chain.answer.is_none() && end(row.end))
        };
        if silent(|end| end == End::Cut) {
            diagnostics.push(Diagnostic::ChainCut { most: way.most() });
        }
        if silent(|end| end != End::Cut) {
            diagnostics.push(Diagnostic::AnswerUnread);
        }
        Ok(Voting { diagnostics, ..found })
    }
}
