//! The Lab: the question in one line, its panels, and what the open one shows.

use leptos::html::Div;
use leptos::prelude::*;
use vitrine_schema::catalog::{OWN, Offer};
use vitrine_schema::protocol::Lane;
use vitrine_schema::{Finding, Patching};
use vitrine_share::Page;
use vitrine_share::link::{Sender, Shown};
use vitrine_words::{device, progress};

use crate::elements::inspection::InspectionDetails;
use crate::pages::examples::Examples;
use crate::pages::offer::OfferCard;
use crate::pages::own_model::OwnModel;
use crate::pages::panels::Tabs;
use crate::pages::question::QuestionLine;
use crate::pages::take::{Take, TakeButton, TakeIt, Taken};
use crate::pages::ways_on::ways_on;
use crate::pages::written::WrittenText;
use crate::services::clock::now_millis;
use crate::services::worker_client::{Engine, Status};
use crate::state::address;
use crate::state::workbench::Workbench;

/// Where the Lab stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A model of the reader's own is to be opened.
    Own,
    /// The model is to be fetched.
    Offered(&'static Offer),
    /// Nothing was asked yet.
    Before,
    /// Something was.
    Asked,
}

/// The workbench.
#[component]
pub fn Lab() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    address::follow(bench);
    let before = Memo::new(move |_| bench.asked.with(Option::is_none));
    let place = Memo::new(move |_| {
        let chosen = bench.models.chosen.get();
        let missing = |offer: &&Offer| offer.causal && bench.models.current().is_none();
        match Offer::named(&chosen).filter(missing) {
            _ if chosen == OWN => Place::Own,
            Some(offer) => Place::Offered(offer),
            None if before.get() => Place::Before,
            None => Place::Asked,
        }
    });
    view! {
        <section class="lab" aria-label="Workbench">
            <h1 class="visually-hidden">"Lab"</h1>
            <QuestionLine before=before/>
            {move || match place.get() {
                Place::Own => view! { <OwnModel/> }.into_any(),
                Place::Offered(offer) => view! { <Trouble/><OfferCard offer=offer/> }.into_any(),
                Place::Before => view! { <Trouble/><Examples/> }.into_any(),
                Place::Asked => view! { <Body/> }.into_any(),
            }}
            {move || bench.models.here().map(|here| view! {
                <footer class="lab__model" inert=move || bench.large.get()>
                    <p class="aside-text">"The model: "<a href=Page::address_of_model(&here.card.id) data-testid="model-page">{here.card.id.clone()}</a></p>
                    <p class="aside-text" data-testid="load-report">{device::load(&here.load)}" "{device::held(&here.card)}</p>
                    <InspectionDetails inspection=*here.card.inspection about=here.card.about/>
                </footer>
            })}
        </section>
    }
}

/// The panels and the open one. What was found stays until something newer is there.
#[component]
fn Body() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let engine = expect_context::<Engine>();
    let large = bench.large;
    let ready = Signal::derive(move || bench.shown().is_some_and(|(_, old)| !old));
    let take = Take::new(ready, Signal::derive(move || taken(bench, engine)), Sender::default());
    let frame = NodeRef::<Div>::new();
    // Wherever the focus is: what is behind an enlarged panel can have none.
    let heard = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() {
            large.set(false);
        }
    });
    on_cleanup(move || {
        heard.remove();
        large.set(false);
    });
    let enlarge = move |_| {
        large.update(|large| *large = !*large);
        if let Some(frame) = frame.get_untracked() {
            frame.set_scroll_top(0);
        }
    };
    view! {
        <div class="lab__frame" class:is-large=move || large.get() node_ref=frame>
            <div class="lab__panels">
                <Tabs/>
                <TakeButton take=take/>
                <button type="button" class="quiet" data-testid="enlarge" aria-pressed=move || large.get().to_string() on:click=enlarge>
                    {move || if large.get() { "Make small again" } else { "Enlarge" }}
                </button>
            </div>
            <TakeIt take=take/>
            <div class="lab__panel" role="tabpanel" id="lab-panel" aria-labelledby=move || format!("tab-{}", bench.view.get().name())>
                <Trouble/>
                <Waiting/>
                <Stopped/>
                // Each panel is built anew; what it shows, it follows by itself.
                {move || (bench.panel().draw)(bench)}
                <WrittenText/>
            </div>
        </div>
    }
}

/// What the open panel shows, with its receipt once that is measured, and the map that was run once all of it was.
fn taken(bench: Workbench, engine: Engine) -> Option<Taken> {
    let finding = bench.shown().filter(|(_, old)| !old)?.0.finding;
    let better = match &finding {
        Finding::Explanation(_) => bench.receipt().map(Finding::Explanation),
        // What was run needs no estimate to speak for it.
        Finding::Patching(estimate) => {
            bench.run_of(estimate).and_then(Patching::whole).map(|map| Finding::Patching(map.into()))
        }
        // What was asked last.
        Finding::Chaining(_) | Finding::Voting(_) if bench.tries() => {
            bench.hearing().filter(|(_, whole)| *whole).map(|(found, _)| Finding::Hearing(found))
        }
        _ => None,
    };
    let on = match engine.status.get_untracked() {
        Status::Ready { device, .. } => Some(device.device),
        _ => None,
    };
    let shown = Shown { view: Some(bench.view.get()), at: bench.place().at };
    Some(Taken::found(better.unwrap_or(finding), on, shown))
}

/// What went wrong, in the place of the claim, and the ways on.
#[component]
fn Trouble() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || {
        let trouble = bench.asking.trouble.get()?;
        let ways = ways_on(&trouble).iter().map(|&(name, go)| {
            view! { " "<button type="button" class="button" data-testid="way-on" on:click=move |_| go(bench)>{name}</button> }
        });
        Some(view! {
            <div class="lab__trouble">
                <p role="alert" data-testid="error">{trouble.sentence()}</p>
                {ways.collect_view()}
            </div>
        })
    }
}

/// How far the question is that the reader waits for.
#[component]
fn Waiting() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let engine = expect_context::<Engine>();
    let progress = move || bench.asking.foremost().map(|running| running.progress).unwrap_or_default();
    let said = move || {
        let running = bench.asking.foremost()?;
        Some(match engine.status.get() {
            Status::Ready { .. } => progress::running(running.progress, now_millis() - running.since_millis),
            _ => "This runs as soon as the model is ready.".to_owned(),
        })
    };
    let old = move || bench.shown().filter(|(_, old)| *old && bench.asking.runs(Lane::Panel));
    let kept = move || old().map(|(found, _)| progress::until_then(found.finding.recipe()));
    view! {
        <div class="lab__waiting" class:is-idle=move || bench.asking.foremost().is_none()>
            <progress
                class="lab__progress"
                aria-label="Progress"
                max=move || progress().total.max(1).to_string()
                value=move || (progress().total > 1).then(|| progress().done.to_string())
            ></progress>
            <p>
                <span class="number" role="status" data-testid="running">{said}</span>
                " "
                <button
                    type="button"
                    class="quiet"
                    data-testid="stop"
                    disabled=move || bench.asking.foremost().is_none()
                    on:click=move |_| bench.asking.stop_all()
                >"Stop"</button>
            </p>
            <p class="aside-text">{kept}</p>
        </div>
    }
}

/// What stands here instead of what was asked for, and the way on.
#[component]
fn Stopped() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let stopped = Memo::new(move |_| bench.stopped());
    move || {
        stopped.get().then(|| {
            let kept = bench.shown().map(|(found, _)| progress::older(found.finding.recipe()));
            let run = match bench.map_cost() {
                Some((millis, bytes)) => progress::run_in(millis, bytes),
                None => bench.panel_millis().map_or_else(|| "Run it".to_owned(), progress::run_about),
            };
            view! {
                <p class="aside-text" data-testid="stopped">
                    {kept.unwrap_or_else(|| "There is no picture yet.".to_owned())}
                    " "
                    <button type="button" class="quiet" data-testid="run-it" on:click=move |_| bench.go_on()>{run}</button>
                </p>
            }
        })
    }
}
