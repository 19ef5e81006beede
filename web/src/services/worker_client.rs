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
use vitrine_schema::protocol::{
    Breakage, DevicePreference, DeviceReport, Envelope, Failure, LoadReport, ModelCard, PackedGrid, Progress, Request,
    Response, Stage,
};
use vitrine_schema::supervision::{Module, Supervision};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::messages::Trouble;
use crate::services::clock::{in_turn, now_millis};
use crate::services::page::{absolute, crew, from_head, json, preference};
use crate::services::parts;

const WATCH_EVERY: Duration = Duration::from_millis(1000);

/// Where the engine stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Nothing was started yet.
    Asleep,
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
    /// How many helpers share its work.
    pub helpers: RwSignal<usize>,
    supervisor: StoredValue<Rc<Supervisor>, LocalStorage>,
}

impl Engine {
    /// A handle on a worker that is not started yet.
    pub fn asleep() -> Self {
        Self::on(None)
    }

    /// The same on that device, whatever the reader prefers, and without helpers.
    pub fn on(device: Option<DevicePreference>) -> Self {
        let (status, helpers) = (RwSignal::new(Status::Asleep), RwSignal::new(0));
        let supervisor = Supervisor { device, ..Supervisor::new(status, helpers) };
        Self { status, helpers, supervisor: StoredValue::new_local(Rc::new(supervisor)) }
    }

    /// Starts a worker with what the address and the page's head ask for, unless one was.
    pub fn wake(&self) {
        // Of a page that was handed over there is none to wake.
        if self.status.try_with_untracked(|status| *status == Status::Asleep) == Some(true) {
            self.supervisor.with_value(|supervisor| {
                Rc::clone(supervisor).spawn();
                supervisor.watch();
            });
        }
    }

    /// Asks, with files of the reader's if there are any, which the worker reads where they lie; `on_answer` is called with
    /// progress and once with the end.
    pub fn ask(&self, request: Request, files: Option<Array>, on_answer: impl Fn(Answer) + 'static) -> u32 {
        self.supervisor.with_value(|supervisor| supervisor.ask(request, files, Rc::new(on_answer)))
    }

    /// Drops a request; its answer is not waited for.
    pub fn cancel(&self, id: u32) {
        self.supervisor.with_value(|supervisor| supervisor.cancel(id));
    }

    /// Ends the worker, and with it the watch; who waits for an answer hears of none, not even of one that has come.
    pub fn quit(&self) {
        drop(self.end());
    }

    /// The same, for a while: who waits for an answer is told why there is none, and it can be woken again.
    pub fn sleep(&self, why: &Trouble) {
        self.end().into_values().for_each(|pending| (pending.on_answer)(Err(why.clone())));
        self.status.set(Status::Asleep);
    }

    fn end(&self) -> BTreeMap<u32, Pending> {
        self.supervisor.with_value(|supervisor| {
            supervisor.dismiss();
            supervisor.watched.take().inspect(IntervalHandle::clear);
            supervisor.pending.take()
        })
    }

    /// Starts afresh after a failure.
    pub fn try_again(&self) {
        self.supervisor.with_value(|supervisor| {
            supervisor.rules.borrow_mut().forgive();
            Rc::clone(supervisor).spawn();
        });
    }
}

struct Supervisor {
    status: RwSignal<Status>,
    helpers: RwSignal<usize>,
    rules: RefCell<Supervision>,
    worker: RefCell<Option<Live>>,
    pending: RefCell<BTreeMap<u32, Pending>>,
    next_id: Cell<u32>,
    start_id: Cell<u32>,
    watched: Cell<Option<IntervalHandle>>,
    /// The device, where it is not the reader's choice.
    device: Option<DevicePreference>,
}

/// The address of the script that starts a module.
fn loader(module: Module) -> String {
    absolute(&from_head(module.name()).unwrap_or_else(|| "worker_loader.js".to_owned()))
}

/// A worker with the handlers that must live as long as it does.
struct Live {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

#[derive(Clone)]
struct Pending {
    request: Request,
    files: Option<Array>,
    on_answer: Rc<dyn Fn(Answer)>,
    tries: u32,
}

impl Supervisor {
    fn new(status: RwSignal<Status>, helpers: RwSignal<usize>) -> Self {
        let (rules, worker, pending) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self {
            status,
            helpers,
            rules,
            worker,
            pending,
            next_id: Cell::new(1),
            start_id: Cell::new(0),
            watched: Cell::default(),
            device: None,
        }
    }

    /// Replaces the worker by a new one.
    fn spawn(self: Rc<Self>) {
        self.dismiss();
        self.rules.borrow_mut().starts(now_millis());
        self.status.set(starting());
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(&loader(self.rules.borrow().module), &options) else {
            return self.status.set(Status::Failed(Trouble::NoWorker));
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
        self.helpers.set(0);
        if let Some(old) = self.worker.borrow_mut().take() {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
            leptos::task::spawn_local(async move { drop(old) });
        }
    }

    fn hear(self: Rc<Self>, message: &JsValue) {
        self.rules.borrow_mut().heard(now_millis());
        if message.is_string() {
            return self.send_start();
        }
        let Envelope { id, body } = match serde_wasm_bindgen::from_value(message.clone()) {
            Ok(answer) => answer,
            // Whoever waits for it would wait for ever.
            Err(error) => {
                let detail = format!("its answer cannot be read: {error}");
                let id =
                    js_sys::Reflect::get(message, &"id".into()).ok().and_then(|id| id.as_f64()).unwrap_or_default();
                Envelope { id: id as u32, body: Response::Failed { failure: Failure::Engine { detail } } }
            }
        };
        match body {
            Response::Broken { breakage } => self.replace(breakage),
            Response::Crew { helpers } => self.helpers.set(helpers),
            Response::Starting { stage, progress } => self.advance(stage, progress),
            Response::TryWebgpu { cpu_millis } => {
                self.rules.borrow_mut().change(Module::Webgpu { cpu_millis }, None);
                self.spawn();
            }
            Response::NotWebgpu { reason } => {
                self.rules.borrow_mut().change(Module::Cpu, Some(reason));
                self.spawn();
            }
            Response::Ready { model, device, load } => {
                self.rules.borrow_mut().forgive();
                let device = DeviceReport { reason: self.rules.borrow().reason(device.reason), ..device };
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
        let waiting = self.pending.borrow().clone();
        waiting.into_iter().for_each(|(id, asked)| self.post(id, asked.request, asked.files.as_ref()));
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
        self.rules.borrow_mut().listening = true;
        let model_url = absolute(&from_head("vitrine-model").unwrap_or_default());
        let (device, crew) = self.device.map_or_else(|| (preference(), crew()), |device| (device, Some(0)));
        let request = self.rules.borrow().request(model_url, device, crew);
        self.post(id, request, None);
    }

    fn ask(&self, request: Request, files: Option<Array>, on_answer: Rc<dyn Fn(Answer)>) -> u32 {
        let id = self.fresh_id();
        let pending = Pending { request: request.clone(), files: files.clone(), on_answer, tries: 0 };
        self.pending.borrow_mut().insert(id, pending);
        let listens = matches!(self.status.get_untracked(), Status::Ready { .. } | Status::Failed(Trouble::Failure(_)));
        if listens {
            self.rules.borrow_mut().heard(now_millis());
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
        let message = json(&Envelope { id, body });
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
        let more = self.rules.borrow_mut().broke(&breakage);
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
        if more {
            return self.spawn();
        }
        self.dismiss();
        if self.rules.borrow().listening {
            return self.status.set(Status::Failed(Trouble::CannotStart));
        }
        leptos::task::spawn_local(async move {
            let missing = parts::missing(&loader(Module::Cpu), "worker").await;
            self.status.set(Status::Failed(missing.map_or(Trouble::CannotStart, Trouble::Failure)));
        });
    }

    /// Looks once a second whether the worker still answers.
    fn watch(self: &Rc<Self>) {
        let watched = Rc::clone(self);
        let look = move || {
            let (stage, busy) = match watched.status.get_untracked() {
                Status::Starting { stage, .. } => (Some(stage), false),
                Status::Ready { .. } => (None, !watched.pending.borrow().is_empty()),
                Status::Failed(_) | Status::Asleep => (None, false),
            };
            let hangs = watched.rules.borrow_mut().hangs(now_millis(), stage, busy);
            if hangs {
                Rc::clone(&watched).replace(Breakage::Panic { detail: "it stopped answering".to_owned() });
            }
        };
        self.watched.set(set_interval_with_handle(look, WATCH_EVERY).ok());
    }

    fn fresh_id(&self) -> u32 {
        self.next_id.replace(self.next_id.get().wrapping_add(1))
    }
}

fn starting() -> Status {
    let progress = Progress { done: 0, total: 1 };
    Status::Starting { stage: Stage::Device, progress, since_millis: now_millis() }
}
