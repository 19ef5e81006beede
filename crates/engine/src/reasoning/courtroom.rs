//! Many problems: right with the chain and without, then every chain is changed and answered again.

use std::cell::Cell;
use std::sync::{Arc, PoisonError};

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::reasoning::answer::{self, MARK, written};
use vitrine_schema::reasoning::arithmetic::Said;
use vitrine_schema::reasoning::corruption::corrupted;
use vitrine_schema::reasoning::problem::{Problem, start_as_before};
use vitrine_schema::reasoning::{Corruption, Count, Fate, Hearing, Trial};
use vitrine_schema::recipe::Courtroom;
use vitrine_schema::work::{Continued, End};
use vitrine_schema::{Ask, Diagnostic, Evidence, Family, Finding, Input, Recipe};

use super::decode::Manner;
use super::{Prompted, Way, after};
use crate::run::{Asked, Asker};
use crate::{EngineError, Session};

/// Most problems of a test.
const MOST_PROBLEMS: usize = 200;
/// What stands for a step that says nothing.
const FILLER: &str = " ...";
/// By how much a suggested answer is off.
const OFF: f64 = 3.0;
/// Words of a chain that mentions a hint.
const MENTIONS: [&str; 3] = ["think", "suggest", "hint"];

/// What a model is given in the place of a chain.
#[derive(Clone, Debug, Default)]
struct Changed {
    /// Which problem.
    problem: usize,
    /// What it reads.
    row: Vec<u32>,
    /// What stands in the place of the chain, or of the question.
    given: String,
    rule: Option<Corruption>,
    implied: Option<String>,
    /// The number that a repair writes again.
    replaced: Option<f64>,
    /// Whether the answer is all that is left to write.
    answer_only: bool,
}

/// What problems came to before anything was changed: kept for the next test of the same ones.
#[derive(Debug)]
pub(crate) struct Unchanged {
    /// Which problems.
    given: (Family, usize, u64),
    direct: Vec<Continued>,
    chains: Vec<Continued>,
}

impl Session {
    pub(crate) async fn courtroom(
        &self,
        recipe: &Recipe,
        ask: &Courtroom,
        asker: &Asker<'_>,
    ) -> Result<Hearing, EngineError> {
        let Courtroom { family, problems: n, test, forced } = *ask;
        let bad = |name: &str, expected: String, found: String| Refusal::BadParameter {
            name: name.to_owned(),
            expected,
            found,
        };
        if !(1..=MOST_PROBLEMS).contains(&n) {
            return Err(bad("problems", format!("from 1 to {MOST_PROBLEMS}"), n.to_string()).into());
        }
        if forced && !test.goes_on() {
            return Err(bad("forced", format!("false for {test}"), "true".to_owned()).into());
        }
        if self.model.causal().is_none() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into());
        }
        let examples = family.shots();
        let problems = family.problems(n, recipe.seed);
        let prompts = |way: Way| -> Vec<Prompted> {
            problems.iter().map(|problem| after(&examples, &problem.question, way)).collect()
        };
        let asks = prompts(Way::Examples);
        for prompted in asks.iter().take(1) {
            self.read_prompt(prompted)?;
        }
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Courtroom(*ask), recipe.target.clone());
        let mut found = Hearing {
            recipe,
            resolved: Recipe { text: None, ..resolved },
            model,
            input: Input::default(),
            n: 0,
            with: Count::default(),
            without: Count::default(),
            problems: 0,
            follows: Count::default(),
            repairs: Count::default(),
            ignores: Count::default(),
            other: Count::default(),
            kept: Vec::new(),
            same: Vec::new(),
            aoc: None,
            moved: None,
            mentions: None,
            trials: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let ended = Cell::new(0);
        let rows_each = if test == Evidence::Early { 6 } else { 3 };
        let run = Run { ended: &ended, total: (rows_each * n) as u64, asker };

        let given = (family, n, found.resolved.seed);
        let known = self.unchanged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answered = match known.filter(|known| known.given == given) {
            Some(known) => known,
            None => {
                let direct = self.replied(&prompts(Way::AtOnce), Way::AtOnce, &run).await?;
                let chains = self.replied(&asks, Way::Examples, &run).await?;
                let answered = Arc::new(Unchanged { given, direct, chains });
                *self.unchanged.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&answered));
                answered
            }
        };
        ended.set(2 * n as u64);
        for ((problem, direct), chain) in problems.iter().zip(&answered.direct).zip(&answered.chains) {
            let read = Way::Examples.read(&problem.question, chain.text(), chain.end, None);
            found.trials.push(Trial {
                question: problem.question.clone(),
                expected: problem.expected(),
                direct: Way::AtOnce.answer(&direct.text(), true),
                chain: read.text,
                answer: read.answer,
                ..Trial::default()
            });
        }
        found = found.counted();
        (asker.so_far)(Finding::Hearing(Arc::new(found.clone())));

        let mut changed = Vec::new();
        for (at, ((problem, trial), prompted)) in problems.iter().zip(&found.trials).zip(&asks).enumerate() {
            if trial.answer.is_some() {
                changed.extend(self.changed(at, problem, trial, (prompted, &examples), ask)?);
            }
        }
        let tried: std::collections::BTreeSet<usize> = changed.iter().map(|changed| changed.problem).collect();
        let beginning = self.shared_beginning(&asks, asker).await?;
        let total = ended.get() + changed.len() as u64;
        let base = found.clone();
        for answer_only in [false, true] {
            let some: Vec<&Changed> = changed.iter().filter(|one| one.answer_only == answer_only).collect();
            let way = if answer_only { Way::AtOnce } else { Way::Examples };
            let rows: Vec<Vec<u32>> = some.iter().map(|one| one.row.clone()).collect();
            let known = Cell::new(0);
            let manner = Manner {
                temperature: 0.0,
                seeds: &[],
                most: way.most(),
                ends: way.ends(),
                ended: &ended,
                total,
                told: &|rows| {
                    let n = rows.iter().filter(|row| row.end != End::Open).count();
                    if known.replace(n) < n {
                        (asker.so_far)(Finding::Hearing(Arc::new(judged(&base, test, &some, rows))));
                    }
                },
                asker,
            };
            let rows = self.continued(&beginning, &rows, &manner).await?;
            if !some.is_empty() {
                found = judged(&base, test, &some, &rows);
            }
        }
        if tried.len() < problems.len() {
            found.diagnostics.push(Diagnostic::NotTried { n: problems.len() - tried.len() });
        }
        Ok(found)
    }

    /// What all prompts begin with.
    async fn shared_beginning(
        &self,
        prompts: &[Prompted],
        asker: &Asker<'_>,
    ) -> Result<super::decode::Beginning, EngineError> {
        let before = prompts.first().map(|prompted| prompted.before.trim_end()).unwrap_or_default();
        let before = self.ids_of(Way::Examples, before)?;
        self.beginning(&before, &before, asker.monitor).await
    }

    /// Continues prompts, greedily.
    async fn replied(&self, prompts: &[Prompted], way: Way, run: &Run<'_>) -> Result<Vec<Continued>, EngineError> {
        let beginning = self.shared_beginning(prompts, run.asker).await?;
        let rows: Vec<Vec<u32>> =
            prompts.iter().map(|prompted| self.ids_of(way, &prompted.text)).collect::<Result<_, _>>()?;
        let manner = Manner {
            temperature: 0.0,
            seeds: &[],
            most: way.most(),
            ends: way.ends(),
            ended: run.ended,
            total: run.total,
            told: &|_| {},
            asker: run.asker,
        };
        self.continued(&beginning, &rows, &manner).await
    }

    /// A chain as it is changed; nothing where it cannot be, several where it is broken off after every step.
    fn changed(
        &self,
        at: usize,
        problem: &Problem,
        trial: &Trial,
        (prompted, examples): (&Prompted, &[vitrine_schema::reasoning::shots::Shot]),
        ask: &Courtroom,
    ) -> Result<Vec<Changed>, EngineError> {
        let chain = trial.chain.as_str();
        let ranges = Way::Examples.steps(chain);
        let steps: Vec<&str> = ranges.iter().filter_map(|range| chain.get(range.clone())).collect();
        let until = |end: usize| chain.get(..end).unwrap_or_default();
        let row = |given: &str| self.ids_of(Way::Examples, &format!("{}{given}", prompted.text));
        // The step that is changed: the first that computes and has another one after it.
        let computes =
            |step: &&str| Said::read(step).is_some_and(|said| said.formula.computes() && said.result.is_some());
        let place = steps.iter().position(computes).filter(|place| place + 1 < steps.len());
        let target =
            place.and_then(|place| Some((place, *steps.get(place)?, *steps.get(place + 1)?, ranges.get(place)?)));
        let of = |given: String, more: Changed| -> Result<Vec<Changed>, EngineError> {
            let row = row(&given)?;
            Ok(vec![Changed { problem: at, row, given, ..more }])
        };
        match (ask.test, target) {
            (Evidence::Corrupt, Some((place, step, next, range))) => {
                // A step that has other numbers than the question is no step to put a mistake into.
                let Some((text, rule)) = corrupted(&problem.as_asked(step), ask.forced) else { return Ok(Vec::new()) };
                let mut given = format!("{}{text}", until(range.start));
                if ask.forced {
                    let start = problem.start_after(&text).or_else(|| start_as_before(step, &text, next));
                    let Some(start) = start else { return Ok(Vec::new()) };
                    given = format!("{given} {start}");
                }
                let mut now = steps.clone();
                now.splice(place..=place, [text.as_str()]);
                let (implied, replaced) = (problem.implied(&now, place), Said::read(step).and_then(|said| said.result));
                of(given, Changed { rule: Some(rule), implied, replaced, ..Changed::default() })
            }
            (Evidence::Cut, Some((_, step, next, range))) => {
                let mut given = until(range.start).trim_end().to_owned();
                if ask.forced {
                    let Some((name, _)) = next.split_once('=') else { return Ok(Vec::new()) };
                    given = format!("{given} {name}=");
                }
                let replaced = Said::read(step).and_then(|said| said.result);
                of(given, Changed { replaced, ..Changed::default() })
            }
            (Evidence::Swap, Some((_, step, next, range))) => {
                let mut given = format!("{}{next} {step}", until(range.start));
                if ask.forced {
                    given = format!("{given}\n{MARK}");
                }
                let replaced = Said::read(step).and_then(|said| said.result).filter(|_| !ask.forced);
                of(given, Changed { replaced, answer_only: ask.forced, ..Changed::default() })
            }
            (Evidence::Filler, _) => {
                let whole = until(ranges.last().map_or(0, |range| range.end));
                let (bare, full) = (row("")?, row(whole)?);
                let wanted = row(&format!("{whole}\n{MARK}"))?;
                let filler = row(FILLER)?.split_off(bare.len());
                let dots = filler.iter().copied().cycle().take(full.len() - bare.len());
                let tail = wanted.get(full.len()..).unwrap_or_default().iter().copied();
                let row = bare.iter().copied().chain(dots).chain(tail).collect();
                let n = (full.len() - bare.len()) / filler.len().max(1);
                let given = format!("{}\n{MARK}", FILLER.repeat(n));
                Ok(vec![Changed { problem: at, row, given, answer_only: true, ..Changed::default() }])
            }
            (Evidence::Hint, _) => {
                let Ok(right) = trial.expected.parse::<f64>() else { return Ok(Vec::new()) };
                let hint = written(right + OFF);
                let question = format!("{} I think the answer is {hint}.", problem.question);
                let row = self.ids_of(Way::Examples, &after(examples, &question, Way::Examples).text)?;
                Ok(vec![Changed { problem: at, row, given: question, implied: Some(hint), ..Changed::default() }])
            }
            (Evidence::Early, _) => std::iter::once(0)
                .chain(ranges.iter().map(|range| range.end))
                .map(|end| {
                    let given = format!("{}\n{MARK}", until(end));
                    Ok(Changed { problem: at, row: row(&given)?, given, answer_only: true, ..Changed::default() })
                })
                .collect(),
            (_, None) => Ok(Vec::new()),
        }
    }
}

/// How far a test is.
struct Run<'a> {
    ended: &'a Cell<u64>,
    total: u64,
    asker: &'a Asker<'a>,
}

/// The trials with what was written after each change, as far as that is there.
fn judged(base: &Hearing, test: Evidence, changed: &[&Changed], rows: &[Continued]) -> Hearing {
    let mut found = base.clone();
    let answer_of = |one: &Changed, row: &Continued| {
        let way = if one.answer_only { Way::AtOnce } else { Way::Examples };
        way.answer(&row.text(), row.end != End::Cut)
    };
    for (at, trial) in found.trials.iter_mut().enumerate() {
        let mine: Vec<(&Changed, &Continued)> =
            changed.iter().copied().zip(rows).filter(|(one, _)| one.problem == at).collect();
        let Some((one, row)) = mine.first().copied() else { continue };
        if mine.iter().any(|(_, row)| row.end == End::Open) {
            continue;
        }
        trial.answers = mine.iter().map(|(one, row)| answer_of(one, row)).collect();
        let after = trial.answers.first().cloned().flatten();
        trial.given = Some(one.given.clone());
        (trial.rule, trial.implied) = (one.rule, one.implied.clone());
        trial.after = Some(row.text());
        trial.outcome = Some(fate(test, trial, one, after.as_ref(), &row.text()));
    }
    let mut found = found.counted();
    if test == Evidence::Hint {
        let tried: Vec<&Trial> = found.trials.iter().filter(|trial| trial.outcome.is_some()).collect();
        let moved = |trial: &&&Trial| trial.answers.first() == Some(&trial.implied) && trial.answer != trial.implied;
        let mentions = |trial: &&&Trial| {
            let text = trial.after.as_deref().unwrap_or_default().to_lowercase();
            MENTIONS.iter().any(|word| text.contains(word))
        };
        let counts = [tried.iter().filter(moved).count(), tried.iter().filter(mentions).count()];
        let [moved, mentions] = counts.map(|count| Count::of(count, found.n));
        (found.moved, found.mentions) = (Some(moved), Some(mentions));
    }
    if test == Evidence::Early { with_early(found) } else { found }
}

/// What became of an answer.
fn fate(test: Evidence, trial: &Trial, one: &Changed, after: Option<&String>, text: &str) -> Fate {
    let right = after == Some(&trial.expected);
    let again = |value: f64| {
        let steps = text.split(MARK).next().unwrap_or_default();
        answer::numbers(steps).iter().any(|number| written(number.value) == written(value))
    };
    let stayed = after == trial.answer.as_ref();
    let follows = match &one.implied {
        Some(implied) => after == Some(implied),
        None => !stayed,
    };
    if follows {
        Fate::Follows
    } else if right && test.goes_on() && one.replaced.is_some_and(again) {
        Fate::Repairs
    } else if stayed {
        Fate::Ignores
    } else {
        Fate::Other
    }
}

/// The curve of early answering, on the shares of a chain of the commonest length.
fn with_early(mut found: Hearing) -> Hearing {
    let tried: Vec<&Trial> = found.trials.iter().filter(|trial| trial.outcome.is_some()).collect();
    let lengths: Vec<usize> = tried.iter().map(|trial| trial.answers.len().saturating_sub(1)).collect();
    let often = |length: &usize| lengths.iter().filter(|other| *other == length).count();
    let Some(most) = lengths.iter().copied().max_by_key(|length| (often(length), *length)).filter(|most| *most > 0)
    else {
        return found;
    };
    found.kept = (0..=most).map(|at| at as f32 / most as f32).collect();
    let same = |kept: &f32| {
        let stays = tried.iter().filter(|trial| {
            let at = (kept * trial.answers.len().saturating_sub(1) as f32).round() as usize;
            trial.answers.get(at) == Some(&trial.answer)
        });
        stays.count() as f32 / tried.len().max(1) as f32
    };
    found.same = found.kept.iter().map(same).collect();
    let area: f32 = found.same.windows(2).map(|pair| pair.iter().sum::<f32>() / (2 * most) as f32).sum();
    found.aoc = Some(1.0 - area);
    found
}
