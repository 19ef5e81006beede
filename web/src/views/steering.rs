//! A text that is pushed while it is written: where from and to, at which layer, how far; what comes of it beside what comes without.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::Generation;
use vitrine_schema::recipe::Steer;
use vitrine_words::number::plain;
use vitrine_words::steering::{breaks, claim};

use crate::elements::choice::{Item, Pick};
use crate::state::workbench::Workbench;
use crate::views::figures::FiguresView;

/// What the example of the page pushes between.
const EXAMPLE: [&str; 2] = ["I hate you", "I love you"];
/// How far the slider reaches to either side.
const MOST: f32 = 16.0;

/// From where to where, at which layer, and how far.
#[component]
pub fn SteeringLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let push = bench.push.steer;
    let (away, toward) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        let steer = push.get();
        away.set(steer.away);
        toward.set(steer.toward);
    });
    let steer = move |change: &dyn Fn(&mut Steer)| {
        let mut steer = push.get_untracked();
        change(&mut steer);
        bench.steer(steer);
    };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        steer(&|steer| {
            steer.away = away.get_untracked();
            steer.toward = toward.get_untracked();
        });
    };
    let layers = Signal::derive(move || -> Vec<Item> {
        let all = (0..bench.models.traits().n_layers).map(|layer| (layer.to_string(), format!("layer {layer}")));
        [(String::new(), "the middle layer".to_owned())].into_iter().chain(all).collect()
    });
    let layer =
        Signal::derive(move || push.with(|steer| steer.layer.map_or_else(String::new, |layer| layer.to_string())));
    let strength = move || push.with(|steer| steer.strength);
    let field = move |label: &'static str, test_id: &'static str, text: RwSignal<String>| {
        view! {
            <label class="steering__end">
                <span class="choice__label">{label}</span>
                <input type="text" class="field" data-testid=test_id dir="auto" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))/>
            </label>
        }
    };
    view! {
        <form class="steering__line" data-testid="steering-line" on:submit=go>
            {field("Push from", "steer-away", away)}
            {field("to", "steer-toward", toward)}
            <Pick label="Before which layer" test_id="steer-layer" items=layers value=layer on_choose=move |name: String| steer(&|steer| steer.layer = name.parse().ok())/>
            <label class="choice">
                <span class="choice__label">{move || format!("Strength {}", plain(strength()))}</span>
                <input
                    type="range"
                    min=(-MOST).to_string()
                    max=MOST.to_string()
                    step="0.5"
                    data-testid="steer-strength"
                    prop:value=move || strength().to_string()
                    on:change=move |event| steer(&|steer| steer.strength = event_target_value(&event).parse().unwrap_or(1.0))
                />
            </label>
            <button type="submit" class="button" data-testid="steer">"Push, and let it write"</button>
        </form>
        {move || (!bench.push.is_whole()).then(|| {
            let [from, to] = EXAMPLE;
            view! {
                <p class="aside-text">
                    "The difference between two texts, as the model holds it at a layer, is added while it writes on. Try from “"{from}"” to “"{to}"”: "
                    <button type="button" class="quiet" data-testid="steer-example" on:click=move |_| steer(&|steer| {
                        steer.away = from.to_owned();
                        steer.toward = to.to_owned();
                        steer.strength = 4.0;
                    })>"Push this way"</button>
                </p>
            }
        })}
    }
}

/// Both texts, what could have come first, and how far it can be pushed.
#[component]
pub fn SteeringView(
    /// What was written, and what is written without the push.
    found: Arc<Generation>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let said = claim(&found);
    let n_shared = found.n_shared();
    let same: String = found.tokens.iter().take(n_shared).map(|token| token.token.as_str()).collect();
    let without = found.without.clone().unwrap_or_default();
    let text = |name: &'static str, test_id: &'static str, whole: &str| {
        // What both have in common, then where they part.
        let (before, after) = whole.split_at(if whole.starts_with(&same) { same.len() } else { 0 });
        let (before, after) = (before.to_owned(), after.to_owned());
        view! {
            <section class="steering__text">
                <h2>{name}</h2>
                <p data-testid=test_id dir="auto">
                    <span class="steering__prompt">{found.input.text.clone()}</span>
                    {before}
                    <mark class="steering__parts">{after}</mark>
                </p>
            </section>
        }
    };
    let texts = [text("Pushed", "steered", &found.text), text("Left alone", "unsteered", &without)];
    let tried = Memo::new(move |_| bench.steered());
    let limit = move || tried.with(|tried| breaks(&tried.iter().map(AsRef::as_ref).collect::<Vec<_>>()));
    let finding = Signal::stored(Some(vitrine_schema::Finding::Generation(found.clone())));
    view! {
        <div class="steering" data-testid="steering">
            <p class="claim" data-testid="steering-claim" aria-live="polite">{said}</p>
            <div class="steering__texts">{texts.into_iter().collect_view()}</div>
            <div class="steering__texts"><FiguresView finding=finding/></div>
            <p aria-live="polite" data-testid="steering-limit">
                {limit}" "
                <button type="button" class="quiet" data-testid="steer-until" on:click=move |_| bench.push_until_it_breaks()>"Push until it falls apart"</button>
            </p>
        </div>
    }
}
