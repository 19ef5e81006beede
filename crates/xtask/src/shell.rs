//! Running programs and telling the user.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The user's cache folder of this project.
pub fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    base.unwrap_or_else(std::env::temp_dir).join("vitrine")
}

/// One line for the user.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "xtask: {line}");
}

/// A step that is announced and timed.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("==> {what}"));
    let begin = Instant::now();
    let done = work()?;
    say(&format!("    done in {:.1} s", begin.elapsed().as_secs_f64()));
    Ok(done)
}

/// A command in the root. Every cargo that it starts, at any depth, is offline: what is not fetched by [`fetch`] must fail
/// here and now, on whatever machine, and not only where the registry is empty.
pub fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).env("CARGO_NET_OFFLINE", "true");
    command
}

/// A cargo command that may build: all crates are there.
pub fn cargo(args: &[&str]) -> Result<Command> {
    fetch()?;
    Ok(command("cargo", args))
}

/// Fetches every crate of the lock file, for all targets: the only call of cargo that may reach the registry.
pub fn fetch() -> Result<()> {
    static FETCHED: Mutex<bool> = Mutex::new(false);
    let mut fetched = FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut fetch = command("cargo", &["fetch", "--locked"]);
    if !*fetched && output(&mut fetch).is_none() {
        step("fetching all crates", || {
            run(fetch.env("CARGO_NET_OFFLINE", "false").stderr(Stdio::inherit()))
                .context("the crates could not be fetched; is the crate registry reachable?")
        })?;
    }
    *fetched = true;
    Ok(())
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} cannot be started; install it and try again"))?;
    if !status.success() {
        bail!("{name} failed ({status}); what it said stands above");
    }
    Ok(())
}

/// What a command prints, if it can be run.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
