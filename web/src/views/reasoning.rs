//! A question answered step by step: the cards of a chain, a step of it replaced, or the braid of chains that vote.

use leptos::prelude::*;
use vitrine_schema::Finding;
use vitrine_schema::recipe::Inject;
use vitrine_words::narrator::headline;

use crate::elements::choice::{Item, Pick};
use crate::state::workbench::Workbench;
use crate::views::figures::FiguresView;

/// How many chains there can be, in the words of the line.
const CHAINS: [(&str, &str); 4] = [
    ("one", "one chain, the likeliest words"),
    ("5", "5 chains that vote"),
    ("9", "9 chains that vote"),
    ("20", "20 chains that vote"),
];
/// What can stand before the question.
const BEFORE: [(&str, &str); 3] = [
    ("four", "four worked examples"),
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
    let by_shots = move |name: String| {
        // A set of the reader's own has no name here.
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
            <Pick label="What stands before the question" test_id="shots-select" items=Signal::stored(items(&BEFORE)) value=Signal::derive(move || chains.shots.get().to_string()) on_choose=by_shots/>
            "."
        </p>
    }
}

/// The claim, the figures, and for a chain the way to change a step.
#[component]
pub fn ReasoningView() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let shown = Memo::new(move |_| {
        let finding = bench.shown().map(|(found, _)| found.finding);
        finding.filter(|finding| matches!(finding, Finding::Chaining(_) | Finding::Voting(_)))
    });
    let steps = Memo::new(move |_| match shown.get() {
        Some(Finding::Chaining(chain)) => chain.steps.iter().map(|step| step.text.trim().to_owned()).collect(),
        _ => Vec::new(),
    });
    // What is typed stays while the chain goes on.
    let some = Memo::new(move |_| steps.with(|steps| !steps.is_empty()));
    view! {
        <div class="reasoning" data-testid="reasoning-view">
            {move || shown.get().map(|finding| view! { <p class="claim" data-testid="reasoning-claim" aria-live="polite">{headline(&finding)}</p> })}
            <FiguresView finding=shown/>
            {move || some.get().then(|| view! { <Replace steps=steps/> })}
            {move || match shown.get() {
                Some(Finding::Chaining(chain)) if chain.answer.is_some() => Some(view! {
                    <p>
                        "What it writes is a claim. "
                        <button type="button" class="quiet" data-testid="what-carried-it" on:click=move |_| bench.explain_answer(&chain)>"Which words of it carried the answer?"</button>
                    </p>
                }),
                _ => None,
            }}
            <p class="aside-text">"What stands here is what the model wrote; that it was followed is only seen when a step is changed and the answer changes with it. A vote says how often chains agree, not whether they are right."</p>
        </div>
    }
}

/// Another sentence in the place of a step; what follows is written again.
#[component]
fn Replace(steps: Memo<Vec<String>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let replaced = bench.chains.inject;
    let step = RwSignal::new(untrack(|| replaced.get()).map_or(1, |inject| inject.step));
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
    let items = Signal::derive(move || -> Vec<Item> {
        (1..=steps.with(Vec::len)).map(|step| (step.to_string(), format!("step {step}"))).collect()
    });
    view! {
        <form class="reasoning__replace" on:submit=go>
            "Write another "
            <Pick label="Which step is replaced" test_id="step-select" items=items value=Signal::derive(move || step.get().to_string())
                on_choose=move |name: String| step.set(name.parse().unwrap_or(1))/>
            <input type="text" class="field reasoning__step" data-testid="step-text" aria-label="What stands there instead" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))/>
            <button type="submit" class="button" data-testid="replace-step">"Replace it, and let the model write on"</button>
            {move || replaced.get().map(|_| view! {
                <button type="button" class="quiet" data-testid="put-back" on:click=move |_| bench.replace_step(None)>"Put its own step back"</button>
            })}
        </form>
    }
}
