//! A drawing as SVG text, without a document: the same bytes on every machine.
//!
//! The file names its faces and embeds nothing, paints its own paper, and says in words what it shows.

use crate::color::{Rgb, Theme};
use crate::drawing::{Anchor, Area, Drawing, Form, Group, Paint, Role, Shape, Step, Stroke, Text};
use crate::font::Face;

/// Identifier of the hatching inside a file.
const HATCH: &str = "hatch";

/// A drawing as a file of its own; `title` says what is seen.
#[must_use]
pub fn svg(drawing: &Drawing, theme: Theme, title: &str) -> String {
    let mut out = Writer { out: String::new(), theme };
    let size = Area::new(0.0, 0.0, drawing.width, drawing.height);
    out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
    out.attribute("aria-label", title);
    out.number("width", size.width);
    out.number("height", size.height);
    out.raw(" viewBox=\"0 0 ");
    number(&mut out.out, size.width);
    out.raw(" ");
    number(&mut out.out, size.height);
    out.raw("\"");
    out.attribute("font-family", Face::Sans.family());
    out.raw(">\n<title>");
    escape(&mut out.out, title);
    out.raw("</title>\n");
    out.definitions(drawing);
    out.shape(&Shape::rect(size, 0.0, Paint::new(Role::Paper)));
    for (index, layer) in drawing.layers.iter().enumerate() {
        if layer.clip.is_some() {
            out.raw("<g clip-path=\"url(#clip-");
            out.raw(&index.to_string());
            out.raw(")\">\n");
        }
        layer.groups.iter().for_each(|group| out.group(group));
        if layer.clip.is_some() {
            out.raw("</g>\n");
        }
    }
    out.raw("</svg>\n");
    out.out
}

/// A path as its `d` attribute.
#[must_use]
pub fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    let mut add = |letter: char, numbers: &[f32]| {
        out.push(letter);
        for (i, value) in numbers.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            number(&mut out, *value);
        }
    };
    for step in steps {
        match step {
            Step::Move(x, y) => add('M', &[*x, *y]),
            Step::Line(x, y) => add('L', &[*x, *y]),
            Step::Cubic(points) => add('C', points),
            Step::Close => add('Z', &[]),
        }
    }
    out
}

/// A place or a size in hundredths of a pixel, without needless zeros; 0 for what is no number.
pub fn number(out: &mut String, value: f32) {
    // No drawing is larger, and what is larger has no hundredths.
    let hundredths = (f64::from(value).clamp(-1e7, 1e7) * 100.0).round() as i64;
    if hundredths < 0 {
        out.push('-');
    }
    let hundredths = hundredths.unsigned_abs();
    out.push_str(&(hundredths / 100).to_string());
    let (tenth, hundredth) = ((hundredths / 10 % 10) as u8, (hundredths % 10) as u8);
    if tenth + hundredth > 0 {
        out.push('.');
        out.push(char::from(b'0' + tenth));
    }
    if hundredth > 0 {
        out.push(char::from(b'0' + hundredth));
    }
}

struct Writer {
    out: String,
    theme: Theme,
}

impl Writer {
    fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        escape(&mut self.out, value);
        self.raw("\"");
    }

    fn number(&mut self, name: &str, value: f32) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        number(&mut self.out, value);
        self.raw("\"");
    }

    /// A colour, with its opacity where it is seen through.
    fn paint(&mut self, name: &str, opacity_name: &str, paint: Paint) {
        if paint.role == Role::Hatch {
            self.attribute(name, &format!("url(#{HATCH})"));
        } else {
            let Rgb(r, g, b) = paint.role.rgb(self.theme);
            self.attribute(name, &format!("#{r:02x}{g:02x}{b:02x}"));
        }
        if paint.opacity < 1.0 {
            self.number(opacity_name, paint.opacity);
        }
    }

    fn definitions(&mut self, drawing: &Drawing) {
        let shapes = || drawing.groups().flat_map(|group| &group.shapes);
        let hatched = shapes().any(|shape| shape.fill.is_some_and(|fill| fill.role == Role::Hatch));
        if hatched {
            self.raw("<pattern id=\"hatch\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"3\" height=\"8\"");
            self.paint("fill", "", Paint::new(Role::Soft));
            self.raw("/></pattern>\n");
        }
        for (index, layer) in drawing.layers.iter().enumerate() {
            if let Some(clip) = layer.clip {
                self.raw("<clipPath id=\"clip-");
                self.raw(&index.to_string());
                self.raw("\"><rect");
                self.area(clip);
                self.raw("/></clipPath>\n");
            }
        }
    }

    fn group(&mut self, group: &Group) {
        if let Some(part) = group.part {
            self.raw("<g");
            self.attribute("data-part", &part.name());
            self.raw(">\n");
        }
        group.shapes.iter().for_each(|shape| self.shape(shape));
        if group.part.is_some() {
            self.raw("</g>\n");
        }
    }

    fn area(&mut self, area: Area) {
        self.number("x", area.x);
        self.number("y", area.y);
        self.number("width", area.width.max(0.0));
        self.number("height", area.height.max(0.0));
    }

    fn shape(&mut self, shape: &Shape) {
        match &shape.form {
            Form::Rect { area, radius } => {
                self.raw("<rect");
                self.area(*area);
                if *radius > 0.0 {
                    self.number("rx", *radius);
                }
            }
            Form::Circle { x, y, radius } => {
                self.raw("<circle");
                self.number("cx", *x);
                self.number("cy", *y);
                self.number("r", radius.max(0.0));
            }
            Form::Path(steps) => {
                self.raw("<path");
                self.attribute("d", &path(steps));
            }
            Form::Text(text) => self.text(text),
        }
        match shape.fill {
            Some(fill) => self.paint("fill", "fill-opacity", fill),
            None => self.attribute("fill", "none"),
        }
        if let Some(Stroke { paint, width, dash }) = shape.stroke {
            self.paint("stroke", "stroke-opacity", paint);
            self.number("stroke-width", width);
            if let Some((dash, gap)) = dash {
                self.raw(" stroke-dasharray=\"");
                number(&mut self.out, dash);
                self.raw(" ");
                number(&mut self.out, gap);
                self.raw("\"");
            }
            match shape.form {
                Form::Text(_) => self.raw(" paint-order=\"stroke\" stroke-linejoin=\"round\""),
                Form::Path(_) => self.raw(" stroke-linejoin=\"round\" stroke-linecap=\"round\""),
                _ => {}
            }
        }
        match &shape.form {
            Form::Text(text) => {
                self.raw(">");
                escape(&mut self.out, &text.text);
                self.raw("</text>\n");
            }
            _ => self.raw("/>\n"),
        }
    }

    fn text(&mut self, text: &Text) {
        let Text { x, y, letters, anchor, turn, .. } = text;
        self.raw("<text");
        self.number("x", *x);
        self.number("y", *y);
        // The file as a whole is set in the face of labels.
        if letters.face != Face::Sans {
            self.attribute("font-family", letters.face.family());
        }
        self.number("font-size", letters.size);
        if letters.bold {
            self.raw(" font-weight=\"600\"");
        }
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => self.raw(" text-anchor=\"middle\""),
            Anchor::End => self.raw(" text-anchor=\"end\""),
        }
        if *turn != 0.0 {
            self.raw(" transform=\"rotate(");
            for (i, value) in [*turn, *x, *y].into_iter().enumerate() {
                self.raw(if i > 0 { " " } else { "" });
                number(&mut self.out, value);
            }
            self.raw(")\"");
        }
    }
}

/// Text as XML may hold it, also inside an attribute.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Layer, Part};
    use crate::font::Letters;

    #[test]
    fn numbers_are_short_and_never_minus_zero() {
        let written = |value: f32| {
            let mut out = String::new();
            number(&mut out, value);
            out
        };
        let cases = [
            (0.0, "0"),
            (-0.001, "0"),
            (1.5, "1.5"),
            (-12.345, "-12.35"),
            (0.07, "0.07"),
            (100.0, "100"),
            (f32::NAN, "0"),
            (f32::INFINITY, "10000000"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(value), expected, "{value}");
        }
    }

    #[test]
    fn a_file_says_what_it_shows_and_escapes_what_it_holds() {
        let text = Shape::text(Text::new(1.0, 2.0, "]]> <a href=\"x\">&\u{1}", Letters::WORD), Role::Ink);
        let group = Group::of(Part::Mark(0), None, vec![text]);
        let layer = Layer { clip: Some(Area::new(0.0, 0.0, 5.0, 5.0)), groups: vec![group] };
        insta::assert_snapshot!(svg(&Drawing::new(10.0, 10.0, vec![layer]), Theme::Light, "“<b>” & \0 decided it"));
    }
}
