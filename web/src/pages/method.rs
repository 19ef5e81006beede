//! The method line of both workbenches: which method, its parameters, and what it asks. All of it comes from the declaration.

use leptos::prelude::*;
use vitrine_schema::method::{Kind, Param};
use vitrine_schema::{MethodId, Traits};

use crate::elements::choice::{Choice, Item};
use crate::state::method_choice::MethodChoice;

/// Menus of method and parameters.
#[component]
pub fn MethodControls(
    /// What is chosen.
    choice: MethodChoice,
    /// What the model can serve.
    #[prop(into)]
    traits: Signal<Traits>,
    /// Called after a choice changed.
    on_change: Callback<()>,
) -> impl IntoView {
    let methods: Vec<Item> =
        MethodId::ALL.iter().map(|id| (id.name().to_owned(), id.declared().name.to_owned())).collect();
    view! {
        <Choice
            label="Method"
            test_id="method-select"
            items=Signal::stored(methods)
            value=Signal::derive(move || choice.id.get().name().to_owned())
            on_choose=Callback::new(move |name: String| {
                if let Some(id) = MethodId::named(&name) {
                    choice.id.set(id);
                    on_change.run(());
                }
            })
        />
        {move || {
            let params = choice.id.get().declared().params.iter();
            params.map(|param| view! { <Parameter param=param choice=choice traits=traits on_change=on_change/> }).collect_view()
        }}
    }
}

/// The menu of one parameter, where the model and the kind have one.
#[component]
fn Parameter(
    param: &'static Param,
    choice: MethodChoice,
    traits: Signal<Traits>,
    on_change: Callback<()>,
) -> impl IntoView {
    let items = Memo::new(move |_| items(param, &traits.get()));
    let value = Signal::derive(move || {
        let asked = choice.asked(param);
        let known = items.with(|items| items.iter().any(|(name, _)| *name == asked));
        if known { asked } else { default(param, &traits.get()) }
    });
    let shown = move || items.with(|items| items.len() > 1);
    move || {
        shown().then(|| {
            view! {
                <Choice
                    label=param.label
                    test_id=format!("{}-select", param.name.replace('_', "-"))
                    items=items
                    value=value
                    on_choose=Callback::new(move |word: String| {
                        choice.ask(param, word);
                        on_change.run(());
                    })
                />
            }
        })
    }
}

/// What can be chosen: name and label.
fn items(param: &Param, traits: &Traits) -> Vec<Item> {
    if !traits.serves(param.needs) {
        return Vec::new();
    }
    let item = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    match param.kind {
        Kind::Choice { choices, .. } => {
            let served = choices.iter().filter(|choice| traits.serves(choice.needs));
            served.map(|choice| item(choice.name, choice.label)).collect()
        }
        Kind::Count { offered, open, .. } => {
            let exact = offered.iter().map(|n| (n.to_string(), format!("exactly {n}")));
            [item("", open)].into_iter().chain(exact).collect()
        }
        Kind::Flag { yes, no, .. } => vec![item("true", yes), item("false", no)],
    }
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
pub fn MethodFacts(
    /// What is chosen.
    choice: MethodChoice,
) -> impl IntoView {
    view! {
        <details class="aside-text lab__about">
            <summary>{move || format!("What does {} ask?", choice.id.get().declared().name)}</summary>
            {move || {
                let about = choice.id.get().declared();
                view! {
                    <dl class="lab__facts">
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
