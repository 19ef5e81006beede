//! All tests, in the order in which they fail cheapest.

use anyhow::Result;

use crate::shell::{command, root, run, step};
use crate::{models, page, size, tidy, tools};

/// A target whose pointers are as wide as the page's, and that has files.
const THIRTY_TWO_BITS: &str = "wasm32-wasip1";

/// Runs everything; what CI runs.
pub fn run_all() -> Result<()> {
    let browser = tools::for_tests()?;
    tools::report();
    step("format", || run(&mut command("cargo", &["fmt", "--all", "--check"])))?;
    step("invariants", tidy::check)?;
    models::prepare()?;
    step("clippy, native", || {
        run(&mut command("cargo", &["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))
    })?;
    step("tests, native", || run(&mut command("cargo", &["test", "--quiet"])))?;
    tools::target(THIRTY_TWO_BITS)?;
    step("readers of untrusted files, 32 bits", || {
        let runner = format!("node --no-warnings {}", root().join("tests/wasi.mjs").display());
        let args = ["test", "--quiet", "-p", "vitrine-weights", "--tests", "--target", THIRTY_TWO_BITS];
        run(command("cargo", &args).env("CARGO_TARGET_WASM32_WASIP1_RUNNER", runner))
    })?;
    step("documentation", || {
        run(command("cargo", &["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("clippy, wasm", || {
        let args = ["clippy", "--quiet", "--profile", "page", "--target", "wasm32-unknown-unknown"];
        run(command("cargo", &args).args(["-p", "vitrine-web", "-p", "vitrine-worker", "--", "-D", "warnings"]))?;
        let webgpu = ["-p", "vitrine-worker", "--no-default-features", "--features", "webgpu", "--", "-D", "warnings"];
        run(command("cargo", &args).args(webgpu))
    })?;
    page::build()?;
    step("download sizes", size::check)?;
    step("browser tests", || {
        let e2e = root().join("tests/e2e");
        run(command("npx", &["playwright", "test"]).current_dir(e2e).env("CHROMIUM", &browser))
    })
}
