//! The workbench: type or pick a sentence, choose a method, see why.

use leptos::prelude::*;
use vitrine_schema::ProblemType;
use vitrine_schema::catalog::{OFFERS, Offer};

use crate::elements::choice::{Choice, Item};
use crate::elements::inspection::InspectionDetails;
use crate::elements::offer::OfferCard;
use crate::elements::own_model::OwnModel;
use crate::messages;
use crate::pages::language_lab::LanguageLab;
use crate::pages::method::{MethodControls, MethodFacts};
use crate::services::worker_client::{Engine, Status};
use crate::state::models::{Models, OWN};
use crate::state::session::Session;
use crate::views::attention::AttentionView;
use crate::views::explanation::ExplanationView;
use crate::views::stream::StreamView;

/// Sentences on which the model shows something.
const EXAMPLES: [&str; 6] = [
    "the plot is dull but funny",
    "a great movie",
    "this film is not good",
    "not bad at all",
    "i loved every minute of it",
    "the acting is terrible and the story is worse",
];

/// The Lab: a model, and the workbench of its kind.
#[component]
pub fn Lab() -> impl IntoView {
    let models = expect_context::<Models>();
    let causal = Memo::new(move |_| {
        let offered = Offer::named(&models.chosen.get()).is_some_and(|offer| offer.causal);
        models.current().map_or(offered, |model| model.causal)
    });
    let here = Memo::new(move |_| models.current().is_some());
    view! {
        <section class="lab" aria-label="Workbench">
            <h1 class="visually-hidden">"Lab"</h1>
            <ModelChoice/>
            // Another model is another workbench.
            {move || match (causal.get(), here.get(), models.chosen.get()) {
                (.., chosen) if chosen == OWN => view! { <Own/> }.into_any(),
                (true, false, _) => view! { <Offered/> }.into_any(),
                (true, true, _) => view! { <LanguageLab/> }.into_any(),
                // The first model loads by itself; its workbench takes questions while it does.
                (false, ..) => view! { <ClassifierLab/> }.into_any(),
            }}
        </section>
    }
}

/// Which model the Lab uses.
#[component]
fn ModelChoice() -> impl IntoView {
    let models = expect_context::<Models>();
    let items = Signal::derive(move || {
        let loaded = models.loaded.get();
        let offers = OFFERS.iter().map(|offer| {
            let size = format!("{:.0} MB, {}", offer.bytes as f64 / 1e6, offer.licence);
            let state = if loaded.contains_key(offer.id) { "" } else { ", to fetch" };
            (offer.id.to_owned(), format!("{}: {} ({size}{state})", offer.id, offer.does))
        });
        let own = loaded.values().map(|here| &here.card).filter(|model| Offer::named(&model.id).is_none());
        let own =
            own.map(|model| (model.id.clone(), format!("{}: your own ({:.0} MB)", model.id, model.bytes as f64 / 1e6)));
        let more = (OWN.to_owned(), "your own model: a file, a folder or the hub".to_owned());
        offers.chain(own).chain([more]).collect::<Vec<Item>>()
    });
    view! {
        <Choice
            label="Model"
            test_id="model-select"
            items=items
            value=models.chosen
            on_choose=Callback::new(move |id: String| models.choose(&id))
        />
        {move || models.here().map(|here| view! {
            <p class="aside-text" data-testid="load-report">{messages::load(&here.load)}" "{messages::held(&here.card)}</p>
            <InspectionDetails model=here.card/>
        })}
    }
}

/// The chosen model is not here yet.
#[component]
fn Offered() -> impl IntoView {
    let models = expect_context::<Models>();
    move || {
        Offer::named(&models.chosen.get()).map(|offer| {
            view! {
                <OfferCard
                    offer=offer
                    fits=offer.fits(device_memory_gib())
                    keeps=models.keeps()
                    coming=Signal::derive(move || models.coming(offer.id))
                    on_fetch=Callback::new(move |()| models.load(offer.id))
                    on_stop=Callback::new(move |()| models.stop())
                />
                {move || models.trouble.get().map(|trouble| view! {
                    <p class="lab__trouble" role="alert" data-testid="error">{trouble.sentence()}</p>
                })}
            }
        })
    }
}

/// A model of the reader's own.
#[component]
fn Own() -> impl IntoView {
    let models = expect_context::<Models>();
    view! {
        <OwnModel
            coming=Signal::derive(move || models.coming(OWN))
            on_files=Callback::new(move |files| models.open(files))
            on_hub=Callback::new(move |id: String| models.fetch(&id))
            on_stop=Callback::new(move |()| models.stop())
        />
        {move || models.trouble.get().map(|trouble| view! {
            <p class="lab__trouble" role="alert" data-testid="error">{trouble.sentence()}</p>
        })}
    }
}

/// What the browser says about the device's memory, where it says anything.
fn device_memory_gib() -> Option<f64> {
    let navigator = window().navigator();
    js_sys::Reflect::get(&navigator, &"deviceMemory".into()).ok()?.as_f64()
}

/// The workbench of the classifier.
#[component]
fn ClassifierLab() -> impl IntoView {
    let session = expect_context::<Session>();
    session.forget_other_models();
    let engine = expect_context::<Engine>();
    let pick = move |text: &str| {
        session.text.set(text.to_owned());
        session.run();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            session.run();
        }
    };
    let running = move || session.asking.progress().is_some();
    let waiting = move || !matches!(engine.status.get(), Status::Ready { .. });
    view! {
        <div class="lab">
            <label class="lab__label" for="lab-text">"A sentence for the model to read"</label>
            <textarea
                id="lab-text"
                class="lab__text field"
                data-testid="text-input"
                rows="2"
                dir="auto"
                placeholder="Type a sentence, for example: a great movie"
                prop:value=move || session.text.get()
                on:input=move |event| session.text.set(event_target_value(&event))
                on:keydown=on_key
            ></textarea>
            <div class="lab__actions">
                <button type="button" class="button button--main" data-testid="run" on:click=move |_| session.run()>"Explain"</button>
                <button type="button" class="button" data-testid="stop" disabled=move || !running() on:click=move |_| session.asking.stop_all()>"Stop"</button>
                <span class="aside-text" role="status" data-testid="running">
                    {move || session.asking.progress().map(|progress| {
                        if waiting() { "This runs as soon as the model is ready.".to_owned() } else { messages::running(progress) }
                    })}
                </span>
            </div>
            <ul class="lab__examples" aria-label="Examples">
                {EXAMPLES.iter().map(|text| view! {
                    <li><button type="button" class="lab__example" on:click=move |_| pick(text)>{*text}</button></li>
                }).collect_view()}
            </ul>
            <Choices/>
            {move || session.asking.trouble.get().map(|trouble| view! {
                <p class="lab__trouble" role="alert" data-testid="error">{trouble.sentence()}</p>
            })}
        </div>
        {move || match session.explanation.get() {
            Some(explanation) => {
                let provenance = format!("Computed on your device in {:.0} ms.", session.elapsed_millis.get_untracked());
                view! {
                    <ExplanationView
                        explanation=Signal::stored(explanation)
                        grouping=session.grouping
                        stale=Signal::derive(running)
                        provenance=Signal::stored(Some(provenance))
                    />
                    {move || session.maps.get().map(|maps| view! {
                        <AttentionView maps=maps moved=session.moved on_test=Callback::new(move |removal| session.take_out(removal))/>
                    })}
                    {move || session.walk.get().map(|walk| view! {
                        <StreamView walk=walk moved=session.moved on_test=Callback::new(move |removal| session.take_out(removal))/>
                    })}
                    <p class="lab__more">
                        <button type="button" class="button" data-testid="show-attention" on:click=move |_| session.look()>"Where does each head look?"</button>
                        <button type="button" class="button" data-testid="show-stream" on:click=move |_| session.climb()>"What does each layer write?"</button>
                    </p>
                }.into_any()
            }
            None => view! {
                <p class="aside-text">"Nothing is explained yet: type a sentence and press Enter, or pick one of the examples."</p>
            }.into_any(),
        }}
    }
}

/// Target, method and its parameters.
#[component]
fn Choices() -> impl IntoView {
    let session = expect_context::<Session>();
    let models = expect_context::<Models>();
    let method = session.method;
    let labels = move || session.labels();
    let plain = |name: &str| (name.to_owned(), name.to_owned());
    let targets = Signal::derive(move || {
        let (labels, target) = (labels(), session.target.get());
        // A class that this model does not have stands for what it answers.
        let known = labels.contains(&target);
        let own = match session.problem_type() {
            ProblemType::MultiLabel if known => Some((String::new(), "its strongest label".to_owned())),
            ProblemType::MultiLabel => Some((target, "its strongest label".to_owned())),
            _ => (!known).then(|| (target, "its own answer".to_owned())),
        };
        own.into_iter().chain(labels.iter().map(|label| plain(label))).collect::<Vec<Item>>()
    });
    let foils = Signal::derive(move || {
        let target = session.target.get();
        let others = labels()
            .into_iter()
            .filter(|label| *label != target)
            .map(|label| (label.clone(), format!("rather than {label}")));
        others.chain([(String::new(), "on its own".to_owned())]).collect::<Vec<Item>>()
    });
    let choose_target = Callback::new(move |target: String| {
        let old = session.target.get_untracked();
        let foil = untrack(|| session.foil());
        if foil.get_untracked().as_ref() == Some(&target) {
            foil.set(Some(old).filter(|old| untrack(labels).contains(old)));
        }
        session.target.set(target);
        session.run_again();
    });
    let choose_foil = Callback::new(move |foil: String| {
        untrack(|| session.foil()).set(Some(foil).filter(|foil| !foil.is_empty()));
        session.run_again();
    });
    // One number leaves nothing to choose.
    let has_classes = Memo::new(move |_| session.problem_type() != ProblemType::Regression);
    view! {
        <div class="lab__choices">
            {move || has_classes.get().then(|| view! {
                <Choice label="Why" test_id="target-select" items=targets value=session.target on_choose=choose_target/>
                <Choice
                    label="Compared with"
                    test_id="foil-select"
                    items=foils
                    value=Signal::derive(move || session.foil().get().unwrap_or_default())
                    on_choose=choose_foil
                />
            })}
            <MethodControls
                choice=method
                traits=Signal::derive(move || models.traits())
                on_change=Callback::new(move |()| session.run_again())
            />
        </div>
        <MethodFacts choice=method/>
    }
}
