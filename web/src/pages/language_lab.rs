//! The workbench of a model of language: a prompt, what comes next, and what is inside.

use leptos::prelude::*;
use vitrine_schema::protocol::Lane;
use vitrine_schema::{Input, Quantity};
use vitrine_words::Grouping;
use vitrine_words::token::visible;

use crate::messages;
use crate::pages::method::{MethodControls, MethodFacts};
use crate::services::worker_client::{Engine, Status};
use crate::state::language::{Language, Panel, Written};
use crate::state::models::Models;
use crate::views::attention::AttentionView;
use crate::views::explanation::ExplanationView;
use crate::views::next_token::NextToken;
use crate::views::stream::StreamView;

/// Prompts on which the shipped model shows something.
const EXAMPLES: [&str; 6] = [
    "The capital of France is",
    "The Eiffel Tower is located in the city of",
    "The opposite of hot is",
    "When Mary and John went to the store, John gave a bottle to",
    "Mr Dursley went to work. In the evening Mr D",
    "Review: The movie was not bad at all.\nSentiment:",
];
const PANELS: [(Panel, &str); 3] =
    [(Panel::Why, "Why this answer"), (Panel::Attention, "Attention"), (Panel::Stream, "Residual stream")];

/// Prompt, answer, panels.
#[component]
pub fn LanguageLab() -> impl IntoView {
    let language = expect_context::<Language>();
    language.forget_other_models();
    let engine = expect_context::<Engine>();
    let models = expect_context::<Models>();
    let running = move || language.asking.progress().is_some();
    let waiting = move || !matches!(engine.status.get(), Status::Ready { .. });
    let has_chat = Memo::new(move |_| models.current().is_some_and(|model| model.chat));
    let pick = move |prompt: &str| {
        language.plain_prompt.set(None);
        language.prompt.set(prompt.to_owned());
        language.read();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            language.read();
        }
    };
    view! {
        <label class="lab__label" for="prompt">"A text for the model to continue"</label>
        <textarea
            id="prompt"
            class="lab__text field"
            data-testid="text-input"
            rows="2"
            dir="auto"
            placeholder="Type the beginning of a text, for example: The capital of France is"
            prop:value=move || language.prompt.get()
            on:input=move |event| { language.plain_prompt.set(None); language.prompt.set(event_target_value(&event)); }
            on:keydown=on_key
        ></textarea>
        <div class="lab__actions">
            <button type="button" class="button button--main" data-testid="run" on:click=move |_| language.read()>"What comes next?"</button>
            <button type="button" class="button" data-testid="write" on:click=move |_| language.write()>"Let it write"</button>
            <button type="button" class="button" data-testid="stop" disabled=move || !running() on:click=move |_| language.asking.stop_all()>"Stop"</button>
            {move || has_chat.get().then(|| view! {
                <label class="token-strip__switch">
                    <input type="checkbox" data-testid="chat" prop:checked=move || language.plain_prompt.get().is_some() on:change=move |_| language.toggle_chat()/>
                    " As a chat (adds the model's control tokens)"
                </label>
            })}
            <span class="aside-text" role="status" data-testid="running">
                {move || language.asking.progress().map(|progress| {
                    if waiting() { "This runs as soon as the model is ready.".to_owned() } else { messages::running(progress) }
                })}
            </span>
        </div>
        <ul class="lab__examples" aria-label="Examples">
            {EXAMPLES.iter().map(|text| view! {
                <li><button type="button" class="lab__example" on:click=move |_| pick(text)>{*text}</button></li>
            }).collect_view()}
        </ul>
        {move || language.asking.trouble.get().map(|trouble| view! {
            <p class="lab__trouble" role="alert" data-testid="error">{trouble.sentence()}</p>
        })}
        {move || language.written.get().map(|written| view! { <WrittenText written=written/> })}
        {move || language.answer.get().map(|answered| {
            let input = answered.prediction.input.clone();
            let characters = input.characters();
            view! {
                <section class="prompt-tokens" aria-label="The prompt as the model reads it">
                    <h2>{format!("{} tokens", input.tokens.len())}</h2>
                    <ol class="prompt-tokens__list">
                        {characters.into_iter().filter_map(|parts| {
                            let token = input.tokens.get(*parts.first()?)?;
                            let title = token_title(&input, &parts);
                            Some(view! {
                                <li class="prompt-tokens__token" class:is-special=token.special title=title>{visible(&token.text)}</li>
                            })
                        }).collect_view()}
                    </ol>
                </section>
                <NextToken/>
                <Panels/>
            }
        })}
        {move || language.answer.with(Option::is_none).then(|| view! {
            <p class="aside-text">"Nothing is read yet: press Enter, or pick one of the beginnings."</p>
        })}
    }
}

/// What the model wrote, growing.
#[component]
fn WrittenText(written: Written) -> impl IntoView {
    let language = expect_context::<Language>();
    let Written { prompt, text, n_tokens, ended, elapsed_millis } = written;
    let whole = format!("{prompt}{text}");
    let speed = || {
        format!("{n_tokens} tokens, {:.1} a second", f64::from(n_tokens as u32) / (elapsed_millis / 1000.0).max(1e-3))
    };
    let state = match ended {
        None => format!("{n_tokens} tokens so far"),
        Some(generation) => format!("{}; {}", speed(), vitrine_words::remark::ended(&generation)),
    };
    view! {
        <section class="written" aria-label="What the model writes">
            <p class="written__text" data-testid="written" data-millis-per-token=(elapsed_millis / f64::from(n_tokens.max(1) as u32)).to_string()><span class="written__prompt">{prompt}</span>{text}</p>
            <div class="lab__actions">
                <span class="aside-text" role="status">{state}</span>
                <button type="button" class="button button--quiet" data-testid="keep" on:click=move |_| { language.plain_prompt.set(None); language.prompt.set(whole.clone()); language.read(); }>"Keep it as the prompt"</button>
            </div>
        </section>
    }
}

/// The three ways to look inside.
#[component]
fn Panels() -> impl IntoView {
    let language = expect_context::<Language>();
    let choose = move |panel: Panel| {
        language.panel.set(panel);
        language.moved.set(None);
        language.look();
    };
    let test = Callback::new(move |removal| language.take_out(removal, None));
    // Direct effects are logits, so what they predict is measured as one.
    let remove = Callback::new(move |removal| language.take_out(removal, Some(Quantity::Logit)));
    view! {
        <TargetChoice/>
        <div class="panels" role="group" aria-label="Look inside">
            {PANELS.iter().map(|&(panel, name)| view! {
                <button
                    type="button"
                    class="panels__tab"
                    aria-pressed=move || (language.panel.get() == panel).to_string()
                    on:click=move |_| choose(panel)
                >{name}</button>
            }).collect_view()}
        </div>
        {move || match language.panel.get() {
            Panel::Why => view! { <Why/> }.into_any(),
            Panel::Attention => view! {
                {move || language.maps.get().map(|maps| view! { <Computed/> <AttentionView maps=maps moved=language.moved on_test=test/> })}
            }.into_any(),
            Panel::Stream => view! {
                {move || language.walk.get().map(|walk| view! { <Computed/> <StreamView walk=walk moved=language.moved on_test=remove/> })}
            }.into_any(),
        }}
    }
}

/// Where the numbers below come from.
#[component]
fn Computed() -> impl IntoView {
    let language = expect_context::<Language>();
    let said = format!("Computed on your device in {:.0} ms.", language.elapsed_millis.get_untracked());
    view! { <p class="provenance" data-testid="provenance">{said}</p> }
}

/// Which answer is explained, and against which.
#[component]
fn TargetChoice() -> impl IntoView {
    let language = expect_context::<Language>();
    let change = move |target: Option<String>, foil: Option<String>| {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        language.explain_instead(some(target), some(foil));
    };
    let likeliest = move || {
        let first = language.answer.with(|answer| answer.as_ref()?.prediction.top.first()?.token.clone());
        first.unwrap_or_default()
    };
    view! {
        <div class="lab__choices">
            <label class="choice">
                <span class="choice__label">"Explain this answer"</span>
                <input
                    type="text"
                    class="field"
                    data-testid="target-input"
                    placeholder=move || format!("the likeliest: {}", visible(&likeliest()))
                    prop:value=move || language.target.get().unwrap_or_default()
                    on:change=move |event| change(Some(event_target_value(&event)), language.foil.get_untracked())
                />
            </label>
            <label class="choice">
                <span class="choice__label">"rather than"</span>
                <input
                    type="text"
                    class="field"
                    data-testid="foil-input"
                    placeholder="nothing else"
                    prop:value=move || language.foil.get().unwrap_or_default()
                    on:change=move |event| change(language.target.get_untracked(), Some(event_target_value(&event)))
                />
            </label>
        </div>
        <p class="aside-text">"A word usually begins with its space: type “ Paris”, not “Paris”."</p>
    }
}

/// Token attribution of the answer.
#[component]
fn Why() -> impl IntoView {
    let language = expect_context::<Language>();
    let models = expect_context::<Models>();
    let grouping = RwSignal::new(Grouping::Tokens);
    let stale = Signal::derive(move || language.asking.runs(Lane::Panel));
    view! {
        <div class="lab__choices">
            <MethodControls
                choice=language.method
                traits=Signal::derive(move || models.traits())
                on_change=Callback::new(move |()| {
                    language.explanation.set(None);
                    language.look();
                })
            />
        </div>
        <MethodFacts choice=language.method/>
        {move || language.explanation.get().map(|explanation| {
            let provenance = format!("Computed on your device in {:.0} ms.", language.elapsed_millis.get_untracked());
            view! {
                <ExplanationView explanation=Signal::stored(explanation) grouping=grouping stale=stale provenance=Signal::stored(Some(provenance))/>
            }
        })}
    }
}

/// The ids of the tokens of one character; most have one.
fn token_title(input: &Input, parts: &[usize]) -> String {
    let ids: Vec<String> =
        parts.iter().filter_map(|&part| input.tokens.get(part)).map(|token| token.id.to_string()).collect();
    match ids.as_slice() {
        [id] => format!("token {id}"),
        several => format!("{} tokens that are one character: {}", several.len(), several.join(", ")),
    }
}
