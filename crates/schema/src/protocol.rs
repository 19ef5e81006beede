//! What page and worker say to each other. These values are all that crosses the worker boundary.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diagnostic::Refusal;
use crate::floats::{Bytes, Floats};
use crate::kinds::kinds;
use crate::work::{Done, Work};
use crate::{Finding, GeneratedToken, Grid, Inspection, ProblemType, Recipe, Traits};

/// A request with the number its replies carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Chosen by the page.
    pub id: u32,
    /// What is asked or answered.
    pub body: T,
}

/// Name of the browser's storage in which the engine keeps the pieces of weights, each under an address that ends with
/// `?sha256=` and its hash.
pub const WEIGHTS_STORE: &str = "vitrine-weights-v1";

/// As much of a model's manifest as says which pieces there are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pieces {
    files: Vec<FilePieces>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct FilePieces {
    chunks: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Piece {
    sha256: String,
}

impl Pieces {
    /// Whether every piece is in [`WEIGHTS_STORE`], by the addresses that are.
    #[must_use]
    pub fn are_kept(&self, addresses: &[String]) -> bool {
        let hash = |address: &'_ String| Some(address.rsplit_once("?sha256=")?.1.to_owned());
        let kept: BTreeSet<String> = addresses.iter().filter_map(hash).collect();
        self.files.iter().flat_map(|file| &file.chunks).all(|piece| kept.contains(&piece.sha256))
    }
}

/// Which device the reader asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DevicePreference {
    /// Whichever a short measurement finds faster; never a software adapter.
    #[default]
    Auto,
    /// WebGPU, a software adapter too.
    Webgpu,
    /// The CPU.
    Cpu,
}

/// Where the files of a model are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelSource {
    /// Beside the page: a folder with a manifest.
    Site {
        /// An absolute URL that ends with a slash.
        url: String,
    },
    /// On the reader's disk; the files themselves travel beside the message.
    Disk {
        /// What the model is called, where its files no longer say.
        called: Option<String>,
    },
    /// On the hub, in the layout of Hugging Face.
    Hub {
        /// Where the hub is, ending with a slash.
        hub_url: String,
        /// Such as `openai-community/gpt2`.
        id: String,
        /// The folder beside the page under whose addresses its files are kept, ending with a slash; none where they are not to be.
        keep: Option<String>,
    },
}

/// What the page asks of the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Choose a device, load the model, get ready. The first request of every worker.
    Start {
        /// Folder of the model's manifest, an absolute URL that ends with a slash.
        model_url: String,
        /// Which device was asked for.
        device: DevicePreference,
        /// For the WebGPU module: what a small job takes on the CPU, unless WebGPU was asked for.
        cpu_millis: Option<f64>,
        /// Helpers that share the work, at most; as many as the machine has room for unless named.
        crew: Option<usize>,
    },
    /// Load another model beside those that are there; while it loads they can be used.
    Load {
        /// Where its files are.
        source: ModelSource,
    },
    /// Answer a question.
    Run {
        /// The question; its model was loaded.
        recipe: Box<Recipe>,
        /// Which earlier question it replaces.
        lane: Lane,
        /// The table that a probe names by its SHA-256.
        table: Option<String>,
    },
    /// Write down activations.
    Trace {
        /// Identifier of a model that was loaded.
        model: String,
        /// The text that it reads.
        text: String,
        /// Names of sites, separated by commas; `*` stands for anything.
        sites: String,
    },
    /// Run rows for another worker, of which this one is a helper.
    Work {
        /// Identifier of the model.
        model: String,
        /// The rows.
        work: Box<Work>,
    },
    /// Time one batch of token ids.
    Bench {
        /// Identifier of a model; the first one unless named.
        model: Option<String>,
        /// `batch * seq` ids.
        ids: Vec<u32>,
        /// Rows that run as one batch.
        batch: usize,
        /// Tokens per row.
        seq: usize,
        /// Device to run on; the engine's own unless named.
        device: DevicePreference,
    },
    /// Stop one request.
    Cancel {
        /// The request that is no longer waited for.
        id: u32,
    },
}

/// What a question is for. A newer question replaces the older one of its own lane, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// The answer to what was typed.
    Answer,
    /// What the open panel shows.
    Panel,
    /// What nobody waits for.
    Background,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Panel, Self::Background];
}

/// Where start-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Choosing and testing a device.
    Device,
    /// Fetching or reading weights.
    Weights,
    /// First run, which compiles kernels.
    WarmUp,
}

/// How far along something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Done, in bytes or in steps.
    pub done: u64,
    /// All there is to do; 0 where that is not known.
    pub total: u64,
}

/// Which device runs, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// `webgpu` or `cpu`.
    pub device: DeviceKind,
    /// Why this one.
    pub reason: DeviceReason,
    /// Largest relative difference of the known-answer test.
    pub self_test: f32,
    /// Whether products are added before they are rounded, as the browser can do that.
    pub fused: bool,
}

/// The two devices of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// A graphics adapter through WebGPU.
    Webgpu,
    /// The processor, one thread.
    Cpu,
}

impl DeviceKind {
    /// The value of `data-device`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webgpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

kinds! {
    /// Why a device was chosen.
    #[derive(Clone, Debug, PartialEq)]
    pub enum DeviceReason in "id" {
        /// The reader asked for it.
        Asked,
        /// The browser has no WebGPU.
        NoWebgpu,
        /// The browser found no adapter.
        NoAdapter,
        /// The adapter is a program, not a graphics card.
        SoftwareAdapter {
            /// What the browser calls it.
            name: String,
        },
        /// The adapter lacks something that the graphics library cannot do without.
        MissingFeature {
            /// Its WebGPU name.
            feature: String,
        },
        /// The adapter or device could not be opened.
        Unavailable {
            /// What the browser said.
            detail: String,
        },
        /// The known-answer test came out wrong.
        SelfTestFailed {
            /// Largest relative difference.
            difference: f32,
        },
        /// Measured: both times are of the same small job.
        Measured {
            /// On WebGPU.
            webgpu_millis: f64,
            /// On the CPU.
            cpu_millis: f64,
        },
        /// The device was lost earlier on this page.
        Lost,
    }
}

/// Where the weights came from and what they took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Bytes fetched in this visit.
    pub fetched_bytes: u64,
    /// Bytes found in the browser's storage.
    pub cached_bytes: u64,
    /// Whether the browser kept what was fetched.
    pub stored: bool,
    /// Bytes that are in the browser's storage for the next visit.
    pub kept_bytes: u64,
    /// Why the browser did not keep all of it.
    pub not_kept: Option<NotKept>,
    /// Whether each piece was compared with its hash.
    pub checked: bool,
    /// Time from start to ready.
    pub elapsed_millis: f64,
}

/// A model of the reader's own that cannot be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedModel {
    /// What it is called on this page.
    pub id: String,
    /// What was read of it, as far as that went.
    pub inspection: Inspection,
    /// Why it went no further.
    pub failure: Failure,
}

/// Why a browser does not keep what was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotKept {
    /// Browsers have storage only for pages from https and from this machine.
    Address,
    /// Its settings, or a private window, forbid it.
    Denied,
    /// There is no more room.
    Full,
}

/// Where a file was to come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Beside the page.
    Site,
    /// The hub.
    Hub,
    /// The reader's disk.
    Disk,
}

/// The model that is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Identifier, by which questions name it.
    pub id: String,
    /// Architecture, such as `bert`.
    pub architecture: String,
    /// Licence, SPDX.
    pub licence: String,
    /// SHA-256 of the weights.
    pub sha256: String,
    /// Size of all files.
    pub bytes: u64,
    /// Names of the classes, in the order of the logits.
    pub labels: Vec<String>,
    /// What these logits mean.
    pub problem_type: ProblemType,
    /// Tokens it can read.
    pub max_tokens: usize,
    /// Whether it predicts the next token; otherwise it classifies.
    pub causal: bool,
    /// What decides which methods and parameters it can serve.
    pub traits: Traits,
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads per block.
    pub n_heads: usize,
    /// Whether its files hold a chat template.
    pub chat: bool,
    /// Bits of a weight as the device keeps it, its share of a scale included; rounded.
    pub weight_bits: usize,
    /// Bytes of all weights as they are kept.
    pub memory_bytes: u64,
    /// What the file says about itself: name, author, licence.
    pub about: BTreeMap<String, String>,
    /// Texts of its own card to try it on.
    pub samples: Vec<Sample>,
    /// How it takes labels of the reader's own, if it judges whether one text follows from another.
    pub entailment: Option<Entailment>,
    /// What was read of it, and what was not.
    pub inspection: Box<Inspection>,
}

/// A text of a model's card, on which the model can be tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// What the card says of it: the likeliest label and its probability.
    pub says: Option<(String, f32)>,
}

/// How a classifier is asked whether one text follows from another; such a model takes labels of the reader's own (Yin, Hay, Roth
/// 2019, arXiv 1909.00161).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entailment {
    /// What stands between the two texts.
    pub between: String,
    /// Its logit that says that the second follows.
    pub follows: usize,
}

impl Entailment {
    /// The two texts as one, the second with a label in the place of `{}`.
    #[must_use]
    pub fn text(&self, premise: &str, template: &str, label: &str) -> String {
        format!("{premise}{}{}", self.between, template.replacen("{}", label, 1))
    }

    /// What each label has of all, by the logits of their texts, one row for each: a softmax over those that say that it follows.
    #[must_use]
    pub fn shares(&self, logits: &[&[f32]]) -> Vec<f32> {
        let says: Vec<f32> = logits.iter().map(|row| row.get(self.follows).copied().unwrap_or(f32::NAN)).collect();
        let most = says.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = says.iter().map(|says| (says - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// Start-up goes on.
    Starting {
        /// What is being done.
        stage: Stage,
        /// How far.
        progress: Progress,
    },
    /// The CPU module found an adapter that is worth a try: start the WebGPU module in its place.
    TryWebgpu {
        /// What a small job takes on the CPU, unless WebGPU was asked for.
        cpu_millis: Option<f64>,
    },
    /// The WebGPU module found that it is of no use: start the CPU module in its place.
    NotWebgpu {
        /// What was found wrong with it, for the badge.
        reason: DeviceReason,
    },
    /// The engine can run.
    Ready {
        /// The model.
        model: ModelCard,
        /// The device.
        device: DeviceReport,
        /// The download.
        load: LoadReport,
    },
    /// Another model is being fetched.
    Loading {
        /// How far, in bytes.
        progress: Progress,
    },
    /// Answer to [`Request::Load`].
    Loaded {
        /// The model.
        model: ModelCard,
        /// The download.
        load: LoadReport,
    },
    /// Answer to [`Request::Load`] of a model of the reader's own that cannot be used.
    Unusable {
        /// What it is.
        refused: Box<RefusedModel>,
    },
    /// A question is being answered.
    Running {
        /// How far.
        progress: Progress,
        /// What was written since the last time, of a text that is being written.
        written: Option<Written>,
        /// What was found so far, of a question that is answered piece by piece; it stays when the question is stopped.
        so_far: Option<Box<Finding>>,
    },
    /// Answer to [`Request::Run`].
    Found {
        /// The finding, its grids empty.
        finding: Box<Finding>,
        /// The grids of [`Finding::grids_mut`], in its order.
        grids: Vec<PackedGrid>,
        /// Time it took.
        elapsed_millis: f64,
    },
    /// Answer to [`Request::Bench`].
    Benched {
        /// Token ids in to numbers readable on the CPU.
        ms: f64,
        /// One row of logits per row of ids.
        logits: Vec<Vec<f32>>,
    },
    /// Answer to [`Request::Trace`].
    Traced {
        /// A safetensors file of 32-bit tensors, named by their sites.
        file: Bytes,
    },
    /// Answer to [`Request::Work`].
    Worked {
        /// What came of the rows.
        done: Box<Done>,
        /// Whether that is all; texts are told while they are written.
        whole: bool,
    },
    /// Helpers came or went.
    Crew {
        /// How many there are.
        helpers: usize,
    },
    /// A newer request or a cancel came first.
    Cancelled,
    /// The request cannot be served.
    Failed {
        /// What stands in the way; the page makes a sentence of it.
        failure: Failure,
    },
    /// The worker cannot go on and must be replaced.
    Broken {
        /// What broke.
        breakage: Breakage,
    },
}

kinds! {
    /// Why a request failed while the worker lives on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Failure in "id" {
        /// The request itself cannot be served.
        Refused {
            /// What would be right instead.
            refusal: Refusal,
        },
        /// A file could not be fetched.
        Fetch {
            /// Which file.
            file: String,
            /// HTTP status, 0 when there was no answer.
            status: u16,
            /// Where it was to come from.
            origin: Origin,
            /// Whether what came before it is kept, so that another try goes on from there.
            resumes: bool,
        },
        /// A file is not what the manifest says, twice.
        Corrupt {
            /// Which file.
            file: String,
        },
        /// The model lacks a file.
        MissingFile {
            /// Its name in the folder.
            file: String,
        },
        /// A page came instead of a file.
        NotAFile {
            /// Which file.
            file: String,
            /// Where it was to come from.
            origin: Origin,
        },
        /// A file of the model cannot be read.
        BadModel {
            /// What is wrong.
            detail: String,
        },
        /// The request names a model that was not loaded.
        NotLoaded {
            /// Identifier that the question names.
            model: String,
        },
        /// The request came before the model was ready.
        NotReady,
        /// The engine gave up.
        Engine {
            /// What it said.
            detail: String,
        },
    }
}

kinds! {
    /// Why a worker must be replaced.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Breakage in "id" {
        /// It panicked.
        Panic {
            /// What it said.
            detail: String,
        },
        /// The graphics device went away.
        DeviceLost {
            /// What the browser said.
            detail: String,
        },
    }
}

/// What was written of a text since the last time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The newest token.
    pub token: GeneratedToken,
    /// All that was written so far.
    pub text: String,
}

/// A grid on its way between worker and page: a million numbers one by one would hold the page up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedGrid {
    shape: Vec<usize>,
    values: Floats,
}

impl PackedGrid {
    /// Takes the grids out of a finding.
    #[must_use]
    pub fn take(finding: &mut Finding) -> Vec<Self> {
        let grids = finding.grids_mut().into_iter().map(std::mem::take);
        grids.map(|Grid { shape, values }| Self { shape, values: Floats(values) }).collect()
    }

    /// Puts the grids of a finding back.
    pub fn put(grids: Vec<Self>, finding: &mut Finding) {
        for (place, Self { shape, values }) in finding.grids_mut().into_iter().zip(grids) {
            *place = Grid { shape, values: values.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_kept_when_every_piece_is() {
        let json =
            r#"{"id": "m", "files": [{"name": "a", "chunks": [{"sha256": "1"}, {"sha256": "2"}]}, {"chunks": []}]}"#;
        let pieces: Option<Pieces> = serde_json::from_str(json).ok();
        let kept = |hashes: &[&str]| {
            let addresses: Vec<String> = hashes.iter().map(|hash| format!("https://a.b/c?sha256={hash}")).collect();
            pieces.as_ref().map(|pieces| pieces.are_kept(&addresses))
        };
        assert_eq!([kept(&["2", "1", "3"]), kept(&["1"]), kept(&[])], [Some(true), Some(false), Some(false)]);
    }
}
