//! A result ⇄ its parts: what is told of it, and what stands in bytes.

use std::collections::BTreeMap;

use vitrine_schema::comparison::disputed;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{
    Ablation, Agreement, Ask, Check, Comparison, Curves, Diagnostic, Explanation, Finding, Input, MethodRef, ModelRef,
    Players, Prediction, ProblemType, Receipt, Recipe, Summary, Trust, TrustId, Verdict,
};

use super::bytes::{Reader, Writer};
use super::numbers::{Measured, Numbers};
use super::told::{Explained, Found, Told};
use super::{LinkError, Sent, Summarized, tokens};

/// Answers that travel, of a prediction and of what was said without something.
const ANSWERS: usize = 10;
/// Bytes of the hash of the weights.
const HASH: usize = 8;

/// The parts of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Words and structure.
    pub told: Told,
    /// What was read.
    pub input: Input,
    sha256: [u8; HASH],
    numbers: Vec<Numbers>,
}

impl Parts {
    /// The parts of a finding, as far as a link has room for them.
    pub fn of(finding: &Finding) -> Result<Self, LinkError> {
        let mut numbers = Vec::new();
        let mut problem_type = ProblemType::default();
        let mut remarks = Vec::new();
        let found = match finding {
            Finding::Prediction(found) => {
                remarks = told_of(&found.diagnostics);
                let top = found.top.iter().take(ANSWERS).cloned().collect();
                Found::Prediction { logits: found.logits.clone(), score: found.score, top }
            }
            Finding::Explanation(found) => {
                problem_type = found.problem_type;
                numbers.push(Numbers::of(found)?);
                Found::Explanation(explained(found))
            }
            Finding::Comparison(found) => {
                remarks = told_of(&found.diagnostics);
                problem_type = found.explanations.first().map_or(problem_type, |one| one.problem_type);
                numbers = found.explanations.iter().map(Numbers::of).collect::<Result<_, _>>()?;
                let explanations = found.explanations.iter().map(explained).collect();
                Found::Comparison { explanations, kendall_tau: found.agreement.kendall_tau.clone() }
            }
            Finding::Ablation(found) => {
                remarks = told_of(&found.diagnostics);
                problem_type = found.problem_type;
                let Ablation { target, value, without, predicted, .. } = &**found;
                let (target, value, without, predicted) = (target.clone(), *value, *without, *predicted);
                let top = found.top.iter().take(ANSWERS).cloned().collect();
                Found::Ablation { target, value, without, predicted, top }
            }
            Finding::Generation(_)
            | Finding::Attention(_)
            | Finding::Stream(_)
            | Finding::Patching(_)
            | Finding::Probing(_)
            | Finding::Chaining(_)
            | Finding::Voting(_)
            | Finding::Hearing(_) => Found::Summary(Summary::of(finding).ok_or(LinkError::Damaged)?),
        };
        let (model, mut input) = (finding.model(), Summary::input(finding));
        if input.tokens.iter().any(|token| input.text.get(token.start..token.end).is_none()) {
            return Err(LinkError::Impossible { what: "tokens that stand outside of their text" });
        }
        input.tokens.iter_mut().for_each(|token| token.id = 0);
        let told = Told { architecture: model.architecture.clone(), problem_type, diagnostics: remarks, found };
        Ok(Self { told: told.tamed()?, input, sha256: hash_of(&model.sha256), numbers })
    }

    /// The parts of what travels.
    pub fn of_sent(sent: &Sent) -> Result<Self, LinkError> {
        match sent {
            Sent::Finding(finding) => Self::of(finding),
            Sent::Summary(summarized) => {
                let Summarized { model, input, summary } = &**summarized;
                let (architecture, problem_type) = (model.architecture.clone(), ProblemType::default());
                let found = Found::Summary(summary.clone());
                let told = Told { architecture, problem_type, diagnostics: Vec::new(), found }.tamed()?;
                Ok(Self { told, input: input.clone(), sha256: hash_of(&model.sha256), numbers: Vec::new() })
            }
        }
    }

    /// Writes what stands in bytes.
    pub fn write(&self, writer: &mut Writer) {
        self.sha256.iter().for_each(|byte| writer.byte(*byte));
        tokens::write(&self.input, writer);
        self.numbers.iter().for_each(|numbers| numbers.write(writer));
    }

    /// Reads what stands in bytes beside what was told of a text.
    pub fn read(told: Told, text: String, mut reader: Reader<'_>) -> Result<Self, LinkError> {
        let sha256 = reader.bytes()?;
        let tokens = tokens::read(&text, &mut reader)?;
        let n_explanations = match &told.found {
            Found::Explanation(_) => 1,
            Found::Comparison { explanations, .. } => explanations.len(),
            Found::Prediction { .. } | Found::Ablation { .. } | Found::Summary(_) => 0,
        };
        let numbers =
            (0..n_explanations).map(|_| Numbers::read(tokens.len(), &mut reader)).collect::<Result<_, _>>()?;
        if reader.0 != [0] {
            return Err(LinkError::Damaged);
        }
        Ok(Self { told, input: Input { text, tokens }, sha256, numbers })
    }

    /// The result that these are parts of, as the answer to a question.
    pub fn sent(self, recipe: &Recipe) -> Result<Sent, LinkError> {
        let Self { told: Told { architecture, problem_type, mut diagnostics, found }, input, sha256, numbers } = self;
        if !found.answers(recipe, &input) {
            return Err(LinkError::Impossible { what: "an answer to another question" });
        }
        let id = vitrine_schema::foreign::line(&recipe.model);
        let model = ModelRef { id, architecture, sha256: hex_of(sha256) };
        let (recipe, resolved) = (recipe.clone(), recipe.clone());
        diagnostics.push(Diagnostic::Sent);
        let checks = Vec::new();
        let base = Base { recipe: &resolved, model: &model, input: &input, problem_type };
        Ok(Sent::Finding(match found {
            Found::Summary(summary) => {
                return Ok(Sent::Summary(Box::new(Summarized { model, input, summary })));
            }
            Found::Prediction { logits, score, top } => {
                let vocabulary = vitrine_schema::Grid::default();
                let found =
                    Prediction { recipe, resolved, model, input, logits, vocabulary, score, top, checks, diagnostics };
                Finding::Prediction(found.into())
            }
            Found::Explanation(one) => Finding::Explanation(base.explanation(one, numbers.into_iter().next())?.into()),
            Found::Comparison { explanations, kendall_tau } => {
                let numbers = numbers.into_iter().map(Some);
                let with_numbers = explanations.into_iter().zip(numbers);
                let each = with_numbers.map(|(one, numbers)| base.one_of_several(one, numbers));
                let explanations = each.collect::<Result<Vec<Explanation>, _>>()?;
                let n = explanations.len();
                if kendall_tau.len() != n || kendall_tau.iter().any(|row| row.len() != n) {
                    return Err(LinkError::Impossible { what: "a table that does not fit its methods" });
                }
                let methods = explanations.iter().map(|one| one.method.id).collect();
                let (agreement, disputed) = (Agreement { methods, kendall_tau }, disputed(&explanations));
                let found = Comparison {
                    recipe,
                    resolved,
                    model,
                    input,
                    explanations,
                    agreement,
                    disputed,
                    other: None,
                    checks,
                    diagnostics,
                };
                Finding::Comparison(found.into())
            }
            Found::Ablation { target, value, without, predicted, top } => {
                let change = value - without;
                let found = Ablation {
                    recipe,
                    resolved,
                    model,
                    input,
                    target,
                    value,
                    without,
                    change,
                    predicted,
                    top,
                    // What it goes on to write, and its neurons, are found again by whoever asks again.
                    written: None,
                    neurons: Vec::new(),
                    problem_type,
                    checks,
                    diagnostics,
                };
                Finding::Ablation(found.into())
            }
        }))
    }
}

/// What the explanations of a result share.
struct Base<'a> {
    recipe: &'a Recipe,
    model: &'a ModelRef,
    input: &'a Input,
    problem_type: ProblemType,
}

impl Base<'_> {
    /// One of the explanations of a comparison, which were asked for with the defaults of their methods.
    fn one_of_several(&self, one: Explained, numbers: Option<Numbers>) -> Result<Explanation, LinkError> {
        let ask = Explain { params: one.params.clone(), ..Explain::new(one.method, &[]) };
        let recipe = Recipe { ask: Ask::Explain(ask), ..self.recipe.clone() };
        Base { recipe: &recipe, ..*self }.explanation(one, numbers)
    }

    fn explanation(&self, one: Explained, numbers: Option<Numbers>) -> Result<Explanation, LinkError> {
        let Explained { target, method, params, players, removed_by, mut diagnostics } = one;
        let Numbers { values: [value, baseline_value], logits, scores, receipt } = numbers.ok_or(LinkError::Damaged)?;
        let n_tokens = self.input.tokens.len();
        if scores.len() != n_tokens {
            return Err(LinkError::Impossible { what: "scores that are not one for each token" });
        }
        let classes = [Some(target.index), target.foil.as_ref().map(|foil| foil.index)];
        if !logits.is_empty() && classes.into_iter().flatten().any(|class| class >= logits.len()) {
            return Err(LinkError::Impossible { what: "a class that its model does not have" });
        }
        let method = MethodRef { id: method, params, seed: self.recipe.seed };
        let players = match players {
            Some(players) => players,
            None => players_of(self.recipe, self.input, &method)?,
        };
        if players.iter().flatten().any(|token| *token >= n_tokens) || players.iter().any(Vec::is_empty) {
            return Err(LinkError::Impossible { what: "a token that is not in its text" });
        }
        let checks = vec![Check::completeness(&scores, value, baseline_value, method.id.declared().complete)];
        let adds_up = checks.iter().all(|check| check.verdict != Verdict::Fail);
        let receipt = match (removed_by, receipt) {
            (None, None) => None,
            (Some(_), Some(Measured { removal, .. })) if removal.len() > n_tokens => {
                return Err(LinkError::Impossible { what: "more words than its text" });
            }
            (Some(removed_by), Some(Measured { figures, kendall_tau, removal })) => {
                let mut receipt = Receipt {
                    removed_by,
                    removal,
                    deletion: Curves::default(),
                    insertion: Curves::default(),
                    comprehensiveness: Vec::new(),
                    sufficiency: Vec::new(),
                    kendall_tau_loo: kendall_tau,
                    baseline_spread: BTreeMap::new(),
                    baseline_values: BTreeMap::new(),
                    stability: None,
                    figures: Some(figures),
                    verdict: Trust { id: TrustId::Untested, sentence: None },
                };
                receipt.verdict.id = receipt.judged(adds_up);
                Some(Box::new(receipt))
            }
            _ => return Err(LinkError::Impossible { what: "half a receipt" }),
        };
        diagnostics.push(Diagnostic::Sent);
        let (recipe, resolved) = (self.recipe.clone(), self.recipe.clone());
        let (model, input, problem_type) = (self.model.clone(), self.input.clone(), self.problem_type);
        let (matrix, steps, path, trail) = (None, Vec::new(), None, None);
        Ok(Explanation {
            recipe,
            resolved,
            model,
            input,
            target,
            method,
            value,
            baseline_value,
            scores,
            logits,
            problem_type,
            players,
            matrix,
            steps,
            path,
            trail,
            receipt,
            checks,
            diagnostics,
        })
    }
}

/// What is told of an explanation.
fn explained(explanation: &Explanation) -> Explained {
    let Explanation { target, method, players, receipt, resolved, input, .. } = explanation;
    let follow = players_of(resolved, input, method).is_ok_and(|expected| expected == *players);
    Explained {
        target: target.clone(),
        method: method.id,
        params: method.params.clone(),
        players: (!follow).then(|| players.clone()),
        removed_by: receipt.as_ref().map(|receipt| receipt.removed_by),
        diagnostics: told_of(&explanation.diagnostics),
    }
}

/// The players that a question names; none where they are single tokens.
fn players_of(recipe: &Recipe, input: &Input, method: &MethodRef) -> Result<Vec<Vec<usize>>, LinkError> {
    let Ask::Explain(Explain { players, .. }) = &recipe.ask else { return Ok(Vec::new()) };
    if *players == Players::Tokens {
        return Ok(Vec::new());
    }
    let impossible = |_| LinkError::Impossible { what: "players that are not in its text" };
    let mut players = players.of(input).map_err(impossible)?;
    if method.params.flag("hold_first") {
        players.iter_mut().for_each(|player| player.retain(|token| *token != 0));
        players.retain(|player| !player.is_empty());
    }
    Ok(players)
}

/// The remarks that travel: what stands in the link by itself is left out, and of numbers for each token all but the largest.
fn told_of(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let largest = |values: &[f32]| values.iter().copied().fold(0.0, f32::max);
    let shorter = |diagnostic: &Diagnostic| match diagnostic {
        Diagnostic::Sampled { samples, standard_errors } => {
            Diagnostic::Sampled { samples: *samples, standard_errors: vec![largest(standard_errors)] }
        }
        Diagnostic::Fitted { r_squared, lowest, highest } => {
            let spread: Vec<f32> = lowest.iter().zip(highest).map(|(lowest, highest)| highest - lowest).collect();
            Diagnostic::Fitted { r_squared: *r_squared, lowest: vec![0.0], highest: vec![largest(&spread)] }
        }
        other => other.clone(),
    };
    diagnostics.iter().filter(|diagnostic| **diagnostic != Diagnostic::Sent).map(shorter).collect()
}

/// The first bytes of a hash in hexadecimal; 0 where there is none.
fn hash_of(sha256: &str) -> [u8; HASH] {
    let byte = |at: usize| sha256.get(2 * at..2 * at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..HASH).map(byte).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

fn hex_of(sha256: [u8; HASH]) -> String {
    if sha256 == [0; HASH] { String::new() } else { sha256.iter().map(|byte| format!("{byte:02x}")).collect() }
}
