//! The shipped classifier on the CPU, one thread: what a reader waits for. Needs `cargo xtask models`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should stop")]

use std::path::Path;

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use vitrine_engine::{Unwatched, folder};
use vitrine_schema::{Baseline, Method, Occlusion, Recipe, Rule, Sampling, TargetRequest};

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

/// The language model on the CPU, one thread.
fn language(criterion: &mut Criterion) {
    const PROMPT: &str = "When Mary and John went to the store, John gave a bottle to";
    const LONGER: &str = "The quick brown fox jumps over the lazy dog while the old man and the sea wait for the storm that never \
        comes to the quiet town at the end of the road";
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/smollm2-135m");
    let session = folder::open(&models, Device::flex()).unwrap();
    let mut group = criterion.benchmark_group("smollm2-135m");
    group.sample_size(10);
    group.bench_function("forward, 14 tokens", |bencher| bencher.iter(|| block_on(session.predict(PROMPT)).unwrap()));
    group.bench_function("write 20 tokens after 14", |bencher| {
        bencher.iter(|| block_on(session.generate(PROMPT, 20, Sampling::GREEDY, &mut |_, _| {}, &Unwatched)).unwrap());
    });
    group.bench_function("all attention patterns, 32 tokens", |bencher| {
        bencher.iter(|| block_on(session.attention(LONGER)).unwrap());
    });
    group.bench_function("residual stream, 32 tokens", |bencher| {
        bencher.iter(|| block_on(session.walk(LONGER, &TargetRequest::default(), None)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, session, language);
criterion_main!(benches);
