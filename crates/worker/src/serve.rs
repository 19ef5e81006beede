//! The message loop: one request at a time, the newest wins.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use vitrine_engine::{Cancelled, EngineError, Monitor, Parts, Session, SessionBuilder};
use vitrine_schema::Recipe;
use vitrine_schema::protocol::{
    Breakage, DeviceKind, DevicePreference, DeviceReason, DeviceReport, Envelope, Failure, Progress, Request, Response,
    Stage,
};
use vitrine_weights::WeightsError;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use crate::device;
use crate::download::Download;
use crate::scope::{announce, now_millis, pause, reply, scope};

/// A sentence that is run once after loading, so that the reader's first one is not the slow one.
const WARM_UP: &str = "a great movie";

#[derive(Default)]
struct Worker {
    ready: RefCell<Option<Rc<Ready>>>,
    /// The newest request that may replace others.
    newest: Cell<u32>,
}

struct Ready {
    session: Session,
    report: DeviceReport,
}

/// Installs the handlers and tells the page that messages are heard.
pub fn start() {
    std::panic::set_hook(Box::new(|info| announce(Breakage::Panic { detail: info.to_string() })));
    let _ = log::set_logger(&Console).map(|()| log::set_max_level(log::LevelFilter::Error));
    let worker = Rc::new(Worker::default());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // A message that is no request can only come from elsewhere; it gets no answer.
        if let Ok(envelope) = serde_wasm_bindgen::from_value::<Envelope<Request>>(event.data()) {
            let worker = Rc::clone(&worker);
            wasm_bindgen_futures::spawn_local(async move { worker.handle(envelope).await });
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker lives as long as its scope.
    on_message.forget();
    let _ = scope().post_message(&JsValue::from_str("listening"));
}

impl Worker {
    async fn handle(&self, Envelope { id, body }: Envelope<Request>) {
        if !matches!(body, Request::Bench { .. }) {
            self.newest.set(id);
        }
        let response = match body {
            Request::Start { model_url, device, fallback } => self.start(id, &model_url, device, fallback).await,
            Request::Cancel => return,
            Request::Explain { recipe } => self.explain(id, &recipe).await,
            Request::Bench { ids, batch, seq, device } => self.bench(&ids, batch, seq, device).await,
        };
        reply(id, response.unwrap_or_else(Response::from));
    }

    fn ready(&self) -> Result<Rc<Ready>, Stopped> {
        self.ready.borrow().clone().ok_or(Stopped::Failed(Failure::NotReady))
    }

    async fn start(
        &self,
        id: u32,
        model_url: &str,
        preference: DevicePreference,
        fallback: Option<DeviceReason>,
    ) -> Result<Response, Stopped> {
        let begin = now_millis();
        let starting = |stage, progress| reply(id, Response::Starting { stage, progress });
        starting(Stage::Device, Progress { done: 0, total: 1 });
        let (device, report) = device::choose(preference, fallback).await?;
        let (mut download, manifest) = Download::open(model_url).await?;
        starting(Stage::Weights, download.progress());
        let weights = manifest.file("model.safetensors")?;
        let parts = Parts {
            id: manifest.id.clone(),
            licence: manifest.licence.clone(),
            sha256: weights.sha256.clone(),
            bytes: manifest.total_bytes(),
            config: download.whole(manifest.file("config.json")?).await?,
            tokenizer: download.whole(manifest.file("tokenizer.json")?).await?,
        };
        let mut builder = SessionBuilder::new(parts, weights.bytes, device)?;
        let pushed = download.file(weights, |download, piece| {
            starting(Stage::Weights, download.progress());
            builder.push(piece).map_err(|error| Failure::BadModel { detail: error.to_string() })
        });
        pushed.await?;
        let session = builder.finish()?;

        starting(Stage::WarmUp, Progress { done: 0, total: 1 });
        // A vocabulary without these words gives no answer to warm up with; the first request then warms up itself.
        let _ = session.predict(WARM_UP).await;
        let mut load = download.report;
        load.elapsed_millis = now_millis() - begin;
        let model = session.card().clone();
        *self.ready.borrow_mut() = Some(Rc::new(Ready { session, report: report.clone() }));
        Ok(Response::Ready { model, device: report, load })
    }

    async fn explain(&self, id: u32, recipe: &Recipe) -> Result<Response, Stopped> {
        let (ready, begin) = (self.ready()?, now_millis());
        let explanation = ready.session.explain(recipe, &Newest { worker: self, id }).await?;
        let elapsed_millis = now_millis() - begin;
        Ok(Response::Explained { explanation: Box::new(explanation), elapsed_millis })
    }

    async fn bench(
        &self,
        ids: &[u32],
        batch: usize,
        seq: usize,
        device: DevicePreference,
    ) -> Result<Response, Stopped> {
        let ready = self.ready()?;
        let engine = |detail: &str| Stopped::Failed(Failure::Engine { detail: detail.to_owned() });
        let other = match device {
            DevicePreference::Auto => false,
            DevicePreference::Webgpu => ready.report.device != DeviceKind::Webgpu,
            DevicePreference::Cpu => ready.report.device != DeviceKind::Cpu,
        };
        if other {
            return Err(engine(
                "the engine runs on the other device; open the page with ?device=webgpu or ?device=cpu",
            ));
        }
        if seq == 0 || batch == 0 || batch.checked_mul(seq) != Some(ids.len()) {
            return Err(engine("ids must hold batch times seq numbers"));
        }
        let rows: Vec<Vec<u32>> = ids.chunks(seq).map(<[u32]>::to_vec).collect();
        let begin = now_millis();
        let logits = ready.session.run_ids(&rows).await?;
        Ok(Response::Benched { ms: now_millis() - begin, logits })
    }
}

/// Reports progress to the page, and stops the run when a newer request has come.
struct Newest<'a> {
    worker: &'a Worker,
    id: u32,
}

impl Monitor for Newest<'_> {
    fn tick(&self, progress: Progress) -> Pin<Box<dyn Future<Output = Result<(), Cancelled>> + '_>> {
        Box::pin(async move {
            reply(self.id, Response::Running { progress });
            pause().await;
            if self.worker.newest.get() == self.id { Ok(()) } else { Err(Cancelled) }
        })
    }
}

/// Why a request has no answer of its own.
enum Stopped {
    Cancelled,
    Failed(Failure),
}

impl From<Stopped> for Response {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Failed(failure) => Self::Failed { failure },
        }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EngineError> for Stopped {
    fn from(error: EngineError) -> Self {
        Self::Failed(match error {
            EngineError::Cancelled => return Self::Cancelled,
            EngineError::Refused(refusal) => Failure::Refused { refusal },
            EngineError::Weights(error) => Failure::BadModel { detail: error.to_string() },
            other => Failure::Engine { detail: other.to_string() },
        })
    }
}

impl From<WeightsError> for Stopped {
    fn from(error: WeightsError) -> Self {
        EngineError::from(error).into()
    }
}

/// Errors of the graphics library, which would otherwise be lost, to the browser's console.
struct Console;

impl log::Log for Console {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Error
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            web_sys::console::error_1(&record.args().to_string().into());
        }
    }

    fn flush(&self) {}
}
