//! A small static server for this machine: files of one folder, on the loopback address only.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::say;

/// Longest request head that is read.
const HEAD_LIMIT: u64 = 16 << 10;

/// Serves until it is stopped.
pub fn serve(folder: &Path, port: u16) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is taken; choose another with `cargo xtask serve --port N`"))?;
    let folder = folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))?;
    say(&format!("serving {} on http://{}/", folder.display(), listener.local_addr()?));
    for stream in listener.incoming().flatten() {
        let folder = folder.clone();
        std::thread::spawn(move || {
            // A visitor who goes away is no error.
            let _ = answer(stream, &folder);
        });
    }
    Ok(())
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let Some((method, target)) = read_head(&mut reader)? else { return Ok(()) };
        let head_only = method == "HEAD";
        let (status, kind, body) = if method == "GET" || head_only {
            match find(folder, &target).and_then(|file| Some((fs::read(&file).ok()?, media_type(&file)))) {
                Some((body, kind)) => ("200 OK", kind, body),
                None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
            }
        } else {
            ("405 Method Not Allowed", "text/plain", b"only GET and HEAD\n".to_vec())
        };
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\n\r\n"
        )?;
        if !head_only {
            stream.write_all(&body)?;
        }
        stream.flush()?;
    }
}

/// Method and target of the next request; `None` at the end of the connection.
fn read_head(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<(String, String)>> {
    let mut limited = reader.take(HEAD_LIMIT);
    let mut first = String::new();
    if limited.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut line = String::new();
    while limited.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok(Some((method.to_owned(), target.to_owned())))
}

/// The file of a request target, if it lies in the folder.
fn find(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.trim_start_matches('/');
    let relative = Path::new(if path.is_empty() { "index.html" } else { path });
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let mut file = plain.then(|| folder.join(relative))?;
    if file.is_dir() {
        file = file.join("index.html");
    }
    file.is_file().then_some(file)
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(find(folder, "/src/main.rs?x=1").is_some());
        for target in ["/../../Cargo.toml", "/src/../../../Cargo.toml", "//etc/passwd", "/src/%2e%2e/x", "/missing", ""]
        {
            assert!(find(folder, target).is_none(), "{target}");
        }
    }
}
