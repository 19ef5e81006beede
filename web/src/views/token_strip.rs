//! The tokens in reading order, each with its score: hover previews, click locks, Escape unlocks, arrows move.

use leptos::prelude::*;
use vitrine_figure::color::{cell, ink_on};
use vitrine_figure::describe::{direction, unit};
use vitrine_figure::scale::{plain, signed};
use vitrine_figure::strip::{Grouping, Mark, parts};
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
    let summary = Signal::derive(move || {
        shown.explanation.with(|explanation| {
            if is_signed.get() {
                format!(
                    "Blue pushes {}, orange {}. Scores are {}.",
                    direction(explanation, 1.0),
                    direction(explanation, -1.0),
                    unit(explanation)
                )
            } else {
                "Deeper colour: the answer is more sensitive to this word. Scores have no direction.".to_owned()
            }
        })
    });
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
    let share = move || if largest > 0.0 { score() / largest } else { 0.0 };
    let background = move || cell(share(), is_signed, preferences.theme());
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
            style:--bar=move || format!("{:.1}%", share().abs().min(1.0) * 100.0)
            style:--pole=move || preferences.theme().pole(share(), is_signed).css()
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
    let Some(mark) = shown.selection.current().and_then(|index| shown.marks.with(|marks| marks.get(index).cloned()))
    else {
        return "Point at a word for its share; click to keep it, Escape to let go.".to_owned();
    };
    shown.explanation.with(|explanation| {
        let about = explanation.method.id.declared();
        let pieces = parts(explanation, &mark);
        let piece = |(name, score): &(String, f32)| format!("{name}: {}", number(*score, about.signed));
        let pieces = match pieces.as_slice() {
            [] => String::new(),
            pieces => format!(" Its parts: {}.", pieces.iter().map(piece).collect::<Vec<_>>().join(", ")),
        };
        if !about.signed {
            return format!("“{}”: sensitivity {}.{pieces}", mark.text, plain(mark.score));
        }
        let whole = explanation.value - explanation.baseline_value;
        let of = if about.complete { format!(", of {} in all", signed(whole)) } else { String::new() };
        format!(
            "“{}” pushes {} by {}{of}.{pieces}",
            mark.text,
            direction(explanation, mark.score),
            plain(mark.score.abs())
        )
    })
}
