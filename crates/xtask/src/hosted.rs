//! What a static host serves beside the page: the service worker with what it keeps, the page that may be framed, and the
//! headers for hosts that read a `_headers` file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::module::short_hash;
use crate::shell::root;

/// Where the head of `index.html` says the policy.
const POLICY: &str = "http-equiv=\"Content-Security-Policy\" content=\"";
/// What the service worker has in the place of what is written here.
const BLANKS: [&str; 3] = ["const VERSION = 'dev';", "const FILES = ['./'];", "const POLICY = \"default-src 'none'\";"];

/// Writes them into a folder that holds the page and no models yet.
pub fn write(dist: &Path, page: &str) -> Result<()> {
    let policy = policy(page)?;
    fs::write(dist.join("embed.html"), embed(page)?)?;
    let mut files = vec!["./".to_owned()];
    list(dist, dist, &mut files)?;
    files.retain(|file| kept(file));
    files.sort();
    let version = short_hash(page.as_bytes());
    let worker = fs::read_to_string(root().join("web/sw.js")).context("web/sw.js cannot be read")?;
    fs::write(dist.join("sw.js"), service_worker(&worker, &version, &files, policy)?)?;
    Ok(fs::write(dist.join("_headers"), headers(policy))?)
}

/// The policy that the page asks for in its head.
fn policy(page: &str) -> Result<&str> {
    let (_, rest) = page.split_once(POLICY).context("index.html names no content policy")?;
    Ok(rest.split('"').next().unwrap_or_default())
}

/// The page that may stand in a frame: the same, marked as such, and never the Lab.
fn embed(page: &str) -> Result<String> {
    let mark = "<meta name=\"vitrine-offline\" content=\"sw.js\">";
    ensure!(page.contains(mark), "index.html does not name its service worker");
    Ok(page.replace(mark, "<meta name=\"vitrine-embed\" content=\"index.html\">"))
}

/// Whether the service worker keeps a file from the start: all that is read without an engine.
fn kept(file: &str) -> bool {
    const NOT: [&str; 6] =
        ["worker-", "worker-webgpu-", "index.html", "embed.html", "offline.txt", "vitrine-figure.js"];
    !NOT.iter().any(|start| file.starts_with(start))
}

/// The files below a folder, by their paths from the page.
fn list(folder: &Path, dist: &Path, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, dist, files)?;
        } else {
            files.push(path.strip_prefix(dist)?.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// The service worker with its version, its files and the policy in the place of its first three lines.
fn service_worker(script: &str, version: &str, files: &[String], policy: &str) -> Result<String> {
    ensure!(!policy.contains('"'), "the content policy has a quote");
    let written = [
        format!("const VERSION = '{version}';"),
        format!("const FILES = {};", serde_json::to_string(files)?),
        format!("const POLICY = \"{policy}\";"),
    ];
    let mut script = script.to_owned();
    for (blank, written) in BLANKS.iter().zip(written) {
        ensure!(script.contains(blank), "web/sw.js has no line {blank}");
        script = script.replace(blank, &written);
    }
    Ok(script)
}

/// Headers for hosts that read such a file (Netlify, Cloudflare Pages and their kin); where two rules meet, both hold.
fn headers(policy: &str) -> String {
    let page =
        "  Content-Security-Policy: frame-ancestors 'none'\n  X-Frame-Options: DENY\n  Cache-Control: no-cache\n";
    format!(
        "/*\n  Content-Security-Policy: {policy}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n\
         /\n{page}/index.html\n{page}/embed.html\n  Cache-Control: no-cache\n/sw.js\n  Cache-Control: no-cache\n\
         /offline.txt\n  Cache-Control: no-cache\n/story/*\n  Cache-Control: no-cache\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = include_str!("../../../index.html");
    const WORKER: &str = include_str!("../../../web/sw.js");

    #[test]
    fn the_service_worker_gets_its_version_its_files_and_the_policy_of_the_page() {
        let policy = policy(INDEX).unwrap();
        let files = ["./".to_owned(), "start-0123.js".to_owned()];
        let script = service_worker(WORKER, "0123", &files, policy).unwrap();
        for there in ["'0123'", r#"["./","start-0123.js"]"#, "'wasm-unsafe-eval'"] {
            assert!(script.contains(there), "{there}");
        }
        assert!(service_worker("const VERSION = 1;", "0123", &files, policy).is_err());
    }

    #[test]
    fn engines_and_what_is_framed_are_not_kept_from_the_start() {
        for file in ["lab-0123/lab_bg.wasm", "reader-0123/reader.js", "fonts/inter.woff2", "./", "tokens-0123.css"] {
            assert!(kept(file), "{file}");
        }
        for file in ["worker-0123/worker_bg.wasm", "worker-webgpu-0123/a.js", "embed.html", "offline.txt"] {
            assert!(!kept(file), "{file}");
        }
    }

    #[test]
    fn only_the_embed_may_be_framed() {
        let headers = headers("default-src 'self'");
        let rule = |path: &str| headers.split_once(&format!("\n{path}\n")).unwrap().1.split("\n/").next().unwrap();
        assert!(rule("/index.html").contains("frame-ancestors 'none'"));
        assert!(rule("/").contains("frame-ancestors 'none'"));
        assert!(!rule("/embed.html").contains("frame-ancestors"));
    }
}
