//! Where every head looks: all of them as thumbnails, one of them as a matrix and as lines, and a test of whether it matters.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use vitrine_figure::attention::{
    Matrix, Mosaic, Shading, lines_beside, matrix, most_telling, strongest, table_of_heads,
};
use vitrine_figure::drawing::Part as Drawn;
use vitrine_figure::drawing::{Area, Drawing, Form, Group, Layer, Role, Shape, Stroke};
use vitrine_schema::inside::{AttentionMaps, HeadRef};
use vitrine_schema::{Ablation, How, Part};
use vitrine_words::attention as words;
use vitrine_words::drawn::head;
use vitrine_words::number::percent;
use vitrine_words::token::labels;
use wasm_bindgen::prelude::*;

use crate::elements::choice::{Choice, Item};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::elements::later::Later;
use crate::state::preferences::Preferences;
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
    /// The head that is locked; `None` is the one that is shown first.
    locked: RwSignal<Option<HeadRef>>,
    /// The newest test of a head.
    moved: RwSignal<Option<Arc<Ablation>>>,
    /// Test a head.
    on_test: Callback<(Part, How)>,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let maps = StoredValue::new(maps);
    let start = maps.with_value(|maps| most_telling(maps));
    let hovered = RwSignal::new(None::<HeadRef>);
    // A head that this model does not have may stand in an address.
    let (n_layers, n_heads) = maps.with_value(|maps| (maps.n_layers, maps.n_heads));
    let here = Memo::new(move |_| locked.get().filter(|at| at.layer < n_layers && at.head < n_heads).unwrap_or(start));
    if locked.get_untracked().is_some_and(|at| at != here.get_untracked()) {
        locked.set(None);
    }
    let current = Memo::new(move |_| hovered.get().unwrap_or_else(|| here.get()));
    let resting = maps.with_value(|maps| words::resting(maps));
    let without_first = RwSignal::new(resting.is_some());
    let shading = Memo::new(move |_| Shading { theme: preferences.theme(), without_first: without_first.get() });
    let mosaic = Memo::new(move |_| {
        let width = if preferences.narrow.get() { 330 } else { 1180 };
        maps.with_value(|maps| Mosaic::new(maps, width, preferences.narrow.get()))
    });
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), mosaic, shading) = (canvas.get(), mosaic.get(), shading.get()) else { return };
        let (width, height) = mosaic.size();
        let pixels = maps.with_value(|maps| mosaic.pixels(maps, shading));
        paint(&canvas, width, height, &pixels);
    });
    let under = move |event: &leptos::ev::MouseEvent| {
        let target: web_sys::HtmlElement = event.current_target()?.dyn_into().ok()?;
        let bounds = target.get_bounding_client_rect();
        let mosaic = mosaic.get_untracked();
        let scale = mosaic.size().0 as f64 / bounds.width().max(1.0);
        mosaic.at(
            (f64::from(event.client_x()) - bounds.left()) * scale,
            (f64::from(event.client_y()) - bounds.top()) * scale,
        )
    };
    let lock = move |at: HeadRef| {
        locked.set(Some(at));
        moved.set(None);
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
    let frame = move |at: HeadRef| {
        let (mosaic, (x, y)) = (mosaic.get(), mosaic.get().place(at));
        let (width, height) = mosaic.size();
        let part = |value: usize, whole: usize| format!("{:.3}%", 100.0 * value as f64 / whole.max(1) as f64);
        (part(x, width), part(y, height), part(mosaic.cell, width), part(mosaic.cell, height))
    };
    let table = Signal::derive(move || maps.with_value(|maps| table_of_heads(maps)));
    let summary = Signal::derive(move || maps.with_value(|maps| words::summary(maps, mosaic.get().layers_down)));
    let heads = Signal::stored(maps.with_value(|maps| items(maps)));
    view! {
        <div class="attention" class:is-beside=move || mosaic.get().size().0 < BESIDE>
            <p class="claim" data-testid="attention-claim">{move || maps.with_value(|maps| words::claim(maps, here.get()))}</p>
            <FigureFrame title="Where each head looks" summary=summary table=table>
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
                    <span
                        class="attention__frame is-locked"
                        style:left=move || frame(here.get()).0
                        style:top=move || frame(here.get()).1
                        style:width=move || frame(here.get()).2
                        style:height=move || frame(here.get()).3
                    ></span>
                    {move || hovered.get().map(|at| {
                        let (left, top, width, height) = frame(at);
                        view! { <span class="attention__frame" style:left=left style:top=top style:width=width style:height=height></span> }
                    })}
                </div></Later>
            </FigureFrame>
            <div class="attention__controls">
                <Later>
                    <Choice
                        label="Head"
                        test_id="head-select"
                        items=heads
                        value=Signal::derive(move || here.get().to_string())
                        on_choose=Callback::new(move |name: String| if let Some(at) = parsed(&name) { lock(at) })
                    />
                </Later>
                <label class="token-strip__switch">
                    <input type="checkbox" data-testid="without-first" prop:checked=move || without_first.get() on:change=move |_| without_first.update(|on| *on = !*on)/>
                    " Leave the first token out of the scale"
                </label>
            </div>
            {resting.map(|said| view! { <p class="aside-text" data-testid="sink">{said}</p> })}
            <Later><HeadView maps=maps at=current without_first=without_first/></Later>
            <section class="attention__test margin-note" aria-label="Does this head matter?">
                <h2>"Where it looks is not why"</h2>
                <p class="aside-text">"A head can look at a token and carry nothing away. Change where it looks and see whether the answer moves."</p>
                <div class="attention__actions">
                    <button type="button" class="button" data-testid="shuffle-head" on:click=move |_| on_test.run((part(here.get_untracked()), How::Shuffle))>
                        {move || format!("Shuffle {}", here.get())}
                    </button>
                    <button type="button" class="button" data-testid="zero-head" on:click=move |_| on_test.run((part(here.get_untracked()), How::Zero))>
                        {move || format!("Switch {} off", here.get())}
                    </button>
                </div>
                <MovedView moved=moved predicted=Signal::stored(None)/>
            </section>
            <Later><Rollout maps=maps/></Later>
        </div>
    }
}

fn part(HeadRef { layer, head }: HeadRef) -> Part {
    Part::Head { layer, head }
}

/// One head as a matrix and as lines, and in words what is pointed at.
#[component]
fn HeadView(
    maps: StoredValue<Arc<AttentionMaps>>,
    at: Memo<HeadRef>,
    #[prop(into)] without_first: Signal<bool>,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let theme = Signal::derive(move || preferences.theme());
    let cell = RwSignal::new(None::<(usize, usize)>);
    let row = RwSignal::new(None::<Drawn>);
    let (room, lines_room) = (RwSignal::new(0.0), RwSignal::new(0.0));
    let place = Memo::new(move |_| maps.with_value(|maps| Matrix::of(maps, room.get())));
    let cells = Memo::new(move |_| {
        let (at, without_first, room) = (at.get(), without_first.get(), room.get());
        if room > 0.0 { maps.with_value(|maps| matrix(maps, at, without_first, room)) } else { Drawing::default() }
    });
    let drawing = Signal::derive(move || {
        let mut drawing = cells.get();
        let area = cell.get().map(|(query, key)| place.get().cell(query, key));
        drawing.layers.extend(area.map(|area| Layer::new(vec![framed(area)])));
        drawing
    });
    let lines = Memo::new(move |_| {
        let (at, without_first, room) = (at.get(), without_first.get(), lines_room.get());
        if room == 0.0 {
            return Drawing::default();
        }
        maps.with_value(|maps| lines_beside(maps, at, without_first, &place.get(), room))
    });
    let says = Signal::derive(move || maps.with_value(|maps| head(maps, at.get(), without_first.get())));
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
    let largest = move || {
        maps.with_value(|maps| {
            Shading { theme: theme.get(), without_first: without_first.get() }.largest(maps, at.get())
        })
    };
    let table =
        Signal::derive(move || maps.with_value(|maps| strongest(maps, at.get(), without_first.get(), WEIGHTS_LISTED)));
    view! {
        <FigureFrame title="One head" summary=says table=table legend=ViewFn::from(|| ())>
            <div class="attention__head">
                <h2>{move || maps.with_value(|maps| words::title(maps, at.get()))}</h2>
                <div data-testid="attention-matrix">
                    <DrawingView drawing=drawing says=says theme=theme width=room on_move=moved/>
                </div>
                <div data-testid="attention-lines">
                    <DrawingView drawing=lines says=says theme=theme width=lines_room pointed=row on_point=Callback::new(move |part| row.set(part))/>
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

/// The frame of the cell that is pointed at, outside a gap of paper.
fn framed(area: Area) -> Group {
    let line = |by: f32, role: Role| Shape {
        form: Form::Rect { area: area.grown(by), radius: 0.0 },
        fill: None,
        stroke: Some(Stroke::new(role, 2.0)),
    };
    Group::new(vec![line(1.0, Role::Paper), line(3.0, Role::Accent)])
}

/// The shares that rollout gives to the tokens.
#[component]
fn Rollout(maps: StoredValue<Arc<AttentionMaps>>) -> impl IntoView {
    let shares =
        maps.with_value(|maps| labels(&maps.input).into_iter().zip(maps.rollout.iter().copied()).collect::<Vec<_>>());
    view! {
        <details class="aside-text" data-testid="rollout">
            <summary>"Rollout: all layers multiplied (a heuristic, not a causal effect)"</summary>
            <p>"Rollout multiplies the patterns of all layers, heads averaged, half of each token kept. It knows nothing of what is carried. In a model that reads from left to right it drifts to the first token, which can only read itself."</p>
            <ul class="attention__rollout">
                {shares.into_iter().map(|(word, share)| view! { <li>{format!("{word} {}", percent(share))}</li> }).collect_view()}
            </ul>
        </details>
    }
}

fn paint(canvas: &web_sys::HtmlCanvasElement, width: usize, height: usize, pixels: &[u8]) {
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas
        .get_context("2d")
        .ok()
        .flatten()
        .and_then(|context| context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok());
    let image = web_sys::ImageData::new_with_u8_clamped_array_and_sh(
        wasm_bindgen::Clamped(pixels),
        width as u32,
        height as u32,
    );
    if let (Some(context), Ok(image)) = (context, image) {
        // Painting fails only for a canvas of another origin.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

fn all(maps: &AttentionMaps) -> Vec<HeadRef> {
    (0..maps.n_layers).flat_map(|layer| (0..maps.n_heads).map(move |head| HeadRef { layer, head })).collect()
}

fn items(maps: &AttentionMaps) -> Vec<Item> {
    all(maps).into_iter().map(|at| (at.to_string(), words::title(maps, at))).collect()
}

fn parsed(name: &str) -> Option<HeadRef> {
    let (layer, head) = name.strip_prefix('L')?.split_once('H')?;
    Some(HeadRef { layer: layer.parse().ok()?, head: head.parse().ok()? })
}
