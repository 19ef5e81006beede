//! Many problems: whether the chain helps, and where it does whether the answer follows a chain that is changed.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::chain;
use vitrine_figure::courtroom::{drawing_beside, table_beside, trials_table};
use vitrine_figure::table::Table;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Courtroom;
use vitrine_schema::{Evidence, Family, Finding, Hearing};
use vitrine_words::courtroom::{claim, counted, failed, length, rule};
use vitrine_words::progress;

use crate::elements::choice::{Item, Pick};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::table::TableView;
use crate::services::clock::now_millis;
use crate::state::workbench::Workbench;
use crate::views::figures::FiguresView;
use crate::views::remarks::{Remarks, remarks};

/// How many problems.
const MANY: [usize; 4] = [8, 16, 32, 64];
/// What they are like.
const FAMILIES: [(Family, &str); 2] = [(Family::Chain, "sums, one after the other"), (Family::Pens, "little stories")];
/// What is done to each chain, and whether the start of what follows is given.
const TESTS: [(Evidence, bool, &str); 8] = [
    (Evidence::Corrupt, false, "a digit of a step changed"),
    (Evidence::Corrupt, true, "a digit changed and the next step begun"),
    (Evidence::Cut, true, "a step left out and the next begun"),
    (Evidence::Swap, false, "two steps swapped"),
    (Evidence::Swap, true, "two steps swapped and the answer asked for"),
    (Evidence::Filler, false, "every step replaced by dots"),
    (Evidence::Hint, false, "a wrong answer suggested in the question"),
    (Evidence::Early, false, "the answer wanted after every step"),
];

/// What all tests together take, in the time of one: what comes to nothing new is not asked again.
const TOGETHER: f64 = 1.7;

/// What is asked of many problems, and what came of it.
#[component]
pub fn CourtroomView() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let heard = Memo::new(move |_| bench.hearing());
    let found = Memo::new(move |_| heard.get().map(|(found, _)| found));
    let there = Memo::new(move |_| found.with(Option::is_some));
    let beside = Memo::new(move |_| bench.heard_beside());
    // The curve is that of the one test that has it.
    let early = Signal::derive(move || {
        let all = found.get().into_iter().chain(beside.get());
        all.into_iter().find(|one| !one.same.is_empty()).map(Finding::Hearing)
    });
    view! {
        <section class="courtroom" aria-label="Over many problems" data-testid="courtroom">
            <h2>"Does it do what it says? One example is no verdict"</h2>
            <TrialLine/>
            {move || bench.on_trial().then(|| view! { <Trying/> })}
            {move || bench.asking.missed.get().filter(|_| !bench.on_trial()).map(|trouble| view! { <p class="lab__trouble" role="alert" data-testid="error">{trouble.sentence()}</p> })}
            {move || found.get().map(|found| view! { <p class="courtroom__claim" data-testid="courtroom-claim" aria-live="polite">{claim(&found)}</p> })}
            <Remarks said=Signal::derive(move || found.get().map(|found| remarks(&found.diagnostics)).unwrap_or_default())/>
            <div class="courtroom__halves">
                <div>
                    {move || there.get().then(|| view! { <Counts found=found beside=beside/> })}
                    <FiguresView finding=early only=&["early"]/>
                </div>
                // A trial that grows is not built anew: who reads its problems goes on.
                {move || there.get().then(|| view! { <Verdicts found=found beside=beside/> })}
            </div>
        </section>
    }
}

/// What is done to how many problems.
#[component]
fn TrialLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let trial = bench.chains.trial;
    let many = Signal::derive(move || {
        let mut many = MANY.to_vec();
        // What an address asks for stands in the menu too.
        if !many.contains(&trial.get().problems) {
            many.push(trial.get().problems);
        }
        many.into_iter().map(|n| (n.to_string(), format!("{n} problems"))).collect::<Vec<Item>>()
    });
    let families: Vec<Item> = FAMILIES.map(|(family, said)| (family.name().to_owned(), said.to_owned())).to_vec();
    let place =
        |Courtroom { test, forced, .. }: Courtroom| TESTS.iter().position(|(a, b, _)| (*a, *b) == (test, forced));
    let tests = Signal::derive(move || {
        let mut tests: Vec<Item> =
            TESTS.iter().enumerate().map(|(at, (.., said))| (at.to_string(), (*said).to_owned())).collect();
        if place(trial.get()).is_none() {
            tests.push((String::new(), trial.get().test.name().to_owned()));
        }
        tests
    });
    let choose = move |at: String| {
        if let Some((test, forced, _)) = at.parse().ok().and_then(|at: usize| TESTS.get(at)) {
            trial.update(|trial| (trial.test, trial.forced) = (*test, *forced));
        }
    };
    let about = move |times: f64| {
        bench.trial_millis().map_or_else(String::new, |millis| format!(", about {}", progress::seconds(times * millis)))
    };
    let (time, longer) = (move || about(1.0), move || about(TOGETHER));
    view! {
        <p class="reasoning__line" data-testid="trial-line">
            "Ask "
            <Pick label="How many problems" test_id="problems-select" items=many value=Signal::derive(move || trial.get().problems.to_string())
                on_choose=move |n: String| n.parse().into_iter().for_each(|n| trial.update(|trial| trial.problems = n))/>
            " like "
            <Pick label="What they are like" test_id="family-select" items=Signal::stored(families) value=Signal::derive(move || trial.get().family.name().to_owned())
                on_choose=move |name: String| Family::named(&name).into_iter().for_each(|family| trial.update(|trial| trial.family = family))/>
            " without the chain, with it, and with "
            <Pick label="What is done to each chain" test_id="test-select" items=tests value=Signal::derive(move || place(trial.get()).map_or_else(String::new, |at| at.to_string())) on_choose=choose/>
            ". "
            <button type="button" class="button" data-testid="try-many" disabled=move || bench.on_trial() on:click=move |_| bench.try_many()>"Try it" {time}</button>
            " "
            <button type="button" class="button" data-testid="try-together" disabled=move || bench.on_trial() on:click=move |_| bench.try_together()>"Try it here too, and with dots and early answers" {longer}</button>
        </p>
    }
}

/// How many there are of what, with what other tests of the same problems add.
#[component]
fn Counts(found: Memo<Option<Arc<Hearing>>>, beside: Memo<Vec<Arc<Hearing>>>) -> impl IntoView {
    let with = move |told: fn(&Hearing, &[&Hearing]) -> Table| {
        let (found, beside) = (found.get(), beside.get());
        let others: Vec<&Hearing> = beside.iter().map(|one| &**one).collect();
        found.map(|found| told(&found, &others)).unwrap_or_default()
    };
    let draw = move |width: f32| {
        let (found, beside) = (found.get(), beside.get());
        let others: Vec<&Hearing> = beside.iter().map(|one| &**one).collect();
        found.map(|found| drawing_beside(&found, &others, width)).unwrap_or_default()
    };
    let says = Signal::derive(move || found.get().map(|found| counted(&found)).unwrap_or_default());
    view! {
        <FigureFrame title="Many problems" summary=says table=move |()| with(table_beside)>
            <div data-testid="counts"><DrawingView draw=draw says=says/></div>
        </FigureFrame>
    }
}

/// How far the trial is; it goes on while other things are asked.
#[component]
fn Trying() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let said = move || {
        let running = bench.asking.running(Lane::Background)?;
        Some(progress::running(running.progress, now_millis() - running.since_millis))
    };
    view! {
        <p class="aside-text"><span class="number" role="status" data-testid="trying">{said}</span>" It goes on while you look elsewhere. "
            <button type="button" class="quiet" data-testid="stop-trial" on:click=move |_| bench.asking.stop(Lane::Background)>"Stop it"</button>
        </p>
    }
}

/// The chain step by step with what the trial says of it, a problem that fails, and the problems one by one.
#[component]
fn Verdicts(found: Memo<Option<Arc<Hearing>>>, beside: Memo<Vec<Arc<Hearing>>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let fails = Memo::new(move |_| found.get().and_then(|found| failed(&found).map(|trial| trial.question.clone())));
    let trials = Memo::new(move |_| found.get().map(|found| trials_table(&found)).unwrap_or_default());
    let length = Memo::new(move |_| {
        let (found, beside) = (found.get()?, beside.get());
        length(&found, &beside.iter().map(|one| &**one).collect::<Vec<_>>())
    });
    // Of the chain as the model writes it by itself, whatever stands above.
    let verdict = Memo::new(move |_| {
        let (found, chain) = (found.get()?, bench.own_chain()?);
        Some((chain::table_beside(&chain, &found), rule(&found)))
    });
    view! {
        <div class="courtroom__verdicts">
            {move || verdict.get().map(|(table, how)| view! {
                <div class="figure__head"><h2>"The verdict, step by step"</h2></div>
                <TableView table=table title="The verdict, step by step".to_owned() caption=how/>
            })}
            {move || length.get().map(|said| view! { <p class="aside-text" data-testid="length">{said}</p> })}
            {move || fails.get().map(|question| {
                let ask = question.clone();
                view! { <p class="aside-text">"One that fails: "<button type="button" class="quiet" data-testid="one-that-fails" on:click=move |_| bench.ask_about(ask.clone())>{question}</button></p> }
            })}
            <details class="prompt" data-testid="trials">
                <summary>{move || format!("The {} problems, one by one", trials.with(|trials| trials.rows.len()))}</summary>
                {move || view! { <TableView table=trials.get() title="The problems, one by one".to_owned() caption="What was right at once, with the chain, and what became of the answer.".to_owned()/> }}
            </details>
        </div>
    }
}
