//! The page as a folder: what `index.html` asks for, under names that tell the contents, and the models in pieces for
//! downloads that can resume.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use vitrine_schema::catalog::{OFFERS, Offer};
use vitrine_weights::manifest::{Manifest, cut, sha256_hex};

use crate::index::Asset;
use crate::shell::{command, output, root, run, say, step};
use crate::{hosted, index, models, module, server, tools};

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
    step("building the page (the first time takes about 9 minutes on two cores)", || write(&dist))?;
    step("adding the models", || {
        copy_models(&models, &dist)?;
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

/// Writes everything but the models; the slow part, which may fail, comes before the old folder goes.
fn write(dist: &Path) -> Result<()> {
    let html = fs::read_to_string(root().join("index.html")).context("index.html cannot be read")?;
    let links = index::links(&html)?;
    let wanted =
        |link: &'_ index::Link| if let Asset::Module(module) = &link.asset { Some(module.clone()) } else { None };
    let modules: Vec<_> = links.iter().filter_map(wanted).collect();
    module::build(&modules)?;
    if dist.exists() {
        fs::remove_dir_all(dist).context("the old dist cannot be removed")?;
    }
    fs::create_dir_all(dist)?;
    let (mut built, mut styles) = (Vec::new(), String::new());
    for link in links {
        let place = match &link.asset {
            Asset::Style(path) => {
                styles += &fs::read_to_string(root().join(path)).with_context(|| format!("{path} cannot be read"))?;
                String::new()
            }
            Asset::File(path, folder) => copy_file(path, folder, dist)?,
            Asset::Folder(path) => copy_folder(path, dist)?,
            Asset::Module(module) => module::bind(module, dist)?,
        };
        built.push((link, place));
    }
    // Every sheet would be waited for by itself.
    let style = write_named("style", "css", plain_style(&styles).as_bytes(), dist)?;
    let start = fs::read(root().join("web/start.js")).context("web/start.js cannot be read")?;
    let start = write_named("start", "js", &start, dist)?;
    let page = index::page(&html, &built, &style, &start)?;
    fs::write(dist.join("index.html"), &page)?;
    fs::copy(root().join("THIRD-PARTY-NOTICES.md"), dist.join("THIRD-PARTY-NOTICES.md"))?;
    hosted::write(dist, &page)?;
    Ok(())
}

/// A style sheet without its comments and indents.
fn plain_style(style: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(style.len()), style);
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let lines: Vec<&str> = plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    ["{", "}", ";"]
        .iter()
        .fold(lines.join(" "), |plain, mark| plain.split(mark).map(str::trim).collect::<Vec<_>>().join(mark))
}

/// Writes a file under a name that tells its contents; returns the name.
fn write_named(stem: &str, kind: &str, bytes: &[u8], dist: &Path) -> Result<String> {
    let name = format!("{stem}-{}.{kind}", module::short_hash(bytes));
    fs::write(dist.join(&name), bytes)?;
    Ok(name)
}

/// Copies a file under its own name into a folder; returns its place.
fn copy_file(path: &str, folder: &str, dist: &Path) -> Result<String> {
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    let place = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
    fs::create_dir_all(dist.join(folder))?;
    fs::copy(root().join(path), dist.join(&place)).with_context(|| format!("{path} cannot be copied"))?;
    Ok(place)
}

/// Copies the files of a folder under its own name; returns its place.
fn copy_folder(path: &str, dist: &Path) -> Result<String> {
    let from = root().join(path);
    let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in fs::read_dir(&from).with_context(|| format!("{path} cannot be read"))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        copy_file(&format!("{path}/{file}"), &name, dist)?;
    }
    Ok(name)
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
    fn a_style_sheet_loses_its_comments_and_indents() {
        let style = "@layer a {\n  /* Why. */\n  .b > .c, .d { color: red; /* not\n blue */ margin: 0 1px; }\n}\n";
        assert_eq!(plain_style(style), "@layer a{.b > .c, .d{color: red;margin: 0 1px;}}");
    }
}
