//! Chains of thought: one, many that vote, and many that are put to the test.

mod along;
mod chain;
pub(crate) mod courtroom;
pub(crate) mod decode;
mod vote;

use std::ops::Range;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::generation::ChatMessage;
use vitrine_schema::reasoning::answer;
use vitrine_schema::reasoning::arithmetic::{checked, sentences};
use vitrine_schema::reasoning::shots::{self, Shot};
use vitrine_schema::reasoning::{ChainStep, StepSource};
use vitrine_schema::work::{End, Ends};
use vitrine_schema::{Diagnostic, Family, Input, Shots};
use vitrine_weights::manifest::sha256_hex;

use crate::run::Asker;
use crate::{EngineError, Session};
use decode::Beginning;

/// Most tokens of a chain that follows examples.
const CHAIN_TOKENS: usize = 96;
/// Most tokens of a chain in the model's chat.
const CHAT_TOKENS: usize = 192;
/// Most tokens of an answer that is wanted at once.
const ANSWER_TOKENS: usize = 12;
/// What a question without examples ends with (Kojima et al. 2022, arXiv 2205.11916).
const STEP_BY_STEP: &str = "Let's think step by step.";

/// How a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// After examples that reason.
    Examples,
    /// With the answer wanted at once.
    AtOnce,
    /// In the model's chat.
    Chat,
}

/// A question as the model reads it.
#[derive(Debug, Clone)]
struct Prompted {
    text: String,
    way: Way,
    /// What stands in front of the question, whatever it is.
    before: String,
}

/// What was read off a text that follows a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chained {
    /// All of it.
    text: String,
    steps: Vec<ChainStep>,
    answer: Option<String>,
}

impl Way {
    /// Most tokens that are written.
    const fn most(self) -> usize {
        match self {
            Self::Examples => CHAIN_TOKENS,
            Self::AtOnce => ANSWER_TOKENS,
            Self::Chat => CHAT_TOKENS,
        }
    }

    /// Where what is written ends by itself.
    const fn ends(self) -> Ends {
        match self {
            Self::Examples => Ends::Chain,
            Self::AtOnce => Ends::Answer,
            Self::Chat => Ends::Nowhere,
        }
    }

    /// The sentences of a text that are steps, by their bytes.
    fn steps(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Examples => {
                let end = text.find(answer::MARK).unwrap_or(text.len());
                sentences(text.get(..end).unwrap_or_default())
            }
            Self::AtOnce => Vec::new(),
            Self::Chat => sentences(text),
        }
    }

    /// The answer of what was written. Without a mark the last number counts, of a text that is all there.
    fn answer(self, text: &str, whole: bool) -> Option<String> {
        match self {
            Self::Examples => answer::marked(text),
            Self::AtOnce => answer::first(text),
            Self::Chat => answer::marked(text).or_else(|| answer::last(text).filter(|_| whole)),
        }
    }

    /// Reads a text that ended so; `own` are the bytes that the reader put there.
    fn read(self, question: &str, text: String, end: End, own: Option<&Range<usize>>) -> Chained {
        let source = |start: usize| match own {
            Some(own) if start >= own.end => StepSource::After,
            Some(own) if start >= own.start => StepSource::Reader,
            _ => StepSource::Model,
        };
        let ranges = self.steps(&text).into_iter();
        let steps: Vec<(&str, StepSource)> =
            ranges.filter_map(|range| Some((text.get(range.clone())?, source(range.start)))).collect();
        let steps = checked(question, &steps);
        let answer = self.answer(&text, !matches!(end, End::Cut | End::Open));
        Chained { text, steps, answer }
    }
}

impl Session {
    /// Puts a question.
    fn prompted(&self, question: &str, shots: &Shots, asker: &Asker<'_>) -> Result<Prompted, EngineError> {
        if self.model.causal().is_none() {
            return Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into());
        }
        if question.trim().is_empty() {
            return Err(Refusal::NothingToRead.into());
        }
        let examples = match shots {
            Shots::Four | Shots::Direct => Family::Chain.shots(),
            Shots::File(data) => {
                let file = asker.table.filter(|file| sha256_hex(file.as_bytes()) == *data);
                shots::read(file.ok_or_else(|| Refusal::NoShots { data: data.clone() })?)?
            }
            Shots::None => Vec::new(),
            Shots::Zero => {
                let content = format!("{} {STEP_BY_STEP}", question.trim());
                let text = self.chat_prompt(&[ChatMessage { role: "user".to_owned(), content }], asker.now)?;
                return Ok(Prompted { text, way: Way::Chat, before: String::new() });
            }
        };
        let at_once = examples.is_empty() || *shots == Shots::Direct;
        let way = if at_once { Way::AtOnce } else { Way::Examples };
        Ok(after(&examples, question, way))
    }

    /// Splits a prompt, of which so many tokens have to be left for what is written.
    fn read_prompt(&self, prompted: &Prompted) -> Result<Input, EngineError> {
        // A template writes the special tokens itself.
        let tokenized = match prompted.way {
            Way::Chat => self.tokenizer.split_as_written(&prompted.text)?,
            Way::Examples | Way::AtOnce => self.tokenizer.split(&prompted.text)?,
        };
        let most = self.model.config().n_positions.saturating_sub(prompted.way.most()).max(1);
        Ok(self.fitting(tokenized, most)?.input)
    }

    /// Reads a prompt but for its last token, the examples in it apart.
    async fn beginning_of(
        &self,
        prompted: &Prompted,
        prompt: &[u32],
        asker: &Asker<'_>,
    ) -> Result<Beginning, EngineError> {
        let examples = self.ids_of(prompted.way, prompted.before.trim_end())?;
        self.beginning(prompt.get(..prompt.len() - 1).unwrap_or_default(), &examples, asker.monitor).await
    }

    /// The tokens of a text that goes on from a prompt.
    fn ids_of(&self, way: Way, text: &str) -> Result<Vec<u32>, EngineError> {
        let tokenized = match way {
            Way::Chat => self.tokenizer.split_as_written(text)?,
            Way::Examples | Way::AtOnce => self.tokenizer.split(text)?,
        };
        Ok(crate::session::ids(&tokenized.input))
    }
}

/// A question after examples.
fn after(examples: &[Shot], question: &str, way: Way) -> Prompted {
    let reasoned = way == Way::Examples;
    let before = shots::before(examples, reasoned);
    Prompted { text: format!("{before}{}", shots::asked(question, reasoned)), way, before }
}

/// What a reader should know of one chain.
fn remarks(question: &str, way: Way, end: End, answer: Option<&String>) -> Vec<Diagnostic> {
    let mut remarks = Vec::new();
    if answer::numbers(question).is_empty() {
        remarks.push(Diagnostic::NoNumber);
    }
    match (answer, end) {
        (None, End::Cut) => remarks.push(Diagnostic::ChainCut { most: way.most() }),
        (None, _) => remarks.push(Diagnostic::AnswerUnread),
        (Some(_), _) => {}
    }
    remarks
}
