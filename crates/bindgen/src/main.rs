//! `vitrine-bindgen MODULE FOLDER NAME` writes `NAME.js` and `NAME_bg.wasm` into a folder.
//!
//! What wasm-bindgen's own program does for a page, from the library that it is made of: cargo builds it with everything
//! else, and the lock file keeps it at the version of the `wasm-bindgen` that the modules are linked with.

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = args.as_slice() else { bail!("vitrine-bindgen takes MODULE FOLDER NAME") };
    // The sections that only debuggers read go here: rustc's own `strip` would also drop the list of target features,
    // which decides how the module is bound.
    Bindgen::new()
        .web(true)?
        .input_path(module)
        .out_name(name)
        .typescript(false)
        // The script finds its module beside itself, wherever the folder is served from.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("{module} could not be bound to JavaScript"))
}
