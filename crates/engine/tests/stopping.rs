//! Any question can be stopped at any layer of any pass, and then nothing more is run. Needs no installed model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_engine::{Asker, Cancelled, EngineError, Monitor, Session, Turn, folder};
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::{Ablate, Attention, Explain, Generate, Patch, Steer, Stream};
use vitrine_schema::{Ask, Explanation, Finding, MethodId, PatchSite, Patching, Recipe};

fn open(model: &str) -> Session {
    folder::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(model), Device::flex()).unwrap()
}

/// Stops after so many turns, and counts them.
struct Impatient {
    left: Cell<usize>,
    turns: Cell<usize>,
}

impl Impatient {
    fn new(left: usize) -> Self {
        Self { left: Cell::new(left), turns: Cell::new(0) }
    }
}

impl Monitor for Impatient {
    fn tick(&self, _: Progress) -> Turn<'_> {
        self.turn()
    }

    fn turn(&self) -> Turn<'_> {
        self.turns.set(self.turns.get() + 1);
        let left = self.left.get().checked_sub(1);
        self.left.set(left.unwrap_or(0));
        Box::pin(std::future::ready(left.map(|_| ()).ok_or(Cancelled)))
    }
}

fn questions(causal: bool) -> Vec<Ask> {
    let parts = Ablate { parts: vec!["L0H0".parse().unwrap(), "MLP1".parse().unwrap()], ..Ablate::default() };
    let tokens = Ablate { tokens: vec![1], ..Ablate::default() };
    let explain = |method| Ask::Explain(Explain::new(method, &[]));
    let both = [
        Ask::Predict {},
        Ask::Attention(Attention::default()),
        Ask::Stream(Stream::default()),
        Ask::Ablate(parts),
        Ask::Ablate(tokens),
    ];
    let (clean, corrupt) = if causal { ("aa film", "ab film") } else { ("bad bad bad", "film film film") };
    let patch = |site, approximate| {
        let (clean, corrupt) = (clean.to_owned(), corrupt.to_owned());
        Ask::Patch(Patch { clean, corrupt, site, approximate, ..Patch::default() })
    };
    let patches = [patch(PatchSite::ResidPre, false), patch(PatchSite::Head, false), patch(PatchSite::Q, true)];
    let write = Ask::Generate(Generate { max_tokens: 3, ..Generate::default() });
    let explained = MethodId::ALL.iter().copied().map(explain);
    both.into_iter().chain(explained).chain(patches).chain(causal.then_some(write)).collect()
}

#[test]
fn a_question_stops_at_the_layer_where_it_is_told_to() {
    for model in ["tiny-bert", "tiny-gpt2", "tiny-llama"] {
        let session = open(model);
        let n_layers = session.card().n_layers;
        for ask in questions(session.card().causal) {
            let recipe = Recipe::new(model, "the film", ask);
            // What is known of a text is kept until another is asked about.
            let other = Recipe::new(model, "the bad film", Ask::Explain(Explain::new(MethodId::GradientXInput, &[])));
            let run = |monitor: &Impatient| {
                block_on(session.run(&other, &Asker::default())).unwrap();
                block_on(session.run(&recipe, &Asker { monitor, ..Asker::default() }))
            };
            // Heads are measured once per model, so a second run is the one that others are like.
            run(&Impatient::new(usize::MAX)).unwrap();
            let whole = Impatient::new(usize::MAX);
            let found = run(&whole).unwrap();
            assert!(whole.turns.get() >= n_layers, "{model} {:?}: {} turns", recipe.ask, whole.turns.get());
            for left in 0..whole.turns.get() {
                let impatient = Impatient::new(left);
                match run(&impatient) {
                    Err(EngineError::Cancelled) => assert_eq!(impatient.turns.get(), left + 1),
                    other => panic!("{model} {:?} after {left} turns: {other:?}", recipe.ask),
                }
            }
            assert_eq!(run(&whole).unwrap(), found, "{model} {:?}: a stopped run left something behind", recipe.ask);
        }
    }
}

#[test]
fn a_map_that_is_stopped_keeps_what_was_run() {
    let session = open("tiny-llama");
    let (clean, corrupt) = ("aa film film film".to_owned(), "ab film film film".to_owned());
    let ask = Ask::Patch(Patch { clean, corrupt, site: PatchSite::MlpOut, ..Patch::default() });
    let recipe = Recipe::without_text("tiny-llama", ask);
    let known = |found: &Patching| found.matrix.values.iter().flatten().flatten().count();
    let heard = RefCell::new(Vec::<Patching>::new());
    let so_far = |finding: Finding| heard.borrow_mut().extend(Patching::try_from(finding).ok());
    let run = |monitor: &Impatient| {
        heard.borrow_mut().clear();
        block_on(session.run(&recipe, &Asker { monitor, so_far: &so_far, ..Asker::default() }))
    };
    let whole = Impatient::new(usize::MAX);
    let found = Patching::try_from(run(&whole).unwrap()).unwrap();
    assert_eq!(heard.borrow().last().map(known), Some(known(&found)));
    let mut parts = BTreeSet::new();
    for left in 0..whole.turns.get() {
        assert_eq!(run(&Impatient::new(left)).err(), Some(EngineError::Cancelled));
        let heard = heard.borrow();
        let Some(last) = heard.last() else { continue };
        // What is there is what the whole map has there.
        let cells = |found: &Patching| found.matrix.values.concat();
        let same = |(part, whole): (Option<f32>, Option<f32>)| part.is_none() || part == whole;
        assert!(cells(last).into_iter().zip(cells(&found)).all(same));
        parts.insert(known(last));
    }
    assert!(parts.iter().any(|n| *n > 0 && *n < known(&found)), "{parts:?}");
}

#[test]
fn a_verdict_is_told_before_other_blanks_are_run() {
    let session = open("tiny-bert");
    let ask = Ask::Explain(Explain { receipt: true, ..Explain::new(MethodId::IntegratedGradients, &[]) });
    let recipe = Recipe::new("tiny-bert", "the bad film", ask);
    let heard = RefCell::new(Vec::<Explanation>::new());
    let so_far = |finding: Finding| heard.borrow_mut().extend(Explanation::try_from(finding).ok());
    let found = block_on(session.run(&recipe, &Asker { so_far: &so_far, ..Asker::default() })).unwrap();
    let whole = Explanation::try_from(found).unwrap();
    let heard = heard.into_inner();
    let [first] = &heard[..] else { panic!("told {} times", heard.len()) };
    let measured = whole.receipt.clone().unwrap();
    let told = first.receipt.as_deref().unwrap();
    assert!(told.baseline_spread.is_empty() && !measured.baseline_spread.is_empty());
    assert_eq!((&told.verdict, &told.deletion), (&measured.verdict, &measured.deletion));
    assert_eq!(Explanation { receipt: None, ..first.clone() }, Explanation { receipt: None, ..whole });
}

#[test]
fn a_text_that_is_pushed_stops_in_either_half() {
    let session = open("tiny-llama");
    let ask = Ask::Steer(Steer { toward: "good".into(), away: "bad".into(), ..Steer::default() });
    let recipe = Recipe::new("tiny-llama", "the film", ask);
    let run = |monitor: &Impatient| block_on(session.run(&recipe, &Asker { monitor, ..Asker::default() }));
    let whole = Impatient::new(usize::MAX);
    run(&whole).unwrap();
    let turns = whole.turns.get();
    for left in [0, 1, 2, 7, turns / 4, 3 * turns / 4, turns - 1] {
        let impatient = Impatient::new(left);
        assert_eq!(run(&impatient).err(), Some(EngineError::Cancelled), "after {left} turns");
        assert_eq!(impatient.turns.get(), left + 1);
    }
}
