//! The question in one line: text, model, what is explained, and the answer at its end.

use leptos::prelude::*;
use vitrine_schema::ProblemType;
use vitrine_schema::catalog::Offer;
use vitrine_words::answer::says;
use vitrine_words::token::visible;

use crate::elements::another::AGAINST;
use crate::elements::choice::{Item, Pick};
use crate::pages::method::MethodLine;
use crate::state::workbench::Workbench;

/// Field, choices, answer. Before the first question the field is large and the button says what it does.
#[component]
pub fn QuestionLine(
    /// Whether nothing was asked yet.
    #[prop(into)]
    before: Signal<bool>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    // On a phone the choices are folded away once something was asked.
    let unfolded = RwSignal::new(false);
    let causal = Memo::new(move |_| bench.models.traits().causal);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            unfolded.set(false);
            bench.ask();
        }
    };
    let write = move |event: leptos::ev::Event| {
        bench.plain.set(None);
        bench.text.set(event_target_value(&event));
    };
    let reworded = Memo::new(move |_| bench.reworded());
    let text = move || if causal.get() { "the beginning of a text" } else { "a sentence" };
    let ask = move || match (before.get(), causal.get()) {
        (true, false) => "Ask it why",
        (true, true) => "What comes next?",
        (false, _) => "Ask again",
    };
    view! {
        <div class="ask" class:is-before=move || before.get() class:is-unfolded=move || unfolded.get() inert=move || bench.large.get()>
            // The field is as large as a copy of its text, up to a few lines.
            <div class="ask__field" data-text=move || bench.text.get()>
                <textarea
                    class="ask__text"
                    data-testid="text-input"
                    aria-label="A text for the model to read"
                    rows="1"
                    dir="auto"
                    spellcheck="false"
                    placeholder=move || format!("Write {}, or start from one of these.", text())
                    prop:value=move || bench.text.get()
                    on:input=write
                    on:keydown=on_key
                    on:focus=move |_| unfolded.set(true)
                ></textarea>
            </div>
            <div class="ask__choices">
                <ModelChoice/>
                <ChatChoice/>
                {move || if causal.get() { view! { <TokenChoice/> }.into_any() } else { view! { <ClassChoice/> }.into_any() }}
            </div>
            <Says/>
            <div class="ask__ends">
                <button
                    type="button"
                    class="quiet ask__edit"
                    aria-expanded=move || unfolded.get().to_string()
                    on:click=move |_| unfolded.update(|on| *on = !*on)
                >{move || if unfolded.get() { "Fold" } else { "Edit" }}</button>
                {move || (!before.get() && !bench.changed()).then(|| view! {
                    <button type="button" class="quiet" data-testid="new-question" on:click=move |_| bench.clear()>"New question"</button>
                })}
                {move || reworded.get().then(|| view! {
                    <button type="button" class="quiet" data-testid="against" on:click=move |_| { unfolded.set(false); bench.set_against(bench.text.get_untracked()); }>
                        {AGAINST}
                    </button>
                })}
                <button
                    type="button"
                    class="ask__run"
                    class:quiet=move || !before.get() && !bench.changed()
                    class:button=move || before.get() || bench.changed()
                    class:button--main=move || before.get() || bench.changed()
                    data-testid="run"
                    on:click=move |_| { unfolded.set(false); bench.ask(); }
                >{ask}</button>
            </div>
            {move || before.get().then(|| view! {
                <div class="ask__about">
                    <p class="aside-text">{Offer::named(&bench.models.chosen.get()).map(Offer::summary)}</p>
                    <MethodLine/>
                </div>
            })}
        </div>
    }
}

/// Which model is asked.
#[component]
fn ModelChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let items =
        Signal::derive(move || bench.models.loaded.with(|loaded| Offer::menu(loaded.keys().map(String::as_str))));
    let choose = move |id: String| bench.choose(&id);
    view! { <Pick label="Model" test_id="model-select" items=items value=bench.models.chosen on_choose=choose/> }
}

/// Whether the text is put into the model's chat template, for models that have one.
#[component]
fn ChatChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let has_chat = Memo::new(move |_| bench.models.current().is_some_and(|model| model.chat));
    let items =
        [("plain", "as plain text"), ("chat", "as a chat")].map(|(key, text)| (key.to_owned(), text.to_owned()));
    let items = Signal::stored(items.to_vec());
    let chat = move || if bench.plain.get().is_some() { "chat" } else { "plain" };
    move || {
        has_chat.get().then(|| {
            view! {
                <Pick
                    label="How the text is put to the model; a chat adds its control tokens"
                    test_id="chat"
                    items=items
                    value=Signal::derive(move || chat().to_owned())
                    on_choose=move |_| bench.toggle_chat()
                />
            }
        })
    }
}

/// Which class is explained, and against which. One number leaves nothing to choose.
#[component]
fn ClassChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let labels = move || bench.models.labels();
    let problem = move || bench.models.problem_type();
    let target = Signal::derive(move || bench.sides().0.unwrap_or_default());
    let foil = Signal::derive(move || bench.sides().1.unwrap_or_default());
    let targets = Signal::derive(move || {
        let own = if problem() == ProblemType::MultiLabel { "its strongest label" } else { "its own answer" };
        bench.about.get().targets(&labels(), Some(own).filter(|_| !bench.models.two_classes()))
    });
    let foils = Signal::derive(move || {
        let others = labels().into_iter().filter(|label| *label != target.get()).map(|label| (label.clone(), label));
        others.chain([(String::new(), "nothing else".to_owned())]).collect::<Vec<Item>>()
    });
    let choose_target = Callback::new(move |chosen: String| {
        let (target, foil) = (target.get_untracked(), foil.get_untracked());
        let foil = if foil == chosen { target } else { foil };
        bench.explain_instead(Some(chosen), Some(foil));
    });
    let choose_foil =
        Callback::new(move |foil: String| bench.explain_instead(Some(target.get_untracked()), Some(foil)));
    let has_classes = Memo::new(move |_| problem() != ProblemType::Regression);
    move || {
        has_classes.get().then(|| {
            view! {
                <span class="ask__why">
                    "why "
                    <Pick label="Explain this class" test_id="target-select" items=targets value=target side="positive" on_choose=choose_target/>
                    " rather than "
                    <Pick label="Compared with" test_id="foil-select" items=foils value=foil side="negative" on_choose=choose_foil/>
                </span>
            }
        })
    }
}

/// How tokens are written.
const SPACED: &str = "A word usually begins with its space: write “ Paris”, not “Paris”.";

/// Which token is explained, and against which.
#[component]
fn TokenChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let any = move || bench.likeliest().map_or_else(|| "its answer".to_owned(), |token| visible(&token));
    let each = move || bench.method.continuation.with(Option::is_some);
    let items = [("next", "the next token"), ("each", "each token it writes")];
    let items = Signal::stored(items.map(|(key, text)| (key.to_owned(), text.to_owned())).to_vec());
    let asked = Memo::new(move |_| bench.asked.with(Option::is_some));
    view! {
        {move || asked.get().then(|| view! {
            <span class="ask__why">
                "why "
                <Pick
                    label="What is explained"
                    test_id="each-select"
                    items=items
                    value=Signal::derive(move || if each() { "each" } else { "next" }.to_owned())
                    on_choose=move |key: String| if key == "each" { bench.explain_each() } else { bench.explain_next() }
                />
            </span>
        })}
        <span class="ask__why">
            {move || (!each()).then(|| view! { <NextChoice any=any/> })}
            " rather than "
            <FoilChoice/>
        </span>
    }
}

/// Which next token.
#[component]
fn NextChoice(
    /// What stands for the usual one.
    #[prop(into)]
    any: Signal<String>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    view! {
        <span class="ask__it">"namely "</span>
        <input
            type="text"
            class="word-field"
            data-testid="target-input"
            title=SPACED
            aria-label="Explain this token; a word usually begins with its space"
            placeholder=any
            prop:value=move || bench.about.get().target.unwrap_or_default()
            on:change=move |event| bench.explain_instead(Some(event_target_value(&event)), bench.about.get_untracked().foil)
        />
    }
}

/// Against which token, of the next one or of each that is written.
#[component]
fn FoilChoice() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    view! {
        <input
            type="text"
            class="word-field"
            data-testid="foil-input"
            title=SPACED
            aria-label="Compared with this token; a word usually begins with its space"
            placeholder="any other"
            prop:value=move || bench.about.get().foil.unwrap_or_default()
            on:change=move |event| bench.explain_instead(bench.about.get_untracked().target, Some(event_target_value(&event)))
        />
    }
}

/// The answer, as the end of the question.
#[component]
fn Says() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let said = Memo::new(move |_| {
        let answer = bench.answer()?;
        bench.models.chosen.with(|chosen| *chosen == answer.recipe.model).then(|| says(&answer)).flatten()
    });
    move || {
        said.get().map(|(answer, number)| {
            let side = match bench.sides() {
                (Some(target), _) if target == answer => Some("positive"),
                (_, Some(foil)) if foil == answer => Some("negative"),
                _ => None,
            };
            view! {
                <p class="ask__says" data-testid="says" aria-live="polite">
                    <span class="ask__it">"it says "</span>
                    <b data-side=side>{answer}</b>
                    " "
                    <span class="number">{number}</span>
                </p>
            }
        })
    }
}
