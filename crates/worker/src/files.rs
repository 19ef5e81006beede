//! The files of a model that does not come with the page: on the reader's disk, or on the hub.

use js_sys::{Array, Uint8Array};
use sha2::{Digest, Sha256};
use vitrine_engine::{Layout, Parts};
use vitrine_schema::catalog::Offer;
use vitrine_schema::protocol::{Failure, Progress};
use vitrine_weights::safetensors;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader, Response};

use crate::scope::scope;

const PIECE_BYTES: f64 = 2_097_152.0;
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Where files are asked for by name.
pub enum Files {
    /// What the reader dropped or picked.
    Disk(Vec<File>),
    /// A repository of the hub.
    Hub { base_url: String, id: String },
}

/// A file that can be read piece by piece.
pub struct Opened {
    /// Its length.
    pub bytes: u64,
    source: Source,
}

enum Source {
    Disk(File, f64),
    Hub(ReadableStreamDefaultReader),
}

impl Files {
    /// The files that travelled with a message.
    pub fn from_disk(message: &JsValue) -> Self {
        let files = js_sys::Reflect::get(message, &"files".into()).ok();
        let files = files.map(|files| Array::from(&files).iter().filter_map(|file| file.dyn_into().ok()).collect());
        Self::Disk(files.unwrap_or_default())
    }

    /// Reads the small files; returns them with the names of those that hold the weights.
    pub async fn parts(&self) -> Result<(Parts, Vec<String>), Failure> {
        let parts =
            |layout| Parts { id: self.id(), licence: "its own".to_owned(), sha256: String::new(), bytes: 0, layout };
        if let Self::Disk(files) = self
            && let Some(gguf) = files.iter().find(|file| file.name().to_lowercase().ends_with(".gguf"))
        {
            return Ok((parts(Layout::Gguf), vec![gguf.name()]));
        }
        let missing = |file: &str| Failure::MissingFile { file: file.to_owned() };
        let layout = Layout::HuggingFace {
            config: self.whole(CONFIG).await?.ok_or_else(|| missing(CONFIG))?,
            tokenizer: self.whole(TOKENIZER).await?.ok_or_else(|| missing(TOKENIZER))?,
            tokenizer_config: self.whole(TOKENIZER_CONFIG).await?,
        };
        let weights = match self.whole(INDEX).await? {
            Some(index) => {
                safetensors::shards(&index).map_err(|error| Failure::BadModel { detail: error.to_string() })?
            }
            None => vec![SINGLE.to_owned()],
        };
        Ok((parts(layout), weights))
    }

    /// What the model is called on this page; never the name of one that comes with it.
    fn id(&self) -> String {
        let name = match self {
            Self::Hub { id, .. } => id.clone(),
            Self::Disk(files) => {
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
        let Some(mut opened) = self.open(name).await? else { return Ok(None) };
        let mut whole = Vec::new();
        while let Some(piece) = opened.next(name).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(Some(whole))
    }

    /// Opens a file; `None` when there is none of that name.
    pub async fn open(&self, name: &str) -> Result<Option<Opened>, Failure> {
        match self {
            Self::Disk(files) => Ok(files
                .iter()
                .find(|file| file.name() == name)
                .map(|file| Opened { bytes: file.size() as u64, source: Source::Disk(file.clone(), 0.0) })),
            Self::Hub { base_url, id } => {
                let url = format!("{base_url}{id}/resolve/main/{name}");
                let failed = |status| Failure::Fetch { file: name.to_owned(), status };
                let answer = JsFuture::from(scope().fetch_with_str(&url)).await.map_err(|_| failed(0))?;
                let response: Response = answer.dyn_into().map_err(|_| failed(0))?;
                if response.status() == 404 {
                    return Ok(None);
                }
                if !response.ok() {
                    return Err(failed(response.status()));
                }
                let header = |name: &str| response.headers().get(name).ok().flatten();
                if header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                    return Err(Failure::NotAFile { file: name.to_owned() });
                }
                let bytes = header("content-length").and_then(|length| length.parse().ok());
                let reader = response.body().map(|body| body.get_reader().dyn_into());
                match (bytes, reader) {
                    (Some(bytes), Some(Ok(reader))) => Ok(Some(Opened { bytes, source: Source::Hub(reader) })),
                    _ => Err(Failure::NotAFile { file: name.to_owned() }),
                }
            }
        }
    }
}

impl Opened {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let failed = |_| Failure::Fetch { file: name.to_owned(), status: 0 };
        match &mut self.source {
            Source::Disk(file, at) => {
                if *at >= file.size() {
                    return Ok(None);
                }
                let end = (*at + PIECE_BYTES).min(file.size());
                let slice = file.slice_with_f64_and_f64(*at, end).map_err(failed)?;
                let buffer = JsFuture::from(slice.array_buffer()).await.map_err(failed)?;
                *at = end;
                Ok(Some(Uint8Array::new(&buffer).to_vec()))
            }
            Source::Hub(reader) => {
                let read = JsFuture::from(reader.read()).await.map_err(failed)?;
                let value = js_sys::Reflect::get(&read, &"value".into()).map_err(failed)?;
                Ok(value.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec()))
            }
        }
    }
}

/// Reads the weights, telling how far; returns their hash and length.
pub async fn read_weights(
    files: &Files,
    names: &[String],
    mut start: impl FnMut(u64) -> Result<(), Failure>,
    mut take: impl FnMut(&[u8], Progress) -> Result<(), Failure>,
) -> Result<(String, u64), Failure> {
    let mut sha = Sha256::new();
    let (mut done, mut total) = (0, 0);
    for name in names {
        let missing = || Failure::MissingFile { file: name.clone() };
        let mut opened = files.open(name).await?.ok_or_else(missing)?;
        total += opened.bytes;
        start(opened.bytes)?;
        while let Some(piece) = opened.next(name).await? {
            sha.update(&piece);
            done += piece.len() as u64;
            take(&piece, Progress { done, total })?;
        }
    }
    Ok((sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), done))
}
