//! What a step says in numbers, and whether it adds up.
//!
//! A step is checked by three rules, and by no model. Where it computes (`y = 7 + 9 = 16`), its result has to be right, and its
//! numbers have to be those of the question: where the question says what `y` is, just these, otherwise each has to stand in the
//! question or be the result of an earlier step. Where it names a value (`x is 7`), the question has to say so. Anything else cannot
//! be checked.

use std::collections::BTreeMap;
use std::ops::Range;

use super::answer::numbers;
use super::{ChainStep, StepCheck, StepSource};

/// Numbers that differ by less are the same.
const EQUAL: f64 = 1e-6;

/// One piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A number.
    Number(f64),
    /// A name that stands for one.
    Name(String),
    /// One of `+ - * /`.
    Operator(char),
}

/// A formula without brackets: operands with operators between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Formula(pub Vec<Piece>);

impl Formula {
    /// The longest formula in which a text ends.
    fn ending(text: &str) -> Self {
        let pieces = pieces(text);
        let mut from = pieces.len();
        let mut operand = true;
        while from > 0 {
            let piece = pieces.get(from - 1).and_then(Option::as_ref);
            let fits = match piece {
                Some(Piece::Operator(_)) => !operand,
                Some(_) => operand,
                None => false,
            };
            if !fits {
                break;
            }
            operand = !operand;
            from -= 1;
        }
        let mut formula: Vec<Piece> = pieces.into_iter().skip(from).flatten().collect();
        if matches!(formula.first(), Some(Piece::Operator(_))) {
            formula.remove(0);
        }
        Self(formula)
    }

    /// Whether there is something to compute.
    #[must_use]
    pub fn computes(&self) -> bool {
        self.0.len() > 1
    }

    /// The name that it is, where it is nothing else.
    fn name(&self) -> Option<&str> {
        match &self.0[..] {
            [Piece::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// With names replaced by what they stand for; `None` where one stands for nothing.
    #[must_use]
    pub fn filled(&self, values: &BTreeMap<String, f64>) -> Option<Self> {
        let filled = |piece: &Piece| match piece {
            Piece::Name(name) => values.get(name).copied().map(Piece::Number),
            other => Some(other.clone()),
        };
        self.0.iter().map(filled).collect::<Option<Vec<_>>>().map(Self)
    }

    /// What it comes to, products first; `None` with a name in it.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let (mut sum, mut product, mut sign, mut operator) = (0.0, f64::NAN, 1.0, None);
        for piece in &self.0 {
            match piece {
                Piece::Name(_) => return None,
                Piece::Operator(next) => operator = Some(*next),
                Piece::Number(number) => {
                    product = match operator {
                        Some('*') => product * number,
                        Some('/') => product / number,
                        other => {
                            if !product.is_nan() {
                                sum += sign * product;
                            }
                            sign = if other == Some('-') { -1.0 } else { 1.0 };
                            *number
                        }
                    };
                }
            }
        }
        Some(sum + sign * product).filter(|value| value.is_finite())
    }

    /// Its numbers, in order of size.
    pub(super) fn operands(&self) -> Vec<f64> {
        let number = |piece: &Piece| if let Piece::Number(number) = piece { Some(*number) } else { None };
        let mut operands: Vec<f64> = self.0.iter().filter_map(number).collect();
        operands.sort_by(f64::total_cmp);
        operands
    }

    /// As it is written.
    #[must_use]
    pub fn written(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Number(number) => super::answer::written(*number),
            Piece::Name(name) => name.clone(),
            Piece::Operator(operator) => operator.to_string(),
        };
        self.0.iter().map(piece).collect::<Vec<_>>().join(" ")
    }
}

/// Numbers, names and operators; `None` for anything else but spaces.
fn pieces(text: &str) -> Vec<Option<Piece>> {
    let mut all = numbers(text).into_iter().peekable();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        // A minus between two operands is an operator, as it is read here; one in front of a number is a part of it.
        while all.next_if(|number| number.start < at).is_some() {}
        if let Some(number) = all.next_if(|number| number.start == at) {
            pieces.push(Some(Piece::Number(number.value)));
            at = number.end;
            continue;
        }
        if letter.is_alphabetic() {
            let rest = text.get(at..).unwrap_or_default();
            let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
            pieces.push(Some(Piece::Name(rest.get(..end).unwrap_or_default().to_owned())));
            at += end;
            continue;
        }
        match letter {
            '+' | '/' | '*' => pieces.push(Some(Piece::Operator(letter))),
            '-' | '−' => pieces.push(Some(Piece::Operator('-'))),
            '×' | '·' => pieces.push(Some(Piece::Operator('*'))),
            '÷' => pieces.push(Some(Piece::Operator('/'))),
            letter if letter.is_whitespace() => {}
            _ => pieces.push(None),
        }
        at += letter.len_utf8();
    }
    pieces
}

/// What a sentence says in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The name whose value it is.
    pub name: Option<String>,
    /// What is computed, or what the name is said to be.
    pub formula: Formula,
    /// What it is said to come to.
    pub result: Option<f64>,
    /// Where that stands in the sentence.
    pub at: Option<Range<usize>>,
}

impl Said {
    /// Reads a sentence: `y = 7 + 9 = 16`, `Tom has 7 + 4 = 11 pens`, `x = 7` or `x is 7`.
    #[must_use]
    pub fn read(sentence: &str) -> Option<Self> {
        let parts: Vec<&str> = sentence.split('=').collect();
        let [first, .., last] = &parts[..] else { return Self::named(sentence) };
        let formula = match &parts[..] {
            [_, .., before, _] => Formula::ending(before),
            _ => Formula::ending(first),
        };
        let name = match Formula::ending(first).name() {
            Some(name) if first.trim() == name => Some(name.to_owned()),
            _ => None,
        };
        let from = sentence.len() - last.len();
        let number = numbers(last).into_iter().next().filter(|number| {
            last.get(..number.start).is_some_and(|before| before.trim().is_empty() || before.trim() == "$")
        });
        let result = number.map(|number| number.value);
        let at = number.map(|number| from + number.start..from + number.end);
        if parts.len() == 2 && name.is_some() {
            // What a name is said to be: a number or a formula, as questions have it.
            let formula = Formula::ending(last.trim_end_matches(['.', '?', '!', ';', ',']));
            let whole = formula.computes() || !formula.0.is_empty();
            let result = if formula.computes() { None } else { result };
            return whole.then_some(Self { name, formula, at: at.filter(|_| result.is_some()), result });
        }
        (formula.computes() && result.is_some()).then_some(Self { name, formula, result, at })
    }

    /// `x is 7`.
    fn named(sentence: &str) -> Option<Self> {
        let (name, value) = sentence.trim().split_once(" is ")?;
        let value = value.trim_end_matches(['.', '!', ',']);
        let number =
            numbers(value).into_iter().next().filter(|number| number.start == 0 && number.end == value.len())?;
        let one_word = !name.is_empty() && name.chars().all(char::is_alphanumeric);
        let formula = Formula(vec![Piece::Number(number.value)]);
        let from = sentence.find(value)?;
        let (result, at) = (Some(number.value), Some(from + number.start..from + number.end));
        one_word.then(|| Self { name: Some(name.to_owned()), formula, result, at })
    }
}

/// Whether what a sentence computes is right, wherever its numbers come from.
#[must_use]
pub fn adds_up(sentence: &str) -> bool {
    let Some(said) = Said::read(sentence).filter(|said| said.formula.computes()) else { return false };
    said.formula.value().zip(said.result).is_some_and(|(value, result)| (value - result).abs() < EQUAL)
}

/// The sentences of a text by their bytes, without the spaces around them.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut push = |start: usize, end: usize| {
        let piece = text.get(start..end).unwrap_or_default();
        let from = start + piece.len() - piece.trim_start().len();
        let to = from + piece.trim().len();
        if to > from {
            found.push(from..to);
        }
    };
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    for (i, &(at, letter)) in letters.iter().enumerate() {
        let next = letters.get(i + 1).map(|&(_, next)| next);
        let ends = match letter {
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
            '\n' => true,
            _ => false,
        };
        if ends {
            push(start, at + letter.len_utf8());
            start = at + letter.len_utf8();
        }
    }
    push(start, text.len());
    found
}

/// Checks steps against a question, one after the other.
#[must_use]
pub fn checked(question: &str, steps: &[(&str, StepSource)]) -> Vec<ChainStep> {
    let asked: BTreeMap<String, Formula> = sentences(question)
        .into_iter()
        .filter_map(|at| Said::read(question.get(at)?))
        .filter_map(|said| Some((said.name?, said.formula)))
        .collect();
    let mut constants: Vec<f64> = numbers(question).iter().map(|number| number.value).collect();
    let mut values: BTreeMap<String, f64> =
        asked.iter().filter_map(|(name, formula)| Some((name.clone(), formula.value()?))).collect();
    let mut checked = Vec::new();
    for &(text, source) in steps {
        let said = Said::read(text);
        let check = said.as_ref().and_then(|said| check(said, &asked, &values, &constants));
        if let Some(result) = said.as_ref().and_then(|said| said.result) {
            constants.push(result);
            if let Some(name) = said.and_then(|said| said.name) {
                values.insert(name, result);
            }
        }
        checked.push(ChainStep { text: text.to_owned(), source, check });
    }
    checked
}

fn check(
    said: &Said,
    asked: &BTreeMap<String, Formula>,
    values: &BTreeMap<String, f64>,
    constants: &[f64],
) -> Option<StepCheck> {
    let same = |a: f64, b: f64| (a - b).abs() < EQUAL;
    let wanted = said.name.as_ref().and_then(|name| asked.get(name)).and_then(|formula| formula.filled(values));
    let verdict = |right: bool| Some(if right { StepCheck::Right } else { StepCheck::Wrong });
    let result = said.result?;
    if !said.formula.computes() {
        // A value that the question leaves open cannot be checked.
        return verdict(same(wanted?.value()?, result));
    }
    let formula = said.formula.filled(values)?;
    let of_the_question = match wanted {
        Some(wanted) => {
            let (wanted, found) = (wanted.operands(), formula.operands());
            wanted.len() == found.len() && wanted.iter().zip(&found).all(|(a, b)| same(*a, *b))
        }
        None => formula.operands().iter().all(|operand| constants.iter().any(|known| same(*known, *operand))),
    };
    verdict(of_the_question && same(formula.value()?, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &str = "x = 7. y = x + 9. z = y + 8. What is z?";

    fn checks(question: &str, chain: &str) -> String {
        let steps: Vec<&str> = sentences(chain).into_iter().filter_map(|at| chain.get(at)).collect();
        let steps: Vec<(&str, StepSource)> = steps.into_iter().map(|step| (step, StepSource::Model)).collect();
        let sign = |step: ChainStep| match step.check {
            Some(StepCheck::Right) => '+',
            Some(StepCheck::Wrong) => '-',
            None => '?',
        };
        checked(question, &steps).into_iter().map(sign).collect()
    }

    #[test]
    fn steps_are_checked_by_arithmetic_and_against_the_question() {
        assert_eq!(checks(QUESTION, "x is 7. y = 7 + 9 = 16. z = 16 + 8 = 24."), "+++");
        // The result is wrong, a number is another one, a premise is not what the question says.
        assert_eq!(checks(QUESTION, "x is 7. y = 7 + 9 = 17. z = 17 + 8 = 25."), "+-+");
        assert_eq!(checks(QUESTION, "x is 7. y = 7 + 8 = 15. z = 15 + 8 = 23."), "+-+");
        assert_eq!(checks(QUESTION, "x is 8. y = 8 + 9 = 17."), "-+");
        // A name stands for what the chain made of it; the order of a sum is free.
        assert_eq!(checks(QUESTION, "x is 7. y = x + 9 = 16. z = 8 + 16 = 24."), "+++");
        assert_eq!(checks(QUESTION, "We add them up. So it is easy."), "??");
    }

    #[test]
    fn a_story_is_checked_by_its_numbers() {
        let question =
            "Tom has 7 pens. Tom buys 4 more pens and then gives away 7 pens. How many pens does Tom have now?";
        let chain = "Tom starts with 7 pens. After buying 4 more, Tom has 7 + 4 = 11 pens. After giving away 7, Tom has 11 - 7 = 4 pens.";
        assert_eq!(checks(question, chain), "?++");
        assert_eq!(checks(question, "He has 7 + 5 = 12 pens. He has 11 - 7 = 5 pens."), "--");
    }

    #[test]
    fn sentences_end_before_a_space_and_not_inside_of_a_number() {
        let text = " x is 3.5. y = 3.5 + 2 = 5.5.\nAnswer: 5.5";
        let found: Vec<&str> = sentences(text).into_iter().filter_map(|at| text.get(at)).collect();
        assert_eq!(found, ["x is 3.5.", "y = 3.5 + 2 = 5.5.", "Answer: 5.5"]);
    }

    #[test]
    fn products_come_first() {
        let value = |text: &str| Said::read(text).and_then(|said| said.formula.value());
        assert_eq!(value("a = 2 + 3 × 4 = 14"), Some(14.0));
        assert_eq!(value("a = 20 - 6 / 2 - 1 = 16"), Some(16.0));
        assert_eq!(value("a = 3 - 8 = -5"), Some(-5.0));
        assert_eq!(value("a = 3 / 0 = 1"), None);
    }
}
