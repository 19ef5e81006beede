//! A figure as a picture of its own: what it shows in words below it, and on its lower edge that it opens again.
//!
//! A picture travels without the page, so it says what the page says beside the figure.

use crate::drawing::{Anchor, Drawing, Group, Layer, Role, Shape, Stroke, Text};
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
    let Drawing { width, height, mut layers } = figure.drawing.clone();
    let mut y = height + 16.0;
    let mut shapes = Vec::new();
    for line in font::lines(&figure.says, SAYS, width) {
        y += 23.0;
        shapes.push(Shape::text(Text::new(0.0, y, &line, SAYS), Role::Ink));
    }
    y += 18.0;
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
            assert!(texts(true).contains(&figure.says) && texts(true).contains(OPENS));
            assert!(!texts(false).contains(OPENS) && texts(false).ends_with("Vitrine"));
        }
    }
}
