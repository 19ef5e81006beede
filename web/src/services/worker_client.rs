//! The worker and its supervisor.
//!
//! A worker that panics, hangs or loses its graphics device is replaced; what it was asked is asked once more. The
//! reader's text and the page live here, not there, and survive.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use leptos::prelude::*;
use serde::Serialize;
use vitrine_schema::protocol::{
    Breakage, DevicePreference, DeviceReason, DeviceReport, Envelope, LoadReport, ModelCard, PackedGrid, Progress,
    Request, Response, Stage,
};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::messages::Trouble;
use crate::services::clock::{in_turn, now_millis};
use crate::services::parts;

/// A worker that says nothing for this long while it runs a request is taken to hang.
const DEADLINE_MILLIS: f64 = 60_000.0;
/// The same while it starts, when a slow graphics driver may still be compiling.
const START_DEADLINE_MILLIS: f64 = 120_000.0;
const WATCH_EVERY: Duration = Duration::from_millis(1000);
/// After a pause of this length between two looks the page itself was asleep, and has not heard what was said meanwhile.
const ASLEEP_MILLIS: f64 = 5_000.0;
/// Workers that may break before one is ready.
const STARTS_MOST: u32 = 3;

/// Where the engine stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Getting ready.
    Starting {
        /// With what.
        stage: Stage,
        /// How far.
        progress: Progress,
        /// When this stage began.
        since_millis: f64,
    },
    /// It can run.
    Ready {
        /// The model.
        model: ModelCard,
        /// The device.
        device: DeviceReport,
        /// The download.
        load: LoadReport,
    },
    /// It cannot run until the reader tries again.
    Failed(Trouble),
}

/// What a request came to.
pub type Answer = Result<Response, Trouble>;

/// The page's handle on its worker.
#[derive(Clone, Copy)]
pub struct Engine {
    /// Where the engine stands.
    pub status: RwSignal<Status>,
    supervisor: StoredValue<Rc<Supervisor>, LocalStorage>,
}

impl Engine {
    /// Starts a worker with what the address and the page's head ask for.
    pub fn start() -> Self {
        let status = RwSignal::new(starting(Stage::Device, Progress { done: 0, total: 1 }));
        let supervisor = Rc::new(Supervisor::new(status));
        Rc::clone(&supervisor).spawn();
        supervisor.watch();
        Self { status, supervisor: StoredValue::new_local(supervisor) }
    }

    /// Asks; `on_answer` is called with progress and once with the end.
    pub fn ask(&self, request: Request, on_answer: impl Fn(Answer) + 'static) -> u32 {
        self.ask_with_files(request, None, on_answer)
    }

    /// Asks, with files of the reader's if there are any, which the worker reads where they lie.
    pub fn ask_with_files(&self, request: Request, files: Option<Array>, on_answer: impl Fn(Answer) + 'static) -> u32 {
        self.supervisor.with_value(|supervisor| supervisor.ask(request, files, Rc::new(on_answer)))
    }

    /// Drops a request; its answer is not waited for.
    pub fn cancel(&self, id: u32) {
        self.supervisor.with_value(|supervisor| supervisor.cancel(id));
    }

    /// Starts afresh after a failure.
    pub fn try_again(&self) {
        self.supervisor.with_value(|supervisor| {
            supervisor.starts.set(0);
            Rc::clone(supervisor).spawn();
        });
    }
}

struct Supervisor {
    status: RwSignal<Status>,
    preference: DevicePreference,
    worker: RefCell<Option<Live>>,
    pending: RefCell<BTreeMap<u32, Pending>>,
    next_id: Cell<u32>,
    start_id: Cell<u32>,
    heard_millis: Cell<f64>,
    listening: Cell<bool>,
    starts: Cell<u32>,
    fallback: RefCell<Option<DeviceReason>>,
    /// Which module runs; the WebGPU one is told how long a job takes on the CPU.
    module: Cell<Module>,
}

/// The two modules of the engine.
#[derive(Clone, Copy, PartialEq)]
enum Module {
    Cpu,
    Webgpu { cpu_millis: Option<f64> },
}

impl Module {
    /// The address of the script that starts it.
    fn loader(self) -> String {
        let name = match self {
            Self::Cpu => "vitrine-worker",
            Self::Webgpu { .. } => "vitrine-worker-webgpu",
        };
        absolute(&from_head(name).unwrap_or_else(|| "worker_loader.js".to_owned()))
    }
}

/// A worker with the handlers that must live as long as it does.
struct Live {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

struct Pending {
    request: Request,
    files: Option<Array>,
    on_answer: Rc<dyn Fn(Answer)>,
    tries: u32,
}

impl Supervisor {
    fn new(status: RwSignal<Status>) -> Self {
        Self {
            status,
            preference: preference(),
            worker: RefCell::default(),
            pending: RefCell::default(),
            next_id: Cell::new(1),
            start_id: Cell::new(0),
            heard_millis: Cell::new(now_millis()),
            listening: Cell::new(false),
            starts: Cell::new(0),
            fallback: RefCell::default(),
            module: Cell::new(Module::Cpu),
        }
    }

    /// Replaces the worker by a new one.
    fn spawn(self: Rc<Self>) {
        self.dismiss();
        self.starts.set(self.starts.get() + 1);
        self.listening.set(false);
        self.heard_millis.set(now_millis());
        self.status.set(starting(Stage::Device, Progress { done: 0, total: 1 }));
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(&self.module.get().loader(), &options) else {
            self.status.set(Status::Failed(Trouble::NoWorker));
            return;
        };
        let heard = Rc::clone(&self);
        let on_message = Closure::new(move |event: MessageEvent| Rc::clone(&heard).hear(&event.data()));
        let broken = Rc::clone(&self);
        let on_error = Closure::new(move |event: web_sys::Event| {
            event.prevent_default();
            let detail = "the worker stopped with an error".to_owned();
            Rc::clone(&broken).replace(Breakage::Panic { detail });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        *self.worker.borrow_mut() = Some(Live { worker, _on_message: on_message, _on_error: on_error });
    }

    /// Ends the worker. Its handlers may be running right now, so they are dropped a moment later.
    fn dismiss(&self) {
        if let Some(old) = self.worker.borrow_mut().take() {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
            leptos::task::spawn_local(async move { drop(old) });
        }
    }

    fn hear(self: Rc<Self>, message: &JsValue) {
        self.heard_millis.set(now_millis());
        if message.is_string() {
            self.listening.set(true);
            self.send_start();
            return;
        }
        let Ok(Envelope { id, body }) = serde_wasm_bindgen::from_value::<Envelope<Response>>(message.clone()) else {
            return;
        };
        match body {
            Response::Broken { breakage } => self.replace(breakage),
            Response::Starting { stage, progress } => self.advance(stage, progress),
            Response::TryWebgpu { cpu_millis } => self.change_module(Module::Webgpu { cpu_millis }),
            Response::NotWebgpu { reason } => {
                *self.fallback.borrow_mut() = Some(reason);
                self.change_module(Module::Cpu);
            }
            Response::Ready { model, device, load } => {
                self.starts.set(0);
                self.status.set(Status::Ready { model, device, load });
                self.post_waiting();
            }
            // The first model cannot be had; the engine runs, and others can.
            Response::Failed { failure } if id == self.start_id.get() => {
                self.status.set(Status::Failed(Trouble::Failure(failure)));
                self.post_waiting();
            }
            Response::Found { mut finding, grids, elapsed_millis } => {
                PackedGrid::put(grids, &mut finding);
                let answer = Response::Found { finding, grids: Vec::new(), elapsed_millis };
                // Reading a large answer and drawing it are two tasks.
                in_turn(move || self.hand_on(id, answer));
            }
            answer => in_turn(move || self.hand_on(id, answer)),
        }
    }

    /// Asks what was asked while the worker was starting.
    fn post_waiting(&self) {
        let waiting: Vec<(u32, Request, Option<Array>)> = {
            let pending = self.pending.borrow();
            pending.iter().map(|(&id, asked)| (id, asked.request.clone(), asked.files.clone())).collect()
        };
        waiting.into_iter().for_each(|(id, request, files)| self.post(id, request, files.as_ref()));
    }

    /// Gives an answer to whoever still waits for it.
    fn hand_on(&self, id: u32, answer: Response) {
        let goes_on = matches!(answer, Response::Running { .. } | Response::Loading { .. });
        let on_answer = self.pending.borrow().get(&id).map(|pending| Rc::clone(&pending.on_answer));
        if !goes_on {
            self.pending.borrow_mut().remove(&id);
        }
        if let Some(on_answer) = on_answer {
            on_answer(Ok(answer));
        }
    }

    /// The other module is the right one here.
    fn change_module(self: Rc<Self>, module: Module) {
        self.module.set(module);
        // This is no failed start.
        self.starts.set(self.starts.get().saturating_sub(1));
        self.spawn();
    }

    fn advance(&self, stage: Stage, progress: Progress) {
        let since_millis = match self.status.get_untracked() {
            Status::Starting { stage: old, since_millis, .. } if old == stage => since_millis,
            _ => now_millis(),
        };
        self.status.set(Status::Starting { stage, progress, since_millis });
    }

    fn send_start(&self) {
        let id = self.fresh_id();
        self.start_id.set(id);
        let model_url = absolute(&from_head("vitrine-model").unwrap_or_default());
        let fallback = self.fallback.borrow().clone();
        let cpu_millis = match self.module.get() {
            Module::Cpu => None,
            Module::Webgpu { cpu_millis } => cpu_millis,
        };
        self.post(id, Request::Start { model_url, device: self.preference, fallback, cpu_millis }, None);
    }

    fn ask(&self, request: Request, files: Option<Array>, on_answer: Rc<dyn Fn(Answer)>) -> u32 {
        let id = self.fresh_id();
        let pending = Pending { request: request.clone(), files: files.clone(), on_answer, tries: 0 };
        self.pending.borrow_mut().insert(id, pending);
        let listens = matches!(self.status.get_untracked(), Status::Ready { .. } | Status::Failed(Trouble::Failure(_)));
        if listens {
            self.heard_millis.set(now_millis());
            self.post(id, request, files.as_ref());
        }
        id
    }

    fn cancel(&self, id: u32) {
        if self.pending.borrow_mut().remove(&id).is_some() {
            self.post(self.fresh_id(), Request::Cancel { id }, None);
        }
    }

    fn post(&self, id: u32, body: Request, files: Option<&Array>) {
        let envelope = Envelope { id, body };
        let Ok(message) = envelope.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) else { return };
        if let Some(files) = files {
            // The message is an object of our own making.
            let _ = js_sys::Reflect::set(&message, &"files".into(), files);
        }
        if let Some(live) = self.worker.borrow().as_ref() {
            // A worker that cannot be posted to is found by the watch.
            let _ = live.worker.post_message(&message);
        }
    }

    /// The worker is of no more use: decide what the next one should do differently.
    fn replace(self: Rc<Self>, breakage: Breakage) {
        if self.module.replace(Module::Cpu) != Module::Cpu {
            let reason = match &breakage {
                Breakage::DeviceLost { .. } => DeviceReason::Lost,
                Breakage::Panic { detail } => DeviceReason::Unavailable { detail: detail.clone() },
            };
            *self.fallback.borrow_mut() = Some(reason);
        }
        let mut given_up = Vec::new();
        self.pending.borrow_mut().retain(|_, pending| {
            pending.tries += 1;
            let again = pending.tries < 2;
            if !again {
                given_up.push(Rc::clone(&pending.on_answer));
            }
            again
        });
        given_up.into_iter().for_each(|on_answer| on_answer(Err(Trouble::BrokeTwice)));
        if self.starts.get() >= STARTS_MOST {
            self.dismiss();
            if self.listening.get() {
                self.status.set(Status::Failed(Trouble::CannotStart));
                return;
            }
            leptos::task::spawn_local(async move {
                let missing = parts::missing(&self.module.get().loader(), "worker").await;
                self.status.set(Status::Failed(missing.map_or(Trouble::CannotStart, Trouble::Failure)));
            });
            return;
        }
        self.spawn();
    }

    /// Looks once a second whether the worker still answers.
    fn watch(self: &Rc<Self>) {
        let watched = Rc::clone(self);
        let looked_millis = Cell::new(now_millis());
        let look = move || {
            let now = now_millis();
            if now - looked_millis.replace(now) > ASLEEP_MILLIS {
                watched.heard_millis.set(now);
            }
            let silent_millis = now_millis() - watched.heard_millis.get();
            let (busy, most_millis) = match watched.status.get_untracked() {
                // Downloads report their own failures and may be slow.
                Status::Starting { stage, .. } => {
                    (watched.listening.get() && stage != Stage::Weights, START_DEADLINE_MILLIS)
                }
                Status::Ready { .. } => (!watched.pending.borrow().is_empty(), DEADLINE_MILLIS),
                Status::Failed(_) => (false, DEADLINE_MILLIS),
            };
            if busy && silent_millis > most_millis {
                let detail = "it stopped answering".to_owned();
                Rc::clone(&watched).replace(Breakage::Panic { detail });
            }
        };
        // The watch lives as long as the page.
        let _ = set_interval_with_handle(look, WATCH_EVERY);
    }

    fn fresh_id(&self) -> u32 {
        self.next_id.replace(self.next_id.get().wrapping_add(1))
    }
}

/// An address relative to the page, made whole.
pub fn absolute(address: &str) -> String {
    let page = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(address, &page).map_or_else(|_| address.to_owned(), |url| url.href())
}

fn starting(stage: Stage, progress: Progress) -> Status {
    Status::Starting { stage, progress, since_millis: now_millis() }
}

/// `?device=webgpu` or `?device=cpu` in the address.
fn preference() -> DevicePreference {
    let search = window().location().search().unwrap_or_default();
    let params = web_sys::UrlSearchParams::new_with_str(&search).ok();
    match params.and_then(|params| params.get("device")).as_deref() {
        Some("webgpu") => DevicePreference::Webgpu,
        Some("cpu") => DevicePreference::Cpu,
        _ => DevicePreference::Auto,
    }
}

/// The content of a `<meta>` of that name.
pub fn from_head(name: &str) -> Option<String> {
    let metas = document().get_elements_by_tag_name("meta");
    let found = (0..metas.length())
        .filter_map(|i| metas.item(i))
        .find(|meta| meta.get_attribute("name").as_deref() == Some(name));
    found.and_then(|meta| meta.get_attribute("content"))
}
