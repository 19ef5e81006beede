//! A model that is not here yet: what it would take, and its progress on the way.

use leptos::prelude::*;
use vitrine_schema::catalog::Offer;

use crate::messages;
use crate::services::clock::now_millis;
use crate::state::models::Loading;

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
    loading: Signal<Option<Loading>>,
    /// Fetch it.
    on_fetch: Callback<()>,
    /// Stop fetching.
    on_stop: Callback<()>,
) -> impl IntoView {
    let mega = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let coming = move || loading.get().filter(|loading| loading.id == offer.id);
    view! {
        <section class="offer" aria-label="A model to fetch" data-testid="offer" data-model=offer.id>
            <p class="claim">{format!("{} {}.", offer.origin, offer.does)}</p>
            <dl class="lab__facts">
                <dt>"Download"</dt><dd>{format!("{}, {}", mega(offer.bytes), messages::kept_for_next_visit(keeps))}</dd>
                <dt>"Memory"</dt><dd>{format!("{} while it is loaded", mega(offer.memory_bytes))}</dd>
                <dt>"Licence"</dt><dd>{offer.licence}</dd>
                <dt>"Privacy"</dt><dd>"It comes from where this page comes from and runs here; what you type stays on this device."</dd>
            </dl>
            {(!fits).then(|| view! { <p class="lab__trouble" data-testid="does-not-fit">{messages::does_not_fit(offer.memory_bytes)}</p> })}
            {move || match coming() {
                None => view! {
                    <button type="button" class="button button--main" data-testid="fetch-model" on:click=move |_| on_fetch.run(())>
                        {format!("Fetch {}", mega(offer.bytes))}
                    </button>
                }.into_any(),
                Some(Loading { progress, since_millis, .. }) => view! {
                    <div class="offer__progress" data-testid="model-progress" data-done=progress.done.to_string() data-total=progress.total.to_string()>
                        <progress max=progress.total.max(1).to_string() value=(progress.total > 0).then(|| progress.done.to_string()) aria-label="Model download"></progress>
                        <span class="number" role="status">{messages::download(progress, now_millis() - since_millis)}</span>
                        <button type="button" class="button" data-testid="stop-fetch" on:click=move |_| on_stop.run(())>"Stop"</button>
                    </div>
                }.into_any(),
            }}
        </section>
    }
}
