//! The Story: scenes one below the other, each fetched when it comes near; or their claims as a page of contents.

use leptos::html::Div;
use leptos::prelude::*;
use vitrine_share::StoryPlace;

use crate::services::clock::{after_paint, in_turn};
use crate::services::fonts;
use crate::services::page::{fragment, on_fragment, replace_fragment};
use crate::services::seen::{NEAR, seen};
use crate::state::story::{Contents, Listed, Scene, contents, scene};
use crate::views::scene::{Nth, SceneHead, SceneView};
use crate::views::staged::{Staged, StagedView};

/// What comes of fetching: nothing yet, or what came of it.
type Fetched<T> = RwSignal<Option<Option<T>>>;

/// The page.
#[component]
pub fn Story() -> impl IntoView {
    let place = RwSignal::new(StoryPlace::read(&fragment()));
    on_fragment(move |address| place.set(StoryPlace::read(&address)));
    let fetched: Fetched<StoredValue<Contents>> = RwSignal::new(None);
    leptos::task::spawn_local(async move {
        let contents = contents().await;
        if contents.is_none() {
            typefaces();
        }
        let _ = fetched.try_set(Some(contents.map(StoredValue::new)));
    });
    let predict = RwSignal::new(place.with_untracked(|place| place.predict));
    view! {
        <div class="story" data-testid="story">
            <h1 class="visually-hidden">"Why a language model said something, in ten scenes"</h1>
            {move || fetched.get().map(|contents| match contents {
                Some(contents) => view! { <Told contents=contents place=place predict=predict/> }.into_any(),
                None => view! { <Missing what="The contents of the Story"/> }.into_any(),
            })}
        </div>
    }
}

/// The page's own typefaces, behind what is read first.
fn typefaces() {
    after_paint(fonts::fetch);
}

/// What stands in the place of a file that is not there.
#[component]
fn Missing(what: &'static str) -> impl IntoView {
    view! {
        <p class="story__missing" role="alert" data-testid="error">
            {what}" could not be fetched: this device may be offline, or the file is missing where the page is hosted. Load the page again, or "
            <a href="#/lab">"ask something in the Lab"</a>"."
        </p>
    }
}

/// Scenes or contents, as the address says.
#[component]
fn Told(contents: StoredValue<Contents>, place: RwSignal<StoryPlace>, predict: RwSignal<bool>) -> impl IntoView {
    let known =
        move |name: &str| contents.with_value(|contents| contents.scenes.iter().any(|scene| scene.name == name));
    // A scene that nobody knows leads to the list of those there are.
    let unknown = Memo::new(move |_| place.with(|place| place.scene.clone().filter(|name| !known(name))));
    let listed =
        Memo::new(move |_| place.with(|place| place.named && place.scene.is_none()) || unknown.with(Option::is_some));
    move || {
        match listed.get() {
        true => view! {
            {move || unknown.get().map(|name| view! {
                <p class="story__missing" role="alert" data-testid="error">"The Story has no scene of the name “"{name}"”; these are its scenes."</p>
            })}
            <List contents=contents/>
        }.into_any(),
        false => view! { <Scenes contents=contents place=place predict=predict/> }.into_any(),
    }
    }
}

/// All scenes, and what they cite.
#[component]
fn Scenes(contents: StoredValue<Contents>, place: RwSignal<StoryPlace>, predict: RwSignal<bool>) -> impl IntoView {
    let scenes = contents.with_value(|contents| contents.scenes.clone());
    let of = scenes.len();
    // Where the reader is: findings are computed again there and nowhere else.
    let here = RwSignal::new(scenes.first().map(|scene| scene.name.clone()).unwrap_or_default());
    // Whether the address names a scene, which alone is then printed.
    let at_scene = RwSignal::new(place.with_untracked(|place| place.named));
    let sources = contents.with_value(|contents| contents.sources.clone());
    view! {
        {scenes.into_iter().enumerate().map(|(at, listed)| view! {
            <Slot listed=listed nth=Nth { nth: at + 1, of } place=place predict=predict here=here at_scene=at_scene/>
        }).collect_view()}
        <section class="story__end" class:is-elsewhere=at_scene aria-label="How to read on">
            <label class="story__predict">
                <input type="checkbox" data-testid="predict" prop:checked=move || predict.get() on:change=move |event| predict.set(event_target_checked(&event))/>
                "Predict first: outcomes stay hidden until you have said what you expect. Nothing is recorded."
            </label>
            <p><a href="#/story">"All claims on one page"</a></p>
            <h2>"Sources"</h2>
            <ul class="story__sources">{sources.into_iter().map(|source| view! { <li>{source}</li> }).collect_view()}</ul>
        </section>
    }
}

/// The place of a scene, filled when it comes near.
#[component]
fn Slot(
    listed: Listed,
    nth: Nth,
    place: RwSignal<StoryPlace>,
    predict: RwSignal<bool>,
    here: RwSignal<String>,
    at_scene: RwSignal<bool>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let name = StoredValue::new(listed.name.clone());
    let fetched: Fetched<StoredValue<Option<Scene>>> = RwSignal::new(None);
    let asked = StoredValue::new(false);
    let fetch = move || {
        if !asked.get_value() {
            asked.set_value(true);
            let name = name.get_value();
            leptos::task::spawn_local(async move {
                let found = scene(&name).await;
                // Reading it and drawing it are two tasks.
                in_turn(move || {
                    let _ = fetched.try_set(Some(found.map(|scene| StoredValue::new(Some(scene)))));
                    typefaces();
                });
            });
        }
    };
    if nth.nth == 1 {
        fetch();
    }
    seen(node, NEAR, move |is_near| {
        if is_near {
            fetch()
        }
    });
    let is_meant = move || place.with(|place| place.scene.as_deref() == Some(&*name.get_value()));
    // The address leads here: to the step, or to the head.
    Effect::new(move |_| {
        if !is_meant() {
            return;
        }
        here.set(name.get_value());
        at_scene.set(true);
        fetch();
        let there = fetched.with(Option::is_some);
        let step = place.with(|place| place.step);
        let name = name.get_value();
        in_turn(move || {
            let step =
                step.filter(|_| there).and_then(|step| document().get_element_by_id(&format!("story-{name}-{step}")));
            let target = step.or_else(|| document().get_element_by_id(&format!("story-{name}")));
            target.iter().for_each(web_sys::Element::scroll_into_view);
        });
    });
    let wanted = Signal::derive(move || place.with(|place| place.step.filter(|_| is_meant())).map(|step| step - 1));
    let on_step = move |step: usize| {
        name.with_value(|name| {
            here.set(name.clone());
            // The first screen keeps its address until the reader goes on from there.
            if nth.nth > 1 || step > 0 || place.with_untracked(|place| place.named) {
                at_scene.set(true);
                replace_fragment(&StoryPlace::step(name, step + 1, predict.get_untracked()).to_string());
            }
        });
    };
    let is_here = Signal::derive(move || here.with(|here| name.with_value(|name| here == name)));
    let title = listed.title.clone();
    view! {
        <section class="scene" class:scene--first={nth.nth == 1} class:is-elsewhere=move || at_scene.get() && !is_here.get() aria-label=title data-testid="scene" data-scene=name.get_value() id=format!("story-{}", name.get_value())>
            <div node_ref=node>
                <SceneHead listed=listed nth=nth/>
            </div>
            {move || match fetched.get() {
                None => view! { <div class="scene__waits"></div> }.into_any(),
                Some(None) => view! { <Missing what="This scene"/> }.into_any(),
                Some(Some(scene)) => scene.try_update_value(Option::take).flatten().map(|scene| view! {
                    <SceneView name=name.get_value() scene=scene predict=predict.into() here=is_here on_step=on_step wanted=wanted/>
                }).into_any(),
            }}
        </section>
    }
}

/// The claims, each with a small picture.
#[component]
fn List(contents: StoredValue<Contents>) -> impl IntoView {
    let scenes = contents.with_value(|contents| contents.scenes.clone());
    typefaces();
    view! {
        <ol class="story__list" data-testid="contents">
            {scenes.into_iter().map(|listed| view! { <Entry listed=listed/> }).collect_view()}
        </ol>
        <p><a href="#/">"Read it from the start"</a></p>
    }
}

/// One of them; its picture is the last step of the scene.
#[component]
fn Entry(listed: Listed) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let staged = RwSignal::new(None::<Staged>);
    let asked = StoredValue::new(false);
    let name = StoredValue::new(listed.name.clone());
    seen(node, NEAR, move |is_near| {
        if is_near && !asked.get_value() {
            asked.set_value(true);
            let name = name.get_value();
            leptos::task::spawn_local(async move {
                let found = scene(&name).await;
                let last = found.and_then(|scene| {
                    let step = scene.steps.last()?;
                    Some(Staged { finding: scene.findings.get(&step.finding)?.clone(), figure: step.figure.clone() })
                });
                let _ = staged.try_set(last);
            });
        }
    });
    let address = StoryPlace { named: true, scene: Some(listed.name), ..StoryPlace::default() }.to_string();
    view! {
        <li class="story__entry">
            <div class="story__thumb" node_ref=node aria-hidden="true" inert=true>
                {move || staged.get().map(|shown| view! { <StagedView staged=Memo::new(move |_| Some(shown.clone())) position=Signal::stored(1.0)/> })}
            </div>
            <div>
                <p class="scene__nth">{listed.title}</p>
                <p class="story__claim"><a href=address>{listed.claim}</a></p>
            </div>
        </li>
    }
}
