//! The models that this browser keeps, how large they are, and how to be rid of them.

use std::time::Duration;

use leptos::prelude::*;
use vitrine_schema::protocol::NotKept;
use vitrine_words::device::not_kept;
use vitrine_words::size::size;

use crate::services::kept::{StoredModel, forget, stored_models};

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
        <section class="settings" aria-label="Stored models">
            <h1 class="claim">"Models that this browser keeps"</h1>
            {move || found.get().map(|found| match found {
                Err(why) => view! { <p role="status" data-testid="nothing-stored">{not_kept(why).trim()}</p> }.into_any(),
                Ok(models) if models.is_empty() => view! {
                    <p role="status" data-testid="nothing-stored">"None yet: a model is kept when it was fetched here. "<a href="#/lab">"Ask something in the Lab"</a>"."</p>
                }.into_any(),
                Ok(models) => view! {
                    <ul class="stored">{models.into_iter().map(|model| view! { <Stored model=model/> }).collect_view()}</ul>
                }.into_any(),
            })}
            <p class="aside-text">"A model that is kept opens without a download. One that is removed stays usable until the page is closed, and is fetched again when it is wanted."</p>
        </section>
    }
}

/// One model.
#[component]
fn Stored(model: StoredModel) -> impl IntoView {
    let state = RwSignal::new(State::Kept);
    let StoredModel { name, bytes, keys } = model;
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
            <b>{name.clone()}</b>
            <span role="status">{said}</span>
            <button type="button" class="button" data-testid="remove" hidden=move || state.get() == State::Gone on:click=press>
                {move || if state.get() == State::Going { "Undo" } else { "Remove" }}
                <span class="visually-hidden">" "{name.clone()}</span>
            </button>
        </li>
    }
}
