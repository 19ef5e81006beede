//! Tiny random checkpoints against transformers, at every site, and the laws of interventions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_model::{
    Edit, Flow, Hooks, Intervention, KeyMask, KvCache, Loader, Model, ModelError, Trace, Values, trace,
};
use vitrine_schema::{Account, BlockSite, Site};
use vitrine_weights::{ModelConfig, Tensor, WeightsError, gguf, safetensors};

type Tensor1 = burn::tensor::Tensor<1>;
type Tensor3 = burn::tensor::Tensor<3>;

const ENCODERS: [&str; 8] = [
    "tiny-bert",
    "tiny-distilbert",
    "tiny-roberta",
    "tiny-xlm-roberta",
    "tiny-electra",
    "tiny-albert",
    "tiny-modernbert",
    "tiny-modernbert-biases",
];
const DECODERS: [&str; 7] =
    ["tiny-gpt2", "tiny-llama", "tiny-llama3", "tiny-qwen2", "tiny-qwen3", "tiny-gpt-neox", "tiny-gemma3"];

fn models() -> impl Iterator<Item = &'static str> {
    ENCODERS.into_iter().chain(DECODERS)
}

fn file(model: &str, name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden", model, name].iter().collect();
    std::fs::read(path).unwrap()
}

fn load(model: &str) -> Model {
    load_with(model, |loader| loader)
}

fn load_with(model: &str, choose: impl Fn(Loader) -> Loader) -> Model {
    let config = ModelConfig::from_json(&file(model, "config.json"), &mut Account::default()).unwrap();
    let mut loader = choose(Loader::new(config, Device::flex()));
    for tensor in safetensors::read_all(&file(model, "model.safetensors")).unwrap() {
        loader.accept(tensor).unwrap();
    }
    loader.finish(&mut Account::default()).unwrap().0
}

struct Golden {
    ids: Vec<Vec<u32>>,
    mask: Option<KeyMask>,
    /// Of the classes, or of what follows the last token.
    logits: Vec<f32>,
    sites: BTreeMap<String, Tensor>,
}

fn json(model: &str) -> serde_json::Value {
    serde_json::from_slice(&file(model, "golden.json")).unwrap()
}

fn ids(rows: &serde_json::Value) -> Vec<Vec<u32>> {
    serde_json::from_value(rows.clone()).unwrap()
}

fn golden(model: &str) -> Golden {
    let json = json(model);
    let rows = |value: &serde_json::Value| -> Vec<Vec<f64>> { serde_json::from_value(value.clone()).unwrap() };
    let blocked = |row: &Vec<f64>| (0..row.len()).filter(|&i| row[i] == 0.0).collect();
    let mask = json.get("mask").map(|mask| KeyMask { blocked: rows(mask).iter().map(blocked).collect() });
    let logits = match &mask {
        Some(_) => rows(&json["logits"]).concat(),
        None => json["logits"].as_array().unwrap().iter().flat_map(|row| rows(row).pop().unwrap()).collect(),
    };
    Golden {
        ids: ids(&json["ids"]),
        mask,
        logits: logits.iter().map(|&l| l as f32).collect(),
        sites: safetensors::read_all(&file(model, "golden.safetensors"))
            .unwrap()
            .into_iter()
            .map(|tensor| (tensor.name.clone(), tensor))
            .collect(),
    }
}

fn run(bert: &Model, golden: &Golden, mut hooks: Hooks) -> Result<(Vec<f32>, Trace), ModelError> {
    let logits = bert.forward(bert.embed(&golden.ids)?, golden.mask.as_ref(), &mut hooks);
    block_on(async { Ok((trace::read(logits).await?, hooks.into_readback()?.read().await?)) })
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    // What stands for "may not be read" is far from every score; it has to be far in both.
    let open = |v: f32| v > -1e8;
    assert!(a.iter().zip(b).all(|(a, b)| open(*a) == open(*b)));
    let size = b.iter().filter(|v| open(**v)).fold(1e-3f32, |most, v| most.max(v.abs()));
    a.iter().zip(b).filter(|(a, _)| open(**a)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / size
}

#[test]
fn every_site_equals_transformers() {
    for model in models() {
        let (bert, golden) = (load(model), golden(model));
        let (logits, trace) = run(&bert, &golden, Hooks::observing(bert.sites())).unwrap();
        let named: Vec<String> = trace.keys().map(Site::to_string).collect();
        let expected: Vec<&String> = golden.sites.keys().collect();
        let mut sorted: Vec<&String> = named.iter().collect();
        sorted.sort();
        assert_eq!(sorted, expected, "{model} has other sites than its golden file");
        for site in bert.sites() {
            let (found, expected) = (&trace[&site], &golden.sites[&site.to_string()]);
            assert_eq!(found.shape, expected.shape, "{model} {site}");
            let off = distance(&found.values, &expected.to_f32().unwrap());
            assert!(off < 1e-4, "{model}: the first site that differs is {site}, by {off}");
        }
        assert!(distance(&logits, &golden.logits) < 1e-4, "{model} logits");
    }
}

#[test]
fn watching_changes_nothing() {
    for model in models() {
        let (bert, golden) = (load(model), golden(model));
        let (quiet, _) = run(&bert, &golden, Hooks::default()).unwrap();
        let (watched, _) = run(&bert, &golden, Hooks::observing(bert.sites())).unwrap();
        assert!(distance(&quiet, &watched) < 1e-5, "{model}");
    }
}

#[test]
fn a_patch_with_itself_changes_nothing_at_any_site() {
    for model in models() {
        let (bert, golden) = (load(model), golden(model));
        for site in bert.sites() {
            // Watching the site takes the same detour, if it has one, as editing it.
            let (quiet, trace) = run(&bert, &golden, Hooks::observing([site])).unwrap();
            let edit = Edit { region: vec![], intervention: Intervention::Replace(trace[&site].values.clone().into()) };
            let (patched, _) = run(&bert, &golden, Hooks::default().edit(site, edit)).unwrap();
            assert!(distance(&patched, &quiet) < 1e-6, "{model} {site}");
        }
    }
}

#[test]
fn edits_do_what_they_say_and_only_there() {
    let (bert, golden) = (load("tiny-bert"), golden("tiny-bert"));
    let site = Site::block(1, BlockSite::Z);
    let (_, before) = run(&bert, &golden, Hooks::observing([site])).unwrap();
    let (before, shape) = (&before[&site].values, &before[&site].shape);
    let [batch, pos, head, d_head] = shape[..] else { panic!("z has four axes") };
    let at = |b: usize, p: usize, h: usize, d: usize| ((b * pos + p) * head + h) * d_head + d;
    let mean = |h, d| {
        let places = (0..batch).flat_map(|b| (0..pos).map(move |p| (b, p)));
        places.map(|(b, p)| before[at(b, p, h, d)]).sum::<f32>() / (batch * pos) as f32
    };
    let check = |intervention: Intervention, expected: &dyn Fn(f32, usize) -> f32| {
        let edit = Edit { region: vec![0..1, 2..3, 1..2], intervention };
        let (_, after) = run(&bert, &golden, Hooks::observing([site]).edit(site, edit)).unwrap();
        for (i, (&after, &before)) in after[&site].values.iter().zip(before).enumerate() {
            let inside = (at(0, 2, 1, 0)..at(0, 2, 1, 0) + d_head).contains(&i);
            let wanted = if inside { expected(before, i % d_head) } else { before };
            assert!((after - wanted).abs() < 1e-5, "{i}: {after} instead of {wanted}");
        }
    };
    check(Intervention::Zero, &|_, _| 0.0);
    check(Intervention::Scale(-2.0), &|old, _| -2.0 * old);
    check(Intervention::Mean, &|_, d| mean(1, d));
    // As many values as the region has, or as its last axis; from here or from the device.
    let row: Vec<f32> = (0..d_head).map(|d| 0.5 - d as f32).collect();
    check(Intervention::Add(row.clone().into()), &|old, d| old + 0.5 - d as f32);
    let on_device = Values::OnDevice(Box::new(Tensor1::from_data(row.as_slice(), &Device::flex())));
    check(Intervention::Add(on_device.clone()), &|old, d| old + 0.5 - d as f32);
    check(Intervention::Replace(on_device), &|_, d| 0.5 - d as f32);
    check(Intervention::Replace((0..d_head).map(|d| d as f32).collect::<Vec<f32>>().into()), &|_, d| d as f32);
}

#[test]
fn an_edit_that_does_not_fit_is_an_error() {
    let (bert, golden) = (load("tiny-bert"), golden("tiny-bert"));
    for (region, intervention) in [
        (vec![0..1, 0..9], Intervention::Zero),
        (vec![0..1, 0..1, 0..1, 0..1], Intervention::Zero),
        (vec![], Intervention::Replace(vec![1.0].into())),
    ] {
        let hooks = Hooks::default().edit(Site::FullEmbed, Edit { region, intervention });
        assert!(matches!(run(&bert, &golden, hooks), Err(ModelError::EditShape { .. })));
    }
}

#[test]
fn replacing_everything_at_the_start_gives_the_other_run() {
    let (bert, golden) = (load("tiny-bert"), golden("tiny-bert"));
    let mut other = golden.ids.clone();
    other[0][1..3].swap(0, 1);
    let (_, embed) = run(&bert, &golden, Hooks::observing([Site::Embed])).unwrap();
    let edit = Edit { region: vec![], intervention: Intervention::Replace(embed[&Site::Embed].values.clone().into()) };
    let mut hooks = Hooks::default().edit(Site::Embed, edit);
    let logits = bert.forward(bert.embed(&other).unwrap(), golden.mask.as_ref(), &mut hooks);
    let (clean, _) = run(&bert, &golden, Hooks::default()).unwrap();
    assert!(distance(&block_on(trace::read(logits)).unwrap(), &clean) < 1e-6);
}

#[test]
fn what_is_masked_is_as_if_it_were_not_there() {
    for model in ENCODERS {
        let (bert, golden) = (load(model), golden(model));
        let short = vec![golden.ids[1][..5].to_vec()];
        let logits = bert.forward(bert.embed(&short).unwrap(), None, &mut Hooks::default());
        let logits = block_on(trace::read(logits)).unwrap();
        assert!(distance(&logits, &golden.logits[logits.len()..]) < 1e-4, "{model}");
    }
}

#[test]
fn wrong_batches_are_refused() {
    let bert = load("tiny-bert");
    assert_eq!(bert.embed(&[]).unwrap_err(), ModelError::Ragged);
    assert_eq!(bert.embed(&[vec![2, 3], vec![2]]).unwrap_err(), ModelError::Ragged);
    assert_eq!(bert.embed(&[vec![99]]).unwrap_err(), ModelError::OutsideVocabulary { id: 99, d_vocab: 13 });
    assert_eq!(bert.embed(&[vec![2; 25]]).unwrap_err(), ModelError::TooLong { most: 24, found: 25 });
}

#[test]
fn a_missing_or_misshapen_tensor_is_named() {
    let config = ModelConfig::from_json(&file("tiny-bert", "config.json"), &mut Account::default()).unwrap();
    let tensors = safetensors::read_all(&file("tiny-bert", "model.safetensors")).unwrap();
    for skipped in tensors.iter().filter(|tensor| !tensor.name.contains("position_ids")) {
        let mut loader = Loader::new(config.clone(), Device::flex());
        for tensor in tensors.iter().filter(|tensor| tensor.name != skipped.name) {
            loader.accept(tensor.clone()).unwrap();
        }
        let said = loader.finish(&mut Account::default()).unwrap_err().to_string();
        assert!(said.contains(skipped.name.trim_start_matches("bert.")), "{said}");
    }
    let mut loader = Loader::new(ModelConfig { d_mlp: 65, ..config }, Device::flex());
    tensors.into_iter().for_each(|tensor| loader.accept(tensor).unwrap());
    let said = loader.finish(&mut Account::default()).unwrap_err().to_string();
    assert_eq!(
        said,
        "tensor encoder.layer.0.intermediate.dense.weight has shape [64, 32], but the configuration asks for [65, 32]"
    );
}

fn logits(model: &Model, ids: &[Vec<u32>], mask: Option<&KeyMask>) -> Vec<f32> {
    block_on(trace::read(model.forward(model.embed(ids).unwrap(), mask, &mut Hooks::default()))).unwrap()
}

#[test]
fn logits_of_every_position_equal_transformers() {
    for name in DECODERS {
        let (model, golden, causal) = (load(name), golden(name), json(name));
        let causal_model = model.causal().unwrap();
        let hooks = &mut Hooks::default();
        let stream = Flow::enter(&model, model.embed(&golden.ids).unwrap(), None, None, hooks).normalized(None, hooks);
        let found = block_on(trace::read(causal_model.unembed(stream))).unwrap();
        let expected: Vec<Vec<Vec<f32>>> = serde_json::from_value(causal["logits"].clone()).unwrap();
        assert!(distance(&found, &expected.concat().concat()) < 1e-4, "{name}");
    }
}

/// Keys of a configuration that the checkpoints leave at their usual values.
#[test]
fn other_configurations_equal_transformers() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden/variants.json"].iter().collect();
    let variants: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for variant in variants {
        let name = variant["model"].as_str().unwrap();
        let mut config: serde_json::Value = serde_json::from_slice(&file(name, "config.json")).unwrap();
        for (key, value) in variant["changed"].as_object().unwrap() {
            config[key] = value.clone();
        }
        let mut account = Account::default();
        let config = ModelConfig::from_json(config.to_string().as_bytes(), &mut account).unwrap();
        assert_eq!(account.not_understood, [], "{name} {}", variant["changed"]);
        let mut loader = Loader::new(config, Device::flex());
        for tensor in safetensors::read_all(&file(name, "model.safetensors")).unwrap() {
            loader.accept(tensor).unwrap();
        }
        let model = loader.finish(&mut Account::default()).unwrap().0;
        let found = logits(&model, &golden(name).ids[..1], None);
        let expected: Vec<f32> = serde_json::from_value(variant["logits"].clone()).unwrap();
        let off = distance(&found, &expected);
        assert!(off < 1e-4, "{name} {}: {off}", variant["changed"]);
        assert!(distance(&found, &logits(&load(name), &golden(name).ids[..1], None)) > 1e-3, "{}", variant["changed"]);
    }
}

#[test]
fn weights_kept_in_16_bits_differ_by_their_rounding_only() {
    for name in DECODERS {
        let (model, golden) = (load_with(name, Loader::halved), golden(name));
        let (logits, trace) = run(&model, &golden, Hooks::observing(model.sites())).unwrap();
        let off = distance(&logits, &golden.logits);
        assert!(off > 1e-6 && off < 3e-3, "{name}: {off}");
        for site in model.sites() {
            let off = distance(&trace[&site].values, &golden.sites[&site.to_string()].to_f32().unwrap());
            assert!(off < 1e-2, "{name} {site}: {off}");
        }
    }
}

/// The normalized stream of tokens that follow those in the cache.
fn continued(model: &Model, ids: &[Vec<u32>], cache: &mut KvCache) -> Tensor3 {
    let hooks = &mut Hooks::default();
    Flow::enter(model, model.embed(ids).unwrap(), None, Some(cache), hooks).normalized(Some(cache), hooks)
}

/// From any layer on, what is left of a run gives the numbers of the whole, at every site.
#[test]
fn a_run_that_is_left_and_taken_up_again_is_the_whole_run() {
    for name in models() {
        let (model, golden) = (load(name), golden(name));
        let (whole, sites) = run(&model, &golden, Hooks::observing(model.sites())).unwrap();
        for layer in 0..=model.config().n_layers {
            let (mut before, mut after) = (Hooks::observing(model.sites()), Hooks::observing(model.sites()));
            let mask = golden.mask.as_ref();
            let flow = Flow::enter(&model, model.embed(&golden.ids).unwrap(), mask, None, &mut before);
            let flow = flow.run_to(layer, None, &mut before);
            assert_eq!(flow.layer(), layer);
            let logits = Flow::at(&model, layer, flow.resid(), mask, 0).logits(None, &mut after);
            assert_eq!(block_on(trace::read(logits)).unwrap(), whole, "{name} from {layer}");
            let mut parts = block_on(before.into_readback().unwrap().read()).unwrap();
            parts.extend(block_on(after.into_readback().unwrap().read()).unwrap());
            assert_eq!(parts, sites, "{name} from {layer}");
        }
    }
}

#[test]
fn gradients_at_every_site_equal_pytorch() {
    for name in models() {
        let (model, golden) = (load(name), golden(name));
        let expected = safetensors::read_all(&file(name, "gradients.safetensors")).unwrap();
        let wanted: Vec<Site> = expected.iter().map(|tensor| tensor.name.parse().unwrap()).collect();
        let (target, foil) = if model.causal().is_some() { (20, 21) } else { (1, 0) };
        let mut hooks = Hooks::default().differentiating(wanted.iter().copied());
        let embed = model.embed(&golden.ids).unwrap().autodiff();
        let logits = model.forward(embed, golden.mask.as_ref(), &mut hooks);
        let [batch, _] = logits.dims();
        let column = |at: usize| logits.clone().slice([0..batch, at..at + 1]);
        // All of them in one backward pass.
        let mut gradients = (column(target) - column(foil)).sum().backward();
        let found = block_on(hooks.gradients(&mut gradients).read()).unwrap();
        for (site, expected) in wanted.iter().zip(&expected) {
            let found = found.get(site).unwrap_or_else(|| panic!("{name}: no gradient at {site}"));
            assert_eq!(found.shape, expected.shape, "{name} {site}");
            let expected = expected.to_f32().unwrap();
            let size = expected.iter().fold(1e-6f32, |most, v| most.max(v.abs()));
            let off = found.values.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / size;
            assert!(off < 1e-4, "{name} {site}: {off}");
        }
    }
}

#[test]
fn a_cache_is_cut_and_spread() {
    for name in DECODERS {
        let (model, golden) = (load(name), golden(name));
        let row = &golden.ids[0];
        let mut cache = KvCache::default();
        let _ = continued(&model, std::slice::from_ref(row), &mut cache);
        cache.cut(4);
        assert_eq!(cache.n_tokens(), 4);
        // Two rows that go on from the same four tokens, each in its own way.
        let endings = [row[4..].to_vec(), golden.ids[1][4..].to_vec()];
        let last_of = |endings: &[Vec<u32>], cache: &mut KvCache| {
            let stream = continued(&model, endings, cache);
            let [batch, pos, d_model] = stream.dims();
            let last = model.causal().unwrap().unembed(stream.slice([0..batch, pos - 1..pos, 0..d_model]));
            block_on(trace::read(last)).unwrap()
        };
        let whole: Vec<Vec<u32>> = endings.iter().map(|ending| [&row[..4], ending].concat()).collect();
        let expected = logits(&model, &whole, None);
        for mut cache in [cache.spread(2), cache.clone().forked()] {
            assert!(distance(&last_of(&endings, &mut cache), &expected) < 1e-5, "{name}");
            // Token by token, and in another order.
            cache.cut(4);
            let (mut first, mut then) = (endings.to_vec(), endings.to_vec());
            for (first, then) in first.iter_mut().zip(&mut then) {
                *then = first.split_off(first.len() - 1);
            }
            let _ = continued(&model, &first, &mut cache);
            assert_eq!(cache.n_tokens(), row.len() - 1);
            then.reverse();
            let found = last_of(&then, &mut cache.rows(&[1, 0]));
            let (one, other) = expected.split_at(expected.len() / 2);
            assert!(distance(&found, &[other, one].concat()) < 1e-5, "{name}");
        }
        // A row is what it is whatever goes on from the same place.
        let twice = [endings[0].clone(), endings[0].clone(), endings[1].clone()];
        let (two, three) = (last_of(&endings, &mut cache.clone().forked()), last_of(&twice, &mut cache.forked()));
        assert_eq!(two[..two.len() / 2], three[..three.len() / 3], "{name}");
    }
}

#[test]
fn a_cache_changes_nothing_and_greedy_tokens_equal_transformers() {
    for name in DECODERS {
        let (model, json) = (load(name), json(name));
        let causal = model.causal().unwrap();
        let mut row = ids(&json["ids"])[0].clone();
        let expected: Vec<u32> = serde_json::from_value(json["greedy"].clone()).unwrap();
        let mut cache = KvCache::default();
        let mut next = row.clone();
        for token in expected {
            assert_eq!(cache.n_tokens() + next.len(), row.len());
            let pos = next.len();
            let stream = continued(&model, &[next], &mut cache);
            let [_, _, d_model] = stream.dims();
            let last = causal.unembed(stream.slice([0..1, pos - 1..pos, 0..d_model]));
            let cached = block_on(trace::read(last)).unwrap();
            assert!(distance(&cached, &logits(&model, &[row.clone()], None)) < 1e-5, "{name}");
            let best = (0..cached.len()).max_by(|&a, &b| cached[a].total_cmp(&cached[b])).unwrap() as u32;
            assert_eq!(best, token, "{name}");
            row.push(token);
            next = vec![token];
        }
    }
}

#[test]
fn later_tokens_and_blocked_tokens_are_not_read() {
    for name in DECODERS {
        let (model, golden) = (load(name), golden(name));
        let early = |last: u32| {
            let mut row = golden.ids[0].clone();
            *row.last_mut().unwrap() = last;
            let site = Site::block(2, BlockSite::ResidPost);
            let mut hooks = Hooks::observing([site]);
            let _ = model.forward(model.embed(&[row]).unwrap(), None, &mut hooks);
            let trace = block_on(hooks.into_readback().unwrap().read()).unwrap();
            trace[&site].values[..6 * 32].to_vec()
        };
        assert_eq!(early(5), early(200), "{name}");
        let mask = KeyMask { blocked: vec![vec![0, 3]] };
        let with = |id: u32| {
            let mut row = golden.ids[0].clone();
            (row[0], row[3]) = (id, id);
            logits(&model, &[row], Some(&mask))
        };
        assert!(distance(&with(9), &with(210)) < 1e-5, "{name}");
        assert!(distance(&with(9), &logits(&model, &golden.ids[..1], None)) > 1e-3, "{name}");
    }
}

#[test]
fn a_gguf_file_reads_as_its_own_library_reads_it() {
    let (metadata, tensors) = gguf::read_all(&file("tiny-llama", "tiny-llama.gguf")).unwrap();
    let described = gguf::describe(&metadata, "tiny-llama.gguf", &mut Account::default()).unwrap();
    let mut config = described.config;
    // GGUF keeps the epsilon in 32 bits.
    assert!((config.norm_eps - 1e-6).abs() < 1e-13);
    config.norm_eps = 1e-6;
    let folder = ModelConfig::from_json(&file("tiny-llama", "config.json"), &mut Account::default()).unwrap();
    // What a folder says about the form of its file, a GGUF file leaves to its tensors.
    let ModelConfig { format, class_named, tied, biases, .. } = folder.clone();
    assert_eq!(ModelConfig { format, class_named, tied, biases, ..config.clone() }, folder);
    let expected = safetensors::read_all(&file("tiny-llama", "gguf.safetensors")).unwrap();
    assert_eq!(tensors.len(), expected.len());
    let mut loader = Loader::new(config.clone(), Device::flex());
    for tensor in tensors {
        let name = gguf::hugging_face_name(config.architecture, &tensor.name);
        let same = expected.iter().find(|expected| expected.name == name).unwrap();
        assert_eq!(tensor.shape, same.shape, "{name}");
        let in_order = gguf::in_order(tensor.clone(), &config).unwrap();
        assert_eq!(in_order.to_f32().unwrap(), same.to_f32().unwrap(), "{name}");
        loader.accept(tensor).unwrap();
    }
    let from_gguf = loader.finish(&mut Account::default()).unwrap().0;
    let mut loader = Loader::new(folder, Device::flex());
    expected.into_iter().for_each(|tensor| loader.accept(tensor).unwrap());
    let rows = golden("tiny-llama").ids;
    assert_eq!(
        logits(&from_gguf, &rows, None),
        logits(&loader.finish(&mut Account::default()).unwrap().0, &rows, None)
    );
}

/// Their names and the order of their rows are the gguf package's and the converter's of llama.cpp; the numbers are what
/// transformers computes from the weights that the package reads back.
#[test]
fn gguf_files_of_every_architecture_equal_transformers() {
    let expected: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&file("gguf", "logits.json")).unwrap();
    assert_eq!(expected.len(), 5);
    for (name, expected) in expected {
        let (metadata, tensors) = gguf::read_all(&file("gguf", &format!("{name}.gguf"))).unwrap();
        let mut account = Account::default();
        let described = gguf::describe(&metadata, &name, &mut account).unwrap();
        let mut loader = Loader::new(described.config, Device::flex());
        tensors.into_iter().for_each(|tensor| loader.accept(tensor).unwrap());
        let model = loader.finish(&mut account).unwrap().0;
        assert_eq!(account.not_understood, [], "{name}");
        let rows: Vec<Vec<f32>> = serde_json::from_value(expected["last_logits"].clone()).unwrap();
        let off = distance(&logits(&model, &ids(&expected["ids"]), None), &rows.concat());
        assert!(off < 1e-4, "{name}: {off}");
    }
}

#[test]
fn layers_and_tensors_too_many_are_named() {
    for (name, extra) in
        [("tiny-llama", "model.layers.3.mlp.up_proj.weight"), ("tiny-gpt2", "transformer.h.7.ln_1.bias")]
    {
        let config = ModelConfig::from_json(&file(name, "config.json"), &mut Account::default()).unwrap();
        let tensors = safetensors::read_all(&file(name, "model.safetensors")).unwrap();
        let mut loader = Loader::new(config.clone(), Device::flex());
        let mut stray = tensors[0].clone();
        extra.clone_into(&mut stray.name);
        tensors.iter().chain([&stray]).for_each(|tensor| loader.accept(tensor.clone()).unwrap());
        let error = loader.finish(&mut Account::default()).unwrap_err();
        assert!(error.to_string().starts_with(extra) && error.to_string().contains("it belongs to layer"), "{error}");
        let mut loader = Loader::new(config, Device::flex());
        loader.accept(tensors[0].clone()).unwrap();
        let error = loader.accept(tensors[0].clone()).unwrap_err();
        assert!(matches!(error, WeightsError::Twice { .. }), "{error}");
    }
}
