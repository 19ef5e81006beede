//! A continuation explained token by token: for each, which of the tokens before it brought it.

use std::mem::discriminant;

use vitrine_methods::{Attribution, Context, Explained, Memo};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{
    Ask, Check, Explanation, Input, Matrix, MethodRef, Params, Players, Quantity, Recipe, Step, Target, TargetRequest,
};
use vitrine_text::Tokenized;

use crate::run::Asker;
use crate::{EngineError, Session};

/// Likeliest tokens that are named at each step.
const NAMED: usize = 5;

impl Session {
    pub(crate) async fn explain_continuation(
        &self,
        recipe: &Recipe,
        ask: &Explain,
        continuation: &str,
        asker: &Asker<'_>,
    ) -> Result<Explanation, EngineError> {
        if self.model.causal().is_none() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into());
        }
        let text = recipe.text()?;
        // Read together, as a model that wrote it would have it in front of it.
        let Tokenized { input, truncated } = self.read(&format!("{text}{continuation}"))?;
        let own = |at: &usize| input.tokens.get(*at).is_some_and(|token| token.start >= text.len());
        let rows: Vec<usize> = (1..input.tokens.len()).filter(own).collect();
        let Some(&last) = rows.last() else { return Err(Refusal::NothingContinued.into()) };
        let params = ask.method.resolve(&ask.params, &self.card.traits)?;
        let foil = match &recipe.target.foil {
            Some(_) => self.target(&input, &recipe.target, asker.monitor).await?.0.foil,
            None => None,
        };
        let asked = recipe.target.quantity.unwrap_or(Quantity::LogProb);
        let quantity = if foil.is_some() { Quantity::LogitDifference } else { asked };
        let mut sums = Sums::of(input.tokens.len());
        let mut matrix = Matrix { rows: rows.clone(), columns: (0..last).collect(), values: Vec::new() };
        let (mut steps, mut target) = (Vec::new(), None);
        for &row in &rows {
            let Some(token) = input.tokens.get(row) else { continue };
            let before = Input {
                text: input.text.get(..token.start).unwrap_or_default().to_owned(),
                tokens: input.tokens.iter().take(row).cloned().collect(),
            };
            let index = token.id as usize;
            let here = Target { quantity, label: self.name_of(index), index, foil: foil.clone() };
            let (memo, groups) = (Memo::default(), ask.players.of(&before)?);
            let logits = self.logits(&before, asker.monitor).await?;
            let top = self.ranked(&logits, NAMED);
            let own = self.named(&logits, Some(index).filter(|id| top.iter().all(|ranked| ranked.id != *id))).pop();
            if ask.receipt {
                memo.listen(top.first().map_or(0, |own| own.id));
            }
            let context = Context { groups: &groups, ..self.context(&before, &here, &memo, asker) };
            let step = vitrine_methods::explain(&context, ask.method, params.clone(), recipe.seed).await?;
            matrix.values.push((0..last).map(|column| step.attribution.scores.get(column).copied()).collect());
            let receipt = self.receipt(&context, ask, &step, recipe.seed, &|_| {}).await?;
            steps.push(Step { id: token.id, token: here.label.clone(), top, own, receipt });
            target.get_or_insert(here);
            sums.add(step);
        }
        let players = if ask.players == Players::Tokens { Vec::new() } else { ask.players.of(&input)? };
        let Sums { found, params: used } = sums;
        let check =
            Check::completeness(&found.scores, found.value, found.baseline_value, ask.method.declared().complete);
        let found = Attribution { diagnostics: found.diagnostics.into_iter().chain(truncated).collect(), ..found };
        let resolved = Ask::Explain(Explain { params, ..ask.clone() });
        let settled = TargetRequest { quantity: Some(quantity), ..recipe.target.clone() };
        let method = MethodRef { id: ask.method, params: used, seed: recipe.seed };
        let asked = self.asked(recipe, resolved, settled);
        let target = target.ok_or(Refusal::NothingContinued)?;
        let explained = self.explanation(asked, input, target, method, found, check);
        Ok(Explanation { players, matrix: Some(matrix), steps, ..explained })
    }
}

/// Sums over the steps.
struct Sums {
    found: Attribution,
    params: Params,
}

impl Sums {
    fn of(n_tokens: usize) -> Self {
        let (value, baseline_value, logits, diagnostics) = (0.0, 0.0, Vec::new(), Vec::new());
        let scores = vec![0.0; n_tokens];
        let found = Attribution { value, baseline_value, logits, scores, path: None, trail: None, diagnostics };
        Self { found, params: Params::default() }
    }

    fn add(&mut self, step: Explained) {
        let Attribution { value, baseline_value, scores, diagnostics, .. } = step.attribution;
        self.found.value += value;
        self.found.baseline_value += baseline_value;
        self.found.scores.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        self.params = step.params;
        // One remark of a kind is enough.
        for remark in diagnostics {
            if self.found.diagnostics.iter().all(|known| discriminant(known) != discriminant(&remark)) {
                self.found.diagnostics.push(remark);
            }
        }
    }
}
