//! The tools: checked, and installed where that is possible.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::module;
use crate::shell::{command, fetch, output, root, run, say, step};

/// A target whose pointers are as wide as the page's, and that has files.
pub const THIRTY_TWO_BITS: &str = "wasm32-wasip1";
const RUST_MINOR: u32 = 95;
const NODE_MAJOR: u32 = 18;

/// Everything that building the page needs.
pub fn for_page() -> Result<()> {
    rust()?;
    python()?;
    target(module::TARGET)?;
    fetch()
}

/// Everything that the tests need besides; returns the browser.
pub fn for_tests() -> Result<PathBuf> {
    node()?;
    for_page()?;
    target(THIRTY_TWO_BITS)?;
    let e2e = root().join("tests/e2e");
    let stamp = e2e.join("node_modules/.package-lock.json");
    if !newer(&stamp, &e2e.join("package-lock.json")) {
        step("installing Playwright and axe from npm", || {
            run(command("npm", &["ci", "--no-audit", "--no-fund"]).current_dir(&e2e))
        })?;
    }
    chromium()
}

fn rust() -> Result<()> {
    let version =
        output(&mut command("rustc", &["--version"])).context("rustc is missing; install Rust with rustup")?;
    let minor = number_after(&version, "rustc 1.").unwrap_or(0);
    ensure!(
        minor >= RUST_MINOR,
        "Rust 1.{RUST_MINOR} or newer is needed, this is {version:?}; run `rustup update stable`"
    );
    Ok(())
}

fn node() -> Result<()> {
    let version = output(&mut command("node", &["--version"]))
        .with_context(|| format!("node is missing; install Node.js {NODE_MAJOR} or newer with npm"))?;
    let major = number_after(&version, "v").unwrap_or(0);
    ensure!(major >= NODE_MAJOR, "Node.js {NODE_MAJOR} or newer is needed, this is {version}; install a newer one");
    output(&mut command("npm", &["--version"])).context("npm is missing; install it beside Node.js")?;
    Ok(())
}

fn python() -> Result<()> {
    output(&mut command("python3", &["-m", "pip", "--version"]))
        .context("python3 with pip is missing; install both (on Debian: apt-get install python3-pip)")?;
    Ok(())
}

/// Adds a target of the compiler.
fn target(name: &str) -> Result<()> {
    let installed = output(&mut command("rustc", &["--print", "target-libdir", "--target", name]));
    if installed.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    step(&format!("adding the target {name} with rustup"), || {
        run(&mut command("rustup", &["target", "add", name]))
            .with_context(|| format!("the target {name} is missing; install Rust with rustup, or add it by hand"))
    })
}

/// A Chromium for the browser tests.
fn chromium() -> Result<PathBuf> {
    let find = || {
        let given = std::env::var("CHROMIUM").ok();
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let candidates = given.into_iter().chain(names.iter().map(ToString::to_string));
        candidates.into_iter().find_map(|name| {
            let place = output(&mut command("sh", &["-c", &format!("command -v '{name}'")]))?;
            output(&mut command(&place, &["--version"])).map(|_| PathBuf::from(place))
        })
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    let root_user = output(&mut command("id", &["-u"])).as_deref() == Some("0");
    if !root_user || output(&mut command("apt-get", &["--version"])).is_none() {
        bail!(
            "the browser tests need Chromium; install it (on Debian: apt-get install chromium) or set CHROMIUM to its path"
        );
    }
    step("installing Chromium with apt-get", || {
        run(&mut command("apt-get", &["update", "-qq"]))?;
        run(command("apt-get", &["install", "-y", "-qq", "chromium"]).env("DEBIAN_FRONTEND", "noninteractive"))
    })?;
    find().context("Chromium was installed but cannot be started; set CHROMIUM to its path")
}

/// Whether a file exists and is at least as new as another.
fn newer(file: &Path, than: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    matches!((time(file), time(than)), (Some(file), Some(than)) if file >= than)
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    let rest = text.split_once(mark)?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Says which tools are used; for the log of CI.
pub fn report() {
    for program in ["rustc", "cargo", "node", "python3"] {
        say(&format!("    {program}: {}", output(&mut command(program, &["--version"])).unwrap_or_default()));
    }
}
