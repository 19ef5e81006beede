//! Models on disk: a folder in Hugging Face layout, or a GGUF file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use sha2::{Digest, Sha256};
use vitrine_schema::{Account, Inspection};
use vitrine_weights::folder::{self, SMALL_FILES, SmallFiles, WeightFiles};
use vitrine_weights::{Described, GgufStream, Manifest, WeightsError, accept, gguf};

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

impl From<WeightsError> for FolderError {
    fn from(error: WeightsError) -> Self {
        Self::Engine(error.into())
    }
}

const PIECE_BYTES: usize = 1 << 20;
const MANIFEST: &str = "manifest.json";

/// Whether something at this path is meant to be a model: a GGUF file, or a folder with files of a model, readable or not.
#[must_use]
pub fn is_model(path: &Path) -> bool {
    // Any folder may have a card.
    let known = |name: &str| SMALL_FILES.contains(&name) && name != folder::CARD || name == MANIFEST;
    is_gguf(path) || names(path).is_ok_and(|names| names.iter().any(|name| known(name) || has_gguf_ending(name)))
}

fn has_gguf_ending(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".gguf")
}

fn is_gguf(path: &Path) -> bool {
    path.to_str().is_some_and(has_gguf_ending) && path.is_file()
}

/// Names of the files in a folder, and of those one folder below it.
fn names(path: &Path) -> Result<Vec<String>, FolderError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|source| io_error(path, source))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match std::fs::read_dir(entry.path()) {
            Ok(inside) => {
                names.extend(inside.flatten().map(|inner| format!("{name}/{}", inner.file_name().to_string_lossy())));
            }
            Err(_) => names.push(name),
        }
    }
    names.sort();
    Ok(names)
}

/// The files with the weights, in order.
///
/// # Errors
/// [`FolderError`].
pub fn weights(path: &Path) -> Result<Vec<PathBuf>, FolderError> {
    if is_gguf(path) {
        return parts_beside(path);
    }
    Ok(match folder::weight_files(names(path)?.iter().map(String::as_str))? {
        WeightFiles::Safetensors(name) => vec![path.join(name)],
        WeightFiles::Gguf(parts) => parts.into_iter().map(|name| path.join(name)).collect(),
        WeightFiles::Index(name) => {
            let shards = vitrine_weights::safetensors::shards(&read(&path.join(name))?)?;
            shards.into_iter().map(|name| path.join(name)).collect()
        }
    })
}

/// A GGUF file, or all the parts of the one that this is a part of.
fn parts_beside(path: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let (name, folder) = (name_of(path), path.parent().unwrap_or(Path::new("")));
    let all = match folder {
        here if here.as_os_str().is_empty() => names(Path::new("."))?,
        folder => names(folder)?,
    };
    let parts = folder::parts(&name, &all.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(parts.into_iter().map(|name| folder.join(name)).collect())
}

/// Every small file of a folder that is read.
///
/// # Errors
/// [`FolderError`].
pub fn small_files(path: &Path) -> Result<SmallFiles, FolderError> {
    let there = SMALL_FILES.iter().filter(|name| path.join(name).is_file());
    there.map(|name| Ok(((*name).to_owned(), read(&path.join(name))?))).collect()
}

/// Reads identity and small files; with no manifest, the identifier is the name of folder or file and the weights are
/// hashed.
///
/// # Errors
/// [`FolderError`].
pub fn parts(path: &Path) -> Result<Parts, FolderError> {
    let weights = weights(path)?;
    let layout = layout(path, &weights)?;
    let manifest = path.join(MANIFEST);
    if manifest.is_file() {
        let manifest = Manifest::from_json(&read(&manifest)?)?;
        let name = weights.first().map(|file| name_of(file)).unwrap_or_default();
        let sha256 = manifest.file(&name)?.sha256.clone();
        let bytes = manifest.total_bytes();
        return Ok(Parts { id: manifest.id, licence: Some(manifest.licence), sha256, bytes, layout });
    }
    let mut bytes = 0;
    let mut sha = Sha256::new();
    for file in &weights {
        pieces(file, &mut |piece| {
            bytes += piece.len() as u64;
            sha.update(piece);
            Ok(())
        })?;
    }
    if let Layout::HuggingFace(files) = &layout {
        bytes += files.values().map(|file| file.len() as u64).sum::<u64>();
    }
    let sha256 = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Parts { id: id_of(path), licence: None, sha256, bytes, layout })
}

/// What a model is, told without its tensors; of a GGUF file no more than the header is read.
///
/// # Errors
/// [`FolderError`].
pub fn describe(path: &Path) -> Result<Described, FolderError> {
    let mut account = Account::default();
    let gguf = weights(path)?.into_iter().find(|file| is_gguf(file));
    let described = match gguf {
        None => folder::describe(&small_files(path)?, &mut account)?,
        Some(file) => {
            let mut stream = GgufStream::new(length(&file)?);
            let mut described = None;
            pieces(&file, &mut |piece| {
                if described.is_none() {
                    stream.push(piece, &mut drop)?;
                    let metadata = stream.metadata();
                    described = metadata.map(|metadata| gguf::describe(metadata, &name_of(&file), &mut account));
                }
                Ok(())
            })?;
            let bytes = length(&file)?;
            described.unwrap_or(Err(WeightsError::CutShort { expected: bytes, found: bytes }))?
        }
    };
    accept(&account)?;
    Ok(described)
}

fn layout(path: &Path, weights: &[PathBuf]) -> Result<Layout, FolderError> {
    let gguf = weights.first().is_some_and(|file| is_gguf(file));
    Ok(if gguf { Layout::Gguf } else { Layout::HuggingFace(small_files(path)?) })
}

fn id_of(path: &Path) -> String {
    let stem = if path.is_file() { path.file_stem() } else { path.file_name() };
    stem.map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}

/// Loads a model.
///
/// # Errors
/// [`FolderError`].
pub fn open(path: &Path, device: Device) -> Result<Session, FolderError> {
    fill(&mut SessionBuilder::new(parts(path)?, device, u64::MAX), path)
}

/// Reads a model to its end, whatever is not understood of it; tells what was read, and why it cannot be opened.
pub fn inspect(path: &Path, device: Device) -> (Inspection, Result<(), FolderError>) {
    let (parts, found) = match parts(path) {
        Ok(parts) => (parts, Ok(())),
        // Without weights the small files can still be told of.
        Err(error) => {
            let layout = small_files(path).map_or(Layout::Gguf, Layout::HuggingFace);
            (Parts { id: id_of(path), licence: None, sha256: String::new(), bytes: 0, layout }, Err(error))
        }
    };
    let mut builder = SessionBuilder::new(parts, device, u64::MAX).to_the_end();
    let outcome = match found {
        Ok(()) => fill(&mut builder, path),
        Err(error) => builder.begin().map_err(FolderError::from).and(Err(error)),
    };
    match outcome {
        Ok(session) => ((*session.card().inspection).clone(), Ok(())),
        // What is not understood is the reason, whatever else came of it.
        Err(error) => (builder.inspection(), builder.understood().map_err(FolderError::from).and(Err(error))),
    }
}

fn fill(builder: &mut SessionBuilder, path: &Path) -> Result<Session, FolderError> {
    builder.begin()?;
    for file in weights(path)? {
        builder.file(&name_of(&file), length(&file)?)?;
        pieces(&file, &mut |piece| Ok(builder.push(piece)?))?;
    }
    Ok(builder.finish()?)
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn length(file: &Path) -> Result<u64, FolderError> {
    Ok(std::fs::metadata(file).map_err(|source| io_error(file, source))?.len())
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
