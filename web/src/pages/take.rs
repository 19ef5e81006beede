//! Take it with you: the explanation that is shown as a link that holds it.

use leptos::prelude::*;
use vitrine_schema::{Finding, Recipe};
use vitrine_share::link::Shown;
use vitrine_share::{Link, LinkError};
use vitrine_words::failure::sentence_of;

use crate::services::clipboard::copy;
use crate::services::page::absolute;
use crate::services::worker_client::{Engine, Status};
use crate::state::workbench::Workbench;

/// What became of a copy.
#[derive(Clone, PartialEq)]
enum Taken {
    /// It is in the clipboard, so many letters.
    Copied(usize),
    /// The clipboard is not to be had: here it is.
    Here(String),
    /// It cannot be made.
    Refused(String),
}

/// A link to what the open panel shows.
#[component]
pub fn TakeIt() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let engine = expect_context::<Engine>();
    let taken = RwSignal::new(None::<(Recipe, Taken)>);
    let found = move || bench.shown().filter(|(_, old)| !old).map(|(found, _)| found.finding);
    let link = move |finding: Finding| -> Result<String, LinkError> {
        // With its receipt, once that is measured.
        let measured = bench.receipt().map(Finding::Explanation).filter(|_| matches!(finding, Finding::Explanation(_)));
        let on = match engine.status.get_untracked() {
            Status::Ready { device, .. } => Some(device.device),
            _ => None,
        };
        let place = bench.place();
        let shown = Shown { view: Some(bench.view.get_untracked()), at: place.at };
        Ok(absolute(&format!("#/x/{}", Link { on, shown, ..Link::of(&measured.unwrap_or(finding))? }.write()?)))
    };
    let take = move |_| {
        let Some(finding) = untrack(found) else { return };
        let recipe = finding.recipe().clone();
        match untrack(|| link(finding)) {
            Err(error) => taken.set(Some((recipe, Taken::Refused(sentence_of(&error.to_string()))))),
            Ok(address) => leptos::task::spawn_local(async move {
                let there = copy(&address).await;
                taken.set(Some((recipe, if there { Taken::Copied(address.len()) } else { Taken::Here(address) })));
            }),
        }
    };
    // What is shown next is another thing to take.
    let said = Memo::new(move |_| {
        let (recipe, taken) = taken.get()?;
        found().filter(|found| *found.recipe() == recipe).map(|_| taken)
    });
    view! {
        <span class="take" aria-live="polite">
            {move || said.get().map(|taken| match taken {
                Taken::Copied(letters) => view! { <span class="aside-text" data-testid="copied">{format!("Copied, {letters} letters.")}</span> }.into_any(),
                Taken::Here(address) => view! { <input type="text" class="field" readonly aria-label="The link to this explanation" data-testid="link" prop:value=address/> }.into_any(),
                Taken::Refused(said) => view! { <span class="aside-text" role="alert">{said}</span> }.into_any(),
            })}
            <button type="button" class="quiet" data-testid="share-link" disabled=move || found().is_none() on:click=take>"Copy link"</button>
        </span>
    }
}
