//! Heads, MLPs and neurons as switches: the answer without them, what their direct effects had predicted, and what is written then.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part as Drawn;
use vitrine_figure::switchboard::{drawing, effect, part, table};
use vitrine_schema::inside::Walk;
use vitrine_schema::{Ablation, How, Part};
use vitrine_words::ablation::{BY_GRADIENT, both_ways, parts, switch as said_of, taken_out};
use vitrine_words::number::signed;
use vitrine_words::stream::largest_parts;

use crate::elements::choice::{Item, Pick};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::workbench::Workbench;
use crate::views::moved::MovedView;

/// Parts that are offered by their direct effects.
const OFFERED: usize = 8;
/// What heads are measured to do.
const ROLES: [&str; 3] = ["induction", "previous token", "duplicate token"];

/// The switches, and what comes of them.
#[component]
pub fn Switchboard(
    /// The stream, with the direct effects of all parts.
    walk: StoredValue<Arc<Walk>>,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let switches = bench.switches;
    let (causal, has_effects) = (bench.models.traits().causal, walk.with_value(|walk| walk.has_effects()));
    let n_layers = walk.with_value(|walk| walk.layers.len());
    let pointed = RwSignal::new(None::<Drawn>);
    let toggle = move |part: Part| {
        bench.switch(|off| match off.iter().position(|known| *known == part) {
            Some(at) => _ = off.remove(at),
            None => off.push(part),
        });
    };
    let is_off = move |part: Part| switches.off.with(|off| off.contains(&part));
    let choose = Callback::new(move |drawn| {
        if let Drawn::Cell(at) = drawn {
            toggle(walk.with_value(|walk| part(walk, at)));
        }
    });
    let said = move || match pointed.get() {
        Some(Drawn::Cell(at)) => walk.with_value(|walk| {
            let part = part(walk, at);
            said_of(part, effect(walk, part), is_off(part))
        }),
        _ => "Point at a switch to read it; click it, or press Enter, and the model runs without that part.".to_owned(),
    };
    let summary = Signal::derive(move || {
        switches
            .off
            .with(|off| if off.is_empty() { "Everything is on.".to_owned() } else { format!("Off: {}.", parts(off)) })
    });
    let largest = if has_effects { walk.with_value(|walk| largest_parts(walk, OFFERED)) } else { Vec::new() };
    // A prediction belongs to what was taken out, and is none where one part has no direct effect.
    let predicted = Signal::derive(move || {
        let moved = bench.moved.get()?;
        let (taken, _) = taken_out(&moved)?;
        walk.try_with_value(|walk| taken.iter().map(|part| effect(walk, *part)).sum::<Option<f32>>())?.map(|sum| -sum)
    });
    view! {
        <section class="margin-note switchboard" aria-label="Take parts out" data-testid="switchboard">
            <h2>"Take parts out"</h2>
            <p class="aside-text">"Every head and MLP is a switch. The prediction is the direct effect of what is off, taken away; the measurement runs the model without it, so it also contains everything that later layers do about it."</p>
            <FigureFrame title="Heads and MLPs, layer by layer" summary=summary table=move |()| walk.with_value(|walk| switches.off.with(|off| table(walk, off))) said=true>
                <DrawingView draw=move |width| walk.with_value(|walk| switches.off.with(|off| drawing(walk, off, width))) says=summary pointed=pointed on_point=Callback::new(move |part| pointed.set(part)) on_choose=choose/>
                <p class="aside-text" aria-live="polite" data-testid="switch-said">{said}</p>
            </FigureFrame>
            <ul class="stream__parts">
                {largest.into_iter().map(|(part, effect)| view! {
                    <li><button type="button" class="button" data-testid="part" aria-pressed=move || is_off(part).to_string() on:click=move |_| toggle(part)>{format!("{part} {}", signed(effect))}</button></li>
                }).collect_view()}
                {causal.then(|| ROLES.map(|role| view! {
                    <li><button type="button" class="button" data-testid="preset" on:click=move |_| bench.switch_off_heads(role)>{format!("Without the {role} heads")}</button></li>
                }).into_iter().collect_view())}
            </ul>
            <Manner/>
            <Neurons n_layers=n_layers toggle=Callback::new(toggle)/>
            <p aria-live="polite" data-testid="off">
                {summary}" "
                {move || (!switches.off.with(Vec::is_empty)).then(|| view! {
                    <button type="button" class="quiet" data-testid="all-on" on:click=move |_| bench.switch(Vec::clear)>"Switch everything on"</button>
                })}
            </p>
            <MovedView predicted=predicted/>
            {causal.then(|| view! { <Written/> })}
        </section>
    }
}

/// What stands in the place of what is off, and a part by its name.
#[component]
fn Manner() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let switches = bench.switches;
    let (named, wrong) = (RwSignal::new(String::new()), RwSignal::new(false));
    let manners = [
        (How::Zero, "nothing"),
        (How::Mean, "what it writes on average"),
        (How::Resample, "what it writes in another text"),
    ];
    let items: Vec<Item> = manners.map(|(how, said)| (how.name().to_owned(), said.to_owned())).to_vec();
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let part = named.get_untracked().trim().parse::<Part>();
        wrong.set(part.is_err());
        if let Ok(part) = part {
            named.set(String::new());
            bench.switch(|off| off.push(part));
        }
    };
    let again = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        bench.switch(|_| {});
    };
    view! {
        <p>
            "In the place of what is off stands "
            <Pick label="What stands in the place of what is off" test_id="switch-how" items=Signal::stored(items) value=Signal::derive(move || switches.how.get().name().to_owned())
                on_choose=move |name: String| {
                    How::named(&name).into_iter().for_each(|how| switches.how.set(how));
                    if switches.how.get_untracked() != How::Resample || !switches.from.with_untracked(String::is_empty) {
                        bench.switch(|_| {});
                    }
                }/>
            "."
        </p>
        {move || (switches.how.get() == How::Resample).then(|| view! {
            <form class="steering__line" on:submit=again>
                <label class="steering__end"><span class="choice__label">"The other text, of as many tokens"</span>
                    <input type="text" class="field" data-testid="switch-from" dir="auto" prop:value=move || switches.from.get() on:input=move |event| switches.from.set(event_target_value(&event))/>
                </label>
                <button type="submit" class="button" data-testid="switch-resample">"Take them from there"</button>
            </form>
        })}
        <form class="steering__line" on:submit=add>
            <label class="steering__end"><span class="choice__label">"A part by its name: L5H1 a head, MLP3 an MLP, L5N120 a neuron"</span>
                <input type="text" class="field" data-testid="switch-name" spellcheck="false" autocomplete="off" prop:value=move || named.get() on:input=move |event| named.set(event_target_value(&event))/>
            </label>
            <button type="submit" class="button" data-testid="switch-add">"Take it out"</button>
        </form>
        {move || wrong.get().then(|| view! { <p class="lab__trouble" role="alert" data-testid="switch-wrong">"That is no name of a part; write L5H1 for a head, MLP3 for an MLP, or L5N120 for a neuron."</p> })}
    }
}

/// The strongest neurons of an MLP, each of them a switch.
#[component]
fn Neurons(n_layers: usize, toggle: Callback<Part>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let switches = bench.switches;
    let layer = RwSignal::new(switches.listed.get_untracked().unwrap_or(n_layers.saturating_sub(1)));
    let items: Vec<Item> = (0..n_layers).map(|layer| (layer.to_string(), format!("layer {layer}"))).collect();
    let listed = Memo::new(move |_| bench.neurons());
    let is_off = move |part: Part| switches.off.with(|off| off.contains(&part));
    view! {
        <div data-testid="neurons">
            <p>
                "The strongest neurons of the MLP of "
                <Pick label="The MLP whose neurons are listed" test_id="neurons-layer" items=Signal::stored(items) value=Signal::derive(move || layer.get().to_string())
                    on_choose=move |name: String| name.parse().into_iter().for_each(|chosen| layer.set(chosen))/>
                " "
                <button type="button" class="button" data-testid="neurons-list" on:click=move |_| bench.list_neurons(layer.get_untracked())>"List them"</button>
            </p>
            {move || listed.get().map(|listed| view! {
                <ul class="stream__parts">
                    {listed.into_iter().map(|(part, effect)| view! {
                        <li><button type="button" class="button" data-testid="neuron" aria-pressed=move || is_off(part).to_string() on:click=move |_| toggle.run(part)>{format!("{part} {}", signed(effect))}</button></li>
                    }).collect_view()}
                </ul>
                <p class="aside-text">{BY_GRADIENT}</p>
            })}
        </div>
    }
}

/// Both continuations, with what differs marked.
#[component]
fn Written() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let offered = move || {
        let written = bench.moved.with(|moved| moved.as_ref().is_some_and(|moved| moved.written.is_some()));
        !bench.switches.off.with(Vec::is_empty) && !written
    };
    view! {
        {move || offered().then(|| view! {
            <button type="button" class="button" data-testid="write-both" on:click=move |_| bench.write_both_ways()>"Let it write, with and without"</button>
        })}
        {move || bench.moved.get().map(|moved| both(&moved))}
    }
}

fn both(moved: &Ablation) -> Option<impl IntoView + use<>> {
    let written = moved.written.clone()?;
    let (said, shared) = (both_ways(moved), written.shared());
    let prompt = moved.input.text.clone();
    let text = |name: &'static str, test_id: &'static str, whole: String| {
        let (same, other) = whole.split_at_checked(shared).unwrap_or((&whole, ""));
        let (same, other) = (same.to_owned(), other.to_owned());
        view! {
            <section class="steering__text">
                <h3>{name}</h3>
                <p data-testid=test_id dir="auto"><span class="steering__prompt">{prompt.clone()}</span>{same}<mark class="steering__parts">{other}</mark></p>
            </section>
        }
    };
    let texts = [text("Whole", "written-whole", written.whole), text("Without", "written-without", written.without)];
    Some(view! {
        <p data-testid="both-ways">{said}</p>
        <div class="steering__texts">{texts.into_iter().collect_view()}</div>
    })
}
