//! Prove it: the words that are locked are taken out and the model runs again.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::Explanation;
use vitrine_words::ablation::without;
use vitrine_words::receipt::strongest;

use crate::elements::another::AnotherWord;
use crate::state::workbench::Workbench;
use crate::views::shown::Shown;

/// What was predicted for the locked words and what was measured; until some are, what the receipt measured of the strongest.
#[component]
pub fn ProofView(
    /// The explanation with its receipt, once that is measured.
    measured: Memo<Option<Arc<Explanation>>>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let shown = expect_context::<Shown>();
    let locked = shown.selection.locked;
    let chosen = Memo::new(move |_| shown.chosen(locked.get()?).filter(|mark| !mark.special));
    let how = Memo::new(move |_| shown.of(Explanation::how));
    // Words of an older picture are not those of the question.
    let fresh = Memo::new(move |_| bench.shown().is_some_and(|(_, old)| !old));
    Effect::new(move |_| {
        if let Some(mark) = chosen.get().filter(|_| fresh.get()) {
            bench.prove(mark.tokens, vec![how.get()]);
        }
    });
    let proof = Memo::new(move |_| chosen.get().and_then(|mark| Some((bench.without(&mark.tokens, how.get())?, mark))));
    let said = move || {
        let (removed, mark) = proof.get()?;
        let predicted = Some(mark.score).filter(|_| shown.of(Explanation::signed));
        Some(without(&removed, predicted))
    };
    let usual = move || measured.get().and_then(|found| strongest(&found, found.receipt.as_deref()?));
    let change = move || proof.get().map(|(removed, _)| removed.change.to_string());
    // The note stays while another word is chosen, and with it the focus on what is in it.
    let is_chosen = Memo::new(move |_| chosen.with(Option::is_some));
    move || {
        if is_chosen.get() {
            view! {
                <section class="margin-note" data-testid="proof" data-change=change>
                    <h2>"Taken out"</h2>
                    <p class="proof__said" aria-live="polite" data-testid="proved">{said}</p>
                    <p class="proof__ways">
                        <button type="button" class="quiet" data-testid="put-back" on:click=move |_| shown.selection.clear()>"Put it back"</button>
                        <Wider/>
                        {move || chosen.get().map(|mark| {
                            let tokens = mark.tokens;
                            let with = StoredValue::new(move |word: &str| untrack(|| shown.of(|found| found.input.with(&tokens, word))));
                            let ask = move |word: String| bench.ask_about(with.with_value(|with| with(&word)));
                            let against = move |word: String| bench.set_against(with.with_value(|with| with(&word)));
                            view! { <AnotherWord word=mark.text on_ask=Callback::new(ask) on_against=Callback::new(against)/> }
                        })}
                    </p>
                </section>
            }
            .into_any()
        } else {
            view! {
                {move || usual().map(|said| view! {
                    <section class="margin-note" data-testid="proof">
                        <h2>"The strongest word, taken out"</h2>
                        <p class="proof__said">{said}</p>
                        <p class="aside-text">"Click a word to take that one out."</p>
                    </section>
                })}
            }
            .into_any()
        }
    }
}

/// The word after the locked ones joins them; several are scored as one.
#[component]
fn Wider() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let shown = expect_context::<Shown>();
    let locked = shown.selection.locked;
    let own = move |index: usize| shown.marks.with(|marks| marks.get(index).is_some_and(|mark| !mark.special));
    let next = move || locked.get().map(|span| span.last() + 1).filter(|&next| own(next));
    let wide = move || locked.get().is_some_and(|span| span.first() < span.last());
    let as_one = move |_| {
        if let Some(spans) = untrack(|| locked.get().map(|span| shown.spans(span))) {
            bench.explain_spans(spans);
        }
    };
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="add-next"
            disabled=move || next().is_none()
            on:click=move |_| next().into_iter().for_each(|next| shown.selection.extend(next))
        >"And the next word"</button>
        {move || wide().then(|| view! {
            <button type="button" class="quiet" data-testid="as-one" on:click=as_one>"Score them as one"</button>
        })}
    }
}
