//! The files of a model: fetched in pieces, each checked, kept in the browser, handed on and dropped.
//!
//! Pieces are addressed by their hash, so a second visit fetches nothing and an interrupted download goes on where it
//! stopped. What is fetched never depends on what a reader types.

use futures_util::stream::{self, StreamExt};
use js_sys::Uint8Array;
use vitrine_schema::protocol::{Failure, LoadReport, Progress};
use vitrine_weights::manifest::sha256_hex;
use vitrine_weights::{Chunk, Manifest, ManifestFile};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, RequestCache, RequestInit, Response};

use crate::scope::scope;

const CACHE_NAME: &str = "vitrine-weights-v1";
/// Pieces under way at once: enough to hide the round trip, few enough to keep memory small.
const AHEAD: usize = 3;

/// Fetches and keeps the files of one model.
pub struct Download {
    base_url: String,
    cache: Option<Cache>,
    /// What was fetched, found and kept so far.
    pub report: LoadReport,
    done: u64,
    total: u64,
}

/// A checked piece.
struct Piece {
    bytes: Vec<u8>,
    cached: bool,
    stored: bool,
}

impl Download {
    /// Opens the browser's storage and reads the manifest.
    pub async fn open(base_url: &str) -> Result<(Self, Manifest), Failure> {
        let cache = open_cache().await;
        let json = fetch(&format!("{base_url}manifest.json"), "manifest.json", RequestCache::NoCache).await?;
        let manifest = Manifest::from_json(&json).map_err(|error| Failure::BadModel { detail: error.to_string() })?;
        let report = LoadReport { fetched_bytes: 0, cached_bytes: 0, stored: true, checked: true, elapsed_millis: 0.0 };
        let total = manifest.total_bytes();
        Ok((Self { base_url: base_url.to_owned(), cache, report, done: 0, total }, manifest))
    }

    /// How far the download is.
    pub const fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total }
    }

    /// Hands on each piece of a file in order.
    pub async fn file(
        &mut self,
        file: &ManifestFile,
        mut take: impl FnMut(&Self, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (base_url, cache) = (self.base_url.clone(), self.cache.clone());
        let pieces = file.chunks.iter().map(|chunk| piece(&base_url, cache.as_ref(), chunk));
        let mut pieces = stream::iter(pieces).buffered(AHEAD);
        while let Some(piece) = pieces.next().await {
            let Piece { bytes, cached, stored } = piece?;
            let length = bytes.len() as u64;
            if cached {
                self.report.cached_bytes += length;
            } else {
                self.report.fetched_bytes += length;
            }
            self.report.stored &= stored;
            self.done += length;
            take(self, &bytes)?;
        }
        Ok(())
    }

    /// A small file as a whole.
    pub async fn whole(&mut self, file: &ManifestFile) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        self.file(file, |_, piece| {
            whole.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(whole)
    }
}

/// One piece from storage or network, whichever has it intact; a damaged one is fetched again once.
async fn piece(base_url: &str, cache: Option<&Cache>, chunk: &Chunk) -> Result<Piece, Failure> {
    let key = format!("{base_url}{}?sha256={}", chunk.path, chunk.sha256);
    if let Some(bytes) = stored(cache, &key).await.filter(|bytes| sha256_hex(bytes) == chunk.sha256) {
        return Ok(Piece { bytes, cached: true, stored: true });
    }
    let url = format!("{base_url}{}", chunk.path);
    for mode in [RequestCache::NoStore, RequestCache::Reload] {
        let bytes = fetch(&url, &chunk.path, mode).await?;
        if sha256_hex(&bytes) == chunk.sha256 {
            let stored = store(cache, &key, &bytes).await.is_some();
            return Ok(Piece { bytes, cached: false, stored });
        }
    }
    Err(Failure::Corrupt { file: chunk.path.clone() })
}

/// The browser's storage; private windows and plain-text hosts have none.
async fn open_cache() -> Option<Cache> {
    let caches = scope().caches().ok()?;
    JsFuture::from(caches.open(CACHE_NAME)).await.ok()?.dyn_into().ok()
}

async fn stored(cache: Option<&Cache>, key: &str) -> Option<Vec<u8>> {
    let found = JsFuture::from(cache?.match_with_str(key)).await.ok()?;
    read(found.dyn_into().ok()?).await
}

/// Keeps a piece; `None` when the quota is full or there is no storage.
async fn store(cache: Option<&Cache>, key: &str, bytes: &[u8]) -> Option<()> {
    let body = Uint8Array::from(bytes);
    let response = Response::new_with_opt_buffer_source(Some(&body)).ok()?;
    JsFuture::from(cache?.put_with_str(key, &response)).await.ok()?;
    Some(())
}

async fn fetch(url: &str, file: &str, mode: RequestCache) -> Result<Vec<u8>, Failure> {
    let no_answer = || Failure::Fetch { file: file.to_owned(), status: 0 };
    let options = RequestInit::new();
    options.set_cache(mode);
    let answer = JsFuture::from(scope().fetch_with_str_and_init(url, &options)).await.map_err(|_| no_answer())?;
    let response: Response = answer.dyn_into().map_err(|_| no_answer())?;
    if !response.ok() {
        return Err(Failure::Fetch { file: file.to_owned(), status: response.status() });
    }
    read(response).await.ok_or_else(no_answer)
}

async fn read(response: Response) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
