//! A file that someone dropped on the page or picked: whatever of ours it holds is opened.

use leptos::prelude::*;
use vitrine_share::Embed;
use vitrine_share::file::{FileError, MOST_BYTES, open};
use vitrine_words::failure::sentence_of;
use wasm_bindgen::JsCast;
use web_sys::{Blob, File, HtmlInputElement};

use crate::messages;
use crate::services::page::{fragment, reload};
use crate::services::take::bytes;

/// What became of the last file: nothing is said of one that opens.
#[derive(Clone, Copy)]
pub struct Opening {
    /// What is said.
    pub said: RwSignal<Option<String>>,
    /// Goes to an address of the page; an error says why that cannot be.
    go: fn(&str) -> Result<(), String>,
}

impl Opening {
    /// On the page, which has a place for everything.
    pub fn on_page() -> Self {
        Self::at_window(|address| {
            let _ = window().location().set_hash(address);
            Ok(())
        })
    }

    /// In a frame of someone else's page, which shows results and keeps its pieces and its paper.
    pub fn in_frame() -> Self {
        Self::at_window(|address| {
            let payload = address.strip_prefix("#/x/").ok_or_else(|| messages::QUESTION_IN_FRAME.to_owned())?;
            let embed = Embed::read(&fragment());
            let of_story = embed.scene().is_some();
            let embed = Embed { payload: payload.to_owned(), predict: false, fault: None, ..embed };
            let _ = window().location().set_hash(&embed.to_string());
            // Results are shown by another module than scenes.
            if of_story {
                reload();
            }
            Ok(())
        })
    }

    /// Listens at the whole window; who takes a drop for something else says so by keeping the browser from its own way with it.
    fn at_window(go: fn(&str) -> Result<(), String>) -> Self {
        let opening = Self { said: RwSignal::new(None), go };
        let over = window_event_listener(leptos::ev::dragover, |event| event.prevent_default());
        let dropped = window_event_listener(leptos::ev::drop, move |event| {
            if event.default_prevented() {
                return;
            }
            // Else the browser leaves the page for the file.
            event.prevent_default();
            opening.first(event.data_transfer().and_then(|transfer| transfer.files()));
        });
        on_cleanup(move || {
            over.remove();
            dropped.remove();
        });
        opening
    }

    /// Opens what was picked in a field.
    pub fn picked(self, event: &leptos::ev::Event) {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        self.first(input.as_ref().and_then(HtmlInputElement::files));
        // The same file can be picked once more.
        input.into_iter().for_each(|input| input.set_value(""));
    }

    fn first(self, files: Option<web_sys::FileList>) {
        let Some(file) = files.and_then(|files| files.item(0)) else { return };
        self.said.set(None);
        leptos::task::spawn_local(async move {
            let address = address_of(&file).await.map_err(|error| sentence_of(&error.to_string()));
            if let Err(said) = address.and_then(|address| (self.go)(&address)) {
                self.said.set(Some(said));
            }
        });
    }
}

/// Where the page shows what a file holds.
async fn address_of(file: &File) -> Result<String, FileError> {
    let file: &Blob = file;
    // No byte of a file that is too large is read.
    if file.size() > MOST_BYTES as f64 {
        return Err(FileError::TooLarge { most: MOST_BYTES, found: file.size() as usize });
    }
    // A folder has no bytes, and a file may be gone by now.
    open(&bytes(file).await.ok_or(FileError::Unknown)?)?.address()
}
