//! An attribution in words: its claim, and three lengths of reading.

use vitrine_schema::{ClassRef, Diagnostic, Explanation, ProblemType, Quantity, TrustId, Verdict};

use crate::marks::{Mark, parts};
use crate::narrator::{model, params};
use crate::number::{largest_first, percent, plain, signed};
use crate::phrase::{Segment, Tone, apart, flat, plain_text, quoted};
use crate::token::visible;

/// What the model answered and which words did it, in one sentence or two.
#[must_use]
pub fn claim(explanation: &Explanation, marks: &[Mark]) -> Vec<Segment> {
    let words = Words(explanation);
    let (towards_target, mut said) = words.opening();
    if !explanation.trusted() {
        said.push(plain_text(distrust(explanation)));
        return said;
    }
    let signed_method = explanation.method.signed();
    let ranked = ranked(marks);
    let Some(first) = ranked.first().filter(|mark| mark.score != 0.0) else {
        said.push(plain_text("No word moved it."));
        return said;
    };
    let tone = |mark: &Mark| if mark.score < 0.0 { Tone::Negative } else { Tone::Positive };
    let named =
        |mark: &Mark| Segment { text: quoted(&mark.text), tone: if signed_method { tone(mark) } else { Tone::Plain } };
    said.push(named(first));
    if !signed_method {
        let end = if words.is_heuristic() {
            " is the word that it looks at most."
        } else {
            " is the word that it is most sensitive to."
        };
        said.push(plain_text(end));
        return said;
    }
    let opposite = ranked.iter().find(|mark| (mark.score < 0.0) != (first.score < 0.0));
    let opposite = opposite.filter(|mark| mark.score.abs() >= 0.1 * first.score.abs());
    // The strongest word need not be on the side that won.
    let won = towards_target.is_none_or(|towards| towards == (first.score >= 0.0));
    said.push(plain_text(match (won, towards_target) {
        (false, _) => " pulled hardest, and did not win",
        (true, None) if first.score < 0.0 => " lowered it most",
        (true, None) => " raised it most",
        (true, Some(_)) if explanation.target.foil.is_none() && explanation.logits.is_empty() => " brought it",
        (true, Some(_)) => " decided it",
    }));
    let Some(other) = opposite else {
        said.push(plain_text("; no other word pulled back much."));
        return said;
    };
    said.push(plain_text("; "));
    said.push(named(other));
    said.push(plain_text(match (won, towards_target) {
        (false, _) => " led the other side.",
        (true, None) => " pulled back.",
        (true, Some(_)) => " pulled back and did not win.",
    }));
    said
}

/// Why the colours are not to be relied on.
fn distrust(explanation: &Explanation) -> &'static str {
    let adds_up = explanation.checks.iter().all(|check| check.verdict != Verdict::Fail);
    let by_removal = explanation.receipt.as_ref().is_some_and(|receipt| receipt.verdict.id == TrustId::Fails);
    if adds_up && by_removal {
        return "Taking its words out is no better than taking out any words, so the colours below are not to be relied on.";
    }
    "The parts do not add up to the answer, so the colours below are not to be relied on."
}

/// One line.
#[must_use]
pub fn one_line(explanation: &Explanation, marks: &[Mark]) -> String {
    if !explanation.trusted() {
        return distrust(explanation).to_owned();
    }
    let ranked = ranked(marks);
    let words = Words(explanation);
    let Some(first) = ranked.first().filter(|mark| mark.score != 0.0) else {
        return "No word moved the answer.".to_owned();
    };
    if !explanation.method.signed() {
        let said = if words.is_heuristic() { "The model looks most at" } else { "The answer is most sensitive to" };
        return format!("{said} {}.", quoted(&first.text));
    }
    let second = ranked.get(1).filter(|mark| mark.score.abs() >= 0.25 * first.score.abs());
    match second {
        None => format!("{} decided it, {}.", quoted(&first.text), words.direction(first.score)),
        Some(second) if (second.score < 0.0) == (first.score < 0.0) => {
            format!(
                "{} and {} together pushed it {}.",
                quoted(&first.text),
                quoted(&second.text),
                words.direction(first.score)
            )
        }
        Some(second) => format!(
            "{} pushed it {}; {} pulled the other way.",
            quoted(&first.text),
            words.direction(first.score),
            quoted(&second.text)
        ),
    }
}

/// A paragraph.
#[must_use]
pub fn paragraph(explanation: &Explanation, marks: &[Mark]) -> String {
    let words = Words(explanation);
    let about = explanation.method.id.declared();
    let mut said = flat(&words.opening().1);
    said += &format!("{} asks: {} ", about.name, about.question);
    let strongest: Vec<String> = ranked(marks)
        .iter()
        .filter(|mark| mark.score != 0.0)
        .take(3)
        .map(|mark| {
            let number = if explanation.method.signed() { signed(mark.score) } else { plain(mark.score) };
            format!("{} {number}", quoted(&mark.text))
        })
        .collect();
    if !strongest.is_empty() {
        said += &format!("The strongest: {}. ", strongest.join(", "));
    }
    if about.complete {
        let (would, does) = if words.is_number() { ("give", "gives") } else { ("say", "says") };
        said += &format!(
            "With {} it would {would} {}; with the sentence it {does} {}. ",
            words.blank(),
            plain(explanation.baseline_value),
            plain(explanation.value)
        );
    }
    said + &receipt_sentence(explanation)
}

/// Everything that a specialist would ask for.
#[must_use]
pub fn technical(explanation: &Explanation) -> String {
    let words = Words(explanation);
    // Where nothing was left there is no blank to compare with.
    let blank = explanation.has_blank().then(|| format!(", F(x′) = {:.4}", explanation.baseline_value));
    let gap = explanation.completeness().filter(|_| blank.is_some()).map_or_else(String::new, |check| {
        format!(" Σ scores − (F(x) − F(x′)) = {:.2e}, relative {:.2e}.", check.gap, check.relative)
    });
    format!(
        "F = {}. {} on {}. F(x) = {:.4}{}.{gap} Source: {}.",
        words.quantity(),
        params(&explanation.method),
        model(&explanation.model),
        explanation.value,
        blank.unwrap_or_default(),
        explanation.method.id.declared().source,
    )
}

/// What an explanation is, for whoever opens it from a link.
#[must_use]
pub fn what_it_is(explanation: &Explanation) -> [String; 2] {
    let method = explanation.method.id.declared().name;
    let tested = match &explanation.receipt {
        Some(_) => "Measured, then checked by taking words out.",
        None => "Measured; no words were taken out to check it.",
    };
    [format!("One model ({}), one text, one method ({method}).", apart(&explanation.model.id)), tested.to_owned()]
}

/// What it is not.
pub const WHAT_IT_IS_NOT: [&str; 3] =
    ["Proof that the model is right.", "How a person would read it.", "A rule for other texts."];

/// The completeness check in words.
#[must_use]
pub fn receipt_sentence(explanation: &Explanation) -> String {
    let Some(check) = explanation.completeness() else { return String::new() };
    let capped = explanation.diagnostics.iter().find_map(|diagnostic| match diagnostic {
        Diagnostic::NodeCapReached { nodes, .. } => Some(*nodes),
        _ => None,
    });
    match (check.verdict, capped) {
        (_, Some(nodes)) => format!(
            "After {nodes} nodes the parts still miss the answer by {}. Do not rely on these colours.",
            percent(check.relative)
        ),
        (Verdict::Pass, None) => {
            format!("The parts add up to the answer: they miss it by {}.", percent(check.relative))
        }
        (Verdict::Warn, None) => format!(
            "The parts nearly add up: they miss the answer by {}. Small differences between words mean little.",
            percent(check.relative)
        ),
        (Verdict::Fail, None) => {
            format!("The parts miss the answer by {}. Do not rely on these colours.", percent(check.relative))
        }
        (Verdict::NotPromised, None) if Words(explanation).is_heuristic() => {
            "A heuristic: it says where the model looks, not what has an effect.".to_owned()
        }
        (Verdict::NotPromised, None) => "This method does not promise that the parts add up to the answer.".to_owned(),
    }
}

/// The scalar that is explained, named.
#[must_use]
pub fn quantity(explanation: &Explanation) -> String {
    Words(explanation).quantity()
}

/// What the scores are: logits, logarithms of a probability, or a number of the model.
#[must_use]
pub fn unit(explanation: &Explanation) -> &'static str {
    match explanation.target.quantity {
        _ if Words(explanation).is_heuristic() => "share",
        _ if !explanation.method.signed() => "sensitivity",
        _ if Words(explanation).is_number() => "in the model's own unit",
        Quantity::LogProb => "log-probabilities (nats)",
        Quantity::Logit | Quantity::LogitDifference => "logits",
    }
}

/// Which way a score pushes, for a legend or a label.
#[must_use]
pub fn direction(explanation: &Explanation, score: f32) -> String {
    Words(explanation).direction(score)
}

/// What is explained, below the answer.
#[must_use]
pub fn explained(explanation: &Explanation) -> String {
    format!("Explained: {}.", quantity(explanation))
}

/// How to read the colours of the scores.
#[must_use]
pub fn colours(explanation: &Explanation) -> String {
    if Words(explanation).is_heuristic() {
        return "Deeper colour: the model looks more at this word, which need not have an effect.".to_owned();
    }
    if !explanation.method.signed() {
        return "Deeper colour: the answer is more sensitive to this word. Scores have no direction.".to_owned();
    }
    let words = Words(explanation);
    format!("Blue pushes {}, orange {}. Scores are {}.", words.direction(1.0), words.direction(-1.0), unit(explanation))
}

/// What the scale of the colours measures.
#[must_use]
pub fn scale_of(explanation: &Explanation) -> String {
    match explanation.method.signed() {
        true => format!("{} {}", unit(explanation), Words(explanation).direction(1.0)),
        false if Words(explanation).is_heuristic() => "share of where the model looks, not an effect".to_owned(),
        false => "how sensitive the answer is, without a direction".to_owned(),
    }
}

/// The score of one word.
#[must_use]
pub fn share(explanation: &Explanation, mark: &Mark) -> String {
    let about = explanation.method.id.declared();
    let number = |score: f32| if explanation.method.signed() { signed(score) } else { plain(score) };
    let parts = parts(explanation, mark);
    let parts: Vec<String> = parts.iter().map(|(name, score)| format!("{name}: {}", number(*score))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" Its parts: {}.", parts.join(", ")) };
    let word = quoted(&mark.text);
    if !explanation.method.signed() {
        let of = if Words(explanation).is_heuristic() { "share of the attention" } else { "sensitivity" };
        return format!("{word}: {of} {}.{parts}", plain(mark.score));
    }
    let whole = explanation.value - explanation.baseline_value;
    let of = if about.complete { format!(", of {} in all", signed(whole)) } else { String::new() };
    format!("{word} pushes {} by {}{of}.{parts}", Words(explanation).direction(mark.score), size(mark.score))
}

/// How the words add up to the answer.
#[must_use]
pub fn arithmetic(explanation: &Explanation) -> String {
    format!(
        "On the scale of {}: {} without the words, {} with them. Each bar starts where the one above ends.",
        quantity(explanation),
        plain(explanation.baseline_value),
        plain(explanation.value)
    )
}

/// The path from the blank sentence to this one.
#[must_use]
pub fn path(explanation: &Explanation) -> String {
    let nodes = explanation.path.as_ref().map_or(0, |path| path.alphas.len());
    let (gap, relative) = explanation.completeness().map_or((0.0, 0.0), |check| (check.gap, check.relative));
    format!(
        "Every band is one word's share so far, over {nodes} real runs of the model; the line is what the model says on \
         the way, dashed what the bands add up to. From {} at the blank sentence to {} here. At the end they must meet: \
         they differ by {} ({}).",
        plain(explanation.baseline_value),
        plain(explanation.value),
        plain(gap.abs()),
        percent(relative),
    )
}

/// The words of one explanation.
struct Words<'a>(&'a Explanation);

impl Words<'_> {
    /// Whether the scores say where the model looks.
    fn is_heuristic(&self) -> bool {
        self.0.method.id.declared().heuristic
    }

    /// Whether the model gives one number.
    fn is_number(&self) -> bool {
        self.0.problem_type == ProblemType::Regression
    }

    fn logit(&self, index: usize) -> f32 {
        self.0.logits.get(index).copied().unwrap_or(f32::NAN)
    }

    /// The probability of a class, as the model means it.
    fn probability(&self, index: usize) -> f32 {
        self.0.problem_type.scale(&self.0.logits).probability(self.logit(index)).unwrap_or(f32::NAN)
    }

    /// The answer and its probability. Two classes are named by target and foil; else by the target's share.
    fn answer(&self) -> (String, f32) {
        let logits = self.0.logits.iter().enumerate();
        let best = logits.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
        let prob = self.probability(best);
        let target = &self.0.target;
        let label = match &target.foil {
            _ if best == target.index => target.label.clone(),
            Some(foil) if best == foil.index => foil.label.clone(),
            _ => format!("not {}", target.label),
        };
        (label, prob)
    }

    /// The first sentence, and whether it names the target or what speaks against it; a number does neither.
    fn opening(&self) -> (Option<bool>, Vec<Segment>) {
        let target = &self.0.target;
        let token = |text: &str, tone| Segment { text: quoted(text), tone };
        if !self.0.logits.is_empty() {
            return match self.0.problem_type {
                ProblemType::SingleLabel => {
                    let (answer, prob) = self.answer();
                    let is_target = answer == target.label;
                    let tone = if is_target { Tone::Positive } else { Tone::Negative };
                    let named = Segment { text: apart(&answer), tone };
                    let prob = plain_text(&format!(" and is {} sure. ", percent(prob)));
                    (Some(is_target), vec![plain_text("The model reads "), named, prob])
                }
                ProblemType::MultiLabel => {
                    // By itself a label holds from a logit of 0 on, which is half.
                    let leads = if target.foil.is_some() { self.0.value } else { self.logit(target.index) };
                    (Some(leads >= 0.0), self.independent())
                }
                ProblemType::Regression => {
                    (None, vec![plain_text(&format!("The model gives {}. ", plain(self.logit(target.index))))])
                }
            };
        }
        // A model of language: what it says next.
        let value = self.0.value;
        let said = match (&target.foil, target.quantity) {
            (Some(foil), _) => {
                let (first, second) =
                    if value >= 0.0 { (target, foil) } else { return (Some(false), self.prefers_foil(foil, value)) };
                let by = format!(" by {} (logits). ", plain(value));
                vec![
                    plain_text("The model prefers "),
                    token(&first.label, Tone::Positive),
                    plain_text(" to "),
                    token(&second.label, Tone::Negative),
                    plain_text(&by),
                ]
            }
            // More than half is more than any other token has.
            (None, Quantity::LogProb) if libm::expf(value) > 0.5 => vec![
                plain_text("Next the model says "),
                token(&target.label, Tone::Positive),
                plain_text(&format!(" with {}. ", percent(libm::expf(value)))),
            ],
            (None, Quantity::LogProb) => vec![
                plain_text("The model gives "),
                token(&target.label, Tone::Positive),
                plain_text(&format!(" {} as the next token. ", percent(libm::expf(value)))),
            ],
            (None, _) => vec![
                plain_text("The logit of "),
                token(&target.label, Tone::Positive),
                plain_text(&format!(" is {}. ", plain(value))),
            ],
        };
        (Some(true), said)
    }

    /// Labels that do not exclude each other: each with its own probability.
    fn independent(&self) -> Vec<Segment> {
        let target = &self.0.target;
        let named = |label: &str, tone| Segment { text: apart(label), tone };
        let share = percent(self.probability(target.index));
        let mut said = vec![plain_text("The model gives "), named(&target.label, Tone::Positive)];
        match &target.foil {
            None => said.push(plain_text(&format!(" a probability of {share}. "))),
            Some(foil) => said.extend([
                plain_text(&format!(" {share} and ")),
                named(&foil.label, Tone::Negative),
                plain_text(&format!(" {}, each by itself. ", percent(self.probability(foil.index)))),
            ]),
        }
        said
    }

    fn prefers_foil(&self, foil: &ClassRef, value: f32) -> Vec<Segment> {
        vec![
            plain_text("The model prefers "),
            Segment { text: quoted(&foil.label), tone: Tone::Negative },
            plain_text(" to "),
            Segment { text: quoted(&self.0.target.label), tone: Tone::Positive },
            plain_text(&format!(" by {} (logits). ", plain(-value))),
        ]
    }

    fn direction(&self, score: f32) -> String {
        let target = &self.0.target;
        match (&target.foil, score < 0.0) {
            (_, below) if self.is_number() => if below { "down" } else { "up" }.to_owned(),
            (_, false) => format!("towards {}", answer(&target.label)),
            (Some(foil), true) => format!("towards {}", answer(&foil.label)),
            (None, true) => format!("away from {}", answer(&target.label)),
        }
    }

    fn quantity(&self) -> String {
        let target = &self.0.target;
        if self.is_number() {
            return "score".to_owned();
        }
        target.foil.as_ref().map_or_else(
            || match target.quantity {
                Quantity::LogProb => format!("log-probability of {}", answer(&target.label)),
                _ => format!("logit of {}", answer(&target.label)),
            },
            |foil| format!("logit of {} minus logit of {}", answer(&target.label), answer(&foil.label)),
        )
    }

    /// The text without its words, as the method has it.
    fn blank(&self) -> &'static str {
        let param = |name| self.0.method.params.0.get(name).and_then(|value| value.as_str());
        match param("baseline").or(param("variant")) {
            Some("mask") => "every word replaced by the mask token",
            Some("pad") => "every word replaced by the padding token",
            Some("mean") => "every word replaced by the average word",
            Some("eos") => "every word replaced by the end-of-text token",
            Some("space") => "every word replaced by a space",
            Some("delete") => "every word deleted",
            Some("block-attention") => "every word hidden from attention",
            _ => "every word set to zero",
        }
    }
}

/// Words by size of their score, largest first; special tokens only when nothing else scored.
fn ranked(marks: &[Mark]) -> Vec<&Mark> {
    let ranked = largest_first(marks.iter().collect(), |mark: &&Mark| mark.score.abs());
    let (special, mut ranked): (Vec<&Mark>, Vec<&Mark>) = ranked.into_iter().partition(|mark| mark.special);
    ranked.extend(special);
    ranked
}

/// A class or token inside a sentence; one without a letter or digit would be taken for a mark of the sentence.
fn answer(label: &str) -> String {
    let shown = visible(label);
    if shown.contains(char::is_alphanumeric) { apart(&shown) } else { quoted(label) }
}

fn size(score: f32) -> String {
    plain(score.abs())
}

#[cfg(test)]
mod tests {
    use vitrine_schema::{Check, MethodId, MethodRef, Params, Target};

    use super::*;
    use crate::example::{example, independent, number};
    use crate::marks::{Grouping, marks};

    #[test]
    fn the_readings_of_independent_labels() {
        insta::assert_snapshot!(readings(&independent()));
        let mut compared = independent();
        compared.target.foil = Some(ClassRef { label: "anger".into(), index: 2 });
        let said = flat(&claim(&compared, &marks(&compared, Grouping::Words)));
        assert!(said.starts_with("The model gives joy 69.7 % and anger 55.6 %, each by itself. "), "{said}");
    }

    #[test]
    fn the_readings_of_one_number() {
        let explanation = number();
        let said = readings(&explanation);
        assert!(!said.contains("LABEL_0") && !said.contains("win") && !said.contains("won"), "{said}");
        assert_eq!(direction(&explanation, -1.0), "down");
        assert_eq!(unit(&explanation), "in the model's own unit");
        insta::assert_snapshot!(said);
    }

    #[test]
    fn a_model_of_language_says_what_comes_next() {
        let mut explanation = example();
        explanation.logits.clear();
        let opening = |explanation: &Explanation| flat(&Words(explanation).opening().1);
        assert_eq!(opening(&explanation), "The model prefers “NEGATIVE” to “POSITIVE” by 1.00 (logits). ");
        explanation.target = Target { quantity: Quantity::LogProb, label: " Paris".into(), index: 7, foil: None };
        explanation.value = -0.25;
        assert_eq!(opening(&explanation), "Next the model says “Paris” with 77.9 %. ");
        assert_eq!(quantity(&explanation), "log-probability of Paris");
        explanation.target.label = "\n".into();
        assert_eq!(direction(&explanation, 1.0), "towards “↵”");
    }

    fn readings(explanation: &Explanation) -> String {
        let marks = marks(explanation, Grouping::Words);
        [
            flat(&claim(explanation, &marks)),
            one_line(explanation, &marks),
            paragraph(explanation, &marks),
            technical(explanation),
        ]
        .join("\n")
    }

    #[test]
    fn the_readings_of_an_explanation_that_adds_up() {
        insta::assert_snapshot!(readings(&example()));
    }

    #[test]
    fn the_readings_of_one_that_does_not() {
        let mut explanation = example();
        explanation.value = 2.0;
        explanation.checks = vec![Check::completeness(&explanation.scores, 2.0, 0.25, true)];
        insta::assert_snapshot!(readings(&explanation));
    }

    #[test]
    fn the_readings_of_an_unsigned_method() {
        let mut explanation = example();
        explanation.method = MethodRef { id: MethodId::Saliency, params: Params::default(), seed: 0 };
        explanation.scores.iter_mut().for_each(|score| *score = score.abs());
        explanation.checks = vec![Check::completeness(&explanation.scores, -1.0, 0.25, false)];
        insta::assert_snapshot!(readings(&explanation));
    }

    #[test]
    fn where_the_model_looks_is_not_called_an_effect() {
        let mut explanation = example();
        explanation.method = MethodRef { id: MethodId::AttentionRollout, params: Params::default(), seed: 0 };
        explanation.scores = vec![0.5, 0.2, 0.1, 0.05, 0.05, 0.1];
        explanation.checks = vec![Check::completeness(&explanation.scores, -1.0, 0.25, false)];
        let marks = marks(&explanation, Grouping::Words);
        assert_eq!(one_line(&explanation, &marks), "The model looks most at “dull”.");
        assert_eq!(
            receipt_sentence(&explanation),
            "A heuristic: it says where the model looks, not what has an effect."
        );
        let said =
            [readings(&explanation), colours(&explanation), scale_of(&explanation), share(&explanation, &marks[1])];
        assert!(said.iter().all(|said| !said.contains("sensitiv") && !said.contains("push")), "{said:?}");
    }

    #[test]
    fn a_word_of_sixty_thousand_letters_is_cut_in_a_sentence() {
        let mut explanation = example();
        explanation.input.text = format!("{} but funny", "d".repeat(60_000));
        explanation.input.tokens[1].end = 60_000;
        for (token, from) in [(2, 60_001), (3, 60_005), (4, 60_008)] {
            (explanation.input.tokens[token].start, explanation.input.tokens[token].end) = (from, from + 3);
        }
        let marks = marks(&explanation, Grouping::Words);
        let said =
            [flat(&claim(&explanation, &marks)), one_line(&explanation, &marks), paragraph(&explanation, &marks)];
        assert!(said.iter().all(|said| said.len() < 1000 && said.contains("ddd…”")), "{said:?}");
    }

    #[test]
    fn scores_have_the_unit_of_what_is_explained() {
        let mut explanation = example();
        explanation.target.foil = None;
        assert_eq!(unit(&explanation), "logits");
        explanation.target.quantity = Quantity::LogProb;
        assert_eq!(unit(&explanation), "log-probabilities (nats)");
    }

    #[test]
    fn without_a_foil_the_other_way_is_away() {
        let mut explanation = example();
        explanation.target.foil = None;
        assert_eq!(direction(&explanation, -1.0), "away from POSITIVE");
        assert_eq!(quantity(&explanation), "logit of POSITIVE");
    }
}
