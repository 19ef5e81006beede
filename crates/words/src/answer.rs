//! What the model says, and what is measured of it, in words.

use vitrine_schema::{Prediction, ProblemType, Quantity, Ranked, Target};

use crate::number::{percent, plain};
use crate::phrase::apart;
use crate::token::visible;

/// The scalar in words, as it stands inside a sentence.
#[must_use]
pub fn scalar(target: &Target, problem: ProblemType) -> String {
    let label = apart(&visible(&target.label));
    match (&target.foil, target.quantity) {
        _ if problem == ProblemType::Regression => "score".to_owned(),
        (Some(foil), _) => format!("logit of “{label}” minus that of “{}”", apart(&visible(&foil.label))),
        (None, Quantity::LogProb) => format!("log-probability of “{label}”"),
        (None, _) => format!("logit of “{label}”"),
    }
}

/// The answer and its probability, as a question ends with it: `NEGATIVE .94`; a number has no name.
#[must_use]
pub fn says(prediction: &Prediction) -> Option<(String, String)> {
    let first = prediction.top.first()?;
    Some(match first.probability {
        Some(probability) => (name(first), format!("{probability:.2}").trim_start_matches('0').to_owned()),
        None => (String::new(), plain(first.logit)),
    })
}

/// What the model would answer after a change.
#[must_use]
pub fn would_say(top: &[Ranked], most: usize) -> String {
    match top.first() {
        None => String::new(),
        Some(Ranked { probability: None, logit, .. }) => format!("Now it would give {}.", plain(*logit)),
        Some(_) => {
            let answer = |ranked: &Ranked| format!("{} {}", name(ranked), number(ranked));
            let answers: Vec<String> = top.iter().take(most).map(answer).collect();
            format!("Now it would say: {}.", answers.join(", "))
        }
    }
}

/// The token or class of an answer.
#[must_use]
pub fn name(ranked: &Ranked) -> String {
    let label = ranked.label.clone();
    ranked.token.as_deref().map(visible).or(label).unwrap_or_default()
}

/// The probability of an answer, or the model's own number.
#[must_use]
pub fn number(ranked: &Ranked) -> String {
    ranked.probability.map_or_else(|| plain(ranked.logit), percent)
}

/// How many labels have no row.
#[must_use]
pub fn less_likely(n_labels: usize) -> String {
    match n_labels {
        0 => String::new(),
        1 => "One more label is less likely. ".to_owned(),
        more => format!("{more} more labels are less likely. "),
    }
}

/// What comes next.
#[must_use]
pub fn likeliest(token: &str, probability: f32) -> String {
    format!(
        "The model puts {} on “{}”. Click a bar to explain that token, “write” to write it down and read on.",
        percent(probability),
        apart(&visible(token))
    )
}

/// What the tokens that are not shown have together, where it is anything.
#[must_use]
pub fn others(probability: f32) -> Option<String> {
    (probability > 5e-4).then(|| format!("All other tokens together: {}.", percent(probability)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{independent, number as one_number};

    #[test]
    fn a_number_is_given_and_a_class_is_said() {
        let ranked = |label: &str, probability, logit| Ranked {
            id: 0,
            label: Some(label.to_owned()),
            token: None,
            probability,
            logit,
        };
        assert_eq!(would_say(&[ranked("LABEL_0", None, 1.112)], 3), "Now it would give 1.11.");
        let labels = [ranked("joy", Some(0.697), 0.83), ranked("anger", Some(0.556), 0.22)];
        assert_eq!(would_say(&labels, 3), "Now it would say: joy 69.7 %, anger 55.6 %.");
        assert_eq!(scalar(&one_number().target, ProblemType::Regression), "score");
        assert_eq!(scalar(&independent().target, ProblemType::MultiLabel), "logit of “joy”");
    }
}
