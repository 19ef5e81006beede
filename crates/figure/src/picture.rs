//! A figure as a picture of its own: what it shows in words above it, and on its lower edge that it opens again.
//!
//! A picture travels without the page, so it says what the page says beside the figure.

use crate::drawing::{Anchor, Area, Drawing, Form, Group, Layer, Role, Shape, Step, Stroke, Text};
use crate::figures::Figure;
use crate::font::{self, Letters};

/// Width for which the figure is laid out.
pub const WIDTH: f32 = 680.0;
/// Paper around everything.
pub const MARGIN: f32 = 24.0;
/// Pixels of the file to a pixel of the drawing.
pub const SCALE: f32 = 2.0;

const SAYS: Letters = Letters::WORD.size(17.0);
const EDGE: Letters = Letters::LABEL.size(12.0);
/// What a picture says of itself.
const OPENS: &str = "Opens again: drop this picture on the page of Vitrine, what was asked is inside.";

/// The figure with its words; `opens` where its file holds what was asked.
#[must_use]
pub fn drawing(figure: &Figure, opens: bool) -> Drawing {
    let width = figure.drawing.width;
    let (mut y, mut shapes) = (0.0, Vec::new());
    for line in font::lines(&figure.told.says, SAYS, width) {
        shapes.push(Shape::text(Text::new(0.0, y + 17.0, &line, SAYS), Role::Ink));
        y += 23.0;
    }
    y += 12.0;
    let mut layers: Vec<Layer> = figure.drawing.layers.iter().map(|layer| lower(layer, y)).collect();
    y += figure.drawing.height + 14.0;
    shapes.push(Shape::line((0.0, y), (width, y), Stroke::new(Role::Line, 1.0)));
    y += 20.0;
    let name = Text::new(width, y, "Vitrine", EDGE).anchored(Anchor::End);
    if opens {
        let room = width - font::width(&name.text, EDGE) - 16.0;
        for (i, line) in font::lines(OPENS, EDGE, room).into_iter().enumerate() {
            y += if i > 0 { 17.0 } else { 0.0 };
            shapes.push(Shape::text(Text::new(0.0, y, &line, EDGE), Role::Soft));
        }
    }
    shapes.push(Shape::text(name, Role::Soft));
    layers.push(Layer::new(vec![Group::new(shapes)]));
    Drawing::new(width, y + 6.0, layers)
}

/// A layer further down.
fn lower(layer: &Layer, by: f32) -> Layer {
    let area = |area: Area| Area { y: area.y + by, ..area };
    let step = |step: &Step| match *step {
        Step::Move(x, y) => Step::Move(x, y + by),
        Step::Line(x, y) => Step::Line(x, y + by),
        Step::Cubic([a, b, c, d, x, y]) => Step::Cubic([a, b + by, c, d + by, x, y + by]),
        Step::Close => Step::Close,
    };
    let form = |form: &Form| match form {
        Form::Rect { area: place, radius } => Form::Rect { area: area(*place), radius: *radius },
        Form::Circle { x, y, radius } => Form::Circle { x: *x, y: y + by, radius: *radius },
        Form::Path(steps) => Form::Path(steps.iter().map(step).collect()),
        Form::Text(text) => Form::Text(Text { y: text.y + by, ..text.clone() }),
    };
    let shape = |shape: &Shape| Shape { form: form(&shape.form), ..shape.clone() };
    let group = |group: &Group| Group {
        part: group.part,
        area: group.area.map(area),
        shapes: group.shapes.iter().map(shape).collect(),
    };
    Layer { clip: layer.clip.map(area), groups: layer.groups.iter().map(group).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Form;
    use crate::drawings;
    use crate::example::example;

    #[test]
    fn a_picture_says_what_it_shows_and_that_it_opens_again() {
        let finding = vitrine_schema::Finding::Explanation(example().into());
        for width in [280.0, WIDTH] {
            let figures = drawings(&finding, width);
            let figure = figures.first().unwrap();
            let texts = |opens| {
                let drawing = drawing(figure, opens);
                assert!(drawing.height > figure.drawing.height + 40.0);
                let shapes: Vec<Shape> = drawing.groups().flat_map(|group| group.shapes.clone()).collect();
                let texts = shapes.into_iter().filter_map(|shape| match shape.form {
                    Form::Text(text) => Some(text),
                    _ => None,
                });
                let texts: Vec<Text> = texts.collect();
                for text in &texts {
                    let (left, right) = text.span();
                    assert!(left >= -1.0 && right <= drawing.width + 1.0 && text.y < drawing.height, "{text:?}");
                }
                texts.into_iter().map(|text| text.text).collect::<Vec<_>>().join(" ")
            };
            assert!(texts(true).contains(&figure.told.says) && texts(true).contains(OPENS));
            assert!(!texts(false).contains(OPENS) && texts(false).contains("Vitrine"));
            // The figure is as it was, only further down.
            let framed = drawing(figure, true);
            let (own, here) = (&figure.drawing.layers[0].groups[0], &framed.layers[0].groups[0]);
            let by = here.area.unwrap().y - own.area.unwrap().y;
            assert!(by > 20.0 && lower(&framed.layers[0], -by).groups.len() == figure.drawing.layers[0].groups.len());
            let texts = |group: &Group| group.shapes.iter().filter(|shape| matches!(shape.form, Form::Text(_))).count();
            assert_eq!(texts(own), texts(here));
        }
    }
}
