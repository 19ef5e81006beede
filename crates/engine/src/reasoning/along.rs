//! How likely an answer would be if it had to be given after every step.

use vitrine_methods::{Monitor, watched};
use vitrine_model::{Hooks, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::prediction::log_sum_exp;
use vitrine_schema::reasoning::answer::MARK;

use super::decode::Beginning;
use super::{Chained, Prompted, Way};
use crate::{EngineError, Session};

impl Session {
    /// The probability of an answer after the question and after each step of a chain; nothing where there are no steps or no answer.
    pub(super) async fn of_steps(
        &self,
        beginning: &Beginning,
        prompted: &Prompted,
        chained: &Chained,
        answer: Option<&str>,
        monitor: &dyn Monitor,
    ) -> Result<Vec<f32>, EngineError> {
        let Some(answer) = answer.filter(|_| prompted.way == Way::Examples) else { return Ok(Vec::new()) };
        let steps = prompted.way.steps(&chained.text);
        let ends: Vec<usize> = std::iter::once(0).chain(steps.into_iter().map(|step| step.end)).collect();
        self.along(beginning, (&prompted.text, &chained.text), &ends, answer, monitor).await
    }

    /// The probability of an answer where a chain is broken off after some bytes and the answer is wanted: that of all its
    /// tokens, one after the other.
    async fn along(
        &self,
        beginning: &Beginning,
        (prompt, chain): (&str, &str),
        ends: &[usize],
        answer: &str,
        monitor: &dyn Monitor,
    ) -> Result<Vec<f32>, EngineError> {
        let wrong = || Refusal::WrongTask { id: self.card.id.clone(), causal: false };
        let causal = self.model.causal().ok_or_else(wrong)?;
        let mut probabilities = Vec::new();
        for &end in ends {
            let asked = format!("{prompt}{}\n{MARK}", chain.get(..end).unwrap_or_default());
            let asked_ids = self.ids_of(Way::Examples, &asked)?;
            let ids = self.ids_of(Way::Examples, &format!("{asked} {answer}"))?;
            let from = ids.iter().zip(&asked_ids).take_while(|(a, b)| a == b).count();
            let (mut cache, shared) = beginning.for_row(&ids, from.saturating_sub(1));
            let rest = ids.get(shared..ids.len() - 1).unwrap_or_default().to_vec();
            if from <= shared || from >= ids.len() || ids.len() > self.model.config().n_positions {
                return Ok(Vec::new());
            }
            let embed = self.model.embed(&[rest])?;
            let stream =
                watched::normalized(&self.model, embed, Some(&mut cache), &mut Hooks::default(), monitor).await?;
            let [_, pos, d_model] = stream.dims();
            let logits = causal.unembed(stream.slice([0..1, from - 1 - shared..pos, 0..d_model]));
            let [_, d_vocab] = logits.dims();
            let logits = trace::read(logits).await?;
            let token = |(id, logits): (&u32, &[f32])| {
                let logit = logits.get(*id as usize).copied().unwrap_or(f32::NAN);
                f64::from(logit) - log_sum_exp(logits)
            };
            let log: f64 = ids.iter().skip(from).zip(logits.chunks(d_vocab)).map(token).sum();
            if !log.is_finite() {
                return Err(Refusal::Overflow.into());
            }
            probabilities.push(log.exp() as f32);
        }
        Ok(probabilities)
    }
}
