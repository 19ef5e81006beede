//! Every sentence that the reader can meet and that is not generated from a result's numbers.

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inspection::Used;
use vitrine_schema::protocol::{
    DeviceKind, DeviceReason, DeviceReport, Failure, LoadReport, ModelCard, NotKept, Origin, Progress, Stage,
};
use vitrine_schema::{Ask, Inspection, Recipe};
use vitrine_share::AddressError;
use vitrine_words::token::clipped;

/// Letters of a text inside a sentence.
const TEXT_MOST: usize = 60;

/// What can go wrong, as far as the page is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The worker refused or failed a request.
    Failure(Failure),
    /// The worker broke on a request and again when it was repeated.
    BrokeTwice,
    /// The worker broke while it loaded a model and again when that was repeated.
    LoadBroke,
    /// No worker gets ready.
    CannotStart,
    /// The browser has no module workers.
    NoWorker,
    /// Nothing was typed.
    EmptyText,
    /// The address names a model that is not here.
    NotHere {
        /// The model.
        model: String,
    },
    /// The address cannot be read as it is.
    Address(AddressError),
}

impl Trouble {
    /// One sentence that says what happened and what to do next.
    pub fn sentence(&self) -> String {
        match self {
            Self::Failure(failure) => failure_sentence(failure),
            Self::BrokeTwice => "The engine stopped twice on this request and was started again; your text is still here, try a shorter one.".to_owned(),
            Self::LoadBroke => "The engine stopped twice while it loaded this model, most likely because the memory ran out; it was started again and the other models are ready.".to_owned(),
            Self::CannotStart => "The engine cannot start in this browser; reload the page, or open it with ?device=cpu at the end of the address.".to_owned(),
            Self::NoWorker => "This browser cannot run the engine in the background; use a current version of Firefox, Chrome, Edge or Safari.".to_owned(),
            Self::NotHere { model } => format!(
                "The question in this address is about {model}, which is not on this page; open its files, or fetch it from the hub by its name, and it is asked."
            ),
            Self::Address(error) => sentence_of(&error.to_string()),
            Self::EmptyText => "There is nothing to read yet; write a few words and ask.".to_owned(),
        }
    }
}

/// An error as a sentence of its own: a capital in front, a full stop behind.
fn sentence_of(error: &str) -> String {
    // The name of a key stays as it is written.
    if error.split_once(' ').is_some_and(|(first, _)| first.contains('=')) {
        return format!("{error}.");
    }
    let mut letters = error.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A worker's failure in one sentence.
pub fn failure(failure: &Failure) -> String {
    failure_sentence(failure)
}

fn failure_sentence(failure: &Failure) -> String {
    match failure {
        Failure::Refused { refusal } => refusal_sentence(refusal),
        Failure::Fetch { file, origin: Origin::Disk, .. } => {
            format!("{file} can no longer be read from your disk; choose it again.")
        }
        Failure::Fetch { file, status: 0, resumes, .. } => {
            let then = if *resumes { ", it goes on where it stopped" } else { "" };
            format!("The download of {file} was interrupted; check the connection and try again{then}.")
        }
        Failure::Fetch { file, status, origin: Origin::Hub, .. } => {
            format!(
                "The hub answered {status} for {file}; check the name of the model, or whether the hub asks for a login."
            )
        }
        Failure::Fetch { file, status, .. } => {
            format!(
                "The server answered {status} for {file}; the page is incomplete where it is hosted, tell whoever put it there."
            )
        }
        Failure::MissingFile { file } => {
            format!(
                "This model has no {file}; a folder needs config.json, tokenizer.json and its safetensors files, or choose a GGUF file."
            )
        }
        Failure::NotAFile { file, origin: Origin::Site } => {
            format!(
                "{file} cannot be used: a web page came instead of it; the page is incomplete where it is hosted, tell whoever put it there."
            )
        }
        Failure::NotAFile { file, .. } => {
            format!(
                "A web page came instead of {file}; check the name of the model, or whether the hub asks for a login."
            )
        }
        Failure::Corrupt { file } => {
            format!(
                "{file} arrived damaged twice; something between the server and this browser changes it. Try another network."
            )
        }
        Failure::BadModel { detail } => format!("The model cannot be used: {detail}."),
        Failure::NotLoaded { model } => {
            format!(
                "The model {model} is not loaded (the engine was started again); it is being read back, ask again in a moment."
            )
        }
        Failure::NotReady => "The model is not ready yet; this runs as soon as it is.".to_owned(),
        Failure::Engine { detail } => format!("The engine could not do this: {detail}."),
    }
}

fn refusal_sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NothingToRead => {
            "Nothing in this text is a word that the model can read; type at least one word, letter or sign.".to_owned()
        }
        Refusal::OnlyControlTokens { tokens } => {
            format!(
                "Only control tokens are in this text ({}), and they are no words; write at least one word beside them.",
                tokens.join(", ")
            )
        }
        Refusal::TooLarge { needed, most } => {
            format!(
                "This model takes {} MB of memory, and {} MB are left beside the models that are here; choose a smaller one, or reload the page to let go of the others.",
                needed / 1_000_000,
                most / 1_000_000
            )
        }
        other => format!("This cannot be done: {other}."),
    }
}

/// The badge's short text.
pub fn device_short(device: DeviceKind) -> &'static str {
    match device {
        DeviceKind::Cpu => "CPU",
        DeviceKind::Webgpu => "GPU",
    }
}

/// Why this device.
pub fn device_reason(report: &DeviceReport) -> String {
    let device = match report.device {
        DeviceKind::Cpu => "the CPU, one thread",
        DeviceKind::Webgpu => "the graphics card, through WebGPU",
    };
    let why = match &report.reason {
        DeviceReason::Asked => "because the address asks for it".to_owned(),
        DeviceReason::NoWebgpu => "because this browser offers no WebGPU here".to_owned(),
        DeviceReason::NoAdapter => "because the browser found no graphics adapter".to_owned(),
        DeviceReason::SoftwareAdapter { name } => {
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            format!("because the browser's graphics adapter{name} is a program, which would be far slower")
        }
        DeviceReason::MissingFeature { feature } => {
            format!("because the graphics adapter does not offer {feature}, which the engine needs")
        }
        DeviceReason::Unavailable { .. } => "because the graphics adapter could not be used".to_owned(),
        DeviceReason::SelfTestFailed { .. } => {
            "because the graphics adapter gave wrong numbers in the self-test".to_owned()
        }
        DeviceReason::Measured { webgpu_millis, cpu_millis } => {
            format!("because it was faster on a small test job: GPU {webgpu_millis:.0} ms, CPU {cpu_millis:.0} ms")
        }
        DeviceReason::Lost => "because the graphics device went away".to_owned(),
    };
    format!(
        "The model runs on {device}, {why}. Self-test passed: largest relative difference {:.0e}.",
        report.self_test
    )
}

/// What start-up is doing.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Device => "Choosing a device",
        Stage::Weights => "Loading the model",
        Stage::WarmUp => "Warming up",
    }
}

/// Bytes done and time left, as far as they are known.
pub fn download(progress: Progress, elapsed_millis: f64) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    if progress.total == 0 {
        return format!("{:.1} MB so far", mega(progress.done));
    }
    let amount = format!("{:.1} of {:.1} MB", mega(progress.done), mega(progress.total));
    if progress.done == 0 || elapsed_millis < 500.0 {
        return amount;
    }
    let left = elapsed_millis / 1000.0 * (progress.total.saturating_sub(progress.done)) as f64 / progress.done as f64;
    match left {
        left if left < 1.0 => format!("{amount}, almost there"),
        left if left < 90.0 => format!("{amount}, about {left:.0} s left"),
        left => format!("{amount}, about {:.0} min left", left / 60.0),
    }
}

/// Where the weights came from.
pub fn load(report: &LoadReport) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let time = report.elapsed_millis / 1000.0;
    let source = match (report.fetched_bytes, report.cached_bytes) {
        (0, 0) => "it was read from your disk, 0 bytes were sent".to_owned(),
        (0, cached) => format!("{:.1} MB came from this browser's storage, nothing was downloaded", mega(cached)),
        (fetched, 0) => {
            format!("{:.1} MB were downloaded{}", mega(fetched), if report.checked { " and checked" } else { "" })
        }
        (fetched, cached) => {
            format!("{:.1} MB were downloaded, {:.1} MB were already here", mega(fetched), mega(cached))
        }
    };
    let kept = report.not_kept.map(not_kept).unwrap_or_default();
    format!("Ready after {time:.1} s: {source}.{kept}")
}

fn not_kept(why: NotKept) -> &'static str {
    match why {
        NotKept::Address => {
            " Nothing is kept on this device, because browsers keep files only for https addresses and localhost; the next visit downloads again."
        }
        NotKept::Denied => {
            " Nothing is kept on this device, because this browser's settings or a private window forbid it; the next visit downloads again."
        }
        NotKept::Full => {
            " This browser could not keep them all, because its storage for this page is full; the next visit downloads the rest again."
        }
    }
}

/// Beside the device, where not everything is kept.
pub fn not_kept_short(report: &LoadReport) -> Option<&'static str> {
    report.not_kept.map(|_| match report.kept_bytes {
        0 => "nothing is kept on this device",
        _ => "not everything is kept on this device",
    })
}

/// What becomes of a download.
pub fn kept_for_next_visit(keeps: bool) -> &'static str {
    if keeps { "kept in this browser for the next visit" } else { "not kept: the next visit downloads it again" }
}

/// How the weights are kept.
pub fn held(model: &ModelCard) -> String {
    format!(
        "The weights take {:.0} MB of memory, as {}-bit floats.",
        model.memory_bytes as f64 / 1e6,
        model.weight_bits
    )
}

/// What was read of a model; one that is open has nothing that is not understood.
pub fn account(inspection: &Inspection) -> String {
    let Used { tensors, shape_keys, tokenizer_keys, shown_keys } = inspection.used;
    let keys = shape_keys + tokenizer_keys + shown_keys;
    format!(
        "Nothing was guessed: {} keys and tensors used, {} without effect, {} not understood.",
        tensors + keys,
        inspection.without_effect.len(),
        inspection.not_understood.len()
    )
}

/// How far a run is, and the time that it still takes.
pub fn running(progress: Progress, elapsed_millis: f64) -> String {
    let Progress { done, total } = progress;
    match total {
        0 => "Waiting for the engine…".to_owned(),
        1 => "Computing…".to_owned(),
        total if done == 0 || elapsed_millis < 500.0 => format!("{done} of {total} steps"),
        total => {
            let left = elapsed_millis * total.saturating_sub(done) as f64 / done as f64;
            format!("{done} of {total} steps, about {} left", seconds(left))
        }
    }
}

/// How far the receipt is.
pub fn measuring(progress: Progress) -> String {
    match progress.total {
        0 => "Taking words out…".to_owned(),
        total => format!("Taking words out: {} of {total}", progress.done),
    }
}

/// A time as it is read.
pub fn seconds(millis: f64) -> String {
    match millis / 1000.0 {
        short if short < 9.95 => format!("{short:.1} s"),
        long => format!("{long:.0} s"),
    }
}

/// What an older picture is, where a newer one was stopped.
pub fn stopped_before(recipe: &Recipe) -> String {
    format!(
        "Stopped. This is still the picture of “{}”.",
        clipped(recipe.text.as_deref().unwrap_or_default(), TEXT_MOST)
    )
}

/// What an older picture is, while a newer one is computed.
pub fn until_then(recipe: &Recipe) -> String {
    let about = clipped(recipe.text.as_deref().unwrap_or_default(), TEXT_MOST);
    match &recipe.ask {
        Ask::Explain(explain) => {
            format!("Until then the picture of “{about}” from {}. Stop keeps it.", explain.method.declared().name)
        }
        _ => format!("Until then the picture of “{about}”. Stop keeps it."),
    }
}

/// The model is larger than the device's memory allows.
pub fn does_not_fit(memory_bytes: u64) -> String {
    format!(
        "This device says that it has too little memory for it: the weights take {:.0} MB, beside the browser and the page. You can try; if it does not work, the page starts its engine again.",
        memory_bytes as f64 / 1e6
    )
}

/// What the page shows before a model is there.
pub const PRECOMPUTED: &str =
    "Precomputed with the same model; it is computed again on your device as soon as the model is here.";

/// The precomputed explanation was computed again.
pub fn recomputed(difference: f32) -> String {
    if difference == 0.0 {
        return "Recomputed on your device: the same numbers.".to_owned();
    }
    format!("Recomputed on your device: largest difference {difference:.0e}.")
}

/// The precomputed explanation does not agree with the model that runs.
pub const DISAGREES: &str = "Recomputed on your device, and it differs from what was stored; this is the new result.";
