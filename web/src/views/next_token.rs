//! What comes next: the likeliest tokens as bars, redrawn for another temperature without asking the model again.

use leptos::prelude::*;
use vitrine_figure::table::{Cell, Table};
use vitrine_words::answer::{likeliest, others};
use vitrine_words::number::{percent, plain};
use vitrine_words::token::visible;

use crate::elements::choice::{Choice, Item};
use crate::elements::figure_frame::FigureFrame;
use crate::state::preferences::Preferences;
use crate::state::workbench::Workbench;

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
pub fn NextToken(
    /// Whose answer it is.
    bench: Workbench,
) -> impl IntoView {
    let writing = bench.writing;
    let preferences = expect_context::<Preferences>();
    let bars = Memo::new(move |_| bars(bench));
    let rest = Memo::new(move |_| 1.0 - bars.with(|bars| bars.iter().map(|bar| bar.probability).sum::<f32>()));
    let table = Signal::derive(move || Table {
        heads: vec![("Token".into(), false), ("Probability".into(), true), ("Logit".into(), true)],
        rows: bars
            .get()
            .into_iter()
            .map(|bar| {
                vec![
                    Cell::Text(visible(&bar.token)),
                    Cell::Number(bar.probability, percent(bar.probability)),
                    Cell::Number(bar.logit, plain(bar.logit)),
                ]
            })
            .collect(),
    });
    let summary = Signal::derive(move || {
        bars.with(|bars| bars.first().map(|bar| likeliest(&bar.token, bar.probability))).unwrap_or_default()
    });
    let top_k = |&k: &usize| (k.to_string(), if k == 0 { "all".to_owned() } else { format!("the {k} likeliest") });
    let top_ks: Signal<Vec<Item>> = Signal::stored(TOP_K.iter().map(top_k).collect());
    view! {
        <FigureFrame title="What could have come here" summary=summary table=table>
            <ol class="next-token" data-testid="prediction">
                {move || bars.get().into_iter().map(|bar| {
                    let Bar { token, probability, logit } = bar;
                    let shown = visible(&token);
                    let (label, data) = (format!("Append {shown}"), token.clone());
                    let (appended, explained) = (token.clone(), token.clone());
                    let is_target = { let token = token.clone(); move || bench.target.get().as_ref() == Some(&token) };
                    let pressed = is_target.clone();
                    view! {
                        <li class="next-token__row" class:is-target=is_target data-token=data data-probability=probability.to_string() data-logit=logit.to_string()>
                            <button type="button" class="next-token__token" aria-label=label on:click=move |_| bench.ask_about(bench.text.get_untracked() + &appended)>{shown}</button>
                            <span class="next-token__track" aria-hidden="true">
                                <span
                                    class="next-token__bar"
                                    style:width=format!("{:.2}%", probability * 100.0)
                                    style:background-color=move || preferences.theme().poles().unsigned.css()
                                ></span>
                            </span>
                            <span class="number" title=format!("logit {}", plain(logit))>{percent(probability)}</span>
                            <button
                                type="button"
                                class="button button--quiet next-token__why"
                                aria-pressed=move || pressed().to_string()
                                on:click=move |_| bench.explain_instead(Some(explained.clone()), None)
                            >"why?"</button>
                        </li>
                    }
                }).collect_view()}
            </ol>
            <p class="aside-text">{move || others(rest.get())}</p>
            <div class="next-token__controls">
                <label class="choice">
                    <span class="choice__label">{move || format!("Temperature {:.2}", writing.temperature.get())}</span>
                    <input
                        type="range"
                        min="0"
                        max="2"
                        step="0.05"
                        data-testid="temperature"
                        prop:value=move || writing.temperature.get().to_string()
                        on:input=move |event| writing.temperature.set(event_target_value(&event).parse().unwrap_or(1.0))
                    />
                </label>
                <Choice
                    label="Draw from"
                    test_id="top-k"
                    items=top_ks
                    value=Signal::derive(move || writing.top_k.get().to_string())
                    on_choose=Callback::new(move |k: String| writing.top_k.set(k.parse().unwrap_or(0)))
                />
                <label class="choice">
                    <span class="choice__label">"Seed"</span>
                    <input
                        type="number"
                        class="field next-token__seed"
                        min="0"
                        data-testid="seed"
                        prop:value=move || writing.seed.get().to_string()
                        on:change=move |event| writing.seed.set(event_target_value(&event).parse().unwrap_or(0))
                    />
                </label>
                <button type="button" class="button" data-testid="write" on:click=move |_| bench.write()>"Let it write"</button>
            </div>
        </FigureFrame>
    }
}

fn bars(bench: Workbench) -> Vec<Bar> {
    let sampling = bench.writing.sampling();
    let Some(answer) = bench.answer() else { return Vec::new() };
    let drawn = sampling.distribution(&answer.vocabulary.values);
    let named = |id: usize| answer.top.iter().find(|ranked| ranked.id == id);
    let bar = |&(id, probability): &(usize, f32)| {
        let ranked = named(id)?;
        Some(Bar { token: ranked.token.clone().unwrap_or_default(), probability, logit: ranked.logit })
    };
    drawn.iter().take(SHOWN).filter_map(bar).collect()
}
