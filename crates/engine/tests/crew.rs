//! Rows that helpers run: what is found is the same to the last bit, however many there are and whatever becomes of them. Needs no
//! installed model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::task::Poll;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_engine::{Asked, Asker, Cancelled, Crew, EngineError, Monitor, Session, Turn, folder};
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::{Compare, Courtroom, Explain, Patch, Vote};
use vitrine_schema::work::{Done, Work};
use vitrine_schema::{Absence, Ask, Evidence, Finding, MethodId, PatchSite, Recipe, Shots, Voting};

/// Models with a text of about as many tokens.
const MODELS: [(&str, &str); 3] = [
    ("tiny-bert", "the bad film bad the film"),
    ("tiny-gpt2", "a bad film"),
    ("tiny-electra", "the bad film bad the film"),
];

/// The language model as one that reads more: its positions are turned, not stored.
fn writer() -> Session {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(longer);
    folder::open(&FOLDER, Device::flex()).unwrap()
}

fn longer() -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/tiny-llama");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("crew");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(golden.join(name), folder.join(name)).unwrap();
    }
    let config = std::fs::read_to_string(golden.join("config.json")).unwrap();
    let longer = config.replace("\"max_position_embeddings\": 24", "\"max_position_embeddings\": 1500");
    std::fs::write(folder.join("config.json"), longer).unwrap();
    folder
}

fn open(model: &str) -> Session {
    folder::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(model), Device::flex()).unwrap()
}

/// Helpers that hold the same model; they lose a row now and then, and break after so many pieces.
struct Beside<'a> {
    session: &'a Session,
    helpers: usize,
    left: Cell<usize>,
    helped: Cell<usize>,
}

impl<'a> Beside<'a> {
    fn new(session: &'a Session, helpers: usize, left: usize) -> Self {
        Self { session, helpers, left: Cell::new(left), helped: Cell::new(0) }
    }
}

/// Others have their turn.
async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Crew for Beside<'_> {
    fn helpers(&self) -> usize {
        self.helpers
    }

    fn ask<'a>(&'a self, helper: usize, work: &'a Work, heard: &'a dyn Fn(Done)) -> Asked<'a> {
        assert!(helper < self.helpers);
        Box::pin(async move {
            turn().await;
            self.left.set(self.left.get().checked_sub(1)?);
            self.helped.set(self.helped.get() + 1);
            // As it crosses to another worker and back.
            let there: Work = serde_json::from_slice(&serde_json::to_vec(work).ok()?).ok()?;
            let mut done = self.session.work(&there, &Patience::without_end(), heard).await.ok()?;
            // An answer that lacks a row is none.
            if self.helped.get() % 4 == 3 {
                done.rows.pop();
                done.texts.pop();
            }
            serde_json::from_slice(&serde_json::to_vec(&done).ok()?).ok()
        })
    }
}

/// Lets helpers have their turn, and stops after so many turns.
struct Patience(Cell<usize>);

impl Patience {
    const fn without_end() -> Self {
        Self(Cell::new(usize::MAX))
    }
}

impl Monitor for Patience {
    fn tick(&self, _: Progress) -> Turn<'_> {
        self.turn()
    }

    fn turn(&self) -> Turn<'_> {
        Box::pin(async {
            turn().await;
            self.0.set(self.0.get().checked_sub(1).ok_or(Cancelled)?);
            Ok(())
        })
    }
}

/// A session that knows nothing yet, because what is known of a text is kept.
fn found((model, text): (&str, &str), ask: &Ask, crew: &dyn Crew) -> Result<Finding, EngineError> {
    let asker = Asker { monitor: &Patience::without_end(), crew, ..Asker::default() };
    block_on(open(model).run(&Recipe::new(model, text, ask.clone()), &asker))
}

#[test]
fn what_is_found_does_not_depend_on_who_runs_it() {
    for (model, text) in MODELS {
        let session = open(model);
        let explain = |&method: &MethodId| Ask::Explain(Explain::new(method, &[]));
        let delete = Explain::new(MethodId::KernelShap, &[("variant", Absence::Delete.name())]);
        let receipt = Explain { receipt: true, ..Explain::new(MethodId::Occlusion, &[]) };
        let others = [Ask::Explain(delete), Ask::Explain(receipt), Ask::Compare(Compare::default())];
        let mut helped = 0;
        for ask in MethodId::ALL.iter().map(explain).chain(others) {
            let run =
                |crew: &dyn Crew| found((model, text), &ask, crew).map(|found| serde_json::to_string(&found).unwrap());
            let alone = run(&Beside::new(&session, 0, 0));
            for (helpers, left) in [(1, usize::MAX), (3, 4)] {
                let crew = Beside::new(&session, helpers, left);
                assert_eq!(alone, run(&crew), "{model}, {helpers} helpers: {ask:?}");
                helped += crew.helped.get();
            }
        }
        assert!(helped > 30, "{model}: {helped} pieces");
    }
}

/// Seven chains, behind examples or behind nothing.
fn seven(shots: Shots) -> Ask {
    let question = "x = 3. y = x + 5. z = y + 6. What is z?".to_owned();
    Ask::Vote(Vote { question, shots, samples: 7, temperature: 1.5 })
}

#[test]
fn a_chain_is_the_same_whoever_writes_it() {
    let session = writer();
    let trial = |test| Ask::Courtroom(Courtroom { test, problems: 5, ..Courtroom::default() });
    let mut helped = 0;
    for ask in [seven(Shots::None), seven(Shots::Four), trial(Evidence::Filler)] {
        let run = |crew: &dyn Crew| {
            let told = RefCell::new(Vec::new());
            let so_far = |finding: Finding| told.borrow_mut().push(finding);
            let asker = Asker { monitor: &Patience::without_end(), crew, so_far: &so_far, ..Asker::default() };
            let recipe = Recipe { seed: 5, ..Recipe::without_text("tiny", ask.clone()) };
            let found = block_on(writer().run(&recipe, &asker)).unwrap();
            (serde_json::to_string(&found).unwrap(), told.into_inner())
        };
        let (alone, _) = run(&Beside::new(&session, 0, 0));
        for (helpers, left) in [(1, usize::MAX), (3, usize::MAX), (3, 1), (2, 0)] {
            let crew = Beside::new(&session, helpers, left);
            let (found, told) = run(&crew);
            assert_eq!(alone, found, "{helpers} helpers: {ask:?}");
            helped += crew.helped.get();
            // Chains grow while they are written, whoever writes them.
            let votes: Vec<Voting> = told.into_iter().filter_map(|found| found.try_into().ok()).collect();
            let written: Vec<usize> =
                votes.iter().map(|vote| vote.chains.iter().map(|chain| chain.tokens.len()).sum()).collect();
            assert!(written.is_sorted() && written.first().is_none_or(|first| *first < 7), "{written:?}");
        }
    }
    assert!(helped > 10, "{helped} pieces");
}

#[test]
fn cells_of_a_map_do_not_depend_on_who_runs_them() {
    let (clean, corrupt) = ("the bad film bad the film bad".to_owned(), "the old film bad the film bad".to_owned());
    for model in ["tiny-bert", "tiny-llama", "tiny-qwen3"] {
        let session = open(model);
        let mut helped = 0;
        for &site in PatchSite::ALL {
            for join in [0, 4] {
                let patch = Patch { clean: clean.clone(), corrupt: corrupt.clone(), site, join, ..Patch::default() };
                let asked = Recipe::without_text(model, Ask::Patch(patch));
                let run = |crew: &dyn Crew| {
                    let asker = Asker { monitor: &Patience::without_end(), crew, ..Asker::default() };
                    block_on(open(model).run(&asked, &asker)).map(|found| serde_json::to_string(&found).unwrap())
                };
                let alone = run(&Beside::new(&session, 0, 0)).unwrap();
                for (helpers, left) in [(1, usize::MAX), (3, 2)] {
                    let crew = Beside::new(&session, helpers, left);
                    assert_eq!(alone, run(&crew).unwrap(), "{model}, {helpers} helpers: {site:?}");
                    helped += crew.helped.get();
                }
            }
        }
        assert!(helped > 20, "{model}: {helped} pieces");
    }
}

#[test]
fn a_vote_that_is_stopped_keeps_what_helpers_wrote() {
    let session = writer();
    let crew = Beside::new(&session, 2, usize::MAX);
    let told = RefCell::new(Vec::new());
    let so_far = |finding: Finding| told.borrow_mut().push(finding);
    let monitor = Patience(Cell::new(26));
    let asker = Asker { monitor: &monitor, crew: &crew, so_far: &so_far, ..Asker::default() };
    let recipe = Recipe::without_text("tiny", seven(Shots::None));
    assert_eq!(block_on(session.run(&recipe, &asker)).err(), Some(EngineError::Cancelled));
    let last: Voting = told.take().pop().unwrap().try_into().ok().unwrap();
    assert!(last.chains.len() == 7 && last.n_ended() < 7, "{last:?}");
}

#[test]
fn a_question_that_is_stopped_leaves_its_helpers() {
    let session = open("tiny-bert");
    let ask = Ask::Explain(Explain::new(MethodId::ExactShapley, &[]));
    let crew = Beside::new(&session, 2, usize::MAX);
    let monitor = Patience(Cell::new(4));
    let asker = Asker { monitor: &monitor, crew: &crew, ..Asker::default() };
    let stopped = block_on(open("tiny-bert").run(&Recipe::new(MODELS[0].0, MODELS[0].1, ask), &asker));
    assert_eq!(stopped.err(), Some(EngineError::Cancelled));
    let helped = crew.helped.get();
    assert!((1..20).contains(&helped), "{helped}");
}

#[test]
fn a_batch_is_shared_row_by_row() {
    let session = open("tiny-bert");
    let rows: Vec<Vec<u32>> = (0..32).map(|row| (0..7).map(|at| 1 + (row * 7 + at) % 12).collect()).collect();
    let run = |crew: &dyn Crew| {
        let asker = Asker { crew, monitor: &Patience::without_end(), ..Asker::default() };
        block_on(session.run_ids(&rows, &asker)).unwrap()
    };
    let crew = Beside::new(&session, 1, usize::MAX);
    assert_eq!(run(&Beside::new(&session, 0, 0)), run(&crew));
    assert!(crew.helped.get() > 0);
}
