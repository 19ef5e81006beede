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
    assert_eq!(printed["figures"], serde_json::json!(["strip", "bars", "river", "sum", "receipt", "answer"]));
    let stored = root().join("tests/reference/integrated-gradients.river.csv");
    assert_eq!(std::fs::read(&table).unwrap(), std::fs::read(stored).unwrap());
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
    refused(&with(&["--figure", "pie"]), "", "no figure \"pie\"; it has strip, bars, river, sum, receipt, answer");
    for (to, sentence) in [
        ("x.png", "not yet png"),
        ("x.html", "not yet html"),
        ("x.pdf", "has to end in .svg or .csv"),
        ("x", "has to end"),
    ] {
        refused(&[FINDING, "--to", to], "", sentence);
    }
    assert!(!Path::new(&to).exists() && !root().join("never.svg").exists());
}
