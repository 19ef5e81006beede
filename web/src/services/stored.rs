//! Words that this browser keeps for the page; where it keeps none they last as long as the page.

use leptos::prelude::*;

/// The word that is kept under a name.
pub fn stored(name: &str) -> Option<String> {
    storage()?.get_item(&key(name)).ok()?
}

/// Keeps a word under a name, or nothing more.
pub fn store(name: &str, word: Option<&str>) {
    // Without storage a choice lasts as long as the page.
    let _ = storage().map(|storage| match word {
        Some(word) => storage.set_item(&key(name), word),
        None => storage.remove_item(&key(name)),
    });
}

/// Whether words are kept: a private window may take them and keep none.
pub fn keeps() -> bool {
    store("try", Some("1"));
    let keeps = stored("try").is_some();
    store("try", None);
    keeps
}

fn key(name: &str) -> String {
    format!("vitrine.{name}")
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
