//! Where every head looks: all of them as thumbnails, one of them as a matrix and as lines, and a test of whether it matters.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use vitrine_figure::attention::{Matrix, Mosaic, Shading, lines_beside, matrix, strongest, table_of_heads};
use vitrine_figure::drawing::Part as Drawn;
use vitrine_figure::drawing::{Group, Layer};
use vitrine_schema::How;
use vitrine_schema::inside::{AttentionMaps, HeadRef};
use vitrine_words::attention as words;
use vitrine_words::drawn::head;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::elements::choice::{Choice, Item};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::later::Later;
use crate::state::preferences::Preferences;
use crate::state::workbench::Workbench;
use crate::views::moved::MovedView;

/// Narrower than this, the thumbnails stand beside the head.
const BESIDE: usize = 480;
/// Weights of one head in its table.
const WEIGHTS_LISTED: usize = 200;

/// All heads and one head.
#[component]
pub fn AttentionView(
    /// The maps.
    maps: Arc<AttentionMaps>,
) -> impl IntoView {
    let (bench, preferences) = (expect_context::<Workbench>(), expect_context::<Preferences>());
    let maps = StoredValue::new(maps);
    let start = maps.with_value(|maps| maps.most_telling());
    let (locked, hovered) = (bench.head, RwSignal::new(None::<HeadRef>));
    // A head that this model does not have may stand in an address.
    let here = Memo::new(move |_| locked.get().filter(|at| maps.with_value(|maps| maps.has(*at))).unwrap_or(start));
    if locked.get_untracked().is_some_and(|at| at != here.get_untracked()) {
        locked.set(None);
    }
    let current = Memo::new(move |_| hovered.get().unwrap_or_else(|| here.get()));
    let resting = maps.with_value(|maps| words::resting(maps));
    let without_first = RwSignal::new(resting.is_some());
    let shading = Memo::new(move |_| Shading { theme: preferences.theme(), without_first: without_first.get() });
    let mosaic = Memo::new(move |_| {
        let (narrow, width) = if preferences.narrow.get() { (true, 330) } else { (false, 1180) };
        maps.with_value(|maps| Mosaic::new(maps, width, narrow))
    });
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), mosaic, shading) = (canvas.get(), mosaic.get(), shading.get()) else { return };
        paint(&canvas, mosaic.size(), &maps.with_value(|maps| mosaic.pixels(maps, shading)));
    });
    let under = move |event: &leptos::ev::MouseEvent| {
        let target: web_sys::HtmlElement = event.current_target()?.dyn_into().ok()?;
        let bounds = target.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top());
        let mosaic = mosaic.get_untracked();
        let scale = mosaic.size().0 as f64 / bounds.width().max(1.0);
        mosaic.at(x * scale, y * scale)
    };
    let lock = move |at: HeadRef| {
        locked.set(Some(at));
        bench.moved.set(None);
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let (right, down) = match event.key().as_str() {
            "ArrowRight" => (1, 0),
            "ArrowLeft" => (-1, 0),
            "ArrowDown" => (0, 1),
            "ArrowUp" => (0, -1),
            _ => return,
        };
        event.prevent_default();
        if let Some(at) = mosaic.get_untracked().beside(here.get_untracked(), right, down) {
            lock(at);
        }
    };
    let summary = Signal::derive(move || maps.with_value(|maps| words::summary(maps, mosaic.get().layers_down)));
    let item = |maps: &AttentionMaps, at: HeadRef| (at.to_string(), words::title(maps, at));
    let heads = maps.with_value(|maps| maps.all_heads().map(|at| item(maps, at)).collect::<Vec<Item>>());
    view! {
        <div class="attention" class:is-beside=move || mosaic.get().size().0 < BESIDE>
            <p class="claim" data-testid="attention-claim">{move || maps.with_value(|maps| words::claim(maps, here.get()))}</p>
            <FigureFrame title="Where each head looks" summary=summary table=move |()| maps.with_value(|maps| table_of_heads(maps))>
                <Later><div
                    class="attention__mosaic"
                    role="application"
                    tabindex="0"
                    aria-label=move || format!("Heads of the model, arrows move. Now: {}", maps.with_value(|maps| words::title(maps, here.get())))
                    data-testid="attention-mosaic"
                    data-head=move || current.get().to_string()
                    on:mousemove=move |event| hovered.set(under(&event))
                    on:mouseleave=move |_| hovered.set(None)
                    on:click=move |event| if let Some(at) = under(&event) { lock(at) }
                    on:keydown=on_key
                >
                    <canvas class="attention__canvas" node_ref=canvas aria-hidden="true"></canvas>
                    {[(true, Signal::derive(move || Some(here.get()))), (false, hovered.into())].map(|(locks, at)| move || at.get().map(|at| {
                        let [left, top, width, height] = mosaic.get().frame(at);
                        view! { <span class="attention__frame" class:is-locked=locks style:left=left style:top=top style:width=width style:height=height></span> }
                    }))}
                </div></Later>
            </FigureFrame>
            <div class="attention__controls">
                <Later>
                    <Choice
                        label="Head"
                        test_id="head-select"
                        items=heads.clone()
                        value=Signal::derive(move || here.get().to_string())
                        on_choose=move |name: String| name.parse().into_iter().for_each(lock)
                    />
                </Later>
                <label class="token-strip__switch">
                    <input type="checkbox" data-testid="without-first" prop:checked=move || without_first.get() on:change=move |_| without_first.update(|on| *on = !*on)/>
                    " Leave the first token out of the scale"
                </label>
            </div>
            {resting.map(|said| view! { <p class="aside-text" data-testid="sink">{said}</p> })}
            <Later><HeadView maps=maps at=current shading=shading/></Later>
            <section class="attention__test margin-note" aria-label="Does this head matter?">
                <h2>"Where it looks is not why"</h2>
                <p class="aside-text">"A head can look at a token and carry nothing away. Change where it looks and see whether the answer moves."</p>
                <div class="attention__actions">
                    <button type="button" class="button" data-testid="shuffle-head" on:click=move |_| bench.take_out(here.get_untracked(), How::Shuffle)>
                        {move || format!("Shuffle {}", here.get())}
                    </button>
                    <button type="button" class="button" data-testid="zero-head" on:click=move |_| bench.take_out(here.get_untracked(), How::Zero)>
                        {move || format!("Switch {} off", here.get())}
                    </button>
                </div>
                <MovedView/>
            </section>
            <Later><Rollout maps=maps/></Later>
        </div>
    }
}

/// One head as a matrix and as lines, and in words what is pointed at.
#[component]
fn HeadView(maps: StoredValue<Arc<AttentionMaps>>, at: Memo<HeadRef>, shading: Memo<Shading>) -> impl IntoView {
    let cell = RwSignal::new(None::<(usize, usize)>);
    let row = RwSignal::new(None::<Drawn>);
    let room = RwSignal::new(0.0);
    let without_first = move || shading.get().without_first;
    let place = Memo::new(move |_| maps.with_value(|maps| Matrix::of(maps, room.get())));
    let cells = Memo::new(move |_| maps.with_value(|maps| matrix(maps, at.get(), without_first(), room.get())));
    let draw = move |_| {
        let mut drawing = cells.get();
        let area = cell.get().map(|(query, key)| place.get().cell(query, key));
        drawing.layers.extend(area.map(|area| Layer::new(vec![Group::frame(area, 0.0)])));
        drawing
    };
    let draw_lines =
        move |room| maps.with_value(|maps| lines_beside(maps, at.get(), without_first(), &place.get(), room));
    let says = Signal::derive(move || maps.with_value(|maps| head(maps, at.get(), without_first())));
    let said = move || match cell.get() {
        Some((query, key)) => maps.with_value(|maps| words::cell(maps, at.get(), query, key)),
        None => says.get(),
    };
    let moved = Callback::new(move |point: Option<(f32, f32)>| {
        let found = point.and_then(|(x, y)| place.get_untracked().at(x, y));
        if cell.get_untracked() != found {
            cell.set(found);
            row.set(found.map(|(query, _)| Drawn::Token(query)));
        }
    });
    let largest = move || maps.with_value(|maps| shading.get().largest(maps, at.get()));
    let table = move |()| maps.with_value(|maps| strongest(maps, at.get(), without_first(), WEIGHTS_LISTED));
    view! {
        <FigureFrame title="One head" summary=says table=table said=true>
            <div class="attention__head">
                <h2>{move || maps.with_value(|maps| words::title(maps, at.get()))}</h2>
                <div data-testid="attention-matrix">
                    <DrawingView draw=draw says=says width=room on_move=moved/>
                </div>
                <div data-testid="attention-lines">
                    <DrawingView draw=draw_lines says=says pointed=row on_point=Callback::new(move |part| row.set(part))/>
                </div>
                <div>
                    <p class="attention__said" aria-live="polite" data-testid="attention-said">{said}</p>
                    <p class="aside-text" data-testid="attention-scale">{move || words::scale(largest())}</p>
                    <details class="aside-text">
                        <summary>"Query, key, value?"</summary>
                        <p>"Each row is a token that asks (query), each column a token that may answer (key). The head compares the two and turns the scores into weights that sum to 1 along a row. What it then carries to the asking token is not the key but a third vector of the answering token, its value. So a dark cell says where the head reads from, and not yet what it reads."</p>
                    </details>
                </div>
            </div>
        </FigureFrame>
    }
}

/// The shares that rollout gives to the tokens.
#[component]
fn Rollout(maps: StoredValue<Arc<AttentionMaps>>) -> impl IntoView {
    let shares = maps.with_value(|maps| words::rollout(maps));
    view! {
        <details class="aside-text" data-testid="rollout">
            <summary>"Rollout: all layers multiplied (a heuristic, not a causal effect)"</summary>
            <p>"Rollout multiplies the patterns of all layers, heads averaged, half of each token kept. It knows nothing of what is carried. In a model that reads from left to right it drifts to the first token, which can only read itself."</p>
            <ul class="attention__rollout">
                {shares.into_iter().map(|share| view! { <li>{share}</li> }).collect_view()}
            </ul>
        </details>
    }
}

fn paint(canvas: &HtmlCanvasElement, (width, height): (usize, usize), pixels: &[u8]) -> Option<()> {
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width as u32, height as u32).ok()?;
    // Painting fails only for a canvas of another origin.
    context.put_image_data(&image, 0.0, 0.0).ok()
}
