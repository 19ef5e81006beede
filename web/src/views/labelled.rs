//! Which table is probed, what is read of each text, and by what.

use js_sys::Promise;
use leptos::prelude::*;
use vitrine_schema::catalog::{TABLES, Table};
use vitrine_schema::{ProbeKind, ProbePosition};
use vitrine_words::progress::seconds;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::elements::choice::{Item, Pick};
use crate::state::workbench::Workbench;

/// The choice of the reader's own table.
const OWN: &str = "own";
/// What a table may weigh; 2,000 rows of a page each are more.
const MOST_BYTES: f64 = 8e6;

/// A line of choices, and a place for a table of the reader's own.
#[component]
pub fn TableLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let probe = bench.probe;
    // An address may name a table of the page.
    Effect::new(move |_| {
        let data = probe.data.get();
        if !data.is_empty() && !bench.has_table(&data) {
            bench.fetch_table();
        }
    });
    let known = move || probe.data.with(|data| Table::named(data));
    let wanted = RwSignal::new(untrack(|| match (known(), probe.data.with(String::is_empty)) {
        (Some(table), _) => table.name,
        (None, true) => TABLES[0].name,
        (None, false) => OWN,
    }));
    let chosen = move || TABLES.iter().find(|table| table.name == wanted.get());
    let items: Vec<Item> = TABLES
        .iter()
        .map(|table| (table.name.to_owned(), format!("{}, {} texts", table.about(), table.rows)))
        .chain([(OWN.to_owned(), "a table of my own".to_owned())])
        .collect();
    let choose = move |name: String| {
        let named = TABLES.into_iter().map(|table| table.name).find(|known| *known == name);
        wanted.set(named.unwrap_or(OWN));
    };
    let go = move || {
        let table = chosen()?;
        let asked = known() == Some(table) && bench.shown().is_some_and(|(_, old)| !old);
        let time =
            bench.probes_millis(table.rows).map_or_else(String::new, |millis| format!(", about {}", seconds(millis)));
        (!asked).then(|| view! {
            <button type="button" class="button button--main" data-testid="probe-run" on:click=move |_| bench.probe_known(*table)>{format!("Probe every layer{time}")}</button>
        })
    };
    let positions = [
        (ProbePosition::Last, "the last token"),
        (ProbePosition::Mean, "the mean of all tokens"),
        (ProbePosition::Marked, "the marked word"),
    ];
    let kinds = [(ProbeKind::Linear, "a linear probe"), (ProbeKind::Shallow, "a probe with a hidden layer")];
    let position_items = positions.map(|(position, said)| (position.name().to_owned(), said.to_owned())).to_vec();
    let kind_items = kinds.map(|(kind, said)| (kind.name().to_owned(), said.to_owned())).to_vec();
    view! {
        <section class="probes__line" aria-label="What is probed" data-testid="table-line">
            <p>
                "Read "
                <Pick label="The table of labelled texts" test_id="table-select" items=Signal::stored(items) value=Signal::derive(move || wanted.get().to_owned()) on_choose=choose/>
                " off "
                <Pick label="Which token of a text is read" test_id="position-select" items=Signal::stored(position_items) value=Signal::derive(move || probe.position.get().name().to_owned())
                    on_choose=move |name: String| ProbePosition::named(&name).into_iter().for_each(|position| bench.probe_by(position, probe.kind.get_untracked()))/>
                ", with "
                <Pick label="What reads it" test_id="probe-select" items=Signal::stored(kind_items) value=Signal::derive(move || probe.kind.get().name().to_owned())
                    on_choose=move |name: String| ProbeKind::named(&name).into_iter().for_each(|kind| bench.probe_by(probe.position.get_untracked(), kind))/>
                ". "
                {go}
            </p>
            {move || (wanted.get() == OWN).then(|| view! { <OwnTable/> })}
            {move || probe.missing.get().then(|| view! {
                <p class="lab__trouble" role="alert" data-testid="error">"This table did not come from where the page is hosted; try again, or drop one of your own."</p>
            })}
        </section>
    }
}

/// A table pasted, picked or dropped.
#[component]
fn OwnTable() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let written = RwSignal::new(String::new());
    let over = RwSignal::new(false);
    let heavy = RwSignal::new(false);
    let read = move |file: web_sys::File| {
        heavy.set(file.size() > MOST_BYTES);
        if heavy.get_untracked() {
            return;
        }
        leptos::task::spawn_local(async move {
            let text: Promise = file.text();
            if let Some(text) = JsFuture::from(text).await.ok().and_then(|text| text.as_string()) {
                bench.probe_own(&text);
            }
        });
    };
    let picked = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        input.and_then(|input| input.files()?.item(0)).into_iter().for_each(read);
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        event.data_transfer().and_then(|transfer| transfer.files()?.item(0)).into_iter().for_each(read);
    };
    let missing = move || bench.probe.data.with(|data| !data.is_empty() && !bench.has_table(data));
    view! {
        <div
            class="own__drop"
            class:is-over=move || over.get()
            data-testid="drop-table"
            on:dragover=move |event| { event.prevent_default(); over.set(true); }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            {move || missing().then(|| view! {
                <p class="aside-text" data-testid="other-table">"The question in the address is about the table whose SHA-256 is "<span class="number probes__hash">{bench.probe.data.get()}</span>"; give it here."</p>
            })}
            <label class="choice"><span class="choice__label">"A table: a text, a tab or comma, and its label on every line; it stays on this device"</span>
                <input type="file" accept=".tsv,.csv,.txt" data-testid="pick-table" on:change=picked/>
            </label>
            <label class="choice"><span class="choice__label">"Or paste it here; a word between asterisks is what is labelled"</span>
                <textarea class="field probes__paste" rows="5" spellcheck="false" data-testid="paste-table" prop:value=move || written.get() on:input=move |event| written.set(event_target_value(&event))></textarea>
            </label>
            <button type="button" class="button" data-testid="probe-own" on:click=move |_| bench.probe_own(&written.get_untracked())>"Probe this table"</button>
            {move || heavy.get().then(|| view! { <p class="lab__trouble" role="alert" data-testid="error">"This file is larger than 8 MB, and at most 2,000 rows are probed; leave some out."</p> })}
        </div>
    }
}
