//! The shipped classifier on the CPU, one thread: what a reader waits for. Needs `cargo xtask models`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should stop")]

use std::path::Path;

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use vitrine_engine::{Unwatched, folder};
use vitrine_schema::{Baseline, Method, Occlusion, Recipe, Rule, TargetRequest};

/// 11 tokens with `[CLS]` and `[SEP]`.
const SENTENCE: &str = "the acting is terrible and the story is worse";

fn session(criterion: &mut Criterion) {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/sentiment");
    let session = folder::open(&models, Device::flex()).unwrap();
    let mut group = criterion.benchmark_group("sentiment, 11 tokens");
    group.sample_size(20);
    group.bench_function("predict", |bencher| bencher.iter(|| block_on(session.predict(SENTENCE)).unwrap()));
    let integrated_gradients =
        Method::IntegratedGradients { baseline: Baseline::Mask, rule: Rule::Midpoint, nodes: 50, max_nodes: 50 };
    for (name, method) in [
        ("integrated gradients, 50 nodes", integrated_gradients),
        ("gradient x input", Method::GradientXInput),
        ("occlusion", Method::Occlusion { variant: Occlusion::Mask }),
    ] {
        let target = TargetRequest { target: Some("POSITIVE".into()), foil: Some("NEGATIVE".into()), quantity: None };
        let recipe = Recipe { model: "sentiment".into(), text: SENTENCE.into(), target, method, seed: 0 };
        group.bench_function(name, |bencher| bencher.iter(|| block_on(session.explain(&recipe, &Unwatched)).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, session);
criterion_main!(benches);
