//! What can go wrong, as far as the page is concerned.

use vitrine_schema::protocol::Failure;
use vitrine_share::AddressError;
use vitrine_words::failure::{failure, sentence_of};

use crate::services::offline::Offline;

/// Whether the page opens without a network, where that is known.
pub fn offline(state: Offline) -> Option<&'static str> {
    match state {
        Offline::No => None,
        Offline::Kept => Some("This page is kept on this device and opens without a network too."),
        Offline::Newer => {
            Some("A newer version of this page is here; it opens next time, once every tab with this one is closed.")
        }
        Offline::Denied => {
            Some("This browser does not keep the page (storage is off or full), so it needs the network to open.")
        }
    }
}

/// What is said of a finding that the page carries, before it was computed here.
pub const CARRIED: &str = "Precomputed with the same model; computed again here as soon as the model is.";

/// The same of a model that comes when it is asked for.
pub const CARRIED_LARGER: &str = "Precomputed with the page’s language model.";

/// The same where the page computes it only in the Lab.
pub const CARRIED_ELSEWHERE: &str = "Precomputed with the page’s language model; the Lab runs the same question here.";

/// What is said of a file with a question that is dropped onto a frame of someone else's page.
pub const QUESTION_IN_FRAME: &str =
    "This file holds a question and no result, which a frame does not ask; open Vitrine itself and drop it there.";

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The worker refused or failed a request.
    Failure(Failure),
    /// A model of the reader's own cannot be used; what was read of it stands on its page.
    Unusable(String, Failure),
    /// The worker broke on a request and again when it was repeated.
    BrokeTwice,
    /// The worker broke while it loaded a model and again when that was repeated.
    LoadBroke,
    /// No worker gets ready.
    CannotStart,
    /// The browser has no module workers.
    NoWorker,
    /// Another figure of the same page runs the engine now.
    Elsewhere,
    /// A table of the page did not come.
    NoTable,
    /// Nothing was typed.
    EmptyText,
    /// The address names a model that is not here.
    NotHere(String),
    /// The address cannot be read as it is.
    Address(AddressError),
}

impl Trouble {
    /// One sentence that says what happened and what to do next.
    pub fn sentence(&self) -> String {
        match self {
            Self::Failure(found) | Self::Unusable(_, found) => failure(found),
            Self::BrokeTwice => "The engine stopped twice on this request and was started again; your text is still here, try a shorter one.".to_owned(),
            Self::LoadBroke => "The engine stopped twice while it loaded this model, most likely because the memory ran out; it was started again and the other models are ready.".to_owned(),
            Self::CannotStart => "The engine cannot start in this browser; reload the page, or open it with ?device=cpu at the end of the address.".to_owned(),
            Self::NoTable => "The table of this question did not come from where the page is hosted; see whether this device is online, then check it again.".to_owned(),
            Self::Elsewhere => "Another figure on this page has the engine now; check this one again to bring it back.".to_owned(),
            Self::NoWorker => "This browser cannot run the engine in the background; use a current version of Firefox, Chrome, Edge or Safari.".to_owned(),
            Self::NotHere(model) => format!(
                "The question in this address is about {model}, which is not on this page; open its files, or fetch it from the hub by its name, and it is asked."
            ),
            Self::Address(error) => sentence_of(&error.to_string()),
            Self::EmptyText => "There is nothing to read yet; write a few words and ask.".to_owned(),
        }
    }
}
