//! Models that are not here yet: what one of the page would take, and where one of the reader's own comes in.

use leptos::prelude::*;
use vitrine_schema::catalog::Offer;
use vitrine_schema::protocol::Progress;
use vitrine_share::Page;
use vitrine_words::{device, progress};

use crate::messages::Trouble;
use crate::services::clock::now_millis;
use crate::state::asking::Running;
use crate::state::models::Models;

/// What a model of the page takes, with a button to fetch it, and its progress on the way.
#[component]
pub fn OfferCard(
    /// The model.
    offer: &'static Offer,
) -> impl IntoView {
    let models = expect_context::<Models>();
    let mega = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let fits = offer.fits(device_memory_gib());
    view! {
        <section class="offer" aria-label="A model to fetch" data-testid="offer" data-model=offer.id>
            <p class="claim">{format!("{} {}.", offer.origin, offer.does)}</p>
            <dl class="facts">
                <dt>"Download"</dt><dd>{format!("{}, {}", mega(offer.bytes), device::kept_for_next_visit(models.keeps()))}</dd>
                <dt>"Memory"</dt><dd>{format!("{} while it is loaded", mega(offer.memory_bytes))}</dd>
                <dt>"Licence"</dt><dd>{offer.licence}</dd>
                <dt>"Privacy"</dt><dd>"It comes from where this page comes from and runs here; what you type stays on this device."</dd>
            </dl>
            {(!fits).then(|| view! { <p class="lab__trouble" data-testid="does-not-fit">{device::does_not_fit(offer.memory_bytes)}</p> })}
            {move || models.coming(offer.id).is_none().then(|| view! {
                <button type="button" class="button button--main" data-testid="fetch-model" on:click=move |_| models.load(offer.id)>
                    {format!("Fetch {}", mega(offer.bytes))}
                </button>
            })}
            <Coming id=offer.id label="Model download"/>
        </section>
        <ModelTrouble/>
    }
}

/// A bar with numbers, where a model is on its way, and a way to stop it; what has come stays in the storage. Without a total
/// the bar has no value: it only says that something goes on.
#[component]
pub fn Coming(
    /// The model.
    id: &'static str,
    /// What is coming, for screen readers.
    label: &'static str,
) -> impl IntoView {
    let models = expect_context::<Models>();
    move || {
        let Running { progress: at @ Progress { done, total }, since_millis, .. } = models.coming(id)?;
        let said = progress::download(at, now_millis() - since_millis);
        Some(view! {
            <div class="offer__progress" data-testid="model-progress" data-done=done.to_string() data-total=total.to_string()>
                <progress max=total.max(1).to_string() value=(total > 0).then(|| done.to_string()) aria-label=label></progress>
                <span class="number" role="status">{said}</span>
                <button type="button" class="button" data-testid="stop-fetch" on:click=move |_| models.stop()>"Stop"</button>
            </div>
        })
    }
}

/// What went wrong with a model.
#[component]
pub fn ModelTrouble() -> impl IntoView {
    let models = expect_context::<Models>();
    move || {
        let trouble = models.trouble.get()?;
        let refused = match &trouble {
            Trouble::Unusable(id, _) => Some(Page::address_of_model(id)),
            _ => None,
        };
        Some(view! {
            <p class="lab__trouble" role="alert" data-testid="error">
                {trouble.sentence()}
                {refused.map(|address| view! { " "<a href=address data-testid="refused">"What was read of it"</a> })}
            </p>
        })
    }
}

/// What the browser says about the device's memory, where it says anything.
fn device_memory_gib() -> Option<f64> {
    js_sys::Reflect::get(&window().navigator(), &"deviceMemory".into()).ok()?.as_f64()
}
