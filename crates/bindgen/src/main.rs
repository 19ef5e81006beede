//! `vitrine-bindgen MODULE FOLDER NAME [fused]` writes `NAME.js` and `NAME_bg.wasm` into a folder, and with the last word
//! `NAME_fused_bg.wasm` beside it, for the same script; `vitrine-bindgen fuse MODULE FILE` only fuses.
//!
//! What wasm-bindgen's own program does for a page, from the library that it is made of: cargo builds it with everything
//! else, and the lock file keeps it at the version of the `wasm-bindgen` that the modules are linked with.

mod fused;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["fuse", module, file] => Ok(fs::write(file, fused(module)?.emit_wasm())?),
        [module, folder, name] => bind(module, folder, name),
        [module, folder, name, "fused"] => {
            bind(module, folder, name)?;
            let mut output = bindgen(name)?.input_module(name, fused(module)?).generate_output()?;
            let file = Path::new(folder).join(format!("{name}_fused_bg.wasm"));
            Ok(fs::write(file, output.wasm_mut().emit_wasm())?)
        }
        _ => bail!("vitrine-bindgen takes MODULE FOLDER NAME [fused], or fuse MODULE FILE"),
    }
}

fn fused(module: &str) -> Result<walrus::Module> {
    fused::fuse(&fs::read(module)?).with_context(|| format!("the products of {module} could not be fused"))
}

fn bind(module: &str, folder: &str, name: &str) -> Result<()> {
    let bound = bindgen(name)?.input_path(module).generate(folder);
    bound.with_context(|| format!("{module} could not be bound to JavaScript"))
}

fn bindgen(name: &str) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    // The sections that only debuggers read go here: rustc's own `strip` would also drop the list of target features,
    // which decides how the module is bound.
    bindgen
        .web(true)?
        .out_name(name)
        .typescript(false)
        // The script finds its module beside itself, wherever the folder is served from.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    Ok(bindgen)
}
