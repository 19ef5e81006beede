//! The panels that there are, and their tabs.

use leptos::prelude::*;
use vitrine_schema::recipe::{Attention, Compare, Stream};
use vitrine_schema::{Ask, Finding};
use vitrine_share::View;
use wasm_bindgen::JsCast;

use crate::pages::attribution::AttributionPanel;
use crate::state::workbench::{Panel, Workbench};
use crate::views::attention::AttentionView;
use crate::views::compare::CompareView;
use crate::views::stream::StreamView;

/// The panels in the order of their tabs.
pub static PANELS: [Panel; 4] = [
    Panel {
        view: View::Attribution,
        name: "Attribution",
        ask: |bench| Ask::Explain(bench.method.explain()),
        draw: |_| view! { <AttributionPanel/> }.into_any(),
    },
    Panel {
        view: View::Compare,
        name: "Compare",
        ask: |_| Ask::Compare(Compare::default()),
        draw: |bench| view! { <ComparePanel bench=bench/> }.into_any(),
    },
    Panel {
        view: View::Attention,
        name: "Attention",
        ask: |bench| Ask::Attention(Attention { position: bench.position.get() }),
        draw: |bench| view! { <AttentionPanel bench=bench/> }.into_any(),
    },
    Panel {
        view: View::Stream,
        name: "Residual stream",
        ask: |bench| Ask::Stream(Stream { position: bench.position.get() }),
        draw: |bench| view! { <StreamPanel bench=bench/> }.into_any(),
    },
];

#[component]
fn ComparePanel(bench: Workbench) -> impl IntoView {
    let comparison = bench.shows(|finding| match finding {
        Finding::Comparison(comparison) => Some(comparison),
        _ => None,
    });
    view! {
        {move || comparison.get().map(|comparison| view! { <CompareView comparison=comparison/> })}
        <Measured bench=bench/>
    }
}

#[component]
fn AttentionPanel(bench: Workbench) -> impl IntoView {
    let maps = bench.shows(|finding| match finding {
        Finding::Attention(maps) => Some(maps),
        _ => None,
    });
    let test = Callback::new(move |(part, how)| bench.take_out(part, how));
    view! {
        {move || maps.get().map(|maps| view! { <AttentionView maps=maps locked=bench.head moved=bench.moved on_test=test/> })}
        <Measured bench=bench/>
    }
}

#[component]
fn StreamPanel(bench: Workbench) -> impl IntoView {
    let walk = bench.shows(|finding| match finding {
        Finding::Stream(walk) => Some(walk),
        _ => None,
    });
    let test = Callback::new(move |(part, how)| bench.take_out(part, how));
    view! {
        {move || walk.get().map(|walk| view! { <StreamView walk=walk moved=bench.moved on_test=test/> })}
        <Measured bench=bench/>
    }
}

/// Where the numbers of a panel come from.
#[component]
pub fn Measured(bench: Workbench) -> impl IntoView {
    move || {
        bench.shown().map(|(found, _)| {
            view! { <p class="provenance" data-testid="provenance">{format!("Computed on your device in {:.0} ms.", found.elapsed_millis)}</p> }
        })
    }
}

/// The tabs; arrows walk them.
#[component]
pub fn Tabs() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let walk = move |event: leptos::ev::KeyboardEvent| {
        let panels = bench.panels();
        let here = panels.iter().position(|panel| panel.view == bench.view.get_untracked()).unwrap_or(0);
        let there = match event.key().as_str() {
            "ArrowRight" => (here + 1) % panels.len(),
            "ArrowLeft" => (here + panels.len() - 1) % panels.len(),
            "Home" => 0,
            "End" => panels.len() - 1,
            _ => return,
        };
        event.prevent_default();
        bench.open(panels[there].view);
        let list = event.current_target().and_then(|list| list.dyn_into::<web_sys::Element>().ok());
        let tab = list
            .and_then(|list| list.children().item(there as u32))
            .and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok());
        // Focus can only fail on an element that has just been removed.
        let _ = tab.map(|tab| tab.focus());
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Look inside" on:keydown=walk>
            {bench.panels().iter().map(|panel| {
                let view = panel.view;
                let open = move || bench.view.get() == view;
                view! {
                    <button
                        type="button"
                        class="tabs__tab"
                        role="tab"
                        id=format!("tab-{}", view.name())
                        aria-controls="lab-panel"
                        aria-selected=move || open().to_string()
                        tabindex=move || if open() { "0" } else { "-1" }
                        on:click=move |_| bench.open(view)
                    >{panel.name}</button>
                }
            }).collect_view()}
        </div>
    }
}
