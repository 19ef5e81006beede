//! An explanation that was sent: shown at once, without a model, as computed by the sender; recomputed here on request.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::catalog::Offer;
use vitrine_schema::protocol::{Lane, Request, Response};
use vitrine_schema::{Diagnostic, Explanation, Finding, Outcome, Recomputed};
use vitrine_share::link::{Sender, Sent};
use vitrine_share::{Link, Place, address};
use vitrine_words::Grouping;
use vitrine_words::failure::sentence_of;
use vitrine_words::narrator::{headline, summary};
use vitrine_words::recomputed::{checked, unchecked};

use crate::elements::later::Later;
use crate::messages::Trouble;
use crate::pages::sender::{SenderWrites, SentPicture};
use crate::pages::take::{Take, TakeButton, TakeIt, Taken};
use crate::services::page::{fragment, on_fragment};
use crate::services::worker_client::{Engine, Status};
use crate::views::explanation::ExplanationView;

/// Where the check of this device stands.
#[derive(Clone, PartialEq)]
enum Checked {
    Not,
    Running,
    Done(Recomputed),
    Failed(String),
}

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

/// A link that could be read.
#[component]
fn Opened(link: Link) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let checked_here = RwSignal::new(Checked::Not);
    // What is passed on is what is shown: the link, or this device's result where that took its place.
    let passed_on = link.clone();
    let sender_again = link.sender.clone();
    let here = RwSignal::new(None::<Arc<Explanation>>);
    let Link { recipe, sent, on, shown, sender } = link;
    let own = Offer::named(&recipe.model);
    // A model that does not come by itself is opened in the Lab, where its size is said.
    let checkable = own.is_some_and(|offer| !offer.causal);
    let (claim, explanation) = match &sent {
        Sent::Finding(Finding::Explanation(found)) => {
            // Who computed it is said above, and not once more among the remarks.
            let mut found = Explanation::clone(found);
            found.diagnostics.retain(|remark| *remark != Diagnostic::Sent);
            (None, Some(Arc::new(found)))
        }
        Sent::Finding(other) => (Some(headline(other)), None),
        Sent::Summary(summarized) => (Some(summary(&summarized.summary, &summarized.input)), None),
    };
    let lab = address::write(&Place {
        model: Some(recipe.model.clone()),
        text: recipe.text.clone(),
        target: recipe.target.clone(),
        ask: Some(recipe.ask.clone()),
        seed: recipe.seed,
        view: shown.view,
        at: shown.at,
    });
    let lab = lab.unwrap_or_else(|_| "#/lab".to_owned());
    let input = match &sent {
        Sent::Finding(finding) => finding.input().clone(),
        Sent::Summary(summarized) => summarized.input.clone(),
    };
    let text = recipe.text.clone().unwrap_or_default();
    let check = {
        let (recipe, sent) = (recipe, sent);
        move |_| {
            engine.wake();
            checked_here.set(Checked::Running);
            let (sent, request) =
                (sent.clone(), Request::Run { recipe: Box::new(recipe.clone()), lane: Lane::Answer, table: None });
            engine.ask(request, None, move |answer| match answer {
                Ok(Response::Found { finding, .. }) => {
                    let module = match engine.status.get_untracked() {
                        Status::Ready { device, .. } => Some(device.device),
                        _ => None,
                    };
                    let same = on.is_some() && on == module;
                    let found = match &sent {
                        Sent::Finding(sent) => Recomputed::of(sent, &finding, same),
                        Sent::Summary(sent) => {
                            Recomputed::of_summary(&sent.model, &sent.input, &sent.summary, &finding, same)
                        }
                    };
                    // Where it disagrees this device's result takes the place.
                    if found.outcome != Outcome::Agrees
                        && let Finding::Explanation(found) = &*finding
                    {
                        here.set(Some(Arc::clone(found)));
                    }
                    checked_here.set(Checked::Done(found));
                }
                Ok(Response::Failed { failure }) => {
                    checked_here.set(Checked::Failed(Trouble::Failure(failure).sentence()))
                }
                Err(trouble) => checked_here.set(Checked::Failed(trouble.sentence())),
                Ok(_) => {}
            });
        }
    };
    let said = move || match checked_here.get() {
        Checked::Not => unchecked().to_owned(),
        Checked::Running => "Computing it here…".to_owned(),
        Checked::Done(recomputed) => checked(&recomputed, &input),
        Checked::Failed(said) => said,
    };
    let state = move || match checked_here.get() {
        Checked::Not | Checked::Failed(_) => "sent",
        Checked::Running => "running",
        Checked::Done(Recomputed { outcome: Outcome::Agrees, .. }) => "agrees",
        Checked::Done(_) => "differs",
    };
    let grouping = RwSignal::new(Grouping::Words);
    let locked = RwSignal::new(None);
    let sent_explanation = explanation.clone();
    let sent_picture = explanation.clone();
    let taken = Signal::derive(move || {
        let module = move || match engine.status.get_untracked() {
            Status::Ready { device, .. } => Some(device.device),
            _ => None,
        };
        Some(here.get().map_or_else(
            || Taken::sent(passed_on.clone()),
            |here| Taken::found(Finding::Explanation(here), module(), passed_on.shown.clone()),
        ))
    });
    let take = Take::new(Signal::stored(true), taken, sender_again);
    let shows = Memo::new(move |_| here.get().or_else(|| sent_explanation.clone()));
    let megabytes = own.map(|offer| offer.bytes as f64 / 1e6).unwrap_or_default();
    view! {
        <section class="shared" data-testid="shared" aria-label="A shared explanation">
            <h1 class="visually-hidden">"A shared explanation"</h1>
            <p class="lead__sentence">{format!("“{text}”")}</p>
            {claim.map(|claim| view! { <p class="claim" data-testid="claim">{claim}</p> })}
            <p class="shared__status" role="status" data-testid="status" data-state=state>
                <span class="shared__dot" aria-hidden="true"></span>{said}
            </p>
            <Later>
                {move || shows.get().map(|explanation| {
                    let explanation = Signal::stored(explanation);
                    view! { <ExplanationView explanation=explanation grouping=grouping locked=locked stale=Signal::stored(false)/> }
                })}
            </Later>
            <p class="shared__ways">
                {checkable.then(|| view! {
                    <button type="button" class="button button--main" data-testid="check" disabled=move || checked_here.get() == Checked::Running on:click=check.clone()>
                        {format!("Check it on this device ({megabytes:.0} MB, once)")}
                    </button>
                })}
                <a href=lab data-testid="open-lab">"Open in the Lab"</a>
                <TakeButton take=take/>
            </p>
            <TakeIt take=take/>
            {move || here.with(Option::is_some).then(|| sent_picture.clone().map(|explanation| view! { <SentPicture explanation=explanation/> }))}
            {(sender != Sender::default()).then(|| view! { <SenderWrites sender=sender/> })}
            <p class="aside-text">
                "What a link holds is the question and the numbers that its sender found. Opening it sent nothing anywhere and ran \
                 no model; checking it asks the same question on this device."
            </p>
        </section>
    }
}
