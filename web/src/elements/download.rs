//! A download that goes on, with bytes, time and a way to stop it.

use leptos::prelude::*;
use vitrine_schema::protocol::Progress;
use vitrine_words::progress;

use crate::services::clock::now_millis;

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coming {
    /// Bytes that are there, of how many.
    pub progress: Progress,
    /// When it began.
    pub since_millis: f64,
}

/// A bar with numbers. Without a total it has no value: it only says that something goes on.
#[component]
pub fn DownloadBar(
    /// How far it is.
    coming: Coming,
    /// What is coming, for screen readers.
    label: &'static str,
    /// Stop it.
    on_stop: Callback<()>,
) -> impl IntoView {
    let Coming { progress: Progress { done, total }, since_millis } = coming;
    let said = progress::download(coming.progress, now_millis() - since_millis);
    view! {
        <div class="offer__progress" data-testid="model-progress" data-done=done.to_string() data-total=total.to_string()>
            <progress max=total.max(1).to_string() value=(total > 0).then(|| done.to_string()) aria-label=label></progress>
            <span class="number" role="status">{said}</span>
            <button type="button" class="button" data-testid="stop-fetch" on:click=move |_| on_stop.run(())>"Stop"</button>
        </div>
    }
}
