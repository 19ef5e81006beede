//! The files of a model: fetched in pieces, each checked, kept in the browser where it can, handed on and dropped.
//!
//! Pieces are addressed by their hash, so a second visit fetches nothing and an interrupted download goes on where it
//! stopped. What is fetched never depends on what a reader types. Lengths come from the manifest: a server may compress what
//! it sends, or not say how long it is.

use futures_util::stream::{self, StreamExt};
use vitrine_schema::protocol::{Failure, LoadReport, NotKept, Origin, Progress};
use vitrine_weights::manifest::sha256_hex;
use vitrine_weights::{Chunk, Manifest, ManifestFile};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

use crate::html::is_page;
use crate::scope::scope;
use crate::storage::{Storage, read};

/// Pieces under way at once: enough to hide the round trip, few enough to keep memory small.
const AHEAD: usize = 3;

/// Fetches and keeps the files of one model.
pub struct Download {
    base_url: String,
    storage: Storage,
    /// What was fetched, found and kept so far.
    pub report: LoadReport,
    done: u64,
    total: u64,
}

/// A checked piece.
struct Piece {
    bytes: Vec<u8>,
    cached: bool,
    kept: Result<(), NotKept>,
}

impl Download {
    /// Opens the browser's storage and reads the manifest.
    pub async fn open(base_url: &str) -> Result<(Self, Manifest), Failure> {
        let storage = Storage::open().await;
        let json = fetch(&format!("{base_url}manifest.json"), "manifest.json", RequestCache::NoCache).await?;
        let manifest = Manifest::from_json(&json).map_err(|error| Failure::BadModel { detail: error.to_string() })?;
        let report = LoadReport {
            fetched_bytes: 0,
            cached_bytes: 0,
            stored: true,
            kept_bytes: 0,
            not_kept: None,
            checked: true,
            elapsed_millis: 0.0,
        };
        let total = manifest.total_bytes();
        Ok((Self { base_url: base_url.to_owned(), storage, report, done: 0, total }, manifest))
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
        let (base_url, storage) = (self.base_url.clone(), self.storage.clone());
        let pieces = file.chunks.iter().map(|chunk| piece(&base_url, &storage, chunk));
        let mut pieces = stream::iter(pieces).buffered(AHEAD);
        while let Some(piece) = pieces.next().await {
            let Piece { bytes, cached, kept } = piece.map_err(|failure| self.resuming(failure))?;
            let length = bytes.len() as u64;
            if cached {
                self.report.cached_bytes += length;
            } else {
                self.report.fetched_bytes += length;
            }
            match kept {
                Ok(()) => self.report.kept_bytes += length,
                Err(why) => (self.report.stored, self.report.not_kept) = (false, Some(why)),
            }
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

    /// Another try goes on from what is kept.
    fn resuming(&self, mut failure: Failure) -> Failure {
        if let Failure::Fetch { resumes, .. } = &mut failure {
            *resumes = self.report.kept_bytes > 0;
        }
        failure
    }
}

/// One piece from storage or network, whichever has it intact; a damaged one is fetched again once.
async fn piece(base_url: &str, storage: &Storage, chunk: &Chunk) -> Result<Piece, Failure> {
    let key = format!("{base_url}{}?sha256={}", chunk.path, chunk.sha256);
    if let Some(bytes) = storage.get(&key).await.filter(|bytes| sha256_hex(bytes) == chunk.sha256) {
        return Ok(Piece { bytes, cached: true, kept: Ok(()) });
    }
    let url = format!("{base_url}{}", chunk.path);
    for mode in [RequestCache::NoStore, RequestCache::Reload] {
        let bytes = fetch(&url, &chunk.path, mode).await?;
        if sha256_hex(&bytes) == chunk.sha256 {
            let kept = storage.put(&key, &bytes).await;
            return Ok(Piece { bytes, cached: false, kept });
        }
    }
    Err(Failure::Corrupt { file: chunk.path.clone() })
}

async fn fetch(url: &str, file: &str, mode: RequestCache) -> Result<Vec<u8>, Failure> {
    let failed = |status| Failure::Fetch { file: file.to_owned(), status, origin: Origin::Site, resumes: false };
    let options = RequestInit::new();
    options.set_cache(mode);
    let answer = JsFuture::from(scope().fetch_with_str_and_init(url, &options)).await.map_err(|_| failed(0))?;
    let response: Response = answer.dyn_into().map_err(|_| failed(0))?;
    if !response.ok() {
        return Err(failed(response.status()));
    }
    let bytes = read(&response).await.ok_or_else(|| failed(0))?;
    if is_page(&bytes) {
        return Err(Failure::NotAFile { file: file.to_owned(), origin: Origin::Site });
    }
    Ok(bytes)
}
