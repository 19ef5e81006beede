//! Several methods on one answer, one after the other, which share what they know.

use vitrine_methods::kendall::tau_b;
use vitrine_schema::comparison::{aligned, disputed};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::{Compare, Explain};
use vitrine_schema::{Agreement, Ask, Comparison, Diagnostic, Explanation, Input, MethodId, Methods, Other, Recipe};

use crate::run::{Asked, Asker};
use crate::{EngineError, Session};

impl Session {
    pub(crate) async fn compare(
        &self,
        recipe: &Recipe,
        ask: &Compare,
        asker: &Asker<'_>,
    ) -> Result<Comparison, EngineError> {
        let mut left_out = Vec::new();
        let explanations = self.each(recipe, &ask.methods, asker, &mut left_out).await?;
        // Asked for by name a method that cannot serve is an error, and there is nothing to compare without any.
        let first = match (&ask.methods, explanations.first(), left_out.first()) {
            (Methods::All, Some(first), _) | (_, Some(first), None) => first,
            (.., Some(Diagnostic::LeftOut { refusal, .. })) => return Err((**refusal).clone().into()),
            _ => return Err(Refusal::UnknownMethod { id: String::new() }.into()),
        };
        let ids: Vec<MethodId> = explanations.iter().map(|explanation| explanation.method.id).collect();
        let other = match (&ask.with_text, &ask.with_model) {
            (None, None) => None,
            (Some(_), Some(_)) => return Err(Refusal::NothingBeside { both: true }.into()),
            (text, model) => {
                let there = match model {
                    Some(_) => asker.beside.ok_or(Refusal::NothingBeside { both: false })?,
                    None => self,
                };
                // The same answer is explained on both sides.
                let text = text.clone().or_else(|| recipe.text.clone());
                let same = Recipe { text, target: first.resolved.target.clone(), ..recipe.clone() };
                let found = there.each(&same, &Methods::Listed(ids.clone()), asker, &mut left_out).await?;
                found.first().map(|explanation| explanation.input.clone()).map(|input| Other {
                    alignment: aligned(&first.input, &input),
                    input,
                    explanations: found,
                })
            }
        };
        let (input, target) = (first.input.clone(), first.resolved.target.clone());
        let agreement = agreement(&input, &explanations);
        let disputed = disputed(&explanations);
        let resolved = Ask::Compare(Compare { methods: Methods::Listed(ids), ..ask.clone() });
        let Asked { recipe, resolved, model } = self.asked(recipe, resolved, target);
        let (checks, diagnostics) = (Vec::new(), left_out);
        Ok(Comparison { recipe, resolved, model, input, explanations, agreement, disputed, other, checks, diagnostics })
    }

    /// An explanation by each method; those that refuse are noted.
    async fn each(
        &self,
        recipe: &Recipe,
        methods: &Methods,
        asker: &Asker<'_>,
        left_out: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Explanation>, EngineError> {
        let ids = match methods {
            Methods::All => MethodId::ALL,
            Methods::Listed(ids) => ids,
        };
        let mut explanations = Vec::new();
        let mut target = recipe.target.clone();
        for &id in ids {
            let ask = Explain::new(id, &[]);
            let asked = Recipe { ask: Ask::Explain(ask.clone()), ..recipe.clone() }.about(target.clone());
            match self.explain(&asked, &ask, asker).await {
                Ok(found) => {
                    // What the first one settled is not looked for again.
                    target = found.resolved.target.clone();
                    // A path is an animation of its own.
                    explanations.push(Explanation { path: None, trail: None, ..found });
                }
                Err(EngineError::Refused(refusal)) => {
                    left_out.push(Diagnostic::LeftOut { method: id, refusal: Box::new(refusal) });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(explanations)
    }
}

/// Kendall's τ-b of each pair over the tokens of the text.
fn agreement(input: &Input, explanations: &[Explanation]) -> Agreement {
    let players = |explanation: &Explanation, signed: bool| -> Vec<f32> {
        let tokens = explanation.scores.iter().zip(&input.tokens).filter(|(_, token)| !token.special);
        tokens.map(|(score, _)| if signed { *score } else { score.abs() }).collect()
    };
    let tau = |a: &Explanation, b: &Explanation| {
        let signed = a.signed() && b.signed();
        if a.method.id == b.method.id { Some(1.0) } else { tau_b(&players(a, signed), &players(b, signed)) }
    };
    let row = |a: &Explanation| explanations.iter().map(|b| tau(a, b)).collect();
    Agreement {
        methods: explanations.iter().map(|explanation| explanation.method.id).collect(),
        kendall_tau: explanations.iter().map(row).collect(),
    }
}
