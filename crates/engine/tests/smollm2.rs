//! The shipped language model against the reference libraries: transformers, captum, tokenizers. Needs `cargo xtask models`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use burn::tensor::Device;
use futures_executor::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use vitrine_engine::{Asker, EngineError, Session, folder};
use vitrine_schema::catalog::OFFERS;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inside::{AttentionMaps, HeadRef, Walk};
use vitrine_schema::reasoning::{ChainStep, Fate};
use vitrine_schema::recipe::{Ablate, Attention, Chain, Courtroom, Explain, Generate, Inject, Patch, Stream};
use vitrine_schema::{
    Ablation, Ask, BlockSite, Cell, Chaining, Diagnostic, Evidence, Explanation, Family, Finding, Finish,
    GeneratedToken, Generation, Hearing, How, MethodId, PatchSite, Patching, Prediction, Quantity, Recipe, Site,
    TargetRequest, Verdict,
};
use vitrine_text::{Settings, Tokenizer};
use vitrine_weights::safetensors;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/smollm2").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap()
}

fn session() -> &'static Session {
    static SESSION: OnceLock<Session> = OnceLock::new();
    SESSION.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/smollm2-135m");
        folder::open(&path, Device::flex()).unwrap_or_else(|error| panic!("run `cargo xtask models` first: {error}"))
    })
}

fn cases() -> Vec<Value> {
    json("smollm2.json")["cases"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
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

fn ask<T: TryFrom<Finding>>(recipe: &Recipe) -> Result<T, EngineError> {
    let finding = block_on(session().run(recipe, &Asker::default()))?;
    Ok(T::try_from(finding).ok().unwrap())
}

fn recipe(prompt: &str, ask: Ask) -> Recipe {
    Recipe::new("smollm2-135m", prompt, ask)
}

fn predict(prompt: &str) -> Result<Prediction, EngineError> {
    ask(&recipe(prompt, Ask::Predict {}))
}

fn explain(prompt: &str, target: TargetRequest, method: MethodId, words: &[(&str, &str)]) -> Explanation {
    ask(&recipe(prompt, Ask::Explain(Explain::new(method, words))).about(target)).unwrap()
}

fn logit_of(target: &str) -> TargetRequest {
    TargetRequest { target: Some(target.into()), foil: None, quantity: Some(Quantity::Logit) }
}

#[test]
fn tokens_and_answers_equal_transformers() {
    for case in cases() {
        let prediction = predict(text(&case, "prompt")).unwrap();
        let ids: Vec<f32> = prediction.input.tokens.iter().map(|token| token.id as f32).collect();
        assert_eq!(ids, numbers(&case["ids"]));
        let spelled: Vec<&str> = prediction.input.tokens.iter().map(|token| token.text.as_str()).collect();
        let expected: Vec<&str> = case["tokens"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        assert_eq!(spelled, expected);
        assert!(prediction.input.tokens.iter().all(|token| !token.special), "a token was added in silence");
        for (found, expected) in prediction.top.iter().zip(case["top10"].as_array().unwrap()) {
            assert_eq!(
                (found.id as u64, found.token.as_deref()),
                (expected[0].as_u64().unwrap(), expected[1].as_str())
            );
            assert_near(
                "top",
                &[found.probability.unwrap(), found.logit],
                &numbers(&Value::from(&expected.as_array().unwrap()[2..])),
                1e-3,
            );
        }
    }
}

#[test]
fn attention_patterns_equal_transformers() {
    let tensors = safetensors::read_all(&std::fs::read(golden("smollm2.safetensors")).unwrap()).unwrap();
    let patterns: Vec<Site> = (0..30).map(|layer| Site::block(layer, BlockSite::Pattern)).collect();
    let mut compared = 0;
    for (i, case) in cases().iter().enumerate() {
        let Some(expected) = tensors.iter().find(|tensor| tensor.name == format!("p{i}.attn")) else { continue };
        let (_, trace) = block_on(session().trace(text(case, "prompt"), &patterns)).unwrap();
        let found: Vec<f32> = patterns.iter().flat_map(|site| trace[site].values.clone()).collect();
        assert_near("patterns", &found, &expected.to_f32().unwrap(), 2e-3);
        compared += 1;
    }
    assert_eq!(compared, cases().len());
}

#[test]
fn gradients_and_occlusion_equal_captum() {
    for case in cases() {
        let run = |method, words| explain(text(&case, "prompt"), logit_of(text(&case, "target")), method, words);
        let relative = |what: &str, found: &[f32], expected: &Value| {
            let expected = numbers(expected);
            let size = expected.iter().fold(1.0f32, |most, v| most.max(v.abs()));
            assert_near(what, found, &expected, 2e-3 * size);
        };
        let gradient = run(MethodId::GradientXInput, &[]);
        assert_near("F", &[gradient.value], &[case["F"].as_f64().unwrap() as f32], 1e-3);
        relative("gradient x input", &gradient.scores, &case["ixg"]);
        relative("saliency", &run(MethodId::Saliency, &[]).scores, &case["saliency_l2"]);
        let occlusion = run(MethodId::Occlusion, &[("variant", "eos")]);
        assert_near("occlusion", &occlusion.scores, &numbers(&case["occlusion_eot"]), 2e-3);
    }
}

#[test]
fn a_contrast_with_mean_embeddings_equals_the_reference() {
    let targets: Vec<(String, String)> =
        cases().iter().map(|case| (text(case, "prompt").to_owned(), text(case, "target").to_owned())).collect();
    let mut compared = 0;
    for case in json("occlusion.json").as_array().unwrap() {
        if case["rep"] != "mean" || case["occ_logprob"].is_null() {
            continue;
        }
        let prompt = text(case, "prompt");
        let target = targets.iter().find(|(known, _)| known == prompt).map(|(_, target)| target.as_str()).unwrap();
        let run = |foil: Option<&str>| {
            let asked = TargetRequest { target: Some(target.into()), foil: foil.map(str::to_owned), quantity: None };
            explain(prompt, asked, MethodId::Occlusion, &[])
        };
        let log_prob = run(None);
        assert_eq!(log_prob.target.quantity, Quantity::LogProb);
        assert_near(prompt, &log_prob.scores, &numbers(&case["occ_logprob"]), 5e-3);
        if let Some(foil) = [(" Mary", " John"), (" positive", " negative")].iter().find(|(t, _)| *t == target) {
            assert_near(prompt, &run(Some(foil.1)).scores, &numbers(&case["occ_contrast"]), 5e-3);
        }
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[test]
fn integrated_gradients_hold_the_first_token() {
    let golden = json("ig.json");
    let case = golden.as_array().unwrap().iter().find(|case| case["prefix"] == "none").unwrap();
    let words = [("rule", "gauss-legendre"), ("nodes", "50")];
    let found = explain(text(case, "prompt"), logit_of(" Paris"), MethodId::IntegratedGradients, &words);
    assert!(found.diagnostics.contains(&Diagnostic::FirstTokenHeld));
    assert_near(
        "ends",
        &[found.value, found.baseline_value],
        &[case["F"].as_f64().unwrap() as f32, case["F0"].as_f64().unwrap() as f32],
        2e-3,
    );
    let expected: Vec<f32> =
        case["attr"].as_array().unwrap().iter().map(|pair| pair[1].as_f64().unwrap() as f32).collect();
    assert_near("scores", &found.scores, &expected, 0.05);
}

#[test]
fn the_first_token_of_a_longer_target_is_meant_and_said() {
    let target = TargetRequest { target: Some(" Parisian".into()), foil: Some(" London".into()), quantity: None };
    let found = explain("The capital of France is", target, MethodId::GradientXInput, &[]);
    assert_eq!((found.target.label.as_str(), found.target.quantity), (" Paris", Quantity::LogitDifference));
    let first = Diagnostic::SeveralTokens { text: " Parisian".into(), n_tokens: 2, first: " Paris".into() };
    assert!(found.diagnostics.contains(&first), "{:?}", found.diagnostics);
}

#[test]
fn lens_and_direct_effects_equal_the_reference_and_sum_to_the_logit() {
    for case in cases() {
        let target = TargetRequest { target: Some(text(&case, "target").into()), ..TargetRequest::default() };
        let asked = recipe(text(&case, "prompt"), Ask::Stream(Stream::default())).about(target);
        let walk: Walk = ask(&asked).unwrap();
        assert!(walk.checks[0].gap.abs() < 1e-3, "{}", walk.checks[0].gap);
        assert_near("logit", &[walk.value], &[case["F"].as_f64().unwrap() as f32], 1e-3);
        for (layer, (found, expected)) in walk.lens.iter().zip(case["logit_lens"].as_array().unwrap()).enumerate() {
            assert_near(
                "lens",
                &[found.watched_probability.unwrap()],
                &[expected["p_target"].as_f64().unwrap() as f32],
                1e-3,
            );
            for (found, expected) in found.top.iter().zip(expected["top5"].as_array().unwrap()) {
                assert_near(
                    &format!("lens at {layer}"),
                    &[found.probability.unwrap()],
                    &[expected[2].as_f64().unwrap() as f32],
                    1e-3,
                );
            }
        }
        assert_eq!(walk.lens[30].watched_rank as u64, case["logit_lens"][30]["rank"].as_u64().unwrap());
        let dla = &case["dla"];
        assert_near("embed", &[walk.embed_effect], &[dla["embed"].as_f64().unwrap() as f32], 1e-3);
        let mlps: Vec<f32> = walk.layers.iter().map(|layer| layer.mlp_effect).collect();
        assert_near("mlp", &mlps, &numbers(&dla["mlp"]), 2e-3);
        for (layer, expected) in dla["heads"].as_array().unwrap().iter().enumerate() {
            let heads: Vec<f32> = (0..9).map(|head| walk.effect_of_head(HeadRef { layer, head })).collect();
            assert_near("heads", &heads, &numbers(expected), 2e-3);
        }
        // Without a bias, attention writes what it carries: alone from the first token to itself, and never more than the
        // lengths together elsewhere.
        let pos = walk.input.tokens.len();
        for layer in &walk.layers {
            assert!((layer.attn_norm[0] - layer.carried.values[0]).abs() <= 1e-3 * layer.attn_norm[0].max(1.0));
            for (written, carried) in layer.attn_norm.iter().zip(layer.carried.values.chunks(pos)) {
                let most: f32 = carried.iter().sum();
                assert!(*written > 0.0 && *written <= most * 1.001, "{written} of at most {most}");
            }
        }
    }
}

#[test]
fn heads_are_named_by_what_they_do() {
    let prompt = "When Mary and John went to the store, John gave a bottle to";
    let maps: AttentionMaps = ask(&recipe(prompt, Ask::Attention(Attention::default()))).unwrap();
    let scores = |layer: usize, head: usize| maps.heads[layer * maps.n_heads + head];
    assert_eq!(scores(18, 6).name(), Some("induction"));
    assert_eq!(scores(17, 3).name(), Some("induction"));
    assert_eq!(scores(16, 0).name(), Some("previous token"));
    assert_eq!(scores(11, 1).name(), Some("previous token"));
    assert_eq!(scores(14, 3).name(), Some("duplicate token"));
    assert_eq!(maps.rollout.len(), maps.input.tokens.len());
    assert!((maps.rollout.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    for row in maps.patterns.values.chunks(maps.input.tokens.len()) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
}

#[test]
fn taking_parts_out_moves_the_answer_as_the_reference_says() {
    let prompt = "When Mary and John went to the store, John gave a bottle to";
    let target = TargetRequest { target: Some(" Mary".into()), foil: Some(" John".into()), quantity: None };
    let without = |part: &str, how| {
        let ablate = Ablate { parts: vec![part.parse().unwrap()], how, ..Ablate::default() };
        ask::<Ablation>(&recipe(prompt, Ask::Ablate(ablate)).about(target.clone()))
    };
    let head = without("L23H3", None).unwrap();
    assert_near("F", &[head.value], &[5.914], 2e-3);
    assert!(head.without < head.value && (head.value - head.without - head.change).abs() < 1e-6);
    let shuffled = without("L23H3", Some(How::Shuffle)).unwrap();
    assert!(shuffled.change.abs() > 1e-3);
    let mlp = without("MLP29", None).unwrap();
    assert!(mlp.without.is_finite() && mlp.change.abs() > 1e-2);
    assert!((without("MLP29", Some(How::Mean)).unwrap().change - mlp.change).abs() > 1e-3);
    assert!(without("L29N7", None).unwrap().change.is_finite());
    let nowhere = without("L3H9", None).map_err(|error| error.to_string());
    let sentence = "the model has no part L3H9; it has 30 layers of 9 heads and 1536 neurons each, counted from 0";
    assert_eq!(nowhere.unwrap_err(), sentence);
}

#[test]
fn parts_of_the_run_of_the_same_text_change_nothing() {
    let prompt = "The capital of France is";
    let parts = ["L3H2", "MLP5", "L7N11"].map(|part| part.parse().unwrap()).to_vec();
    let same = |from: &str| {
        let (how, resample_from) = (Some(How::Resample), Some(from.to_owned()));
        let ablate = Ablate { parts: parts.clone(), how, resample_from, ..Ablate::default() };
        ask::<Ablation>(&recipe(prompt, Ask::Ablate(ablate)))
    };
    assert!(same(prompt).unwrap().change.abs() < 1e-5);
    assert!(same("The capital of Japan is").unwrap().change.abs() > 1e-4);
    let shorter = same("The capital").unwrap_err().to_string();
    assert_eq!(shorter, "the second text has 2 tokens and the first 5; choose one of the same length");
}

#[test]
fn a_token_that_is_taken_out_moves_the_answer_as_occlusion_says() {
    let prompt = "The capital of France is";
    let occlusion = explain(prompt, TargetRequest::default(), MethodId::Occlusion, &[]);
    for position in 0..occlusion.input.tokens.len() {
        let ablate = Ablate { tokens: vec![position], ..Ablate::default() };
        let found: Ablation = ask(&recipe(prompt, Ask::Ablate(ablate))).unwrap();
        assert_near("change", &[found.change], &[occlusion.scores[position]], 2e-4);
    }
}

#[test]
fn patched_cells_equal_the_reference() {
    let golden = json("smollm2.json");
    let case = &golden["ioi"][0];
    let target = TargetRequest { target: Some(" Mary".into()), foil: Some(" John".into()), quantity: None };
    let places = [
        (PatchSite::ResidPre, "resid_pre", [[20, 9], [23, 13], [29, 8]]),
        (PatchSite::Head, "heads", [[23, 3], [24, 4], [29, 0]]),
    ];
    for (site, key, cells) in places {
        let (clean, corrupt) = (text(case, "clean").to_owned(), text(case, "corrupt").to_owned());
        let cells: Vec<Cell> = cells.map(|[layer, column]| Cell { layer, column }).to_vec();
        let patch = Patch { clean, corrupt, site, cells: cells.clone(), ..Patch::default() };
        let asked = Recipe::without_text("smollm2-135m", Ask::Patch(patch)).about(target.clone());
        let found: Patching = ask(&asked).unwrap();
        assert_near("ends", &[found.value, found.baseline_value], &[5.91423, -5.41261], 1e-3);
        assert_eq!(found.first_difference, 9);
        for cell in cells {
            let value = found.matrix.values[cell.layer][cell.column].unwrap();
            let expected = case[key][cell.layer][cell.column].as_f64().unwrap() as f32;
            assert_near(&format!("{key} {cell}"), &[value], &[expected], 1e-3);
        }
        let verdicts: Vec<Verdict> = found.checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass], "{key}: {:?}", found.checks);
        if site == PatchSite::Head {
            let name = |layer: usize, head: usize| found.movers[9 * layer + head].name(found.value);
            assert_eq!([name(23, 0), name(24, 4)], [Some("name mover"), Some("negative mover")]);
            // It reads the other name, and one that moves nothing.
            assert_eq!([name(23, 3), name(22, 7)], [None, None]);
            assert_eq!(found.movers.iter().filter(|mover| mover.name(found.value).is_some()).count(), 4);
        } else {
            assert_eq!(found.movers, []);
        }
    }
}

/// Letters, digits, spaces, marks and scripts in no order that any text has.
fn mixed_line(random: &mut ChaCha8Rng) -> String {
    const PARTS: [&str; 40] = [
        "the",
        "Paris",
        " of",
        "running",
        "123",
        "4",
        "3.14",
        "x=7",
        "\n",
        "  ",
        "\t",
        " ",
        "don't",
        "I'LL",
        "é",
        "naïve",
        "日本",
        "語",
        "Привет",
        "🙂",
        "👩‍🔬",
        "عربي",
        "<|im_end|>",
        "<|im_start|>user",
        "fn main() {",
        "}",
        "-->",
        "…",
        "“quoted”",
        "a_b",
        "CamelCase",
        "\r\n",
        "e\u{301}",
        "½",
        "٣",
        "$",
        "https://x.y/?q=1",
        "\u{200b}",
        "!!!",
        "_",
    ];
    (0..1 + random.next_u32() % 12).map(|_| PARTS[random.next_u32() as usize % PARTS.len()]).collect()
}

#[test]
fn the_tokenizer_of_the_file_equals_the_reference_on_seven_thousand_lines() {
    let read = |json: &[u8]| Tokenizer::from_json(json, &Settings::default(), usize::MAX, 49152).unwrap();
    let reference = read(&std::fs::read(golden("tokenizer.json")).unwrap());
    let ours = read(session().tokenizer_json().unwrap().as_bytes());
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..7000 {
        let line = mixed_line(&mut random);
        let (a, b) = (ours.split(&line).unwrap(), reference.split(&line).unwrap());
        assert_eq!(a, b, "{line:?}");
        let ids: Vec<u32> = a.input.tokens.iter().map(|token| token.id).collect();
        assert_eq!(ours.text_of(&ids), line);
    }
}

#[test]
fn the_offer_says_what_the_weights_take() {
    for offer in OFFERS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(offer.id);
        let card = folder::open(&path, Device::flex()).unwrap().card().clone();
        assert_eq!(card.weight_bits, if offer.causal { 6 } else { 32 });
        let off = (offer.memory_bytes as f64 / card.memory_bytes as f64 - 1.0).abs();
        assert!(off < 1e-3, "{}: {} is offered, {} taken", offer.id, offer.memory_bytes, card.memory_bytes);
    }
}

#[test]
fn writing_is_repeatable_streams_and_stops() {
    let heard = RefCell::new(Vec::new());
    let written = |token: &GeneratedToken, text: &str| heard.borrow_mut().push((token.id, text.to_owned()));
    let chat = Ask::Generate(Generate { chat: true, max_tokens: 40, ..Generate::default() });
    let asker = Asker { written: &written, ..Asker::default() };
    let found = block_on(session().run(&recipe("What is the capital of France?", chat), &asker)).unwrap();
    let found = Generation::try_from(found).unwrap();
    assert_eq!(found.finish, Finish::Stop);
    assert_eq!(
        found.stopped_by.map(|stop| (stop.text, stop.source)),
        Some(("<|im_end|>".into(), "tokenizer.ggml.eos_token_id".into()))
    );
    assert!(found.text.contains("Paris"), "{}", found.text);
    assert_eq!(heard.borrow().len(), found.tokens.len());
    assert_eq!(heard.borrow().last().unwrap().1, found.text);
    let sampled = |seed| {
        let ask = Generate { max_tokens: 12, temperature: 1.2, top_k: 50, ..Generate::default() };
        let recipe = Recipe { seed, ..recipe("Once upon a time", Ask::Generate(ask)) };
        self::ask::<Generation>(&recipe).unwrap()
    };
    assert_eq!(sampled(1), sampled(1));
    assert_ne!(sampled(1).text, sampled(2).text);
    assert_eq!(sampled(1).finish, Finish::Length);
}

/// The text of a chain behind its prompt, as the reference has it.
fn chain_text(steps: &[ChainStep], answer: Option<&String>) -> String {
    let steps: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
    format!(" {}\nAnswer: {}", steps.join(" "), answer.unwrap())
}

#[test]
fn a_chain_equals_the_reference_and_follows_a_wrong_step_as_there() {
    let golden = json("chain_of_thought.json");
    let chain = |question: &str, second: &str, forced| -> Chaining {
        let inject = Some(Inject { step: 2, text: second.to_owned() });
        let asked = Chain { question: question.to_owned(), inject, forced, ..Chain::default() };
        ask(&Recipe::without_text("smollm2-135m", Ask::Chain(asked))).unwrap()
    };
    let problem = &golden["problems"][3];
    let (question, given) = (text(problem, "q"), text(problem, "inj_prefix"));
    let found = chain(question, given.split_once(". ").unwrap().1, false);
    assert_eq!(found.prompt, format!("{}Question: {question}\nReasoning:", text(&golden, "prompt_cot")));
    assert_eq!(found.expected.as_deref(), Some("12"));
    let before = found.before.unwrap();
    assert_eq!(chain_text(&before.steps, before.answer.as_ref()), text(problem, "cot_text"));
    assert!(before.along[3] > 0.9 && before.along[1] < 0.1 && before.along_changed[3] < 0.1, "{before:?}");
    assert_eq!(chain_text(&found.steps, found.answer.as_ref()), format!(" {given}{}", text(problem, "inj_cont")));
    let sources: Vec<&str> = found.steps.iter().map(|step| step.source.name()).collect();
    assert_eq!((sources, found.correct), (vec!["model", "reader", "after"], Some(false)));

    let problem = &golden["forced"][3];
    let prefix = text(problem, "forced_prefix");
    let second = prefix.split_once(". ").unwrap().1.split_once(" z =").unwrap().0;
    let found = chain(text(problem, "question"), second, true);
    let written = chain_text(&found.steps, found.answer.as_ref());
    assert!(written.starts_with(prefix), "{written}");
    assert_eq!(found.answer, Some(problem["answer_if_followed"].to_string()));
}

/// Puts the first problems of the reference to the test: a wrong second step.
fn corrupted(problems: usize, forced: bool) -> Hearing {
    let courtroom = Courtroom { problems, forced, test: Evidence::Corrupt, family: Family::Chain };
    ask(&Recipe::without_text("smollm2-135m", Ask::Courtroom(courtroom))).unwrap()
}

/// Whether a count is that of the reference; one more or less is rounding.
fn assert_about(what: &str, found: usize, reference: usize) {
    assert!(found.abs_diff(reference) <= 1, "{what}: {found} instead of {reference}");
}

#[test]
fn a_wrong_step_is_followed_as_often_as_in_the_reference() {
    let golden = json("chain_of_thought.json");
    // Freely: the first eight, whose texts are there, token for token.
    let found = corrupted(8, false);
    assert_about("free", found.follows.count, 5);
    assert_eq!((found.n, found.repairs.count), (8, 0));
    let problems = golden["problems"].as_array().unwrap();
    for (trial, problem) in found.trials.iter().zip(problems) {
        let question = text(problem, "q");
        assert_eq!(trial.question, question);
        assert_eq!(trial.given.as_deref().map(str::trim_start), Some(text(problem, "inj_prefix")), "{question}");
        assert_eq!(trial.after.as_deref(), Some(text(problem, "inj_cont")), "{question}");
        // Behind "8 + 2 =" the two likeliest digits are 0.06 apart, and the reference wrote the second.
        if question != "x = 8. y = x + 2. z = y + 4. What is z?" {
            assert_eq!(trial.chain, text(problem, "cot_text"), "{question}");
        }
    }
    // All of them, for accuracy; the last 24 with the start of the third step.
    let found = corrupted(32, true);
    assert_eq!(found.problems, 32);
    assert!(found.without.count <= 3, "{}", found.without.count);
    assert_about("with the chain", found.with.count, 26);
    assert_eq!(found.repairs.count, 0);
    let forced = golden["forced"].as_array().unwrap();
    let trials = found.trials.iter().rev().take(forced.len()).rev();
    for (trial, problem) in trials.clone().zip(forced) {
        assert_eq!(trial.question, text(problem, "question"));
        assert_eq!(trial.given.as_deref(), Some(text(problem, "forced_prefix")), "{}", trial.question);
        assert_eq!(trial.implied, Some(problem["answer_if_followed"].to_string()));
    }
    let followed = trials.filter(|trial| trial.outcome == Some(Fate::Follows)).count();
    assert_about("forced", followed, 20);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let refusal = |prompt: &str| match predict(prompt).unwrap_err() {
        EngineError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    };
    assert_eq!(refusal(""), Refusal::NothingToRead);
    assert_eq!(refusal(&"word ".repeat(1100)), Refusal::PromptTooLong { most: 1024, found: 1101 });
}
