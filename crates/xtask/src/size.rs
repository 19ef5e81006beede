//! Download sizes against their budgets, after brotli as a static host would send them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::shell::{command, output, root, say};

/// `(what, start of the file name, end of the file name, most kB)`. All that the Lab needs until it is read is 1 MB; the workers may grow to 1,350 and 2,400 kB.
const BUDGETS: [(&str, &str, &str, u64); 6] = [
    ("readers' wasm", "reader", "reader_bg.wasm", 580),
    ("Story's wasm", "story", "story_bg.wasm", 655),
    ("Lab's wasm", "lab", "lab_bg.wasm", 965),
    ("CPU worker wasm", "worker", "worker_bg.wasm", 1350),
    ("CPU worker wasm, fused", "worker", "worker_fused_bg.wasm", 1350),
    ("WebGPU worker wasm", "worker", "webgpu_bg.wasm", 2370),
];

/// Prints the sizes and fails when one is over its budget.
pub fn check() -> Result<()> {
    for (what, raw, small, most) in measure()? {
        say(&format!("    {what}: {} kB raw, {} kB brotli, budget {most} kB", raw / 1000, small / 1000));
        ensure!(small <= most * 1000, "the {what} is {} kB after brotli, over its budget of {most} kB", small / 1000);
    }
    Ok(())
}

/// `(what, raw bytes, brotli bytes, budget in kB)` of each module.
pub fn measure() -> Result<Vec<(&'static str, u64, u64, u64)>> {
    let dist = root().join("dist");
    let mut sizes = Vec::new();
    for (what, start, end, most) in BUDGETS {
        let file =
            find(&dist, start, end).with_context(|| format!("dist has no {what}; run `cargo xtask dist` first"))?;
        let raw = std::fs::metadata(&file)?.len();
        sizes.push((what, raw, brotli(&file)?, most));
    }
    Ok(sizes)
}

fn find(folder: &Path, start: &str, end: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.into_iter().find_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        if path.is_dir() {
            return if name.starts_with(start) { find(&path, start, end) } else { None };
        }
        (name.starts_with(start) && name.ends_with(end)).then_some(path)
    })
}

/// Size after brotli at its best level; node has the codec built in.
fn brotli(file: &Path) -> Result<u64> {
    const SCRIPT: &str = "const z=require('zlib'),b=require('fs').readFileSync(process.argv[1]);\
        console.log(z.brotliCompressSync(b,{params:{[z.constants.BROTLI_PARAM_QUALITY]:11,\
        [z.constants.BROTLI_PARAM_LGWIN]:24,[z.constants.BROTLI_PARAM_SIZE_HINT]:b.length}}).length)";
    let path = file.to_string_lossy();
    let printed = output(&mut command("node", &["-e", SCRIPT, &path])).context("node could not compress the module")?;
    printed.parse().context("node printed no size")
}
