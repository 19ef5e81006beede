//! An explanation in someone else's page: no header, no engine before *Check it*, as high as what it shows.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_schema::{Explanation, Kept};
use vitrine_share::embed::Paper;
use vitrine_share::{Embed, Link};
use vitrine_words::Grouping;

use vitrine_words::failure::sentence_of;
use vitrine_words::receipt::trust;

use crate::elements::later::Later;
use crate::elements::measured::follow;
use crate::messages::Trouble;
use crate::pages::open_again::NotOpened;
use crate::pages::shared::{Check, Claim, ClaimHere, Standing, lab_address};
use crate::services::clock::after_paint;
use crate::services::opened::Opening;
use crate::services::page::{fragment, from_head, on_fragment, tell_frame};
use crate::services::worker_client::{Engine, Status};
use crate::services::{fonts, hooks, only};
use crate::state::checking::Checking;
use crate::state::models::Models;
use crate::state::preferences::Preferences;
use crate::views::explanation::ExplanationView;

/// What the address of the frame asks for.
#[component]
pub fn Embedded() -> impl IntoView {
    let show = |embed: Embed| match Link::read(&embed.payload) {
        Ok(link) => view! { <Opened link=link embed=embed/> }.into_any(),
        Err(error) => view! {
            <p role="alert" data-testid="error">{sentence_of(&error.to_string())}</p>
            <p><a href="index.html" target="_blank" rel="noopener">"Open Vitrine"</a></p>
        }
        .into_any(),
    };
    view! { <Framed label="An explanation in Vitrine" title="An explanation" show=show/> }
}

/// The frame of every embed: it follows its address, and is as high as what it shows.
#[component]
pub fn Framed(
    /// What it is.
    label: &'static str,
    /// Its heading, for a screen reader.
    title: &'static str,
    /// Shows what the address asks for.
    show: fn(Embed) -> AnyView,
) -> impl IntoView {
    let embed = RwSignal::new(Embed::read(&fragment()));
    on_fragment(move |fragment| embed.set(Embed::read(&fragment)));
    furnish(embed, RwSignal::new(Kept::default()));
    let room = NodeRef::<Div>::new();
    follow(room, |room| tell_frame(room.height()));
    view! {
        <main aria-label=label><div class="embed" data-testid="embed" node_ref=room>
            <h1 class="visually-hidden">{title}</h1>
            <NotOpened/>
            {move || show(embed.get())}
        </div></main>
    }
}

/// Provides what every embed has: the paper that its address asks for, and an engine that sleeps.
fn furnish(embed: RwSignal<Embed>, findings: RwSignal<Kept>) {
    let engine = Engine::asleep();
    let preferences = Preferences::followed();
    Effect::new(move |_| {
        preferences.chosen.set(match embed.with(|embed| embed.paper) {
            Paper::Auto => None,
            Paper::Light => Some(Theme::Light),
            Paper::Dark => Some(Theme::Dark),
        });
    });
    provide_context(preferences);
    provide_context(Signal::derive(move || preferences.theme()));
    provide_context(engine);
    provide_context(findings);
    provide_context(Models::new(engine));
    provide_context(Opening::in_frame());
    hooks::install(engine, findings);
    after_paint(fonts::fetch_quietly);
    // Of the frames on a page one has an engine, the one that was checked last.
    let awake = Memo::new(move |_| engine.status.with(|status| *status != Status::Asleep));
    Effect::new(move |_| {
        if awake.get() {
            only::take(move || engine.sleep(&Trouble::Elsewhere));
        }
    });
}

/// A link that could be read.
#[component]
fn Opened(link: Link, embed: Embed) -> impl IntoView {
    let page = from_head("vitrine-embed").unwrap_or_default();
    let (lab, shared) = (format!("{page}{}", lab_address(&link)), format!("{page}#/x/{}", embed.payload));
    let checking = Checking::new(expect_context::<Engine>(), link);
    let sent = checking.sent();
    let shows = Memo::new(move |_| checking.here().or_else(|| sent.clone()));
    let (grouping, locked) = (RwSignal::new(Grouping::Words), RwSignal::new(None));
    let pieces = StoredValue::new(embed.show.clone());
    let receipt = move || shows.with(|shown: &Option<Arc<Explanation>>| shown.as_deref().map(trust));
    view! {
        {embed.fault.map(|fault| view! { <p class="aside-text" role="alert" data-testid="fault">{sentence_of(&fault.to_string())}</p> })}
        <Claim checking=checking/>
        <Later>
            {move || shows.get().map(|explanation| {
                let explanation = Signal::stored(explanation);
                view! { <ExplanationView explanation=explanation grouping=grouping locked=locked stale=Signal::stored(false) pieces=pieces.get_value()/> }
            })}
        </Later>
        <Later>
            <footer class="embed__foot">
                <Standing checking=checking/>
                <ClaimHere checking=checking/>
                <p class="aside-text">{receipt}</p>
                <p class="shared__ways">
                    <a href=shared.clone() target="_blank" rel="noopener">"Vitrine"</a>
                    <Check checking=checking/>
                    <a href=lab.clone() target="_blank" rel="noopener" data-testid="open-lab">"Open in the Lab"</a>
                </p>
            </footer>
        </Later>
    }
}
