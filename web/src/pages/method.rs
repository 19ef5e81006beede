//! The method in a line: which one, its parameters, and what it took. All of it comes from the declaration.

use leptos::prelude::*;
use vitrine_schema::method::{Kind, NamedLayers, Param};
use vitrine_schema::{MethodId, Traits};
use vitrine_words::progress;

use crate::elements::choice::Item;
use crate::elements::pick::Pick;
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
                items=Signal::stored(methods)
                value=Signal::derive(move || choice.id().name().to_owned())
                on_choose=Callback::new(move |name: String| {
                    if let Some(id) = MethodId::named(&name) {
                        choice.choose(id);
                        bench.look();
                    }
                })
            />
            {move || {
                let params = choice.id().declared().params.iter();
                params.map(|param| view! { <Parameter param=param choice=choice/> }).collect_view()
            }}
            {move || took().map(|took| view! { " · "<Took elapsed_millis=took/> })}
            <MethodFacts choice=choice/>
        </div>
    }
}

/// How long it took here: short to the eye, whole to a screen reader.
#[component]
pub fn Took(
    /// The time.
    elapsed_millis: f64,
) -> impl IntoView {
    view! {
        <span class="provenance" data-testid="provenance">
            <span class="number" aria-hidden="true">{progress::seconds(elapsed_millis)}</span>
            <span class="visually-hidden">{format!("Computed on your device in {elapsed_millis:.0} ms.")}</span>
        </span>
    }
}

/// The menu of one parameter, where the model and the kind have one.
#[component]
fn Parameter(param: &'static Param, choice: MethodChoice) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let items = Memo::new(move |_| items(param, &bench.models.traits(), choice.asked(param)));
    let value = Signal::derive(move || {
        let asked = choice.asked(param);
        if asked.is_empty() { default(param, &bench.models.traits()) } else { asked }
    });
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
                        on_choose=Callback::new(move |word: String| {
                            choice.ask(param, word);
                            bench.look();
                        })
                    />
                </span>
            }
        })
    }
}

/// What can be chosen: name and label. What an address asks for is among it, whatever it is.
fn items(param: &Param, traits: &Traits, asked: String) -> Vec<Item> {
    if !traits.serves(param.needs) {
        return Vec::new();
    }
    let item = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    let mut items: Vec<Item> = match param.kind {
        Kind::Choice { choices, .. } => {
            let served = choices.iter().filter(|choice| traits.serves(choice.needs));
            served.map(|choice| item(choice.name, choice.label)).collect()
        }
        Kind::Count { offered, open, .. } => {
            let exact = offered.iter().map(|n| (n.to_string(), exactly(n)));
            [item("", open)].into_iter().chain(exact).collect()
        }
        Kind::Real { offered, .. } => offered.iter().map(|n| item(&n.to_string(), &n.to_string())).collect(),
        Kind::Layer => {
            let numbers = (0..traits.n_layers).map(|n| (n.to_string(), format!("number {n}")));
            let named = [item(NamedLayers::Last.name(), "the last"), item(NamedLayers::All.name(), "all")];
            named.into_iter().chain(numbers).collect()
        }
        Kind::Flag { yes, no, .. } => vec![item("true", yes), item("false", no)],
    };
    if !asked.is_empty() && items.iter().all(|(name, _)| *name != asked) {
        let label = if let Kind::Count { .. } = param.kind { exactly(&asked) } else { asked.clone() };
        items.push((asked, label));
    }
    items
}

fn exactly(count: &impl std::fmt::Display) -> String {
    format!("exactly {count}")
}

/// The name of what is chosen where nothing is asked for.
fn default(param: &Param, traits: &Traits) -> String {
    match param.kind {
        Kind::Count { .. } => String::new(),
        kind => {
            let value = kind.default(traits);
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        }
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
