//! A question answered step by step: the cards of a chain, a step of it replaced, or the braid of chains that vote.

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;
use vitrine_figure::drawing::Part;
use vitrine_figure::vote::chain_of;
use vitrine_schema::catalog::PROBLEMS;
use vitrine_schema::reasoning::corruption::changes;
use vitrine_schema::recipe::Inject;
use vitrine_schema::{Finding, Shots, Voting};
use vitrine_words::chain::rule;
use vitrine_words::narrator::headline;
use vitrine_words::vote::thread;

use crate::elements::choice::{Item, Pick};
use crate::state::workbench::Workbench;
use crate::views::courtroom::CourtroomView;
use crate::views::figures::FiguresView;
use crate::views::prompt::{OwnExamples, PromptView};
use crate::views::remarks::{Remarks, remarks};
use crate::views::ways::WaysView;

/// How many chains there can be, in the words of the line.
const CHAINS: [(&str, &str); 4] = [
    ("one", "one chain, the likeliest words"),
    ("5", "5 chains that vote"),
    ("9", "9 chains that vote"),
    ("20", "20 chains that vote"),
];
/// What can stand before the question.
const BEFORE: [(&str, &str); 4] = [
    ("four", "four worked examples"),
    ("direct", "the same without their reasoning, and the answer is wanted at once"),
    ("zero", "“Let's think step by step.”"),
    ("none", "nothing, and the answer is wanted at once"),
];

/// What is asked, in a line; a change asks again.
#[component]
pub fn ReasoningLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let chains = bench.chains;
    let items = |words: &[(&str, &str)]| -> Vec<Item> {
        words.iter().map(|(name, said)| ((*name).to_owned(), (*said).to_owned())).collect()
    };
    let samples = Signal::derive(move || chains.samples.get().map_or_else(|| "one".to_owned(), |n| n.to_string()));
    // What an address asks for stands in the menu too.
    let many = Signal::derive(move || {
        let mut many = items(&CHAINS);
        if !many.iter().any(|(name, _)| *name == samples.get()) {
            many.push((samples.get(), format!("{} chains that vote", samples.get())));
        }
        many
    });
    let before = Signal::derive(move || {
        let mut before = items(&BEFORE);
        if let Shots::File(sha256) = chains.shots.get() {
            before.push((sha256, "examples of my own".to_owned()));
        }
        before
    });
    let by_shots = move |name: String| {
        if let Ok(shots) = name.parse() {
            bench.reason_by(chains.samples.get_untracked(), shots);
        }
    };
    view! {
        <p class="reasoning__line" data-testid="reasoning-line">
            "Answer it by "
            <Pick label="How many chains" test_id="samples-select" items=many value=samples
                on_choose=move |name: String| bench.reason_by(name.parse().ok(), chains.shots.get_untracked())/>
            ", after "
            <Pick label="What stands before the question" test_id="shots-select" items=before value=Signal::derive(move || chains.shots.get().to_string()) on_choose=by_shots/>
            "."
        </p>
    }
}

/// Other questions, and what is seen on them.
#[component]
fn Problems() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let one = |&(question, shows): &(&'static str, &'static str)| {
        view! {
            <li class="examples__line">
                <button type="button" class="examples__text" on:click=move |_| bench.ask_about(question.to_owned())>{question}</button>
                <span class="aside-text examples__shows">{shows}</span>
            </li>
        }
    };
    view! { <ul class="examples" aria-label="Other questions">{PROBLEMS.iter().map(one).collect_view()}</ul> }
}

/// The claim, the figures, and for a chain the way to change a step.
#[component]
pub fn ReasoningView() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let shown = Memo::new(move |_| {
        let finding = bench.shown().map(|(found, _)| found.finding);
        finding.filter(|finding| matches!(finding, Finding::Chaining(_) | Finding::Voting(_)))
    });
    let chain = Signal::derive(move || match shown.get() {
        Some(Finding::Chaining(chain)) => Some(chain),
        _ => None,
    });
    let vote = Signal::derive(move || match shown.get() {
        Some(Finding::Voting(vote)) => Some(vote),
        _ => None,
    });
    // The chain of the braid that was clicked, by its seed.
    let pinned = RwSignal::new(None);
    let steps = Memo::new(move |_| match shown.get() {
        Some(Finding::Chaining(chain)) => chain.steps.iter().map(|step| step.text.trim().to_owned()).collect(),
        _ => Vec::new(),
    });
    let replaced = bench.chains.inject;
    let step = RwSignal::new(untrack(|| replaced.get()).map_or(1, |inject| inject.step));
    let field = NodeRef::<Input>::new();
    // What is typed stays while the chain goes on.
    let some = Memo::new(move |_| steps.with(|steps| !steps.is_empty()));
    view! {
        <div class="reasoning" data-testid="reasoning-view">
            {move || shown.get().map(|finding| view! { <p class="claim" data-testid="reasoning-claim" aria-live="polite">{headline(&finding)}</p> })}
            <FiguresView finding=shown on_choose=Callback::new(move |part| {
                if let Part::Cell(at) = part {
                    step.set(at + 1);
                    field.get_untracked().into_iter().for_each(|field| field.select());
                }
                if let (Part::Ribbon(thread), Some(Finding::Voting(vote))) = (part, shown.get_untracked()) {
                    let seed = chain_of(&vote, thread).and_then(|at| vote.chains.get(at)).map(|chain| chain.seed);
                    pinned.update(|pinned| *pinned = seed.filter(|seed| *pinned != Some(*seed)));
                }
            })/>
            <Remarks said=Signal::derive(move || match shown.get() {
                Some(Finding::Chaining(chain)) => remarks(&chain.diagnostics),
                Some(Finding::Voting(vote)) => remarks(&vote.diagnostics),
                _ => Vec::new(),
            })/>
            <Pinned vote=vote seed=pinned/>
            {move || some.get().then(|| view! { <Replace steps=steps step=step field=field/> })}
            {move || shown.with(Option::is_some).then(|| view! { <CourtroomView/> })}
            <PromptView chain=chain/>
            <OwnExamples/>
            {move || match shown.get() {
                Some(Finding::Chaining(chain)) if chain.answer.is_some() => Some(view! {
                    <p>
                        "What it writes is a claim. "
                        <button type="button" class="quiet" data-testid="what-carried-it" on:click=move |_| bench.explain_answer(&chain)>"Which words of it carried the answer?"</button>
                    </p>
                }),
                _ => None,
            }}
            {move || shown.with(Option::is_some).then(|| view! { <WaysView/> })}
            <details class="prompt"><summary>"Other questions, and where it fails"</summary><Problems/></details>
            <p class="aside-text">"What stands here is what the model wrote; that it was followed is only seen when a step is changed and the answer changes with it. A vote says how often chains agree, not whether they are right."</p>
        </div>
    }
}

/// A chain of the braid by itself: its steps, and one press away how likely its answer was along it.
#[component]
fn Pinned(vote: Signal<Option<Arc<Voting>>>, seed: RwSignal<Option<u64>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let with_curve = Memo::new(move |_| bench.drawn_alone(seed.get()?));
    let chain = Memo::new(move |_| {
        let (vote, seed) = (vote.get()?, seed.get()?);
        let at = vote.chains.iter().position(|chain| chain.seed == seed)?;
        Some((thread(vote.chains.get(at)?), with_curve.get().or_else(|| vote.alone(at))?))
    });
    let there = Memo::new(move |_| chain.with(Option::is_some));
    let says = move || chain.with(|chain| chain.as_ref().map(|(says, _)| says.clone()));
    let finding = Signal::derive(move || chain.get().map(|(_, chain)| Finding::Chaining(Arc::new(chain))));
    let has_answer =
        Memo::new(move |_| chain.with(|chain| chain.as_ref().is_some_and(|(_, one)| one.answer.is_some())));
    view! {
        {move || there.get().then(|| view! {
            <section class="reasoning__pinned" aria-label="One of the chains" data-testid="pinned">
                <p>{says}" "<button type="button" class="quiet" on:click=move |_| seed.set(None)>"Let it go"</button></p>
                <FiguresView finding=finding/>
                {move || (has_answer.get() && with_curve.with(Option::is_none)).then(|| view! {
                    <button type="button" class="button" data-testid="pinned-along" on:click=move |_| seed.get_untracked().into_iter().for_each(|seed| bench.ask_along(seed))>"How likely was its answer along the way?"</button>
                })}
            </section>
        })}
    }
}

/// Another sentence in the place of a step; what follows is written again.
#[component]
fn Replace(steps: Memo<Vec<String>>, step: RwSignal<usize>, field: NodeRef<Input>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let replaced = bench.chains.inject;
    let text = RwSignal::new(String::new());
    // The step as it stands is where writing begins.
    Effect::new(move |_| text.set(steps.with(|steps| steps.get(step.get() - 1).cloned().unwrap_or_default())));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let inject = Inject { step: step.get_untracked(), text: text.get_untracked() };
        if !inject.text.trim().is_empty() {
            bench.replace_step(Some(inject));
        }
    };
    // What the rules make of the step as the model wrote it.
    let by_rule = move || {
        let steps = steps.get();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let at = step.get();
        changes(&steps, at - 1).into_iter().map(|(change, text)| {
            let inject = Inject { step: at, text };
            view! { <button type="button" class="button" data-testid="by-rule" title=inject.text.clone() on:click=move |_| bench.replace_step(Some(inject.clone()))>{rule(change)}</button> }
        }).collect_view()
    };
    let items = Signal::derive(move || -> Vec<Item> {
        (1..=steps.with(Vec::len)).map(|step| (step.to_string(), format!("step {step}"))).collect()
    });
    view! {
        <form class="reasoning__replace" on:submit=go>
            "Write another "
            <Pick label="Which step is replaced" test_id="step-select" items=items value=Signal::derive(move || step.get().to_string())
                on_choose=move |name: String| step.set(name.parse().unwrap_or(1))/>
            <input type="text" node_ref=field class="field reasoning__step" data-testid="step-text" aria-label="What stands there instead" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))/>
            <button type="submit" class="button" data-testid="replace-step">"Replace it, and let the model write on"</button>
            {move || replaced.get().map(|_| view! {
                <button type="button" class="quiet" data-testid="put-back" on:click=move |_| bench.replace_step(None)>"Put its own step back"</button>
            })}
            {move || replaced.with(Option::is_none).then(|| view! {
                <p class="reasoning__rules"><span class="aside-text">"Or by rule: "</span>{by_rule}</p>
            })}
        </form>
    }
}
