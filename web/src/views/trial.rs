//! One thing to do in a scene: said before, then done, then seen.

use leptos::prelude::*;
use vitrine_schema::Finding;
use vitrine_schema::catalog::OFFERS;

use crate::services::worker_client::{Engine, Status};
use crate::state::checking::Checking;
use crate::state::story::{Choice, Trial};
use crate::views::computed::Computed;
use crate::views::staged::{Staged, StagedView};

/// What can be done, and what comes of it.
#[component]
pub fn TrialView(
    /// What it is.
    trial: Trial,
    /// The scene's name, for the names of fields.
    scene: String,
    /// Whether what comes is hidden until the reader has said what to expect.
    predict: Signal<bool>,
    /// A finding of the scene, as it is shown now.
    #[prop(into)]
    finding: Callback<String, Option<Finding>>,
    /// Its check.
    #[prop(into)]
    check: Callback<String, Option<Checking>>,
    /// Has a finding computed here.
    on_start: Callback<Checking>,
) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let expected = RwSignal::new(None::<String>);
    let chosen = RwSignal::new(None::<Choice>);
    let waits = move || predict.get() && expected.with(Option::is_none);
    let runs_here = trial
        .choices
        .iter()
        .any(|choice| check.run(choice.finding.clone()).is_some_and(|check| check.at_hand().is_some()));
    let asleep = move || runs_here && engine.status.with(|status| *status == Status::Asleep);
    let megabytes = OFFERS[0].bytes as f64 / 1e6;
    let press = move |choice: Choice| {
        if !waits() {
            if runs_here {
                engine.wake();
            }
            chosen.set(Some(choice));
        }
    };
    view! {
        <div class="trial">
            <h3 class="trial__asks">{trial.asks}</h3>
            <div class="trial__expects" role="radiogroup" aria-label="What do you expect?">
                <span class="aside-text">{move || if predict.get() { "Say first what you expect:" } else { "What do you expect?" }}</span>
                {trial.expects.into_iter().map(|option| {
                    let (mine, said) = (option.clone(), option.clone());
                    view! {
                        <label class="trial__option">
                            <input type="radio" name=format!("expect-{scene}") prop:checked=move || expected.with(|expected| expected.as_ref() == Some(&mine)) on:change=move |_| expected.set(Some(said.clone()))/>
                            {option}
                        </label>
                    }
                }).collect_view()}
            </div>
            <p class="trial__choices">
                {trial.choices.into_iter().map(|choice| {
                    let (does, mine) = (choice.does.clone(), choice.does.clone());
                    let is_chosen = move || chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.does == mine));
                    view! {
                        <button type="button" class="button" data-testid="do" aria-pressed=move || is_chosen().to_string() disabled=waits on:click=move |_| press(choice.clone())>{does}</button>
                    }
                }).collect_view()}
                {move || asleep().then(|| view! { <span class="aside-text">{format!("Fetches the model, {megabytes:.0} MB, once; nothing that you type leaves this device.")}</span> })}
            </p>
            <div aria-live="polite">
                {move || chosen.get().map(|choice| {
                    let (name, figure) = (choice.finding.clone(), choice.figure.clone());
                    let staged = Memo::new(move |_| finding.run(name.clone()).map(|finding| Staged { finding, figure: figure.clone() }));
                    let state = check.run(choice.finding.clone());
                    view! {
                        <div class="trial__outcome" data-testid="outcome">
                            {expected.get().map(|expected| view! { <p class="aside-text">"You expected: “"{expected}"”."</p> })}
                            <p class="trial__then">{choice.then}</p>
                            <StagedView staged=staged position=Signal::stored(1.0)/>
                            {state.map(|check| view! { <Computed check=check on_start=on_start/> })}
                        </div>
                    }
                })}
            </div>
        </div>
    }
}
