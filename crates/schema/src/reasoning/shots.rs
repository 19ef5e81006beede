//! Worked examples that stand before a question.
//!
//! ```text
//! Question: x = 7. y = x + 4. z = y + 7. What is z?
//! Reasoning: x is 7. y = 7 + 4 = 11. z = 11 + 7 = 18.
//! Answer: 18
//!
//! Question: …
//! Reasoning:
//! ```
//! Without the chain the lines of reasoning are left out. A file of examples is written just so.

use crate::diagnostic::Refusal;
use crate::recipe::Family;

/// Begins a question.
const QUESTION: &str = "Question:";
/// Begins a chain.
const REASONING: &str = "Reasoning:";

const CHAIN: &str = "Question: x = 7. y = x + 4. z = y + 7. What is z?
Reasoning: x is 7. y = 7 + 4 = 11. z = 11 + 7 = 18.
Answer: 18

Question: x = 3. y = x + 7. z = y + 1. What is z?
Reasoning: x is 3. y = 3 + 7 = 10. z = 10 + 1 = 11.
Answer: 11

Question: x = 2. y = x + 3. z = y + 4. What is z?
Reasoning: x is 2. y = 2 + 3 = 5. z = 5 + 4 = 9.
Answer: 9

Question: x = 5. y = x + 3. z = y + 5. What is z?
Reasoning: x is 5. y = 5 + 3 = 8. z = 8 + 5 = 13.
Answer: 13";

const PENS: &str =
    "Question: Tom has 7 pens. Tom buys 4 more pens and then gives away 7 pens. How many pens does Tom have now?
Reasoning: Tom starts with 7 pens. After buying 4 more, Tom has 7 + 4 = 11 pens. After giving away 7, Tom has 11 - 7 = 4 pens.
Answer: 4

Question: Jack has 3 coins. Jack buys 7 more coins and then gives away 1 coins. How many coins does Jack have now?
Reasoning: Jack starts with 3 coins. After buying 7 more, Jack has 3 + 7 = 10 coins. After giving away 1, Jack has 10 - 1 = 9 coins.
Answer: 9

Question: Paul has 2 pens. Paul buys 3 more pens and then gives away 4 pens. How many pens does Paul have now?
Reasoning: Paul starts with 2 pens. After buying 3 more, Paul has 2 + 3 = 5 pens. After giving away 4, Paul has 5 - 4 = 1 pens.
Answer: 1

Question: Paul has 5 apples. Paul buys 3 more apples and then gives away 5 apples. How many apples does Paul have now?
Reasoning: Paul starts with 5 apples. After buying 3 more, Paul has 5 + 3 = 8 apples. After giving away 5, Paul has 8 - 5 = 3 apples.
Answer: 3";

/// One worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// The question.
    pub question: String,
    /// The chain.
    pub reasoning: String,
    /// The answer.
    pub answer: String,
}

impl Family {
    /// The four examples of a family.
    #[must_use]
    pub fn shots(self) -> Vec<Shot> {
        let text = match self {
            Self::Chain => CHAIN,
            Self::Pens => PENS,
        };
        read(text).unwrap_or_default()
    }
}

/// Reads examples.
///
/// # Errors
/// [`Refusal::NotAShot`] with the first line that is out of place.
pub fn read(text: &str) -> Result<Vec<Shot>, Refusal> {
    let mut shots: Vec<Shot> = Vec::new();
    let mut lines =
        text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty());
    let last = text.lines().count();
    while let Some((at, line)) = lines.next() {
        let part = |line: Option<(usize, &str)>, mark: &str| {
            let (at, line) = line.unwrap_or((last, ""));
            let value = line.strip_prefix(mark).map(str::trim).filter(|value| !value.is_empty());
            value.map(str::to_owned).ok_or(Refusal::NotAShot { line: at })
        };
        let question = part(Some((at, line)), QUESTION)?;
        let reasoning = part(lines.next(), REASONING)?;
        let answer = part(lines.next(), super::answer::MARK)?;
        shots.push(Shot { question, reasoning, answer });
    }
    if shots.is_empty() { Err(Refusal::NotAShot { line: 1 }) } else { Ok(shots) }
}

/// The examples as they stand before a question, with their chains or without.
#[must_use]
pub fn before(shots: &[Shot], reasoned: bool) -> String {
    let one = |Shot { question, reasoning, answer }: &Shot| {
        let chain = if reasoned { format!("{REASONING} {reasoning}\n") } else { String::new() };
        format!("{QUESTION} {question}\n{chain}{} {answer}\n\n", super::answer::MARK)
    };
    shots.iter().map(one).collect()
}

/// The question as it stands after examples.
#[must_use]
pub fn asked(question: &str, reasoned: bool) -> String {
    format!("{QUESTION} {}\n{}", question.trim(), if reasoned { REASONING } else { super::answer::MARK })
}

/// Where a chain ends that goes on with the next question: behind its answer, or before an empty line.
#[must_use]
pub fn end_of_chain(text: &str) -> Option<usize> {
    let next = text.find(&format!("\n{QUESTION}"));
    let blank =
        text.match_indices("\n\n").map(|(at, _)| at).find(|at| !text.get(..*at).unwrap_or_default().trim().is_empty());
    let answered = text.find(super::answer::MARK).and_then(|at| end_of_answer(text, at + super::answer::MARK.len()));
    [next, blank, answered].into_iter().flatten().min()
}

/// Where a line with an answer ends that begins at a byte.
#[must_use]
pub fn end_of_answer(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let begins = rest.len() - rest.trim_start().len();
    if begins == rest.len() {
        return None;
    }
    rest.get(begins..)?.find('\n').map(|at| from + begins + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_come_back_as_they_are_written() {
        for family in Family::ALL {
            let shots = family.shots();
            assert_eq!(shots.len(), 4);
            assert_eq!(read(&before(&shots, true)), Ok(shots));
        }
        assert!(
            before(&Family::Chain.shots(), false)
                .starts_with("Question: x = 7. y = x + 4. z = y + 7. What is z?\nAnswer: 18\n\nQ")
        );
        assert_eq!(asked(" What is z? ", true), "Question: What is z?\nReasoning:");
    }

    #[test]
    fn what_is_no_example_is_refused_by_its_line() {
        let line = |text: &str| match read(text) {
            Err(Refusal::NotAShot { line }) => line,
            _ => 0,
        };
        assert_eq!(line(""), 1);
        assert_eq!(line("Question: a?\n\nAnswer: 3"), 3);
        assert_eq!(line("Question: a?\nReasoning: b.\n"), 2);
        assert_eq!(line("Question: a?\nReasoning: b.\nAnswer: 3\n\nHello"), 5);
    }

    #[test]
    fn a_chain_ends_behind_its_answer() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(end_of_chain(text).and_then(|at| text.get(..at)), expected, "{text}");
        };
        check(" x is 3.\nAnswer: 14\n\nQuestion: x", Some(" x is 3.\nAnswer: 14"));
        check(" x is 3.\nAnswer: 1", None);
        check("\n\n x is 3.\n\nOr", Some("\n\n x is 3."));
        assert_eq!(end_of_answer(" 14\n", 0), Some(3));
        assert_eq!(end_of_answer("\n", 0), None);
    }
}
