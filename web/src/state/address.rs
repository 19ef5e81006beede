//! The question in the address: what is asked stands there, and what stands there is asked.
//!
//! A new question adds to the history, what is chosen about it replaces. Results are not kept in an address: they are
//! computed again, or found among those of this visit.

use leptos::prelude::*;
use vitrine_schema::catalog::OWN;
use vitrine_share::Place;
use vitrine_share::address::{self, Opened};
use wasm_bindgen::JsValue;
use web_sys::History;

use crate::services::page::{fragment, on_fragment};
use crate::state::workbench::{Asked, Workbench};

/// Keeps address and workbench the same while the Lab is shown.
pub fn follow(bench: Workbench) {
    let written = StoredValue::new((None::<Asked>, String::new()));
    let question = move || (bench.asked.get(), bench.pair.corrupt.get());
    let open = move |Opened { place, fault }: Opened| {
        bench.go(place, fault);
        // What the address says already is not added to the history once more.
        written.set_value(untrack(question));
    };
    // Back in the Lab from another page, an address without a question means the one that was left here.
    if let Some(opened) = address::read(&fragment()).filter(|opened| *opened != Opened::default()) {
        open(opened);
    }
    on_fragment(move |here| address::read(&here).into_iter().for_each(open));
    Effect::new(move |_| {
        let (place, (asked, beside)) = (bench.place(), question());
        // A text that is too long for an address is only in the field, and no older one stands in its place.
        let whole = address::write(&place).or_else(|_| address::write(&Place { text: None, ask: None, ..place }));
        let Ok(address) = whole else { return };
        let Some(Opened { place: here, .. }) = address::read(&fragment()) else { return };
        // A text that is in the address but not asked yet stays there; a model of the reader's own has no address yet.
        let waits = asked.is_none() && here.subject().is_some_and(|text| bench.text.with(|field| field == text));
        let own = bench.models.chosen.with(|chosen| chosen == OWN);
        if waits || own || address == fragment() || bench.asking.trouble.with_untracked(Option::is_some) {
            return;
        }
        // Another text beside it is another question.
        let question = (asked, beside);
        let again = written.get_value() == question;
        written.set_value(question);
        if let Ok(history) = window().history() {
            // A file has no history to write to; the page works without.
            let write = if again { History::replace_state_with_url } else { History::push_state_with_url };
            let _ = write(&history, &JsValue::NULL, "", Some(&address));
        }
    });
}
