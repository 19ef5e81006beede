//! `index.html`: what the page is made of, in trunk's words, and the page as it is served.
//!
//! The links marked `data-trunk` mean what trunk's documentation says of them. A word that is not built here is refused
//! by name, so that the two builds cannot drift apart in silence.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};

/// Lets the inline script of a page built by trunk run; a page built here has none.
const NONCE: &str = " 'nonce-trunk'";

/// One link marked `data-trunk`.
#[derive(Debug)]
pub struct Link {
    /// Where its tag stands.
    tag: Range<usize>,
    /// What it asks for.
    pub asset: Asset,
}

/// What a link asks for.
#[derive(Debug, PartialEq)]
pub enum Asset {
    /// A style sheet, by its path.
    Style(String),
    /// A file as it is, by its path and the folder that it goes to; the page asks for it by its name.
    File(String, String),
    /// A folder as it is, by its path; the page asks for its files by their names.
    Folder(String),
    /// A binary as a wasm module.
    Module(Module),
}

/// A binary that becomes a wasm module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Path of its `Cargo.toml`.
    pub manifest: String,
    /// Name of the binary.
    pub bin: String,
    /// Whether a script of the page starts it, by the name that the head has for it; else it is what comes first.
    pub worker: bool,
    /// Cargo profile, where it is not that of `Trunk.toml`.
    pub profile: Option<String>,
    /// Cargo features, separated by commas.
    pub features: Option<String>,
    /// Whether the default features are off.
    pub no_default_features: bool,
    /// Whether it also comes with its products fused, for browsers that can.
    pub fused: bool,
}

/// All links that ask for something to be built.
pub fn links(html: &str) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for (start, _) in html.match_indices("<link ") {
        let length = html[start..].find('>').context("index.html has a link that does not end")?;
        let tag = start..start + length + 1;
        let inside = html[tag.clone()].trim_start_matches("<link").trim_end_matches('>').trim_end_matches('/');
        let words = attributes(inside);
        if words.iter().any(|&(name, _)| name == "data-trunk") {
            let asset = asset(&words).with_context(|| format!("in index.html: {}", &html[tag.clone()]))?;
            links.push(Link { tag, asset });
        }
    }
    Ok(links)
}

/// The names and values of a tag's attributes.
fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return found;
        }
        let quoted = after.strip_prefix("=\"");
        let (value, after) = quoted.map_or(("", after), |quoted| quoted.split_once('"').unwrap_or((quoted, "")));
        found.push((name, value));
        rest = after;
    }
}

fn asset(words: &[(&str, &str)]) -> Result<Asset> {
    let (mut rel, mut folder, mut module) = ("", "", Module::default());
    for &(name, value) in words {
        match (name, value) {
            // The last four say what is done here anyway.
            ("data-trunk" | "data-loader-shim", "")
            | ("data-integrity", "none")
            | ("data-wasm-opt", "0")
            | ("data-bindgen-target", "web") => {}
            ("rel", _) => rel = value,
            ("data-target-path", _) => folder = value,
            ("href", _) => value.clone_into(&mut module.manifest),
            ("data-bin", _) => value.clone_into(&mut module.bin),
            ("data-type", "worker") => module.worker = true,
            ("data-cargo-profile", _) => module.profile = Some(value.to_owned()),
            ("data-cargo-features", _) => module.features = Some(value.to_owned()),
            ("data-cargo-no-default-features", "") => module.no_default_features = true,
            // Trunk knows nothing of it, and builds the other one alone.
            ("data-fused", "") => module.fused = true,
            _ => bail!("{name}=\"{value}\" is not something that xtask builds"),
        }
    }
    match rel {
        "css" => Ok(Asset::Style(module.manifest)),
        "copy-file" => Ok(Asset::File(module.manifest, folder.to_owned())),
        "copy-dir" if folder.is_empty() => Ok(Asset::Folder(module.manifest)),
        "rust" if !module.bin.is_empty() => Ok(Asset::Module(module)),
        _ => bail!("rel=\"{rel}\" is not something that xtask builds"),
    }
}

/// The page with each link replaced by the tags that it came to, and each module's place in the head; `style` is the sheet that
/// all style sheets became, `start` the script that picks a module.
pub fn page(html: &str, built: &[(Link, String)], style: &str, start: &str) -> Result<String> {
    let (mut page, mut at) = (String::with_capacity(html.len()), 0);
    for (link, place) in built {
        // What a link became nothing of leaves no empty line.
        page.push_str(html[at..link.tag.start].trim_end());
        match &link.asset {
            Asset::Style(_) | Asset::File(..) | Asset::Folder(_) | Asset::Module(Module { worker: true, .. }) => {}
            Asset::Module(Module { bin, .. }) => page.push_str(&format!(
                "\n    <meta name=\"vitrine-{bin}\" content=\"{place}/{}\">\n    \
                 <link rel=\"stylesheet\" href=\"./{style}\">\n    \
                 <script type=\"module\" src=\"./{start}\"></script>",
                loader(bin)
            )),
        }
        at = link.tag.end;
    }
    page.push_str(&html[at..]);
    for (link, place) in built {
        if let Asset::Module(Module { worker: true, bin, .. }) = &link.asset {
            let named = format!("content=\"{bin}_loader.js\"");
            ensure!(page.contains(&named), "index.html does not name {bin}_loader.js");
            page = page.replace(&named, &format!("content=\"{place}/{}\"", loader(bin)));
        }
    }
    let page = page
        .replace(NONCE, "")
        .replace("name=\"vitrine-offline\" content=\"\"", "name=\"vitrine-offline\" content=\"sw.js\"");
    ensure!(!has_inline_script(&page), "index.html has an inline script, which its content policy forbids");
    Ok(page)
}

/// The script that starts a module, as it is called in the module's folder.
pub fn loader(bin: &str) -> String {
    format!("{bin}_loader.js")
}

fn has_inline_script(html: &str) -> bool {
    html.split("<script").skip(1).any(|rest| !rest.split('>').next().unwrap_or_default().contains(" src="))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = include_str!("../../../index.html");

    fn modules(html: &str) -> Vec<Module> {
        let wanted = |link: Link| if let Asset::Module(module) = link.asset { Some(module) } else { None };
        links(html).unwrap().into_iter().filter_map(wanted).collect()
    }

    #[test]
    fn the_index_asks_for_three_pages_and_two_workers() {
        let worker = |bin: &str| Module {
            manifest: "crates/modules/Cargo.toml".into(),
            bin: bin.into(),
            worker: true,
            ..Module::default()
        };
        let reader = Module { manifest: "web/Cargo.toml".into(), bin: "reader".into(), ..Module::default() };
        let page = |bin: &str| Module { bin: bin.into(), worker: true, ..reader.clone() };
        let (story, lab) = (page("story"), page("lab"));
        let cpu = Module { profile: Some("page-cpu".into()), fused: true, ..worker("worker") };
        let webgpu = Module { features: Some("webgpu".into()), no_default_features: true, ..worker("worker_webgpu") };
        assert_eq!(modules(INDEX), [reader, story, lab, cpu, webgpu]);
    }

    #[test]
    fn every_file_of_the_index_exists() {
        let root = crate::shell::root();
        for link in links(INDEX).unwrap() {
            match link.asset {
                Asset::Style(path) | Asset::File(path, _) => assert!(root.join(&path).is_file(), "{path}"),
                Asset::Folder(path) => assert!(root.join(&path).is_dir(), "{path}"),
                Asset::Module(_) => {}
            }
        }
    }

    #[test]
    fn a_word_that_is_not_built_is_refused_by_name() {
        for (words, named) in [
            (r#"rel="scss" href="a.scss""#, "scss"),
            (r#"rel="css" href="a.css" data-inline"#, "data-inline"),
            (r#"rel="rust" href="Cargo.toml" data-bin="a" data-wasm-opt="z""#, "data-wasm-opt"),
            (r#"rel="rust" href="Cargo.toml""#, "rust"),
        ] {
            let error = links(&format!("<link data-trunk {words}/>")).unwrap_err();
            assert!(format!("{error:#}").contains(named), "{error:#}");
        }
        assert!(links(r#"<link rel="icon" href="data:,">"#).unwrap().is_empty());
    }

    #[test]
    fn the_written_page_has_no_inline_script_and_names_what_was_built() {
        let place = |link: &Link| match &link.asset {
            Asset::Style(_) => String::new(),
            Asset::File(path, folder) => format!("{folder}/{path}"),
            Asset::Folder(path) => path.clone(),
            Asset::Module(module) => format!("{}-0123", module.bin),
        };
        let built: Vec<(Link, String)> = links(INDEX)
            .unwrap()
            .into_iter()
            .map(|link| {
                let place = place(&link);
                (link, place)
            })
            .collect();
        let page = page(INDEX, &built, "style-0123.css", "start-0123.js").unwrap();
        for gone in [
            "data-trunk",
            "woff2",
            "nonce",
            "unsafe-inline",
            "\"story_loader",
            "\"lab_loader",
            "\"worker_loader",
            "\"worker_webgpu_loader",
        ] {
            assert!(!page.contains(gone), "{gone}");
        }
        for there in [
            r#"<link rel="stylesheet" href="./style-0123.css">"#,
            r#"<script type="module" src="./start-0123.js"></script>"#,
            r#"<meta name="vitrine-reader" content="reader-0123/reader_loader.js">"#,
            r#"<meta name="vitrine-lab" content="lab-0123/lab_loader.js">"#,
            r#"content="worker-0123/worker_loader.js""#,
            r#"content="worker_webgpu-0123/worker_webgpu_loader.js""#,
        ] {
            assert!(page.contains(there), "{there}");
        }
        assert_eq!(page.matches("stylesheet").count(), 1, "a page waits for each sheet");
        assert!(has_inline_script("<script type=\"module\">1</script>"));
        assert!(super::page(&INDEX.replace("<noscript>", "<script>1</script><noscript>"), &built, "", "").is_err());
    }
}
