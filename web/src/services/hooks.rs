//! `window.__vitrine`, for scripts: `ready`, `last`, `findings`, `bench`; and what one module of the page leaves to the next.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use vitrine_schema::protocol::{DevicePreference, PackedGrid, Request, Response};
use vitrine_schema::{Finding, Kept};
use vitrine_words::receipt::told;
use wasm_bindgen::prelude::*;

use crate::services::page::json;
use crate::services::worker_client::{Answer, Engine, Status};

/// Where a module leaves the end of its `ready` to the one that takes over.
const RESOLVE: &str = "resolve";
/// Where it leaves what was found.
const LEFT: &str = "__vitrineLeft";

/// What `bench` takes.
#[derive(Deserialize)]
struct BenchRequest {
    model: Option<String>,
    ids: Vec<u32>,
    batch: usize,
    seq: usize,
    #[serde(default)]
    device: DevicePreference,
}

/// What `bench` returns.
#[derive(Serialize)]
struct BenchResult {
    ms: f64,
    logits: Vec<Vec<f32>>,
}

/// Leaves what was found to the module that takes over, its grids as the worker sends them.
pub fn leave(findings: RwSignal<Kept>) {
    findings.with_untracked(|kept| {
        let left = kept.all().filter(|found| found.whole).map(|found| {
            let mut finding = found.finding.clone();
            let grids = PackedGrid::take(&mut finding);
            json(&(finding, grids, found.elapsed_millis))
        });
        let _ = Reflect::set(&window(), &LEFT.into(), &left.collect::<Array>());
    });
}

/// Takes what the module before this one left, which is there once.
pub fn take(findings: RwSignal<Kept>) {
    let left = Reflect::get(&window(), &LEFT.into()).ok().and_then(|left| left.dyn_into::<Array>().ok());
    for found in left.iter().flat_map(Array::iter) {
        if let Ok((mut finding, grids, elapsed_millis)) = serde_wasm_bindgen::from_value(found) {
            PackedGrid::put(grids, &mut finding);
            findings.update(|kept| kept.put(finding, elapsed_millis));
        }
    }
    let _ = Reflect::set(&window(), &LEFT.into(), &JsValue::UNDEFINED);
}

/// A finding as it leaves the page: a receipt with its sentence.
fn out(finding: &Finding) -> JsValue {
    json(&told(finding.clone()).json())
}

/// Puts the hooks on the window.
pub fn install(engine: Engine, findings: RwSignal<Kept>) {
    let hooks = Object::new();
    let set = |name: &str, value: &JsValue| {
        let _ = Reflect::set(&hooks, &name.into(), value);
    };
    let promise = ready(engine, &hooks);
    let bench = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |request| bench(engine, request));
    set("bench", bench.as_ref());
    // The hook lives as long as the page.
    bench.forget();
    let _ = Reflect::set(&window(), &"__vitrine".into(), &hooks);

    // A map of all heads has a million numbers, so findings are written out when a script asks for them.
    // A script that waits for the engine wants it; readers start it by what they press.
    getter(&hooks, "ready", move || {
        engine.wake();
        promise.clone().into()
    });
    getter(&hooks, "last", move || {
        findings.with_untracked(|kept| kept.open().last().map_or(JsValue::NULL, |found| out(found)))
    });
    getter(&hooks, "findings", move || {
        findings.with_untracked(|kept| kept.open().into_iter().map(out).collect::<Array>().into())
    });
}

/// A property whose value is made anew each time it is read.
fn getter(object: &Object, name: &str, value: impl Fn() -> JsValue + 'static) {
    let get = Closure::<dyn FnMut() -> JsValue>::new(value);
    let descriptor = Object::new();
    let _ = Reflect::set(&descriptor, &"get".into(), get.as_ref());
    // The hook lives as long as the page.
    get.forget();
    Object::define_property(object, &name.into(), &descriptor);
}

/// Resolves when the engine can run, with the model, the device and the download. Who waits since before another module took
/// over has the same answer.
fn ready(engine: Engine, hooks: &Object) -> Promise {
    let earlier = Reflect::get(&window(), &"__vitrine".into()).and_then(|hooks| Reflect::get(&hooks, &RESOLVE.into()));
    let earlier = earlier.ok().and_then(|resolve| resolve.dyn_into::<Function>().ok());
    Promise::new(&mut |resolve: Function, _| {
        let _ = Reflect::set(hooks, &RESOLVE.into(), &resolve);
        let waiting = RefCell::new(earlier.iter().cloned().chain([resolve]).collect::<Vec<_>>());
        Effect::new(move |_| {
            if let Status::Ready { model, device, load } = engine.status.get() {
                let found = json(&(model, device, load));
                waiting.take().iter().for_each(|resolve| settle(resolve, &found));
            }
        });
    })
}

fn bench(engine: Engine, request: JsValue) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        let request: BenchRequest = match serde_wasm_bindgen::from_value(request.clone()) {
            Ok(request) => request,
            Err(error) => return settle(&reject, &js_sys::Error::new(&error.to_string())),
        };
        let BenchRequest { model, ids, batch, seq, device } = request;
        engine.wake();
        engine.ask(Request::Bench { model, ids, batch, seq, device }, None, move |answer: Answer| {
            let refuse = |sentence: String| settle(&reject, &js_sys::Error::new(&sentence));
            match answer {
                Ok(Response::Benched { ms, logits }) => settle(&resolve, &json(&BenchResult { ms, logits })),
                Ok(Response::Failed { failure }) => refuse(vitrine_words::failure::failure(&failure)),
                Err(trouble) => refuse(trouble.sentence()),
                Ok(_) => {}
            }
        });
    })
}

fn settle(function: &Function, value: &JsValue) {
    let _ = function.call1(&JsValue::UNDEFINED, value);
}
