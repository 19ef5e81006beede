//! One scene of the Story: its claim, the text that steps past a figure, a number, and something to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use vitrine_schema::Finding;
use vitrine_share::embed::Piece;
use vitrine_share::{Place, address};
use wasm_bindgen::JsCast;

use crate::services::seen::{middle, seen};
use crate::services::worker_client::{Engine, Status};
use crate::state::checking::Checking;
use crate::state::preferences::Preferences;
use crate::state::stage::Stage;
use crate::state::story::{Listed, Note, Number, Scene, Step};
use crate::views::computed::Computed;
use crate::views::staged::{Staged, StagedView};
use crate::views::transport::Player;
use crate::views::trial::TrialView;

/// How far the arrows move along the steps.
const NUDGE: f32 = 0.04;

/// Which of the scenes it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nth {
    /// Its place, from 1.
    pub nth: usize,
    /// How many there are.
    pub of: usize,
}

/// What the views of a scene share.
#[derive(Clone, Copy)]
struct Shown {
    scene: StoredValue<Arc<Scene>>,
    checks: StoredValue<BTreeMap<String, Checking>>,
    stage: Stage,
}

impl Shown {
    /// A finding: this device's where it came to another than the one that is stored.
    fn finding(self, name: &str) -> Option<Finding> {
        let here = self.check(name).and_then(Checking::found_here);
        here.or_else(|| self.scene.with_value(|scene| scene.findings.get(name).cloned()))
    }

    fn check(self, name: &str) -> Option<Checking> {
        self.checks.with_value(|checks| checks.get(name).copied())
    }

    /// The first of the checks that is so.
    fn first(self, is_so: impl Fn(Checking) -> bool) -> Option<Checking> {
        self.checks.with_value(|checks| checks.values().copied().find(|check| is_so(*check)))
    }

    /// Has a finding computed here, in the place of one that is.
    fn start(self, check: Checking) {
        untrack(|| self.first(Checking::runs)).into_iter().for_each(Checking::pause);
        check.start();
    }
}

/// The head of a scene, which is there before its file is.
#[component]
pub fn SceneHead(listed: Listed, nth: Nth) -> impl IntoView {
    let Nth { nth, of } = nth;
    view! {
        <p class="scene__nth">{format!("{nth} of {of} · {}", listed.title)}</p>
        <h2 class="scene__claim" data-testid="claim">{listed.claim}</h2>
    }
}

/// All of a scene below its head.
#[component]
pub fn SceneView(
    /// Its name in addresses.
    name: String,
    /// What it holds.
    scene: Scene,
    /// Whether outcomes are hidden until the reader has said what to expect.
    predict: Signal<bool>,
    /// Whether the reader is here, for whom findings are computed again.
    here: Signal<bool>,
    /// Called with the step that the text or the reader came to, from 0.
    #[prop(into)]
    on_step: Callback<usize>,
    /// The step that an address names, from 0.
    #[prop(into)]
    wanted: Signal<Option<usize>>,
    /// What of it an embed shows; all of it in the Story, where scrolling moves the figure.
    #[prop(optional)]
    pieces: Option<Vec<Piece>>,
) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let preferences = expect_context::<Preferences>();
    let stage = Stage::new(scene.steps.len(), preferences.reduced_motion);
    let checks =
        scene.findings.iter().map(|(name, finding)| (name.clone(), Checking::carried(engine, finding))).collect();
    let scene = Arc::new(scene);
    let shown = Shown { scene: StoredValue::new(Arc::clone(&scene)), checks: StoredValue::new(checks), stage };
    again_here(shown, here);
    // On paper it stands at its end, the steps are its captions.
    let printing = window_event_listener(leptos::ev::beforeprint, move |_| stage.playback.scrub(1.0));
    on_cleanup(move || printing.remove());
    Effect::new(move |_| wanted.get().into_iter().for_each(|step| stage.go(step)));
    let scrolls = pieces.is_none();
    let shows = move |piece: Piece| pieces.as_ref().is_none_or(|pieces| pieces.contains(&piece));
    let lab = scene
        .findings
        .get(&scene.lab)
        .map(|finding| address::write(&Place::from(finding.recipe().clone())).unwrap_or_else(|_| "#/lab".to_owned()));
    let passed = Callback::new(move |step: usize| {
        stage.pass(step);
        on_step.run(step);
    });
    let last = scene.steps.len().saturating_sub(1);
    let go = Callback::new(move |step: usize| {
        let step = step.min(last);
        stage.go(step);
        on_step.run(step);
    });
    let steps = scene.steps.iter().cloned().enumerate().map(|(at, step)| {
        view! { <StepView name=name.clone() at=at step=step stage=stage passed=scrolls.then_some(passed) go=go/> }
    });
    // Keys and buttons bring the text along.
    let with_text = {
        let name = name.clone();
        Callback::new(move |step: usize| {
            go.run(step);
            if scrolls && let Some(text) = document().get_element_by_id(&format!("story-{name}-{}", step.min(last) + 1))
            {
                text.scroll_into_view();
            }
        })
    };
    let button = scene.button.clone().map(|said| {
        let play = move |_| {
            engine.wake();
            with_text.run(1);
        };
        view! {
            <p class="scene__button">
                <button type="button" class="button button--main" data-testid="ask-why" on:click=play>{said}</button>
                <span class="aside-text">"The model runs in this page: 23 MB, once. What you type never leaves this device."</span>
            </p>
        }
    });
    let mut paragraphs = scene.text.iter().map(|text| view! { <p>{text.clone()}</p> });
    let (first, rest) = (paragraphs.next(), paragraphs.collect_view());
    view! {
        {(scrolls || shows(Piece::Claim)).then(|| view! {
            <div class="scene__text">
                <div class="scene__paragraphs">{first}{button}{rest}</div>
                <aside class="scene__notes">{scene.notes.iter().cloned().map(|note| view! { <NoteView note=note/> }).collect_view()}</aside>
            </div>
        })}
        <div class="scene__body" class:scrolls=scrolls>
            {shows(Piece::Figure).then(|| view! { <Staging shown=shown go=with_text as_table=!scrolls && shows(Piece::Table)/> })}
            {shows(Piece::Figure).then(|| view! { <ol class="scene__steps">{steps.collect_view()}</ol> })}
        </div>
        <div class="scene__foot">
            {shows(Piece::Receipt).then(|| view! { <NumberView number=scene.number.clone() shown=shown go=with_text/> })}
            {(shows(Piece::Controls) || predict.get_untracked()).then(|| view! {
                <TrialView
                    trial=scene.trial.clone()
                    scene=name.clone()
                    predict=predict
                    finding=move |name: String| shown.finding(&name)
                    check=move |name: String| shown.check(&name)
                    on_start=Callback::new(move |check| shown.start(check))
                />
            })}
            {scrolls.then(|| lab.map(|lab| view! { <p><a href=lab data-testid="open-lab">"Try your own sentence"</a></p> }))}
        </div>
    }
}

/// Once the engine can run and the reader is here, the findings that it computes in a moment are computed again, one after the other.
fn again_here(shown: Shown, here: Signal<bool>) {
    let engine = expect_context::<Engine>();
    let ready = Memo::new(move |_| engine.status.with(|status| matches!(status, Status::Ready { .. })));
    let by_itself = |check: Checking| check.at_hand().is_some() || check.has_model() && check.is_light();
    Effect::new(move |_| {
        let (ready, here) = (ready.get(), here.get());
        match shown.first(Checking::runs) {
            // Someone else's turn, and later again.
            Some(running) if !here => running.pause(),
            None if ready && here => {
                shown.first(|check| check.waits() && by_itself(check)).into_iter().for_each(Checking::start)
            }
            _ => {}
        }
    });
}

#[component]
fn NoteView(note: Note) -> impl IntoView {
    view! { <div class="scene__note"><h3>{note.head}</h3><p class="aside-text">{note.text}</p></div> }
}

/// The text of a step; in the middle of the window it has the figure.
#[component]
fn StepView(
    name: String,
    at: usize,
    step: Step,
    stage: Stage,
    passed: Option<Callback<usize>>,
    go: Callback<usize>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    if let Some(passed) = passed {
        seen(node, middle(), move |is_in| {
            if is_in {
                passed.run(at)
            }
        });
    }
    let is_here = move || stage.step() == at;
    view! {
        <li class="scene__step" class:is-here=is_here id=format!("story-{name}-{}", at + 1) data-testid="step">
            <div node_ref=node>
                <h3><button type="button" class="scene__go" aria-current=move || is_here().then_some("step") on:click=move |_| go.run(at)>{step.head}</button></h3>
                <p>{step.text}</p>
            </div>
        </li>
    }
}

/// The figure with its scrubber and its keys, and whether this device has come to the same.
#[component]
fn Staging(shown: Shown, go: Callback<usize>, as_table: bool) -> impl IntoView {
    let Shown { scene, stage, .. } = shown;
    let frame = Memo::new(move |_| scene.with_value(|scene| scene.frame(stage.playback.alpha.get())));
    let step = Memo::new(move |_| frame.get().0);
    let of_step = move || scene.with_value(|scene| scene.steps.get(step.get()).cloned());
    let staged = Memo::new(move |_| {
        let step = of_step()?;
        Some(Staged { finding: shown.finding(&step.finding)?, figure: step.figure })
    });
    let check = move || of_step().and_then(|step| shown.check(&step.finding));
    let said = Signal::derive(move || of_step().map(|step| step.head).unwrap_or_default());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.default_prevented() || is_control(&event) {
            return;
        }
        let playback = stage.playback;
        match event.key().as_str() {
            "ArrowDown" => go.run(step.get_untracked() + 1),
            "ArrowUp" => go.run(step.get_untracked().saturating_sub(1)),
            "ArrowRight" => playback.scrub(playback.alpha.get_untracked() + NUDGE),
            "ArrowLeft" => playback.scrub(playback.alpha.get_untracked() - NUDGE),
            " " => playback.toggle(),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="scene__figure" data-testid="figure" tabindex="0" role="group" aria-label="Figure. Up and Down go from step to step, Space plays, Left and Right move it." on:keydown=on_key>
            // Above the figure, where they stay while figures of other heights come and go.
            <Player playback=stage.playback edges=Signal::stored(stage.places()) said=said label="Position along the steps"/>
            {move || check().map(|check| view! { <Computed check=check on_start=Callback::new(move |check| shown.start(check))/> })}
            <StagedView staged=staged position=Signal::derive(move || frame.get().1) as_table=as_table/>
        </div>
    }
}

/// Where keys mean something else.
fn is_control(event: &leptos::ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| element.matches("input, select, button, summary, a") == Ok(true))
}

/// A number that opens to where it comes from.
#[component]
fn NumberView(number: Number, shown: Shown, go: Callback<usize>) -> impl IntoView {
    let from = shown.finding(&number.finding).map(|finding| {
        let model = finding.model();
        let sha = model.sha256.get(..12).unwrap_or(&model.sha256).to_owned();
        let recipe = address::write(&Place::from(finding.recipe().clone())).unwrap_or_else(|_| "#/lab".to_owned());
        view! {
            <p class="aside-text">
                "It is the field "<code>{number.field}</code>" of what the model “"{model.id.clone()}"” (weights "<code>{sha}"…"</code>") gave to "
                <a href=recipe.clone()>"this question"</a>": "<code class="scene__recipe">{recipe}</code>
            </p>
        }
    });
    view! {
        <details class="scene__number" data-testid="number">
            <summary><span class="scene__shown">{number.shown}</span>" "{number.is}" "<span class="scene__where">"Where from?"</span></summary>
            {from}
            <p><button type="button" class="quiet" on:click=move |_| go.run(number.step.saturating_sub(1))>"Show it in the figure"</button></p>
        </details>
    }
}
