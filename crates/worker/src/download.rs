//! The files of a model: fetched in pieces, each checked, kept in the browser where it can, handed on and dropped.
//!
//! Pieces are addressed by their hash, so a second visit fetches nothing and an interrupted download goes on where it
//! stopped. What is fetched never depends on what a reader types. Lengths come from the manifest: a server may compress what
//! it sends, or not say how long it is. What is being kept is waited for once, when the model has run.

use std::collections::VecDeque;

use futures_util::stream::{self, StreamExt};
use js_sys::Uint8Array;
use vitrine_schema::protocol::{Failure, LoadReport, NotKept, Origin, Progress};
use vitrine_weights::manifest::sha256_hex;
use vitrine_weights::{Chunk, Manifest, ManifestFile};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

use crate::html::is_page;
use crate::scope::{call, property, scope};
use crate::storage::{Storage, read, reason};

/// Pieces under way at once, those being kept not counted: enough to hide the round trip, few enough to keep memory small.
const AHEAD: usize = 4;
/// Pieces being kept at once, which the browser holds meanwhile.
const KEPT_AT_ONCE: usize = 8;

/// Fetches and keeps the files of one model.
pub struct Download {
    base_url: String,
    storage: Storage,
    /// What was fetched, found and kept so far.
    report: LoadReport,
    /// Lengths of the pieces that are being kept.
    keeping: VecDeque<(u64, JsFuture)>,
    done: u64,
    total: u64,
}

/// A checked piece.
struct Piece {
    bytes: Vec<u8>,
    kept: Kept,
}

/// Whether the browser keeps a piece.
enum Kept {
    Already,
    Soon(JsFuture),
    Not(NotKept),
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
        let (base_url, keeping, total) = (base_url.to_owned(), VecDeque::new(), manifest.total_bytes());
        Ok((Self { base_url, storage, report, keeping, done: 0, total }, manifest))
    }

    /// How far the download is.
    pub const fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total }
    }

    /// Hands on each piece of some files in order; those that follow come meanwhile.
    pub async fn files(
        &mut self,
        files: &[&ManifestFile],
        mut take: impl FnMut(&Self, &ManifestFile, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (base_url, storage) = (&self.base_url.clone(), &self.storage.clone());
        let chunks = files.iter().flat_map(|file| file.chunks.iter().map(move |chunk| (*file, chunk)));
        let pieces = chunks.map(|(file, chunk)| async move { (file, piece(base_url, storage, chunk).await) });
        let mut pieces = stream::iter(pieces).buffered(AHEAD);
        while let Some((file, piece)) = pieces.next().await {
            let Piece { bytes, kept } = match piece {
                Ok(piece) => piece,
                Err(failure) => return Err(self.resuming(failure).await),
            };
            let length = bytes.len() as u64;
            match kept {
                Kept::Already => {
                    self.report.cached_bytes += length;
                    self.report.kept_bytes += length;
                }
                Kept::Soon(keeping) => self.keeping.push_back((length, keeping)),
                Kept::Not(why) => (self.report.stored, self.report.not_kept) = (false, Some(why)),
            }
            self.done += length;
            self.report.fetched_bytes = self.done - self.report.cached_bytes;
            take(self, file, &bytes)?;
            self.settle(KEPT_AT_ONCE).await;
        }
        Ok(())
    }

    /// What was fetched, found and kept, once all that is being kept is.
    pub async fn report(mut self) -> LoadReport {
        self.settle(0).await;
        self.report
    }

    /// Waits until only so many pieces are being kept.
    async fn settle(&mut self, most: usize) {
        while self.keeping.len() > most {
            let Some((length, keeping)) = self.keeping.pop_front() else { return };
            match keeping.await {
                Ok(_) => self.report.kept_bytes += length,
                Err(error) => (self.report.stored, self.report.not_kept) = (false, Some(reason(&error))),
            }
        }
    }

    /// Another try goes on from what is kept.
    async fn resuming(&mut self, mut failure: Failure) -> Failure {
        self.settle(0).await;
        if let Failure::Fetch { resumes, .. } = &mut failure {
            *resumes = self.report.kept_bytes > 0;
        }
        failure
    }
}

/// One piece from storage or network, whichever has it intact; a damaged one is fetched again once.
async fn piece(base_url: &str, storage: &Storage, chunk: &Chunk) -> Result<Piece, Failure> {
    let key = format!("{base_url}{}?sha256={}", chunk.path, chunk.sha256);
    if let Some(bytes) = storage.get(&key).await
        && sha256(&bytes).await == chunk.sha256
    {
        return Ok(Piece { bytes, kept: Kept::Already });
    }
    let url = format!("{base_url}{}", chunk.path);
    for mode in [RequestCache::NoStore, RequestCache::Reload] {
        let bytes = fetch(&url, &chunk.path, mode).await?;
        if sha256(&bytes).await == chunk.sha256 {
            let kept = storage.put(&key, &bytes).map_or_else(Kept::Not, Kept::Soon);
            return Ok(Piece { bytes, kept });
        }
    }
    Err(Failure::Corrupt { file: chunk.path.clone() })
}

/// SHA-256 as the browser computes it, beside this worker; at a plain `http://` address it does not, and it is computed here.
async fn sha256(bytes: &[u8]) -> String {
    let subtle = property(&scope(), "crypto").and_then(|crypto| property(&crypto, "subtle"));
    if let Some(subtle) = subtle
        && let Ok(digest) = call(&subtle, "digest", &[&"SHA-256".into(), &Uint8Array::from(bytes)]).await
    {
        return Uint8Array::new(&digest).to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
    }
    sha256_hex(bytes)
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
