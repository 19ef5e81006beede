//! Sizes and speeds, as a table.

use anyhow::Result;

use crate::shell::{cargo, command, root, run, say, step};
use crate::{page, size, tools};

/// Prints download sizes, native timings and timings in the browser.
///
/// `VITRINE_PEERS` may name a folder with a page that runs the same model in transformers.js; it is then timed in turn
/// with ours, in the same browser.
pub fn run_all() -> Result<()> {
    let browser = tools::for_tests()?;
    page::build()?;
    say("\n| module | raw kB | brotli kB | budget kB |\n|---|---|---|---|");
    for (what, raw, small, most) in size::measure()? {
        say(&format!("| {what} | {} | {} | {most} |", raw / 1000, small / 1000));
    }
    step("in the browser, CPU path", || {
        run(command("node", &["bench.mjs"]).current_dir(root().join("tests/e2e")).env("CHROMIUM", &browser))
    })?;
    step("products, as a browser's compiler makes them", || {
        let runner = format!("node --no-warnings {}", root().join("tests/wasi.mjs").display());
        let args = ["bench", "--quiet", "-p", "vitrine-kernel", "--bench", "forms", "--target", tools::THIRTY_TWO_BITS];
        run(cargo(&args)?.env("CARGO_TARGET_WASM32_WASIP1_RUNNER", runner))
    })?;
    step("products, native", || {
        run(&mut cargo(&["bench", "--quiet", "-p", "vitrine-kernel", "--bench", "forms"])?)?;
        run(&mut cargo(&["bench", "--quiet", "-p", "vitrine-model", "--bench", "product"])?)
    })?;
    step("native, one thread", || run(&mut cargo(&["bench", "--quiet", "-p", "vitrine-engine", "--bench", "session"])?))
}
