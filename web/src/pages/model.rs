//! The page of one model: what its files say, what it can show and why not the rest, and whether it says what its card says.

use leptos::prelude::*;
use vitrine_figure::architecture;
use vitrine_figure::drawing::Part;
use vitrine_schema::Inspection;
use vitrine_schema::catalog::{OFFERS, OWN, Offer};
use vitrine_schema::protocol::{ModelCard, ModelSource, NotKept, RefusedModel};
use vitrine_share::Page;
use vitrine_words::device::{self, not_kept};
use vitrine_words::model::{self, Can};
use vitrine_words::size::size;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::inspection::InspectionDetails;
use crate::elements::table::TableView;
use crate::messages::Trouble;
use crate::pages::offer::{Coming, ModelTrouble, OfferCard};
use crate::pages::own_labels::OwnLabels;
use crate::pages::panels::PANELS;
use crate::pages::stored_models::StoredModels;
use crate::pages::take::copying::Copying;
use crate::pages::trial::Trials;
use crate::services::kept::stored_models;
use crate::services::own_models;
use crate::services::page::{fragment, go, on_fragment};
use crate::services::worker_client::{Engine, Status};
use crate::state::models::{Here, Models};
use crate::state::workbench::Workbench;

/// All models, or the one that the address names.
#[component]
pub fn ModelPages() -> impl IntoView {
    let named = RwSignal::new(Page::model_named(&fragment()));
    on_fragment(move |address| {
        // Any other address is about to take this page away.
        if Page::of(&address) == Page::Models {
            named.set(Page::model_named(&address));
        }
    });
    move || match named.get() {
        Some(id) => view! { <OneModel id=id/> }.into_any(),
        None => view! { <StoredModels/> }.into_any(),
    }
}

/// Where one model stands.
#[derive(Clone, PartialEq)]
enum Place {
    Here(Box<Here>),
    Offered(&'static Offer),
    Refused(Box<RefusedModel>),
    Unknown,
}

#[component]
fn OneModel(id: String) -> impl IntoView {
    let models = expect_context::<Models>();
    let (name, label) = (id.clone(), format!("The model {id}"));
    let place = Memo::new(move |_| {
        let here = models.loaded.with(|loaded| loaded.get(&name).cloned());
        let refused = || models.refused.with(|refused| refused.iter().find(|refused| refused.id == name).cloned());
        match (here, Offer::named(&name)) {
            (Some(here), _) => Place::Here(Box::new(here)),
            (None, Some(offer)) => Place::Offered(offer),
            (None, None) => refused().map_or(Place::Unknown, |refused| Place::Refused(Box::new(refused))),
        }
    });
    view! {
        <section class="model" aria-label=label data-testid="model">
            {move || match place.get() {
                Place::Here(here) => view! { <Known here=*here/> }.into_any(),
                Place::Offered(offer) => view! { <NotYet offer=offer/> }.into_any(),
                Place::Refused(refused) => view! { <NotUsable refused=*refused/> }.into_any(),
                Place::Unknown => view! { <Nobody id=id.clone()/> }.into_any(),
            }}
            <p><a href="#/models">"All models"</a></p>
        </section>
    }
}

/// A model that can run.
#[component]
fn Known(here: Here) -> impl IntoView {
    let Here { card, load } = here;
    view! {
        <h1 class="claim" data-testid="claim">{device::account(&card.inspection)}</h1>
        <div class="columns">
            <div class="columns__main">
                <Drawing inspection=*card.inspection.clone()/>
                <Abilities card=card.clone()/>
                <Trials card=card.clone()/>
                {card.entailment.clone().map(|entailment| view! { <OwnLabels card=card.clone() entailment=entailment/> })}
                <section>
                    <h2>"What was read"</h2>
                    <InspectionDetails inspection=*card.inspection.clone() about=card.about.clone()/>
                </section>
            </div>
            <div class="columns__margin">
                <File card=card.clone() opened=device::load(&load)/>
                <section class="margin-note" data-testid="converted">
                    <h2>"Numbers"</h2>
                    <p>{model::converted(&card)}</p>
                    <p class="aside-text">{device::held(&card)}</p>
                </section>
                <section class="margin-note">
                    <h2>"Licence"</h2>
                    <p>{model::licence(&card, Offer::named(&card.id).is_some())}</p>
                    <p class="aside-text">"A link that is shared carries numbers and the SHA-256, never weights."</p>
                </section>
                <AskIt id=card.id/>
            </div>
        </div>
    }
}

/// The model as its files describe it; a part lists its tensors.
#[component]
fn Drawing(inspection: Inspection) -> impl IntoView {
    let (caption, counted) = (model::caption(&inspection), !inspection.tensors.is_empty());
    let inspection = StoredValue::new(inspection);
    let table = move |()| inspection.with_value(architecture::table);
    let draw = move |width| inspection.with_value(|inspection| architecture::drawing(inspection, width));
    let says = Signal::stored(caption);
    let (pointed, chosen) = (RwSignal::new(None::<Part>), RwSignal::new(None::<Part>));
    let choose =
        Callback::new(move |part| chosen.update(|chosen| *chosen = Some(part).filter(|part| *chosen != Some(*part))));
    let tensors = move || {
        let Some(Part::Cell(row)) = chosen.get() else { return None };
        let said = inspection.with_value(|inspection| model::tensors_of(inspection, row))?;
        let table = inspection.with_value(|inspection| architecture::tensors(inspection, row));
        Some(
            view! { <div class="model__tensors" data-testid="tensors" aria-live="polite"><TableView table=table title="Tensors of one part".to_owned() caption=said/></div> },
        )
    };
    view! {
        <FigureFrame title="As its files describe it" summary=says table=table>
            <div data-testid="architecture"><DrawingView draw=draw says=says pointed=pointed on_point=move |part| pointed.set(part) chosen=chosen on_choose=choose/></div>
        </FigureFrame>
        {counted.then(|| view! { <p class="aside-text">"A part of the drawing lists its tensors."</p> })}
        {tensors}
    }
}

/// One line for each panel of the Lab, and for what else has to be known.
#[component]
fn Abilities(card: ModelCard) -> impl IntoView {
    let panels = PANELS.iter().map(|panel| {
        let (can, says) = model::panel(panel.view.name(), panel.writes, &card);
        (panel.name, can, says)
    });
    let lines: Vec<(&str, Can, String)> = panels.chain(model::besides(&card)).collect();
    view! {
        <section>
            <h2>"What it can show, and why not"</h2>
            <ul class="checks model__can" data-testid="can">
                {lines.into_iter().map(|(name, can, says)| {
                    let (mark, read, verdict) = can.mark();
                    view! {
                        <li class="checks__line" data-verdict=verdict>
                            <span class="checks__mark" aria-hidden="true">{mark}</span>
                            <span>{name}<span class="visually-hidden">": "{read}","</span></span>
                            <span class="aside-text">{says}</span>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    }
}

/// What the files are.
#[component]
fn File(card: ModelCard, opened: String) -> impl IntoView {
    let (copying, kept) = (Copying::default(), card.clone());
    let hash = card.sha256.clone();
    let copy = move |_| copying.copy(hash.clone(), || {});
    view! {
        <section class="margin-note" data-testid="file">
            <h2>"The files"</h2>
            <dl class="facts">
                <dt>"Name"</dt><dd>{card.id.clone()}</dd>
                <dt>"Kind"</dt><dd>{model::kind(&card.inspection)}</dd>
                <dt>"Size"</dt><dd>{size(card.bytes as usize)}</dd>
                <dt>"Tokens"</dt><dd>{format!("{}, at most {} of them", card.inspection.tokenizer.unwrap_or_default(), model::grouped(card.max_tokens))}</dd>
                <dt>"SHA-256"</dt>
                <dd>
                    <code class="model__hash" data-testid="sha256">{card.sha256}</code>" "
                    <button type="button" class="quiet" data-testid="copy-hash" on:click=copy>{move || copying.label("Copy")}</button>
                </dd>
            </dl>
            <p class="aside-text">{opened}</p>
            <KeepIt card=kept/>
        </section>
    }
}

/// What becomes of the bytes of a model of the reader's own.
#[derive(Clone, Copy, PartialEq)]
enum Keeping {
    Not,
    Going,
    Kept,
    Refused(NotKept),
}

/// Keeps the bytes of a model of the reader's own, if the reader says so; those from the hub were let go as they came, and come once
/// more.
#[component]
fn KeepIt(card: ModelCard) -> impl IntoView {
    let models = expect_context::<Models>();
    let keeping = RwSignal::new(Keeping::Not);
    let ModelCard { id, bytes, .. } = card;
    let (source, files) = models.source(&id)?;
    let hub = matches!(source, ModelSource::Hub { .. });
    (hub || files.is_some()).then(|| {
        let name = id.clone();
        leptos::task::spawn_local(async move {
            let kept = stored_models().await.is_ok_and(|kept| kept.iter().any(|model| model.own && model.name == name));
            if kept {
                let _ = keeping.try_set(Keeping::Kept);
            }
        });
        let keep = move |_| {
            let (id, files) = (id.clone(), files.clone());
            let Some(files) = files else { return models.fetch(&id, true) };
            keeping.set(Keeping::Going);
            leptos::task::spawn_local(async move {
                let became = own_models::keep(&id, &files).await.map_or_else(Keeping::Refused, |()| Keeping::Kept);
                let _ = keeping.try_set(became);
            });
        };
        let said = move || match keeping.get() {
            Keeping::Not if hub => "Its files are not kept: the next visit fetches them again.".to_owned(),
            Keeping::Not => "Its files are not kept: the next visit needs them again.".to_owned(),
            Keeping::Going => "Keeping them …".to_owned(),
            Keeping::Kept => "They are kept in this browser, and it opens from “All models” without them.".to_owned(),
            Keeping::Refused(why) => not_kept(why).trim().to_owned(),
        };
        let going = move || keeping.get() == Keeping::Going || models.coming(OWN).is_some();
        let label = if hub { "Fetch it again and keep it in this browser" } else { "Keep it in this browser" };
        view! {
            <p class="aside-text" role="status" data-testid="keeping">{said}</p>
            <button type="button" class="button" data-testid="keep" disabled=going hidden=move || keeping.get() == Keeping::Kept on:click=keep>
                {format!("{label}, {}", size(bytes as usize))}
            </button>
            {hub.then(|| view! { <Coming id=OWN label="Model"/><ModelTrouble/> })}
        }
    })
}

/// On to the Lab.
#[component]
fn AskIt(id: String) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ask = move |_| {
        bench.choose(&id);
        go("#/lab");
    };
    view! {
        <p class="margin-note"><button type="button" class="button button--main" data-testid="ask-it" on:click=ask>"Ask it why"</button></p>
    }
}

/// What the page knows of a model of its own before it is fetched.
#[component]
fn NotYet(offer: &'static Offer) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let first = offer.id == OFFERS[0].id;
    let asleep = Memo::new(move |_| engine.status.with(|status| *status == Status::Asleep));
    view! {
        <h1 class="claim">{format!("{} is not open yet: what was read of it stands here once it is.", offer.id)}</h1>
        <p>{offer.summary()}</p>
        {if first {
            view! {
                {move || asleep.get().then(|| view! {
                    <p><button type="button" class="button button--main" data-testid="open-model" on:click=move |_| engine.wake()>"Open it"</button></p>
                })}
                <p role="status" class="aside-text">{move || (!asleep.get()).then_some("It is on its way; how far stands at the top of the page.")}</p>
            }.into_any()
        } else {
            view! { <OfferCard offer=offer/> }.into_any()
        }}
    }
}

/// A model of the reader's own that cannot be used: where it fell short, the way on, and what was read of it.
#[component]
fn NotUsable(refused: RefusedModel) -> impl IntoView {
    let models = expect_context::<Models>();
    let (claim, way_on) = model::fell_short(&refused);
    let RefusedModel { inspection, failure, .. } = refused;
    let (entries, built) = (inspection.not_understood.clone(), inspection.block.is_some());
    let open = models.loaded.with_untracked(|loaded| loaded.keys().cloned().collect::<Vec<_>>());
    view! {
        <h1 class="claim" data-testid="claim">{claim}</h1>
        <p role="alert" data-testid="error">{Trouble::Failure(failure).sentence()}</p>
        <p data-testid="way-on">{way_on}</p>
        {(!entries.is_empty()).then(|| view! {
            <h2>"What is not understood"</h2>
            <dl class="inspection__reasons" data-testid="not-understood">
                {entries.into_iter().map(|entry| view! {
                    <div><dt><code>{entry.name}</code>" in "{entry.source}</dt><dd>{entry.reason}</dd></div>
                }).collect_view()}
            </dl>
        })}
        {built.then(|| view! { <Drawing inspection=inspection.clone()/> })}
        <InspectionDetails inspection=inspection/>
        {(!open.is_empty()).then(|| view! {
            <p data-testid="still-open">
                "What was open stays as it was: "
                {open.into_iter().map(|id| view! { <a href=Page::address_of_model(&id)>{id.clone()}</a>" " }).collect_view()}
            </p>
        })}
    }
}

/// Nothing is known under that name.
#[component]
fn Nobody(id: String) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let open = move |_| {
        bench.choose(OWN);
        go("#/lab");
    };
    view! {
        <h1 class="claim">"No such model is open here"</h1>
        <p role="alert" data-testid="error">
            {format!("{id} is none of the models of this page, and none that you opened since it was loaded. A model of your own has to be handed over again, or opened from “All models” if this browser was told to keep it.")}
        </p>
        <p><button type="button" class="button button--main" data-testid="open-own" on:click=open>"Open a model of your own"</button></p>
        <ModelTrouble/>
    }
}
