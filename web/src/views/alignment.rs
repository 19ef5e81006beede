//! Which tokens of two texts belong together: in columns, and corrected by pressing one of each.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::{Aligned, Patching};
use vitrine_words::patching::{Slot, aligned, partner, slots};
use vitrine_words::token::labels;

use crate::services::focus::focus_beside;
use crate::state::workbench::Workbench;

/// A token of one of the two texts.
#[derive(Clone, Copy, PartialEq)]
struct Picked {
    of_a: bool,
    at: usize,
}

/// The tokens of both texts under each other; nothing until there is a map.
#[component]
pub fn Alignment() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let shown = bench.shows::<Patching>();
    // Another alignment of the same tokens moves them, and builds nothing anew.
    let texts =
        Memo::new(move |_| shown.with(|map| map.as_ref().map(|map| [labels(&map.input), labels(&map.corrupt)])));
    move || texts.get().map(|texts| view! { <Tokens texts=texts shown=shown/> })
}

#[component]
fn Tokens(texts: [Vec<String>; 2], shown: Memo<Option<Arc<Patching>>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let map = move || shown.get();
    let picked = RwSignal::new(None::<Picked>);
    let press = move |now: Picked| match picked.get_untracked() {
        Some(before) if before.of_a != now.of_a => {
            let (a, b) = if now.of_a { (now, before) } else { (before, now) };
            picked.set(None);
            if let Some(map) = untrack(map) {
                bench.pair_tokens(&map, Aligned { clean: a.at, corrupt: b.at });
            }
        }
        before => picked.set(Some(now).filter(|now| before != Some(*now))),
    };
    // Where everything stands, worked out once for all tokens.
    let laid = Memo::new(move |_| map().map(|map| (slots(&map), map.apart())));
    let column = move |of_a: bool, at: usize| {
        let stands =
            |slots: &[Slot]| slots.iter().position(|slot| if of_a { slot.a == Some(at) } else { slot.b == Some(at) });
        let slot = laid.with(|laid| laid.as_ref().and_then(|(slots, _)| stands(slots)));
        slot.map_or_else(String::new, |slot| format!("{}", slot + 1))
    };
    let row = move |of_a: bool, words: Vec<String>| {
        let token = move |(at, word): (usize, String)| {
            let said = move || map().map(|map| partner(&map, of_a, at)).unwrap_or_default();
            let alone = move || {
                laid.with(|laid| laid.as_ref().is_some_and(|(_, apart)| apart[usize::from(!of_a)].contains(&at)))
            };
            let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
                "ArrowLeft" => focus_beside(&event, false),
                "ArrowRight" => focus_beside(&event, true),
                _ => {}
            };
            view! {
                <button
                    type="button"
                    class="alignment__token"
                    class:is-alone=alone
                    data-testid=if of_a { "align-a" } else { "align-b" }
                    style:grid-column=move || column(of_a, at)
                    aria-pressed=move || (picked.get() == Some(Picked { of_a, at })).to_string()
                    aria-label=said
                    on:click=move |_| press(Picked { of_a, at })
                    on:keydown=on_key
                >{word}</button>
            }
        };
        words.into_iter().enumerate().map(token).collect_view()
    };
    let [a, b] = texts;
    let unequal = a.len() != b.len();
    let said = move || map().map(|map| aligned(&map));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && picked.get_untracked().is_some() {
            event.prevent_default();
            picked.set(None);
        }
    };
    view! {
        <details class="alignment" data-testid="alignment" open=unequal on:keydown=on_key>
            <summary data-testid="aligned">{said}</summary>
            <p class="aside-text">"What stands under each other is copied onto each other. Press a token of A and one of B to put them together, or apart."</p>
            <div class="alignment__rows">
                <div class="alignment__row" role="group" aria-label="Tokens of A">{row(true, a)}</div>
                <div class="alignment__row" role="group" aria-label="Tokens of B">{row(false, b)}</div>
            </div>
            {move || (!bench.pair.align.with(Vec::is_empty)).then(|| view! {
                <button type="button" class="quiet" data-testid="align-again" on:click=move |_| bench.align(Vec::new())>"Align them by themselves again"</button>
            })}
        </details>
    }
}
