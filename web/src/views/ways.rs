//! One question, answered in every way: at once, step by step, and after examples; what is seen of how, and whether it is right.

use leptos::prelude::*;
use vitrine_schema::Shots;
use vitrine_words::chain::way;

use crate::state::workbench::Workbench;
use crate::state::workbench::reasoning::WAYS;

/// A way in the words of the table.
fn name(shots: &Shots) -> &'static str {
    match shots {
        Shots::Direct => "at once, after the examples without their reasoning",
        Shots::None => "at once",
        Shots::Zero => "“Let's think step by step.”",
        Shots::Four => "after four worked examples",
        Shots::File(_) => "after examples of my own",
    }
}

/// The ways, one in a row; a click goes there.
#[component]
pub fn WaysView() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let row = move |shots: Shots| {
        let (here, of) = (shots.clone(), shots.clone());
        let answered = Memo::new(move |_| bench.answered(of.clone()).map(|found| way(&found)));
        let chosen = move || bench.chains.samples.get().is_none() && bench.chains.shots.get() == here;
        let said = name(&shots);
        view! {
            <tr>
                <th scope="row"><button type="button" class="quiet" aria-pressed=move || chosen().to_string() on:click=move |_| bench.reason_by(None, shots.clone())>{said}</button></th>
                {move || match answered.get() {
                    Some([answer, known, seen]) => view! { <td class="ways__answer">{answer}</td><td>{known}</td><td>{seen}</td> }.into_any(),
                    None => view! { <td class="aside-text" colspan="3">"not asked yet"</td> }.into_any(),
                }}
            </tr>
        }
    };
    let missing = move || WAYS.iter().any(|way| bench.answered(way.clone()).is_none());
    view! {
        <section class="ways" aria-label="One question, three ways" data-testid="ways">
            <div class="figure__table">
                <table>
                    <thead><tr><th scope="col">"How it is put"</th><th scope="col">"Answer"</th><th scope="col">"Right, and how that is known"</th><th scope="col">"What is seen of how"</th></tr></thead>
                    <tbody>{WAYS.map(row).collect_view()}</tbody>
                </table>
            </div>
            {move || missing().then(|| view! {
                <button type="button" class="button" data-testid="every-way" on:click=move |_| bench.ask_every_way()>"Ask it all three ways"</button>
            })}
        </section>
    }
}
