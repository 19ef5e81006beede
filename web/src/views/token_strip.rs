//! The tokens in reading order, each with its score: hover previews, click locks, Escape unlocks, arrows move.

use leptos::prelude::*;
use vitrine_figure::bars::number;
use vitrine_figure::color::{cell, ink_on};
use vitrine_figure::strip;
use vitrine_schema::Explanation;
use vitrine_words::explanation::{colours, scale_of, share};
use vitrine_words::marks::{Grouping, Mark, parts};
use vitrine_words::number::signed;
use wasm_bindgen::JsCast;

use crate::elements::figure_frame::FigureFrame;
use crate::state::preferences::Preferences;
use crate::views::shown::Shown;

/// The strip with its legend and the switch between tokens and words.
#[component]
pub fn TokenStrip(
    /// Whether word pieces are merged.
    grouping: RwSignal<Grouping>,
) -> impl IntoView {
    let shown = expect_context::<Shown>();
    let is_signed = Memo::new(move |_| shown.explanation.with(|explanation| explanation.method.signed()));
    let trusted = Memo::new(move |_| shown.explanation.with(|explanation| explanation.trusted()));
    let show_added = RwSignal::new(false);
    // One mark is in the tab order, the first that is seen; arrows move it.
    let walked = RwSignal::new(None::<usize>);
    let seen = move |mark: &Mark| {
        show_added.get() || !shown.explanation.with(|explanation| is_added(explanation, &mark.tokens))
    };
    let tab_stop = Memo::new(move |_| {
        let walked = walked.get().filter(|&index| shown.marks.with(|marks| marks.get(index).is_some_and(seen)));
        walked.or_else(|| shown.marks.with(|marks| marks.iter().position(seen))).unwrap_or(0)
    });
    let table = Signal::derive(move || {
        shown.marks.with(|marks| shown.explanation.with(|explanation| strip::table(explanation, marks)))
    });
    let summary = Signal::derive(move || shown.explanation.with(|explanation| colours(explanation)));
    let legend = move || view! { <Foot grouping=grouping show_added=show_added/> };
    view! {
        <FigureFrame title="Word by word" summary=summary table=table legend=ViewFn::from(legend)>
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
    let preferences = expect_context::<Preferences>();
    // What the tokenizer adds of its own is shown when the reader asks for it; control tokens in the text always.
    let added = Memo::new(move |_| shown.explanation.with(|explanation| added_names(explanation)));
    let merged = move || grouping.get() == Grouping::Words;
    let flip = move |_| {
        shown.selection.clear();
        grouping.update(|grouping| {
            *grouping = if *grouping == Grouping::Words { Grouping::Tokens } else { Grouping::Words }
        });
    };
    let scale = move || {
        let largest = shown.marks.with(|marks| marks.iter().map(|mark| mark.score.abs()).fold(0.0, f32::max));
        let is_signed = shown.explanation.with(|explanation| explanation.method.signed());
        let low = if is_signed { signed(-largest) } else { "0".to_owned() };
        (low, number(largest, is_signed), is_signed)
    };
    let ramp = move || {
        let (_, _, is_signed) = scale();
        let theme = preferences.theme();
        let at = |share: f32| cell(share, is_signed, theme).css();
        format!(
            "linear-gradient(to right, {}, {}, {})",
            at(if is_signed { -1.0 } else { 0.0 }),
            at(if is_signed { 0.0 } else { 0.5 }),
            at(1.0)
        )
    };
    view! {
        <div class="token-strip__foot">
            <span class="number">{move || scale().0}</span>
            <span class="token-strip__ramp" aria-hidden="true" style:background-image=ramp></span>
            <span class="number">{move || scale().1}</span>
            <span>{move || shown.explanation.with(|explanation| scale_of(explanation))}</span>
            <label class="token-strip__switch">
                <input type="checkbox" prop:checked=merged on:change=flip data-testid="merge-words"/>
                " Merge word pieces"
            </label>
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
        let beside = |from: &web_sys::Element| {
            if forward { from.next_element_sibling() } else { from.previous_element_sibling() }
        };
        let mut to = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let mut steps = 0;
        // What is hidden is passed over.
        while let Some(here) = to.take() {
            steps += 1;
            to = beside(&here);
            if to.as_ref().is_some_and(|to| !to.has_attribute("hidden")) {
                break;
            }
        }
        if let Some(next) = to.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
            event.prevent_default();
            walked.set(Some(if forward { index + steps } else { index.saturating_sub(steps) }));
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
    let added = shown.explanation.with_untracked(|explanation| is_added(explanation, &mark.tokens));
    let pieces = shown.explanation.with_untracked(|explanation| parts(explanation, &mark));
    let title = (!pieces.is_empty()).then(|| format!("{} tokens that are one character", pieces.len()));
    view! {
        <button
            type="button"
            class="token-strip__token"
            class:is-special=mark.special
            hidden=move || added && !show_added.get()
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
            on:focus=move |_| { walked.set(Some(index)); selection.hover(Some(index)); }
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

/// Whether a mark is what the tokenizer added, and stands nowhere in the text.
fn is_added(explanation: &Explanation, tokens: &[usize]) -> bool {
    let token = |&token: &usize| explanation.input.tokens.get(token);
    tokens.iter().filter_map(token).all(|token| token.special && token.start == token.end)
}

/// What the tokenizer added, by name.
fn added_names(explanation: &Explanation) -> String {
    let added = (0..explanation.input.tokens.len()).filter(|&token| is_added(explanation, &[token]));
    let names: Vec<&str> = added.map(|token| explanation.input.tokens[token].text.as_str()).collect();
    names.join(" and ")
}

/// The selected word in a sentence.
fn detail(shown: &Shown) -> String {
    let selected = shown.selection.current().and_then(|index| shown.marks.with(|marks| marks.get(index).cloned()));
    selected.map_or_else(
        || "Point at a word for its share; click to keep it, Escape to let go.".to_owned(),
        |mark| shown.explanation.with(|explanation| share(explanation, &mark)),
    )
}
