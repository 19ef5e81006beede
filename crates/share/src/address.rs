//! A question ⇄ the Lab's address, in plain words.
//!
//! ```text
//! #/lab?model=sentiment&text=the%20plot&ask=explain&method=integrated-gradients&set.nodes=50&target=POSITIVE&view=stream
//! ```
//!
//! The keys are the flags of the command line without their dashes in front: `max-tokens=20`, `tokens=3,4`,
//! `set.max-nodes=64` for `--set max_nodes=64`; `prompt` is another name of `text`, and `baseline` of `set.baseline`, as there.
//! To these the Lab adds `view`, the panel that is open, and `at`, the mark that is locked. What has its default is left out.
//!
//! Rules of reading, for addresses that were written by hand, cut off or damaged on the way:
//!
//! - Nothing is passed over in silence: the first fault stands beside everything that could be read, but for an address of
//!   more than [`MOST_BYTES`], of which nothing is.
//! - `lab` and the keys may be in capitals and have `_` for `-`; values are read as they are, but for the spaces around a name
//!   or a number.
//! - `+` is a plus and a lone `%` is a `%`, for texts contain both. A space is `%20`; browsers escape one that is typed.
//! - Bytes that are no UTF-8 become U+FFFD, which is a fault.
//! - Of a key that stands twice the first is read, which is a fault.
//! - A key alone is the same as the key with an empty value; `chat` alone is `chat=true`, as the flag is.

mod read;
mod write;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::SCHEMA;
use vitrine_schema::{Ask, MethodId, Recipe, TargetRequest};

use crate::View;
use read::Words;
use write::Written;

/// Longest address that is read or written, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;

/// Where the reader of the Lab is: a question, which need not be finished, and what of its answer is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Identifier of the model; `None` leaves it to the page.
    pub model: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// Which answer the question is about.
    pub target: TargetRequest,
    /// What is asked; nothing is assumed where an address does not say.
    pub ask: Option<Ask>,
    /// Seed of every random choice.
    pub seed: u64,
    /// The panel that is open; `None` leaves it to the page.
    pub view: Option<View>,
    /// The mark that is locked, in the words of its view.
    pub at: Option<String>,
}

/// What an address says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// Everything that could be read. Of a list with a fault these are the items without, of a method that is not known it
    /// is no question at all.
    pub place: Place,
    /// The first fault; an address that has one is shown and not run.
    pub fault: Option<AddressError>,
}

/// What is wrong with an address, or missing in it; each is one sentence with a next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Longer than [`MOST_BYTES`]; nothing of it is read or written.
    #[error("an address has at most {most} bytes, this one {found}; shorten the text")]
    TooLong {
        /// Bytes there can be.
        most: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The path goes on after `lab`.
    #[error("an address of the Lab goes on with ? after #/lab, not with {found:?}; leave that out")]
    PathTooLong {
        /// The next part of the path.
        found: String,
    },
    /// A value is not UTF-8.
    #[error("{key:?} holds bytes that are no text; they stand as \u{fffd}, write them again")]
    NotUtf8 {
        /// Which key.
        key: String,
    },
    /// A key stands twice.
    #[error("{key:?} stands twice in the address and the first is read; leave one of them out")]
    Twice {
        /// Which key.
        key: String,
    },
    /// A key that no question has.
    #[error("no address has {key:?}; this one can have: {} (an & inside of a text is written %26)", known.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
        /// Keys of the question that is asked.
        known: Vec<String>,
    },
    /// A key that another kind of question has.
    #[error("{key:?} belongs to ask={}; write that, or leave {key:?} out", asks.join(" or ask="))]
    OtherQuestion {
        /// The key.
        key: String,
        /// The kinds of questions that have it.
        asks: Vec<String>,
    },
    /// An explanation without a method.
    #[error("ask=explain needs a method; add method= and one of {}", MethodId::names().join(", "))]
    NoMethod,
    /// Nothing is asked.
    #[error("this address asks nothing yet; add ask= and one of {}", Ask::NAMES.join(", "))]
    NoAsk,
    /// No model is named.
    #[error("this address names no model; add model= and the name of one")]
    NoModel,
    /// A name or number that is not one.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<Recipe> for Place {
    /// The place where the question is asked, with nothing chosen to look at.
    fn from(Recipe { schema: _, model, text, target, ask, seed }: Recipe) -> Self {
        Self { model: Some(model), text, target, ask: Some(ask), seed, view: None, at: None }
    }
}

impl Place {
    /// The text that it is about.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.ask.as_ref().and_then(Ask::own_text).or(self.text.as_deref())
    }

    /// The question. Whether it has the text, and its method the parameters, that it needs is the engine's to say.
    ///
    /// # Errors
    /// [`AddressError::NoAsk`] and [`AddressError::NoModel`]: the question is not finished, which is no fault of an address.
    pub fn recipe(&self) -> Result<Recipe, AddressError> {
        let Self { model, text, target, ask, seed, view: _, at: _ } = self.clone();
        let (ask, model) = (ask.ok_or(AddressError::NoAsk)?, model.ok_or(AddressError::NoModel)?);
        Ok(Recipe { schema: SCHEMA.to_owned(), model, text, target, ask, seed })
    }
}

/// Reads an address, with its `#` or without; `None` where it is that of another page.
#[must_use]
pub fn read(address: &str) -> Option<Opened> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut parts = path.trim_start_matches('#').split('/').filter(|part| !part.is_empty());
    parts.next().filter(|page| page.eq_ignore_ascii_case("lab"))?;
    if address.len() > MOST_BYTES {
        let fault = AddressError::TooLong { most: MOST_BYTES, found: address.len() };
        return Some(Opened { place: Place::default(), fault: Some(fault) });
    }
    let mut words = Words::of(query);
    if let Some(part) = parts.next() {
        words.fault(AddressError::PathTooLong { found: read::clipped(part) });
    }
    let place = words.place();
    Some(Opened { place, fault: words.first_fault() })
}

/// Writes the address of a place, with its `#`.
///
/// It is read again as the same place, but for parameters that [`MethodId::resolve`] refuses or takes for another: a word
/// where a number belongs comes back as the number it says.
///
/// # Errors
/// [`AddressError::TooLong`].
pub fn write(place: &Place) -> Result<String, AddressError> {
    let address = Written::of(place).address();
    if address.len() > MOST_BYTES {
        return Err(AddressError::TooLong { most: MOST_BYTES, found: address.len() });
    }
    Ok(address)
}
