//! Occlusion, also called leave-one-out.
//!
//! **Question.** What happens to the answer when one token is taken away?
//!
//! **Definition.**
//! ```text
//! O_i = F(x) − F(x without i)
//! ```
//! What *without* means is said in `absence.rs`.
//!
//! **Reads as.** Logits, signed: positive means that the token helped the target.
//!
//! **Cost.** One forward pass per token, in batches.
//!
//! **Limits.** One token at a time: two that say the same hide each other. The text without the token may look unlike
//! any text that the model has learned from. Scores do not sum to the difference of the values. Where deleting leaves no
//! token at all (a model of language has no special ones around the text) there is nothing to run: the score is 0, and so
//! is F(x) minus the baseline's value, and a remark says so.
//!
//! **Source.** Zeiler, Fergus 2014, *Visualizing and Understanding Convolutional Networks*, section 4.2,
//! arXiv 1311.2901; for text Li, Monroe, Jurafsky 2016, *Understanding Neural Networks through Representation Erasure*,
//! equation 2, arXiv 1612.08220.
//!
//! **Differs from the source in** the unit: a difference of logits, not a relative change of log-probability.

use vitrine_schema::Diagnostic;

use crate::trail::{MOST_PLAYERS, Step, on_tokens};
use crate::values::Removing;
use crate::{Attribution, Context, MethodError, Removal, ValueFunction};

/// Runs the method. The baseline is the text with every player taken away in the same manner.
///
/// # Errors
/// [`MethodError`].
pub async fn attribute(ctx: &Context<'_>, config: &Removing) -> Result<Attribution, MethodError> {
    let players = ctx.players(config.hold_first);
    let found = leave_one_out(&Removal::new(ctx, &players, config.variant)).await?;

    let mut scores = vec![0.0; ctx.input.tokens.len()];
    let (mut diagnostics, mut steps) = (Vec::new(), Vec::new());
    let mut so_far = vec![0.0; players.len()];
    for (nth, (player, without)) in players.iter().zip(found.without).enumerate() {
        if let Some(without) = without {
            so_far[nth] = f64::from(found.value - without);
            let value = Some(f64::from(without));
            steps.push(Step { number: nth + 1, absent: vec![nth], value, scores: so_far.clone(), ..Step::default() });
        }
        let first = player.first().copied();
        match (without, first.and_then(|first| scores.get_mut(first))) {
            (Some(without), Some(score)) => *score = found.value - without,
            _ => diagnostics.push(nothing_left(ctx, first)),
        }
    }
    if found.blank.is_none() && diagnostics.is_empty() {
        diagnostics.push(nothing_left(ctx, None));
    }
    let baseline_value = found.blank.unwrap_or(found.value);
    let (value, logits) = (found.value, ctx.memo.logits());
    let shown = if players.len() <= MOST_PLAYERS { steps } else { Vec::new() };
    let trail = on_tokens(shown, players.len(), &players, ctx.input.tokens.len());
    Ok(Attribution { value, baseline_value, logits, scores, path: None, trail, diagnostics })
}

/// `F` with every player there, with none, and without each.
#[derive(Debug, Clone, PartialEq)]
struct LeftOut {
    value: f32,
    blank: Option<f32>,
    without: Vec<Option<f32>>,
}

/// Asks a value function without each of its players, in one go, so that rows of one length are run together.
async fn leave_one_out(values: &dyn ValueFunction) -> Result<LeftOut, MethodError> {
    let all: Vec<usize> = (0..values.n_players()).collect();
    let each = all.iter().map(|&player| vec![player]);
    let absent: Vec<Vec<usize>> = [Vec::new(), all.clone()].into_iter().chain(each).collect();
    let mut found = values.without(&absent).await?.into_iter();
    // A text has at least one token, so there is a value with nothing absent.
    let value = found.next().flatten().unwrap_or(f32::NAN);
    Ok(LeftOut { value, blank: found.next().flatten(), without: found.collect() })
}

fn nothing_left(ctx: &Context<'_>, position: Option<usize>) -> Diagnostic {
    let token = position.and_then(|position| ctx.input.tokens.get(position));
    let text = token.map_or(&ctx.input.text, |token| &token.text).clone();
    Diagnostic::NothingLeft { position, text }
}

#[cfg(test)]
mod tests {
    use crate::values::game::Game;

    use super::*;

    fn left_out(n: usize, game: impl Fn(&[usize]) -> Option<f32>) -> LeftOut {
        futures_executor::block_on(leave_one_out(&Game(n, game))).unwrap()
    }

    #[test]
    fn where_players_add_up_each_brings_its_own() {
        let worth = [3.0, -1.0, 0.5];
        let found = left_out(3, |there| Some(there.iter().map(|&player| worth[player]).sum::<f32>() + 2.0));
        assert_eq!((found.value, found.blank), (4.5, Some(2.0)));
        assert_eq!(found.without, [Some(1.5), Some(5.5), Some(4.0)]);
    }

    #[test]
    fn two_that_say_the_same_hide_each_other() {
        let found = left_out(2, |there| Some(if there.is_empty() { 0.0 } else { 1.0 }));
        assert_eq!(found, LeftOut { value: 1.0, blank: Some(0.0), without: vec![Some(1.0), Some(1.0)] });
    }

    #[test]
    fn where_nothing_would_be_left_there_is_no_value() {
        let found = left_out(1, |there| (!there.is_empty()).then_some(1.0));
        assert_eq!(found, LeftOut { value: 1.0, blank: None, without: vec![None] });
    }
}
