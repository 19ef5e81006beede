//! An explanation that was sent: shown at once, without a model, as computed by the sender; recomputed here on request.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::{Ablation, Ask, Explanation};
use vitrine_share::link::Sender;
use vitrine_share::{Link, Place, address};
use vitrine_words::Grouping;
use vitrine_words::ablation::without;
use vitrine_words::explanation::{WHAT_IT_IS_NOT, what_it_is};
use vitrine_words::failure::sentence_of;
use vitrine_words::narrator::subject;
use vitrine_words::progress::check_here;
use vitrine_words::receipt::{carried, trust};

use crate::elements::later::Later;
use crate::pages::sender::{SenderWrites, SentPicture};
use crate::pages::take::{Take, TakeButton, TakeIt, Taken};
use crate::services::page::{fragment, on_fragment};
use crate::services::worker_client::{Engine, Status};
use crate::state::checking::Checking;
use crate::views::explanation::ExplanationView;
use crate::views::shown::Shown as Found;

/// What the address holds.
#[component]
pub fn Shared() -> impl IntoView {
    let address = RwSignal::new(fragment());
    on_fragment(move |fragment| address.set(fragment));
    move || match Link::read(&address.get()) {
        Ok(link) => view! { <Opened link=link/> }.into_any(),
        Err(error) => view! {
            <section class="lead">
                <h1 class="lead__title">"This link cannot be opened"</h1>
                <p class="lead__text" role="alert" data-testid="error">{sentence_of(&error.to_string())}</p>
                <p class="lead__text"><a href="#/lab">"Ask something in the Lab"</a></p>
            </section>
        }
        .into_any(),
    }
}

/// The Lab's address of the question that a link holds.
pub fn lab_address(link: &Link) -> String {
    let place = Place { view: link.shown.view, at: link.shown.at.clone(), ..Place::from(link.recipe.clone()) };
    address::write(&place).unwrap_or_else(|_| "#/lab".to_owned())
}

/// A link that could be read.
#[component]
fn Opened(link: Link) -> impl IntoView {
    let lab = lab_address(&link);
    let (subject, sender) = (subject(&link.recipe), link.sender.clone());
    let checking = Checking::new(expect_context::<Engine>(), link);
    checking.start_if_light();
    let sent = checking.sent();
    let shows = Memo::new(move |_| checking.here().or_else(|| sent.clone()));
    let grouping = RwSignal::new(Grouping::Words);
    let locked = RwSignal::new(None);
    let (sent_picture, map_shaped) = (checking.sent(), checking.sent().is_none());
    // What is passed on is what is shown: the link, or this device's result where that took its place.
    let engine = expect_context::<Engine>();
    let taken = Signal::derive(move || {
        let module = move || match engine.status.get_untracked() {
            Status::Ready { device, .. } => Some(device.device),
            _ => None,
        };
        let link = checking.link.get_value();
        Some(match checking.found_here() {
            Some(here) => Taken::found(here, module(), link.shown),
            None => Taken::sent(link),
        })
    });
    let take = Take::new(Signal::stored(true), taken, sender.clone());
    view! {
        <section class="shared" data-testid="shared" aria-label="A shared explanation">
            <h1 class="visually-hidden">"A shared explanation"</h1>
            {subject.map(|subject| view! { <p class="lead__sentence">{subject}</p> })}
            <Claim checking=checking/>
            {map_shaped.then(|| view! { <Standing checking=checking/><ClaimHere checking=checking/> })}
            <Later>
                {move || shows.get().map(|explanation| {
                    let trusted = trust(&explanation);
                    let status = move || view! {
                        <Standing checking=checking/>
                        <p class="shared__trust" data-testid="trust-line">{trusted.clone()}</p>
                    };
                    let explanation = Signal::stored(explanation);
                    let line = move || view! { <WithoutIt checking=checking/> };
                    view! { <ExplanationView explanation=explanation grouping=grouping locked=locked stale=Signal::stored(false) status=status line=line/> }
                })}
            </Later>
            <Later>
                <p class="shared__ways">
                    <Check checking=checking/>
                    <a href=lab.clone() data-testid="open-lab">"Open in the Lab"</a>
                    <TakeButton take=take/>
                </p>
                <TakeIt take=take/>
                {
                    let sent_picture = sent_picture.clone();
                    move || checking.numbers_differ().then(|| sent_picture.clone().map(|explanation| view! { <SentPicture explanation=explanation/> }))
                }
                {(sender != Sender::default()).then(|| view! { <SenderWrites sender=sender.clone()/> })}
                {move || shows.get().map(|explanation| view! { <WhatItIs explanation=explanation/> })}
                <p class="aside-text">
                    "What a link holds is the question and the numbers that its sender found. Opening it sends nothing anywhere and \
                     fetches no model; checking it asks the same question on this device, by itself where the model is kept here and it \
                     takes a few seconds."
                </p>
            </Later>
        </section>
    }
}

/// What is said of a result that is no explanation.
#[component]
pub fn Claim(checking: Checking) -> impl IntoView {
    checking.claim().map(|(claim, beside)| {
        let beside = beside.into_iter().map(|said| view! { <li>{said}</li> }).collect_view();
        view! {
            <p class="claim" data-testid="claim">{claim}</p>
            <ul class="shared__beside" data-testid="beside">{beside}</ul>
        }
    })
}

/// What this device says instead, where that is another thing.
#[component]
pub fn ClaimHere(checking: Checking) -> impl IntoView {
    move || {
        checking
            .claim_here()
            .map(|claim| view! { <p class="claim" data-testid="claim-here">{format!("This device: {claim}")}</p> })
    }
}

/// Who computed it, and whether this device agrees.
#[component]
pub fn Standing(checking: Checking) -> impl IntoView {
    view! {
        <p class="shared__status" role="status" data-testid="status" data-state=move || checking.state()>
            <span class="shared__dot" aria-hidden="true"></span>{move || checking.said()}
        </p>
    }
}

/// The button that has it computed here, where this page has the model.
#[component]
pub fn Check(checking: Checking) -> impl IntoView {
    let away = RwSignal::new(checking.bytes());
    leptos::task::spawn_local(async move {
        let bytes = checking.bytes_away().await;
        let _ = away.try_set(bytes);
    });
    checking.offer().map(|_| {
        move || match (checking.runs(), checking.is_done()) {
            (true, _) => view! {
                <button type="button" class="button" data-testid="stop" on:click=move |_| checking.stop()>"Stop"</button>
            }.into_any(),
            (false, true) => view! {
                <button type="button" class="quiet" data-testid="check" on:click=move |_| checking.start()>"Check it again"</button>
            }.into_any(),
            (false, false) => view! {
                <button type="button" class="button button--main" data-testid="check" on:click=move |_| checking.start()>
                    {move || check_here(away.get(), checking.about_millis())}
                </button>
            }.into_any(),
        }
    })
}

/// A word that is locked, taken out: as the sender measured it, and once this device has checked, as it is here.
#[component]
fn WithoutIt(checking: Checking) -> impl IntoView {
    let shown = expect_context::<Found>();
    let locked = shown.selection.locked;
    let chosen = Memo::new(move |_| shown.chosen(locked.get()?).filter(|mark| !mark.special));
    let measured = RwSignal::new(None::<Arc<Ablation>>);
    Effect::new(move |_| {
        let Some(mark) = chosen.get().filter(|_| checking.is_done()) else { return };
        shown.of(|explanation| {
            checking.without(explanation, mark.tokens.clone(), move |found| _ = measured.try_set(Some(found)))
        });
    });
    let said = move || {
        let mark = chosen.get()?;
        let here = measured
            .get()
            .filter(|found| matches!(&found.resolved.ask, Ask::Ablate(asked) if asked.tokens == mark.tokens));
        here.map(|found| without(&found, shown.of(Explanation::signed).then_some(mark.score)))
            .or_else(|| shown.of(|explanation| carried(explanation, &mark.tokens)))
    };
    view! { <p class="shared__without" role="status" data-testid="without">{said}</p> }
}

/// What an explanation is, and what it is not.
#[component]
fn WhatItIs(explanation: Arc<Explanation>) -> impl IntoView {
    let list = |said: Vec<String>| said.into_iter().map(|said| view! { <li>{said}</li> }).collect_view();
    view! {
        <section class="shared__what" data-testid="what-it-is">
            <div><h2>"What this is"</h2><ul>{list(what_it_is(&explanation).into())}</ul></div>
            <div><h2>"What it is not"</h2><ul>{list(WHAT_IT_IS_NOT.map(str::to_owned).into())}</ul></div>
        </section>
    }
}
