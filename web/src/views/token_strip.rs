//! The tokens in reading order, each with its score: hover previews, click locks, Escape unlocks, arrows move.

use leptos::prelude::*;
use vitrine_figure::bars::number;
use vitrine_figure::color::{Theme, cell, ink_on};
use vitrine_figure::strip;
use vitrine_words::explanation::{colours, scale_of, share};
use vitrine_words::marks::{Grouping, Mark, added_names, is_added, parts};

use crate::elements::figure_frame::FigureFrame;
use crate::services::focus::focus_beside;
use crate::views::shown::Shown;

/// The strip with its legend and the switch between tokens and words.
#[component]
pub fn TokenStrip(
    /// Whether word pieces are merged.
    grouping: RwSignal<Grouping>,
) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let is_signed = Memo::new(move |_| shown.of(|explanation| explanation.method.signed()));
    let trusted = Memo::new(move |_| shown.of(|explanation| explanation.trusted()));
    let show_added = RwSignal::new(false);
    // One mark is in the tab order, the first that is seen; arrows move it.
    let walked = RwSignal::new(None::<usize>);
    let seen = move |mark: &Mark| show_added.get() || !shown.of(|explanation| is_added(explanation, &mark.tokens));
    let tab_stop = Memo::new(move |_| {
        shown.marks.with(|marks| {
            let walked = walked.get().filter(|&index| marks.get(index).is_some_and(seen));
            walked.or_else(|| marks.iter().position(seen)).unwrap_or(0)
        })
    });
    let summary = Signal::derive(move || shown.of(colours));
    let legend = move || view! { <Foot grouping=grouping show_added=show_added/> };
    view! {
        <FigureFrame title="Word by word" summary=summary table=move |()| shown.marked(strip::table) said=true legend=legend>
            <div class="token-strip" class:is-distrusted=move || !trusted.get() role="group" aria-label="Tokens with their scores">
                {move || shown.marks.get().into_iter().enumerate().map(|(index, mark)| view! {
                    <Chip index=index mark=mark is_signed=is_signed.get() trusted=trusted tab_stop=tab_stop walked=walked show_added=show_added/>
                }).collect_view()}
            </div>
            <p class="token-strip__detail" aria-live="polite" data-testid="selected">{move || detail(&shown)}</p>
        </FigureFrame>
    }
}

/// The scale of the colours, and what else can be shown.
#[component]
fn Foot(grouping: RwSignal<Grouping>, show_added: RwSignal<bool>) -> impl IntoView {
    let shown = expect_context::<Shown>();
    // What the tokenizer adds of its own is shown when the reader asks for it; control tokens in the text always.
    let added = Memo::new(move |_| shown.of(added_names));
    let merged = move || grouping.get() == Grouping::Words;
    let flip = move |_| {
        shown.selection.clear();
        grouping.update(|grouping| *grouping = grouping.other());
    };
    let theme = expect_context::<Signal<Theme>>();
    let ramp = Memo::new(move |_| shown.marked(|explanation, marks| strip::ramp(explanation, marks, theme.get())));
    let end = move |which: usize| ramp.with(|(ends, _)| ends[which].clone());
    view! {
        <div class="token-strip__foot">
            <span class="number">{move || end(0)}</span>
            <span class="token-strip__ramp" aria-hidden="true" style:background-image=move || ramp.get().1></span>
            <span class="number">{move || end(1)}</span>
            <span>{move || shown.of(scale_of)}</span>
            {move || shown.of(|explanation| explanation.players.is_empty()).then(|| view! {
                <label class="token-strip__switch">
                    <input type="checkbox" prop:checked=merged on:change=flip data-testid="merge-words"/>
                    " Merge word pieces"
                </label>
            })}
            {move || (!added.with(String::is_empty)).then(|| view! {
                <button type="button" class="quiet" data-testid="show-special" aria-pressed=move || show_added.get().to_string() on:click=move |_| show_added.update(|on| *on = !*on)>
                    {move || format!("{} {}", if show_added.get() { "Hide" } else { "Show" }, added.get())}
                </button>
            })}
        </div>
    }
}

/// One token or word.
#[component]
fn Chip(
    index: usize,
    mark: Mark,
    is_signed: bool,
    trusted: Memo<bool>,
    tab_stop: Memo<usize>,
    walked: RwSignal<Option<usize>>,
    show_added: RwSignal<bool>,
) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let theme = expect_context::<Signal<Theme>>();
    let largest = if mark.share == 0.0 { 0.0 } else { (mark.score / mark.share).abs() };
    let final_score = mark.score;
    let score = move || {
        let now = shown.running.with(|scores| scores.as_ref()?.get(index).copied());
        now.unwrap_or(final_score)
    };
    let part = move || if largest > 0.0 { score() / largest } else { 0.0 };
    let background = move || cell(part(), is_signed, theme.get());
    let selection = shown.selection;
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let forward = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => true,
            "ArrowLeft" | "ArrowUp" => false,
            _ => return,
        };
        // Focus walks to the next that is seen, and `walked` with it.
        focus_beside(&event, forward);
    };
    let text = mark.text.clone();
    let added = untrack(|| shown.of(|explanation| is_added(explanation, &mark.tokens)));
    let pieces = untrack(|| shown.of(|explanation| parts(explanation, &mark)));
    let title = (!pieces.is_empty()).then(|| format!("{} tokens that are one character", pieces.len()));
    view! {
        <button
            type="button"
            class="token-strip__token"
            class:is-special=mark.special
            hidden=move || added && !show_added.get()
            class:is-selected=move || selection.current().is_some_and(|span| span.holds(index))
            data-testid="token"
            data-token=text
            data-score=final_score.to_string()
            title=title
            tabindex=move || if tab_stop.get() == index { "0" } else { "-1" }
            aria-pressed=move || selection.locked.get().is_some_and(|span| span.holds(index)).to_string()
            style:background-color=move || if trusted.get() { background().css() } else { String::new() }
            style:color=move || if trusted.get() { ink_on(background()).css() } else { String::new() }
            style:--bar=move || format!("{:.1}%", part().abs().min(1.0) * 100.0)
            style:--pole=move || theme.get().pole(part(), is_signed).css()
            on:mousedown=move |_| selection.press(index)
            on:mouseenter=move |event| selection.pass(index, event.buttons() == 1)
            on:mouseleave=move |_| selection.hovered.set(None)
            on:focus=move |_| { walked.set(Some(index)); selection.hovered.set(Some(index)); }
            on:blur=move |_| selection.hovered.set(None)
            on:click=move |event| if event.shift_key() { selection.extend(index) } else { selection.toggle(index) }
            on:keydown=on_key
        >
            <span class="token-strip__value">{move || number(score(), is_signed)}</span>
            <span class="token-strip__word"><bdi>{mark.text}</bdi></span>
            <span class="token-strip__bar" aria-hidden="true"></span>
        </button>
    }
}

/// The selected word in a sentence.
fn detail(shown: &Shown) -> String {
    let selected = shown.selection.current().and_then(|span| shown.chosen(span));
    selected.map_or_else(
        || {
            let click = if shown.provable { "take it out, draw over several" } else { "keep it" };
            format!(
                "Point at a word, or touch it, for its share; click to {click}, Escape or a second click to let go."
            )
        },
        |mark| shown.of(|explanation| share(explanation, &mark)),
    )
}
