//! A model that is not here yet: what it would take, and its progress on the way.

use leptos::prelude::*;
use vitrine_schema::catalog::Offer;
use vitrine_words::device;

use crate::elements::download::{Coming, DownloadBar};

/// What a model takes, with a button to fetch it.
#[component]
pub fn OfferCard(
    /// The model.
    offer: &'static Offer,
    /// Whether this device can hold it.
    fits: bool,
    /// Whether this browser keeps it.
    keeps: bool,
    /// Its progress, if it is on its way.
    #[prop(into)]
    coming: Signal<Option<Coming>>,
    /// Fetch it.
    on_fetch: Callback<()>,
    /// Stop fetching.
    on_stop: Callback<()>,
) -> impl IntoView {
    let mega = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    view! {
        <section class="offer" aria-label="A model to fetch" data-testid="offer" data-model=offer.id>
            <p class="claim">{format!("{} {}.", offer.origin, offer.does)}</p>
            <dl class="facts">
                <dt>"Download"</dt><dd>{format!("{}, {}", mega(offer.bytes), device::kept_for_next_visit(keeps))}</dd>
                <dt>"Memory"</dt><dd>{format!("{} while it is loaded", mega(offer.memory_bytes))}</dd>
                <dt>"Licence"</dt><dd>{offer.licence}</dd>
                <dt>"Privacy"</dt><dd>"It comes from where this page comes from and runs here; what you type stays on this device."</dd>
            </dl>
            {(!fits).then(|| view! { <p class="lab__trouble" data-testid="does-not-fit">{device::does_not_fit(offer.memory_bytes)}</p> })}
            {move || match coming.get() {
                None => view! {
                    <button type="button" class="button button--main" data-testid="fetch-model" on:click=move |_| on_fetch.run(())>
                        {format!("Fetch {}", mega(offer.bytes))}
                    </button>
                }.into_any(),
                Some(coming) => view! { <DownloadBar coming=coming label="Model download" on_stop=on_stop/> }.into_any(),
            }}
        </section>
    }
}
