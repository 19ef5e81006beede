//! One chain, and what becomes of it when a step is replaced.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::reasoning::Before;
use vitrine_schema::reasoning::problem::{Problem, start_as_before};
use vitrine_schema::recipe::{Chain, Inject};
use vitrine_schema::work::Continued;
use vitrine_schema::{Ask, Chaining, Finding, Recipe};

use super::decode::{Beginning, Manner};
use super::{Chained, Way, remarks};
use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

impl Session {
    pub(crate) async fn chain(&self, recipe: &Recipe, ask: &Chain, asker: &Asker<'_>) -> Result<Chaining, EngineError> {
        if ask.forced && ask.inject.is_none() {
            let (name, expected) = ("forced".to_owned(), "false where no step is replaced".to_owned());
            return Err(Refusal::BadParameter { name, expected, found: "true".to_owned() }.into());
        }
        let prompted = self.prompted(&ask.question, &ask.shots, asker)?;
        let input = self.read_prompt(&prompted)?;
        let prompt = ids(&input);
        let beginning = self.beginning_of(&prompted, &prompt, asker).await?;
        let problem = Problem::read(&ask.question);
        let expected = problem.as_ref().map(Problem::expected);
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Chain(ask.clone()), recipe.target.clone());
        let blank = Chaining {
            recipe,
            resolved: Recipe { text: None, ..resolved },
            model,
            input,
            prompt: prompted.text.clone(),
            steps: Vec::new(),
            answer: None,
            correct: None,
            expected,
            along: Vec::new(),
            before: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let way = prompted.way;
        let filled = |chained: &Chained, before: Option<&Before>| Chaining {
            steps: chained.steps.clone(),
            answer: chained.answer.clone(),
            correct: blank.expected.as_ref().zip(chained.answer.as_ref()).map(|(right, answer)| right == answer),
            before: before.cloned(),
            ..blank.clone()
        };
        let ended = Cell::new(0);
        let writing = Writing { beginning: &beginning, way, ended: &ended, asker };
        let told = |written: &Continued| {
            let chained = way.read(&ask.question, written.text(), written.end, None);
            (asker.so_far)(Finding::Chaining(Arc::new(filled(&chained, None))));
        };
        let written = self.one(&writing, prompt, &told).await?;
        let mut end = written.end;
        let mut chained = way.read(&ask.question, written.text(), end, None);
        let mut before = None;
        if let Some(inject) = &ask.inject {
            let answer = chained.answer.clone();
            let along = self.of_steps(&beginning, &prompted, &chained, answer.as_deref(), asker.monitor).await?;
            let own = Before { steps: chained.steps.clone(), answer, along, along_changed: Vec::new() };
            let (given, reader) = given(way, &chained.text, inject, ask.forced, problem.as_ref())?;
            let row = self.ids_of(way, &format!("{}{given}", prompted.text))?;
            let told = |written: &Continued| {
                let text = format!("{given}{}", written.text());
                let chained = way.read(&ask.question, text, written.end, Some(&reader));
                (asker.so_far)(Finding::Chaining(Arc::new(filled(&chained, Some(&own)))));
            };
            let written = self.one(&writing, row, &told).await?;
            end = written.end;
            chained = way.read(&ask.question, format!("{given}{}", written.text()), end, Some(&reader));
            let moved = own.answer.as_deref().filter(|answer| chained.answer.as_deref() != Some(*answer));
            let along_changed = self.of_steps(&beginning, &prompted, &chained, moved, asker.monitor).await?;
            before = Some(Before { along_changed, ..own });
        }
        let along = self.of_steps(&beginning, &prompted, &chained, chained.answer.as_deref(), asker.monitor).await?;
        let diagnostics = remarks(&ask.question, way, end, chained.answer.as_ref());
        Ok(Chaining { along, diagnostics, ..filled(&chained, before.as_ref()) })
    }

    /// Writes one row on.
    async fn one(
        &self,
        writing: &Writing<'_>,
        row: Vec<u32>,
        told: &dyn Fn(&Continued),
    ) -> Result<Continued, EngineError> {
        let manner = Manner {
            temperature: 0.0,
            seeds: &[],
            most: writing.way.most(),
            ends: writing.way.ends(),
            ended: writing.ended,
            total: 0,
            told: &|rows| rows.iter().for_each(told),
            asker: writing.asker,
        };
        let mut rows = self.continued(writing.beginning, &[row], &manner).await?;
        Ok(rows.pop().unwrap_or_default())
    }
}

/// What a chain is written with.
struct Writing<'a> {
    beginning: &'a Beginning,
    way: Way,
    ended: &'a Cell<u64>,
    asker: &'a Asker<'a>,
}

/// The chain up to the replaced step, with the start of the one after it where that is forced; and the bytes of the former.
fn given(
    way: Way,
    chain: &str,
    inject: &Inject,
    forced: bool,
    problem: Option<&Problem>,
) -> Result<(String, Range<usize>), Refusal> {
    let steps = way.steps(chain);
    let none = || Refusal::NoSuchStep { step: inject.step, n: steps.len() };
    let step = inject.step.checked_sub(1).and_then(|at| steps.get(at)).ok_or_else(none)?;
    let text = inject.text.trim();
    let mut given = format!("{}{text}", chain.get(..step.start).unwrap_or_default());
    let reader = step.start..given.len();
    if forced {
        let as_before = || {
            let next = chain.get(steps.get(inject.step)?.clone())?;
            start_as_before(chain.get(step.clone())?, text, next)
        };
        let start = problem.and_then(|problem| problem.start_after(text)).or_else(as_before);
        given = format!("{given} {}", start.ok_or(Refusal::NothingToForce)?);
    }
    Ok((given, reader))
}
