//! Models on disk: a folder in Hugging Face layout.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use burn::tensor::Device;
use sha2::{Digest, Sha256};
use vitrine_weights::Manifest;

use crate::{EngineError, Parts, Session, SessionBuilder};

/// Why a folder cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file is missing or unreadable.
    #[error("{file} cannot be read")]
    Io {
        /// Which file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is damaged.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

const WEIGHTS: &str = "model.safetensors";
const PIECE_BYTES: usize = 1 << 20;

/// Reads identity and small files; with no manifest, the identifier is the folder's name and the weights are hashed.
///
/// # Errors
/// [`FolderError`].
pub fn parts(folder: &Path) -> Result<Parts, FolderError> {
    let weights = folder.join(WEIGHTS);
    let metadata = std::fs::metadata(&weights).map_err(|source| io_error(&weights, source))?;
    let (config, tokenizer) = (read(&folder.join("config.json"))?, read(&folder.join("tokenizer.json"))?);
    let manifest = folder.join("manifest.json");
    if manifest.exists() {
        let manifest = Manifest::from_json(&read(&manifest)?).map_err(EngineError::from)?;
        let sha256 = manifest.file(WEIGHTS).map_err(EngineError::from)?.sha256.clone();
        let bytes = manifest.total_bytes();
        return Ok(Parts { id: manifest.id, licence: manifest.licence, sha256, bytes, config, tokenizer });
    }
    let id = folder.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
    let bytes = metadata.len() + (config.len() + tokenizer.len()) as u64;
    let mut sha = Sha256::new();
    pieces(&weights, &mut |piece| {
        sha.update(piece);
        Ok(())
    })?;
    let sha256 = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Parts { id, licence: "unknown".to_owned(), sha256, bytes, config, tokenizer })
}

/// Loads a model.
///
/// # Errors
/// [`FolderError`].
pub fn open(folder: &Path, device: Device) -> Result<Session, FolderError> {
    let weights = folder.join(WEIGHTS);
    let parts = parts(folder)?;
    let length = std::fs::metadata(&weights).map_err(|source| io_error(&weights, source))?.len();
    let mut builder = SessionBuilder::new(parts, length, device)?;
    pieces(&weights, &mut |piece| Ok(builder.push(piece)?))?;
    Ok(builder.finish()?)
}

fn pieces(path: &Path, take: &mut dyn FnMut(&[u8]) -> Result<(), FolderError>) -> Result<(), FolderError> {
    let mut file = File::open(path).map_err(|source| io_error(path, source))?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let n = file.read(&mut piece).map_err(|source| io_error(path, source))?;
        match piece.get(..n) {
            None | Some([]) => return Ok(()),
            Some(piece) => take(piece)?,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    std::fs::read(path).map_err(|source| io_error(path, source))
}

fn io_error(path: &Path, source: io::Error) -> FolderError {
    FolderError::Io { file: path.display().to_string(), source }
}
