//! Chains, votes and courtrooms on a tiny model: what is written together is what would be written alone. Needs no installed model.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use burn::tensor::Device;
use futures_executor::block_on;
use vitrine_engine::{Asker, Cancelled, EngineError, Monitor, Session, Turn, folder};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::{Chain, Courtroom, Generate, Vote};
use vitrine_schema::{
    Ask, Chaining, Diagnostic, Evidence, Family, Finding, Generation, Hearing, Inject, Recipe, Shots, Voting,
};

const QUESTION: &str = "x = 3. y = x + 5. z = y + 6. What is z?";

/// The tiny model as one that reads more: its positions are turned, not stored.
fn session() -> &'static Session {
    static SESSION: OnceLock<Session> = OnceLock::new();
    SESSION.get_or_init(open)
}

fn open() -> Session {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/tiny-llama");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reasoning");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(golden.join(name), folder.join(name)).unwrap();
    }
    let config = std::fs::read_to_string(golden.join("config.json")).unwrap();
    let longer = config.replace("\"max_position_embeddings\": 24", "\"max_position_embeddings\": 1500");
    assert_ne!(longer, config);
    std::fs::write(folder.join("config.json"), longer).unwrap();
    folder::open(&folder, Device::flex()).unwrap()
}

fn ask<T: TryFrom<Finding>>(session: &Session, ask: Ask, seed: u64) -> Result<T, EngineError> {
    let recipe = Recipe { seed, ..Recipe::without_text("tiny", ask) };
    let finding = block_on(session.run(&recipe, &Asker::default()))?;
    Ok(T::try_from(finding).ok().unwrap())
}

fn vote(samples: usize, temperature: f32) -> Ask {
    let (question, shots) = (QUESTION.to_owned(), Shots::None);
    Ask::Vote(Vote { question, shots, samples, temperature })
}

fn texts(found: &Voting) -> Vec<String> {
    found.chains.iter().map(|chain| chain.tokens.concat()).collect()
}

#[test]
fn a_chain_is_what_it_would_be_alone() {
    let session = session();
    let of = |samples: usize, seed: u64| texts(&ask(session, vote(samples, 1.5), seed).unwrap());
    let many = of(5, 3);
    assert_eq!(many, of(5, 3));
    assert_eq!(many[..1], of(1, 3));
    assert_eq!(many[..2], of(2, 3));
    // Seeds count on.
    assert_eq!(many[1..], of(4, 4));
    assert!(many.windows(2).any(|pair| pair[0] != pair[1]), "{many:?}");
}

#[test]
fn without_temperature_all_chains_are_the_likeliest_one() {
    let session = session();
    let found: Voting = ask(session, vote(3, 0.0), 0).unwrap();
    assert!(found.diagnostics.contains(&Diagnostic::SameSamples), "{:?}", found.diagnostics);
    let one: Chaining = {
        let (question, shots) = (QUESTION.to_owned(), Shots::None);
        ask(session, Ask::Chain(Chain { question, shots, ..Chain::default() }), 0).unwrap()
    };
    assert!(one.steps.is_empty() && one.along.is_empty() && one.prompt.ends_with("What is z?\nAnswer:"));
    let plain =
        Recipe::new("tiny", one.prompt.clone(), Ask::Generate(Generate { max_tokens: 12, ..Generate::default() }));
    let plain: Generation = block_on(session.run(&plain, &Asker::default())).unwrap().try_into().ok().unwrap();
    for text in texts(&found) {
        assert!(plain.text.starts_with(&text) && !text.is_empty(), "{text:?} {:?}", plain.text);
    }
}

/// Stops after so many turns.
struct Impatient(Cell<usize>);

impl Monitor for Impatient {
    fn tick(&self, _: Progress) -> Turn<'_> {
        self.turn()
    }

    fn turn(&self) -> Turn<'_> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or(0));
        Box::pin(std::future::ready(left.map(|_| ()).ok_or(Cancelled)))
    }
}

#[test]
fn what_was_drawn_before_a_vote_was_stopped_stays() {
    let session = session();
    let recipe = Recipe::without_text("tiny", vote(4, 1.0));
    let whole: Voting = ask(session, vote(4, 1.0), 0).unwrap();
    let told = RefCell::new(Vec::new());
    let so_far = |finding: Finding| told.borrow_mut().push(finding);
    let monitor = Impatient(Cell::new(17));
    let asker = Asker { monitor: &monitor, so_far: &so_far, ..Asker::default() };
    assert_eq!(block_on(session.run(&recipe, &asker)), Err(EngineError::Cancelled));
    let last: Voting = told.take().pop().unwrap().try_into().ok().unwrap();
    assert_eq!(last.chains.len(), 4);
    for (part, text) in texts(&last).iter().zip(texts(&whole)) {
        assert!(text.starts_with(part) && !part.is_empty(), "{part:?} {text:?}");
    }
    assert_eq!(last.answers.iter().map(|one| one.count).sum::<usize>(), last.n_ended());
}

#[test]
fn examples_are_read_once_and_nothing_else_changes() {
    let session = open();
    let recipe = |samples| {
        let question = QUESTION.to_owned();
        let vote = Vote { question, shots: Shots::Four, samples, temperature: 1.0 };
        Recipe::without_text("tiny", Ask::Vote(vote))
    };
    // How many turns it takes, and what comes out.
    let asked = |session: &Session, samples: usize| {
        let monitor = Impatient(Cell::new(usize::MAX));
        let asker = Asker { monitor: &monitor, ..Asker::default() };
        let found = block_on(session.run(&recipe(samples), &asker)).unwrap();
        (usize::MAX - monitor.0.get(), found)
    };
    let first = asked(&session, 3);
    let again = asked(&session, 3);
    assert_eq!(first.1, again.1);
    assert!(first.0 > again.0, "{} turns, then {}", first.0, again.0);
    // Another question behind other examples, and back.
    let courtroom = Courtroom { family: Family::Pens, problems: 2, ..Courtroom::default() };
    let _: Hearing = ask(&session, Ask::Courtroom(courtroom), 0).unwrap();
    assert_eq!(asked(&session, 3), first);
}

#[test]
fn the_next_test_of_the_same_problems_finds_what_it_would_find_first() {
    let asked = |session: &Session, test: Evidence| {
        let courtroom = Courtroom { test, problems: 3, ..Courtroom::default() };
        ask::<Hearing>(session, Ask::Courtroom(courtroom), 1).unwrap()
    };
    let session = open();
    let first = asked(&session, Evidence::Filler);
    assert_eq!(asked(&session, Evidence::Early), asked(&open(), Evidence::Early));
    assert_eq!(asked(&session, Evidence::Filler), first);
}

#[test]
fn a_chain_that_was_drawn_has_its_curve_when_it_is_drawn_alone() {
    let session = session();
    let of = |samples: usize, seed: u64| -> Voting {
        let (question, shots) = (QUESTION.to_owned(), Shots::Four);
        ask(session, Ask::Vote(Vote { question, shots, samples, temperature: 0.3 }), seed).unwrap()
    };
    let many = of(3, 2);
    for (at, chain) in many.chains.iter().enumerate() {
        let alone = of(1, chain.seed);
        assert_eq!(alone.chains[0].tokens, chain.tokens);
        assert!(chain.along.is_empty());
        let wanted = if chain.answer.is_some() { 1 + chain.steps.len() } else { 0 };
        assert_eq!(alone.chains[0].along.len(), wanted);
        let by_itself = many.alone(at).unwrap();
        assert_eq!((by_itself.steps, by_itself.answer), (chain.steps.clone(), chain.answer.clone()));
    }
    assert_eq!(many.alone(3), None);
}

#[test]
fn what_becomes_of_changed_chains_sums_to_those_that_were_changed() {
    let session = session();
    for &test in Evidence::ALL {
        let courtroom = Courtroom { test, problems: 3, ..Courtroom::default() };
        let found: Hearing = ask(session, Ask::Courtroom(courtroom), 1).unwrap();
        let counts = [found.follows, found.repairs, found.ignores, found.other].map(|count| count.count);
        assert_eq!(counts.iter().sum::<usize>(), found.n, "{test}");
        assert_eq!((found.problems, found.trials.len()), (3, 3));
        let left_out = found.diagnostics.iter().find_map(|remark| match remark {
            Diagnostic::NotTried { n } => Some(*n),
            _ => None,
        });
        assert_eq!(found.n + left_out.unwrap_or(0), 3, "{test}");
    }
}

#[test]
fn what_cannot_be_asked_of_a_chain_is_refused() {
    let session = session();
    let refused = |asked: Ask, expected: Refusal| {
        let found = ask::<Chaining>(session, asked, 0);
        assert_eq!(found.err(), Some(EngineError::Refused(expected)));
    };
    let chain = |chain: Chain| Ask::Chain(Chain { question: QUESTION.into(), ..chain });
    refused(Ask::Chain(Chain::default()), Refusal::NothingToRead);
    let inject = Some(Inject { step: 9, text: "x".into() });
    refused(chain(Chain { inject, shots: Shots::None, ..Chain::default() }), Refusal::NoSuchStep { step: 9, n: 0 });
    let data = "0".repeat(64);
    refused(chain(Chain { shots: Shots::File(data.clone()), ..Chain::default() }), Refusal::NoShots { data });
    let id = session.card().id.clone();
    refused(chain(Chain { shots: Shots::Zero, ..Chain::default() }), Refusal::NoChatTemplate { id });
    let bad = |name: &str, expected: &str, found: &str| Refusal::BadParameter {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    refused(
        chain(Chain { forced: true, ..Chain::default() }),
        bad("forced", "false where no step is replaced", "true"),
    );
    refused(vote(0, 1.0), bad("samples", "from 1 to 200", "0"));
    refused(vote(2, -1.0), bad("temperature", "0 or more", "-1"));
    let courtroom = |test, problems, forced| Ask::Courtroom(Courtroom { family: Family::Pens, test, problems, forced });
    refused(courtroom(Evidence::Early, 3, true), bad("forced", "false for early", "true"));
    refused(courtroom(Evidence::Cut, 0, false), bad("problems", "from 1 to 200", "0"));
}
