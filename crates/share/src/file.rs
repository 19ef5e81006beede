//! A file that someone chose or dropped: whatever of ours it holds.

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::foreign::line;
use vitrine_schema::{Finding, Recipe};

use crate::address::{self, AddressError, Place};
use crate::link::{Link, LinkError};
use crate::png::{PngError, link_of};

/// Longest file that is opened, in bytes.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What stands before the payload in the head of a report.
const IN_HTML: &str = "<meta name=\"vitrine-link\" content=\"";
/// What stands before a payload in the page's address.
const IN_ADDRESS: &str = "#/x/";
/// The payload stands in the head: no further than this.
const HEAD: usize = 256 * 1024;
/// Letters of an error that say what was found.
const SHOWN_MOST: usize = 200;

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A link, of a picture, a report or a text.
    Link(Box<Link>),
    /// A finding.
    Finding(Finding),
    /// A question.
    Recipe(Box<Recipe>),
}

/// Why a file does not open; each is one sentence with a next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Longer than [`MOST_BYTES`].
    #[error("this file has {} MB, and at most {} MB are opened; choose another", found / 1_000_000, most / 1_000_000)]
    TooLarge {
        /// Bytes there can be.
        most: usize,
        /// Bytes there are.
        found: usize,
    },
    /// Neither a picture nor a text.
    #[error("this file is neither a picture nor a text that was saved here; choose a PNG, HTML or JSON file")]
    Unknown,
    /// A page without a payload.
    #[error("this page holds no explanation; choose a report that was saved here")]
    NoLink,
    /// A picture that does not open.
    #[error(transparent)]
    Png(#[from] PngError),
    /// A link that does not open.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A question that does not open.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// JSON that is none of ours.
    #[error("{refusal}; choose a finding or a recipe")]
    Json {
        /// What is wrong.
        refusal: String,
    },
}

/// Opens a file by what stands in it, whatever its name is.
///
/// # Errors
/// Every [`FileError`].
pub fn open(bytes: &[u8]) -> Result<Held, FileError> {
    if bytes.len() > MOST_BYTES {
        return Err(FileError::TooLarge { most: MOST_BYTES, found: bytes.len() });
    }
    if bytes.starts_with(b"\x89PNG") {
        return of_link(&link_of(bytes)?);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileError::Unknown)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.bytes().next() {
        Some(b'{') => of_json(text),
        Some(b'<') => {
            let head = text.char_indices().nth(HEAD).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
            let (_, rest) = head.split_once(IN_HTML).ok_or(FileError::NoLink)?;
            of_link(rest.split('"').next().unwrap_or_default())
        }
        // A payload begins with its version, an address has a mark before it.
        Some(b'v') => of_link(text),
        _ if text.contains('#') => of_link(text),
        _ => Err(FileError::Unknown),
    }
}

impl Held {
    /// Where the page shows it: an explanation that was sent, or its question where a link does not hold the result.
    ///
    /// # Errors
    /// [`FileError::Address`] for a question that no address holds, [`FileError::Link`] for a finding that no engine made.
    pub fn address(&self) -> Result<String, FileError> {
        let link = match self {
            Self::Recipe(recipe) => return Ok(address::write(&Place::from(Recipe::clone(recipe)))?),
            Self::Link(link) => link.write(),
            Self::Finding(finding) => Link::of(finding).and_then(|link| link.write()),
        };
        match (link, self) {
            (Err(LinkError::TooLong { .. }), Self::Finding(finding)) => {
                Ok(address::write(&Place::from(finding.resolved().clone()))?)
            }
            (link, _) => Ok(IN_ADDRESS.to_owned() + &link?),
        }
    }
}

/// A payload, or the address of a question where there is no link.
fn of_link(text: &str) -> Result<Held, FileError> {
    let question = text.find('#').and_then(|at| address::read(text.get(at..)?.trim_end()));
    match question {
        None => Ok(Held::Link(Box::new(Link::read(text)?))),
        Some(opened) => {
            opened.fault.map_or(Ok(()), Err)?;
            Ok(Held::Recipe(Box::new(opened.place.recipe()?)))
        }
    }
}

/// A recipe says so; everything else is a finding or is refused as one.
fn of_json(text: &str) -> Result<Held, FileError> {
    let refused =
        |refusal: Refusal| FileError::Json { refusal: line(&refusal.to_string()).chars().take(SHOWN_MOST).collect() };
    match Recipe::from_json(text) {
        Ok(recipe) => Ok(Held::Recipe(Box::new(recipe))),
        Err(Refusal::OtherVersion { .. }) => Finding::from_json(text).map(Held::Finding).map_err(refused),
        Err(refusal) => Err(refused(refusal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINDING: &str = include_str!("../../../tests/reference/long.json");

    fn said(bytes: &[u8]) -> String {
        open(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_file_opens_by_what_is_in_it() {
        let finding = Finding::from_json(FINDING).unwrap();
        let link = Link::of(&finding).unwrap();
        let payload = link.write().unwrap();
        let held = Ok(Held::Link(Box::new(link)));
        assert_eq!(open(payload.as_bytes()), held);
        assert_eq!(open(format!("https://example.org/#/x/{payload}\n").as_bytes()), held);
        let page = format!("\u{feff}<!doctype html>\n<html><head>{IN_HTML}{payload}\"></head></html>");
        assert_eq!(open(page.as_bytes()), held);
        assert_eq!(open(FINDING.as_bytes()), Ok(Held::Finding(finding.clone())));
        let recipe = serde_json::to_vec(finding.resolved()).unwrap();
        assert_eq!(open(&recipe), Ok(Held::Recipe(Box::new(finding.resolved().clone()))));
    }

    #[test]
    fn what_a_file_holds_has_its_place_on_the_page() {
        let finding = Finding::from_json(FINDING).unwrap();
        let payload = Link::of(&finding).unwrap().write().unwrap();
        let shown = format!("#/x/{payload}");
        assert_eq!(open(FINDING.as_bytes()).unwrap().address(), Ok(shown.clone()));
        assert_eq!(open(shown.as_bytes()).unwrap().address(), Ok(shown));
        // What is too long for a link has its question as an address, which is a recipe again.
        let patching = include_str!("../../../tests/reference/patch.json");
        let finding = Finding::from_json(patching).unwrap();
        let payload = Link::of(&finding).unwrap().write().unwrap();
        assert_eq!(open(patching.as_bytes()).unwrap().address(), Ok(format!("#/x/{payload}")));
        let question = Held::Recipe(Box::new(finding.resolved().clone())).address().unwrap();
        assert!(question.starts_with("#/lab?") && question.contains("ask=patch"), "{question}");
        let Held::Recipe(recipe) = open(format!("https://example.org/{question}\n").as_bytes()).unwrap() else {
            unreachable!("a question is a recipe")
        };
        assert_eq!(&*recipe, finding.resolved());
        assert!(said(b"#/lab?text=a&nonsense=1").contains("nonsense"));
        assert!(said(b"#/lab?text=a").starts_with("this address asks nothing yet"));
    }

    #[test]
    fn what_is_not_ours_is_one_sentence() {
        assert!(said(b"\xff\xfe").starts_with("this file is neither a picture nor a text"));
        assert!(said(b"\x89PNG").starts_with("this file is no PNG picture"));
        assert!(said(b"<html><p>hello</p></html>").starts_with("this page holds no explanation"));
        assert!(said(b"hello, wor#ld").starts_with("this is no link to an explanation"));
        assert!(said(b"a,b\n1,2").starts_with("this file is neither a picture nor a text"));
        assert!(said(b"{}").starts_with("this says no schema"));
        assert!(said(b"{").starts_with("the recipe cannot be read"));
        let long = format!(r#"{{"schema": "vitrine.recipe/1", "{}": 1}}"#, "a\\n".repeat(5000));
        assert!(said(long.as_bytes()).len() < 300 && said(long.as_bytes()).lines().count() == 1);
        let too_large = FileError::TooLarge { most: MOST_BYTES, found: 90_000_000 };
        assert_eq!(too_large.to_string(), "this file has 90 MB, and at most 67 MB are opened; choose another");
    }
}
