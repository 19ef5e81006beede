//! Where models are found.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use vitrine_engine::{Session, folder};
use vitrine_schema::diagnostic::Refusal;

use crate::DeviceArg;

/// The folder with the installed models: as given, or `models` in the working directory or above the program.
pub fn root(given: Option<&Path>) -> PathBuf {
    if let Some(given) = given {
        return given.to_owned();
    }
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program.ancestors().skip(1).map(|folder| folder.join("models"));
    let near = std::iter::once(PathBuf::from("models")).chain(beside);
    near.into_iter().find(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("models"))
}

/// Identifiers of the installed models.
pub fn installed(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let name = |path: PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
    let mut ids: Vec<String> =
        entries.map(|entry| entry.path()).filter(|path| folder::is_model(path)).filter_map(name).collect();
    ids.sort();
    ids
}

/// The folder, or GGUF file, of a model named by identifier or path.
pub fn folder_of(root: &Path, model: &str) -> Result<PathBuf> {
    let by_id = root.join(model);
    // An identifier is a plain name; anything else is a path of the caller's own.
    if !model.contains(['/', '\\']) && folder::is_model(&by_id) {
        return Ok(by_id);
    }
    let by_path = PathBuf::from(model);
    if by_path.is_dir() || folder::is_model(&by_path) {
        return Ok(by_path);
    }
    let mut installed = installed(root);
    if installed.is_empty() {
        installed.push("none (run `cargo xtask models` first)".to_owned());
    }
    Err(Refusal::UnknownModel { id: model.to_owned(), installed }.into())
}

/// Opens a model on the device that was asked for.
pub fn open(root: &Path, model: &str, device: DeviceArg) -> Result<Session> {
    let folder = folder_of(root, model)?;
    folder::open(&folder, choose_device(device)?).with_context(|| cannot_open(model))
}

/// What stands before the reason.
pub fn cannot_open(model: &str) -> String {
    format!("the model {model} cannot be opened")
}

#[cfg(feature = "gpu")]
pub fn choose_device(device: DeviceArg) -> Result<Device> {
    match device {
        DeviceArg::Cpu | DeviceArg::Auto => Ok(Device::flex()),
        DeviceArg::Gpu => Device::wgpu_options().init().context("there is no usable graphics device; use --device cpu"),
    }
}

#[cfg(not(feature = "gpu"))]
pub fn choose_device(device: DeviceArg) -> Result<Device> {
    anyhow::ensure!(
        device != DeviceArg::Gpu,
        "this build has no GPU support; use --device cpu, or build with `--features gpu`"
    );
    Ok(Device::flex())
}
