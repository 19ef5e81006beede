//! Header, routes, footer.

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_schema::Kept;
use vitrine_share::Page;

use crate::elements::device_badge::DeviceBadge;
use crate::elements::later::Later;
use crate::pages::open_again::{NotOpened, OpenAgain};
use crate::pages::settings::Settings;
use crate::pages::stored_models::StoredModels;
use crate::pages::{home::Home, lab::Lab, methods::Methods, panels::PANELS, shared::Shared};
use crate::services::hooks;
use crate::services::opened::Opening;
use crate::services::page::{fragment, on_fragment};
use crate::services::worker_client::Engine;
use crate::state::asking::Asking;
use crate::state::models::Models;
use crate::state::preferences::Preferences;
use crate::state::workbench::Workbench;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let preferences = Preferences::read();
    let engine = Engine::asleep();
    let models = Models::new(engine);
    let findings = RwSignal::new(Kept::default());
    let bench = Workbench::new(models, Asking::new(engine, findings), findings, preferences.grouping, &PANELS);
    let theme = Signal::derive(move || preferences.theme());
    provide_context(preferences);
    // Which paper figures lie on.
    provide_context(theme);
    provide_context(engine);
    provide_context(findings);
    provide_context(models);
    provide_context(bench);
    provide_context(Opening::at_window());
    hooks::install(engine, findings);

    let route = RwSignal::new(Page::of(&fragment()));
    on_fragment(move |address| route.set(Page::of(&address)));
    // Another question is no other page.
    let route = Memo::new(move |_| route.get());
    // A link is read without any model; it starts nothing by itself, and neither do settings.
    Effect::new(move |_| {
        if !matches!(route.get(), Page::Shared | Page::Settings | Page::Models) {
            engine.wake()
        }
    });
    let current = move |here: Page| (route.get() == here).then_some("page");

    view! {
        <header class="page-header" inert=move || bench.large.get()>
            <a class="page-header__brand" href="#/">"Vitrine"</a>
            <nav class="page-header__nav" aria-label="Pages">
                <a class="page-header__link" href="#/" aria-current=move || current(Page::Home)>"Start"</a>
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
                {move || match route.get() {
                    Page::Home => view! { <Home/> }.into_any(),
                    Page::Lab => view! { <Lab/> }.into_any(),
                    Page::Methods => view! { <Methods/> }.into_any(),
                    Page::Shared => view! { <Shared/> }.into_any(),
                    Page::Settings => view! { <Settings/> }.into_any(),
                    Page::Models => view! { <StoredModels/> }.into_any(),
                    Page::Nowhere => view! {
                        <section class="lead">
                            <h1 class="lead__title">"There is no such page"</h1>
                            <p class="lead__text" role="alert" data-testid="error">
                                "This address leads nowhere on this page; it may have been cut off, or come from a newer version. Go to the "
                                <a href="#/">"start"</a>", or "<a href="#/lab">"ask something in the Lab"</a>"."
                            </p>
                        </section>
                    }.into_any(),
                }}
            </Later>
        </main>
        <footer class="page-footer" inert=move || bench.large.get()>
            <p>
                "Everything runs on this device. What you type is never sent anywhere. Weights: "
                <a href="THIRD-PARTY-NOTICES.md">"licences and notices"</a> ". "
                <OpenAgain/> ". " <a href="#/settings">"Settings"</a> ". " <a href="#/models">"Stored models"</a> "."
            </p>
        </footer>
    }
}
