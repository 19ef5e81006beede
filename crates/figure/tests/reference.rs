//! The figures of stored findings, byte by byte: `tests/reference` holds findings as the command line prints them, and beside
//! them what they draw: each figure on light paper 1200 pixels wide, on dark paper 360 pixels wide, and its table.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vitrine_figure::color::Theme;
use vitrine_figure::drawings;
use vitrine_figure::svg::svg;
use vitrine_figure::table::csv;
use vitrine_schema::Finding;

const ACCEPT: &str = "UPDATE_REFERENCE=1 cargo test -p vitrine-figure";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference")
}

fn names(ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

/// Every file that the findings draw, by its name.
fn drawn() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for name in names(".json") {
        let finding = Finding::from_json(&fs::read_to_string(folder().join(&name)).unwrap()).unwrap();
        let stem = name.trim_end_matches(".json");
        for (width, theme, called) in [(1200.0, Theme::Light, "1200-light"), (360.0, Theme::Dark, "360-dark")] {
            for figure in drawings(&finding, width) {
                let picture = svg(&figure.drawing, theme, &figure.told.says);
                files.insert(format!("{stem}.{}.{called}.svg", figure.name), picture);
                files.insert(format!("{stem}.{}.csv", figure.name), csv(&figure.told.table));
            }
        }
    }
    files
}

/// The first line that differs.
fn difference(stored: &str, now: &str) -> String {
    let (mut stored, mut now) = (stored.lines(), now.lines());
    for line in 1.. {
        match (stored.next(), now.next()) {
            (None, None) => break,
            (was, is) if was != is => {
                return format!("line {line}\n  was: {}\n  is:  {}", was.unwrap_or("–"), is.unwrap_or("–"));
            }
            _ => {}
        }
    }
    "only its line ends".to_owned()
}

#[test]
fn figures_are_as_they_were_accepted() {
    let drawn = drawn();
    let stored: Vec<String> = [names(".svg"), names(".csv")].concat();
    let gone: Vec<&String> = stored.iter().filter(|name| !drawn.contains_key(*name)).collect();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        gone.iter().for_each(|name| fs::remove_file(folder().join(name)).unwrap());
        drawn.iter().for_each(|(name, file)| fs::write(folder().join(name), file).unwrap());
        return;
    }
    let mut changed: Vec<String> = gone.iter().map(|name| format!("{name} is not drawn any more")).collect();
    for (name, now) in &drawn {
        match fs::read_to_string(folder().join(name)) {
            Err(_) => changed.push(format!("{name} is new")),
            Ok(stored) if stored != *now => changed.push(format!("{name} changed in {}", difference(&stored, now))),
            Ok(_) => {}
        }
    }
    assert!(
        changed.is_empty(),
        "{} of {} reference figures differ. Look at them; if they are meant, accept them with\n  {ACCEPT}\n{}",
        changed.len(),
        drawn.len(),
        changed.join("\n")
    );
}

#[test]
fn references_stay_small() {
    let total: u64 = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(total < 600_000, "{total} bytes");
}
