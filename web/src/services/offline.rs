//! The page without a network: a service worker keeps its files once the page has been read, and an engine once it ran.

use js_sys::Array;
use leptos::prelude::*;
use vitrine_schema::protocol::DeviceKind;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, ServiceWorkerContainer, ServiceWorkerRegistration as Registration};

use crate::services::clock::after_paint;
use crate::services::page::{absolute, from_head, json};
use crate::services::promise::{call, object};
use crate::services::worker_client::{Engine, Status};

/// A file of the host's that says `off` where the page is not to be kept.
const SWITCH: &str = "offline.txt";
/// How the stores of the service worker begin.
const STORES: &str = "vitrine-page-";

/// Whether the page opens without a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offline {
    /// Not known yet, or not here: in a frame, at an address without https, or where the host does not want it.
    #[default]
    No,
    /// It does.
    Kept,
    /// It does, and a newer version waits until no tab has this one.
    Newer,
    /// This browser does not keep it.
    Denied,
}

/// Keeps the page on this device, unless the host says otherwise.
pub fn keep(engine: Engine) -> RwSignal<Offline> {
    let state = RwSignal::new(Offline::No);
    let registered = RwSignal::new_local(None::<Registration>);
    after_paint(move || leptos::task::spawn_local(async move { registered.set(register(state).await) }));
    // What the engine was made of is kept once it has run.
    Effect::new(move |_| {
        if let (Some(registration), Status::Ready { device, .. }) = (registered.get(), engine.status.get())
            && let Some(worker) = registration.active()
        {
            let _ = worker.post_message(&json(&parts(device.device)));
        }
    });
    state
}

async fn register(state: RwSignal<Offline>) -> Option<Registration> {
    let script = from_head("vitrine-offline").filter(|script| !script.is_empty())?;
    let workers: ServiceWorkerContainer = object(&window().navigator(), "serviceWorker")?.unchecked_into();
    let switch = switch().await;
    if switch.as_deref() == Some("off") {
        forget(&workers).await;
        return None;
    }
    let asked = JsFuture::from(workers.register(&absolute(&script))).await;
    let ready = match asked {
        Ok(_) => JsFuture::from(workers.ready().ok()?).await,
        Err(error) => Err(error),
    };
    let Ok(registration) = ready.map(JsValue::unchecked_into::<Registration>) else {
        // Without a network nothing can be asked, and what was kept is there.
        state.set(if workers.controller().is_some() { Offline::Kept } else { Offline::Denied });
        return None;
    };
    let look = {
        let registration = registration.clone();
        move || state.set(if registration.waiting().is_some() { Offline::Newer } else { Offline::Kept })
    };
    look();
    let newer = registration.clone();
    let look = Closure::<dyn FnMut()>::new(look);
    let found = Closure::<dyn FnMut()>::new(move || {
        if let Some(worker) = newer.installing() {
            worker.set_onstatechange(Some(look.as_ref().unchecked_ref()));
        }
    });
    registration.set_onupdatefound(Some(found.as_ref().unchecked_ref()));
    // It hears for as long as the page lives.
    found.forget();
    Some(registration)
}

/// What the host says.
async fn switch() -> Option<String> {
    let fresh = RequestInit::new();
    fresh.set_cache(RequestCache::NoStore);
    let answer = JsFuture::from(window().fetch_with_str_and_init(&absolute(SWITCH), &fresh)).await.ok()?;
    let text = JsFuture::from(answer.unchecked_into::<Response>().text().ok()?).await.ok()?;
    text.as_string().map(|text| text.trim().to_owned())
}

/// Ends what keeps the page and drops what it kept.
async fn forget(workers: &ServiceWorkerContainer) -> Option<()> {
    for registration in list(workers, "getRegistrations").await? {
        call(&registration, "unregister", &Array::new()).await;
    }
    let caches = object(&window(), "caches")?;
    for name in list(&caches, "keys").await? {
        if name.as_string().is_some_and(|name| name.starts_with(STORES)) {
            call(&caches, "delete", &Array::of1(&name)).await;
        }
    }
    Some(())
}

async fn list(object: &JsValue, method: &str) -> Option<Array> {
    call(object, method, &Array::new()).await?.dyn_into().ok()
}

/// The addresses of an engine's files, and of the list of its first model's pieces.
fn parts(device: DeviceKind) -> Vec<String> {
    let name = match device {
        DeviceKind::Cpu => "vitrine-worker",
        DeviceKind::Webgpu => "vitrine-worker-webgpu",
    };
    let loader = absolute(&from_head(name).unwrap_or_default());
    let stem = loader.trim_end_matches("_loader.js");
    let model = from_head("vitrine-model").unwrap_or_default();
    vec![format!("{stem}.js"), format!("{stem}_bg.wasm"), absolute(&format!("{model}manifest.json")), loader]
}
