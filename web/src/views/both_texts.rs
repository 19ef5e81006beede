//! The two texts of a map, and what is copied between their runs.

use leptos::prelude::*;
use vitrine_schema::catalog::Example;
use vitrine_schema::{Direction, PatchSite, Patching};
use vitrine_words::copying;
use vitrine_words::patching::says;

use crate::elements::choice::{Item, Pick};
use crate::elements::later::Later;
use crate::state::workbench::Workbench;
use crate::views::alignment::Alignment;

/// The text that was asked about, as A; the same to be changed, as B; and a line of choices.
#[component]
pub fn BothTexts() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let pair = bench.pair;
    let clean = Memo::new(move |_| {
        bench.asked.with(|asked| asked.as_ref().map_or_else(String::new, |asked| asked.text.clone()))
    });
    let written = RwSignal::new(String::new());
    // Until there is another text, the first one is to be changed.
    Effect::new(move |_| {
        let corrupt = pair.corrupt.get();
        written.set(if corrupt.is_empty() { clean.get() } else { corrupt });
    });
    let changed = move || written.with(|written| *written != pair.corrupt.get());
    let compare = move || bench.set_beside(written.get_untracked());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            compare();
        }
    };
    let shown = bench.shows::<Patching>();
    // What is said of a text that is no longer the one of the map is not said.
    let answer = move |nth: usize| {
        let said = shown.with(|map| says(map.as_ref().filter(|map| map.corrupt.text == pair.corrupt.get())?))?;
        Some(view! { <span class="pair__says" data-testid="pair-says">" → "{said[nth].clone()}</span> })
    };
    let none = Memo::new(move |_| pair.corrupt.with(String::is_empty));
    let example = move || {
        let [a, b] = Example::pair(bench.models.traits().causal);
        view! {
            <p class="aside-text">
                "Change one word of B, and the page copies parts of one run into the other until the answer moves. Or try “"
                {a}"” against “"{b}"”: "
                <button type="button" class="quiet" data-testid="example-pair" on:click=move |_| bench.ask_about_both(a, b)>"Ask this pair"</button>
            </p>
        }
    };
    view! {
        <section class="pair" aria-label="Two texts" data-testid="pair">
            <p class="pair__side"><b class="pair__name">"A"</b><span><span class="pair__text" data-testid="text-a">{move || clean.get()}</span>{move || answer(0)}</span></p>
            <label class="pair__side">
                <b class="pair__name">"B"</b>
                <span class="pair__field" data-text=move || written.get()>
                    <textarea
                        class="pair__text"
                        data-testid="text-b"
                        aria-label="The second text, B"
                        rows="1"
                        dir="auto"
                        spellcheck="false"
                        prop:value=move || written.get()
                        on:input=move |event| written.set(event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </span>
                {move || (!changed()).then(|| answer(1))}
            </label>
            <p class="pair__line">
                <Choices/>
                " "
                <button
                    type="button"
                    class:quiet=move || !changed()
                    class:button=changed
                    class:button--main=changed
                    data-testid="compare-pair"
                    on:click=move |_| compare()
                >{move || if changed() { "Copy between them" } else { "Copy again" }}</button>
            </p>
            {move || none.get().then(example)}
            <Later><Alignment/></Later>
        </section>
    }
}

/// What is copied, and which way, as a sentence.
#[component]
fn Choices() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let pair = bench.pair;
    let item = |name: &str, said: &str| -> Item { (name.to_owned(), said.to_owned()) };
    let sites: Vec<Item> = PatchSite::ALL.iter().map(|site| item(site.name(), copying::site(*site))).collect();
    let ways: Vec<Item> = Direction::ALL.iter().map(|way| item(way.name(), copying::direction(*way))).collect();
    let choose_site = move |name: String| {
        PatchSite::named(&name).into_iter().for_each(|site| bench.copy(site, pair.direction.get_untracked()));
    };
    let choose_way = move |name: String| {
        Direction::named(&name).into_iter().for_each(|way| bench.copy(pair.site.get_untracked(), way));
    };
    view! {
        "Copy "
        <Pick label="What is copied" test_id="site-select" items=Signal::stored(sites) value=Signal::derive(move || pair.site.get().name().to_owned()) on_choose=choose_site/>
        " "
        <Pick label="From which run into which" test_id="direction-select" items=Signal::stored(ways) value=Signal::derive(move || pair.direction.get().name().to_owned()) on_choose=choose_way/>
    }
}
