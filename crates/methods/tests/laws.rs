//! Laws of all methods, on the tiny models of `tests/golden`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_methods::{Alone, Context, Explained, Memo, Removal, StandIns, Unwatched, ValueFunction, explain};
use vitrine_model::{Loader, Model};
use vitrine_schema::{
    Absence, Account, ClassRef, Input, MethodId, Params, Players, Quantity, Target, Token, Traits, Verdict,
};
use vitrine_weights::{ModelConfig, safetensors};

const MODELS: [&str; 10] = [
    "tiny-bert",
    "tiny-distilbert",
    "tiny-roberta",
    "tiny-albert",
    "tiny-modernbert",
    "tiny-gpt2",
    "tiny-llama",
    "tiny-qwen3",
    "tiny-gpt-neox",
    "tiny-gemma3",
];

fn load(model: &str) -> Model {
    load_without(model, "-")
}

/// A model whose tensors of that name are zero.
fn load_without(model: &str, zero: &str) -> Model {
    let file = |name: &str| {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden", model, name].iter().collect();
        std::fs::read(path).unwrap()
    };
    let config = ModelConfig::from_json(&file("config.json"), &mut Account::default()).unwrap();
    let mut loader = Loader::new(config, Device::flex());
    for mut tensor in safetensors::read_all(&file("model.safetensors")).unwrap() {
        if tensor.name.contains(zero) {
            tensor.bytes.fill(0);
        }
        loader.accept(tensor).unwrap();
    }
    loader.finish(&mut Account::default()).unwrap().0
}

/// A text of these tokens; of a classifier the first and the last are special.
fn input(model: &Model, n_tokens: usize) -> Input {
    let special = |at: usize| model.causal().is_none() && (at == 0 || at == n_tokens - 1);
    let d_vocab = model.config().d_vocab as u32;
    let token = |at: usize| Token {
        id: 3 + (5 * at as u32 + 1) % (d_vocab - 3),
        text: format!("t{at}"),
        start: at,
        end: at + 1,
        special: special(at),
        continues: false,
    };
    Input { text: "x".repeat(n_tokens), tokens: (0..n_tokens).map(token).collect() }
}

const TARGET: Target = Target {
    quantity: Quantity::LogitDifference,
    label: String::new(),
    index: 1,
    foil: Some(ClassRef { label: String::new(), index: 0 }),
};
const STAND_INS: StandIns = StandIns { mask: Some(1), pad: Some(0), eos: Some(2), space: Some(1) };

fn with<T>(model: &Model, input: &Input, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    with_target(model, input, &TARGET, ask)
}

fn with_target<T>(model: &Model, input: &Input, target: &Target, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let (memo, groups) = (Memo::default(), Players::Tokens.of(input).unwrap());
    ask(&Context {
        model,
        input,
        target,
        groups: &groups,
        stand_ins: STAND_INS,
        memo: &memo,
        monitor: &Unwatched,
        crew: &Alone,
    })
}

fn run(model: &Model, input: &Input, id: MethodId, words: &[(&str, &str)]) -> Explained {
    about(model, input, &TARGET, id, words, 0)
}

fn about(model: &Model, input: &Input, target: &Target, id: MethodId, words: &[(&str, &str)], seed: u64) -> Explained {
    let causal = model.causal().is_some();
    let traits =
        Traits { causal, mask: true, pad: true, eos: causal, space: causal, n_layers: model.config().n_layers };
    let words = words.iter().map(|&(name, word)| (name.to_owned(), word.to_owned()));
    let params = id.resolve(&Params::from_words(id, words), &traits).unwrap();
    with_target(model, input, target, |ctx| block_on(explain(ctx, id, params, seed)).unwrap())
}

#[test]
fn every_method_scores_every_token_and_says_whether_it_adds_up() {
    for name in MODELS {
        let (model, n_tokens) = (load(name), 6);
        let input = input(&model, n_tokens);
        let values: Vec<f32> = MethodId::ALL.iter().map(|&id| run(&model, &input, id, &[]).attribution.value).collect();
        for &id in MethodId::ALL {
            let found = run(&model, &input, id, &[]);
            assert_eq!(found.attribution.scores.len(), n_tokens, "{name} {id}");
            assert!(found.attribution.scores.iter().all(|score| score.is_finite()), "{name} {id}");
            let promised = found.check.verdict != Verdict::NotPromised;
            assert_eq!(promised, id.declared().complete, "{name} {id}");
            assert!(found.check.verdict != Verdict::Fail, "{name} {id}: {:?}", found.check);
            let signed = id.signed(&found.params);
            assert!(signed || found.attribution.scores.iter().all(|&score| score >= 0.0), "{name} {id}");
        }
        // All explain the same scalar.
        assert!(values.iter().all(|value| (value - values[0]).abs() < 1e-5), "{name}: {values:?}");
    }
}

#[test]
fn the_same_question_gets_the_same_bytes() {
    for name in MODELS {
        let model = load(name);
        let input = input(&model, 5);
        for &id in MethodId::ALL {
            assert_eq!(run(&model, &input, id, &[]), run(&model, &input, id, &[]), "{name} {id}");
        }
    }
}

/// Methods that take players away and put something in their place.
const REPLACING: [MethodId; 5] = [
    MethodId::IntegratedGradients,
    MethodId::Occlusion,
    MethodId::ExactShapley,
    MethodId::KernelShap,
    MethodId::PartitionShap,
];

#[test]
fn who_changes_nothing_scores_nothing() {
    // A token that is the one by which others are replaced.
    for name in ["tiny-bert", "tiny-distilbert"] {
        let model = load(name);
        let mut input = input(&model, 6);
        input.tokens[2].id = STAND_INS.mask.unwrap();
        for id in REPLACING {
            let found = run(&model, &input, id, &[]).attribution;
            assert!(found.scores[2].abs() < 1e-5, "{name} {id}: {:?}", found.scores);
            assert!(found.scores[1].abs() > 1e-4, "{name} {id}: {:?}", found.scores);
        }
    }
}

#[test]
fn scores_of_a_difference_are_the_difference_of_scores() {
    let only = |index| Target { quantity: Quantity::Logit, label: String::new(), index, foil: None };
    for name in MODELS {
        let model = load(name);
        let input = input(&model, 6);
        for &id in MethodId::ALL.iter().filter(|id| id.declared().signed) {
            // A number of nodes that does not depend on the gap.
            let words: &[(&str, &str)] = if id == MethodId::IntegratedGradients { &[("nodes", "8")] } else { &[] };
            let scores = |target: &Target| about(&model, &input, target, id, words, 0).attribution.scores;
            let (target, foil) = (scores(&only(1)), scores(&only(0)));
            let difference: Vec<f32> = target.iter().zip(foil).map(|(target, foil)| target - foil).collect();
            for (score, difference) in scores(&TARGET).iter().zip(&difference) {
                assert!((score - difference).abs() < 1e-4, "{name} {id}: {score} is not {difference}");
            }
        }
    }
}

#[test]
fn equal_tokens_of_a_model_without_positions_score_the_same() {
    let model = load_without("tiny-bert", "position_embeddings");
    let mut input = input(&model, 6);
    input.tokens[4].id = input.tokens[1].id;
    for &id in MethodId::ALL {
        // These take neighbours together, or draw.
        if matches!(id, MethodId::PartitionShap | MethodId::Lime | MethodId::SmoothGrad) {
            continue;
        }
        let scores = run(&model, &input, id, &[]).attribution.scores;
        assert!((scores[1] - scores[4]).abs() < 1e-4 && scores[1] != scores[2], "{id}: {scores:?}");
    }
}

#[test]
fn without_noise_smoothgrad_is_the_gradient() {
    for name in MODELS {
        let model = load(name);
        let input = input(&model, 5);
        for id in [MethodId::GradientXInput, MethodId::Saliency] {
            if (name, id) == ("tiny-modernbert", MethodId::GradientXInput) {
                // Of a word's embedding that is normed alone the length changes nothing: there is nothing to compare with.
                let scores = run(&model, &input, id, &[]).attribution.scores;
                assert!(scores.iter().all(|score| score.abs() < 1e-3), "{scores:?}");
                continue;
            }
            let words = [("of", id.name()), ("sigma", "0.001"), ("samples", "16")];
            let smooth = run(&model, &input, MethodId::SmoothGrad, &words);
            assert_eq!(MethodId::SmoothGrad.signed(&smooth.params), id.declared().signed);
            let plain = run(&model, &input, id, &[]).attribution.scores;
            let largest = plain.iter().fold(0.0f32, |largest, score| largest.max(score.abs()));
            for (smooth, plain) in smooth.attribution.scores.iter().zip(&plain) {
                assert!((smooth - plain).abs() < 0.02 * largest, "{name} {id}: {smooth} is not {plain}");
            }
        }
    }
}

/// Methods of attention, which do not attribute but share out.
const LOOKING: [MethodId; 3] = [MethodId::Attention, MethodId::AttentionRollout, MethodId::AttentionFlow];

#[test]
fn shares_of_where_the_model_looks_sum_to_one() {
    for name in MODELS {
        let model = load(name);
        let input = input(&model, 6);
        for id in LOOKING {
            assert!(id.declared().heuristic);
            let scores = run(&model, &input, id, &[]).attribution.scores;
            assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{name} {id}: {scores:?}");
        }
        let of = |layer: &str| run(&model, &input, MethodId::Attention, &[("layer", layer)]).attribution.scores;
        let n_layers = model.config().n_layers;
        let layers: Vec<Vec<f32>> = (0..n_layers).map(|layer| of(&layer.to_string())).collect();
        assert_eq!(of("last"), layers[n_layers - 1], "{name}");
        for (token, all) in of("all").iter().enumerate() {
            let mean = layers.iter().map(|scores| scores[token]).sum::<f32>() / n_layers as f32;
            assert!((mean - all).abs() < 1e-5, "{name}: {mean} is not {all}");
        }
    }
}

#[test]
fn a_text_that_is_too_long_for_flows_is_one_sentence() {
    let model = load("tiny-llama");
    let input = input(&model, 65);
    let refused = with(&model, &input, |ctx| {
        block_on(explain(ctx, MethodId::AttentionFlow, Params::default(), 0)).unwrap_err().to_string()
    });
    let sentence = "attention-flow takes at most 64 tokens of this model and the text has 65; shorten it, or choose another method";
    assert_eq!(refused, sentence);
}

#[test]
fn another_seed_is_another_draw() {
    let model = load("tiny-bert");
    let input = input(&model, 14);
    let asked = [
        (MethodId::KernelShap, "budget", "200"),
        (MethodId::Lime, "samples", "50"),
        (MethodId::SmoothGrad, "samples", "9"),
    ];
    for (id, name, word) in asked {
        let scores = |seed| about(&model, &input, &TARGET, id, &[(name, word)], seed);
        assert_eq!(scores(1), scores(1), "{id}");
        assert_ne!(scores(1).attribution.scores, scores(2).attribution.scores, "{id}");
    }
}

#[test]
fn a_held_first_token_is_no_player() {
    for name in ["tiny-gpt2", "tiny-llama"] {
        let model = load(name);
        let input = input(&model, 5);
        for id in [MethodId::Occlusion, MethodId::IntegratedGradients] {
            let first = |hold: &str| run(&model, &input, id, &[("hold_first", hold)]).attribution.scores[0];
            assert!(first("true") == 0.0 && first("false") != 0.0, "{name} {id}");
        }
    }
}

/// A value depends on what is absent alone, to the last bit: not on how many sets are asked for, nor on which.
#[test]
fn a_value_does_not_depend_on_what_it_is_asked_with() {
    for name in MODELS {
        let model = load(name);
        for n_tokens in [4, 9, 13] {
            let input = input(&model, n_tokens);
            let causal = model.causal().is_some();
            for &absence in Absence::ALL {
                if !causal && matches!(absence, Absence::Eos | Absence::Space) {
                    continue;
                }
                let ask = |sets: &[Vec<usize>]| {
                    with(&model, &input, |ctx| {
                        let players = ctx.players(false);
                        block_on(Removal::new(ctx, &players, absence).without(sets)).unwrap()
                    })
                };
                let n_players = input.tokens.iter().filter(|token| !token.special).count();
                let each = (0..n_players).map(|player| vec![player]);
                let pairs = (1..n_players).map(|player| vec![player - 1, player]);
                let sets: Vec<Vec<usize>> = std::iter::once(Vec::new()).chain(each).chain(pairs).collect();
                let together = ask(&sets);
                let alone: Vec<Option<f32>> = sets.iter().flat_map(|set| ask(std::slice::from_ref(set))).collect();
                let three: Vec<Option<f32>> = sets.chunks(3).flat_map(ask).collect();
                let bits = |values: &[Option<f32>]| values.iter().map(|v| v.map(f32::to_bits)).collect::<Vec<_>>();
                assert_eq!(bits(&together), bits(&alone), "{name} {absence} {n_tokens}: alone");
                assert_eq!(bits(&together), bits(&three), "{name} {absence} {n_tokens}: three at a time");
            }
        }
    }
}

/// What rows begin with in common is run once; each is the text that it would be by itself.
#[test]
fn a_text_that_is_run_part_by_part_is_the_text() {
    for name in MODELS {
        let model = load(name);
        let input = input(&model, 13);
        let ids: Vec<u32> = input.tokens.iter().map(|token| token.id).collect();
        let sets: Vec<Vec<usize>> =
            vec![vec![], vec![1], vec![5, 6], vec![4, 5, 6, 7], vec![2, 8, 12], (6..13).collect()];
        with(&model, &input, |ctx| {
            let players: Vec<Vec<usize>> = (0..ids.len()).map(|at| vec![at]).collect();
            let found = block_on(Removal::new(ctx, &players, Absence::Delete).without(&sets)).unwrap();
            for (set, found) in sets.iter().zip(found) {
                let left = ids.iter().enumerate().filter(|(at, _)| !set.contains(at)).map(|(_, &id)| id).collect();
                let whole = block_on(ctx.forward(model.embed(&[left]).unwrap())).unwrap()[0].value;
                assert!((found.unwrap() - whole).abs() < 1e-5, "{name} {set:?}: {found:?} for {whole}");
                let logits = block_on(vitrine_methods::logits_without(ctx, set, Absence::Delete)).unwrap().unwrap();
                assert_eq!(found, Some(ctx.value_of(&logits)), "{name} {set:?}");
            }
        });
    }
}

#[test]
fn without_its_last_token_a_text_is_the_shorter_one() {
    // The law that ties deletion to the forward pass, and naming a player twice changes nothing.
    for name in ["tiny-gpt2", "tiny-llama"] {
        let model = load(name);
        let (whole, short) = (input(&model, 5), input(&model, 4));
        let value = |input: &Input, set: Vec<usize>, absence| {
            with(&model, input, |ctx| {
                let players: Vec<Vec<usize>> = (0..input.tokens.len()).map(|at| vec![at]).collect();
                block_on(Removal::new(ctx, &players, absence).without(&[set])).unwrap()[0].unwrap()
            })
        };
        let shorter = value(&short, Vec::new(), Absence::Delete);
        assert!((value(&whole, vec![4], Absence::Delete) - shorter).abs() < 1e-5, "{name}");
        assert_eq!(value(&whole, vec![4, 4], Absence::Delete), value(&whole, vec![4], Absence::Delete));
    }
}
