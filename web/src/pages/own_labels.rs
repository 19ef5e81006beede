//! Labels of the reader's own, for a model that judges whether one text follows from another.

use leptos::prelude::*;
use vitrine_schema::protocol::{Entailment, Lane, ModelCard};
use vitrine_schema::recipe::Explain;
use vitrine_schema::{Ask, Finding, Kept, MethodId, Recipe, TargetRequest};
use vitrine_share::{Place, address};
use vitrine_words::entailment::{TEMPLATE, claim, how, labels, ranked};
use vitrine_words::number::percent;

use crate::state::asking::{Answer, Asking};

/// What was asked: a text and labels.
#[derive(Clone, PartialEq)]
struct Asked {
    labels: Vec<String>,
    template: String,
    /// One question for each label.
    recipes: Vec<Recipe>,
}

/// A text, labels, and what the model makes of them.
#[component]
pub fn OwnLabels(card: ModelCard, entailment: Entailment) -> impl IntoView {
    let asking = expect_context::<Asking>();
    let findings = expect_context::<RwSignal<Kept>>();
    let [text, written] = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let template = RwSignal::new(TEMPLATE.to_owned());
    let asked = RwSignal::new(None::<Asked>);
    let id = card.id.clone();
    let judge = entailment.clone();
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (text, template, labels) =
            (text.get_untracked(), template.get_untracked(), labels(&written.get_untracked()));
        if text.trim().is_empty() || labels.is_empty() {
            return;
        }
        let recipe = |label: &String| Recipe::new(&id, judge.text(&text, &template, label), Ask::Predict {});
        let recipes: Vec<Recipe> = labels.iter().map(recipe).collect();
        ask_all(asking, recipes.clone());
        asked.set(Some(Asked { labels, template, recipes }));
    };
    let follows = entailment.follows;
    let found = Memo::new(move |_| {
        let Asked { labels, template, recipes } = asked.get()?;
        findings.with(|kept| {
            let predictions = recipes.iter().map(|recipe| match &kept.of(recipe)?.finding {
                Finding::Prediction(prediction) => Some(prediction.clone()),
                _ => None,
            });
            let predictions = predictions.collect::<Option<Vec<_>>>()?;
            let logits: Vec<&[f32]> = predictions.iter().map(|prediction| prediction.logits.as_slice()).collect();
            let shares = entailment.shares(&logits);
            let ranked = ranked(&labels, &shares);
            let best = ranked.first().and_then(|(at, ..)| predictions.get(*at))?;
            let believed = best.top.iter().find(|answer| answer.id == follows).and_then(|answer| answer.probability);
            Some((claim(&labels, &shares), ranked, how(&template, believed.unwrap_or_default())))
        })
    });
    let usual = MethodId::usual(&card.traits);
    let target = card.labels.get(follows).cloned();
    let why = move |at: usize| {
        let recipe = asked.with_untracked(|asked| asked.as_ref()?.recipes.get(at).cloned())?;
        let place = Place {
            model: Some(recipe.model.clone()),
            text: recipe.text().ok().map(str::to_owned),
            target: TargetRequest { target: target.clone(), ..TargetRequest::default() },
            ask: Some(Ask::Explain(Explain::new(usual, &[]))),
            ..Place::default()
        };
        address::write(&place).ok()
    };
    let field = |label: &'static str, test_id: &'static str, value: RwSignal<String>, placeholder: &'static str| {
        view! {
            <label class="choice">
                <span class="choice__label">{label}</span>
                <input type="text" class="field" data-testid=test_id placeholder=placeholder prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event))/>
            </label>
        }
    };
    view! {
        <section data-testid="own-labels">
            <h2>"Labels of your own"</h2>
            <p class="aside-text">"This model was taught whether one text follows from another, so any label can be put to it."</p>
            <form class="model__try" on:submit=ask>
                {field("A text", "entailment-text", text, "")}
                {field("Labels, with commas between them", "entailment-labels", written, "sport, politics")}
                {field("The sentence that a label stands in", "entailment-template", template, TEMPLATE)}
                <button type="submit" class="button" data-testid="ask-labels">"Which fits?"</button>
            </form>
            <div role="status">
                {move || found.get().map(|(claim, rows, how)| {
                    let why = why.clone();
                    view! {
                        <p class="model__text" data-testid="entailment-claim">{claim}</p>
                        <table>
                            <thead><tr><th scope="col">"Label"</th><th scope="col" class="number">"Share"</th><th scope="col">"Why?"</th></tr></thead>
                            <tbody>
                                {rows.into_iter().map(|(at, label, share)| view! {
                                    <tr>
                                        <td>{label.clone()}</td>
                                        <td class="number">{percent(share)}</td>
                                        <td>{why(at).map(|address| view! { <a href=address>"Ask why"<span class="visually-hidden">" "{label}</span></a> })}</td>
                                    </tr>
                                }).collect_view()}
                            </tbody>
                        </table>
                        <p class="aside-text">{how}</p>
                    }
                })}
            </div>
        </section>
    }
}

/// Asks one after the other: of one lane the newest question alone is answered.
fn ask_all(asking: Asking, recipes: Vec<Recipe>) {
    let mut recipes = recipes.into_iter();
    let Some(first) = recipes.next() else { return };
    let rest: Vec<Recipe> = recipes.collect();
    asking.ask(Lane::Background, first, move |answer| {
        if matches!(answer, Answer::Whole(_)) {
            ask_all(asking, rest.clone());
        }
    });
}
