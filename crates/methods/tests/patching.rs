//! Laws of patching, on the tiny models of `tests/golden`: a cell is what hooks on the whole run say, and nothing more is run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::cell::RefCell;
use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_methods::neurons::strongest;
use vitrine_methods::patching::{Copies, Copying, approximate, by_way, exact};
use vitrine_methods::{Alone, Context, Memo, MethodError, StandIns, Unwatched};
use vitrine_model::{Activation, Edit, Hooks, Intervention, Loader, Model, Trace, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{
    Account, BlockSite, Cell, ClassRef, Direction, Input, Part, PatchSite, Quantity, Site, Target, Token, Verdict,
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
/// Two texts that differ in one token; the second has another end and the third another beginning.
const CLEAN: [u32; 6] = [3, 9, 11, 6, 7, 12];
const CORRUPT: [[u32; 6]; 3] = [[3, 9, 11, 5, 7, 12], [3, 9, 11, 6, 7, 5], [8, 9, 11, 6, 7, 12]];
const ONE_TO_ONE: [Option<usize>; 6] = [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)];
/// A text of more tokens, and one of fewer, with the partners of the tokens of the first.
const LONGER: ([u32; 7], [Option<usize>; 6]) =
    ([3, 9, 5, 11, 5, 7, 12], [Some(0), Some(1), Some(3), Some(4), None, Some(6)]);
const SHORTER: ([u32; 5], [Option<usize>; 6]) = ([3, 9, 5, 6, 12], [Some(0), Some(1), Some(2), None, Some(3), Some(4)]);
const TARGET: Target = Target {
    quantity: Quantity::LogitDifference,
    label: String::new(),
    index: 1,
    foil: Some(ClassRef { label: String::new(), index: 0 }),
};

fn load(model: &str) -> Model {
    let file = |name: &str| {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden", model, name].iter().collect();
        std::fs::read(path).unwrap()
    };
    let config = ModelConfig::from_json(&file("config.json"), &mut Account::default()).unwrap();
    let mut loader = Loader::new(config, Device::flex());
    for tensor in safetensors::read_all(&file("model.safetensors")).unwrap() {
        loader.accept(tensor).unwrap();
    }
    loader.finish(&mut Account::default()).unwrap().0
}

fn with<T>(model: &Model, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    with_text(model, &CLEAN, ask)
}

fn with_text<T>(model: &Model, clean: &[u32], ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let token = |id: &u32| Token { id: *id, text: String::new(), start: 0, end: 1, special: false, continues: false };
    let input = Input { text: String::new(), tokens: clean.iter().map(token).collect() };
    let stand_ins = StandIns::default();
    let memo = Memo::default();
    ask(&Context {
        model,
        input: &input,
        target: &TARGET,
        groups: &[],
        stand_ins,
        memo: &memo,
        monitor: &Unwatched,
        crew: &Alone,
    })
}

/// The metric of a whole run, and what was observed.
fn whole(model: &Model, ids: &[u32], hooks: Hooks) -> (f32, Trace) {
    let mut hooks = hooks;
    let logits = block_on(trace::read(model.forward(model.embed(&[ids.to_vec()]).unwrap(), None, &mut hooks))).unwrap();
    (logits[1] - logits[0], block_on(hooks.into_readback().unwrap().read()).unwrap())
}

fn sites(model: &Model, site: PatchSite) -> Vec<Site> {
    (0..model.config().n_layers).map(|layer| Site::block(layer, site.site())).collect()
}

/// The region of a cell in the activation of one row.
fn region(site: PatchSite, column: usize, n_tokens: usize) -> Vec<std::ops::Range<usize>> {
    match site {
        PatchSite::Pattern => vec![0..1, column..column + 1],
        site if site.of_heads() => vec![0..1, 0..n_tokens, column..column + 1],
        _ => vec![0..1, column..column + 1],
    }
}

/// The numbers of a region, row-major.
fn cut(shape: &[usize], values: &[f32], region: &[std::ops::Range<usize>]) -> Vec<f32> {
    let inside = |mut at: usize| {
        let mut place = vec![0; shape.len()];
        for (axis, length) in shape.iter().enumerate().rev() {
            place[axis] = at % length;
            at /= length;
        }
        region.iter().zip(place).all(|(range, at)| range.contains(&at))
    };
    values.iter().enumerate().filter(|(at, _)| inside(*at)).map(|(_, value)| *value).collect()
}

fn all_cells(ctx: &Context<'_>, copying: Copying<'_>) -> Vec<Cell> {
    let n_layers = ctx.model.config().n_layers;
    (0..n_layers).flat_map(|layer| (0..copying.n_columns(ctx)).map(move |column| Cell { layer, column })).collect()
}

/// All cells of a pair, unless its ends are too close to tell anything.
fn measured(model: &Model, copying: Copying<'_>) -> Option<Copies> {
    unless_alike(with(model, |ctx| block_on(exact(ctx, copying, &all_cells(ctx, copying), &|_| {}))))
}

fn unless_alike(found: Result<Copies, MethodError>) -> Option<Copies> {
    match found {
        Err(MethodError::Refused(Refusal::NoDifference { .. })) => None,
        other => Some(other.unwrap()),
    }
}

#[test]
fn a_cell_is_what_hooks_on_the_whole_run_say() {
    let mut compared = 0;
    for name in MODELS {
        let model = load(name);
        for (corrupt, &site) in
            CORRUPT.iter().flat_map(|corrupt| PatchSite::ALL.iter().map(move |site| (corrupt, site)))
        {
            for &direction in Direction::ALL {
                let Some(found) = measured(&model, Copying { corrupt, partners: &ONE_TO_ONE, site, direction }) else {
                    continue;
                };
                let texts = [&CLEAN, corrupt];
                let (from, into) = if direction == Direction::Denoise { (0, 1) } else { (1, 0) };
                let (_, source) = whole(&model, texts[from], Hooks::observing(sites(&model, site)));
                for (layer, row) in found.values.iter().enumerate() {
                    for (column, value) in row.iter().enumerate() {
                        let at = Site::block(layer, site.site());
                        let region = region(site, column, CLEAN.len());
                        let values = cut(&source[&at].shape, &source[&at].values, &region);
                        let edit = Edit { region, intervention: Intervention::Replace(values.into()) };
                        let (expected, _) = whole(&model, texts[into], Hooks::default().edit(at, edit));
                        let value = value.unwrap();
                        let what = format!("{name} {site} {direction} {layer}:{column}");
                        assert!((value - expected).abs() < 2e-5, "{what}: {value} instead of {expected}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

/// The numbers of a cell at the tokens of one text, with what stands elsewhere from another activation of the same shape.
fn put(site: PatchSite, column: usize, pairs: &[(usize, usize)], from: &Activation, into: &Activation) -> Vec<f32> {
    let mut values = into.values.clone();
    let tokens = if site.of_heads() { pairs.to_vec() } else { vec![pairs[column]] };
    for (at, to) in tokens {
        let (source, place) = (token(site, column, at, &from.shape), token(site, column, to, &into.shape));
        values[place].copy_from_slice(&from.values[source]);
    }
    values
}

fn token(site: PatchSite, column: usize, at: usize, shape: &[usize]) -> std::ops::Range<usize> {
    let width = *shape.last().unwrap();
    let start = if site.of_heads() { (at * shape[2] + column) * width } else { at * width };
    start..start + width
}

#[test]
fn between_texts_of_other_lengths_what_is_aligned_is_copied_and_nothing_else() {
    let mut compared = 0;
    for name in MODELS {
        let model = load(name);
        for (corrupt, partners) in [(&LONGER.0[..], &LONGER.1), (&SHORTER.0[..], &SHORTER.1)] {
            for &site in PatchSite::ALL.iter().filter(|site| **site != PatchSite::Pattern) {
                for &direction in Direction::ALL {
                    let copying = Copying { corrupt, partners, site, direction };
                    let Some(found) = measured(&model, copying) else { continue };
                    let texts = [&CLEAN[..], corrupt];
                    let (from, into) = if direction == Direction::Denoise { (0, 1) } else { (1, 0) };
                    let [(source_value, source), (own_value, own)] =
                        [from, into].map(|text| whole(&model, texts[text], Hooks::observing(sites(&model, site))));
                    assert!(
                        (found.ends[from] - source_value).abs() < 2e-5 && (found.ends[into] - own_value).abs() < 2e-5
                    );
                    let pairs: Vec<(usize, usize)> = partners
                        .iter()
                        .enumerate()
                        .map(|(a, b)| b.map_or((9, 9), |b| if from == 0 { (a, b) } else { (b, a) }))
                        .collect();
                    let aligned: Vec<(usize, usize)> = pairs.iter().copied().filter(|pair| pair.0 != 9).collect();
                    for (layer, row) in found.values.iter().enumerate() {
                        for (column, value) in row.iter().enumerate() {
                            if !site.of_heads() && partners[column].is_none() {
                                assert_eq!(*value, None);
                                continue;
                            }
                            let at = Site::block(layer, site.site());
                            let pairs = if site.of_heads() { &aligned } else { &pairs };
                            let values = put(site, column, pairs, &source[&at], &own[&at]);
                            let region = own[&at].shape.iter().map(|length| 0..*length).collect();
                            let edit = Edit { region, intervention: Intervention::Replace(values.into()) };
                            let (expected, _) = whole(&model, texts[into], Hooks::default().edit(at, edit));
                            let (what, value) = (format!("{name} {site} {direction} {layer}:{column}"), value.unwrap());
                            assert!((value - expected).abs() < 2e-5, "{what}: {value} instead of {expected}");
                            compared += 1;
                        }
                    }
                    let [itself, everything] = &found.checks[..] else { unreachable!() };
                    assert_eq!((itself.gap, everything.verdict), (0.0, Verdict::NotPromised), "{name} {site}");
                    // The estimate leaves out the same cells.
                    let estimate = with(&model, |ctx| block_on(approximate(ctx, copying))).unwrap();
                    let known =
                        |copies: &Copies| copies.values.iter().flatten().map(Option::is_some).collect::<Vec<_>>();
                    assert_eq!(known(&estimate), known(&found));
                }
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn a_run_patched_with_itself_is_itself_and_with_everything_the_other() {
    for name in MODELS {
        let model = load(name);
        for (corrupt, &site) in
            CORRUPT.iter().flat_map(|corrupt| PatchSite::ALL.iter().map(move |site| (corrupt, site)))
        {
            let Some(found) =
                measured(&model, Copying { corrupt, partners: &ONE_TO_ONE, site, direction: Direction::Denoise })
            else {
                continue;
            };
            let [itself, everything] = &found.checks[..] else { unreachable!() };
            assert_eq!((itself.gap, itself.verdict), (0.0, Verdict::Pass), "{name} {site}");
            assert_eq!(everything.verdict, Verdict::Pass, "{name} {site}: {}", everything.gap);
            let first = CLEAN.iter().zip(corrupt).position(|(a, b)| a != b).unwrap();
            if site == PatchSite::ResidPre {
                // One token differs, so that what the first layer reads there is everything.
                let there = found.values[0][first].unwrap();
                assert!((there - found.ends[0]).abs() < 2e-5, "{name}: {there} instead of {}", found.ends[0]);
            }
            if model.causal().is_some() && !site.of_heads() {
                let before = found.values.iter().flat_map(|row| &row[..first]);
                assert!(before.into_iter().all(|value| *value == Some(found.ends[1])), "{name} {site}");
            }
        }
    }
}

#[test]
fn of_a_longer_text_too() {
    const LONG: [u32; 11] = [3, 9, 11, 6, 7, 12, 5, 4, 9, 8, 12];
    for name in MODELS {
        let model = load(name);
        for first in [1, 4, 6] {
            let mut corrupt = LONG;
            corrupt[first] = 10;
            let partners: Vec<Option<usize>> = (0..LONG.len()).map(Some).collect();
            let copying = Copying {
                corrupt: &corrupt,
                partners: &partners,
                site: PatchSite::ResidPre,
                direction: Direction::Denoise,
            };
            let found =
                with_text(&model, &LONG, |ctx| block_on(exact(ctx, copying, &all_cells(ctx, copying), &|_| {})));
            let Some(found) = unless_alike(found) else { continue };
            assert_eq!(found.checks[0].gap, 0.0, "{name}, from token {first}");
        }
    }
}

#[test]
fn a_cell_is_the_same_alone_and_among_others() {
    for name in MODELS {
        let model = load(name);
        for &site in PatchSite::ALL {
            let copying = Copying { corrupt: &CORRUPT[0], partners: &ONE_TO_ONE, site, direction: Direction::Denoise };
            let Some(all) = measured(&model, copying) else { continue };
            with(&model, |ctx| {
                let heard = RefCell::new(Vec::new());
                let so_far = |copies: &Copies| heard.borrow_mut().push(copies.values.clone());
                for cell in all_cells(ctx, copying) {
                    let one = block_on(exact(ctx, copying, &[cell], &so_far)).unwrap();
                    let (alone, among) = (one.values[cell.layer][cell.column], all.values[cell.layer][cell.column]);
                    assert_eq!(alone, among, "{name} {site} {cell}");
                    assert_eq!(one.values.iter().flatten().flatten().count(), 1);
                    // The answers of a cell that was run are those of its value.
                    if let Some([before, after]) = one.answers {
                        assert_eq!([before[1] - before[0], after[1] - after[0]], [all.ends[1], alone.unwrap()]);
                    }
                }
                assert!(heard.borrow().iter().all(|values| values.iter().flatten().flatten().count() == 1));
            });
        }
    }
}

#[test]
fn the_approximation_is_the_slope_of_the_exact_run() {
    const STEP: f32 = 1e-2;
    let mut compared = 0;
    for name in MODELS {
        let model = load(name);
        for &site in PatchSite::ALL {
            let corrupt = &CORRUPT[0];
            let copying = Copying { corrupt, partners: &ONE_TO_ONE, site, direction: Direction::Denoise };
            let found = with(&model, |ctx| block_on(approximate(ctx, copying)));
            let Some(found) = unless_alike(found) else { continue };
            let (_, source) = whole(&model, &CLEAN, Hooks::observing(sites(&model, site)));
            let (value, into) = whole(&model, corrupt, Hooks::observing(sites(&model, site)));
            for (layer, row) in found.values.iter().enumerate() {
                for (column, estimate) in row.iter().enumerate() {
                    let at = Site::block(layer, site.site());
                    let region = region(site, column, CLEAN.len());
                    let [a, b] = [&source, &into].map(|run| cut(&run[&at].shape, &run[&at].values, &region));
                    let moved = |by: f32| {
                        let values: Vec<f32> = a.iter().zip(&b).map(|(a, b)| by * (a - b)).collect();
                        let edit = Edit { region: region.clone(), intervention: Intervention::Add(values.into()) };
                        whole(&model, corrupt, Hooks::default().edit(at, edit)).0
                    };
                    let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                    let found = estimate.unwrap() - value;
                    let what = format!("{name} {site} {layer}:{column}");
                    assert!((found - slope).abs() < 2e-3 + 2e-2 * slope.abs(), "{what}: {found} instead of {slope}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn the_effect_of_a_neuron_is_the_slope_of_taking_it_out() {
    const STEP: f32 = 1e-2;
    for name in MODELS {
        let model = load(name);
        let (layer, d_mlp) = (model.config().n_layers - 1, model.config().d_mlp);
        let site = Site::block(layer, BlockSite::MlpPost);
        let (_, own) = whole(&model, &CLEAN, Hooks::observing([site]));
        // One row for all tokens.
        let instead: Vec<f32> = (0..d_mlp).map(|neuron| 0.1 * neuron as f32 - 0.3).collect();
        let layers = [(layer, vec![instead.clone()])];
        let found = with(&model, |ctx| block_on(strongest(ctx, &layers, 5))).unwrap();
        assert_eq!(found.len(), 5);
        for (part, effect) in found {
            let Part::Neuron { layer: of, neuron } = part else { unreachable!() };
            let region = vec![0..1, 0..CLEAN.len(), neuron..neuron + 1];
            let away: Vec<f32> =
                cut(&own[&site].shape, &own[&site].values, &region).iter().map(|a| a - instead[neuron]).collect();
            let moved = |by: f32| {
                let values: Vec<f32> = away.iter().map(|away| by * away).collect();
                let edit = Edit { region: region.clone(), intervention: Intervention::Add(values.into()) };
                whole(&model, &CLEAN, Hooks::default().edit(site, edit)).0
            };
            let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert_eq!(of, layer);
            assert!((effect - slope).abs() < 2e-3 + 2e-2 * slope.abs(), "{name} {part}: {effect} instead of {slope}");
        }
    }
}

#[test]
fn what_goes_by_way_of_a_cell_is_run_with_it_kept() {
    let mut compared = 0;
    for name in MODELS {
        let model = load(name);
        for &site in PatchSite::ALL {
            let corrupt = &CORRUPT[0];
            let copying = Copying { corrupt, partners: &ONE_TO_ONE, site, direction: Direction::Denoise };
            if measured(&model, copying).is_none() {
                continue;
            }
            let last = model.config().n_layers - 1;
            let pair = |from, to| [Cell { layer: 0, column: from }, Cell { layer: last, column: to }];
            let pairs = if site.of_heads() { vec![pair(0, 1), pair(1, 0)] } else { vec![pair(3, 5), pair(3, 3)] };
            let pairs: Vec<[Cell; 2]> = pairs
                .into_iter()
                .filter(|pair| {
                    let n_columns = with(&model, |ctx| copying.n_columns(ctx));
                    pair.iter().all(|cell| cell.column < n_columns)
                })
                .collect();
            let paths = with(&model, |ctx| block_on(by_way(ctx, copying, &pairs))).unwrap();
            assert_eq!(paths.len(), pairs.len());
            let (_, source) = whole(&model, &CLEAN, Hooks::observing(sites(&model, site)));
            let (_, own) = whole(&model, corrupt, Hooks::observing(sites(&model, site)));
            for path in paths {
                let edits = [(path.from, &source), (path.to, &own)].map(|(cell, run)| {
                    let (at, region) = (Site::block(cell.layer, site.site()), region(site, cell.column, CLEAN.len()));
                    let values = cut(&run[&at].shape, &run[&at].values, &region);
                    (at, Edit { region, intervention: Intervention::Replace(values.into()) })
                });
                let hooks = edits.into_iter().fold(Hooks::default(), |hooks, (at, edit)| hooks.edit(at, edit));
                let (expected, _) = whole(&model, corrupt, hooks);
                let what = format!("{name} {site} {} {}", path.from, path.to);
                assert!((path.metric - expected).abs() < 2e-5, "{what}: {} instead of {expected}", path.metric);
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
