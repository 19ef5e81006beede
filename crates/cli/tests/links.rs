//! `vitrine link` and `vitrine open`: what goes into a link and comes out of it, and what is refused. Needs no model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use vitrine_schema::Finding;

const KINDS: [&str; 13] = [
    "ablation",
    "attention",
    "comparison",
    "courtroom",
    "failed",
    "hostile",
    "integrated-gradients",
    "long",
    "patch",
    "prediction",
    "stream",
    "stream-deep",
    "stream-post-norm",
];

fn vitrine(args: &[&str], input: &str) -> Output {
    let pipes = || Stdio::piped();
    let mut program = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    program.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    let mut run = program.args(args).stdin(pipes()).stdout(pipes()).stderr(pipes()).spawn().unwrap();
    // A command that refuses its flags ends without reading.
    let _ = run.stdin.take().unwrap().write_all(input.as_bytes());
    run.wait_with_output().unwrap()
}

#[track_caller]
fn printed(args: &[&str], input: &str) -> String {
    let output = vitrine(args, input);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(args: &[&str], input: &str, sentence: &str) {
    let output = vitrine(args, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1 && said.contains(sentence), "{args:?}: {said}");
}

fn finding(kind: &str) -> String {
    format!("tests/reference/{kind}.json")
}

fn opened(payload: &str) -> Value {
    serde_json::from_str(&printed(&["open", payload], "")).unwrap()
}

#[test]
fn every_kind_of_finding_goes_into_a_link_and_comes_out() {
    for kind in KINDS {
        let path = finding(kind);
        let there: Value =
            serde_json::from_str(&std::fs::read_to_string(Path::new("../..").join(&path)).unwrap()).unwrap();
        let payload = printed(&["link", &path], "");
        assert_eq!(payload.lines().count(), 1, "{kind}");
        let here = opened(payload.trim());
        let resolved = Finding::from_json(&there.to_string()).unwrap().resolved().clone();
        assert_eq!(here["recipe"], serde_json::to_value(resolved).unwrap(), "{kind}");
        assert_eq!(
            here["capsule"]["model"]["sha256"].as_str(),
            there["model"]["sha256"].as_str().map(|sha| &sha[..16])
        );
        let none = json!({ "shown": {}, "title": null, "note": null, "name": null, "date": null });
        none.as_object().unwrap().iter().for_each(|(key, value)| assert_eq!(&here[key], value, "{kind} {key}"));
        assert_eq!(here.get("on"), None);
    }
}

#[test]
fn the_capsule_of_an_explanation_is_a_finding_that_draws_the_same() {
    let path = finding("integrated-gradients");
    let here = opened(printed(&["link", &path], "").trim());
    let there: Value = serde_json::from_str(&std::fs::read_to_string(Path::new("../..").join(&path)).unwrap()).unwrap();
    let capsule = &here["capsule"];
    for key in ["schema", "scores", "value", "baseline_value", "logits", "target", "method", "checks"] {
        assert_eq!(capsule[key], there[key], "{key}");
    }
    assert_eq!(capsule["receipt"]["verdict"], there["receipt"]["verdict"], "its sentence included");
    assert_eq!(capsule["diagnostics"], json!([{ "id": "sent" }]));
    let drawn = |name: &str, input: &Value| {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        printed(&["draw", "-", "--to", to.to_str().unwrap()], &input.to_string());
        std::fs::read_to_string(to).unwrap()
    };
    assert_eq!(drawn("sent.svg", capsule), drawn("found.svg", &there));
}

#[test]
fn without_a_receipt_a_link_has_no_effects_and_no_figures() {
    let here = opened(printed(&["link", &finding("long")], "").trim());
    assert_eq!((here["capsule"].get("receipt"), here["recipe"]["ask"]["receipt"].as_bool()), (None, Some(false)));
}

#[test]
fn what_is_too_large_comes_as_its_summary() {
    let here = opened(printed(&["link", &finding("attention")], "").trim());
    assert_eq!(
        (&here["capsule"]["schema"], &here["capsule"]["summary"]["of"]),
        (&json!("vitrine.summary/1"), &json!("attention"))
    );
    assert_eq!(here["capsule"]["input"]["tokens"].as_array().unwrap().len(), 5);
}

#[test]
fn the_sender_has_words() {
    let words = [
        "--title",
        "Why?\u{202e} <b>",
        "--note",
        "Look at dull.\nThen at funny.",
        "--name",
        "-M",
        "--date",
        "2026-11-30",
    ];
    let here = opened(printed(&[&["link", &finding("long")][..], &words].concat(), "").trim());
    assert_eq!(
        (&here["title"], &here["name"], &here["date"]),
        (&json!("Why? <b>"), &json!("-M"), &json!("2026-11-30"))
    );
    assert_eq!(here["note"], "Look at dull.\nThen at funny.");
}

#[test]
fn a_whole_link_is_opened_and_one_from_standard_input() {
    let payload = printed(&["link", "-"], &std::fs::read_to_string(Path::new("../..").join(finding("long"))).unwrap());
    let here = opened(payload.trim());
    assert_eq!(opened(&format!("https://example.org/#/x/{}", payload.trim())), here);
    assert_eq!(serde_json::from_str::<Value>(&printed(&["open", "-"], &payload)).unwrap(), here);
}

#[test]
fn what_cannot_be_linked_or_opened_gets_one_sentence() {
    let long = finding("long");
    refused(&["link", "no-such-file.json"], "", "no-such-file.json cannot be read");
    refused(&["link", "-"], "[]", "this says no schema");
    refused(&["link", "-"], "no JSON", "the finding cannot be read");
    refused(
        &["link", &long, "--title", &"a".repeat(81)],
        "",
        "a title has at most 80 characters, this one 81; shorten it",
    );
    refused(&["link", &long, "--note", &"a".repeat(281)], "", "a note has at most 280 characters");
    refused(&["link", &long, "--name", &"a".repeat(61)], "", "a name has at most 60 characters");
    refused(&["link", &long, "--date", "tomorrow"], "", "\"tomorrow\" is no date; write it like 2026-11-30");
    let finding = std::fs::read_to_string(Path::new("../..").join(&long)).unwrap();
    let mut fewer: Value = serde_json::from_str(&finding).unwrap();
    fewer["scores"].as_array_mut().unwrap().pop();
    refused(&["link", "-"], &fewer.to_string(), "scores that are not one for each token");
    let mut outside: Value = serde_json::from_str(&finding).unwrap();
    outside["input"]["tokens"][1]["end"] = json!(9999);
    refused(&["link", "-"], &outside.to_string(), "tokens that stand outside of their text");
    let payload = printed(&["link", &long], "");
    refused(&["open", &payload.trim()[..200]], "", "this link was damaged on the way");
    refused(&["open", "v9.AAAA"], "", "this link is of version v9 and this program reads v1");
    refused(&["open", "#/lab?text=a"], "", "this is no link to an explanation");
    refused(&["open", ""], "", "this is no link to an explanation");
    refused(&["open", "-"], &"v".repeat(70_000), "a link has at most 65536 letters");
}
