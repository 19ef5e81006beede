//! A shared explanation ⇄ the payload of its link.
//!
//! ```text
//! #/x/v1.…       payload = "v1." + base64url(packed)
//! ```
//!
//! `packed`, byte by byte; numbers of several bytes are little-endian, *n* is a LEB128 number of at most five bytes:
//!
//! | bytes | what |
//! | --- | --- |
//! | … | the letter: JSON, deflated behind the dictionary of `link/v1.dictionary` (see `link/deflated.rs`); it ends by itself |
//! | 4 | CRC-32 of the bytes before and after it |
//! | 8 | the first eight bytes of the SHA-256 of the model's weights |
//! | *n* | number of tokens; without any the table ends here |
//! | 1 | how tokens are spelled: bit 0 in small letters (ASCII), bit 1 with `##` in front of one that continues a word |
//! | … | the tokens, see `link/tokens.rs` |
//! | … | numbers of each explanation, one after the other, see `link/numbers.rs` |
//! | 1 | 0: so that a payload ends in a letter, for chat programs take marks for the end of their own sentence |
//!
//! The letter is `{"recipe", "text", "result", "on", "shown", "title", "note", "name", "date"}`: the resolved recipe; the text that
//! was read, where it is not the recipe's; what of the result is words and structure (see `link/told.rs`); the device that
//! computed; what is looked at; and the sender's own words. What has nothing to say is left out.
//!
//! What comes out of a payload is a [`Finding`] again, from which `figure` draws and `words` speak; it carries
//! [`Diagnostic::Sent`](vitrine_schema::Diagnostic::Sent) and holds what the capsule holds: scores and values to the last bit,
//! effects of removal in 16 bits, no identifiers of tokens, no path and no curves. Maps, streams, probes and chains come as their
//! [`Summary`], of which what arithmetic says is worked out again.
//! What follows from other numbers is not believed but computed again: whether scores add up, the verdict of a receipt, disputes.
//!
//! Links are hostile: at most [`MOST_BYTES`] are read and 1 MiB is inflated; numbers are finite and clamped, tokens lie inside of their
//! text, and whatever is wrong is one [`LinkError`]. No address in a link is followed. What sets the direction of text
//! ([`sets_direction`](vitrine_schema::foreign::sets_direction)) is taken out of the sender's words and of every name; the text
//! itself stays as it is, for it is asked again, and whoever shows it sets it apart (`words::phrase::quoted`).

mod bytes;
mod deflated;
mod numbers;
mod parts;
mod sender;
mod tokens;
mod told;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::foreign::line;
use vitrine_schema::protocol::DeviceKind;
use vitrine_schema::{Finding, Input, ModelRef, Recipe, Summary};

use crate::base64url;
use crate::crc32::crc32;
use crate::view::View;
use bytes::{Reader, Writer};
use parts::Parts;
pub use sender::Sender;
use told::Told;

/// Longest payload that is read or written, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;
/// What stands in front of a payload of this version.
const VERSION: &str = "v1.";
/// Letters of an error that say what was found.
const SHOWN_MOST: usize = 200;

/// A shared explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The question with every default written out.
    pub recipe: Recipe,
    /// What the sender's device found.
    pub sent: Sent,
    /// Which of the page's devices computed it; `None` where it was another program.
    pub on: Option<DeviceKind>,
    /// What is looked at.
    pub shown: Shown,
    /// The sender's own words.
    pub sender: Sender,
}

/// A result as it travels.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// What figures and sentences are made of as they are at home.
    Finding(Finding),
    /// The numbers of the claim of what is too large.
    Summary(Box<Summarized>),
}

/// A finding of which a link has a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Summarized {
    /// Which weights.
    pub model: ModelRef,
    /// What was read.
    pub input: Input,
    /// The numbers.
    pub summary: Summary,
}

/// What of a result is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shown {
    /// The panel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// The mark that is locked, in the words of its view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Why a link cannot be opened or made; each is one sentence with a next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Longer than [`MOST_BYTES`].
    #[error("a link has at most {most} letters, this one {found}; shorten the text, or send it as a file")]
    TooLong {
        /// Letters there can be.
        most: usize,
        /// Letters there are.
        found: usize,
    },
    /// Not a payload at all.
    #[error("this is no link to an explanation, which begins with {VERSION} after #/x/; copy the whole link")]
    NotALink,
    /// A version that is not read.
    #[error("this link is of version {found} and this program reads {}; open it with a newer one", VERSION.trim_end_matches('.'))]
    OtherVersion {
        /// The version.
        found: String,
    },
    /// Cut off or changed on the way.
    #[error("this link was damaged on the way, mostly because its end is missing; copy it again as a whole")]
    Damaged,
    /// Inflates to more than can be.
    #[error("this link unfolds to more than {most} bytes, as no explanation does; ask its sender for another")]
    InflatesTooFar {
        /// Bytes there can be.
        most: usize,
    },
    /// Intact, and yet not what any version of this program writes.
    #[error("this holds {what}, as no result does; ask for the link to be made again")]
    Impossible {
        /// What it holds.
        what: &'static str,
    },
    /// A part of it that this version does not know.
    #[error("this link cannot be read ({detail}); it may come from a newer version, open it there")]
    Unknown {
        /// What is wrong.
        detail: String,
    },
    /// The sender has more to say than there is room.
    #[error("a {part} has at most {most} characters, this one {found}; shorten it")]
    TooManyWords {
        /// Which part.
        part: &'static str,
        /// Characters there can be.
        most: usize,
        /// Characters there are.
        found: usize,
    },
    /// A date that is none.
    #[error("{found:?} is no date; write it like 2026-11-30")]
    NotADate {
        /// What was found.
        found: String,
    },
    /// A recipe that cannot be asked here.
    #[error("{refusal}; a newer version may open this link")]
    Refused {
        /// Why.
        refusal: String,
    },
}

/// The JSON of a link.
#[derive(Serialize)]
struct Letter<'a> {
    recipe: &'a Recipe,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    result: &'a Told,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<DeviceKind>,
    #[serde(skip_serializing_if = "Shown::is_default")]
    shown: &'a Shown,
    #[serde(flatten)]
    sender: &'a Sender,
}

/// The same as it is read: the recipe apart, for it says better than a parser what is wrong with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    recipe: Value,
    #[serde(default)]
    text: Option<String>,
    result: Value,
    #[serde(default)]
    on: Option<DeviceKind>,
    #[serde(default)]
    shown: Shown,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    date: Option<String>,
}

impl Shown {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Link {
    /// What a link to a finding holds, without anything chosen or said.
    ///
    /// # Errors
    /// [`LinkError::Impossible`] for a finding that no engine made.
    pub fn of(finding: &Finding) -> Result<Self, LinkError> {
        let recipe = finding.resolved().clone();
        let sent = Parts::of(finding)?.sent(&recipe)?;
        Ok(Self { recipe, sent, on: None, shown: Shown::default(), sender: Sender::default() })
    }

    /// The payload.
    ///
    /// # Errors
    /// [`LinkError::TooLong`]; [`LinkError::Impossible`] where `sent` was changed to what no engine makes.
    pub fn write(&self) -> Result<String, LinkError> {
        let Self { recipe, sent, on, shown, sender } = self;
        let parts = Parts::of_sent(sent)?;
        let text = Some(&*parts.input.text).filter(|text| *text != recipe.subject().unwrap_or_default());
        let letter = Letter { recipe, text, result: &parts.told, on: *on, shown, sender };
        let json = serde_json::to_vec(&letter).map_err(|error| unknown(&error))?;
        let mut capsule = Writer::default();
        parts.write(&mut capsule);
        capsule.byte(0);
        let payload = sealed(&json, &capsule.0);
        if payload.len() > MOST_BYTES {
            return Err(LinkError::TooLong { most: MOST_BYTES, found: payload.len() });
        }
        Ok(payload)
    }

    /// Reads a payload, alone or at the end of an address; spaces and marks around it are no part of it.
    ///
    /// # Errors
    /// Whatever is wrong with it: every [`LinkError`].
    pub fn read(text: &str) -> Result<Self, LinkError> {
        let (json, capsule) = unsealed(text)?;
        let opened: Opened = serde_json::from_slice(&json).map_err(|error| unknown(&error))?;
        let Opened { recipe, text, result, on, shown, title, note, name, date } = opened;
        let refused = |refusal: Refusal| LinkError::Refused { refusal: clipped(&refusal.to_string()) };
        let recipe = Recipe::from_json(&recipe.to_string()).map_err(refused)?;
        let shown = Shown { at: shown.at.map(|at| clipped(&at)), ..shown };
        let sender = Sender::new(title, note, name, date)?;
        let text = text.or_else(|| recipe.subject().map(str::to_owned)).unwrap_or_default();
        let sent = Parts::read(Told::from_json(result)?, text, Reader(&capsule))?.sent(&recipe)?;
        Ok(Self { recipe, sent, on, shown, sender })
    }
}

impl Sent {
    /// Which weights.
    #[must_use]
    pub fn model(&self) -> &ModelRef {
        match self {
            Self::Finding(finding) => finding.model(),
            Self::Summary(summarized) => &summarized.model,
        }
    }
}

/// The payload of a letter and what follows its check sum, whatever they say.
#[must_use]
pub fn sealed(letter: &[u8], capsule: &[u8]) -> String {
    let letter = deflated::deflated(letter);
    let sum = crc32([&*letter, capsule]).to_le_bytes();
    VERSION.to_owned() + &base64url::encoded(&[&*letter, &sum, capsule].concat())
}

/// The letter of a payload and what follows its check sum, where the sum is theirs.
///
/// # Errors
/// [`LinkError::TooLong`], [`LinkError::NotALink`], [`LinkError::OtherVersion`], [`LinkError::Damaged`],
/// [`LinkError::InflatesTooFar`].
pub fn unsealed(text: &str) -> Result<(Vec<u8>, Vec<u8>), LinkError> {
    if text.len() > MOST_BYTES {
        return Err(LinkError::TooLong { most: MOST_BYTES, found: text.len() });
    }
    let packed = base64url::decoded(letters(text)?).ok_or(LinkError::Damaged)?;
    let (letter, length) = deflated::inflated(&packed)?;
    let (deflated, rest) = packed.split_at_checked(length).ok_or(LinkError::Damaged)?;
    let (sum, capsule) = rest.split_at_checked(4).ok_or(LinkError::Damaged)?;
    if sum != crc32([deflated, capsule]).to_le_bytes() {
        return Err(LinkError::Damaged);
    }
    Ok((letter, capsule.to_vec()))
}

/// The letters of a payload: what stands before it is an address, what stands after it says how it is shown.
fn letters(text: &str) -> Result<&str, LinkError> {
    let text = text.trim();
    let payload = text.rsplit_once('/').map_or(text, |(_, last)| last).trim_start_matches('#');
    let (version, rest) = payload.split_once('.').ok_or(LinkError::NotALink)?;
    let number = version.strip_prefix('v').filter(|number| !number.is_empty() && number.len() < 6);
    number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())).ok_or(LinkError::NotALink)?;
    if payload.starts_with(VERSION) {
        let end = rest.bytes().position(|byte| !base64url::is_letter(byte)).unwrap_or(rest.len());
        return rest.get(..end).ok_or(LinkError::Damaged);
    }
    Err(LinkError::OtherVersion { found: version.to_owned() })
}

fn unknown(error: &serde_json::Error) -> LinkError {
    LinkError::Unknown { detail: clipped(&error.to_string()) }
}

/// What was found, as a line of a sentence.
fn clipped(text: &str) -> String {
    line(text).chars().take(SHOWN_MOST).collect()
}
