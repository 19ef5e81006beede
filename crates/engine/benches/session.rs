//! The shipped classifier on the CPU, one thread: what a reader waits for. Needs `cargo xtask models`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should stop")]

use std::path::Path;

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use vitrine_engine::{Asker, Session, folder};
use vitrine_schema::recipe::{Attention, Explain, Generate, Patch, Probe, Stream, Vote};
use vitrine_schema::{Ask, Finding, MethodId, PatchSite, Recipe};
use vitrine_weights::manifest::sha256_hex;

/// 11 tokens with `[CLS]` and `[SEP]`.
const SENTENCE: &str = "the acting is terrible and the story is worse";

fn run(session: &Session, text: &str, ask: Ask) -> Finding {
    block_on(session.run(&Recipe::new("", text, ask), &Asker::default())).unwrap()
}

/// Trains the probes of all layers on one draw of a table.
fn probe(session: &Session, table: &str, seed: u64) -> Finding {
    let ask = Ask::Probe(Probe { data: sha256_hex(table.as_bytes()), ..Probe::default() });
    let recipe = Recipe { seed, ..Recipe::without_text("", ask) };
    block_on(session.run(&recipe, &Asker { table: Some(table), ..Asker::default() })).unwrap()
}

fn session(criterion: &mut Criterion) {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/sentiment");
    let session = folder::open(&models, Device::flex()).unwrap();
    let mut group = criterion.benchmark_group("sentiment, 11 tokens");
    group.sample_size(20);
    group.bench_function("predict", |bencher| bencher.iter(|| run(&session, SENTENCE, Ask::Predict {})));
    for (name, id, words) in [
        ("integrated gradients, 50 nodes", MethodId::IntegratedGradients, &[("nodes", "50")][..]),
        ("gradient x input", MethodId::GradientXInput, &[]),
        ("occlusion", MethodId::Occlusion, &[]),
    ] {
        let ask = Ask::Explain(Explain::new(id, words));
        group.bench_function(name, |bencher| bencher.iter(|| run(&session, SENTENCE, ask.clone())));
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
    group.bench_function("forward, 14 tokens", |bencher| bencher.iter(|| run(&session, PROMPT, Ask::Predict {})));
    group.bench_function("write 20 tokens after 14", |bencher| {
        bencher.iter(|| run(&session, PROMPT, Ask::Generate(Generate { max_tokens: 20, ..Generate::default() })));
    });
    // The examples are read in the first round, which warms up.
    group.bench_function("7 chains of 36 tokens behind 291, the examples read", |bencher| {
        let question = "x = 5. y = x + 7. z = y + 2. What is z?".to_owned();
        bencher.iter(|| run(&session, "", Ask::Vote(Vote { question: question.clone(), ..Vote::default() })));
    });
    group.bench_function("all attention patterns, 32 tokens", |bencher| {
        bencher.iter(|| run(&session, LONGER, Ask::Attention(Attention::default())));
    });
    group.bench_function("residual stream, 32 tokens", |bencher| {
        bencher.iter(|| run(&session, LONGER, Ask::Stream(Stream::default())));
    });
    let patch = |site, approximate| {
        let (clean, corrupt) = (PROMPT.to_owned(), PROMPT.replacen("John gave", "Mary gave", 1));
        Ask::Patch(Patch { clean, corrupt, site, approximate, ..Patch::default() })
    };
    // Every round joins nothing and keeps nothing, so that each runs all of its cells.
    for (name, ask) in [
        ("map of words by estimate", patch(PatchSite::ResidPre, true)),
        ("all cells of words, 30 × 14, run", patch(PatchSite::ResidPre, false)),
        ("all heads, 30 × 9, run", patch(PatchSite::Head, false)),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| run(&session, "", ask.clone())));
    }
    // The activations are computed in the first round, which warms up; each round has a draw of its own, of which nothing is known.
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/data/number.tsv");
    let table = std::fs::read_to_string(table).unwrap();
    let mut seed = 0;
    group.bench_function("31 probes of 400 texts and as many of shuffled labels, one draw", |bencher| {
        bencher.iter(|| {
            seed += 1;
            probe(&session, &table, seed)
        });
    });
    group.finish();
}

criterion_group!(benches, session, language);
criterion_main!(benches);
