//! The files of a model that does not come with the page: on the reader's disk, or on the hub.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use sha2::{Digest, Sha256};
use vitrine_engine::{Layout, Parts};
use vitrine_schema::catalog::Offer;
use vitrine_schema::protocol::{Failure, NotKept, Origin, Progress};
use vitrine_weights::folder::{self, SmallFiles, WeightFiles};
use vitrine_weights::{WeightsError, safetensors};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, ReadableStreamDefaultReader, RequestInit, Response};

use crate::html::{ENOUGH, is_page};
use crate::scope::scope;
use crate::storage::Storage;

const PIECE_BYTES: f64 = 2_097_152.0;

/// Where files are asked for by name.
pub enum Files {
    /// What the reader dropped or picked.
    Disk {
        files: Vec<File>,
        /// What the model is called, where its files no longer say.
        called: Option<String>,
    },
    /// A repository of the hub.
    Hub {
        base_url: String,
        id: String,
        /// What was read, where it is to be kept.
        copies: Option<Copies>,
    },
}

/// The files that were read, each in its pieces.
pub type Copies = Rc<RefCell<Option<BTreeMap<String, Array>>>>;

/// A file that can be read piece by piece.
pub struct Opened {
    /// Its length, where that is certain.
    pub bytes: Option<u64>,
    /// The length that a server claims; it may be that of the packed bytes.
    claimed: Option<u64>,
    /// What was read to see what it is.
    first: Vec<u8>,
    source: Source,
    copies: Option<Copies>,
}

enum Source {
    Disk(File, f64),
    Hub(ReadableStreamDefaultReader),
}

impl Files {
    /// The files that travelled with a message.
    pub fn from_disk(message: &JsValue, called: Option<String>) -> Self {
        let files = js_sys::Reflect::get(message, &"files".into()).ok();
        let files = files.map(|files| Array::from(&files).iter().filter_map(|file| file.dyn_into().ok()).collect());
        Self::Disk { files: files.unwrap_or_default(), called }
    }

    /// Reads the small files; returns them with the names of those that hold the weights.
    pub async fn parts(&self) -> Result<(Parts, Vec<String>), Failure> {
        let bad = |error: WeightsError| Failure::BadModel { detail: error.to_string() };
        let parts = |layout| Parts { id: self.id(), licence: None, sha256: String::new(), bytes: 0, layout };
        let weights = match self.names().await? {
            names if names.is_empty() => return Err(Failure::MissingFile { file: folder::CONFIG.to_owned() }),
            names => folder::weight_files(names.iter().map(String::as_str)).map_err(bad)?,
        };
        let names = match weights {
            WeightFiles::Gguf(names) => return Ok((parts(Layout::Gguf), names)),
            WeightFiles::Safetensors(name) => vec![name],
            WeightFiles::Index(name) => {
                let missing = || Failure::MissingFile { file: name.clone() };
                safetensors::shards(&self.whole(&name).await?.ok_or_else(missing)?).map_err(bad)?
            }
        };
        let mut small = SmallFiles::new();
        for name in folder::SMALL_FILES {
            if folder::is_wanted(name, &small)
                && let Some(file) = self.whole(name).await?
            {
                small.insert(name.to_owned(), file);
            }
        }
        Ok((parts(Layout::HuggingFace(small)), names))
    }

    /// Names of the files that tell what this is; of the hub, which lists nothing, those that answer.
    async fn names(&self) -> Result<Vec<String>, Failure> {
        let Self::Hub { .. } = self else { return Ok(self.on_disk().map(|(name, _)| name).collect()) };
        // Every model has the first; why it does not come is what the reader is told.
        if !self.opens(folder::CONFIG).await? {
            return Ok(Vec::new());
        }
        let mut names = vec![folder::CONFIG.to_owned()];
        for name in [folder::INDEX, "model.safetensors", "adapter_config.json", "pytorch_model.bin"] {
            if self.answers(name).await {
                names.push(name.to_owned());
                break;
            }
        }
        Ok(names)
    }

    /// Whether the hub has a file, without fetching it unless its type says that it is a page, which may not be so.
    async fn answers(&self, name: &str) -> bool {
        let Self::Hub { base_url, id, .. } = self else { return false };
        let options = RequestInit::new();
        options.set_method("HEAD");
        let url = format!("{base_url}{id}/resolve/main/{name}");
        let answer = JsFuture::from(scope().fetch_with_str_and_init(&url, &options)).await;
        let Some(response) = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()) else { return false };
        let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
        response.ok() && (!kind.starts_with("text/html") || self.opens(name).await.unwrap_or(false))
    }

    /// Whether there is a file; no more than its beginning is fetched.
    async fn opens(&self, name: &str) -> Result<bool, Failure> {
        let opened = self.open(name).await?;
        if let Some(Opened { source: Source::Hub(reader), .. }) = &opened {
            // One that has come to its end already is as good.
            let _ = JsFuture::from(reader.cancel()).await;
        }
        Ok(opened.is_some())
    }

    /// Files from the reader's disk, by their names beside the configuration, wherever in the dropped folder that stands.
    fn on_disk(&self) -> impl Iterator<Item = (String, &File)> {
        let files = if let Self::Disk { files, .. } = self { files.as_slice() } else { &[] };
        let place = |file: &File| {
            let path = js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
            path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
        };
        let config = files.iter().map(place).filter(|path| path.ends_with(folder::CONFIG)).min_by_key(String::len);
        let folder = config.map(|path| path.trim_end_matches(folder::CONFIG).to_owned()).unwrap_or_default();
        files.iter().map(move |file| {
            let path = place(file);
            (path.strip_prefix(&folder).unwrap_or(&path).to_owned(), file)
        })
    }

    /// What the model is called on this page; never the name of one that comes with it.
    pub fn id(&self) -> String {
        let name = match self {
            Self::Hub { id, .. } => id.clone(),
            Self::Disk { called: Some(called), .. } => called.clone(),
            Self::Disk { files, .. } => {
                let gguf = files.iter().map(File::name).find(|name| name.to_lowercase().ends_with(".gguf"));
                let folder = files.iter().find_map(|file| {
                    let path = js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok()?.as_string()?;
                    path.split_once('/').map(|(folder, _)| folder.to_owned())
                });
                let stem = gguf.map(|name| name.chars().take(name.chars().count().saturating_sub(5)).collect());
                stem.or(folder).unwrap_or_else(|| "own model".to_owned())
            }
        };
        if Offer::named(&name).is_some() { format!("{name} (own)") } else { name }
    }

    /// A small file; `None` when there is none of that name.
    async fn whole(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let opened = match self.open(name).await {
            // Some hubs answer with a page for what they do not have; that is said of the file that every model has.
            Err(Failure::NotAFile { .. }) if name != folder::CONFIG => None,
            opened => opened?,
        };
        let Some(mut opened) = opened else { return Ok(None) };
        let mut whole = Vec::new();
        while let Some(piece) = opened.next(name).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(Some(whole))
    }

    /// Opens a file; `None` when there is none of that name.
    pub async fn open(&self, name: &str) -> Result<Option<Opened>, Failure> {
        match self {
            Self::Disk { .. } => Ok(self.on_disk().find(|(known, _)| known == name).map(|(_, file)| {
                let bytes = Some(file.size() as u64);
                let source = Source::Disk(file.clone(), 0.0);
                Opened { bytes, claimed: bytes, first: Vec::new(), source, copies: None }
            })),
            Self::Hub { base_url, id, copies } => {
                let url = format!("{base_url}{id}/resolve/main/{name}");
                let failed = |status| failed(name, status, Origin::Hub);
                let answer = JsFuture::from(scope().fetch_with_str(&url)).await.map_err(|_| failed(0))?;
                let response: Response = answer.dyn_into().map_err(|_| failed(0))?;
                if response.status() == 404 {
                    return Ok(None);
                }
                if !response.ok() {
                    return Err(failed(response.status()));
                }
                let header = |name: &str| response.headers().get(name).ok().flatten();
                let packed = header("content-encoding").is_some_and(|encoding| encoding != "identity");
                let claimed = header("content-length").filter(|_| !packed).and_then(|length| length.parse().ok());
                let body = response.body().ok_or_else(|| failed(0))?;
                let reader = body.get_reader().dyn_into().map_err(|_| failed(0))?;
                let (source, copies) = (Source::Hub(reader), copies.clone());
                let mut opened = Opened { bytes: None, claimed, first: Vec::new(), source, copies };
                opened.look(name).await?;
                Ok(Some(opened))
            }
        }
    }
}

impl Opened {
    /// Reads far enough to tell a page from a file.
    async fn look(&mut self, name: &str) -> Result<(), Failure> {
        while self.first.len() < ENOUGH
            && let Some(piece) = self.read(name).await?
        {
            self.first.extend_from_slice(&piece);
        }
        if is_page(&self.first) {
            return Err(Failure::NotAFile { file: name.to_owned(), origin: Origin::Hub });
        }
        Ok(())
    }

    /// The next piece, never an empty one; `None` at the end.
    pub async fn next(&mut self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let first = std::mem::take(&mut self.first);
        let piece = if first.is_empty() { self.read(name).await? } else { Some(first) };
        if let (Some(copies), Some(piece)) = (&self.copies, &piece) {
            let mut copies = copies.borrow_mut();
            // The browser holds it, on its disk where it is large; where it cannot, there is no copy of the whole.
            match Blob::new_with_buffer_source_sequence(&Array::of1(&Uint8Array::from(piece.as_slice()))) {
                Ok(copy) => copies.iter_mut().for_each(|files| {
                    files.entry(name.to_owned()).or_default().push(&copy);
                }),
                Err(_) => *copies = None,
            }
        }
        Ok(piece)
    }

    async fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match &mut self.source {
            Source::Disk(file, at) => {
                let failed = |_| failed(name, 0, Origin::Disk);
                if *at >= file.size() {
                    return Ok(None);
                }
                let end = (*at + PIECE_BYTES).min(file.size());
                let slice = file.slice_with_f64_and_f64(*at, end).map_err(failed)?;
                let buffer = JsFuture::from(slice.array_buffer()).await.map_err(failed)?;
                *at = end;
                Ok(Some(Uint8Array::new(&buffer).to_vec()))
            }
            Source::Hub(reader) => loop {
                let failed = |_| failed(name, 0, Origin::Hub);
                let read = JsFuture::from(reader.read()).await.map_err(failed)?;
                let value = js_sys::Reflect::get(&read, &"value".into()).map_err(failed)?;
                match value.dyn_into::<Uint8Array>() {
                    Ok(bytes) if bytes.length() == 0 => {}
                    bytes => return Ok(bytes.ok().map(|bytes| bytes.to_vec())),
                }
            },
        }
    }
}

fn failed(file: &str, status: u16, origin: Origin) -> Failure {
    Failure::Fetch { file: file.to_owned(), status, origin, resumes: false }
}

/// Keeps what was read of a model under the addresses of a folder; its length, and why it is not kept.
pub async fn keep(copies: &Copies, folder: &str, id: &str) -> (u64, Option<NotKept>) {
    let name = |name: &str| String::from(js_sys::encode_uri_component(name));
    let whole = |(file, pieces): (&String, &Array)| {
        let key = format!("{folder}{}/{}", name(id), name(file));
        Some((key, Blob::new_with_blob_sequence(pieces).ok()?))
    };
    let files: Option<Vec<(String, Blob)>> =
        copies.borrow().as_ref().and_then(|files| files.iter().map(whole).collect());
    let Some(files) = files else { return (0, Some(NotKept::Full)) };
    match Storage::open().await.put_files(&files).await {
        Ok(()) => (files.iter().map(|(_, file)| file.size() as u64).sum(), None),
        Err(why) => (0, Some(why)),
    }
}

/// Reads the weights, telling how far; returns their hash and length.
///
/// `start` is told a file's length where it is certain; the end of another file is an empty piece.
pub async fn read_weights(
    files: &Files,
    names: &[String],
    mut start: impl FnMut(&str, Option<u64>) -> Result<(), Failure>,
    mut take: impl FnMut(&[u8], Progress) -> Result<(), Failure>,
) -> Result<(String, u64), Failure> {
    let mut sha = Sha256::new();
    let (mut done, mut total) = (0, Some(0));
    for name in names {
        let missing = || Failure::MissingFile { file: name.clone() };
        let mut opened = files.open(name).await?.ok_or_else(missing)?;
        total = total.zip(opened.claimed).map(|(total, bytes): (u64, u64)| total.saturating_add(bytes));
        start(name, opened.bytes)?;
        while let Some(piece) = opened.next(name).await? {
            sha.update(&piece);
            done += piece.len() as u64;
            // A claim that was exceeded was about something else.
            total = total.filter(|total| done <= *total);
            take(&piece, Progress { done, total: total.unwrap_or(0) })?;
        }
        if opened.bytes.is_none() {
            take(&[], Progress { done, total: total.unwrap_or(0) })?;
        }
    }
    Ok((sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), done))
}
