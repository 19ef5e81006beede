//! What comes next: the likeliest tokens as bars, redrawn for another temperature without asking the model again.

use leptos::prelude::*;
use vitrine_schema::Sampling;
use vitrine_words::answer::{likeliest, others};
use vitrine_words::number::{percent, plain};
use vitrine_words::token::visible;

use crate::elements::choice::{Choice, Item};
use crate::elements::figure_frame::{FigureFrame, Table};
use crate::state::language::Language;
use crate::state::preferences::Preferences;

/// Bars that are drawn.
const SHOWN: usize = 10;
const TOP_K: [usize; 5] = [0, 2, 5, 20, 50];

/// One bar: token as in the vocabulary, how it is written out, probability, logit.
#[derive(Clone, PartialEq)]
struct Bar {
    token: String,
    probability: f32,
    logit: f32,
}

/// The distribution over the next token.
#[component]
pub fn NextToken() -> impl IntoView {
    let language = expect_context::<Language>();
    let preferences = expect_context::<Preferences>();
    let bars = Memo::new(move |_| bars(&language));
    let rest = Memo::new(move |_| 1.0 - bars.with(|bars| bars.iter().map(|bar| bar.probability).sum::<f32>()));
    let table = Signal::derive(move || Table {
        heads: vec![("Token".into(), false), ("Probability".into(), true), ("Logit".into(), true)],
        rows: bars
            .get()
            .into_iter()
            .map(|bar| vec![visible(&bar.token), percent(bar.probability), plain(bar.logit)])
            .collect(),
    });
    let summary = Signal::derive(move || {
        bars.with(|bars| bars.first().map(|bar| likeliest(&bar.token, bar.probability))).unwrap_or_default()
    });
    let top_k = |&k: &usize| (k.to_string(), if k == 0 { "all".to_owned() } else { format!("the {k} likeliest") });
    let top_ks: Signal<Vec<Item>> = Signal::stored(TOP_K.iter().map(top_k).collect());
    view! {
        <FigureFrame title="What comes next" summary=summary table=table>
            <ol class="next-token" data-testid="prediction">
                {move || bars.get().into_iter().map(|bar| {
                    let Bar { token, probability, logit } = bar;
                    let shown = visible(&token);
                    let (label, data) = (format!("Append {shown}"), token.clone());
                    let (appended, explained) = (token.clone(), token.clone());
                    let is_target = { let token = token.clone(); move || language.target.get().as_ref() == Some(&token) };
                    let pressed = is_target.clone();
                    view! {
                        <li class="next-token__row" class:is-target=is_target data-token=data data-probability=probability.to_string() data-logit=logit.to_string()>
                            <button type="button" class="next-token__token" aria-label=label on:click=move |_| language.append(&appended)>{shown}</button>
                            <span class="next-token__track" aria-hidden="true">
                                <span
                                    class="next-token__bar"
                                    style:width=format!("{:.2}%", probability * 100.0)
                                    style:background-color=move || preferences.theme().poles().unsigned.css()
                                ></span>
                            </span>
                            <span class="number">{percent(probability)}</span>
                            <span class="number next-token__logit" title="logit">{plain(logit)}</span>
                            <button
                                type="button"
                                class="button button--quiet next-token__why"
                                aria-pressed=move || pressed().to_string()
                                on:click=move |_| language.explain_instead(Some(explained.clone()), None)
                            >"why?"</button>
                        </li>
                    }
                }).collect_view()}
            </ol>
            <p class="aside-text">{move || others(rest.get())}</p>
            <div class="next-token__controls">
                <label class="choice">
                    <span class="choice__label">{move || format!("Temperature {:.2}", language.temperature.get())}</span>
                    <input
                        type="range"
                        min="0"
                        max="2"
                        step="0.05"
                        data-testid="temperature"
                        prop:value=move || language.temperature.get().to_string()
                        on:input=move |event| language.temperature.set(event_target_value(&event).parse().unwrap_or(1.0))
                    />
                </label>
                <Choice
                    label="Draw from"
                    test_id="top-k"
                    items=top_ks
                    value=Signal::derive(move || language.top_k.get().to_string())
                    on_choose=Callback::new(move |k: String| language.top_k.set(k.parse().unwrap_or(0)))
                />
                <label class="choice">
                    <span class="choice__label">"Seed"</span>
                    <input
                        type="number"
                        class="field next-token__seed"
                        min="0"
                        data-testid="seed"
                        prop:value=move || language.seed.get().to_string()
                        on:change=move |event| language.seed.set(event_target_value(&event).parse().unwrap_or(0))
                    />
                </label>
            </div>
        </FigureFrame>
    }
}

fn bars(language: &Language) -> Vec<Bar> {
    let (temperature, top_k) = (language.temperature.get(), language.top_k.get());
    language.answer.with(|answer| {
        let Some(answered) = answer else { return Vec::new() };
        let drawn = Sampling { temperature, top_k, seed: 0 }.distribution(&answered.prediction.vocabulary.values);
        let named = |id: usize| answered.prediction.top.iter().find(|ranked| ranked.id == id);
        let bar = |&(id, probability): &(usize, f32)| {
            let ranked = named(id)?;
            Some(Bar { token: ranked.token.clone().unwrap_or_default(), probability, logit: ranked.logit })
        };
        drawn.iter().take(SHOWN).filter_map(bar).collect()
    })
}
