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
    svg_of(drawing, theme, title, "")
}

/// The same inside of a page with others; `prefix` stands in front of its identifiers.
#[must_use]
pub fn svg_of(drawing: &Drawing, theme: Theme, title: &str, prefix: &str) -> String {
    let mut out = Writer { out: String::new(), theme, prefix };
    let size = Area::new(0.0, 0.0, drawing.width, drawing.height);
    out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
    out.attribute("aria-label", title);
    out.attributes(&root(drawing));
    out.attribute("font-family", Face::Sans.family());
    out.raw(">\n<title>");
    escape(&mut out.out, title);
    out.raw("</title>\n");
    out.definitions(drawing);
    out.shape(&Shape::rect(size, 0.0, Paint::new(Role::Paper)));
    for (index, layer) in drawing.layers.iter().enumerate() {
        if layer.clip.is_some() {
            out.raw("<g clip-path=\"url(#");
            out.raw(prefix);
            out.raw("clip-");
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

/// An attribute of a node by its name.
pub type Attribute = (&'static str, String);

/// Name of the node that draws a shape.
#[must_use]
pub const fn tag(shape: &Shape) -> &'static str {
    match shape.form {
        Form::Rect { .. } => "rect",
        Form::Circle { .. } => "circle",
        Form::Path(_) => "path",
        Form::Text(_) => "text",
    }
}

/// Attributes of the node of a shape, with a face's family where it has to be said, and with the colours of roles.
#[must_use]
pub fn attributes(
    shape: &Shape,
    family: impl Fn(Face) -> Option<&'static str>,
    colour: impl Fn(Role) -> String,
) -> Vec<Attribute> {
    let mut out: Vec<Attribute> = Vec::new();
    match &shape.form {
        Form::Rect { area: place, radius } => {
            out.extend(area(*place));
            out.extend((*radius > 0.0).then(|| ("rx", number(*radius))));
        }
        Form::Circle { x, y, radius } => {
            out.extend([("cx", number(*x)), ("cy", number(*y)), ("r", number(radius.max(0.0)))]);
        }
        Form::Path(steps) => out.push(("d", path(steps))),
        Form::Text(Text { x, y, letters, anchor, turn, .. }) => {
            let (x, y) = (number(*x), number(*y));
            let turned = (*turn != 0.0).then(|| ("transform", format!("rotate({} {x} {y})", number(*turn))));
            out.extend([("x", x), ("y", y)]);
            out.extend(family(letters.face).map(|family| ("font-family", family.to_owned())));
            out.push(("font-size", number(letters.size)));
            out.extend(letters.bold.then(|| ("font-weight", "600".to_owned())));
            match anchor {
                Anchor::Start => {}
                Anchor::Middle => out.push(("text-anchor", "middle".to_owned())),
                Anchor::End => out.push(("text-anchor", "end".to_owned())),
            }
            out.extend(turned);
        }
    }
    // Opacity is said where a colour is seen through.
    let seen = |name, paint: Paint| (paint.opacity < 1.0).then(|| (name, number(paint.opacity)));
    out.push(("fill", shape.fill.map_or_else(|| "none".to_owned(), |fill| colour(fill.role))));
    out.extend(shape.fill.and_then(|fill| seen("fill-opacity", fill)));
    if let Some(Stroke { paint, width, dash }) = shape.stroke {
        out.push(("stroke", colour(paint.role)));
        out.extend(seen("stroke-opacity", paint));
        out.push(("stroke-width", number(width)));
        out.extend(dash.map(|(dash, gap)| ("stroke-dasharray", number(dash) + " " + &number(gap))));
    }
    out
}

/// Attributes of a drawing's own node.
#[must_use]
pub fn root(drawing: &Drawing) -> [Attribute; 3] {
    let (width, height) = (number(drawing.width), number(drawing.height));
    let view_box = format!("0 0 {width} {height}");
    [("width", width), ("height", height), ("viewBox", view_box)]
}

/// Attributes that say where a rectangle is.
#[must_use]
pub fn area(area: Area) -> [Attribute; 4] {
    let (width, height) = (area.width.max(0.0), area.height.max(0.0));
    [("x", area.x), ("y", area.y), ("width", width), ("height", height)].map(|(name, value)| (name, number(value)))
}

fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    let mut add = |letter: char, numbers: &[f32]| {
        out.push(letter);
        for (i, value) in numbers.iter().enumerate() {
            out.push_str(if i > 0 { " " } else { "" });
            write_number(&mut out, *value);
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

fn number(value: f32) -> String {
    let mut out = String::new();
    write_number(&mut out, value);
    out
}

/// A place or a size in hundredths of a pixel, without needless zeros; 0 for what is no number.
fn write_number(out: &mut String, value: f32) {
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

struct Writer<'a> {
    out: String,
    theme: Theme,
    prefix: &'a str,
}

impl Writer<'_> {
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

    fn attributes(&mut self, attributes: &[Attribute]) {
        attributes.iter().for_each(|(name, value)| self.attribute(name, value));
    }

    fn definitions(&mut self, drawing: &Drawing) {
        let shapes = || drawing.groups().flat_map(|group| &group.shapes);
        let hatched = shapes().any(|shape| shape.fill.is_some_and(|fill| fill.role == Role::Hatch));
        if hatched {
            self.raw("<pattern id=\"");
            self.raw(self.prefix);
            self.raw("hatch\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"3\" height=\"8\"");
            self.attribute("fill", &colour(Role::Soft, self.theme, self.prefix));
            self.raw("/></pattern>\n");
        }
        for (index, layer) in drawing.layers.iter().enumerate() {
            if let Some(clip) = layer.clip {
                self.raw("<clipPath id=\"");
                self.raw(self.prefix);
                self.raw("clip-");
                self.raw(&index.to_string());
                self.raw("\"><rect");
                self.attributes(&area(clip));
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

    fn shape(&mut self, shape: &Shape) {
        self.raw("<");
        self.raw(tag(shape));
        let (theme, prefix) = (self.theme, self.prefix);
        // The file as a whole is set in the face of labels.
        let family = |face: Face| (face != Face::Sans).then(|| face.family());
        self.attributes(&attributes(shape, family, |role| colour(role, theme, prefix)));
        if shape.stroke.is_some() {
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
}

/// A colour in a file, which has one hatching.
fn colour(role: Role, theme: Theme, prefix: &str) -> String {
    let Rgb(r, g, b) = role.rgb(theme);
    if role == Role::Hatch { format!("url(#{prefix}{HATCH})") } else { format!("#{r:02x}{g:02x}{b:02x}") }
}

/// Text as XML and HTML may hold it, also inside an attribute.
pub(crate) fn escape(out: &mut String, text: &str) {
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
            assert_eq!(number(value), expected, "{value}");
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
