//! One session with one model: read, predict, explain, trace.
//!
//! *In*: the files of a model, then requests. *Out*: the values of [`vitrine_schema`].
//! The same code runs behind the page's worker and the command line.
//!
//! Read first: [`Session`], [`SessionBuilder`] (files in, session out), [`EngineError`].

mod ablate;
pub mod builder;
mod compare;
mod continuation;
#[cfg(not(target_family = "wasm"))]
pub mod folder;
mod inside;
mod labelled;
mod language;
mod patch;
mod probe;
mod reasoning;
mod run;
pub mod self_test;
pub mod session;
mod work;

pub use builder::{Layout, Parts, SessionBuilder};
pub use run::Asker;
pub use session::Session;
pub use vitrine_methods::crew::Asked;
pub use vitrine_methods::{Alone, Cancelled, Crew, Monitor, Turn, Unwatched};

use vitrine_methods::MethodError;
use vitrine_model::ModelError;
use vitrine_schema::diagnostic::Refusal;
use vitrine_text::TextError;
use vitrine_weights::WeightsError;

/// Why a request has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The request cannot be served as it stands; the sentence says what would be right.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The model's files are wrong.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer or the text is wrong.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The model could not be run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run was stopped.
    #[error("the run was stopped")]
    Cancelled,
}

impl From<MethodError> for EngineError {
    fn from(error: MethodError) -> Self {
        match error {
            MethodError::Refused(refusal) => Self::Refused(refusal),
            MethodError::Model(error) => Self::Model(error),
            MethodError::Cancelled => Self::Cancelled,
            other => Self::Model(ModelError::Readback { detail: other.to_string() }),
        }
    }
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
