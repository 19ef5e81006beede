//! Header, routes, footer.

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_schema::Kept;
use vitrine_schema::catalog::OFFERS;
use vitrine_share::Page;

use crate::elements::device_badge::DeviceBadge;
use crate::elements::later::Later;
use crate::messages;
use crate::pages::open_again::{NotOpened, OpenAgain};
use crate::services::clock::after_paint;
use crate::services::kept::is_kept;
use crate::services::opened::Opening;
use crate::services::page::{fragment, hand_over, on_fragment, reload, until_taken_over};
use crate::services::worker_client::Engine;
use crate::services::{fonts, hooks, offline};
use crate::state::asking::Asking;
use crate::state::large::Large;
use crate::state::models::Models;
use crate::state::preferences::Preferences;
use crate::wings::{Wing, named};

/// The whole page.
#[component]
pub fn App(
    /// Which pages there are.
    wing: &'static Wing,
) -> impl IntoView {
    let preferences = Preferences::read();
    let engine = Engine::asleep();
    let models = Models::new(engine);
    let findings = RwSignal::new(Kept::default());
    until_taken_over(move || hooks::leave(findings));
    let Large(large) = Large::default();
    let theme = Signal::derive(move || preferences.theme());
    provide_context(preferences);
    // Which paper figures lie on.
    provide_context(theme);
    provide_context(engine);
    provide_context(findings);
    provide_context(models);
    provide_context(Asking::new(engine, findings));
    provide_context(Large(large));
    (wing.furnish)();
    provide_context(Opening::on_page());
    hooks::install(engine, findings);
    // The Story asks for them once its first scene is there.
    match Page::of(&fragment()) {
        Page::Home => {}
        Page::Shared => after_paint(fonts::fetch_quietly),
        _ => after_paint(fonts::fetch),
    }
    let offline = offline::keep(engine);

    let route = RwSignal::new(Page::of(&fragment()));
    on_fragment(move |address| route.set(Page::of(&address)));
    // Another question is no other page.
    let route = Memo::new(move |_| route.get());
    let room = move || wing.rooms.iter().find(|(page, _)| *page == route.get()).map(|(_, show)| *show);
    on_cleanup(move || engine.quit());
    // A link is read without any model; it starts nothing by itself, and neither do settings.
    Effect::new(move |_| {
        match route.get() {
            Page::Lab => engine.wake(),
            // What is read starts none before a button asks for it, unless all of it is on this device already.
            Page::Home | Page::Methods => after_paint(move || {
                leptos::task::spawn_local(async move {
                    if is_kept(OFFERS[0].id).await {
                        engine.wake();
                    }
                });
            }),
            Page::Shared | Page::Settings | Page::Models | Page::Nowhere => {}
        }
    });
    let current = move |here: Page| (route.get() == here).then_some("page");

    view! {
        <header class="page-header" inert=move || large.get()>
            <a class="page-header__brand" href="#/">"Vitrine"</a>
            <nav class="page-header__nav" aria-label="Pages">
                <a class="page-header__link" href="#/" aria-current=move || current(Page::Home)>"Story"</a>
                <a class="page-header__link" href="#/lab" aria-current=move || current(Page::Lab)>"Lab"</a>
                <a class="page-header__link" href="#/methods" aria-current=move || current(Page::Methods)>"Methods"</a>
            </nav>
            <div class="page-header__tools">
                <DeviceBadge/>
                <button type="button" class="button" on:click=move |_| preferences.toggle()>
                    {move || if theme.get() == Theme::Dark { "Light" } else { "Dark" }}
                    <span class="visually-hidden">" colours"</span>
                </button>
            </div>
        </header>
        <main class="page">
            <NotOpened/>
            <Later>
                {move || match room() {
                    Some(show) => show(),
                    None if route.get() != Page::Nowhere => view! { <Elsewhere page=route.get()/> }.into_any(),
                    None => view! {
                        <section class="lead">
                            <h1 class="lead__title">"There is no such page"</h1>
                            <p class="lead__text" role="alert" data-testid="error">
                                "This address leads nowhere on this page; it may have been cut off, or come from a newer version. Go to the "
                                <a href="#/">"Story"</a>", or "<a href="#/lab">"ask something in the Lab"</a>"."
                            </p>
                        </section>
                    }.into_any(),
                }}
            </Later>
        </main>
        <footer class="page-footer" inert=move || large.get()>
            <p>
                "Everything runs on this device. What you type is never sent anywhere. Weights: "
                <a href="THIRD-PARTY-NOTICES.md">"licences and notices"</a> ". "
                <OpenAgain/> ". " <a href="#/settings">"Settings"</a> ". " <a href="#/models">"Models"</a> "."
            </p>
            <p role="status" data-testid="offline">{move || messages::offline(offline.get())}</p>
        </footer>
    }
}

/// What stands there while the module of a page is fetched that is not in this one.
#[component]
fn Elsewhere(page: Page) -> impl IntoView {
    let missing = RwSignal::new(false);
    hand_over(named(page), move || missing.set(true));
    view! {
        <section class="lead">
            {move || if missing.get() {
                view! {
                    <p class="lead__text" role="alert" data-testid="error">
                        "This page could not be fetched; see whether this device is online, then "
                        <button type="button" class="quiet" on:click=move |_| reload()>"try again"</button>"."
                    </p>
                }.into_any()
            } else {
                view! { <p class="lead__text" role="status">"Opening …"</p> }.into_any()
            }}
        </section>
    }
}
