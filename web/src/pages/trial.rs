//! A model tried on texts of its own card, or on one of the reader's, so that a wrong conversion is seen at once.

use leptos::prelude::*;
use vitrine_schema::protocol::{DeviceKind, DevicePreference, Lane, ModelCard, Request, Response, Sample};
use vitrine_schema::{Ask, Finding, Kept, Ranked, Recipe};
use vitrine_words::model::{Can, compared, devices, tried};

use crate::messages::Trouble;
use crate::services::worker_client::{Engine, Status};
use crate::state::asking::Asking;
use crate::state::models::Models;

/// Texts with what the model says of each, and a field for another.
#[component]
pub fn Trials(card: ModelCard) -> impl IntoView {
    let own = RwSignal::new(Vec::<String>::new());
    let field = RwSignal::new(String::new());
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = field.get_untracked().trim().to_owned();
        if !text.is_empty() && !own.with_untracked(|own| own.contains(&text)) {
            own.update(|own| own.push(text));
            field.set(String::new());
        }
    };
    let id = StoredValue::new(card.id);
    let row = move |sample: Sample| view! { <Trial id=id.get_value() sample=sample/> };
    let told = match card.samples.is_empty() {
        true => {
            "Its files give no text to try. Write one of which you know what the model says, from its page or from Python:"
        }
        false => "Texts of its own card. If it says something else here than there, its files were not converted well:",
    };
    let missed = expect_context::<Asking>().missed;
    view! {
        <section data-testid="trials">
            <h2>"Does it say what it should?"</h2>
            <p class="aside-text">{told}</p>
            <ul class="model__trials">
                {card.samples.into_iter().map(row).collect_view()}
                <For each=move || own.get() key=String::clone let:text>
                    {row(Sample { text, says: None })}
                </For>
            </ul>
            <form class="model__try" on:submit=add>
                <label class="choice">
                    <span class="choice__label">"A text of yours"</span>
                    <input type="text" class="field" data-testid="trial-text" prop:value=move || field.get() on:input=move |event| field.set(event_target_value(&event))/>
                </label>
                <button type="submit" class="button" data-testid="try-own">"Try it"</button>
            </form>
            {move || missed.get().map(|trouble| view! { <p role="alert" data-testid="error">{trouble.sentence()}</p> })}
        </section>
    }
}

/// One text, what the model says of it, and whether that is what the card says.
#[component]
fn Trial(id: String, sample: Sample) -> impl IntoView {
    let (asking, engine) = (expect_context::<Asking>(), expect_context::<Engine>());
    let findings = expect_context::<RwSignal<Kept>>();
    let recipe = Recipe::new(&id, &sample.text, Ask::Predict {});
    let asked = recipe.clone();
    let found = Memo::new(move |_| {
        findings.with(|kept| match kept.of(&asked).map(|found| &found.finding) {
            Some(Finding::Prediction(prediction)) => Some(prediction.top.clone()),
            _ => None,
        })
    });
    let device = move || match engine.status.get() {
        Status::Ready { device, .. } => Some(device.device),
        _ => None,
    };
    let ask = move |_| asking.ask(Lane::Background, recipe.clone(), |_| {});
    let again = Recipe::new(&id, &sample.text, Ask::Predict {});
    let text = sample.text.clone();
    let verdict = move || {
        let top = found.get()?;
        let says = tried(&top, device());
        let (can, card) = compared(&sample, &top).map_or((None, None), |(can, card)| (Some(can), Some(card)));
        let (mark, read, verdict) = can.map_or(("", "", ""), Can::mark);
        Some(view! {
            <p class="checks__line model__verdict" data-testid="trial-verdict" data-verdict=verdict>
                <span class="checks__mark" aria-hidden="true">{mark}</span>
                <span><span class="visually-hidden">{read}" "</span>{says}" "{card}</span>
            </p>
        })
    };
    view! {
        <li data-testid="trial">
            <p class="model__text">{text}</p>
            <div role="status">{verdict}</div>
            {move || found.with(Option::is_none).then(|| {
                let ask = ask.clone();
                view! { <button type="button" class="button" data-testid="try" on:click=ask>"Try it"</button> }
            })}
            {move || (found.with(Option::is_some) && device() == Some(DeviceKind::Webgpu)).then(|| view! { <OnCpu recipe=again.clone() found=found/> })}
        </li>
    }
}

/// Where the comparison with the CPU stands.
#[derive(Clone, PartialEq)]
enum Compared {
    Not,
    Going,
    /// What the CPU says.
    Found(Vec<Ranked>),
    Failed(Trouble),
}

/// Asks the same of the CPU, by an engine of its own that loads the model once more and ends with its answer.
#[component]
fn OnCpu(recipe: Recipe, found: Memo<Option<Vec<Ranked>>>) -> impl IntoView {
    let models = expect_context::<Models>();
    let compared = RwSignal::new(Compared::Not);
    let cpu = Engine::on(Some(DevicePreference::Cpu));
    on_cleanup(move || cpu.quit());
    let ended = move |became: Compared| {
        // Where the page was left, the engine was ended.
        if compared.try_set(became).is_none() {
            cpu.quit();
        }
    };
    Effect::new(move |_| {
        if let Status::Failed(trouble @ (Trouble::CannotStart | Trouble::NoWorker)) = cpu.status.get() {
            ended(Compared::Failed(trouble));
        }
    });
    let run = move |recipe: Recipe| {
        let request = Request::Run { recipe: Box::new(recipe), lane: Lane::Background, table: None };
        cpu.ask(request, None, move |answer| match answer {
            Ok(Response::Found { finding, .. }) => {
                if let Finding::Prediction(prediction) = &*finding {
                    ended(Compared::Found(prediction.top.clone()));
                }
            }
            Ok(Response::Failed { failure }) => ended(Compared::Failed(Trouble::Failure(failure))),
            Err(trouble) if compared.try_get_untracked() == Some(Compared::Going) => ended(Compared::Failed(trouble)),
            _ => {}
        });
    };
    let ask = move |_| {
        compared.set(Compared::Going);
        cpu.wake();
        let recipe = recipe.clone();
        match models.source(&recipe.model) {
            // The first comes by itself.
            None => run(recipe),
            Some((source, files)) => {
                _ = cpu.ask(Request::Load { source }, files, move |answer| match answer {
                    Ok(Response::Loaded { .. }) => run(recipe.clone()),
                    Ok(Response::Failed { failure }) => ended(Compared::Failed(Trouble::Failure(failure))),
                    Ok(Response::Unusable { refused }) => ended(Compared::Failed(Trouble::Failure(refused.failure))),
                    Err(trouble) if compared.try_get_untracked() == Some(Compared::Going) => {
                        ended(Compared::Failed(trouble))
                    }
                    _ => {}
                })
            }
        }
    };
    move || match compared.get() {
        Compared::Not => {
            let ask = ask.clone();
            view! { <button type="button" class="button" data-testid="on-cpu" on:click=ask>"Compare with the CPU"</button> }.into_any()
        }
        Compared::Going => view! { <p role="status">"The CPU loads the model and runs it …"</p> }.into_any(),
        Compared::Failed(trouble) => view! { <p role="alert" data-testid="error">{trouble.sentence()}</p> }.into_any(),
        Compared::Found(on_cpu) => {
            let (can, says) = devices(&found.get().unwrap_or_default(), &on_cpu);
            let (mark, read, verdict) = can.mark();
            view! {
                <p class="checks__line model__verdict" data-testid="devices" data-verdict=verdict>
                    <span class="checks__mark" aria-hidden="true">{mark}</span>
                    <span><span class="visually-hidden">{read}" "</span>{says}</span>
                </p>
            }
            .into_any()
        }
    }
}
