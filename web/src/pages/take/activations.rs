//! What the model holds of every token while it reads the text, as a safetensors file.

use leptos::prelude::*;
use vitrine_schema::protocol::{Request, Response};
use vitrine_schema::{BlockSite, Finding};
use vitrine_words::size::size;

use super::Taken;
use crate::elements::choice::{Item, Pick};
use crate::messages::Trouble;
use crate::services::take::save;
use crate::services::worker_client::Engine;

/// What can be taken of every block, and what it is.
const SITES: [(BlockSite, &str); 4] = [
    (BlockSite::ResidPost, "the residual stream"),
    (BlockSite::Pattern, "the attention patterns"),
    (BlockSite::Z, "the heads before their output matrix"),
    (BlockSite::MlpPost, "the neurons of the MLPs"),
];

/// What became of the file.
#[derive(Clone, PartialEq)]
enum File {
    NotAsked,
    Coming,
    Saved(usize),
    Not(Trouble),
}

/// The row: at which sites, and a button that runs the model once more.
#[component]
pub fn Activations(taken: Signal<Option<Taken>>) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let site = RwSignal::new(SITES[0].0);
    let file = RwSignal::new(File::NotAsked);
    // Of what takes a table or a set of problems there is no one text.
    let read = Memo::new(move |_| {
        let input = |finding: &Finding| (finding.model().id.clone(), finding.input().text.clone());
        let read = taken.with(|taken| taken.as_ref()?.finding.as_ref().map(input));
        read.filter(|(_, text)| !text.is_empty())
    });
    let pattern = move || format!("blocks.*.{}", site.get().name());
    Effect::new(move |_| {
        read.track();
        site.track();
        file.set(File::NotAsked);
    });
    let keep = move |_| {
        let Some((model, text)) = read.get_untracked() else { return };
        file.set(File::Coming);
        engine.wake();
        let request = Request::Trace { model, text, sites: untrack(pattern) };
        engine.ask(request, None, move |answer| {
            let became = match answer {
                Ok(Response::Traced { file }) => {
                    let saved = save("vitrine-activations.safetensors", "application/octet-stream", &file.0);
                    saved.map_or(File::NotAsked, |()| File::Saved(file.0.len()))
                }
                Ok(Response::Failed { failure }) => File::Not(Trouble::Failure(failure)),
                Err(trouble) => File::Not(trouble),
                Ok(_) => return,
            };
            // Whoever closed it meanwhile has the file all the same.
            let _ = file.try_set(became);
        });
    };
    let said = move || match file.get() {
        File::NotAsked => "For programs, 32 bits; the model reads the text once more for it.".to_owned(),
        File::Coming => "Reading the text…".to_owned(),
        File::Saved(bytes) => format!("Saved, {}.", size(bytes)),
        File::Not(trouble) => trouble.sentence(),
    };
    let items: Vec<Item> = SITES.map(|(site, what)| (site.name().to_owned(), what.to_owned())).to_vec();
    let choose = move |name: String| {
        SITES.iter().filter(|(site, _)| site.name() == name).for_each(|(known, _)| site.set(*known))
    };
    let there = Memo::new(move |_| read.with(Option::is_some));
    move || {
        there.get().then(|| view! {
            <li class="take__row">
                <b>"Trace"</b>
                <span>
                    "Activations of "
                    <Pick label="Activations of every block" test_id="take-sites" items=Signal::stored(items.clone()) value=Signal::derive(move || site.get().name().to_owned()) on_choose=choose/>
                    ", safetensors, as "<span class="number">{move || format!("vitrine trace --sites '{}'", pattern())}</span>" writes them."
                </span>
                <button type="button" class="button" data-testid="save-safetensors" disabled=move || file.get() == File::Coming on:click=keep>
                    "Save"<span class="visually-hidden">" activations"</span>
                </button>
                <p class="aside-text" role="status" data-testid="activations-said">{said}</p>
            </li>
        })
    }
}
