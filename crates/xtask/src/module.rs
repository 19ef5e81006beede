//! A wasm module of the page: built by cargo, bound to JavaScript, kept in a folder that is named by its contents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use vitrine_weights::manifest::sha256_hex;

use crate::index::{Module, loader};
use crate::shell::{cargo, command, output, root, run};

/// The script that starts a module; its bytes come beside the script that binds it. A worker's helper is sent the module that its
/// worker compiled already; a window, which whoever opens it may name, never waits for one. Of two modules the one is taken that
/// the browser knows the instructions of.
const LOADER: &str = "const helper = !self.document && self.name === 'helper';
const sent = helper && new Promise((hear) => self.addEventListener('message', hear, { once: true }));
const file = {file};
const bytes = helper || fetch(new URL(file, import.meta.url));
const { default: init } = await import('./{bin}.js');
await init({ module_or_path: helper ? (await sent).data : bytes });
";

/// The smallest module with a relaxed multiply-add: a browser that finds it sound can run the fused one.
const RELAXED: &str = "[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, \
253, 133, 2, 11]";

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the modules side by side: linking one is work for a single core.
pub fn build(modules: &[Module]) -> Result<()> {
    std::thread::scope(|scope| {
        let builds: Vec<_> = modules.iter().map(|module| scope.spawn(move || compile(module))).collect();
        builds.into_iter().try_for_each(|build| build.join().map_err(|_| anyhow!("a build was cut short"))?)
    })
}

fn compile(module: &Module) -> Result<()> {
    let profile = profile(module)?;
    let args = ["build", "--manifest-path", &module.manifest, "--bin", &module.bin, "--target", TARGET];
    let mut build = cargo(&args)?;
    build.args(["--profile", &profile]).args(module.no_default_features.then_some("--no-default-features"));
    build.args(module.features.iter().flat_map(|features| ["--features", features]));
    // The bars of several builds would write over each other.
    run(build.env("CARGO_TERM_PROGRESS_WHEN", "never"))
}

fn profile(module: &Module) -> Result<String> {
    let settings = fs::read_to_string(root().join("Trunk.toml")).context("Trunk.toml cannot be read")?;
    let named = settings.lines().find_map(|line| line.strip_prefix("cargo_profile = \"")?.strip_suffix('"'));
    module.profile.as_deref().or(named).map(str::to_owned).context("Trunk.toml names no cargo_profile")
}

/// Binds a built module to JavaScript; returns the name of its folder.
///
/// A host's cache never mixes the files of two versions, because the folder is another one as soon as a byte differs.
pub fn bind(module: &Module, dist: &Path) -> Result<String> {
    let bin = &module.bin;
    let wasm = target_folder()?.join(TARGET).join(profile(module)?).join(format!("{bin}.wasm"));
    // A folder of its own, also where the page has files under the name of a module.
    let folder = dist.join(format!("{bin}.module"));
    fs::create_dir(&folder)?;
    let args =
        ["run", "--quiet", "-p", "vitrine-bindgen", "--", &wasm.to_string_lossy(), &folder.to_string_lossy(), bin];
    run(cargo(&args)?.args(module.fused.then_some("fused")))?;
    let script = folder.join(format!("{bin}.js"));
    fs::write(&script, plain_script(&fs::read_to_string(&script)?))?;
    let plain = format!("'{bin}_bg.wasm'");
    let file = match module.fused {
        true => format!("WebAssembly.validate(new Uint8Array({RELAXED})) ? '{bin}_fused_bg.wasm' : {plain}"),
        false => plain,
    };
    fs::write(folder.join(loader(bin)), LOADER.replace("{file}", &file).replace("{bin}", bin))?;
    let name = format!("{}-{}", bin.replace('_', "-"), folder_hash(&folder)?);
    fs::rename(&folder, dist.join(&name))?;
    Ok(name)
}

/// A script as wasm-bindgen writes it, without its comments and indents, which are a tenth of it as it is sent.
fn plain_script(script: &str) -> String {
    let (mut plain, mut inside) = (String::with_capacity(script.len()), false);
    for line in script.lines().map(str::trim) {
        inside |= line.starts_with("/*");
        if !(inside || line.is_empty() || line.starts_with("//")) {
            plain.push_str(line);
            plain.push('\n');
        }
        inside &= !line.ends_with("*/");
    }
    plain
}

/// The program that binds and fuses, built.
pub fn binder() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--quiet", "-p", "vitrine-bindgen"])?)?;
    Ok(target_folder()?.join("debug/vitrine-bindgen"))
}

fn target_folder() -> Result<PathBuf> {
    let metadata = output(&mut command("cargo", &["metadata", "--no-deps", "--format-version", "1"]))
        .context("cargo metadata failed")?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    Ok(metadata["target_directory"].as_str().context("cargo metadata names no target folder")?.into())
}

/// A short hash of bytes, for names.
pub fn short_hash(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(12).collect()
}

/// A short hash of the names and bytes of all files below a folder.
fn folder_hash(folder: &Path) -> Result<String> {
    let (mut all, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?);
        } else {
            all.push(format!("{} {}\n", path.strip_prefix(folder)?.display(), sha256_hex(&fs::read(&path)?)));
        }
    }
    all.sort();
    Ok(short_hash(all.concat().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_folder_follows_every_file() {
        let folder = std::env::temp_dir().join(format!("vitrine-hash-{}", std::process::id()));
        fs::create_dir_all(folder.join("snippets")).unwrap();
        let mut seen = Vec::new();
        for (name, text) in [("a.js", "1"), ("a.js", "2"), ("snippets/b.js", "1"), ("snippets/c.js", "1")] {
            fs::write(folder.join(name), text).unwrap();
            seen.push(folder_hash(&folder).unwrap());
        }
        assert_eq!(folder_hash(&folder).unwrap(), seen[3]);
        fs::remove_dir_all(folder).unwrap();
        seen.dedup();
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|hash| hash.len() == 12));
    }

    #[test]
    fn a_script_loses_its_comments_and_nothing_else() {
        let script = "/* one */\nlet a = 1; // b\n\n  /**\n   * Two.\n   */\n  f(`x`,\n    2);\n// three\n";
        assert_eq!(plain_script(script), "let a = 1; // b\nf(`x`,\n2);\n");
    }

    #[test]
    fn a_module_without_a_profile_takes_that_of_trunk() {
        assert_eq!(profile(&Module::default()).unwrap(), "page");
        let own = Module { profile: Some("page-cpu".into()), ..Module::default() };
        assert_eq!(profile(&own).unwrap(), "page-cpu");
    }
}
