//! Helpers: workers of this worker, which hold the same models and run rows for it.
//!
//! Each is the same module, compiled once, and takes its models from the browser's storage; where nothing is kept there are none, because
//! a second download is not worth them. One that breaks is done without.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use serde::Serialize;
use vitrine_engine::{Asked, Crew};
use vitrine_schema::protocol::{DevicePreference, Envelope, ModelSource, Request, Response};
use vitrine_schema::work::{Done, Work};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WorkerOptions, WorkerType};

use crate::scope::{now_millis, pause_for, property, reply, scope, serializer};

/// What a helper is called; its script then waits for the module that is compiled already.
const NAME: &str = "helper";
/// Helpers at most.
const MOST: usize = 4;
/// Gigabytes of a machine for each helper.
const GIGABYTES_EACH: f64 = 2.0;
/// A model whose copies fit into any machine.
const SMALL_BYTES: u64 = 64 << 20;
/// The share of a machine's memory that copies may take.
const SHARE: f64 = 1.0 / 8.0;
/// How long a helper may say nothing while it works.
const PATIENCE_MILLIS: f64 = 60_000.0;
const LOOK_MILLIS: i32 = 5_000;

/// The helpers of this worker, and what they hold.
#[derive(Default)]
pub struct Helpers {
    /// As many as the reader and the machine allow.
    wanted: Cell<usize>,
    called: Cell<bool>,
    all: RefCell<Vec<Rc<Helper>>>,
    /// Models that helpers may hold: their folders beside the page, by identifier, in the order in which they came.
    models: RefCell<Vec<(String, String)>>,
}

/// One of them.
struct Helper {
    worker: web_sys::Worker,
    alive: Cell<bool>,
    listens: Cell<bool>,
    holds: RefCell<BTreeSet<String>>,
    /// The model that it loads; one that cannot be loaded stays here, and no other is tried.
    loading: RefCell<Option<String>>,
    /// Who waits for rows, by their number.
    waiting: RefCell<BTreeMap<u32, mpsc::UnboundedSender<Heard>>>,
    next_id: Cell<u32>,
    heard_millis: Cell<f64>,
    handlers: RefCell<Option<Handlers>>,
}

/// What came of rows, and whether that is all.
type Heard = (Done, bool);

/// They must live as long as the worker.
type Handlers = (Closure<dyn FnMut(MessageEvent)>, Closure<dyn FnMut(web_sys::Event)>);

impl Helpers {
    /// Allows at most so many.
    pub fn allow(&self, most: Option<usize>) {
        let navigator = property(&scope(), "navigator");
        let number = |name: &str| property(navigator.as_ref()?, name)?.as_f64();
        let cores = number("hardwareConcurrency").unwrap_or(1.0) as usize;
        let by_memory = number("deviceMemory").map_or(MOST, |gigabytes| (gigabytes / GIGABYTES_EACH) as usize);
        self.wanted.set(most.unwrap_or(MOST).min(MOST).min(cores.saturating_sub(1)).min(by_memory));
    }

    /// Lets helpers hold a model that lies beside the page and is kept by the browser, if their copies fit.
    pub fn offer(self: &Rc<Self>, id: &str, url: &str, bytes: u64) {
        let gigabytes =
            property(&scope(), "navigator").and_then(|navigator| property(&navigator, "deviceMemory")?.as_f64());
        let room = gigabytes.map_or(0.0, |gigabytes| gigabytes * SHARE * f64::from(1 << 30));
        let fits = bytes <= SMALL_BYTES || bytes as f64 * self.wanted.get() as f64 <= room;
        if fits && self.models.borrow().iter().all(|(known, _)| known != id) {
            self.models.borrow_mut().push((id.to_owned(), url.to_owned()));
            self.all.borrow().iter().for_each(|helper| self.load(helper));
        }
    }

    /// Calls the helpers, once, after the first answer of a model that they may hold.
    pub fn call(self: &Rc<Self>, model: &str) {
        if self.models.borrow().iter().all(|(known, _)| known != model) || self.called.replace(true) {
            return;
        }
        for _ in 0..self.wanted.get() {
            let Some(helper) = self.spawn() else { return };
            self.all.borrow_mut().push(helper);
        }
    }

    /// Those that hold a model.
    pub fn with(&self, model: &str) -> Holding {
        let holds = |helper: &&Rc<Helper>| helper.alive.get() && helper.holds.borrow().contains(model);
        Holding { model: model.to_owned(), helpers: self.all.borrow().iter().filter(holds).cloned().collect() }
    }

    /// A helper that is being started; `None` where workers have no workers.
    fn spawn(self: &Rc<Self>) -> Option<Rc<Helper>> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let script = property(&property(&scope(), "location")?, "href")?.as_string()?;
        let worker = web_sys::Worker::new_with_options(&script, &options).ok()?;
        let helper = Rc::new(Helper {
            worker,
            alive: Cell::new(true),
            listens: Cell::default(),
            holds: RefCell::default(),
            loading: RefCell::default(),
            waiting: RefCell::default(),
            next_id: Cell::new(1),
            heard_millis: Cell::new(now_millis()),
            handlers: RefCell::default(),
        });
        let (all, heard) = (Rc::downgrade(self), Rc::downgrade(&helper));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(all), Some(helper)) = (all.upgrade(), heard.upgrade()) {
                all.hear(&helper, &event.data());
            }
        });
        let (all, broken) = (Rc::downgrade(self), Rc::downgrade(&helper));
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            if let (Some(all), Some(helper)) = (all.upgrade(), broken.upgrade()) {
                helper.end();
                all.count();
            }
        });
        helper.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        helper.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        *helper.handlers.borrow_mut() = Some((on_message, on_error));
        helper.worker.post_message(&wasm_bindgen::module()).ok()?;
        Some(helper)
    }

    fn hear(&self, helper: &Rc<Helper>, message: &JsValue) {
        helper.heard_millis.set(now_millis());
        if message.is_string() {
            helper.listens.set(true);
            return self.load(helper);
        }
        let id = property(message, "id").and_then(|id| id.as_f64()).unwrap_or_default() as u32;
        let Some(body) = property(message, "body") else { return };
        if let Some(worked) = property(&body, "worked") {
            let whole = property(&worked, "whole").is_some_and(|whole| whole.is_truthy());
            let done = property(&worked, "done").and_then(|done| serde_wasm_bindgen::from_value(done).ok());
            let sender = helper.waiting.borrow().get(&id).cloned();
            match (sender, done) {
                (Some(sender), Some(done)) => _ = sender.unbounded_send((done, whole)),
                // What cannot be read is no answer; whoever waits for it goes, and stops it.
                (Some(sender), None) => sender.close_channel(),
                (None, _) => {}
            }
        } else if property(&body, "ready").or(property(&body, "loaded")).is_some() {
            helper.holds.borrow_mut().extend(helper.loading.take());
            self.count();
            self.load(helper);
        } else if property(&body, "broken").is_some() {
            helper.end();
            self.count();
        } else if property(&body, "failed").is_some() || body.as_string().is_some() {
            // Whoever waited for rows is told so; a model that it cannot load stays with this worker alone.
            helper.waiting.borrow_mut().remove(&id);
        }
    }

    /// Has a helper that listens load the next model, one after the other; the first comes with the device.
    fn load(&self, helper: &Helper) {
        let models = self.models.borrow();
        let next = models.iter().find(|(id, _)| !helper.holds.borrow().contains(id));
        let Some((id, url)) = next.filter(|_| helper.listens.get() && helper.loading.borrow().is_none()) else {
            return;
        };
        let (url, device) = (url.clone(), DevicePreference::Cpu);
        helper.post(if helper.holds.borrow().is_empty() {
            Request::Start { model_url: url, device, cpu_millis: None, crew: Some(0) }
        } else {
            Request::Load { source: ModelSource::Site { url } }
        });
        *helper.loading.borrow_mut() = Some(id.clone());
    }

    /// Says how many there are.
    fn count(&self) {
        let there = |helper: &&Rc<Helper>| helper.alive.get() && !helper.holds.borrow().is_empty();
        reply(0, Response::Crew { helpers: self.all.borrow().iter().filter(there).count() });
    }
}

impl Helper {
    /// Sends a message; its number, unless it cannot be sent.
    fn post(&self, body: Request) -> Option<u32> {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let message = (Envelope { id, body }).serialize(&serializer()).ok()?;
        self.worker.post_message(&message).ok().map(|()| id)
    }

    /// It is of no more use; whoever waits for it is told so.
    fn end(&self) {
        self.alive.set(false);
        self.worker.terminate();
        self.waiting.borrow_mut().clear();
    }

    /// Has rows run; `None` where that cannot be had.
    async fn work(&self, model: &str, work: &Work, heard: &dyn Fn(Done)) -> Option<Done> {
        if !self.alive.get() {
            return None;
        }
        let (sender, mut receiver) = mpsc::unbounded();
        self.heard_millis.set(now_millis());
        let id = self.post(Request::Work { model: model.to_owned(), work: Box::new(work.clone()) })?;
        self.waiting.borrow_mut().insert(id, sender);
        let mut asked = Waiting { helper: self, id, whole: false };
        loop {
            match select(receiver.next(), Box::pin(pause_for(LOOK_MILLIS))).await {
                Either::Left((Some((done, true)), _)) => {
                    asked.whole = true;
                    return Some(done);
                }
                Either::Left((Some((done, false)), _)) => heard(done),
                Either::Left((None, _)) => return None,
                Either::Right(_) if now_millis() - self.heard_millis.get() > PATIENCE_MILLIS => {
                    self.end();
                    return None;
                }
                Either::Right(_) => {}
            }
        }
    }
}

/// Rows that are waited for; what nobody waits for any more is stopped.
struct Waiting<'a> {
    helper: &'a Helper,
    id: u32,
    /// Whether all came.
    whole: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.helper.waiting.borrow_mut().remove(&self.id).is_some() && !self.whole {
            self.helper.post(Request::Cancel { id: self.id });
        }
    }
}

/// The helpers that hold a model.
pub struct Holding {
    model: String,
    helpers: Vec<Rc<Helper>>,
}

impl Crew for Holding {
    fn helpers(&self) -> usize {
        self.helpers.len()
    }

    fn ask<'a>(&'a self, helper: usize, work: &'a Work, heard: &'a dyn Fn(Done)) -> Asked<'a> {
        let helper = self.helpers.get(helper);
        Box::pin(async move { helper?.work(&self.model, work, heard).await })
    }
}
