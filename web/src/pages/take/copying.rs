//! A copy, and what is said of it on its button.

use std::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;
use vitrine_words::size::size;

use crate::services::clipboard::copy;

/// How long it is said that something was copied.
const SAID: Duration = Duration::from_secs(2);

/// What became of a copy.
#[derive(Clone, Copy, PartialEq)]
enum Became {
    /// It is in the clipboard, so many bytes.
    Copied(usize),
    /// There is no clipboard here.
    Refused,
}

/// What became of the last copy.
#[derive(Clone, Copy, Default)]
pub struct Copying(RwSignal<Option<Became>>);

impl Copying {
    /// Copies; where there is no clipboard it is to be copied by hand.
    pub fn copy(self, text: String, by_hand: impl FnOnce() + 'static) {
        leptos::task::spawn_local(async move {
            let there = copy(&text).await;
            if !there {
                by_hand();
            }
            let became = if there { Became::Copied(text.len()) } else { Became::Refused };
            // What is gone by then says nothing.
            if self.0.try_set(Some(became)).is_none() && there {
                set_timeout(move || _ = self.0.try_set(None), SAID);
            }
        });
    }

    /// Copies what stands in a field; where there is no clipboard it is selected there.
    pub fn copy_from(self, field: NodeRef<Input>, text: String) {
        self.copy(text, move || {
            if let Some(field) = field.get_untracked() {
                let _ = field.focus();
                field.select();
            }
        });
    }

    /// What is to be copied by hand stays selected while its text changes; once the reader is elsewhere nothing is said of it.
    pub fn follow(self, field: NodeRef<Input>, text: Memo<String>) {
        Effect::new(move |_| {
            text.track();
            let Some(field) = field.get_untracked().filter(|_| self.0.get_untracked() == Some(Became::Refused)) else {
                return;
            };
            if document().active_element().is_some_and(|active| active.is_same_node(Some(&field))) {
                // Once the field holds it.
                request_animation_frame(move || field.select());
            } else {
                self.0.set(None);
            }
        });
    }

    /// What its button says.
    pub fn label(self, before: &'static str) -> String {
        match self.0.get() {
            Some(Became::Copied(bytes)) => format!("Copied, {}", size(bytes)),
            _ => before.to_owned(),
        }
    }

    /// What is said where there is no clipboard.
    pub fn refused(self) -> Option<&'static str> {
        let said = "This browser lends no clipboard here: it is selected, copy it by hand.";
        (self.0.get() == Some(Became::Refused)).then_some(said)
    }
}
