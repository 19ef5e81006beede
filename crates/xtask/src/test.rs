//! All tests, in the order in which they fail cheapest.

use std::path::Path;

use anyhow::Result;

use crate::shell::{cargo, command, root, run, step};
use crate::{models, module, page, size, tidy, tools};

/// Runs everything; what CI runs.
pub fn run_all() -> Result<()> {
    let browser = tools::for_tests()?;
    tools::report();
    step("format", || run(&mut command("cargo", &["fmt", "--all", "--check"])))?;
    step("invariants", tidy::check)?;
    models::prepare()?;
    step("clippy, native", || run(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"])?))?;
    step("tests, native", || run(&mut cargo(&["test", "--quiet"])?))?;
    step("readers of untrusted files, and products, 32 bits", || {
        // Node 20 breaks in its fast calls of WASI where a run grew its memory.
        let runner =
            format!("node --no-warnings --no-turbo-fast-api-calls {}", root().join("tests/wasi.mjs").display());
        let read = |more: &[&str], fuse: Option<&Path>| {
            let args = [&["test", "--quiet", "--target", tools::THIRTY_TWO_BITS], more].concat();
            let fuse = fuse.map(|program| ("VITRINE_FUSED", program));
            run(cargo(&args)?.env("CARGO_TARGET_WASM32_WASIP1_RUNNER", &runner).envs(fuse))
        };
        read(&["-p", "vitrine-weights", "-p", "vitrine-kernel", "--tests"], None)?;
        read(&["-p", "vitrine-share", "--lib", "--test", "links"], None)?;
        read(&["-p", "vitrine-kernel", "--test", "laws", "--test", "forms"], Some(&module::binder()?))
    })?;
    step("documentation", || run(cargo(&["doc", "--quiet", "--no-deps"])?.env("RUSTDOCFLAGS", "-D warnings")))?;
    step("clippy, wasm", || {
        let args = ["clippy", "--quiet", "--profile", "page", "--target", module::TARGET];
        run(cargo(&args)?.args([
            "-p",
            "vitrine-web",
            "-p",
            "vitrine-modules",
            "-p",
            "vitrine-worker",
            "--",
            "-D",
            "warnings",
        ]))?;
        let webgpu = [
            "-p",
            "vitrine-modules",
            "-p",
            "vitrine-worker",
            "--no-default-features",
            "--features",
            "webgpu",
            "--",
            "-D",
            "warnings",
        ];
        run(cargo(&args)?.args(webgpu))
    })?;
    page::build()?;
    step("download sizes", size::check)?;
    step("browser tests", || {
        let e2e = root().join("tests/e2e");
        run(command("npx", &["playwright", "test"]).current_dir(e2e).env("CHROMIUM", &browser))
    })
}
