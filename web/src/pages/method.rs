//! The method in a line: which one, its parameters, and what it took. All of it comes from the declaration.

use leptos::prelude::*;
use vitrine_schema::MethodId;
use vitrine_schema::method::Param;
use vitrine_words::{blank, players, progress};

use crate::elements::choice::{Item, Pick};
use crate::state::method_choice::MethodChoice;
use crate::state::workbench::Workbench;

/// A sentence of choices; a change asks again.
#[component]
pub fn MethodLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let choice = bench.method;
    let methods: Vec<Item> =
        MethodId::ALL.iter().map(|id| (id.name().to_owned(), id.declared().name.to_owned())).collect();
    let took = move || bench.shown().filter(|(_, old)| !old).map(|(found, _)| found.elapsed_millis);
    view! {
        <div class="method-line">
            <Pick
                label="Method"
                test_id="method-select"
                items=methods
                value=Signal::derive(move || choice.id().name().to_owned())
                on_choose=move |name: String| MethodId::named(&name).into_iter().for_each(|id| bench.explain_by(id))
            />
            {move || choice.id().declared().params.iter().map(|param| view! { <Parameter param=param/> }).collect_view()}
            <PlayersChoice/>
            {move || choice.id().declared().random.then(|| view! { <SeedChoice/> })}
            // Short to the eye, whole to a screen reader.
            {move || took().map(|took| view! {
                " · "
                <span class="provenance" data-testid="provenance">
                    <span class="number" aria-hidden="true">{progress::seconds(took)}</span>
                    <span class="visually-hidden">{format!("Computed on your device in {}.", progress::millis(took))}</span>
                </span>
            })}
            <MethodFacts choice=choice/>
        </div>
    }
}

/// The seed of what is drawn at random.
#[component]
fn SeedChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let seed = bench.writing.seed;
    let choose = move |event| {
        seed.set(event_target_value(&event).parse().unwrap_or(0));
        bench.change();
    };
    view! {
        <label>
            ", seed "
            <input type="number" class="field method-line__seed" min="0" data-testid="method-seed" prop:value=move || seed.get().to_string() on:change=choose/>
        </label>
    }
}

/// What is scored as one.
#[component]
fn PlayersChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let chosen = bench.method.players;
    let choose = move |name: String| {
        if let Ok(players) = name.parse() {
            chosen.set(players);
            bench.change();
        }
    };
    view! {
        <span>
            ", "
            <span class="method-line__label" aria-hidden="true">"a score for "</span>
            <Pick
                label="What is scored as one"
                test_id="players-select"
                items=Signal::derive(move || chosen.with(players::menu))
                value=Signal::derive(move || chosen.with(ToString::to_string))
                on_choose=choose
            />
        </span>
    }
}

/// The menu of one parameter, where the model and the kind have one.
#[component]
fn Parameter(param: &'static Param) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let choice = bench.method;
    let items = Memo::new(move |_| {
        let mut items = param.menu(&bench.models.traits(), &choice.asked(param));
        // What the model answers on each blank, once the receipt has measured it.
        if let Some(measured) = bench.receipt().filter(|_| matches!(param.name, "baseline" | "variant")) {
            items.iter_mut().for_each(|(name, label)| label.push_str(&blank::label(&measured, name)));
        }
        items
    });
    let value = Signal::derive(move || param.chosen(&bench.models.traits(), &choice.asked(param)));
    let shown = move || items.with(|items| items.len() > 1);
    move || {
        shown().then(|| {
            view! {
                <span>
                    ", "
                    <span class="method-line__label" aria-hidden="true">{param.label.to_lowercase()}" "</span>
                    <Pick
                        label=param.label
                        test_id=format!("{}-select", param.name.replace('_', "-"))
                        items=items
                        value=value
                        on_choose=move |word: String| {
                            choice.ask(param, word);
                            bench.change();
                        }
                    />
                </span>
            }
        })
    }
}

/// What the chosen method asks, how to read it, and when it misleads.
#[component]
fn MethodFacts(choice: MethodChoice) -> impl IntoView {
    view! {
        <details class="aside-text method-line__about">
            <summary>{move || "What is this?"}</summary>
            {move || {
                let about = choice.id().declared();
                view! {
                    <dl class="facts">
                        <dt>"Question"</dt><dd>{about.question}</dd>
                        <dt>"Reads as"</dt><dd>{about.reads_as}</dd>
                        <dt>"Limits"</dt><dd>{about.limits}</dd>
                        <dt>"Cost"</dt><dd>{about.cost}</dd>
                        <dt>"Source"</dt><dd>{about.source}</dd>
                    </dl>
                }
            }}
        </details>
    }
}
