//! The message loop. Questions of different lanes take turns at their ticks; in one lane the newest wins.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use burn::tensor::Device;
use vitrine_engine::{
    Asker, Cancelled, Crew, EngineError, Layout, Monitor, Parts, Session, SessionBuilder, Turn, Unwatched,
};
use vitrine_schema::floats::Bytes;
use vitrine_schema::protocol::{
    Breakage, DeviceKind, DevicePreference, DeviceReport, Envelope, Failure, Lane, LoadReport, ModelCard, ModelSource,
    PackedGrid, Progress, RefusedModel, Request, Response, Stage, Written,
};
use vitrine_schema::work::{Done, Work};
use vitrine_schema::{Ask, Finding, GeneratedToken, Inspection, Recipe};
use vitrine_share::tensors_to_safetensors;
use vitrine_text::TextError;
use vitrine_weights::folder::{SMALL_FILES, SmallFiles};
use vitrine_weights::{ManifestFile, WeightsError};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use crate::crew::Helpers;
use crate::device::{self, Choice};
use crate::download::Download;
use crate::files::{self, Copies, Files, read_weights};
use crate::scope::{announce, now_millis, pause, reply, scope};

/// A sentence that is run once after loading, so that the reader's first one is not the slow one.
const WARM_UP: &str = "a great movie";
/// Weights of all models that can be held: a module of 32 bits ends at 4 GB, and a run needs room too.
const MOST_BYTES: u64 = 3 << 30;
/// How long a question computes before others have their turn.
const TURN_MILLIS: f64 = 60.0;
const SAFETENSORS: &str = "model.safetensors";
const GGUF: &str = "model.gguf";

#[derive(Default)]
struct Worker {
    device: RefCell<Option<(Device, DeviceReport)>>,
    /// Models by their identifiers.
    sessions: RefCell<BTreeMap<String, Rc<Session>>>,
    /// The model of the start, which `bench` runs.
    first: RefCell<Option<Rc<Session>>>,
    /// The newest question of each lane, 0 where it was cancelled.
    newest_answer: Cell<u32>,
    newest_panel: Cell<u32>,
    newest_background: Cell<u32>,
    /// The newest load, which only another load replaces.
    newest_load: Cell<u32>,
    /// Rows that are run for the worker that this one helps: their number, 0 where nobody waits for them any more.
    works: RefCell<BTreeMap<u32, Rc<Cell<u32>>>>,
    /// Those who help this one.
    helpers: Rc<Helpers>,
}

/// Installs the handlers and tells the page that messages are heard.
pub fn start() {
    std::panic::set_hook(Box::new(|info| announce(Breakage::Panic { detail: info.to_string() })));
    let _ = log::set_logger(&Console).map(|()| log::set_max_level(log::LevelFilter::Error));
    let worker = Rc::new(Worker::default());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // A message that is no request can only come from elsewhere; it gets no answer.
        if let Ok(envelope) = serde_wasm_bindgen::from_value::<Envelope<Request>>(event.data()) {
            let (worker, message) = (Rc::clone(&worker), event.data());
            wasm_bindgen_futures::spawn_local(async move { worker.handle(envelope, &message).await });
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker lives as long as its scope.
    on_message.forget();
    let _ = scope().post_message(&JsValue::from_str("listening"));
}

impl Worker {
    async fn handle(&self, Envelope { id, body }: Envelope<Request>, message: &JsValue) {
        match &body {
            Request::Run { lane, .. } => self.newest(*lane).set(id),
            Request::Load { .. } => self.newest_load.set(id),
            Request::Cancel { id: cancelled } => {
                let lanes = Lane::ALL.into_iter().map(|lane| self.newest(lane)).chain([&self.newest_load]);
                lanes.filter(|newest| newest.get() == *cancelled).for_each(|newest| newest.set(0));
                self.works.borrow().get(cancelled).inspect(|work| work.set(0));
            }
            Request::Start { .. } | Request::Trace { .. } | Request::Work { .. } | Request::Bench { .. } => {}
        }
        let response = match body {
            Request::Start { model_url, device, cpu_millis, crew } => {
                self.helpers.allow(crew);
                self.start(id, &model_url, device, cpu_millis).await
            }
            Request::Load { source } => self.load_more(id, source, message).await,
            Request::Cancel { .. } => return,
            Request::Bench { model, ids, batch, seq, device } => {
                self.bench(model.as_deref(), &ids, batch, seq, device).await
            }
            Request::Work { model, work } => self.work(id, &model, &work).await,
            Request::Trace { model, text, sites } => self.trace(&model, &text, &sites).await,
            Request::Run { recipe, lane, table } => {
                let response = self.run(id, &recipe, lane, table.as_deref()).await;
                let answered = response.is_ok();
                reply(id, response.unwrap_or_else(Response::from));
                return if answered {
                    self.helpers.call(&recipe.model)
                };
            }
        };
        reply(id, response.unwrap_or_else(Response::from));
    }

    fn session(&self, model: &str) -> Result<Rc<Session>, Stopped> {
        if self.device.borrow().is_none() {
            return Err(Failure::NotReady.into());
        }
        let loaded = self.sessions.borrow().get(model).cloned();
        loaded.ok_or_else(|| Failure::NotLoaded { model: model.to_owned() }.into())
    }

    async fn start(
        &self,
        id: u32,
        model_url: &str,
        preference: DevicePreference,
        cpu_millis: Option<f64>,
    ) -> Result<Response, Stopped> {
        let begin = now_millis();
        let starting = |stage, progress| reply(id, Response::Starting { stage, progress });
        starting(Stage::Device, Progress { done: 0, total: 1 });
        let (device, report) = match device::choose(preference, cpu_millis).await? {
            Choice::Run(device, report) => (device, report),
            Choice::TryWebgpu { cpu_millis } => return Ok(Response::TryWebgpu { cpu_millis }),
            Choice::NotWebgpu(reason) => return Ok(Response::NotWebgpu { reason }),
        };
        if report.device != DeviceKind::Cpu {
            self.helpers.allow(Some(0));
        }
        // The device is there for other models, whatever becomes of this one.
        *self.device.borrow_mut() = Some((device.clone(), report.clone()));
        let (session, load) =
            fetch_model(model_url, &device, MOST_BYTES, |progress| starting(Stage::Weights, progress), || true).await?;
        starting(Stage::WarmUp, Progress { done: 0, total: 1 });
        warm_up(&session).await;
        let mut load = load.report().await;
        load.elapsed_millis = now_millis() - begin;
        let model = session.card().clone();
        self.offer(&model, model_url, &load);
        let session = Rc::new(session);
        *self.first.borrow_mut() = Some(Rc::clone(&session));
        self.sessions.borrow_mut().insert(model.id.clone(), session);
        Ok(Response::Ready { model, device: report, load })
    }

    /// Loads a model beside the others; whatever goes wrong, they stay as they are.
    async fn load_more(&self, id: u32, source: ModelSource, message: &JsValue) -> Result<Response, Stopped> {
        let begin = now_millis();
        let device = self.device.borrow().as_ref().map(|(device, _)| device.clone());
        let device = device.ok_or(Failure::NotReady)?;
        let held: u64 = self.sessions.borrow().values().map(|session| session.card().memory_bytes).sum();
        let room = MOST_BYTES.saturating_sub(held);
        let loading = |progress| reply(id, Response::Loading { progress });
        let wanted = || self.newest_load.get() == id;
        let site = match &source {
            ModelSource::Site { url } => Some(url.clone()),
            _ => None,
        };
        let (session, mut load) = match source {
            ModelSource::Site { url } => {
                let (session, load) = fetch_model(&url, &device, room, loading, wanted).await?;
                (Rc::new(session), load.report().await)
            }
            ModelSource::Disk { called } => {
                read_model(&Files::from_disk(message, called), &device, room, loading, wanted).await?
            }
            ModelSource::Hub { hub_url: base_url, id, keep } => {
                let none_yet = || Some(BTreeMap::new());
                let copies = keep.is_some().then(|| Copies::new(RefCell::new(none_yet())));
                let files = Files::Hub { base_url, id, copies: copies.clone() };
                // One that is open is fetched to be kept, not to stand here twice.
                let open = self.sessions.borrow().get(&files.id()).cloned().filter(|_| keep.is_some());
                let again = match &open {
                    Some(session) => fetch_again(&files, &session.card().sha256, loading, wanted).await?,
                    None => None,
                };
                let (session, mut load) = match open.zip(again) {
                    Some(kept) => kept,
                    None => {
                        // What came was another one than is open.
                        copies.iter().for_each(|copies| *copies.borrow_mut() = none_yet());
                        read_model(&files, &device, room, loading, wanted).await?
                    }
                };
                if let Some((copies, folder)) = copies.zip(keep) {
                    (load.kept_bytes, load.not_kept) = files::keep(&copies, &folder, &session.card().id).await;
                    load.stored = load.not_kept.is_none();
                }
                (session, load)
            }
        };
        warm_up(&session).await;
        load.elapsed_millis = now_millis() - begin;
        let model = session.card().clone();
        site.inspect(|url| self.offer(&model, url, &load));
        self.sessions.borrow_mut().insert(model.id.clone(), session);
        Ok(Response::Loaded { model, load })
    }

    /// Lets helpers hold a model, if the browser keeps it: nothing is downloaded twice.
    fn offer(&self, model: &ModelCard, url: &str, load: &LoadReport) {
        if load.stored {
            self.helpers.offer(&model.id, url, model.memory_bytes);
        }
    }

    /// Runs rows for the worker that this one helps.
    async fn work(&self, id: u32, model: &str, work: &Work) -> Result<Response, Stopped> {
        let session = self.session(model)?;
        let wanted = Rc::new(Cell::new(id));
        self.works.borrow_mut().insert(id, Rc::clone(&wanted));
        let worked = |done: Done, whole: bool| Response::Worked { done: Box::new(done), whole };
        let told = |done: Done| reply(id, worked(done, false));
        let done = session.work(work, &Newest::watching(&wanted, id), &told).await;
        self.works.borrow_mut().remove(&id);
        Ok(worked(done?, true))
    }

    /// Answers a question; a newer one of its lane, or a cancel, ends it at its next tick.
    async fn run(&self, id: u32, recipe: &Recipe, lane: Lane, table: Option<&str>) -> Result<Response, Stopped> {
        let begin = now_millis();
        let session = self.session(&recipe.model)?;
        let (monitor, crew) = (Newest::watching(self.newest(lane), id), self.helpers.with(&recipe.model));
        let written = |token: &GeneratedToken, text: &str| {
            let written = Some(Written { token: token.clone(), text: text.to_owned() });
            reply(id, Response::Running { progress: monitor.progress.get(), written, so_far: None });
        };
        let so_far = |finding: Finding| {
            let (progress, so_far) = (monitor.progress.get(), Some(Box::new(finding)));
            reply(id, Response::Running { progress, written: None, so_far });
        };
        let beside = match &recipe.ask {
            Ask::Compare(compare) => compare.with_model.as_deref().map(|model| self.session(model)).transpose()?,
            _ => None,
        };
        let (now, beside) = (Some(now()), beside.as_deref());
        let asker = Asker { monitor: &monitor, crew: &crew, written: &written, now, beside, table, so_far: &so_far };
        let mut finding = session.run(recipe, &asker).await?;
        let grids = PackedGrid::take(&mut finding);
        Ok(Response::Found { finding: Box::new(finding), grids, elapsed_millis: now_millis() - begin })
    }

    /// Writes down what is at some sites while a model reads a text.
    async fn trace(&self, model: &str, text: &str, sites: &str) -> Result<Response, Stopped> {
        let session = self.session(model)?;
        let (_, trace) = session.trace(text, &session.sites(sites)).await?;
        let tensors = trace.iter().map(|(site, a)| (site.to_string(), a.shape.as_slice(), a.values.as_slice()));
        let file = tensors_to_safetensors(tensors).map_err(|error| Failure::Engine { detail: error.to_string() })?;
        Ok(Response::Traced { file: Bytes(file) })
    }

    /// The newest question of a lane, 0 where it was cancelled.
    fn newest(&self, lane: Lane) -> &Cell<u32> {
        match lane {
            Lane::Answer => &self.newest_answer,
            Lane::Panel => &self.newest_panel,
            Lane::Background => &self.newest_background,
        }
    }

    async fn bench(
        &self,
        model: Option<&str>,
        ids: &[u32],
        batch: usize,
        seq: usize,
        device: DevicePreference,
    ) -> Result<Response, Stopped> {
        let running = self.device.borrow().as_ref().map(|(_, report)| report.device).ok_or(Failure::NotReady)?;
        let first = || self.first.borrow().clone().ok_or_else(|| Stopped::from(Failure::NotReady));
        let session = model.map_or_else(first, |model| self.session(model))?;
        let engine = |detail: &str| Stopped::Failed(Failure::Engine { detail: detail.to_owned() });
        let other = match device {
            DevicePreference::Auto => false,
            DevicePreference::Webgpu => running != DeviceKind::Webgpu,
            DevicePreference::Cpu => running != DeviceKind::Cpu,
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
        let (crew, between) = (self.helpers.with(&session.card().id), Between);
        // Alone nobody else has to have a turn, and none is timed.
        let monitor: &dyn Monitor = if crew.helpers() > 0 && batch > 1 { &between } else { &Unwatched };
        let logits = session.run_ids(&rows, &Asker { monitor, crew: &crew, ..Asker::default() }).await?;
        Ok(Response::Benched { ms: now_millis() - begin, logits })
    }
}

/// Runs a sentence; a vocabulary without its words gives no answer, and the first question then warms up itself.
async fn warm_up(session: &Session) {
    let recipe = Recipe::new(&session.card().id, WARM_UP, Ask::Predict {});
    let _ = session.run(&recipe, &Asker::default()).await;
}

/// Fetches a model and loads it as it comes into `room` bytes; `wanted` says whether anyone still waits for it.
async fn fetch_model(
    model_url: &str,
    device: &Device,
    room: u64,
    progress: impl Fn(Progress),
    wanted: impl Fn() -> bool,
) -> Result<(Session, Download), Stopped> {
    let (mut download, manifest) = Download::open(model_url).await?;
    progress(download.progress());
    let gguf = manifest.file(GGUF).ok();
    let weights = gguf.map_or_else(|| manifest.file(SAFETENSORS), Ok)?;
    let beside = SMALL_FILES.iter().filter(|_| gguf.is_none()).filter_map(|name| manifest.file(name).ok());
    let files: Vec<&ManifestFile> = beside.chain([weights]).collect();
    let begun = |small: SmallFiles| {
        let parts = Parts {
            id: manifest.id.clone(),
            licence: Some(manifest.licence.clone()),
            sha256: weights.sha256.clone(),
            bytes: manifest.total_bytes(),
            layout: if gguf.is_some() { Layout::Gguf } else { Layout::HuggingFace(small) },
        };
        let mut builder = SessionBuilder::new(parts, device.clone(), room);
        builder.begin()?;
        builder.file(&weights.name, weights.bytes)?;
        Ok(builder)
    };
    let (mut small, mut builder) = (SmallFiles::new(), None);
    let taken = download.files(&files, |download, file, piece| {
        progress(download.progress());
        if file.name == weights.name {
            // Its small files are complete; the first weights come while they are read.
            let building = builder.take().map_or_else(|| begun(std::mem::take(&mut small)), Ok);
            builder.insert(building.map_err(failure_of)?).push(piece).map_err(failure_of)?;
        } else {
            small.entry(file.name.clone()).or_default().extend_from_slice(piece);
        }
        if wanted() { Ok(()) } else { Err(Failure::NotReady) }
    });
    if let Err(failure) = taken.await {
        return Err(if wanted() { Stopped::Failed(failure) } else { Stopped::Cancelled });
    }
    let mut builder = builder.map_or_else(|| begun(small), Ok)?;
    Ok((builder.finish()?, download))
}

/// Reads a model of the reader's own; of one that cannot be used, as far as that goes.
async fn read_model(
    files: &Files,
    device: &Device,
    room: u64,
    progress: impl Fn(Progress),
    wanted: impl Fn() -> bool,
) -> Result<(Rc<Session>, LoadReport), Stopped> {
    let refused = |stopped: Stopped, inspection: Inspection| match stopped {
        // A file that did not come and a device that failed say nothing of the model.
        Stopped::Failed(failure @ (Failure::Fetch { .. } | Failure::Engine { .. })) => Stopped::Failed(failure),
        Stopped::Failed(failure) => Stopped::Unusable(Box::new(RefusedModel { id: files.id(), inspection, failure })),
        other => other,
    };
    let (parts, names) = files.parts().await.map_err(|failure| refused(failure.into(), Inspection::default()))?;
    let builder = RefCell::new(SessionBuilder::new(parts, device.clone(), room));
    let (session, load) = match build(&builder, files, &names, progress, wanted).await {
        Ok(built) => built,
        Err(stopped) => return Err(refused(stopped, builder.borrow().inspection())),
    };
    Ok((Rc::new(session), load))
}

async fn build(
    builder: &RefCell<SessionBuilder>,
    files: &Files,
    names: &[String],
    progress: impl Fn(Progress),
    wanted: impl Fn() -> bool,
) -> Result<(Session, LoadReport), Stopped> {
    builder.borrow_mut().begin()?;
    let read = read_weights(
        files,
        names,
        |name, bytes| builder.borrow_mut().file(name, bytes).map_err(failure_of),
        |piece, so_far| {
            progress(so_far);
            builder.borrow_mut().push(piece).map_err(failure_of)?;
            if wanted() { Ok(()) } else { Err(Failure::NotReady) }
        },
    );
    let (sha256, bytes) = match read.await {
        Err(_) if !wanted() => return Err(Stopped::Cancelled),
        read => read?,
    };
    let session = builder.borrow_mut().finish()?.with_identity(sha256, bytes);
    Ok((session, read_from(files, bytes)))
}

/// Fetches the files of a model that is open once more; `None` where they are others by now.
async fn fetch_again(
    files: &Files,
    open: &str,
    progress: impl Fn(Progress),
    wanted: impl Fn() -> bool,
) -> Result<Option<LoadReport>, Stopped> {
    let (_, names) = files.parts().await?;
    let take = |_: &[u8], so_far| {
        progress(so_far);
        if wanted() { Ok(()) } else { Err(Failure::NotReady) }
    };
    match read_weights(files, &names, |_, _| Ok(()), take).await {
        Err(_) if !wanted() => Err(Stopped::Cancelled),
        read => {
            let (sha256, bytes) = read?;
            Ok((sha256 == open).then(|| read_from(files, bytes)))
        }
    }
}

/// How a model of the reader's own came here.
fn read_from(files: &Files, bytes: u64) -> LoadReport {
    LoadReport {
        fetched_bytes: if matches!(files, Files::Hub { .. }) { bytes } else { 0 },
        cached_bytes: 0,
        stored: true,
        kept_bytes: 0,
        not_kept: None,
        checked: false,
        elapsed_millis: 0.0,
    }
}

/// Reports progress to the page, and stops the run when a newer request has come.
struct Newest<'a> {
    newest: &'a Cell<u32>,
    id: u32,
    progress: Cell<Progress>,
    turned_millis: Cell<f64>,
}

impl<'a> Newest<'a> {
    fn watching(newest: &'a Cell<u32>, id: u32) -> Self {
        Self { newest, id, progress: Cell::new(Progress { done: 0, total: 0 }), turned_millis: Cell::new(now_millis()) }
    }

    fn stopped(&self) -> Result<(), Cancelled> {
        if self.newest.get() == self.id { Ok(()) } else { Err(Cancelled) }
    }

    /// Lets messages be heard, and the other lanes run.
    async fn yielded(&self) -> Result<(), Cancelled> {
        pause().await;
        self.turned_millis.set(now_millis());
        self.stopped()
    }
}

impl Monitor for Newest<'_> {
    fn tick(&self, progress: Progress) -> Turn<'_> {
        Box::pin(async move {
            self.progress.set(progress);
            reply(self.id, Response::Running { progress, written: None, so_far: None });
            self.yielded().await
        })
    }

    fn turn(&self) -> Turn<'_> {
        Box::pin(async move {
            // A layer may take less than a turn of the browser's.
            if now_millis() - self.turned_millis.get() < TURN_MILLIS { self.stopped() } else { self.yielded().await }
        })
    }
}

/// Hears its helpers between pieces.
struct Between;

impl Monitor for Between {
    fn tick(&self, _: Progress) -> Turn<'_> {
        Box::pin(async {
            pause().await;
            Ok(())
        })
    }
}

/// Why a request has no answer of its own.
enum Stopped {
    Cancelled,
    Failed(Failure),
    Unusable(Box<RefusedModel>),
}

impl From<Stopped> for Response {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Failed(failure) => Self::Failed { failure },
            Stopped::Unusable(refused) => Self::Unusable { refused },
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
        if error == EngineError::Cancelled { Self::Cancelled } else { Self::Failed(failure_of(error)) }
    }
}

fn failure_of(error: EngineError) -> Failure {
    match error {
        EngineError::Refused(refusal) => Failure::Refused { refusal },
        EngineError::Weights(WeightsError::MissingFile { file }) => Failure::MissingFile { file },
        EngineError::Weights(error) => Failure::BadModel { detail: error.to_string() },
        EngineError::Text(
            error @ (TextError::BadTokenizer { .. } | TextError::BadVocabulary { .. } | TextError::BadWordList { .. }),
        ) => Failure::BadModel { detail: error.to_string() },
        other => Failure::Engine { detail: other.to_string() },
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

/// The reader's clock, in seconds since 1970 as if the zone were UTC: what templates that name today show.
fn now() -> i64 {
    let date = js_sys::Date::new_0();
    (date.get_time() / 1000.0 - date.get_timezone_offset() * 60.0).floor() as i64
}
