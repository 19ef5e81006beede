//! A drawing of `figure` on the page, at its own size.

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use leptos::svg::Svg;
use vitrine_figure::color::Theme;
use vitrine_figure::drawing::{Drawing, Layer, Part};
use wasm_bindgen::JsCast;

use crate::elements::measured::follow_width;
use crate::elements::painter::Painter;

/// Shows a drawing: what is pointed at stands out, what is chosen is outlined, the keys walk the parts.
#[component]
pub fn DrawingView(
    /// Draws into a width; nothing is drawn before there is room.
    #[prop(into)]
    draw: Callback<f32, Drawing>,
    /// What is seen, in a sentence.
    #[prop(into)]
    says: Signal<String>,
    /// How much room there is, for who has to know.
    #[prop(optional)]
    width: RwSignal<f32>,
    /// The part that the pointer or focus is on.
    #[prop(optional, into)]
    pointed: Option<Signal<Option<Part>>>,
    /// The part that is chosen.
    #[prop(optional, into)]
    chosen: Option<Signal<Option<Part>>>,
    /// A second part that is chosen.
    #[prop(optional, into)]
    also_chosen: Option<Signal<Option<Part>>>,
    /// Parts of which each blinks once when it comes among them.
    #[prop(optional, into)]
    blinking: Option<Signal<Vec<Part>>>,
    /// Called when the pointer or the arrows come to a part or leave it.
    #[prop(optional, into)]
    on_point: Option<Callback<Option<Part>>>,
    /// Called when a part is clicked, or Enter pressed on it.
    #[prop(optional_no_strip, into)]
    on_choose: Option<Callback<Part>>,
    /// Called in the place of that with the Shift key.
    #[prop(optional, into)]
    on_add: Option<Callback<Part>>,
    /// Called with the place of the pointer in the drawing.
    #[prop(optional, into)]
    on_move: Option<Callback<Option<(f32, f32)>>>,
) -> impl IntoView {
    let (room, svg, canvas) = (NodeRef::<Div>::new(), NodeRef::<Svg>::new(), NodeRef::<Canvas>::new());
    follow_width(room, width);
    // Which paper it lies on.
    let theme = expect_context::<Signal<Theme>>();
    let drawing = Memo::new(move |_| match width.get() {
        0.0 => Drawing::default(),
        width => draw.run(width),
    });
    let here = move || pointed.and_then(|pointed| pointed.get());
    let painter = StoredValue::new_local(None::<Painter>);
    Effect::new(move |_| {
        let (Some(svg), Some(canvas)) = (svg.get(), canvas.get()) else { return };
        painter.update_value(|painter| {
            let painter = painter.get_or_insert_with(|| Painter::new(svg.unchecked_into(), canvas));
            let mut drawing = drawing.get();
            let chosen = [chosen, also_chosen].into_iter().flatten().filter_map(|chosen| chosen.get());
            let outlines: Vec<_> = chosen.filter_map(|part| drawing.outline(part)).collect();
            drawing.layers.extend((!outlines.is_empty()).then(|| Layer::new(outlines)));
            painter.paint(drawing, theme.get());
        });
    });
    Effect::new(move |_| {
        svg.track();
        let part = here();
        painter.update_value(|painter| painter.iter_mut().for_each(|painter| painter.point(part)));
    });
    Effect::new(move |_| {
        svg.track();
        let parts = blinking.map(|parts| parts.get()).unwrap_or_default();
        painter.update_value(|painter| painter.iter_mut().for_each(|painter| painter.blink(&parts)));
    });
    let point = move |part: Option<Part>| {
        if let Some(on_point) = on_point
            && untrack(here) != part
        {
            on_point.run(part);
        }
    };
    let choose = move |part, shift| {
        let call = on_add.filter(|_| shift).or(on_choose);
        call.iter().for_each(|call| call.run(part));
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let key = event.key();
        if key == "Enter" {
            return untrack(here).into_iter().for_each(|part| choose(part, event.shift_key()));
        }
        // The keys go on from what is chosen.
        let from = untrack(|| here().or_else(|| chosen.and_then(|chosen| chosen.get())));
        if let Some(part) = drawing.with_untracked(|drawing| drawing.walked(from, &key)) {
            event.prevent_default();
            point(Some(part));
        }
    };
    let told = move |event: &leptos::ev::MouseEvent| {
        let bounds = svg.get_untracked()?.unchecked_into::<web_sys::Element>().get_bounding_client_rect();
        let x = f64::from(event.client_x()) - bounds.left();
        Some((x as f32, (f64::from(event.client_y()) - bounds.top()) as f32))
    };
    view! {
        <div class="drawing__room" node_ref=room></div>
        <div
            class="drawing"
            class:can-choose=on_choose.is_some()
            on:mouseover=move |event| point(part_under(&event))
            on:mousemove=move |event| if let Some(on_move) = on_move { on_move.run(told(&event)) }
            on:mouseleave=move |_| { point(None); on_move.iter().for_each(|on_move| on_move.run(None)); }
            on:click=move |event| part_under(&event).into_iter().for_each(|part| choose(part, event.shift_key()))
        >
            <svg
                class="drawing__picture"
                node_ref=svg
                role="img"
                aria-label=move || says.get()
                tabindex=on_point.map(|_| "0")
                on:keydown=on_key
                on:blur=move |_| point(None)
            ></svg>
            <canvas class="drawing__canvas" node_ref=canvas hidden aria-hidden="true"></canvas>
        </div>
    }
}

/// The part that an event happened on.
fn part_under(event: &leptos::ev::MouseEvent) -> Option<Part> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    Part::named(&target.closest("[data-part]").ok()??.get_attribute("data-part")?)
}
