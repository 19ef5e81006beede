//! Which device runs, and why; progress while the engine starts.

use leptos::prelude::*;
use vitrine_schema::protocol::Stage;
use vitrine_share::Page;
use vitrine_words::{device, progress};

use crate::services::clock::now_millis;
use crate::services::worker_client::{Engine, Status};

/// The badge in the header.
#[component]
pub fn DeviceBadge() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let (status, helpers) = (engine.status, engine.helpers);
    let device = Memo::new(move |_| match status.get() {
        Status::Ready { device, .. } => (device.device.name(), device.fused),
        _ => ("", false),
    });
    view! {
        <div class="device-badge" data-testid="device" data-device=move || device.get().0 data-fused=move || device.get().1.to_string() data-helpers=move || helpers.get().to_string()>
            {move || match status.get() {
                Status::Starting { stage, progress, since_millis } => {
                    let amount = (stage == Stage::Weights)
                        .then(|| progress::download(progress, now_millis() - since_millis));
                    let bar = (stage == Stage::Weights).then(|| view! {
                        <progress
                            class="device-badge__bar"
                            max=progress.total.max(1).to_string()
                            value=(progress.total > 0).then(|| progress.done.to_string())
                            aria-label="Model download"
                        ></progress>
                    });
                    view! {
                        <div class="device-badge__progress" data-testid="progress" data-done=progress.done.to_string() data-total=progress.total.to_string()>
                            <span role="status">{device::stage(stage)}</span>
                            {bar}
                            <span class="number">{amount}</span>
                        </div>
                    }.into_any()
                }
                Status::Ready { model, device, load } => view! {
                    <details class="device-badge__details">
                        <summary>
                            <span class="device-badge__light" aria-hidden="true"></span>
                            <span role="status"><span class="device-badge__long">"Runs on this device: "</span>{move || device::short(device.device, helpers.get())}</span>
                            {device::not_kept_short(&load).map(|kept| view! {
                                <span class="device-badge__kept" data-testid="not-kept">{kept}</span>
                            })}
                            <span class="device-badge__ask">"why?"</span>
                        </summary>
                        <div class="device-badge__why">
                            <p>{device::reason(&device)}" "{move || device::helpers(device.device, helpers.get())}</p>
                            <p>{device::load(&load)}" "{device::held(&model)}</p>
                            <p>"Model: "<a href=Page::address_of_model(&model.id)>{model.id.clone()}</a>{format!(" ({}), {:.1} MB, {}.", model.architecture, model.bytes as f64 / 1e6, model.licence)}</p>
                        </div>
                    </details>
                }.into_any(),
                Status::Asleep => view! { <span class="aside-text">"No engine is running."</span> }.into_any(),
                Status::Failed(trouble) => view! {
                    <div class="device-badge__failed">
                        <p role="alert" data-testid="error">{trouble.sentence()}</p>
                        <button type="button" class="button" on:click=move |_| engine.try_again()>"Try again"</button>
                    </div>
                }.into_any(),
            }}
        </div>
    }
}
