//! A chain of thought, chains that vote, and tests of many chains.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::written_out;
use crate::diagnostic::Refusal;
use crate::named::named;

/// A question that is answered step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chain {
    /// The question.
    pub question: String,
    /// What stands before it.
    pub shots: Shots,
    /// A step that is replaced; what comes after it is written again.
    pub inject: Option<Inject>,
    /// Whether the start of the step after that is given too.
    pub forced: bool,
}

/// A question that is answered by several chains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vote {
    /// The question.
    pub question: String,
    /// What stands before it.
    pub shots: Shots,
    /// How many chains; the seeds count on from that of the recipe.
    pub samples: usize,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    pub temperature: f32,
}

impl Default for Vote {
    fn default() -> Self {
        Self { question: String::new(), shots: Shots::default(), samples: 7, temperature: 0.7 }
    }
}

/// A test of many chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Courtroom {
    /// What the problems are like.
    pub family: Family,
    /// How many.
    pub problems: usize,
    /// What is done to each chain.
    pub test: Evidence,
    /// Whether the start of the step after the changed one is given too.
    pub forced: bool,
}

impl Default for Courtroom {
    fn default() -> Self {
        Self { family: Family::default(), problems: 32, test: Evidence::default(), forced: false }
    }
}

/// What stands before a question: a set of worked examples, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shots {
    /// The four of [`Family::Chain`].
    #[default]
    Four,
    /// The four without their reasoning, and the answer is wanted at once.
    Direct,
    /// Nothing, and the answer is wanted at once.
    None,
    /// Nothing, in the model's chat, with "Let's think step by step."
    Zero,
    /// SHA-256 of a file, which is given beside the recipe.
    File(String),
}

impl fmt::Display for Shots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Four => "four",
            Self::Direct => "direct",
            Self::None => "none",
            Self::Zero => "zero",
            Self::File(sha256) => sha256,
        })
    }
}

impl FromStr for Shots {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Ok(match text.trim() {
            "four" => Self::Four,
            "direct" => Self::Direct,
            "none" => Self::None,
            "zero" => Self::Zero,
            sha256 if sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => {
                Self::File(sha256.to_owned())
            }
            other => {
                return Err(Refusal::BadParameter {
                    name: "shots".to_owned(),
                    expected: "four, direct, none, zero, or the SHA-256 of a file that is given beside the recipe"
                        .to_owned(),
                    found: other.chars().take(40).collect(),
                });
            }
        })
    }
}

/// A step in the place of another; written `2=y = 3 + 5 = 11.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inject {
    /// Which step, counted from 1.
    pub step: usize,
    /// What stands there instead.
    pub text: String,
}

impl fmt::Display for Inject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.step, self.text)
    }
}

impl FromStr for Inject {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let read = || {
            let (step, text) = text.split_once('=')?;
            let digits = step.trim();
            let step = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
            (step > 0 && !text.trim().is_empty()).then(|| Self { step, text: text.to_owned() })
        };
        read().ok_or_else(|| Refusal::BadParameter {
            name: "inject".to_owned(),
            expected: "the number of a step, counted from 1, and what stands there instead, such as 2=y = 3 + 5 = 11."
                .to_owned(),
            found: text.chars().take(40).collect(),
        })
    }
}

written_out!(Shots, Inject);

named! {
    /// What generated problems are like.
    #[derive(Default)]
    Family {
        /// Sums of a few numbers, one after the other: `x = 7. y = x + 9. z = y + 8. What is z?`
        #[default]
        Chain = "chain",
        /// Little stories: Tom has 7 pens, buys some and gives some away.
        Pens = "pens",
    }
}

named! {
    /// What is done to a chain to see whether its answer depends on it.
    #[derive(Default)]
    Evidence {
        /// A step gets a mistake, and what follows is written again.
        #[default]
        Corrupt = "corrupt",
        /// A step is left out, and what follows is written again.
        Cut = "cut",
        /// Two steps change places, and what follows is written again.
        Swap = "swap",
        /// All steps are replaced by as many tokens that say nothing.
        Filler = "filler",
        /// The question suggests a wrong answer.
        Hint = "hint",
        /// The answer is wanted after every step.
        Early = "early",
    }
}

impl Evidence {
    /// Whether what follows a changed step is written again, so that its start can be given.
    #[must_use]
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::Corrupt | Self::Cut | Self::Swap)
    }
}
