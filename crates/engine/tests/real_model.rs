//! The shipped classifier against the reference libraries: transformers, captum. Needs `cargo xtask models`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::Value;
use vitrine_engine::{Asker, Session, folder};
use vitrine_schema::inside::Walk;
use vitrine_schema::recipe::{Explain, Stream};
use vitrine_schema::{
    Ask, BlockSite, Explanation, Finding, MethodId, Outcome, Prediction, Recipe, Recomputed, Site, Summary, Verdict,
};
use vitrine_weights::{Tensor, safetensors};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn open(id: &str) -> Session {
    let path = root().join("models").join(id);
    folder::open(&path, Device::flex()).unwrap_or_else(|error| panic!("run `cargo xtask models` first: {error}"))
}

fn cases() -> Vec<Value> {
    let json = std::fs::read(root().join("tests/golden/sentiment/bert_cls.json")).unwrap();
    let golden: Value = serde_json::from_slice(&json).unwrap();
    golden["cases"].as_array().unwrap().clone()
}

fn tensors() -> Vec<Tensor> {
    safetensors::read_all(&std::fs::read(root().join("tests/golden/sentiment/bert_cls.safetensors")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn assert_near(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance, "{what}[{i}]: {a} instead of {b}");
    }
}

fn ask<T: TryFrom<Finding>>(session: &Session, recipe: &Recipe) -> T {
    let finding = block_on(session.run(recipe, &Asker::default())).unwrap();
    T::try_from(finding).ok().unwrap()
}

fn predict(session: &Session, text: &str) -> Prediction {
    ask(session, &Recipe::new("sentiment", text, Ask::Predict {}))
}

fn explain(session: &Session, text: &str, method: MethodId, words: &[(&str, &str)]) -> Explanation {
    ask(session, &Recipe::new("sentiment", text, Ask::Explain(Explain::new(method, words))))
}

#[test]
fn tokens_logits_and_sites_equal_transformers() {
    let (session, tensors) = (open("sentiment-f32"), tensors());
    for (i, case) in cases().iter().enumerate() {
        let text = case["text"].as_str().unwrap();
        let prediction = predict(&session, text);
        let ids: Vec<f32> = prediction.input.tokens.iter().map(|token| token.id as f32).collect();
        assert_eq!(ids, numbers(&case["ids"]), "{text}");
        assert_near(text, &prediction.logits, &numbers(&case["logits"]), 1e-3);

        let sites: Vec<Site> = (0..6)
            .flat_map(|layer| {
                [BlockSite::Pattern, BlockSite::NormalizedResidPost].map(|site| Site::Block { layer, site })
            })
            .chain([Site::FullEmbed])
            .collect();
        let (_, trace) = block_on(session.trace(text, &sites)).unwrap();
        let golden = |name: &str| tensors.iter().find(|tensor| tensor.name == format!("s{i}.{name}")).unwrap();
        let check = |site: Site, golden: &Tensor, index: usize| {
            let size: usize = golden.shape[1..].iter().product();
            let expected = golden.to_f32().unwrap()[index * size..(index + 1) * size].to_vec();
            let largest = expected.iter().fold(0.0f32, |most, v| most.max(v.abs()));
            assert_near(&format!("{text}: {site}"), &trace[&site].values, &expected, 1e-4 * largest);
        };
        check(Site::FullEmbed, golden("hidden"), 0);
        for layer in 0..6 {
            check(Site::Block { layer, site: BlockSite::NormalizedResidPost }, golden("hidden"), layer + 1);
            check(Site::Block { layer, site: BlockSite::Pattern }, golden("attn"), layer);
        }
    }
}

#[test]
fn integrated_gradients_equal_captum() {
    let session = open("sentiment-f32");
    let mut compared = 0;
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        for (baseline, rule, name) in [
            ("mask", "midpoint", "mask.riemann_middle"),
            ("mask", "gauss-legendre", "mask.gausslegendre"),
            ("pad", "midpoint", "pad.riemann_middle"),
            ("pad", "gauss-legendre", "pad.gausslegendre"),
            ("zero", "midpoint", "zero.riemann_middle"),
            ("zero", "gauss-legendre", "zero.gausslegendre"),
        ] {
            let golden = &case["ig"][name];
            if golden.is_null() {
                continue;
            }
            compared += 1;
            let found = explain(
                &session,
                text,
                MethodId::IntegratedGradients,
                &[("baseline", baseline), ("rule", rule), ("nodes", "50")],
            );
            assert_near(&format!("{text}: {name}"), &found.scores, &numbers(&golden["tok"]), 1e-3);
            let base = golden["Fbase"].as_f64().unwrap() as f32;
            assert_near(&format!("{text}: {name} baseline"), &[found.baseline_value], &[base], 1e-3);
            let delta = golden["delta"].as_f64().unwrap() as f32;
            assert_near(&format!("{text}: {name} gap"), &[found.checks[0].gap], &[delta], 2e-3);
        }
    }
    assert!(compared >= 24, "only {compared} comparisons were possible");
}

#[test]
fn gradients_and_occlusion_equal_captum() {
    let session = open("sentiment-f32");
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::GradientXInput, &[]);
        assert_near(&format!("{text}: gradient x input"), &found.scores, &numbers(&case["ixg"]), 1e-3);
        let found = explain(&session, text, MethodId::Saliency, &[]);
        assert_near(&format!("{text}: saliency"), &found.scores, &numbers(&case["saliency_l2"]), 5e-3);
        for (variant, name) in [("mask", "occlusion_mask"), ("delete", "occlusion_del")] {
            let found = explain(&session, text, MethodId::Occlusion, &[("variant", variant)]);
            let players = &found.scores[1..found.scores.len() - 1];
            assert_near(&format!("{text}: {name}"), players, &numbers(&case[name]), 1e-3);
        }
    }
}

#[test]
fn blocking_every_key_but_one_is_like_reading_that_one() {
    // The law that ties block-attention to the forward pass: what is blocked adds nothing.
    let session = open("sentiment-f32");
    let found = explain(&session, "not bad at all", MethodId::Occlusion, &[("variant", "block-attention")]);
    assert!(found.scores.iter().any(|score| score.abs() > 0.1));
    assert_eq!((found.scores[0], found.scores[5]), (0.0, 0.0));
}

#[test]
fn the_default_adds_up_on_every_golden_sentence() {
    let session = open("sentiment");
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let found = explain(&session, text, MethodId::IntegratedGradients, &[]);
        assert_eq!(found.checks[0].verdict, Verdict::Pass, "{text}: {:?}", found.checks[0]);
        assert!(found.trusted(), "{text}");
        let path = found.path.as_ref().unwrap();
        for (token, &score) in found.scores.iter().enumerate() {
            let sum: f32 = path.contributions.iter().map(|row| row[token]).sum();
            assert!((sum - score).abs() < 1e-3, "{text}: the path does not lead to the score");
        }
    }
}

#[test]
fn doubling_stops_at_the_cap_and_says_so() {
    let session = open("sentiment");
    let words = [("baseline", "pad"), ("rule", "trapezoid"), ("nodes", "2"), ("max_nodes", "5")];
    let text = "the acting is terrible and the story is worse";
    let found = explain(&session, text, MethodId::IntegratedGradients, &words);
    assert_eq!(found.method.params.0["nodes"], 4);
    assert!(!found.trusted(), "{:?}", found.diagnostics);
}

#[test]
fn rounding_to_8_bits_moves_logits_by_less_than_a_twelfth() {
    // Half a step of 1/127 of the largest element of each row, through six layers: measured 0.072 at most.
    let session = open("sentiment");
    let mut worst: f32 = 0.0;
    for case in cases() {
        let prediction = predict(&session, case["text"].as_str().unwrap());
        for (found, expected) in prediction.logits.iter().zip(numbers(&case["logits"])) {
            worst = worst.max((found - expected).abs());
        }
    }
    assert!(worst < 0.08, "{worst}");
}

#[test]
fn the_scenes_of_the_story_show_what_the_classifier_says() {
    let session = open("sentiment");
    let mut checked = 0;
    for entry in std::fs::read_dir(root().join("web/story")).unwrap() {
        let path = entry.unwrap().path();
        let scene: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for (name, stored) in scene["findings"].as_object().into_iter().flatten() {
            let stored: Finding = serde_json::from_value(stored.clone()).unwrap();
            if stored.resolved().model != session.card().id {
                continue;
            }
            let again = block_on(session.run(stored.resolved(), &Asker::default())).unwrap();
            let found = match Summary::of(&stored) {
                Some(summary) => Recomputed::of_summary(stored.model(), stored.input(), &summary, &again, true),
                None => Recomputed::of(&stored, &again, true),
            };
            let what = format!("{}: {name}; run `cargo xtask precompute`", path.display());
            assert_eq!(found.outcome, Outcome::Agrees, "{what}: {found:?}");
            checked += 1;
        }
    }
    assert!(checked >= 12, "{checked}");
}

#[test]
fn odd_texts_get_a_result_or_a_sentence() {
    let session = open("sentiment");
    let long = "word ".repeat(10_000);
    let run = |text: &str| block_on(session.run(&Recipe::new("", text, Ask::Predict {}), &Asker::default()));
    let check = |text: &str, expected: Result<usize, &str>| match (run(text), expected) {
        (Ok(Finding::Prediction(prediction)), Ok(tokens)) => {
            assert_eq!(prediction.input.tokens.len(), tokens, "{text:.20}");
            assert!(
                prediction.input.tokens.iter().all(|token| text.get(token.start..token.end).is_some()),
                "{text:.20}"
            );
        }
        (Err(error), Err(sentence)) => assert!(error.to_string().contains(sentence), "{error}"),
        (found, _) => panic!("{text:.20}: {found:?}"),
    };
    check("", Err("nothing to read"));
    check(" \n\t ", Err("nothing to read"));
    check("\u{200b}\u{200d}\u{7}", Err("nothing to read"));
    check("🎬🍿", Ok(3));
    check("<script>alert(1)</script>", Ok(13));
    check("فيلم رائع", Ok(10));
    check("\u{fffd}", Err("nothing to read"));
    check(&long, Ok(512));
    let truncated = predict(&session, &long).diagnostics;
    let told = serde_json::to_value(&truncated).unwrap();
    assert_eq!(
        told,
        serde_json::json!([{"id": "input-truncated", "kept": 512, "total": 10_002, "cut_at": 510 * 5 - 1}])
    );
}

#[test]
fn the_walk_of_the_classifier_ends_at_its_own_answer() {
    let session = open("sentiment-f32");
    let walk: Walk = ask(&session, &Recipe::new("", "the plot is dull but funny", Ask::Stream(Stream::default())));
    assert!(walk.post_norm && walk.layers.len() == 6 && walk.lens.len() == 7);
    assert!(walk.checks[0].gap.abs() < 1e-4, "{}", walk.checks[0].gap);
    let prediction = predict(&session, "the plot is dull but funny");
    let last = walk.lens.last().unwrap();
    assert_eq!(last.top[0].label, prediction.top[0].label);
    assert!((last.top[0].probability.unwrap() - prediction.top[0].probability.unwrap()).abs() < 1e-5);
}
