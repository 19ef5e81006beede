//! `vitrine draw`: what it writes, and what it refuses. Needs no model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FINDING: &str = "tests/reference/integrated-gradients.json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn draw(args: &[&str], input: &str) -> Output {
    let pipes = || Stdio::piped();
    let mut program = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    program.current_dir(root()).arg("draw").args(args).stdin(pipes()).stdout(pipes()).stderr(pipes());
    let mut run = program.spawn().unwrap();
    // A command that refuses its flags ends without reading.
    let _ = run.stdin.take().unwrap().write_all(input.as_bytes());
    run.wait_with_output().unwrap()
}

#[track_caller]
fn refused(args: &[&str], input: &str, sentence: &str) {
    let output = draw(args, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1 && said.contains(sentence), "{args:?}: {said}");
}

/// A file of this test alone.
fn file(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_file_is_the_reference() {
    let (picture, table) = (file("main.svg"), file("river.csv"));
    assert!(draw(&[FINDING, "--to", &picture], "").status.success());
    let stored = root().join("tests/reference/integrated-gradients.strip.1200-light.svg");
    assert_eq!(std::fs::read(&picture).unwrap(), std::fs::read(stored).unwrap());

    let finding = std::fs::read_to_string(root().join(FINDING)).unwrap();
    let output = draw(&["-", "--to", &table, "--figure", "river", "--theme", "dark", "--width", "360"], &finding);
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        printed["figures"],
        serde_json::json!(["strip", "bars", "river", "sum", "receipt", "insertion", "matter", "blanks", "answer"])
    );
    let stored = root().join("tests/reference/integrated-gradients.river.csv");
    assert_eq!(std::fs::read(&table).unwrap(), std::fs::read(stored).unwrap());
}

#[test]
fn a_report_is_one_file_that_opens_again() {
    let report = file("report.html");
    let output = draw(&[FINDING, "--to", &report, "--page", "https://example.org/vitrine/"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let html = std::fs::read_to_string(&report).unwrap();
    let held = html.split("<meta name=\"vitrine-link\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(html.contains(&format!("href=\"https://example.org/vitrine/#/x/{held}\"")));
    let opened = Command::new(env!("CARGO_BIN_EXE_vitrine")).args(["open", held]).output().unwrap();
    let opened: serde_json::Value = serde_json::from_slice(&opened.stdout).unwrap();
    assert_eq!(opened["recipe"]["text"], "the plot is dull but funny");
    assert!(matches!(vitrine_share::file::open(html.as_bytes()), Ok(vitrine_share::file::Held::Link(_))));
}

#[test]
fn a_picture_opens_again() {
    for name in ["integrated-gradients", "failed", "patch"] {
        let (finding, picture) = (format!("tests/reference/{name}.json"), file(&format!("{name}.png")));
        let output = draw(&[&finding, "--to", &picture], "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = std::fs::read(&picture).unwrap();
        // Twice 680 pixels and the margin.
        assert_eq!(bytes[16..20], 1456u32.to_be_bytes(), "{name}");
        let address = vitrine_share::file::open(&bytes).unwrap().address().unwrap();
        assert!(address.starts_with("#/x/v1."), "{name}: {address}");
    }
    let (first, again) = (file("integrated-gradients.png"), file("again.png"));
    assert!(draw(&[FINDING, "--to", &again], "").status.success());
    assert_eq!(std::fs::read(first).unwrap(), std::fs::read(again).unwrap());
    refused(&["tests/reference/attention.json", "--to", "x.png", "--width", "5000"], "", "must be from 280 to 4000");
}

#[test]
fn json_is_the_finding_with_the_sentence_of_its_receipt() {
    let (there, here) = (file("finding.json"), root().join(FINDING));
    assert!(draw(&[FINDING, "--to", &there], "").status.success());
    let [there, here] = [there.into(), here].map(|path: PathBuf| std::fs::read_to_string(path).unwrap());
    let [there, here] = [there, here].map(|json| serde_json::from_str::<serde_json::Value>(&json).unwrap());
    assert_eq!(there["scores"], here["scores"]);
    assert!(there["receipt"]["verdict"]["sentence"].as_str().unwrap().starts_with("It holds up: "));
}

#[test]
fn numbers_that_are_not_to_be_relied_on_say_so_first() {
    let table = file("failed.csv");
    assert!(draw(&["tests/reference/failed.json", "--to", &table], "").status.success());
    let table = std::fs::read_to_string(table).unwrap();
    assert!(table.starts_with("\"The parts do not add up to the answer, so"), "{table}");
    assert!(table.lines().nth(1).unwrap().starts_with("Token,"));
}

#[test]
fn what_cannot_be_drawn_gets_one_sentence() {
    let to = file("never.svg");
    let with = |more: &[&'static str]| [&[FINDING, "--to", "never.svg"], more].concat();
    refused(&["-", "--to", &to], "no JSON", "the finding cannot be read");
    refused(&["-", "--to", &to], "", "the finding cannot be read");
    refused(&["-", "--to", &to], r#"{"schema": "vitrine.explanation/9"}"#, "this is \"vitrine.explanation/9\"");
    refused(&["-", "--to", &to], r#"{"schema": "vitrine.recipe/1"}"#, "this is \"vitrine.recipe/1\"");
    refused(&["no-such-file.json", "--to", &to], "", "no-such-file.json cannot be read");
    refused(&[FINDING, "--to", "/no/such/folder/x.svg"], "", "cannot be written");
    refused(&with(&["--width", "10"]), "", "a width of 10 pixels cannot be drawn; it must be from 280 to 4000");
    refused(&with(&["--width", "1000000000"]), "", "it must be from 280 to 4000");
    refused(&with(&["--width", "1e9"]), "", "invalid value '1e9'");
    refused(&with(&["--width=-5"]), "", "invalid value '-5'");
    refused(&with(&["--theme", "sepia"]), "", "invalid value 'sepia'");
    let names = "strip, bars, river, sum, receipt, insertion, matter, blanks, answer";
    refused(&with(&["--figure", "pie"]), "", &format!("no figure \"pie\"; it has {names}"));
    for (to, sentence) in [("x.pdf", "has to end in .svg, .png, .csv, .html or .json"), ("x", "has to end")] {
        refused(&[FINDING, "--to", to], "", sentence);
    }
    let page = |to: &'static str, page: &'static str| [FINDING, "--to", to, "--page", page];
    refused(&page("never.svg", "https://example.org/"), "", "--page is where html leads; leave it out of svg");
    refused(&page("never.html", "javascript:alert(1)"), "", "\"javascript:alert(1)\" is no address of a page");
    refused(
        &[FINDING, "--to", "never.html", "--figure", "strip"],
        "",
        "html holds all of a finding; leave --figure out",
    );
    assert!(!Path::new(&to).exists() && !root().join("never.svg").exists());
}
