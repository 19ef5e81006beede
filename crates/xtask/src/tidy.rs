//! The invariants of ARCHITECTURE.md, checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{command, output, root};

/// Which crates of this workspace, and which outside crates of weight, each crate may use.
const ARROWS: [(&str, &[&str]); 16] = [
    ("vitrine-schema", &[]),
    ("vitrine-text", &["vitrine-schema", "tokenizers"]),
    ("vitrine-weights", &["vitrine-schema"]),
    ("vitrine-kernel", &[]),
    ("vitrine-model", &["vitrine-schema", "vitrine-weights", "vitrine-kernel", "burn"]),
    ("vitrine-methods", &["vitrine-schema", "vitrine-model", "burn"]),
    (
        "vitrine-engine",
        &["vitrine-schema", "vitrine-text", "vitrine-weights", "vitrine-model", "vitrine-methods", "burn"],
    ),
    ("vitrine-words", &["vitrine-schema"]),
    ("vitrine-figure", &["vitrine-schema", "vitrine-words"]),
    ("vitrine-share", &["vitrine-schema"]),
    ("vitrine-modules", &["vitrine-worker"]),
    (
        "vitrine-worker",
        &["vitrine-schema", "vitrine-share", "vitrine-text", "vitrine-weights", "vitrine-engine", "burn"],
    ),
    (
        "vitrine-cli",
        &[
            "vitrine-schema",
            "vitrine-share",
            "vitrine-weights",
            "vitrine-engine",
            "vitrine-figure",
            "vitrine-words",
            "burn",
        ],
    ),
    ("vitrine-web", &["vitrine-schema", "vitrine-figure", "vitrine-words", "vitrine-share", "leptos"]),
    ("xtask", &["vitrine-schema", "vitrine-weights", "vitrine-words"]),
    ("vitrine-bindgen", &["wasm-bindgen-cli-support"]),
];
const WEIGHTY: [&str; 5] = ["burn", "leptos", "tokenizers", "tch", "wasm-bindgen-cli-support"];
const METHOD_HEADINGS: [&str; 6] =
    ["**Question.**", "**Definition.**", "**Reads as.**", "**Cost.**", "**Limits.**", "**Source.**"];
const LONGEST_FILE: usize = 1000;

/// Fails with every violation, one line each.
pub fn check() -> Result<()> {
    let mut violations = arrows()?;
    let listed = output(&mut command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]))
        .context("git is missing, or this is no checkout")?;
    for path in listed.lines().map(Path::new).filter(|path| root().join(path).is_file()) {
        violations.extend(file(path));
    }
    violations.extend(circles(listed.lines())?);
    if violations.is_empty() {
        return Ok(());
    }
    bail!("the tree is not tidy:\n  {}", violations.join("\n  "))
}

/// Dependencies that the table does not allow.
fn arrows() -> Result<Vec<String>> {
    let metadata = output(&mut command("cargo", &["metadata", "--no-deps", "--format-version", "1"]))
        .context("cargo metadata failed")?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut violations = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = allowed.get(name) else {
            violations.push(format!("{name} has no line in tidy's table of who may use whom"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let watched = used.starts_with("vitrine-") || WEIGHTY.contains(&used);
            if dependency["kind"].is_null() && watched && !allowed.contains(&used) {
                violations.push(format!("{name} may not use {used}"));
            }
        }
    }
    Ok(violations)
}

/// What is wrong inside one file.
fn file(path: &Path) -> Vec<String> {
    let name = path.display().to_string();
    let Ok(text) = std::fs::read_to_string(root().join(path)) else { return Vec::new() };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let mut violations = Vec::new();
    if extension == "rs" {
        if text.lines().count() > LONGEST_FILE {
            violations.push(format!("{name} has more than {LONGEST_FILE} lines"));
        }
        let ignored = concat!("#[", "ignore");
        if text.contains(ignored) {
            violations.push(format!("{name} has a test that is not run"));
        }
        if name.starts_with("web/src/elements/") && text.contains("crate::state") {
            violations.push(format!("{name} knows the state of the page; an element knows only its props"));
        }
        if is_method(path) {
            let missing = METHOD_HEADINGS.iter().filter(|heading| !text.contains(**heading));
            violations.extend(missing.map(|heading| format!("{name} does not say {heading}")));
        }
    }
    if extension == "css" && !name.ends_with("tokens.css") {
        for (number, line) in text.lines().enumerate() {
            let hex =
                line.split('#').skip(1).any(|rest| rest.chars().take(3).filter(char::is_ascii_hexdigit).count() == 3);
            let declarations = line.split([';', '{']).map(str::trim);
            let font_pixels = declarations.into_iter().any(|part| part.starts_with("font") && part.contains("px"));
            if hex || line.contains("rgb(") || font_pixels || line.contains("!important") {
                violations.push(format!(
                    "{name}:{} holds a literal that belongs in tokens.css: {}",
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    violations
}

/// Files of the page that import each other in a circle, one circle for each file that is in one.
fn circles<'a>(paths: impl Iterator<Item = &'a str>) -> Result<Vec<String>> {
    let module = |path: &str| Some(path.strip_prefix("web/src/")?.strip_suffix(".rs")?.replace('/', "::"));
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let Some(module) = module(path).filter(|_| root().join(path).is_file()) else { continue };
        let text = std::fs::read_to_string(root().join(path))?;
        // `crate::views::river::RiverView` names the module `views::river`.
        let named = text.split("crate::").skip(1).map(|rest| {
            let part = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
            let path = rest.split(part).next().unwrap_or_default();
            path.split("::").take(2).collect::<Vec<_>>().join("::")
        });
        imports.insert(module, named.collect());
    }
    let mut found = Vec::new();
    for start in imports.keys() {
        // Breadth first, so the shortest way back is found.
        let mut ways = vec![vec![start]];
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        while let Some(way) = if ways.is_empty() { None } else { Some(ways.remove(0)) } {
            let next = way.last().and_then(|last| imports.get(*last)).into_iter().flatten();
            for next in next.filter(|next| imports.contains_key(*next)) {
                if next == start && way.len() > 1 {
                    let names: Vec<&str> = way.iter().chain([&start]).map(|name| name.as_str()).collect();
                    found.push(format!("web imports in a circle: {}", names.join(" → ")));
                    ways.clear();
                    break;
                }
                if seen.insert(next) {
                    ways.push(way.iter().copied().chain([next]).collect());
                }
            }
        }
    }
    Ok(found)
}

/// A file of `methods` that holds a method: it says what it attributes with.
fn is_method(path: &Path) -> bool {
    let shared = [
        "lib.rs",
        "absence.rs",
        "branches.rs",
        "baseline.rs",
        "chance.rs",
        "context.rs",
        "crew.rs",
        "entering.rs",
        "kendall.rs",
        "lbfgs.rs",
        "least_squares.rs",
        "quadrature.rs",
        "registry.rs",
        "text_tree.rs",
        "trail.rs",
        "values.rs",
        "watched.rs",
    ];
    let folder = PathBuf::from("crates/methods/src");
    path.parent() == Some(&folder) && !shared.iter().any(|name| path.ends_with(name))
}
