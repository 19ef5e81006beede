//! The page as a folder: trunk builds both wasm modules, then the folder is made ready for a strict content policy and
//! for downloads that can resume.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use vitrine_schema::catalog::{OFFERS, Offer};
use vitrine_weights::manifest::{Manifest, cut, sha256_hex};

use crate::shell::{command, output, root, run, say, step};
use crate::{models, server, tools};

/// The two modules of the engine, as trunk names them.
const WORKERS: [&str; 2] = ["worker", "worker_webgpu"];

/// Builds `dist/`, unless it is there already and made from the same sources.
pub fn build() -> Result<PathBuf> {
    let dist = root().join("dist");
    tools::for_page()?;
    let models = models::prepare()?;
    let made_from = fingerprint()?;
    let stamp = dist.join(".made-from");
    if fs::read_to_string(&stamp).ok().as_deref() == Some(&made_from) {
        say("the page is up to date");
        return Ok(dist);
    }
    step("building the page (the first time takes about 15 minutes on two cores)", || {
        // Trunk reads NO_COLOR as a flag and refuses other values than true and false.
        run(command("trunk", &["build"]).env_remove("NO_COLOR"))
    })?;
    step("making it ready to be served", || {
        strip_modules(&dist)?;
        WORKERS.iter().try_for_each(|name| move_worker(&dist, name))?;
        move_inline_script(&dist)?;
        copy_models(&models, &dist)?;
        fs::copy(root().join("THIRD-PARTY-NOTICES.md"), dist.join("THIRD-PARTY-NOTICES.md"))?;
        Ok(fs::write(&stamp, &made_from)?)
    })?;
    Ok(dist)
}

/// Makes the README's picture from the running page.
pub fn picture() -> Result<()> {
    const PORT: u16 = 8141;
    let browser = tools::for_tests()?;
    let dist = build()?;
    // The server ends with this process.
    std::thread::spawn(move || server::serve(&dist, PORT));
    let (address, file) = (format!("http://127.0.0.1:{PORT}/"), root().join("docs/lab.png"));
    let args = ["picture.mjs", &address, &file.to_string_lossy()];
    run(command("node", &args).current_dir(root().join("tests/e2e")).env("CHROMIUM", &browser))
}

/// Drops the sections that only debuggers read. rustc's own `strip` would also drop the list of target features, which
/// wasm-bindgen needs, so this comes last.
fn strip_modules(dist: &Path) -> Result<()> {
    for entry in fs::read_dir(dist)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let module = fs::read(&path)?;
            let stripped =
                without_custom_sections(&module).with_context(|| format!("{} is no wasm module", path.display()))?;
            fs::write(&path, stripped)?;
        }
    }
    Ok(())
}

/// A module without its custom sections (id 0).
///
/// Source: WebAssembly Core Specification 2.0, 5.5.2: a section is an id, its size in LEB128, and that many bytes.
fn without_custom_sections(module: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 8;
    let mut kept = module.get(..HEADER)?.to_vec();
    let mut at = HEADER;
    while at < module.len() {
        let (size, size_bytes) = leb128(module.get(at + 1..)?)?;
        let end = at.checked_add(1 + size_bytes)?.checked_add(size)?;
        let section = module.get(at..end)?;
        if section.first() != Some(&0) {
            kept.extend_from_slice(section);
        }
        at = end;
    }
    Some(kept)
}

/// An unsigned LEB128 number and the bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

/// Puts a worker's files into a folder named by their contents, so that a host's cache never mixes two versions.
fn move_worker(dist: &Path, name: &str) -> Result<()> {
    let [loader, script, module] = [format!("{name}_loader.js"), format!("{name}.js"), format!("{name}_bg.wasm")];
    let mut all = Vec::new();
    for file in [&script, &module] {
        all.extend(fs::read(dist.join(file)).with_context(|| format!("trunk made no {file}"))?);
    }
    let folder = format!("{}-{}", name.replace('_', "-"), short_hash(&all));
    fs::create_dir_all(dist.join(&folder))?;
    for file in [&script, &module] {
        fs::rename(dist.join(file), dist.join(&folder).join(file))?;
    }
    fs::remove_file(dist.join(&loader))?;
    let start = format!("import init from './{script}';\nawait init({{ module_or_path: './{module}' }});\n");
    fs::write(dist.join(&folder).join("worker_loader.js"), start)?;
    let index = fs::read_to_string(dist.join("index.html"))?;
    let place = format!("content=\"{loader}\"");
    ensure!(index.contains(&place), "index.html does not name {loader}");
    Ok(fs::write(dist.join("index.html"), index.replace(&place, &format!("content=\"{folder}/worker_loader.js\"")))?)
}

/// Moves trunk's inline start script into a file, which the content policy allows.
fn move_inline_script(dist: &Path) -> Result<()> {
    const OPEN: &str = "<script type=\"module\">";
    let index = fs::read_to_string(dist.join("index.html"))?;
    let (before, rest) = index.split_once(OPEN).context("trunk wrote no start script")?;
    let (script, after) = rest.split_once("</script>").context("the start script does not end")?;
    ensure!(!after.contains(OPEN), "there is a second inline script");
    let name = format!("start-{}.js", short_hash(script.as_bytes()));
    fs::write(dist.join(&name), script)?;
    Ok(fs::write(
        dist.join("index.html"),
        format!("{before}<script type=\"module\" src=\"./{name}\"></script>{after}"),
    )?)
}

/// Copies the models, large files in pieces.
fn copy_models(models: &Path, dist: &Path) -> Result<()> {
    for Offer { id, bytes, .. } in OFFERS {
        let (from, to) = (models.join(id), dist.join("models").join(id));
        fs::create_dir_all(&to)?;
        let mut manifest = Manifest::from_json(&fs::read(from.join("manifest.json"))?)?;
        ensure!(
            manifest.total_bytes() == bytes,
            "{id} has {} bytes, the page says {bytes}; set `schema::catalog` right",
            manifest.total_bytes()
        );
        for file in &mut manifest.files {
            let bytes = fs::read(from.join(&file.name))?;
            let (entry, pieces) = cut(&file.name, &bytes);
            ensure!(
                entry.sha256 == file.sha256,
                "{} changed after it was prepared; run `cargo xtask models`",
                file.name
            );
            for (path, piece) in pieces {
                fs::write(to.join(path), piece)?;
            }
            *file = entry;
        }
        fs::write(to.join("manifest.json"), serde_json::to_vec(&manifest)?)?;
        fs::copy(from.join("LICENCE.md"), to.join("LICENCE.md"))?;
    }
    Ok(())
}

fn short_hash(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(12).collect()
}

/// The hash of every source that the page is made from.
fn fingerprint() -> Result<String> {
    let listed = output(&mut command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]))
        .context("git is missing, or this is no checkout")?;
    let wanted = |path: &&str| {
        ["crates/", "web/", ".cargo/", "Cargo.", "Trunk.toml", "index.html", "THIRD-PARTY"]
            .iter()
            .any(|start| path.starts_with(start))
            && !path.starts_with("crates/cli")
            && !path.contains("/tests/")
            && !path.contains("/benches/")
    };
    let paths: BTreeSet<&str> = listed.lines().filter(wanted).collect();
    let mut all = String::new();
    for path in paths {
        // A file that is listed and gone counts as empty.
        let bytes = fs::read(root().join(path)).unwrap_or_default();
        all.push_str(&format!("{path} {}\n", sha256_hex(&bytes)));
    }
    Ok(sha256_hex(all.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_custom_sections_go() {
        let header = b"\0asm\x01\0\0\0";
        let (custom, types) = (b"\x00\x03\x01ab", b"\x01\x82\x00xy");
        let module = [&header[..], custom, types, custom].concat();
        assert_eq!(without_custom_sections(&module), Some([&header[..], types].concat()));
        assert_eq!(without_custom_sections(&module[..module.len() - 1]), None);
        assert_eq!(without_custom_sections(b"short"), None);
    }
}
