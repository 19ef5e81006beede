//! Take it with you: what is shown as a link, a code, a picture or a file.

mod activations;
pub mod copying;
mod files;
mod frame;
mod link;
mod words;

use leptos::prelude::*;
use vitrine_schema::protocol::DeviceKind;
use vitrine_schema::{Finding, Recipe};
use vitrine_share::link::{Sender, Sent, Shown};
use vitrine_share::{Link, LinkError, Place, address};
use vitrine_words::failure::sentence_of;

use crate::services::page::absolute;
use activations::Activations;
use files::Files;
use frame::FrameRow;
use link::{CopyLink, Links};
use words::Words;

/// What is taken.
#[derive(Clone)]
pub struct Taken {
    /// What a link to it holds.
    link: Result<Link, LinkError>,
    /// Its question.
    recipe: Recipe,
    /// What files are made of; of what came as a summary there is none.
    finding: Option<Finding>,
}

impl Taken {
    /// A result of this device.
    pub fn found(finding: Finding, on: Option<DeviceKind>, shown: Shown) -> Self {
        let link = Link::of(&finding).map(|link| Link { on, shown, ..link });
        Self { link, recipe: finding.resolved().clone(), finding: Some(finding) }
    }

    /// What came in a link, to be passed on as it is.
    pub fn sent(link: Link) -> Self {
        let finding = match &link.sent {
            Sent::Finding(finding) => Some(finding.clone()),
            Sent::Summary(_) => None,
        };
        Self { recipe: link.recipe.clone(), link: Ok(link), finding }
    }

    /// The address of the question alone.
    fn question(&self) -> Result<String, String> {
        let view = self.link.as_ref().ok().and_then(|link| link.shown.view);
        let place = Place { view, ..Place::from(self.recipe.clone()) };
        address::write(&place)
            .map(|address| absolute(&format!("./{address}")))
            .map_err(|error| sentence_of(&error.to_string()))
    }

    /// The payload of the link, with the sender's words.
    fn payload(&self, sender: Sender) -> Result<String, LinkError> {
        Link { sender, ..self.link.clone()? }.write()
    }
}

/// What is shown, to be taken: a button, and behind it everything that can be taken.
#[derive(Clone, Copy)]
pub struct Take {
    open: RwSignal<bool>,
    words: Words,
    ready: Signal<bool>,
    taken: Signal<Option<Taken>>,
}

impl Take {
    /// Closed, with the words of whoever sent it before, if anyone did. `taken` is looked at while it is open alone.
    pub fn new(ready: Signal<bool>, taken: Signal<Option<Taken>>, sender: Sender) -> Self {
        Self { open: RwSignal::new(false), words: Words::new(sender), ready, taken }
    }
}

/// The rows of the files, in the module that draws every figure: whoever reads a link fetches none of that, and takes files in the
/// Lab.
#[derive(Clone, Copy)]
pub struct FileRows(fn(Signal<Option<Taken>>, Words) -> AnyView);

impl FileRows {
    /// All of them.
    pub fn all() -> Self {
        Self(|taken, words| view! { <Files taken=taken words=words/><Activations taken=taken/> }.into_any())
    }
}

/// The button that opens it.
#[component]
pub fn TakeButton(take: Take) -> impl IntoView {
    let Take { open, ready, .. } = take;
    view! {
        <button
            type="button"
            class="quiet take__button"
            data-testid="take"
            aria-expanded=move || open.get().to_string()
            aria-controls="take-it"
            disabled=move || !ready.get()
            on:click=move |_| open.update(|open| *open = !*open)
        >"Take it with you"</button>
        <CopyLink take=take/>
    }
}

/// Everything that can be taken; each row says how large it is and what it is for before it is pressed.
#[component]
pub fn TakeIt(take: Take) -> impl IntoView {
    let Take { open, words, taken, .. } = take;
    let rows = use_context::<FileRows>();
    // What is newer takes its place in the rows that are there: somebody may be writing in one.
    let there = Memo::new(move |_| open.get() && taken.with(Option::is_some));
    view! {
        <section class="take" id="take-it" aria-label="Take it with you" hidden=move || !open.get() data-testid="take-it">
            {move || there.get().then(|| view! {
                <p class="claim">"One picture, and the question inside it."</p>
                <ul class="take__rows">
                    <Links taken=taken words=words/>
                    <FrameRow taken=taken words=words/>
                    {rows.map(|FileRows(rows)| rows(taken, words))}
                </ul>
                {rows.is_none().then(|| view! { <p class="aside-text">"Files, such as a picture that opens again or a report, are made in the Lab."</p> })}
            })}
        </section>
    }
}
