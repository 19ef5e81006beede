//! The tokens in reading order, each with its score: hover previews, click locks, Escape unlocks, arrows move.

use leptos::prelude::*;
use vitrine_figure::color::{cell, ink_on};
use vitrine_words::explanation::{colours, share, unit};
use vitrine_words::marks::{Grouping, Mark, parts};
use vitrine_words::number::{plain, signed};
use wasm_bindgen::JsCast;

use crate::elements::figure_frame::{FigureFrame, Table};
use crate::state::preferences::Preferences;
use crate::views::shown::Shown;

/// The strip with its legend and the switch between tokens and words.
#[component]
pub fn TokenStrip(
    /// Whether word pieces are merged.
    grouping: RwSignal<Grouping>,
) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let is_signed = Memo::new(move |_| shown.explanation.with(|explanation| explanation.method.id.declared().signed));
    let trusted = Memo::new(move |_| shown.explanation.with(|explanation| explanation.trusted()));
    // One mark is in the tab order; arrows move it.
    let tab_stop = RwSignal::new(0usize);
    let table = Signal::derive(move || Table {
        heads: vec![("Token".into(), false), (format!("Score ({})", shown.explanation.with(|e| unit(e))), true)],
        rows: shown.marks.get().into_iter().map(|mark| vec![mark.text, number(mark.score, is_signed.get())]).collect(),
    });
    let summary = Signal::derive(move || shown.explanation.with(|explanation| colours(explanation)));
    let merged = move || grouping.get() == Grouping::Words;
    let flip = move |_| {
        shown.selection.clear();
        tab_stop.set(0);
        grouping.update(|grouping| {
            *grouping = if *grouping == Grouping::Words { Grouping::Tokens } else { Grouping::Words }
        });
    };
    view! {
        <FigureFrame title="Word by word" summary=summary table=table>
            <div class="token-strip" class:is-distrusted=move || !trusted.get() role="group" aria-label="Tokens with their scores">
                {move || shown.marks.get().into_iter().enumerate().map(|(index, mark)| view! {
                    <Chip index=index mark=mark is_signed=is_signed.get() trusted=trusted tab_stop=tab_stop/>
                }).collect_view()}
            </div>
            <div class="token-strip__foot">
                <label class="token-strip__switch">
                    <input type="checkbox" prop:checked=merged on:change=flip data-testid="merge-words"/>
                    " Merge word pieces (scores are summed)"
                </label>
                <p class="token-strip__detail" aria-live="polite" data-testid="selected">{move || detail(&shown)}</p>
            </div>
        </FigureFrame>
    }
}

/// One token or word.
#[component]
fn Chip(index: usize, mark: Mark, is_signed: bool, trusted: Memo<bool>, tab_stop: RwSignal<usize>) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let preferences = expect_context::<Preferences>();
    let largest = if mark.share == 0.0 { 0.0 } else { (mark.score / mark.share).abs() };
    let final_score = mark.score;
    let score = move || {
        shown
            .frame
            .with(|frame| frame.as_ref().and_then(|frame| frame.scores.get(index).copied()))
            .unwrap_or(final_score)
    };
    let part = move || if largest > 0.0 { score() / largest } else { 0.0 };
    let background = move || cell(part(), is_signed, preferences.theme());
    let selection = shown.selection;
    let move_to = move |event: &leptos::ev::KeyboardEvent, forward: bool| {
        let here = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let next =
            here.and_then(|here| if forward { here.next_element_sibling() } else { here.previous_element_sibling() });
        if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
            event.prevent_default();
            tab_stop.set(if forward { index + 1 } else { index.saturating_sub(1) });
            // Focus can only fail on an element that has just been removed.
            let _ = next.focus();
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => move_to(&event, true),
        "ArrowLeft" | "ArrowUp" => move_to(&event, false),
        _ => {}
    };
    let text = mark.text.clone();
    let pieces = shown.explanation.with_untracked(|explanation| parts(explanation, &mark));
    let title = (!pieces.is_empty()).then(|| format!("{} tokens that are one character", pieces.len()));
    view! {
        <button
            type="button"
            class="token-strip__token"
            class:is-special=mark.special
            class:is-selected=move || selection.current() == Some(index)
            data-testid="token"
            data-token=text
            data-score=final_score.to_string()
            title=title
            tabindex=move || if tab_stop.get() == index { "0" } else { "-1" }
            aria-pressed=move || selection.is_locked(index).to_string()
            style:background-color=move || if trusted.get() { background().css() } else { String::new() }
            style:color=move || if trusted.get() { ink_on(background()).css() } else { String::new() }
            style:--bar=move || format!("{:.1}%", part().abs().min(1.0) * 100.0)
            style:--pole=move || preferences.theme().pole(part(), is_signed).css()
            on:mouseenter=move |_| selection.hover(Some(index))
            on:mouseleave=move |_| selection.hover(None)
            on:focus=move |_| { tab_stop.set(index); selection.hover(Some(index)); }
            on:blur=move |_| selection.hover(None)
            on:click=move |_| selection.toggle(index)
            on:keydown=on_key
        >
            <span class="token-strip__value">{move || number(score(), is_signed)}</span>
            <span class="token-strip__word"><bdi>{mark.text}</bdi></span>
            <span class="token-strip__bar" aria-hidden="true"></span>
        </button>
    }
}

fn number(score: f32, is_signed: bool) -> String {
    if is_signed { signed(score) } else { plain(score) }
}

/// The selected word in a sentence.
fn detail(shown: &Shown) -> String {
    let selected = shown.selection.current().and_then(|index| shown.marks.with(|marks| marks.get(index).cloned()));
    selected.map_or_else(
        || "Point at a word for its share; click to keep it, Escape to let go.".to_owned(),
        |mark| shown.explanation.with(|explanation| share(explanation, &mark)),
    )
}
