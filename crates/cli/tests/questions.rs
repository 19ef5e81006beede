//! Every command that asks something: its recipe, its finding, and what it refuses. Tiny models; needs no installed model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use vitrine_schema::{Finding, Recipe};
use vitrine_words::receipt::told;

const BERT: &str = "tests/golden/tiny-bert";
const LLAMA: &str = "tests/golden/tiny-llama";

fn vitrine(args: &[&str], input: &str) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pipes = || Stdio::piped();
    let mut program = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    let mut run = program.current_dir(root).args(args).stdin(pipes()).stdout(pipes()).stderr(pipes()).spawn().unwrap();
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
fn found(args: &[&str]) -> Value {
    serde_json::from_str(&printed(args, "")).unwrap()
}

#[track_caller]
fn refused(args: &[&str], input: &str, sentence: &str) {
    let output = vitrine(args, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1 && said.contains(sentence), "{args:?}: {said}");
}

/// One question of each kind.
fn questions() -> Vec<Vec<&'static str>> {
    let about = |command, model, text| vec![command, "--model", model, "--text", text];
    let and = |mut question: Vec<&'static str>, more: &[&'static str]| {
        question.extend(more);
        question
    };
    let (film, bad) = ("the film", "the bad film");
    let patch_bert = vec!["patch", "--model", BERT, "--clean", "bad bad bad", "--corrupt", "film film film"];
    vec![
        about("predict", BERT, film),
        about("predict", LLAMA, film),
        vec!["generate", "--model", LLAMA, "--prompt", film, "--max-tokens", "4", "--temperature", "1", "--seed", "3"],
        and(about("explain", BERT, bad), &["--method", "integrated-gradients", "--set", "nodes=8"]),
        and(about("explain", LLAMA, film), &["--method", "occlusion", "--set", "hold-first=true"]),
        and(about("explain", BERT, bad), &["--method", "occlusion", "--receipt", "--seed", "3"]),
        and(about("explain", LLAMA, bad), &["--method", "saliency", "--players", "words", "--receipt"]),
        and(about("explain", BERT, bad), &["--method", "exact-shapley", "--players", "[[0,7],[8,12]]"]),
        and(about("explain", LLAMA, film), &["--method", "occlusion", "--continuation", " the bad"]),
        and(about("compare", BERT, bad), &["--methods", "occlusion,saliency", "--with-text", "the film"]),
        about("compare", LLAMA, film),
        and(about("attention", BERT, film), &["--position", "1"]),
        about("attention", LLAMA, film),
        about("stream", BERT, film),
        and(about("stream", LLAMA, film), &["--target", " the", "--position", "2"]),
        and(about("ablate", BERT, bad), &["--tokens", "1,2", "--how", "delete"]),
        and(about("ablate", LLAMA, film), &["--parts", "L0H1,MLP1,L0N3", "--how", "mean"]),
        and(about("ablate", LLAMA, film), &["--parts", "L1H0,MLP1", "--how", "mean", "--write", "4"]),
        and(about("ablate", LLAMA, film), &["--parts", "MLP1,L2H0,MLP0", "--neurons", "5"]),
        and(about("ablate", LLAMA, film), &["--parts", "L1H0", "--how", "shuffle", "--seed", "5"]),
        and(about("ablate", LLAMA, film), &["--parts", "L1H0", "--how", "resample", "--resample-from", "the the"]),
        vec!["patch", "--model", LLAMA, "--clean", "aa film", "--corrupt", "ab film"],
        vec!["patch", "--model", LLAMA, "--clean", "abc", "--corrupt", "abd", "--site", "k", "--direction", "noise"],
        vec!["patch", "--model", LLAMA, "--clean", "abc", "--corrupt", "abd", "--cells", "1:2"],
        vec!["patch", "--model", LLAMA, "--clean", "abc film", "--corrupt", "abd", "--site", "head"],
        vec!["patch", "--model", LLAMA, "--clean", "abc", "--corrupt", "abde", "--align", "0:0,2:3"],
        vec!["patch", "--model", LLAMA, "--clean", "abc", "--corrupt", "abd", "--site", "head", "--join", "4"],
        and(patch_bert.clone(), &["--site", "pattern"]),
        and(patch_bert, &["--site", "mlp_out", "--approximate", "--target", "NEGATIVE", "--foil", "POSITIVE"]),
        vec!["steer", "--model", LLAMA, "--prompt", film, "--toward", "good", "--away", "bad", "--strength", "-2"],
    ]
}

/// A finding without the question as it was asked.
fn numbers(mut finding: Value) -> Value {
    finding.as_object_mut().unwrap().remove("recipe");
    // Each explanation of a comparison has its own.
    for place in ["/explanations", "/other/explanations"] {
        let found = finding.pointer_mut(place).and_then(Value::as_array_mut);
        found.into_iter().flatten().for_each(|one| *one = numbers(one.take()));
    }
    finding
}

#[test]
fn a_recipe_says_what_its_command_says_and_is_stored_with_its_finding() {
    for question in questions() {
        let finding = found(&question);
        let recipe = printed(&[&question[..], &["--recipe"]].concat(), "");
        assert_eq!(finding["recipe"], serde_json::from_str::<Value>(&recipe).unwrap(), "{question:?}");
        let again: Value = serde_json::from_str(&printed(&["run", "-"], &recipe)).unwrap();
        assert_eq!(finding, again, "{question:?}");
    }
}

#[test]
fn what_was_resolved_asked_again_gives_the_same_numbers() {
    for question in questions() {
        let finding = found(&question);
        let mut resolved = finding["resolved"].clone();
        // No path is in a recipe that travels.
        assert!(!resolved["model"].as_str().unwrap().contains('/'), "{question:?}");
        resolved["model"] = finding["recipe"]["model"].clone();
        let again: Value = serde_json::from_str(&printed(&["run", "-"], &resolved.to_string())).unwrap();
        assert_eq!(numbers(finding), numbers(again), "{question:?}");
    }
}

#[test]
fn a_finding_comes_back_from_json_as_it_was() {
    for question in questions() {
        let json = printed(&question, "");
        let finding = Finding::from_json(&json).unwrap();
        // The sentence of a receipt is put in where it is printed.
        let finding = told(finding);
        let again: Value = serde_json::from_str(&serde_json::to_string(&finding.json()).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), again, "{question:?}");
        assert_eq!(finding.recipe(), &Recipe::from_json(&again["recipe"].to_string()).unwrap());
    }
}

#[test]
fn a_row_of_a_continuation_is_the_explanation_of_its_token() {
    let asked = ["explain", "--model", LLAMA, "--method", "occlusion", "--text"];
    let whole = found(&[&asked[..], &["the film", "--continuation", " the bad"]].concat());
    let values = |row: usize| whole["matrix"]["values"][row].as_array().unwrap().clone();
    let n_rows = whole["steps"].as_array().unwrap().len();
    assert_eq!(whole["matrix"]["rows"].as_array().unwrap().len(), n_rows);
    let token = whole["steps"][0]["token"].as_str().unwrap();
    let alone = found(&[&asked[..], &["the film", "--target", token]].concat());
    // Each row has a receipt of its own where it is asked for.
    let measured = found(&[&asked[..], &["the film", "--continuation", " the bad", "--receipt"]].concat());
    let receipts = measured["steps"].as_array().unwrap().iter();
    assert!(receipts.clone().count() > 0 && receipts.clone().all(|step| step["receipt"]["verdict"]["id"].is_string()));
    let scores = alone["scores"].as_array().unwrap();
    let row = values(0);
    assert_eq!(&row[..scores.len()], &scores[..]);
    assert!(row[scores.len()..].iter().all(Value::is_null));
    // What stands for all of it are the sums.
    let sum: f64 = (0..n_rows).filter_map(|row| values(row)[0].as_f64()).sum();
    assert!((sum - whole["scores"][0].as_f64().unwrap()).abs() < 1e-5);
}

#[test]
fn a_comparison_explains_one_answer_on_both_sides() {
    let asked = ["compare", "--model", LLAMA, "--methods", "occlusion,saliency", "--text", "the film"];
    let compared = found(&[&asked[..], &["--with-text", "the bad film the"]].concat());
    let target = &compared["explanations"][0]["target"];
    for side in ["/explanations", "/other/explanations"] {
        let explanations = compared.pointer(side).and_then(Value::as_array).unwrap();
        assert_eq!(explanations.len(), 2);
        assert!(explanations.iter().all(|one| one["target"] == *target), "{side}");
    }
}

#[test]
fn matrices_are_numbers_in_lists() {
    let maps = found(&["attention", "--model", LLAMA, "--text", "the film"]);
    let n_tokens = maps["input"]["tokens"].as_array().unwrap().len();
    let axes = ["n_layers", "n_heads"].map(|name| maps[name].as_u64().unwrap() as usize);
    let lengths = |value: &Value| value.as_array().unwrap().len();
    let patterns = &maps["patterns"];
    assert_eq!([lengths(patterns), lengths(&patterns[0])], axes);
    assert_eq!([lengths(&patterns[0][0]), lengths(&patterns[0][0][0])], [n_tokens; 2]);
    let row: f64 = patterns[1][0][n_tokens - 1].as_array().unwrap().iter().map(|w| w.as_f64().unwrap()).sum();
    assert!((row - 1.0).abs() < 1e-5);

    let stream = found(&["stream", "--model", LLAMA, "--text", "the film"]);
    let check = &stream["checks"][0];
    assert_eq!((check["id"].as_str(), check["verdict"].as_str()), (Some("sum"), Some("pass")));
    assert_eq!([lengths(&stream["layers"][0]["carried"]), lengths(&stream["layers"][0]["carried"][0])], [n_tokens; 2]);
}

#[test]
fn of_two_classes_the_second_stands_against_the_first_unless_said() {
    let explain = |more: &[&str]| {
        let asked = ["explain", "--model", BERT, "--text", "the bad film", "--method", "occlusion"];
        found(&[&asked[..], more].concat())["target"].clone()
    };
    let target = |quantity: &str, target: (&str, u8), foil: Option<(&str, u8)>| {
        let foil = foil.map(|(label, index)| json!({"label": label, "index": index}));
        json!({"quantity": quantity, "label": target.0, "index": target.1, "foil": foil})
    };
    let (no, yes) = (("NEGATIVE", 0), ("POSITIVE", 1));
    assert_eq!(explain(&[]), target("logit-difference", yes, Some(no)));
    assert_eq!(explain(&["--foil", "POSITIVE"]), target("logit-difference", no, Some(yes)));
    assert_eq!(explain(&["--quantity", "log-prob"]), target("log-prob", yes, None));
    assert_eq!(explain(&["--target", "NEGATIVE"]), target("logit", no, None));
    let difference = ["--quantity", "logit-difference"];
    let asked = explain(&[&difference[..], &["--target", "NEGATIVE"]].concat());
    assert_eq!(asked, target("logit-difference", no, Some(yes)));
    let language = ["explain", "--model", LLAMA, "--text", "the film", "--method", "saliency"];
    refused(&[&language[..], &difference].concat(), "", "name the other one as the foil");
}

#[test]
fn rollout_begins_where_the_answer_is_read() {
    let rollout = |more: &[&str]| {
        let asked = ["attention", "--model", BERT, "--text", "the bad film"];
        let maps = found(&[&asked[..], more].concat());
        serde_json::from_value::<Vec<f64>>(maps["rollout"].clone()).unwrap()
    };
    // This one reads its answer off the first token.
    assert_eq!(rollout(&[]), rollout(&["--position", "0"]));
    assert_ne!(rollout(&[]), rollout(&["--position", "4"]));
}

#[test]
fn what_cannot_be_asked_is_one_sentence() {
    let recipe =
        |ask: &str| format!(r#"{{"schema": "vitrine.recipe/1", "model": "{LLAMA}", "text": "a", "ask": {ask}}}"#);
    let run = |json: &str, sentence: &str| refused(&["run", "-"], json, sentence);
    run("", "the recipe cannot be read");
    run("[]", "this says no schema");
    run(r#"{"schema": "vitrine.recipe/9"}"#, "this version reads vitrine.recipe/1");
    run(&recipe(r#"{"id": "dance"}"#), "nothing can be asked by the name \"dance\"");
    run(&recipe(r#"{"id": "predict", "colour": 1}"#), "unknown field `colour`");
    run(&recipe(r#"{"id": "explain", "method": "blur"}"#), "there is no method \"blur\"");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "params": {"variant": 3}}"#), "variant must be one of");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "params": {"variant": "mask"}}"#), "variant");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "players": "heads"}"#), "players must be tokens, words");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "players": [[0, 9]]}"#), "[0,9] is no part of the text");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "players": 3}"#), "players must be tokens, words");
    run(&recipe(r#"{"id": "explain", "method": "occlusion", "continuation": ""}"#), "the continuation is empty");
    let bert = r#"{"schema": "vitrine.recipe/1", "model": "tests/golden/tiny-bert", "text": "the film", "ask": {"id": "explain", "method": "occlusion", "continuation": " bad"}}"#;
    run(bert, "this needs a model of language");
    run(&recipe(r#"{"id": "compare", "methods": ["blur"]}"#), "there is no method \"blur\"");
    run(&recipe(r#"{"id": "compare", "with_text": "a", "with_model": "b"}"#), "not with both");
    run(&recipe(r#"{"id": "stream", "position": 9}"#), "there is no position 9 in a text of");
    run(&recipe(r#"{"id": "attention", "position": 9}"#), "there is no position 9 in a text of");
    run(&recipe(r#"{"id": "ablate"}"#), "name either tokens or parts to take out");
    run(&recipe(r#"{"id": "ablate", "tokens": [0], "parts": ["MLP0"]}"#), "not both");
    run(&recipe(r#"{"id": "ablate", "tokens": [7]}"#), "there is no position 7");
    run(&recipe(r#"{"id": "ablate", "tokens": [0], "how": "zero"}"#), "how must be one of delete");
    run(&recipe(r#"{"id": "ablate", "tokens": [0], "how": "delete"}"#), "nothing is left to read");
    run(&recipe(r#"{"id": "ablate", "parts": ["L9H0"]}"#), "the model has no part L9H0; it has 3 layers");
    run(&recipe(r#"{"id": "ablate", "parts": ["MLP0"], "how": "shuffle"}"#), "how must be one of zero, mean, resample");
    run(&recipe(r#"{"id": "ablate", "parts": ["MLP0"], "how": "resample"}"#), "given a text with resample_from");
    run(&recipe(r#"{"id": "generate", "temperature": -1}"#), "temperature must be 0 or more");
    let patch = |clean: &str, corrupt: &str, more: &str| {
        recipe(&format!(r#"{{"id": "patch", "clean": "{clean}", "corrupt": "{corrupt}"{more}}}"#))
    };
    run(&patch("aa film", "a", ""), "one of the texts is a single token");
    let align = |pairs: &str| patch("aa film", "ab", &format!(r#", "align": [{pairs}]"#));
    run(
        &align(r#""0:0", "2:2""#),
        "tokens are aligned in their order, each once, from 0 to 2 of A and from 0 to 1 of B, not 2:2",
    );
    run(&align(r#""1:1", "0:0""#), "not 0:0; write pairs such as 0:0,2:1");
    run(&patch("abc", "abd", r#", "join": 1"#), "join must be from 2 to 16 cells that are run, not estimated");
    run(&patch("abc", "abd", r#", "join": 3, "approximate": true"#), "join must be from 2 to 16 cells");
    run(&align(r#""0""#), "a token of A and one of B, such as 3:4");
    run(&patch("aa film", "ab", r#", "cells": ["0:1"]"#), "token 1 of A belongs to no token of B");
    run(&patch("aa film", "ab", r#", "site": "pattern""#), "are not aligned one to one");
    run(&patch("aa film", "aa film", ""), "both texts are the same to the model");
    run(&patch("", "aa film", ""), "there is nothing to read in this text");
    run(&patch("a", "b", ""), "one of the texts is a single token");
    run(&patch(&"a ".repeat(60), &"b ".repeat(60), ""), "tokens, at most");
    run(&patch("abc", "abd", r#", "cells": ["3:0"]"#), "the map has no cell 3:0; it has 3 layers and 3 tokens");
    run(&patch("abc", "abd", r#", "cells": ["3"]"#), "a layer and a token or head, such as 20:9");
    run(&patch("abc", "abd", r#", "site": "z""#), "unknown variant `z`");
    let bert = r#"{"schema": "vitrine.recipe/1", "model": "tests/golden/tiny-bert", "text": null, "ask": {"id": "patch", "clean": "the bad film", "corrupt": "the good film"}}"#;
    run(bert, "the two prompts do not differ enough (0.0");
    let steer = |more: &str| recipe(&format!(r#"{{"id": "steer", "toward": "good", "away": "bad"{more}}}"#));
    run(&steer(r#", "layer": 3"#), "layer must be a layer from 0 to 2, not \"3\"");
    run(&steer(r#", "strength": 1e39"#), "strength must be a number");
    run(&steer(r#", "strength": 1e30"#), "strength must be so small that the model's numbers do not overflow");
    run(&recipe(r#"{"id": "steer", "toward": "good"}"#), "there is nothing to read in this text");
    run(
        &bert.replace("patch", "steer").replace("clean", "toward").replace("corrupt", "away"),
        "this needs a model of language",
    );
    let none =
        r#"{"schema": "vitrine.recipe/1", "model": "tests/golden/tiny-llama", "text": null, "ask": {"id": "predict"}}"#;
    run(none, "needs a text");
    refused(&["run", "no/such/file.json"], "", "cannot be read");
    let ablate = ["ablate", "--model", LLAMA, "--text", "a"];
    let writing = |more: &[&'static str]| [&ablate[..], &["--write"], more].concat();
    refused(&writing(&["4", "--tokens", "0"]), "", "write must be left out, as it goes with parts");
    refused(&writing(&["4", "--parts", "L0H0", "--how", "shuffle"]), "", "a shuffled pattern ends with the text");
    refused(&writing(&["257", "--parts", "L0H0"]), "", "write must be at most 256 tokens");
    let listing = |more: &[&'static str]| [&ablate[..], &["--neurons"], more].concat();
    refused(
        &listing(&["4", "--parts", "L0H0"]),
        "",
        "neurons must be left out, as it goes with an MLP among the parts",
    );
    refused(&listing(&["65", "--parts", "MLP0"]), "", "neurons must be at most 64");
    let classifier = ["ablate", "--model", BERT, "--text", "a", "--parts", "MLP0", "--write", "4"];
    refused(&classifier, "", "this needs a model of language");
    refused(&[&ablate[..], &["--parts", "L5"]].concat(), "", "\"L5\" is no part of a model");
    refused(&[&ablate[..], &["--how", "gently"]].concat(), "", "it must be one of mask, delete");
    let patch = ["patch", "--model", LLAMA, "--clean", "abc", "--corrupt", "abd"];
    refused(&[&patch[..], &["--site", "z"]].concat(), "", "it must be one of resid_pre, attn_out");
    refused(&[&patch[..], &["--target", "x", "--foil", "x"]].concat(), "", "target and foil are both");
    refused(&[&ablate[..], &["--tokens", "0", "--parts", "MLP0"]].concat(), "", "cannot be used with");
}

#[test]
fn every_question_that_the_page_of_methods_names_opens() {
    use vitrine_words::methods::{QUESTIONS, RULES, WORKED};
    let others = QUESTIONS.iter().flat_map(|question| question.others).map(|other| other.address);
    let all = others.chain(RULES.iter().map(|rule| rule.address)).chain(WORKED.iter().map(|worked| worked.address));
    for address in all {
        let opened = vitrine_share::address::read(address).unwrap_or_default();
        assert!(opened.fault.is_none() && opened.place.recipe().is_ok(), "{address}: {:?}", opened.fault);
    }
}

#[test]
fn a_text_that_is_not_pushed_is_the_text_without() {
    let steer = |model: &str, strength: &str| {
        let asked = ["steer", "--model", model, "--prompt", "the film", "--toward", "good", "--away", "the bad"];
        let finding = found(&[&asked[..], &["--layer", "1", "--strength", strength]].concat());
        assert_eq!(finding["schema"], "vitrine.generation/1");
        [finding["text"].clone(), finding["without"].clone()]
    };
    for model in [LLAMA, "tests/golden/tiny-gpt2"] {
        let [same, without] = steer(model, "0");
        assert_eq!(same, without, "{model}");
        let [pushed, again] = steer(model, "20");
        assert!(pushed != without && again == without, "{model}: {pushed}");
    }
    let plain = found(&["generate", "--model", LLAMA, "--prompt", "the film"]);
    assert_eq!(plain["text"], steer(LLAMA, "1")[1]);
    assert!(plain.get("without").is_none());
}

#[test]
fn a_probe_is_asked_with_its_table_and_comes_back_the_same() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("probe");
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, table: &str| {
        std::fs::write(folder.join(name), table).unwrap();
        folder.join(name).to_string_lossy().into_owned()
    };
    let table: String =
        (0..12).map(|at| format!("{} *film*{}\tL{}\n", ["bad", "the"][at % 2], " a".repeat(at), at % 2)).collect();
    let table = file("table.tsv", &table);
    for (model, more) in
        [(BERT, ["--position", "mean"]), (LLAMA, ["--probe", "shallow"]), (LLAMA, ["--position", "marked"])]
    {
        let asked = [&["probe", "--model", model, "--data", &table, "--seed", "3"], &more[..]].concat();
        let finding = found(&asked);
        let layers = finding["layers"].as_array().unwrap();
        assert!(layers.len() > 2 && finding["n"] == 12 && finding["held_out"] == 4 && finding["used"].is_null());
        for layer in layers {
            let of = |name: &str| layer[name].as_f64().unwrap();
            assert!((of("accuracy") - of("control") - of("selectivity")).abs() < 1e-6 && of("majority") == 0.5);
        }
        let recipe = printed(&[&asked[..], &["--recipe"]].concat(), "");
        assert!(!recipe.contains("table.tsv"), "{recipe}");
        let again: Value = serde_json::from_str(&printed(&["run", "-", "--data", &table], &recipe)).unwrap();
        assert_eq!(again, finding);
        assert_eq!(Finding::from_json(&again.to_string()).unwrap().recipe(), &Recipe::from_json(&recipe).unwrap());
        refused(&["run", "-"], &recipe, "the table of this question is not here");
    }
    let take_out = ["probe", "--model", BERT, "--data", &table, "--layer"];
    let used = found(&[&take_out[..], &["1"]].concat())["used"].clone();
    assert!(used["layer"] == 1 && used["n"] == 4 && used["changed"].as_u64() <= Some(4), "{used}");
    // Further draws leave what the first said.
    let draws = |seeds| found(&["probe", "--model", BERT, "--data", &table, "--seeds", seeds]);
    let (one, three) = (draws("1"), draws("3"));
    for (one, three) in one["layers"].as_array().unwrap().iter().zip(three["layers"].as_array().unwrap()) {
        let mut first = three.clone();
        let over = first.as_object_mut().unwrap().remove("over").unwrap();
        assert_eq!(one, &first);
        let of = |value: &Value| value.as_f64().unwrap();
        assert!(over["seeds"] == 3 && of(&over["interval"][0]) <= of(&over["mean"]), "{over}");
    }
    refused(&["probe", "--model", BERT, "--data", &table, "--seeds", "21"], "", "seeds must be a number from 1 to 20");
    refused(&[&take_out[..], &["9"]].concat(), "", "layer must be a layer from 0 to");
    refused(&[&take_out[..], &["1", "--probe", "shallow"]].concat(), "", "only a linear probe reads directions");
    let bad = |table: &str, sentence: &str| {
        refused(&["probe", "--model", BERT, "--data", &file("bad.tsv", table)], "", sentence);
    };
    bad(&"a\tA\n".repeat(9), "every row has the label");
    bad("a\tA\nb\tB\nc\tA\n", "a probe needs 4 of each");
    bad(&"a\tA\nb\tB\n".repeat(10_000), "the table has 20000 rows, at most 2000 are probed");
    bad("a;A\n", "line 1 of the table is not text, a tab and a label");
    // Commas, quotes and all: the same table as with tabs, by the same name.
    let lines: Vec<String> = (0..12).map(|at| format!("{} film, {at}", ["bad", "the"][at % 2])).collect();
    let rows = |between: &str, quote: &str| {
        let row = |(at, text): (usize, &String)| format!("{quote}{text}{quote}{between}L{}\n", at % 2);
        lines.iter().enumerate().map(row).collect::<String>()
    };
    let asked = |table: &str| found(&["probe", "--model", BERT, "--data", table]);
    assert_eq!(asked(&file("tabs.tsv", &rows("\t", ""))), asked(&file("commas.csv", &rows(",", "\""))));
}

#[test]
fn what_is_written_without_parts_is_what_each_run_without_them_says() {
    let write = |text: &str, n: &str| {
        found(&["ablate", "--model", LLAMA, "--text", text, "--parts", "L0H1,MLP1,L2N3", "--how", "mean", "--write", n])
    };
    let both = |found: &Value, which: &str| found["written"][which].as_str().unwrap().to_owned();
    let four = write("the film", "4");
    // With everything there it is what the model writes.
    let plain = found(&["generate", "--model", LLAMA, "--prompt", "the film", "--max-tokens", "4"]);
    assert_eq!(both(&four, "whole"), plain["text"].as_str().unwrap());
    // Token by token it is the likeliest of a run of the whole text without the parts, where nothing is kept of the last run.
    let mut text = "the film".to_owned();
    for _ in 0..4 {
        let next = write(&text, "1");
        assert_eq!(Some(both(&next, "without").as_str()), next["top"][0]["token"].as_str());
        text += &both(&next, "without");
    }
    assert_eq!(text, format!("the film{}", both(&four, "without")));
    assert_ne!(both(&four, "whole"), both(&four, "without"));
}

#[test]
fn the_strongest_neurons_of_an_mlp_are_named_by_what_stands_in_their_place() {
    for (model, text) in [(LLAMA, "the film"), (BERT, "the bad film")] {
        let listed = |more: &[&str]| -> Vec<(String, f64)> {
            let question =
                ["ablate", "--model", model, "--text", text, "--parts", "MLP1,L0H0", "--neurons", "9", "--how"];
            serde_json::from_value(found(&[&question, more].concat())["neurons"].clone()).unwrap()
        };
        let [zero, mean] = [listed(&["zero"]), listed(&["mean"])];
        for list in [&zero, &mean] {
            assert!(list.len() == 9 && list.iter().all(|(part, _)| part.starts_with("L1N")), "{list:?}");
            assert!(list.is_sorted_by(|a, b| a.1.abs() >= b.1.abs()) && list[0].1 != 0.0, "{list:?}");
        }
        assert_ne!(zero, mean);
        // What comes of the same text changes nothing.
        let same = listed(&["resample", "--resample-from", text]);
        assert!(same.iter().all(|(_, effect)| effect.abs() < 1e-6), "{same:?}");
    }
}

/// The tiny model of language as one that reads more: its positions are turned, not stored.
fn long_llama() -> String {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(LLAMA);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("long-llama");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(golden.join(name), folder.join(name)).unwrap();
    }
    let config = std::fs::read_to_string(golden.join("config.json")).unwrap();
    let longer = config.replace("\"max_position_embeddings\": 24", "\"max_position_embeddings\": 1500");
    std::fs::write(folder.join("config.json"), longer).unwrap();
    folder.to_string_lossy().into_owned()
}

#[test]
fn chains_votes_and_courtrooms_are_asked_and_come_back_the_same() {
    let model = long_llama();
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("shots.txt");
    std::fs::write(&shots, "Question: a = 1. b = a + 2. What is b?\nReasoning: b = 1 + 2 = 3.\nAnswer: 3\n").unwrap();
    let shots = shots.to_string_lossy().into_owned();
    let question = "x = 3. y = x + 5. What is y?";
    let chain = ["chain", "--model", &model, "--question", question];
    let vote = ["vote", "--model", &model, "--question", question, "--samples", "3", "--temperature", "1"];
    let courtroom = ["courtroom", "--model", &model, "--problems", "2", "--test"];
    let asked: [(Vec<&str>, &str); 5] = [
        ([&chain[..], &["--shots", "none"]].concat(), "vitrine.chain/1"),
        ([&chain[..], &["--shots", &shots]].concat(), "vitrine.chain/1"),
        ([&vote[..], &["--shots", "none", "--seed", "2"]].concat(), "vitrine.vote/1"),
        ([&courtroom[..], &["filler"]].concat(), "vitrine.courtroom/1"),
        ([&courtroom[..], &["early", "--family", "pens", "--seed", "3"]].concat(), "vitrine.courtroom/1"),
    ];
    for (asked, schema) in asked {
        let finding = found(&asked);
        assert_eq!(finding["schema"], schema, "{asked:?}");
        let recipe = printed(&[&asked[..], &["--recipe"]].concat(), "");
        assert_eq!(finding["recipe"], serde_json::from_str::<Value>(&recipe).unwrap());
        assert!(!recipe.contains("shots.txt") && finding["resolved"]["text"].is_null(), "{recipe}");
        let again: Value = serde_json::from_str(&printed(&["run", "-", "--data", &shots], &recipe)).unwrap();
        assert_eq!(again, finding, "{asked:?}");
        let mut resolved = finding["resolved"].clone();
        resolved["model"] = finding["recipe"]["model"].clone();
        let again: Value =
            serde_json::from_str(&printed(&["run", "-", "--data", &shots], &resolved.to_string())).unwrap();
        assert_eq!(numbers(again), numbers(finding.clone()), "{asked:?}");
        let read = Finding::from_json(&finding.to_string()).unwrap();
        let written: Value = serde_json::from_str(&serde_json::to_string(&read.json()).unwrap()).unwrap();
        assert_eq!(written, finding, "{asked:?}");
    }
    let recipe = printed(&[&chain[..], &["--shots", &shots, "--recipe"]].concat(), "");
    refused(&["run", "-"], &recipe, "the examples of this question are not here");
    refused(&[&chain[..], &["--shots", "no/such/file"]].concat(), "", "cannot be read");
    refused(&[&chain[..], &["--shots", "none", "--forced"]].concat(), "", "--inject");
    refused(&[&chain[..], &["--shots", "none", "--inject", "1=y = 3."]].concat(), "", "this chain has no steps");
    refused(&[&chain[..], &["--inject", "y = 3"]].concat(), "", "inject must be the number of a step");
    refused(&[&chain[..], &["--shots", "zero"]].concat(), "", "has no chat template");
    refused(&[&courtroom[..], &["burn"]].concat(), "", "it must be one of corrupt, cut, swap");
    let short = ["chain", "--model", LLAMA, "--question", question];
    refused(&short, "", "the text has");
    refused(&["vote", "--model", BERT, "--question", question], "", "this needs a model of language");
}
