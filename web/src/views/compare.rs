//! Methods side by side: which word each of them names, where they part, how far they agree; and what settles it.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::comparison::{Column, Look, Order, Show, cell, columns, drawing, pair, settled, table, taus};
use vitrine_figure::drawing::Part;
use vitrine_schema::protocol::Lane;
use vitrine_schema::recipe::Compare;
use vitrine_schema::{Ablation, Comparison};
use vitrine_words::comparison::{also_unsettled, beside, claim, pair as said_of_pair, settled as said_settled};
use vitrine_words::marks::Mark;
use vitrine_words::remark::remark;

use crate::elements::another::AnotherWord;
use crate::elements::choice::{Choice, Item};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::table::TableView;
use crate::state::workbench::Workbench;

/// The claim, a row for each method, and Kendall's τ of each pair.
#[component]
pub fn CompareView(
    /// The explanations.
    comparison: Arc<Comparison>,
) -> impl IntoView {
    let (says, other) = (claim(&comparison), beside(&comparison));
    let agreement = taus(&comparison);
    let remarks: Vec<String> = comparison.diagnostics.iter().filter_map(remark).collect();
    let comparison = StoredValue::new(comparison);
    let (show, order) = (RwSignal::new(Show::default()), RwSignal::new(Order::default()));
    let two = RwSignal::new(None::<[usize; 2]>);
    let pointed = RwSignal::new(None::<Part>);
    let chosen = RwSignal::new(None::<Mark>);
    let heads = Memo::new(move |_| comparison.with_value(|comparison| columns(comparison, order.get())));
    let place =
        move |mark: &Mark| heads.with(|heads| heads.iter().position(|Column { here, .. }| here.as_ref() == Some(mark)));
    let marked = Signal::derive(move || {
        let word = chosen.get().and_then(|mark| place(&mark)).map(Part::Mark);
        word.or_else(|| two.get().map(|two| Part::Cell(comparison.with_value(|found| cell(found, two)))))
    });
    let choose = Callback::new(move |part| match part {
        Part::Mark(at) => {
            let mark = heads.with(|heads| heads.get(at).and_then(|column| column.here.clone()));
            chosen.update(|chosen| *chosen = mark.filter(|mark| chosen.as_ref() != Some(mark)));
        }
        Part::Cell(at) => {
            let pair = comparison.with_value(|found| pair(found, at));
            two.update(|two| *two = Some(pair).filter(|pair| two.as_ref() != Some(pair)));
        }
        _ => {}
    });
    let look = move || Look { show: show.get(), order: order.get(), pair: two.get(), heard: None };
    let draw = move |width| comparison.with_value(|comparison| drawing(comparison, look(), width));
    let of_two = move || two.get().and_then(|two| comparison.with_value(|found| said_of_pair(found, two)));
    view! {
        <div class="compare" data-testid="compare">
            <p class="claim" data-testid="compare-claim">{says.clone()}</p>
            {other.map(|said| view! { <p class="aside-text" data-testid="compare-beside">{said}</p> })}
            <FigureFrame title="Method by method" summary=says.clone() table=move |()| comparison.with_value(|found| table(found)) said=true>
                <DrawingView draw=draw says=says.clone() pointed=pointed chosen=marked on_point=Callback::new(move |part| pointed.set(part)) on_choose=choose/>
            </FigureFrame>
            {move || of_two().map(|said| view! {
                <p aria-live="polite" data-testid="compare-pair">{said}" "
                    <button type="button" class="quiet" on:click=move |_| two.set(None)>"All methods"</button>
                </p>
            })}
            <Controls show=show order=order/>
            {move || match chosen.get() {
                Some(word) => view! { <Settled comparison=comparison word=word chosen=chosen/> }.into_any(),
                None => view! { <p class="aside-text">"Click a word to take it out and see which method was right, a cell of τ to set its two methods beside each other."</p> }.into_any(),
            }}
            <details class="aside-text">
                <summary>"Kendall τ as a table"</summary>
                <TableView table=agreement title="Kendall τ of each pair of methods".to_owned() caption="Kendall τ of each pair: 1 is the same order of the words, 0 none, −1 the reverse; without signs where one method has none.".to_owned()/>
            </details>
            {remarks.into_iter().map(|said| view! { <p class="aside-text" data-testid="remark">{said}</p> }).collect_view()}
        </div>
    }
}

fn items(items: &[(&str, &str)]) -> Signal<Vec<Item>> {
    Signal::stored(items.iter().map(|&(key, text)| (key.to_owned(), text.to_owned())).collect())
}

/// What the bars show, in which order, and beside what.
#[component]
fn Controls(show: RwSignal<Show>, order: RwSignal<Order>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ranks = Signal::derive(move || if show.get() == Show::Ranks { "ranks" } else { "values" }.to_owned());
    let sorted = Signal::derive(move || if order.get() == Order::Size { "size" } else { "text" }.to_owned());
    let other = RwSignal::new(untrack(|| bench.compare.get().with_text).unwrap_or_default());
    let some = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let with_text = some(other.get_untracked());
        bench.compare_beside(Compare { with_text, with_model: None, ..bench.compare.get_untracked() });
    };
    let models = Signal::derive(move || {
        let here = bench.models.chosen.get();
        let others =
            bench.models.loaded.with(|loaded| loaded.keys().filter(|id| **id != here).cloned().collect::<Vec<_>>());
        let none = (String::new(), "none".to_owned());
        [none].into_iter().chain(others.into_iter().map(|id| (id.clone(), id))).collect::<Vec<Item>>()
    });
    let several = Memo::new(move |_| models.with(|models| models.len() > 1));
    view! {
        <div class="compare__controls">
            <Choice label="Bars show" test_id="compare-show" items=items(&[("values", "values"), ("ranks", "ranks")]) value=ranks
                on_choose=move |key: String| show.set(if key == "ranks" { Show::Ranks } else { Show::Values })/>
            <Choice label="Words stand" test_id="compare-order" items=items(&[("text", "as in the text"), ("size", "by size")]) value=sorted
                on_choose=move |key: String| order.set(if key == "size" { Order::Size } else { Order::Text })/>
            <form class="choice compare__beside" on:submit=submit>
                <label class="choice__label" for="compare-text">"Beside another text"</label>
                <span>
                    <input type="text" id="compare-text" class="field" data-testid="compare-text" prop:value=move || other.get() on:input=move |event| other.set(event_target_value(&event))/>
                    " "
                    <button type="submit" class="button" data-testid="compare-run">"Compare"</button>
                </span>
            </form>
            {move || several.get().then(|| view! {
                <Choice label="Beside another model" test_id="compare-model" items=models
                    value=Signal::derive(move || bench.compare.get().with_model.unwrap_or_default())
                    on_choose=move |id: String| bench.compare_beside(Compare { with_model: some(id), with_text: None, ..bench.compare.get_untracked() })/>
            })}
        </div>
    }
}

/// A word taken out in the usual ways, beside what each method had said of it.
#[component]
fn Settled(comparison: StoredValue<Arc<Comparison>>, word: Mark, chosen: RwSignal<Option<Mark>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let ways = untrack(|| bench.ways_out());
    bench.prove(word.tokens.clone(), ways.to_vec());
    let (title, tokens) = (format!("Settle it: without “{}”", word.text.trim()), word.tokens.clone());
    let others = comparison.with_value(|comparison| also_unsettled(comparison, &word));
    let word = StoredValue::new(word);
    let found =
        Memo::new(move |_| ways.iter().filter_map(|how| bench.without(&tokens, *how)).collect::<Vec<Arc<Ablation>>>());
    let all = Memo::new(move |_| found.with(|found| found.len() == ways.len()));
    let with = move |width: f32| {
        found.with(|found| {
            let removals: Vec<&Ablation> = found.iter().map(AsRef::as_ref).collect();
            comparison.with_value(|comparison| word.with_value(|word| settled(comparison, word, &removals, width)))
        })
    };
    let said = Signal::derive(move || {
        found.with(|found| {
            let removals: Vec<&Ablation> = found.iter().map(AsRef::as_ref).collect();
            let said =
                comparison.with_value(|comparison| word.with_value(|word| said_settled(comparison, word, &removals)));
            match said {
                Some(said) if all.get() => said,
                _ if bench.asking.runs(Lane::Panel) => "Taking it out…".to_owned(),
                _ => "It could not be taken out in all three ways, so this stays open.".to_owned(),
            }
        })
    });
    let with_word = move |written: &str| {
        comparison.with_value(|comparison| word.with_value(|word| comparison.input.with(&word.tokens, written)))
    };
    view! {
        <section class="compare__settled" data-testid="settled" aria-label=title.clone()>
            <h2>{title.clone()}" "
                <button type="button" class="quiet" data-testid="put-back" on:click=move |_| chosen.set(None)>"Put it back"</button>
                " "
                <AnotherWord word=word.with_value(|word| word.text.clone()) on_ask=Callback::new(move |word: String| bench.ask_about(with_word(&word))) on_against=Callback::new(move |word: String| bench.set_against(with_word(&word)))/>
            </h2>
            <div>
                <DrawingView draw=with says=said/>
            </div>
            <div>
                <p class="proof__said" aria-live="polite" data-testid="settled-said">{said}</p>
                {(!others.is_empty()).then(|| view! {
                    <h2>"Also unsettled"</h2>
                    <ul class="compare__others aside-text">
                        {others.iter().map(|(mark, said)| {
                            let mark = mark.clone();
                            view! { <li>{said.clone()}" "<button type="button" class="quiet" on:click=move |_| chosen.set(Some(mark.clone()))>"Remove it too"</button></li> }
                        }).collect_view()}
                    </ul>
                })}
            </div>
        </section>
    }
}
