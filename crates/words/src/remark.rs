//! Remarks on findings.

use vitrine_schema::{Diagnostic, Draft, Explanation, Generation};

use crate::number::{percent, plain};
use crate::phrase::apart;

/// A remark on a result that needs a sentence of its own.
#[must_use]
pub fn remark(diagnostic: &Diagnostic) -> Option<String> {
    Some(match diagnostic {
        Diagnostic::SeveralTokens { text, n_tokens, first } => {
            let (text, first) = (apart(text), apart(first));
            format!("“{text}” is {n_tokens} tokens for this model; its first one, “{first}”, is explained.")
        }
        Diagnostic::FirstTokenHeld => {
            "The first token keeps its embedding on the path: such a model rests its attention there, and moving it breaks the path.".to_owned()
        }
        Diagnostic::NothingLeft { position: Some(_), text } => {
            let text = apart(text);
            format!("Without “{text}” nothing would be left to read, so that was not run; its score is 0.")
        }
        Diagnostic::NothingLeft { position: None, .. } => {
            "With every word deleted nothing would be left to read, so there is no value without the words.".to_owned()
        }
        Diagnostic::LeftOut { method, refusal } => {
            format!("{} is left out: {}.", method.declared().name, apart(&refusal.to_string()))
        }
        Diagnostic::BudgetSpent { budget } => format!(
            "The budget of {budget} runs was spent before every group of words was taken apart; words that were still \
             together got the same share each."
        ),
        Diagnostic::Sampled { samples, standard_errors } => format!(
            "The scores are means over {samples} random draws; the standard error of a score is at most {}.",
            plain(largest(standard_errors.iter().copied()))
        ),
        Diagnostic::Fitted { r_squared, lowest, highest } => format!(
            "The simple sum explains {} of how the answer varies; over three seeds no score moves by more than {}.",
            percent(*r_squared),
            plain(largest(lowest.iter().zip(highest).map(|(lowest, highest)| highest - lowest)))
        ),
        Diagnostic::Sent => "Computed by the sender of a link; not yet recomputed here.".to_owned(),
        Diagnostic::ChainCut { most } => format!("A chain came to no answer in {most} tokens and was cut there."),
        Diagnostic::AnswerUnread => "A chain ends with what is no number and no option, so no answer can be read there.".to_owned(),
        Diagnostic::NoNumber => {
            "The question has no number, so the steps can only be checked against themselves.".to_owned()
        }
        Diagnostic::SameSamples => "Without temperature every chain is the same, so the vote says nothing new.".to_owned(),
        Diagnostic::NotTried { n } => {
            format!("{n} of the chains could not be changed in this way and {} left out.", if *n == 1 { "is" } else { "are" })
        }
        Diagnostic::NothingMoved => "Copying it changes nothing.".to_owned(),
        _ => return None,
    })
}

fn largest(numbers: impl Iterator<Item = f32>) -> f32 {
    numbers.fold(0.0, f32::max)
}

/// Where the text was longer than the model reads: that it was, and the beginning of what was not read.
#[must_use]
pub fn truncated(explanation: &Explanation) -> Option<(String, String)> {
    const SHOWN: usize = 160;
    explanation.diagnostics.iter().find_map(|diagnostic| {
        let Diagnostic::InputTruncated { kept, total, cut_at } = diagnostic else { return None };
        let said = format!(
            "The model reads at most {kept} tokens at a time and this text has {total}; what comes after the mark was not read."
        );
        Some((said, explanation.input.text.get(*cut_at..).unwrap_or_default().chars().take(SHOWN).collect()))
    })
}

/// Why the model wrote no more.
#[must_use]
pub fn ended(generation: &Generation) -> String {
    let full = |remark: &Diagnostic| matches!(remark, Diagnostic::ContextFull { .. });
    match &generation.stopped_by {
        Some(stop) => format!("the model ended its text with {}", stop.text),
        None if generation.diagnostics.iter().any(full) => "the model reads no more".to_owned(),
        None => "stopped at the limit".to_owned(),
    }
}

/// How much was written, and how fast and why no more where it has ended.
#[must_use]
pub fn written(draft: &Draft) -> String {
    let n_tokens = draft.n_tokens;
    let Some((generation, elapsed_millis)) = &draft.ended else { return format!("{n_tokens} tokens so far") };
    let speed = n_tokens as f64 / (elapsed_millis / 1000.0).max(1e-3);
    format!("{n_tokens} tokens, {speed:.1} a second; {}", ended(generation))
}

#[cfg(test)]
mod tests {
    use vitrine_schema::{Ask, Finish, ModelRef, Recipe};

    use super::*;
    use crate::example::example;

    #[test]
    fn a_text_says_how_much_of_it_there_is_and_why_no_more() {
        let recipe = Recipe::new("m", "t", Ask::Predict {});
        let generation = Generation {
            resolved: recipe.clone(),
            recipe,
            model: ModelRef::default(),
            input: example().input,
            text: String::new(),
            tokens: Vec::new(),
            finish: Finish::Length,
            stopped_by: None,
            without: None,
            top: Vec::new(),
            top_without: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        assert_eq!(written(&Draft { n_tokens: 3, ..Draft::default() }), "3 tokens so far");
        let draft = Draft { n_tokens: 30, ..Draft::whole(generation.into(), 1500.0) };
        assert_eq!(written(&draft), "30 tokens, 20.0 a second; stopped at the limit");
        assert_eq!((draft.prompt.as_str(), draft.millis_per_token()), (example().input.text.as_str(), 50.0));
    }

    #[test]
    fn what_was_not_read_begins_where_the_text_was_cut() {
        let mut explanation = example();
        assert_eq!(truncated(&explanation), None);
        explanation.input.text = "dull ".to_owned() + &"é".repeat(200);
        explanation.diagnostics.push(Diagnostic::InputTruncated { kept: 3, total: 9, cut_at: 5 });
        let (said, rest) = truncated(&explanation).unwrap_or_default();
        assert!(said.starts_with("The model reads at most 3 tokens at a time and this text has 9; "), "{said}");
        assert_eq!(rest, "é".repeat(160));
    }
}
