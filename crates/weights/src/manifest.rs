//! The list of files of a model, with the hash of every piece.
//!
//! Large files are served in pieces of a fixed size, so that any static host can resume a download and every piece is
//! checked before it is used. The cuts do not depend on what a reader types.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::WeightsError;

/// Size of a piece.
pub const CHUNK_BYTES: usize = 2 << 20;

/// One piece of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Path relative to the manifest.
    pub path: String,
    /// Length of the piece.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Name in the Hugging Face layout.
    pub name: String,
    /// Length of the whole file.
    pub bytes: u64,
    /// SHA-256 of the whole file.
    pub sha256: String,
    /// Its pieces in order.
    pub chunks: Vec<Chunk>,
}

/// All files of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Identifier of the model.
    pub id: String,
    /// Licence, SPDX.
    pub licence: String,
    /// `config.json`, `tokenizer.json`, `model.safetensors`.
    pub files: Vec<ManifestFile>,
}

impl Manifest {
    /// Reads and checks a manifest: paths stay in their folder, lengths add up.
    ///
    /// # Errors
    /// [`WeightsError::Config`] says what cannot be used.
    pub fn from_json(json: &[u8]) -> Result<Self, WeightsError> {
        let bad = |detail: String| WeightsError::Config { file: "manifest.json".to_owned(), detail };
        let manifest: Self = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
        for file in &manifest.files {
            let total = file.chunks.iter().try_fold(0u64, |sum, chunk| sum.checked_add(chunk.bytes));
            if total != Some(file.bytes) {
                return Err(bad(format!("the pieces of {} do not add up to {} bytes", file.name, file.bytes)));
            }
            let plain = |path: &str| {
                let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                path.chars().all(safe) && !path.starts_with('.') && !path.is_empty()
            };
            if let Some(chunk) = file.chunks.iter().find(|chunk| !plain(&chunk.path)) {
                return Err(bad(format!("{:?} is no plain file name", chunk.path)));
            }
        }
        Ok(manifest)
    }

    /// The file of that name.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when the manifest does not list it.
    pub fn file(&self, name: &str) -> Result<&ManifestFile, WeightsError> {
        self.files.iter().find(|file| file.name == name).ok_or_else(|| WeightsError::Config {
            file: "manifest.json".to_owned(),
            detail: format!("it does not list {name}"),
        })
    }

    /// Bytes of all files.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add)
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Cuts a file into pieces; returns its entry and the pieces with their paths.
#[must_use]
pub fn cut<'a>(name: &str, file: &'a [u8]) -> (ManifestFile, Vec<(String, &'a [u8])>) {
    let single = file.len() <= CHUNK_BYTES;
    let pieces: Vec<(String, &[u8])> = file
        .chunks(CHUNK_BYTES)
        .enumerate()
        .map(|(i, piece)| (if single { name.to_owned() } else { format!("{name}.{i:03}") }, piece))
        .collect();
    let chunk = |(path, piece): &(String, &[u8])| Chunk {
        path: path.clone(),
        bytes: piece.len() as u64,
        sha256: sha256_hex(piece),
    };
    let chunks = pieces.iter().map(chunk).collect();
    (ManifestFile { name: name.to_owned(), bytes: file.len() as u64, sha256: sha256_hex(file), chunks }, pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_file_goes_back_together() {
        let file: Vec<u8> = (0..CHUNK_BYTES + 5).map(|i| i as u8).collect();
        let (entry, pieces) = cut("model.safetensors", &file);
        assert_eq!(entry.chunks.len(), 2);
        assert_eq!(pieces.iter().flat_map(|(_, piece)| piece.to_vec()).collect::<Vec<_>>(), file);
        let manifest = Manifest { id: "m".into(), licence: "MIT".into(), files: vec![entry] };
        let json = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(Manifest::from_json(&json), Ok(manifest));
    }

    #[test]
    fn a_manifest_that_leaves_its_folder_is_refused() {
        for path in ["../secret", "https://elsewhere", "a/b", ".hidden", ""] {
            let json = format!(
                r#"{{"id":"m","licence":"MIT","files":[{{"name":"f","bytes":1,"sha256":"","chunks":[{{"path":"{path}","bytes":1,"sha256":""}}]}}]}}"#
            );
            assert!(Manifest::from_json(json.as_bytes()).is_err(), "{path}");
        }
    }
}
