//! What talks to the world outside the page's own state.

pub mod clipboard;
pub mod clock;
pub mod focus;
pub mod fonts;
pub mod hooks;
pub mod kept;
pub mod offline;
pub mod only;
pub mod opened;
pub mod own_models;
pub mod page;
pub mod parts;
pub mod promise;
pub mod seen;
pub mod stored;
pub mod take;
pub mod worker_client;
