//! Shapes of a drawing on a canvas.

use std::f64::consts::{FRAC_PI_4, TAU};

use js_sys::Array;
use vitrine_figure::color::{Rgb, Theme};
use vitrine_figure::drawing::{Anchor, Area, Drawing, Form, Paint, Role, Shape, Step, Text};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// Width of a stripe of the hatching, and from one to the next.
const STRIPES: (f64, f64) = (3.0, 8.0);

/// Paints a whole drawing, clips included.
pub fn paint(context: &CanvasRenderingContext2d, drawing: &Drawing, theme: Theme) {
    for layer in &drawing.layers {
        context.save();
        if let Some(clip) = layer.clip {
            context.begin_path();
            rectangle(context, clip, 0.0);
            context.clip();
        }
        layer.groups.iter().flat_map(|group| &group.shapes).for_each(|shape| paint_shape(context, shape, theme, 1.0));
        context.restore();
    }
}

/// Paints a shape; `seen` is what is left of it where it is faded.
pub fn paint_shape(context: &CanvasRenderingContext2d, shape: &Shape, theme: Theme, seen: f64) {
    let css = |paint: Paint| {
        context.set_global_alpha(seen * f64::from(paint.opacity));
        let Rgb(red, green, blue) = if paint.role == Role::Hatch { Role::Soft } else { paint.role }.rgb(theme);
        format!("#{red:02x}{green:02x}{blue:02x}")
    };
    if let Some(stroke) = shape.stroke {
        context.set_stroke_style_str(&css(stroke.paint));
        context.set_line_width(f64::from(stroke.width));
        let is_path = matches!(shape.form, Form::Path(_));
        context.set_line_cap(if is_path { "round" } else { "butt" });
        context.set_line_join(if is_path { "round" } else { "miter" });
        let dash = stroke.dash.map_or_else(Array::new, |(dash, gap)| Array::of2(&dash.into(), &gap.into()));
        // Lengths are never negative, for which alone they could be refused.
        let _ = context.set_line_dash(&JsValue::from(dash));
    }
    if let Form::Text(text) = &shape.form {
        return paint_text(context, text, shape, css);
    }
    // What comes in thousands.
    if let (Form::Rect { area: Area { x, y, width, height }, radius: 0.0 }, Some(fill), None) =
        (&shape.form, shape.fill, shape.stroke)
        && fill.role != Role::Hatch
    {
        let [x, y, width, height] = [*x, *y, *width, *height].map(f64::from);
        context.set_fill_style_str(&css(fill));
        return context.fill_rect(x, y, width, height);
    }
    trace(context, &shape.form);
    if let Some(fill) = shape.fill {
        context.set_fill_style_str(&css(fill));
        match (&shape.form, fill.role) {
            (Form::Rect { area, .. }, Role::Hatch) => hatch(context, *area),
            _ => context.fill(),
        }
    }
    if shape.stroke.is_some() {
        context.stroke();
    }
}

/// The outline of a form, as the path that is filled and stroked next.
fn trace(context: &CanvasRenderingContext2d, form: &Form) {
    let number = |value: f32| f64::from(value);
    context.begin_path();
    match form {
        Form::Rect { area, radius } => rectangle(context, *area, *radius),
        // A radius is never negative, for which alone it could be refused.
        Form::Circle { x, y, radius } => _ = context.arc(number(*x), number(*y), number(radius.max(0.0)), 0.0, TAU),
        Form::Path(steps) => {
            for step in steps {
                match *step {
                    Step::Move(x, y) => context.move_to(number(x), number(y)),
                    Step::Line(x, y) => context.line_to(number(x), number(y)),
                    Step::Cubic([a, b, c, d, x, y]) => {
                        let [a, b, c, d, x, y] = [a, b, c, d, x, y].map(number);
                        context.bezier_curve_to(a, b, c, d, x, y);
                    }
                    Step::Close => context.close_path(),
                }
            }
        }
        Form::Text(_) => {}
    }
}

fn rectangle(context: &CanvasRenderingContext2d, Area { x, y, width, height }: Area, radius: f32) {
    let [x, y, width, height] = [x, y, width.max(0.0), height.max(0.0)].map(f64::from);
    let rounded = radius > 0.0 && context.round_rect_with_f64(x, y, width, height, f64::from(radius)).is_ok();
    if !rounded {
        context.rect(x, y, width, height);
    }
}

/// Stripes inside of the path that was traced.
fn hatch(context: &CanvasRenderingContext2d, Area { x, y, width, height }: Area) {
    let (stripe, period) = STRIPES;
    let [x, y, width, height] = [x, y, width, height].map(f64::from);
    context.save();
    context.clip();
    // Turned about the corner of the drawing, so that stripes of neighbours are in line.
    let _ = context.rotate(FRAC_PI_4);
    let along = |x: f64, y: f64| (x + y) / 2f64.sqrt();
    let across = |x: f64, y: f64| (y - x) / 2f64.sqrt();
    let (top, bottom) = (across(x + width, y), across(x, y + height));
    let mut at = (along(x, y) / period).floor() * period;
    while at < along(x + width, y + height) {
        context.fill_rect(at, top, stripe, bottom - top);
        at += period;
    }
    context.restore();
}

fn paint_text(context: &CanvasRenderingContext2d, text: &Text, shape: &Shape, css: impl Fn(Paint) -> String) {
    let Text { x, y, text, letters, anchor, turn } = text;
    context.save();
    let weight = if letters.bold { "600 " } else { "" };
    context.set_font(&format!("{weight}{}px {}", letters.size, letters.face.family()));
    context.set_text_align(match anchor {
        Anchor::Start => "left",
        Anchor::Middle => "center",
        Anchor::End => "right",
    });
    context.set_line_join("round");
    // A place is a number, for which alone it could be refused.
    let _ = context.translate(f64::from(*x), f64::from(*y));
    let _ = context.rotate(f64::from(turn.to_radians()));
    // What runs along the edge lies under the letters.
    if let Some(stroke) = shape.stroke {
        context.set_stroke_style_str(&css(stroke.paint));
        let _ = context.stroke_text(text, 0.0, 0.0);
    }
    if let Some(fill) = shape.fill {
        context.set_fill_style_str(&css(fill));
        let _ = context.fill_text(text, 0.0, 0.0);
    }
    context.restore();
}
