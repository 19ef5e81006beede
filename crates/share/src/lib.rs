//! Questions as addresses, results as files.
//!
//! *In*: the values of [`vitrine_schema`]. *Out*: what leaves the program and is opened again, here or elsewhere.
//! Read first: [`address`] (a question in the Lab's address), [`link`] (a question with its result), [`png`] (a picture
//! that holds a link), [`tensors_to_safetensors`] (a trace that opens in Python unchanged).
//!
//! ```
//! use vitrine_share::address;
//! let opened = address::read("#/lab?text=the%20plot&ask=predict&view=stream").unwrap_or_default();
//! assert_eq!(opened.place.text.as_deref(), Some("the plot"));
//! assert_eq!(opened.fault, None);
//! assert_eq!(address::write(&opened.place)?, "#/lab?text=the%20plot&ask=predict&view=stream");
//! # Ok::<(), address::AddressError>(())
//! ```

pub mod address;
mod base64url;
mod crc32;
pub mod embed;
pub mod file;
pub mod link;
mod page;
mod percent;
pub mod png;
pub mod recent;
mod span;
pub mod story;
pub mod table;
mod trace;
mod view;

pub use address::{AddressError, Opened, Place};
pub use embed::Embed;
pub use link::{Link, LinkError};
pub use page::Page;
pub use png::PngError;
pub use span::Span;
pub use story::Place as StoryPlace;
pub use trace::{NamedTensor, ShareError, tensors_to_safetensors};
pub use view::View;
