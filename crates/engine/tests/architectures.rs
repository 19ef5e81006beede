//! Every architecture answers every kind of question, and its checks hold. Needs no installed model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_engine::{Asker, EngineError, Session, folder};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inside::Walk;
use vitrine_schema::recipe::{Ablate, Attention, Explain, Generate, Patch, Stream};
use vitrine_schema::{Ask, Explanation, Finding, MethodId, PatchSite, Recipe, TargetRequest};

const FOLDERS: [&str; 15] = [
    "tiny-bert",
    "tiny-distilbert",
    "tiny-roberta",
    "tiny-xlm-roberta",
    "tiny-electra",
    "tiny-albert",
    "tiny-modernbert",
    "tiny-modernbert-biases",
    "tiny-gpt2",
    "tiny-gpt-neox",
    "tiny-llama",
    "tiny-llama3",
    "tiny-qwen2",
    "tiny-qwen3",
    "tiny-gemma3",
];
/// Two texts of as many tokens, to each of the tokenizers.
const TEXTS: [&str; 2] = ["film bad film", "film not film"];

fn open(model: &str) -> Session {
    folder::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(model), Device::flex()).unwrap()
}

fn asked(session: &Session, text: &str, ask: Ask) -> Result<Finding, EngineError> {
    let recipe = match &ask {
        Ask::Patch(_) => {
            let labels = &session.card().labels;
            let named = |at: usize, token: &str| Some(labels.get(at).cloned().unwrap_or_else(|| token.to_owned()));
            let target = TargetRequest { target: named(1, " the"), foil: named(0, " film"), quantity: None };
            Recipe::without_text("tiny", ask).about(target)
        }
        _ => Recipe::new("tiny", text, ask),
    };
    block_on(session.run(&recipe, &Asker::default()))
}

fn ask(session: &Session, text: &str, question: Ask) -> Finding {
    asked(session, text, question).unwrap()
}

#[test]
fn every_question_is_answered_and_no_check_fails() {
    for name in FOLDERS {
        let session = open(name);
        let causal = session.card().causal;
        let parts = Ablate { parts: vec!["L0H0".parse().unwrap(), "MLP1".parse().unwrap()], ..Ablate::default() };
        let tokens = Ablate { tokens: vec![1], ..Ablate::default() };
        let patch = |site, approximate| {
            let [clean, corrupt] = TEXTS.map(str::to_owned);
            Ask::Patch(Patch { clean, corrupt, site, approximate, ..Patch::default() })
        };
        let inside = [
            Ask::Predict {},
            Ask::Attention(Attention::default()),
            Ask::Stream(Stream::default()),
            Ask::Ablate(parts),
            Ask::Ablate(tokens),
        ];
        let explained = MethodId::ALL.iter().map(|&method| Ask::Explain(Explain::new(method, &[])));
        let patches = PatchSite::ALL.iter().flat_map(|&site| [patch(site, false), patch(site, true)]);
        let write = Ask::Generate(Generate { max_tokens: 3, ..Generate::default() });
        for question in inside.into_iter().chain(explained).chain(patches).chain(causal.then_some(write)) {
            let found = match asked(&session, TEXTS[0], question.clone()) {
                // To random weights two texts may be the same.
                Err(EngineError::Refused(Refusal::NoDifference { .. })) => continue,
                other => other.unwrap_or_else(|error| panic!("{name} {question:?}: {error}")),
            };
            let found = serde_json::to_value(found.json()).unwrap();
            let checks = found["checks"].as_array().unwrap();
            assert!(checks.iter().all(|check| check["verdict"] != "fail"), "{name} {question:?}: {checks:?}");
        }
    }
}

/// The parts of a stream add up, also where a norm stands behind them, or where two of them read the same floor.
#[test]
fn direct_effects_sum_to_the_logit() {
    for name in FOLDERS {
        let session = open(name);
        if !session.card().causal {
            continue;
        }
        let found = ask(&session, "the bad film is not", Ask::Stream(Stream::default()));
        let walk = Walk::try_from(found).ok().unwrap();
        let of_layers = walk.layers.iter().map(|layer| layer.head_effect.values.iter().sum::<f32>() + layer.mlp_effect);
        let sum = of_layers.sum::<f32>() + walk.embed_effect + walk.bias_effect;
        assert!((sum - walk.value).abs() < 1e-4, "{name}: {sum} is not {}", walk.value);
        assert_eq!(walk.parallel, name == "tiny-gpt-neox");
        // What the heads carried to a token is what attention wrote there, where nothing else is added.
        let alone = walk.layers.iter().map(|layer| (layer.carried.values[0], layer.attn_norm[0]));
        if !["tiny-gpt2", "tiny-gpt-neox", "tiny-llama3"].contains(&name) {
            assert!(alone.into_iter().all(|(a, b)| (a - b).abs() < 1e-4 * b.max(1.0)), "{name}");
        }
    }
}

/// The blank is a text of mask tokens, however a tokenizer calls them, between what it puts around every text.
#[test]
fn the_blank_is_made_of_mask_tokens() {
    for (name, mask) in
        [("tiny-bert", 4), ("tiny-roberta", 4), ("tiny-xlm-roberta", 21), ("tiny-albert", 4), ("tiny-modernbert", 4)]
    {
        let session = open(name);
        assert!(session.card().traits.mask && session.card().traits.pad, "{name}");
        let question = Ask::Explain(Explain::new(MethodId::IntegratedGradients, &[]));
        let found = Explanation::try_from(ask(&session, TEXTS[0], question)).ok().unwrap();
        let tokens = &found.input.tokens;
        assert!(tokens.len() > 3 && tokens[0].special && tokens[tokens.len() - 1].special, "{name}");
        let blank: Vec<u32> = tokens.iter().map(|token| if token.special { token.id } else { mask }).collect();
        let logits = block_on(session.run_ids(&[blank], &Asker::default())).unwrap().concat();
        let value = logits[found.target.index] - found.target.foil.map_or(0.0, |foil| logits[foil.index]);
        assert!((value - found.baseline_value).abs() < 1e-5, "{name}: {value} is not {}", found.baseline_value);
    }
}
