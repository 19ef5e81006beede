//! Models on disk: a folder in Hugging Face layout, or a GGUF file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use sha2::{Digest, Sha256};
use vitrine_weights::{GgufStream, Manifest, ModelConfig, WeightsError, gguf};

use crate::{EngineError, Layout, Parts, Session, SessionBuilder};

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

const PIECE_BYTES: usize = 1 << 20;
/// What the shipped language model's file is called in its folder.
const GGUF: &str = "model.gguf";
const SAFETENSORS: &str = "model.safetensors";
const SHARDS: &str = "model.safetensors.index.json";

/// Whether something at this path looks like a model.
#[must_use]
pub fn is_model(path: &Path) -> bool {
    let has = |name: &str| path.join(name).is_file();
    is_gguf(path) || has(SAFETENSORS) || has(GGUF) || has(SHARDS)
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) && path.is_file()
}

/// The files with the weights, in order.
///
/// # Errors
/// [`FolderError`].
pub fn weights(path: &Path) -> Result<Vec<PathBuf>, FolderError> {
    if is_gguf(path) {
        return Ok(vec![path.to_owned()]);
    }
    let single = [SAFETENSORS, GGUF].map(|name| path.join(name)).into_iter().find(|file| file.is_file());
    if let Some(file) = single {
        return Ok(vec![file]);
    }
    let index = path.join(SHARDS);
    if index.is_file() {
        let names = vitrine_weights::safetensors::shards(&read(&index)?).map_err(EngineError::from)?;
        return Ok(names.into_iter().map(|name| path.join(name)).collect());
    }
    Err(io_error(&path.join(SAFETENSORS), io::Error::from(io::ErrorKind::NotFound)))
}

/// Reads identity and small files; with no manifest, the identifier is the name of folder or file and the weights are
/// hashed.
///
/// # Errors
/// [`FolderError`].
pub fn parts(path: &Path) -> Result<Parts, FolderError> {
    let weights = weights(path)?;
    let gguf = weights.first().is_some_and(|file| is_gguf(file));
    let layout = if gguf {
        Layout::Gguf
    } else {
        let tokenizer_config = path.join("tokenizer_config.json");
        Layout::HuggingFace {
            config: read(&path.join("config.json"))?,
            tokenizer: read(&path.join("tokenizer.json"))?,
            tokenizer_config: tokenizer_config.is_file().then(|| read(&tokenizer_config)).transpose()?,
        }
    };
    let manifest = path.join("manifest.json");
    if manifest.is_file() {
        let manifest = Manifest::from_json(&read(&manifest)?).map_err(EngineError::from)?;
        let name = if gguf { GGUF } else { SAFETENSORS };
        let sha256 = manifest.file(name).map_err(EngineError::from)?.sha256.clone();
        let bytes = manifest.total_bytes();
        return Ok(Parts { id: manifest.id, licence: manifest.licence, sha256, bytes, layout });
    }
    let stem = if path.is_file() { path.file_stem() } else { path.file_name() };
    let id = stem.map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
    let mut bytes = 0;
    let mut sha = Sha256::new();
    for file in &weights {
        pieces(file, &mut |piece| {
            bytes += piece.len() as u64;
            sha.update(piece);
            Ok(())
        })?;
    }
    if let Layout::HuggingFace { config, tokenizer, .. } = &layout {
        bytes += (config.len() + tokenizer.len()) as u64;
    }
    let sha256 = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Parts { id, licence: "unknown".to_owned(), sha256, bytes, layout })
}

/// The configuration of a model; of a GGUF file no more than the header is read.
///
/// # Errors
/// [`FolderError`].
pub fn config(path: &Path) -> Result<ModelConfig, FolderError> {
    let Some(file) = weights(path)?.into_iter().find(|file| is_gguf(file)) else {
        return Ok(ModelConfig::from_json(&read(&path.join("config.json"))?).map_err(EngineError::from)?);
    };
    let length = std::fs::metadata(&file).map_err(|source| io_error(&file, source))?.len();
    let mut stream = GgufStream::new(length);
    let mut config = None;
    pieces(&file, &mut |piece| {
        if config.is_none() {
            stream.push(piece, &mut drop).map_err(EngineError::from)?;
            config = stream.metadata().map(gguf::llama::config);
        }
        Ok(())
    })?;
    let cut = WeightsError::CutShort { expected: length, found: length };
    Ok(config.unwrap_or(Err(cut)).map_err(EngineError::from)?)
}

/// Loads a model.
///
/// # Errors
/// [`FolderError`].
pub fn open(path: &Path, device: Device) -> Result<Session, FolderError> {
    let mut builder = SessionBuilder::new(parts(path)?, device, u64::MAX)?;
    for file in weights(path)? {
        builder.file(std::fs::metadata(&file).map_err(|source| io_error(&file, source))?.len())?;
        pieces(&file, &mut |piece| Ok(builder.push(piece)?))?;
    }
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
