//! The panels that there are, and their tabs.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::recipe::{Attention, Stream};
use vitrine_schema::{Ask, Finding, Found};
use vitrine_share::View;
use vitrine_words::progress;

use crate::pages::attribution::AttributionPanel;
use crate::services::focus::focus_child;
use crate::state::workbench::{Panel, Workbench};
use crate::views::attention::AttentionView;
use crate::views::both_texts::BothTexts;
use crate::views::compare::CompareView;
use crate::views::labelled::TableLine;
use crate::views::patching::PatchingView;
use crate::views::probes::ProbesView;
use crate::views::reasoning::{ReasoningLine, ReasoningView};
use crate::views::steering::{SteeringLine, SteeringView};
use crate::views::stream::StreamView;

/// The panels in the order of their tabs.
pub static PANELS: [Panel; 8] = [
    Panel {
        view: View::Attribution,
        name: "Attribution",
        writes: false,
        ask: |bench| Ask::Explain(bench.method.explain()),
        draw: |_| view! { <AttributionPanel/> }.into_any(),
    },
    Panel {
        view: View::Compare,
        name: "Compare",
        writes: false,
        ask: |bench| Ask::Compare(bench.compare.get()),
        draw: |bench| panel(bench, |comparison| view! { <CompareView comparison=comparison/> }.into_any()),
    },
    Panel {
        view: View::Attention,
        name: "Attention",
        writes: false,
        ask: |bench| Ask::Attention(Attention { position: bench.position.get() }),
        draw: |bench| panel(bench, |maps| view! { <AttentionView maps=maps/> }.into_any()),
    },
    Panel {
        view: View::Stream,
        name: "Residual stream",
        writes: false,
        ask: |bench| Ask::Stream(Stream { position: bench.position.get() }),
        draw: |bench| panel(bench, |walk| view! { <StreamView walk=walk/> }.into_any()),
    },
    Panel {
        view: View::Patching,
        name: "Patching",
        writes: false,
        ask: Workbench::map,
        draw: |bench| {
            let map = panel(bench, |map| view! { <PatchingView map=map/> }.into_any());
            view! { <BothTexts/>{map} }.into_any()
        },
    },
    Panel {
        view: View::Probes,
        name: "Probes",
        writes: false,
        ask: Workbench::probes,
        draw: |bench| {
            let bars = panel(bench, |probing| view! { <ProbesView probing=probing/> }.into_any());
            view! { <TableLine/>{bars} }.into_any()
        },
    },
    Panel {
        view: View::Edit,
        name: "Steering",
        writes: true,
        ask: Workbench::steering,
        draw: |bench| {
            let text = panel(bench, |found| view! { <SteeringView found=found/> }.into_any());
            view! { <SteeringLine/>{text} }.into_any()
        },
    },
    Panel {
        view: View::Reasoning,
        name: "Reasoning",
        writes: true,
        ask: Workbench::reasoning,
        draw: |_| view! { <ReasoningLine/><ReasoningView/> }.into_any(),
    },
];

/// A panel that draws one kind of finding, and says where its numbers come from.
fn panel<T: PartialEq + Send + Sync + 'static>(bench: Workbench, draw: fn(Arc<T>) -> AnyView) -> AnyView
where
    Arc<T>: TryFrom<Finding>,
{
    let shown = bench.shows::<T>();
    let took =
        |(found, _): (Found, bool)| format!("Computed on your device in {}.", progress::millis(found.elapsed_millis));
    view! {
        {move || shown.get().map(draw)}
        {move || bench.shown().map(|shown| view! { <p class="provenance" data-testid="provenance">{took(shown)}</p> })}
    }
    .into_any()
}

/// The tabs; arrows walk them.
#[component]
pub fn Tabs() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let walk = move |event: leptos::ev::KeyboardEvent| {
        let panels = untrack(|| bench.tabs());
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
        focus_child(&event, there);
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Look inside" on:keydown=walk>
            {move || bench.tabs().into_iter().map(|panel| {
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
