//! The table of methods: from a question to a method, what it can and cannot say, and what it takes here.

use leptos::html::Div;
use leptos::prelude::*;
use vitrine_schema::recipe::Explain;
use vitrine_schema::{Ask, MethodId};
use vitrine_share::{Place, address};
use vitrine_words::methods::{Other, QUESTIONS, Question, RULES, WORKED, reads};
use vitrine_words::progress;

use crate::pages::measuring::{Measured, Measuring};
use crate::services::focus::focus_in;
use crate::state::asking::Asking;
use crate::state::models::Models;
use crate::state::workbench::Workbench;

/// What is measured on, where nothing was asked yet.
const SENTENCE: &str = "the plot is dull but funny";

/// By which column the rows are sorted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Given,
    Faithful,
    Time,
}

/// Questions, table, rules.
#[component]
pub fn Methods() -> impl IntoView {
    let models = expect_context::<Models>();
    let measuring = Measuring::new(expect_context::<Asking>());
    on_cleanup(move || measuring.stop());
    // What was asked in the Lab, where the Lab is in this module.
    let asked = use_context::<Workbench>().and_then(|bench| untrack(|| bench.asked.get()));
    let text = RwSignal::new(asked.map_or_else(|| SENTENCE.to_owned(), |asked| asked.text));
    let weigh = move || measuring.weigh(models.chosen.get_untracked(), text.get_untracked());
    Effect::new(move |_| {
        if models.current().is_some() {
            weigh();
        }
    });
    let chosen = RwSignal::new(0usize);
    let questions = NodeRef::<Div>::new();
    // What is chosen in the list below goes from there, and with it the focus.
    let choose_above = move |place| {
        chosen.set(place);
        questions.get_untracked().iter().for_each(|questions| focus_in(questions, place));
    };
    let measure = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !text.with_untracked(|text| text.trim().is_empty()) {
            measuring.start(models.chosen.get_untracked(), text.get_untracked(), MethodId::ALL);
        }
    };
    let said = move || {
        measuring.now().map(|(id, left)| format!("{}: {left} of {} to go", id.declared().name, 2 * MethodId::ALL.len()))
    };
    view! {
        <section class="methods" aria-label="Methods">
            <h1 class="claim" data-testid="claim">"Start from your question; the method follows."</h1>
            <div class="methods__questions" role="group" aria-label="Questions" node_ref=questions>
                {QUESTIONS.iter().enumerate().map(|(place, question)| view! {
                    <button type="button" class="button" data-testid="question" aria-pressed=move || (chosen.get() == place).to_string() on:click=move |_| chosen.set(place)>{question.asks}</button>
                }).collect_view()}
            </div>
            <form class="methods__measure" on:submit=measure>
                <label class="choice">
                    <span class="choice__label">"A sentence to measure on, with the model of the Lab"</span>
                    <input type="text" class="field" data-testid="methods-text" prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event)) on:change=move |_| weigh()/>
                </label>
                <button type="submit" class="button" data-testid="measure-all">"Measure all on this sentence"</button>
                <span class="number" role="status" data-testid="measuring">{said}</span>
                {move || measuring.now().map(|_| view! { <button type="button" class="quiet" data-testid="stop" on:click=move |_| measuring.stop()>"Stop"</button> })}
            </form>
            {move || view! { <Answered question=&QUESTIONS[chosen.get()] measuring=measuring text=text/> }}
            <ul class="methods__others">
                {QUESTIONS.iter().enumerate().map(|(place, question)| {
                    let names = question.methods.iter().map(|id| id.declared().name).chain(question.others.iter().map(|other| other.name));
                    let names = names.collect::<Vec<_>>().join(" · ");
                    view! {
                        <li hidden=move || chosen.get() == place>
                            <button type="button" class="quiet" on:click=move |_| choose_above(place)>{question.asks}</button>
                            <span class="aside-text">{names}</span>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <p class="aside-text">
                "Faithful: how much farther the answer moves when words are taken out in the order of the method than at random; at 1 a \
                 method is no better than chance. Time: on this device, on this sentence. Neither is ever borrowed from elsewhere."
            </p>
            <Rules/>
            <section class="methods__rules" aria-label="Worked examples">
                <h2>"Worked examples"</h2>
                <ul>
                    {WORKED.iter().map(|worked| view! {
                        <li><a href=worked.address data-testid="worked">{worked.title}</a>" "<span class="aside-text">{worked.shows}</span></li>
                    }).collect_view()}
                </ul>
            </section>
        </section>
    }
}

/// What answers a question, and what that cannot say.
#[component]
fn Answered(question: &'static Question, measuring: Measuring, text: RwSignal<String>) -> impl IntoView {
    let sort = RwSignal::new(Sort::Given);
    let open = RwSignal::new(None::<MethodId>);
    let rows = Memo::new(move |_| {
        let mut rows = question.methods.to_vec();
        let found = measuring.found.get();
        let of = |id: &MethodId| found.get(id).cloned().unwrap_or_default();
        let least = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        match sort.get() {
            Sort::Given => {}
            Sort::Time => rows.sort_by(|a, b| least(of(a).millis, of(b).millis)),
            Sort::Faithful => {
                rows.sort_by(|a, b| least(of(a).ratio.map(|it| -f64::from(it)), of(b).ratio.map(|it| -f64::from(it))))
            }
        }
        rows
    });
    let head = move |name: &'static str, by: Sort| {
        let sorted =
            move || if sort.get() == by { if by == Sort::Time { "ascending" } else { "descending" } } else { "none" };
        let flip = move |_| sort.update(|sort| *sort = if *sort == by { Sort::Given } else { by });
        view! { <th scope="col" aria-sort=sorted><button type="button" class="methods__sort" on:click=flip>{name}</button></th> }
    };
    let any = !question.methods.is_empty();
    view! {
        <p class="methods__cannot" data-testid="cannot">{question.cannot}</p>
        {any.then(|| view! {
            <table class="methods__table">
                <thead><tr>
                    <th scope="col">"method"</th><th scope="col" class="methods__wide">"type"</th><th scope="col" class="methods__wide">"needs"</th>
                    <th scope="col" class="methods__wide">"axioms"</th>{head("faithful (× random)", Sort::Faithful)}<th scope="col" class="methods__wide">"reads as"</th>
                    {head("time here", Sort::Time)}<th scope="col" class="methods__wide">"as in"</th>
                </tr></thead>
                <tbody>
                    <For each=move || rows.get() key=|id| id.name() let:id>
                        <MethodRow id=id measuring=measuring text=text open=open/>
                    </For>
                </tbody>
            </table>
        })}
        {question.others.iter().map(|other| view! { <OtherRow other=other/> }).collect_view()}
    }
}

/// One method, and below it what there is to know when it is open.
#[component]
fn MethodRow(
    id: MethodId,
    measuring: Measuring,
    text: RwSignal<String>,
    open: RwSignal<Option<MethodId>>,
) -> impl IntoView {
    let models = expect_context::<Models>();
    let about = id.declared();
    let is_open = move || open.get() == Some(id);
    let toggle = move |_| open.update(|open| *open = Some(id).filter(|id| *open != Some(*id)));
    let found = move || measuring.found.with(|found| found.get(&id).cloned().unwrap_or_default());
    // In the Lab, by this method.
    let try_it = move || {
        let place = Place {
            model: Some(models.chosen.get()),
            text: Some(text.get()),
            ask: Some(Ask::Explain(Explain::new(id, &[]))),
            ..Place::default()
        };
        address::write(&place).unwrap_or_else(|_| "#/lab".to_owned())
    };
    let measure = move |_| measuring.start(models.chosen.get_untracked(), text.get_untracked(), &[id]);
    let faithful = move || match found() {
        Measured { faithful: Some(said), ratio, .. } => {
            let share = ratio.unwrap_or(0.0).clamp(0.0, 4.0) * 25.0;
            view! { <span class="methods__bar" style:--share=format!("{share:.1}%")></span><a class="number" href=try_it>{said}</a> }.into_any()
        }
        Measured { refused: Some(_), .. } => view! { "–" }.into_any(),
        _ => view! { <span class="aside-text">"not measured"</span> }.into_any(),
    };
    let time = move || match found() {
        Measured { millis: Some(millis), .. } => {
            view! { <span class="number" data-testid="method-time">{progress::millis(millis)}</span> }.into_any()
        }
        Measured { refused: Some(_), .. } => view! { "–" }.into_any(),
        _ => {
            let about = measuring.about_millis(id, &models.traits(), models.chosen.get(), text.get());
            let said = about.map_or_else(|| "measure".to_owned(), progress::measure_about);
            view! { <button type="button" class="quiet" data-testid="measure-one" on:click=measure>{said}</button> }
                .into_any()
        }
    };
    view! {
        <tr data-testid="method" data-method=id.name()>
            <th scope="row"><button type="button" class="methods__name" aria-expanded=move || is_open().to_string() on:click=toggle>{about.name}</button></th>
            <td class="methods__wide">{about.place.family}</td>
            <td class="methods__wide">{about.place.access}</td>
            <td class="methods__wide">{about.place.axioms}</td>
            <td>{faithful}</td>
            <td class="methods__wide">{reads(about)}</td>
            <td>{time}</td>
            <td class="methods__wide">{about.place.library}</td>
        </tr>
        {move || found().refused.map(|said| view! { <tr><td colspan="8" class="aside-text">{said}</td></tr> })}
        {move || is_open().then(|| view! {
            <tr class="methods__open" data-testid="method-open"><td colspan="8">
                <p class="methods__question">{about.question}</p>
                <dl class="facts">
                    <dt>"Reads as"</dt><dd>{about.reads_as}</dd>
                    <dt>"For it"</dt><dd>{about.place.strength}</dd>
                    <dt>"Against it"</dt><dd>{about.limits}</dd>
                    <dt>"Best for"</dt><dd>{about.place.good_for}</dd>
                    <dt>"Needs, and promises"</dt><dd>{format!("{} of the model; axioms: {}", about.place.access, about.place.axioms)}</dd>
                    <dt>"Cost"</dt><dd>{about.cost}</dd>
                    <dt>"Source"</dt><dd>{about.source}</dd>
                </dl>
                <p><a href=try_it data-testid="try-it">"Try it in the Lab"</a></p>
            </td></tr>
        })}
    }
}

/// A way of looking that is no attribution.
#[component]
fn OtherRow(other: &'static Other) -> impl IntoView {
    view! {
        <p class="methods__other">
            <b>{other.name}</b>" "{other.does}" "
            <span class="aside-text">{other.source}</span>" "
            <a href=other.address data-testid="open-other">"Open it in the Lab"</a>
        </p>
    }
}

/// The rules, each with an example of breaking it.
#[component]
fn Rules() -> impl IntoView {
    view! {
        <section class="methods__rules" aria-label="Rules">
            <h2>"Five rules that keep a picture honest"</h2>
            <ol>
                {RULES.iter().map(|rule| view! {
                    <li>
                        <p class="methods__question">{rule.rule}</p>
                        <p>{rule.why}" "<a href=rule.address data-testid="rule">"See it broken: "{rule.example}</a>"."</p>
                    </li>
                }).collect_view()}
            </ol>
        </section>
    }
}
