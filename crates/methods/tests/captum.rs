//! Integrated Gradients of every tiny checkpoint of `tests/golden` against captum.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::Value;
use vitrine_methods::{Alone, Context, Memo, StandIns, Unwatched, explain};
use vitrine_model::{Loader, Model};
use vitrine_schema::{Account, ClassRef, Input, MethodId, Params, Players, Quantity, Target, Token, Traits};
use vitrine_weights::{ModelConfig, safetensors};

/// Each with the number of its mask token.
const MODELS: [(&str, Option<u32>); 15] = [
    ("tiny-bert", Some(4)),
    ("tiny-distilbert", Some(4)),
    ("tiny-roberta", Some(4)),
    ("tiny-xlm-roberta", Some(21)),
    ("tiny-electra", Some(4)),
    ("tiny-albert", Some(4)),
    ("tiny-modernbert", Some(4)),
    ("tiny-modernbert-biases", Some(4)),
    ("tiny-gpt2", None),
    ("tiny-gpt-neox", None),
    ("tiny-llama", None),
    ("tiny-llama3", None),
    ("tiny-qwen2", None),
    ("tiny-qwen3", None),
    ("tiny-gemma3", None),
];

fn file(model: &str, name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden", model, name].iter().collect();
    std::fs::read(path).unwrap()
}

fn load(model: &str) -> Model {
    let config = ModelConfig::from_json(&file(model, "config.json"), &mut Account::default()).unwrap();
    let mut loader = Loader::new(config, Device::flex());
    for tensor in safetensors::read_all(&file(model, "model.safetensors")).unwrap() {
        loader.accept(tensor).unwrap();
    }
    loader.finish(&mut Account::default()).unwrap().0
}

#[test]
fn integrated_gradients_equal_captum() {
    for (name, mask) in MODELS {
        let (model, causal) = (load(name), mask.is_none());
        let golden: Value = serde_json::from_slice(&file(name, "golden.json")).unwrap();
        let golden = &golden["integrated_gradients"];
        let ids: Vec<u32> = serde_json::from_value(golden["ids"][0].clone()).unwrap();
        let last = ids.len() - 1;
        let token = |(at, &id): (usize, &u32)| {
            let special = !causal && (at == 0 || at == last);
            Token { id, text: String::new(), start: at, end: at + 1, special, continues: false }
        };
        let input = Input { text: "x".repeat(ids.len()), tokens: ids.iter().enumerate().map(token).collect() };
        let (index, foil) = if causal { (20, 21) } else { (1, 0) };
        let foil = Some(ClassRef { label: String::new(), index: foil });
        let target = Target { quantity: Quantity::LogitDifference, label: String::new(), index, foil };
        let n_layers = model.config().n_layers;
        let traits = Traits { causal, mask: mask.is_some(), n_layers, ..Traits::default() };
        for (rule, theirs) in [("midpoint", "riemann_middle"), ("gauss-legendre", "gausslegendre")] {
            let baseline = if causal { "mean" } else { "mask" };
            let words = [("rule", rule), ("nodes", "50"), ("max_nodes", "50"), ("baseline", baseline)];
            let words = words.map(|(name, word)| (name.to_owned(), word.to_owned()));
            let id = MethodId::IntegratedGradients;
            let params = id.resolve(&Params::from_words(id, words), &traits).unwrap();
            let (memo, groups) = (Memo::default(), Players::Tokens.of(&input).unwrap());
            let stand_ins = StandIns { mask, ..StandIns::default() };
            let ctx = Context {
                model: &model,
                input: &input,
                target: &target,
                groups: &groups,
                stand_ins,
                memo: &memo,
                monitor: &Unwatched,
                crew: &Alone,
            };
            let found = block_on(explain(&ctx, id, params, 0)).unwrap().attribution;
            let expected: Vec<f32> = serde_json::from_value(golden[theirs].clone()).unwrap();
            let ends: Vec<f64> = ["value", "baseline_value"].map(|end| golden[end].as_f64().unwrap()).to_vec();
            let largest = expected.iter().fold(1e-2f32, |most, score| most.max(score.abs()));
            for (found, expected) in found.scores.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-3 * largest, "{name} {rule}: {found} is not {expected}");
            }
            for (found, expected) in [found.value, found.baseline_value].iter().zip(&ends) {
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{name}: {found} is not {expected}");
            }
        }
    }
}
