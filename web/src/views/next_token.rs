//! What comes next: the likeliest tokens as bars, redrawn for another temperature without asking the model again.

use leptos::prelude::*;
use vitrine_figure::answer;
use vitrine_figure::bars::{ROW, TOP};
use vitrine_figure::drawing::Part;
use vitrine_schema::Ranked;
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

/// The distribution over the next token.
#[component]
pub fn NextToken() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let writing = bench.writing;
    let bars =
        Memo::new(move |_| bench.answer().map(|answer| answer.drawn(writing.sampling(), SHOWN)).unwrap_or_default());
    let rows = Memo::new(move |_| bars.with(|bars| answer::likeliest(bars, SHOWN)));
    let rest = move || 1.0 - bars.with(|bars| bars.iter().filter_map(|bar| bar.probability).sum::<f32>());
    let pointed = RwSignal::new(None::<Part>);
    let target = Signal::derive(move || {
        let target = bench.about.get().target;
        bars.with(|bars| bars.iter().position(|bar| target.is_some() && bar.token == target)).map(Part::Answer)
    });
    let summary = Signal::derive(move || {
        bars.with(|bars| bars.first().and_then(|bar| Some(likeliest(bar.token.as_deref()?, bar.probability?))))
            .unwrap_or_default()
    });
    let top_k = |&k: &usize| (k.to_string(), if k == 0 { "all".to_owned() } else { format!("the {k} likeliest") });
    let top_ks: Signal<Vec<Item>> = Signal::stored(TOP_K.iter().map(top_k).collect());
    view! {
        <FigureFrame title="What could have come here" summary=summary table=move |()| rows.with(|rows| answer::table(rows))>
            <div class="next-token">
                <div class="next-token__bars">
                    <DrawingView draw=move |width| rows.with(|rows| answer::drawing(rows, width)) says=summary pointed=pointed chosen=target/>
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
fn Line(bar: Ranked, part: Part, pointed: RwSignal<Option<Part>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let Ranked { token, probability, logit, .. } = bar;
    let (token, probability) = (token.unwrap_or_default(), probability.unwrap_or_default());
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
