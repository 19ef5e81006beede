//! All models: those that are open, and those that this browser keeps, how large they are, and how to be rid of them.

use std::time::Duration;

use leptos::prelude::*;
use vitrine_schema::catalog::{OFFERS, OWN};
use vitrine_schema::protocol::NotKept;
use vitrine_share::Page;
use vitrine_share::recent::Recent;
use vitrine_words::device::not_kept;
use vitrine_words::size::size;

use crate::pages::offer::{Coming, ModelTrouble};
use crate::services::kept::{StoredModel, forget, stored_models};
use crate::services::own_models;
use crate::services::page::go;
use crate::state::models::Models;
use crate::state::workbench::Workbench;

/// How long a removal can be taken back.
const UNDO: Duration = Duration::from_secs(10);

/// What becomes of a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Kept,
    /// It goes when the time to take that back is over, or the page of models is left.
    Going,
    Gone,
}

/// The list.
#[component]
pub fn StoredModels() -> impl IntoView {
    let found = RwSignal::new(None::<Result<Vec<StoredModel>, NotKept>>);
    leptos::task::spawn_local(async move {
        let models = stored_models().await;
        let _ = found.try_set(Some(models));
    });
    view! {
        <section class="settings" aria-label="Models">
            <h1 class="claim">"Models of this page, and yours"</h1>
            <OpenModels/>
            <Remembered/>
            <h2>"What this browser keeps"</h2>
            {move || found.get().map(|found| match found {
                Err(why) => view! { <p role="status" data-testid="nothing-stored">{not_kept(why).trim()}</p> }.into_any(),
                Ok(models) if models.is_empty() => view! {
                    <p role="status" data-testid="nothing-stored">"None yet: a model is kept when it was fetched here. "<a href="#/lab">"Ask something in the Lab"</a>"."</p>
                }.into_any(),
                Ok(models) => view! {
                    <ul class="stored">{models.into_iter().map(|model| view! { <Stored model=model/> }).collect_view()}</ul>
                }.into_any(),
            })}
            <p class="aside-text">"A model that is kept opens without a download. One that is removed stays usable until the page is closed; then it is fetched again when it is wanted, and one of your own has to be handed over again."</p>
        </section>
    }
}

/// The models of the page and those that were opened, each with its page.
#[component]
fn OpenModels() -> impl IntoView {
    let models = expect_context::<Models>();
    let ids = Memo::new(move |_| models.loaded.with(|loaded| loaded.keys().cloned().collect::<Vec<_>>()));
    move || {
        let open = ids.get();
        let offered =
            OFFERS.iter().map(|offer| offer.id.to_owned()).filter(|id| !open.contains(id)).collect::<Vec<_>>();
        let all = open.iter().cloned().map(|id| (id, "open")).chain(offered.into_iter().map(|id| (id, "not open yet")));
        let row = |(id, state): (String, &'static str)| {
            view! { <li class="stored__row"><a href=Page::address_of_model(&id)>{id.clone()}</a><span class="aside-text">{state}</span></li> }
        };
        view! { <ul class="stored" data-testid="open-models">{all.map(row).collect_view()}</ul> }
    }
}

/// One model.
#[component]
fn Stored(model: StoredModel) -> impl IntoView {
    let state = RwSignal::new(State::Kept);
    let StoredModel { name, own, bytes, keys } = model;
    let keys = StoredValue::new(keys);
    // Which removal it is: one that was taken back does not hasten the next.
    let removal = StoredValue::new(0);
    let go = move || {
        if state.try_get_untracked() == Some(State::Going) {
            state.set(State::Gone);
            let keys = keys.get_value();
            leptos::task::spawn_local(async move { forget(&keys).await });
        }
    };
    on_cleanup(go);
    // One button, so that the focus stays where it is.
    let press = move |_| {
        if state.get_untracked() == State::Going {
            return state.set(State::Kept);
        }
        state.set(State::Going);
        removal.update_value(|count| *count += 1);
        let this = removal.get_value();
        let due = move || {
            if removal.try_get_value() == Some(this) {
                go();
            }
        };
        set_timeout(due, UNDO);
    };
    let amount = size(bytes);
    let said = {
        let (name, amount) = (name.clone(), amount.clone());
        move || match state.get() {
            State::Kept => format!("{amount}, opens without a network."),
            State::Going => format!("{name} goes in {} s and frees {amount}.", UNDO.as_secs()),
            State::Gone => format!("Removed: {amount} are free."),
        }
    };
    view! {
        <li class="stored__row" data-testid="stored" data-model=name.clone()>
            <b><a href=Page::address_of_model(&name)>{name.clone()}</a></b>
            <span role="status">{said}</span>
            <span class="stored__ways">
                {own.then(|| view! { <OpenKept name=name.clone() keys=keys/> })}
                <button type="button" class="button" data-testid="remove" hidden=move || state.get() == State::Gone on:click=press>
                    {move || if state.get() == State::Going { "Undo" } else { "Remove" }}
                    <span class="visually-hidden">" "{name.clone()}</span>
                </button>
            </span>
        </li>
    }
}

/// Opens a model of the reader's own from what is kept of it.
#[component]
fn OpenKept(name: String, keys: StoredValue<Vec<String>>) -> impl IntoView {
    let models = expect_context::<Models>();
    let gone = RwSignal::new(false);
    let called = name.clone();
    let open = move |_| {
        let called = called.clone();
        leptos::task::spawn_local(async move {
            let Some(keys) = keys.try_get_value() else { return };
            match own_models::files(&keys).await {
                Some(files) => models.open(files, Some(called)),
                None => _ = gone.try_set(true),
            }
        });
    };
    view! {
        <span>
            <button type="button" class="button" data-testid="open-kept" on:click=open>"Open"<span class="visually-hidden">" "{name}</span></button>
            <span role="alert">{move || gone.get().then_some(" It is no longer there.")}</span>
        </span>
    }
}

/// The names of the last models of the reader's own, and the way to have them again.
#[component]
fn Remembered() -> impl IntoView {
    let models = expect_context::<Models>();
    let bench = expect_context::<Workbench>();
    let names = RwSignal::new(own_models::recent());
    let open = move |_| {
        bench.choose(OWN);
        go("#/lab");
    };
    let row = move |Recent { id, hub }: Recent| {
        let (fetched, forgotten, address) = (id.clone(), id.clone(), Page::address_of_model(&id));
        let forget = move |_| {
            own_models::forget_name(&forgotten);
            names.set(own_models::recent());
        };
        let again = if hub {
            view! { <button type="button" class="button" data-testid="fetch-again" on:click=move |_| models.fetch(&fetched, false)>"Fetch again"</button> }.into_any()
        } else {
            view! { <button type="button" class="button" data-testid="hand-over" on:click=open>"Hand over again"</button> }.into_any()
        };
        view! {
            <li class="stored__row" data-testid="remembered">
                <a href=address>{id}</a>
                <span class="aside-text">{if hub { "from the hub" } else { "from this device" }}</span>
                <span class="stored__ways">
                    {again}
                    <button type="button" class="button" data-testid="forget" on:click=forget>"Forget"</button>
                </span>
            </li>
        }
    };
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| {
            view! {
                <h2>"The last of your own"</h2>
                <ul class="stored">{names.into_iter().map(row).collect_view()}</ul>
                <p class="aside-text">"Their names are remembered on this device, not their files."</p>
                <Coming id=OWN label="Model"/>
                <ModelTrouble/>
            }
        })
    }
}
