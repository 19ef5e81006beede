//! What comes next: the likeliest tokens as bars, redrawn for another temperature without asking the model again.

use leptos::prelude::*;
use vitrine_figure::answer::{self, Row};
use vitrine_figure::bars::{ROW, TOP};
use vitrine_figure::drawing::Part;
use vitrine_words::answer::{likeliest, others};
use vitrine_words::number::{percent, plain};
use vitrine_words::token::visible;

use crate::elements::choice::{Choice, Item};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
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
pub fn NextToken() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let writing = bench.writing;
    let bars = Memo::new(move |_| bars(bench));
    let rest = move || 1.0 - bars.with(|bars| bars.iter().map(|bar| bar.probability).sum::<f32>());
    let pointed = RwSignal::new(None::<Part>);
    let target = Signal::derive(move || {
        let target = bench.about.get().target?;
        bars.with(|bars| bars.iter().position(|bar| bar.token == target)).map(Part::Answer)
    });
    let summary = Signal::derive(move || {
        bars.with(|bars| bars.first().map(|bar| likeliest(&bar.token, bar.probability))).unwrap_or_default()
    });
    let top_k = |&k: &usize| (k.to_string(), if k == 0 { "all".to_owned() } else { format!("the {k} likeliest") });
    let top_ks: Signal<Vec<Item>> = Signal::stored(TOP_K.iter().map(top_k).collect());
    view! {
        <FigureFrame title="What could have come here" summary=summary table=move |()| bars.with(|bars| answer::table(&rows(bars)))>
            <div class="next-token">
                <div class="next-token__bars">
                    <DrawingView draw=move |width| bars.with(|bars| answer::drawing(&rows(bars), width)) says=summary pointed=pointed chosen=target/>
                </div>
                // A row of the list lies on each bar.
                <ol class="next-token__rows" data-testid="prediction" style:padding-top=format!("{TOP}px")>
                    {move || bars.get().into_iter().enumerate().map(|(place, bar)| {
                        view! { <Line bar=bar part=Part::Answer(place) pointed=pointed/> }
                    }).collect_view()}
                </ol>
            </div>
            <p class="aside-text">{move || others(rest())}</p>
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
                    on_choose=move |k: String| writing.top_k.set(k.parse().unwrap_or(0))
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

/// What can be done with a token: explain it, or write it down.
#[component]
fn Line(bar: Bar, part: Part, pointed: RwSignal<Option<Part>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let Bar { token, probability, logit } = bar;
    let shown = visible(&token);
    let (explain, append) = (format!("Explain {shown}, {}", percent(probability)), format!("Write {shown} down"));
    let (named, explained, appended) = (token.clone(), token.clone(), token.clone());
    let is_target = move || bench.about.with(|about| about.target.as_ref() == Some(&named)).to_string();
    view! {
        <li
            class="next-token__row"
            style:height=format!("{ROW}px")
            data-token=token
            data-probability=probability.to_string()
            data-logit=logit.to_string()
            on:mouseenter=move |_| pointed.set(Some(part))
            on:mouseleave=move |_| pointed.set(None)
            on:focusin=move |_| pointed.set(Some(part))
            on:focusout=move |_| pointed.set(None)
        >
            <button
                type="button"
                class="next-token__explain"
                aria-label=explain
                aria-pressed=is_target
                title=format!("logit {}", plain(logit))
                on:click=move |_| bench.explain_instead(Some(explained.clone()), None)
            ></button>
            <button
                type="button"
                class="quiet"
                aria-label=append
                on:click=move |_| bench.ask_about(bench.text.get_untracked() + &appended)
            >"write"</button>
        </li>
    }
}

fn rows(bars: &[Bar]) -> Vec<Row> {
    let row = |&Bar { ref token, probability, logit }: &Bar| Row {
        label: visible(token),
        probability: Some(probability),
        logit: Some(logit),
        side: None,
    };
    bars.iter().map(row).collect()
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
