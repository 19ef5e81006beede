//! A drawing as pixels, with the page's typefaces and nothing of the machine's: the same everywhere.
//!
//! Letters are placed by the widths by which figures are laid out. A letter that none of the faces has is an empty box.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint as Ink, Path, PathBuilder, Pixmap, Rect, Stroke as Pen, StrokeDash,
    Transform,
};
use ttf_parser::{Face as Outlines, OutlineBuilder};
use vitrine_figure::color::{Rgb, Theme};
use vitrine_figure::drawing::{Anchor, Area, Drawing, Form, Paint, Role, Shape, Step, Text};
use vitrine_figure::font::{self, Face, Letters};
use vitrine_figure::picture::{MARGIN, SCALE};

const SERIF: &[u8] = include_bytes!("../fonts/serif.ttf");
const SANS: &[u8] = include_bytes!("../fonts/sans.ttf");
const SANS_BOLD: &[u8] = include_bytes!("../fonts/sans-bold.ttf");
const MONO: &[u8] = include_bytes!("../fonts/mono.ttf");
/// Most pixels of a picture: one that is larger is no picture to look at.
const MOST_PIXELS: f32 = 40e6;
/// Width of a stripe of the hatching, and from one to the next.
const STRIPES: (f32, f32) = (3.0, 8.0);
/// How far the handles of a curve lie from its ends, for a quarter of a circle of radius 1.
const QUARTER: f32 = 0.552_284_8;

/// Pixels in rows, three bytes each.
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue of each.
    pub pixels: Vec<u8>,
}

/// Paints a drawing with its margin, twice as fine as it is laid out; nothing for one that is too large to be a picture.
#[must_use]
pub fn paint(drawing: &Drawing, theme: Theme) -> Option<Picture> {
    let side = |length: f32| ((length + 2.0 * MARGIN) * SCALE).ceil();
    let (width, height) = (side(drawing.width), side(drawing.height));
    let pixmap = Pixmap::new(width as u32, height as u32).filter(|_| width * height <= MOST_PIXELS)?;
    let place = Transform::from_scale(SCALE, SCALE).pre_translate(MARGIN, MARGIN);
    let mut brush = Brush { pixmap, theme, place, clip: None };
    let Rgb(red, green, blue) = Role::Paper.rgb(theme);
    brush.pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    for layer in &drawing.layers {
        brush.clip = layer.clip.and_then(|area| brush.mask(&rectangle(area, 0.0)?));
        layer.groups.iter().flat_map(|group| &group.shapes).for_each(|shape| brush.shape(shape));
    }
    let pixels = brush.pixmap.data().chunks_exact(4).flat_map(|pixel| pixel.iter().take(3).copied()).collect();
    Some(Picture { width: brush.pixmap.width(), height: brush.pixmap.height(), pixels })
}

/// What paints, where, and what it may not paint on.
struct Brush {
    pixmap: Pixmap,
    theme: Theme,
    place: Transform,
    clip: Option<Mask>,
}

impl Brush {
    fn ink(&self, paint: Paint) -> Ink<'static> {
        let Rgb(red, green, blue) = if paint.role == Role::Hatch { Role::Soft } else { paint.role }.rgb(self.theme);
        let mut ink = Ink::default();
        ink.set_color_rgba8(red, green, blue, (paint.opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
        ink
    }

    /// What lies inside of a path and of the clip.
    fn mask(&self, path: &Path) -> Option<Mask> {
        let mut mask = match &self.clip {
            Some(clip) => clip.clone(),
            None => {
                let mut whole = Mask::new(self.pixmap.width(), self.pixmap.height())?;
                whole.invert();
                whole
            }
        };
        mask.intersect_path(path, FillRule::Winding, true, self.place);
        Some(mask)
    }

    fn shape(&mut self, shape: &Shape) {
        match &shape.form {
            Form::Text(text) => self.text(text, shape),
            Form::Rect { area, radius } => {
                let path = rectangle(*area, *radius);
                match shape.fill {
                    Some(fill) if fill.role == Role::Hatch => _ = path.and_then(|path| self.hatch(&path, *area, fill)),
                    _ => self.path(path, shape, self.place),
                }
            }
            Form::Circle { x, y, radius } => self.path(PathBuilder::from_circle(*x, *y, *radius), shape, self.place),
            Form::Path(steps) => self.path(traced(steps), shape, self.place),
        }
    }

    /// Fills a path, then strokes it; a path without extent is none.
    fn path(&mut self, path: Option<Path>, shape: &Shape, place: Transform) {
        let Some(path) = path else { return };
        if let Some(fill) = shape.fill {
            let ink = self.ink(fill);
            self.pixmap.fill_path(&path, &ink, FillRule::Winding, place, self.clip.as_ref());
        }
        self.stroke(&path, shape, place);
    }

    fn stroke(&mut self, path: &Path, shape: &Shape, place: Transform) {
        let Some(stroke) = shape.stroke else { return };
        let mut pen = Pen { width: stroke.width, ..Pen::default() };
        if !matches!(shape.form, Form::Rect { .. } | Form::Circle { .. }) {
            (pen.line_join, pen.line_cap) = (LineJoin::Round, LineCap::Round);
        }
        pen.dash = stroke.dash.and_then(|(dash, gap)| StrokeDash::new(vec![dash, gap], 0.0));
        let ink = self.ink(stroke.paint);
        self.pixmap.stroke_path(path, &ink, &pen, place, self.clip.as_ref());
    }

    /// Stripes inside of a path, turned about the corner of the drawing, so that those of neighbours are in line.
    fn hatch(&mut self, path: &Path, Area { x, y, width, height }: Area, fill: Paint) -> Option<()> {
        let mask = self.mask(path)?;
        let (stripe, period) = STRIPES;
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let (along, across) = (|x: f32, y: f32| (x + y) * half, |x: f32, y: f32| (y - x) * half);
        let (top, bottom) = (across(x + width, y), across(x, y + height));
        let mut stripes = PathBuilder::new();
        let mut at = (along(x, y) / period).floor() * period;
        while at < along(x + width, y + height) {
            stripes.push_rect(Rect::from_ltrb(at, top, at + stripe, bottom)?);
            at += period;
        }
        let ink = self.ink(fill);
        let place = self.place.pre_rotate(45.0);
        self.pixmap.fill_path(&stripes.finish()?, &ink, FillRule::Winding, place, Some(&mask));
        Some(())
    }

    /// A line of text; what runs along its edge lies under the letters.
    fn text(&mut self, text: &Text, shape: &Shape) {
        let place = self.place.pre_translate(text.x, text.y).pre_rotate(text.turn);
        let Some(path) = letters(text) else { return };
        self.stroke(&path, shape, place);
        self.path(Some(path), &Shape { stroke: None, ..shape.clone() }, place);
    }
}

/// A rectangle, with corners of a radius.
fn rectangle(Area { x, y, width, height }: Area, radius: f32) -> Option<Path> {
    let (right, bottom, radius) = (x + width, y + height, radius.min(width / 2.0).min(height / 2.0));
    if radius <= 0.0 {
        return Some(PathBuilder::from_rect(Rect::from_ltrb(x, y, right, bottom)?));
    }
    let mut path = PathBuilder::new();
    let out = radius * (1.0 - QUARTER);
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - out, y, right, y + out, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - out, right - out, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + out, bottom, x, bottom - out, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + out, x + out, y, x + radius, y);
    path.close();
    path.finish()
}

fn traced(steps: &[Step]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for step in steps {
        match *step {
            Step::Move(x, y) => path.move_to(x, y),
            Step::Line(x, y) => path.line_to(x, y),
            Step::Cubic([a, b, c, d, x, y]) => path.cubic_to(a, b, c, d, x, y),
            Step::Close => path.close(),
        }
    }
    path.finish()
}

/// The outlines of a line of text from its anchor on.
fn letters(text: &Text) -> Option<Path> {
    let Text { text, letters, anchor, .. } = text;
    let mut outline = Outline { path: PathBuilder::new(), x: 0.0, size: 0.0 };
    outline.x = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -font::width(text, *letters) / 2.0,
        Anchor::End => -font::width(text, *letters),
    };
    for letter in text.chars() {
        let advance = font::width(letter.encode_utf8(&mut [0; 4]), *letters);
        // What takes no room is not seen.
        if advance > 0.0 {
            outline.letter(letter, *letters);
        }
        outline.x += advance;
    }
    outline.path.finish()
}

/// Letters that become a path, from their own units with the vertical axis upwards.
struct Outline {
    path: PathBuilder,
    x: f32,
    size: f32,
}

impl Outline {
    /// A letter of its face, or of the one that stands in for it; the box of the first where both lack it.
    fn letter(&mut self, letter: char, Letters { face, size, bold }: Letters) {
        let files = match (face, bold) {
            (Face::Serif, _) => [SERIF, SANS],
            (Face::Sans, false) => [SANS, SERIF],
            (Face::Sans, true) => [SANS_BOLD, SERIF],
            (Face::Mono, _) => [MONO, SANS],
        };
        let faces = files.map(|file| Outlines::parse(file, 0).ok());
        let found = faces.iter().flatten().find_map(|face| Some((face, face.glyph_index(letter)?)));
        let Some((face, glyph)) =
            found.or_else(|| faces.iter().flatten().map(|face| (face, ttf_parser::GlyphId(0))).next())
        else {
            return;
        };
        self.size = size / f32::from(face.units_per_em());
        face.outline_glyph(glyph, self);
    }

    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.size, -y * self.size)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use vitrine_figure::drawing::{Group, Layer, Stroke};

    use super::*;

    fn painted(shapes: Vec<Shape>) -> Picture {
        let drawing = Drawing::new(100.0, 60.0, vec![Layer::new(vec![Group::new(shapes)])]);
        paint(&drawing, Theme::Light).unwrap_or_else(|| unreachable!("a hundred pixels are a picture"))
    }

    /// The colour at a place of the drawing.
    fn at(picture: &Picture, x: f32, y: f32) -> [u8; 3] {
        let pixel = |value: f32| ((value + MARGIN) * SCALE) as usize;
        let start = 3 * (pixel(y) * picture.width as usize + pixel(x));
        [0, 1, 2].map(|of| picture.pixels[start + of])
    }

    fn rgb(role: Role) -> [u8; 3] {
        let Rgb(red, green, blue) = role.rgb(Theme::Light);
        [red, green, blue]
    }

    #[test]
    fn shapes_lie_where_they_are_laid_out() {
        let area = Area::new(10.0, 10.0, 20.0, 20.0);
        let picture = painted(vec![
            Shape::rect(area, 6.0, Paint::new(Role::Accent)),
            Shape::line((0.0, 50.5), (100.0, 50.5), Stroke::new(Role::Ink, 3.0)),
            Shape::circle((80.0, 20.0), 5.0, Paint::new(Role::Soft), None),
        ]);
        assert_eq!((picture.width, picture.height), (296, 216));
        assert_eq!(at(&picture, 20.0, 20.0), rgb(Role::Accent));
        // A round corner, and what lies outside.
        assert_eq!([at(&picture, 10.2, 10.2), at(&picture, 5.0, 20.0)], [rgb(Role::Paper); 2]);
        assert_eq!([at(&picture, 50.0, 50.5), at(&picture, 80.0, 20.0)], [rgb(Role::Ink), rgb(Role::Soft)]);
    }

    #[test]
    fn letters_are_as_wide_as_they_are_laid_out() {
        let text = Text::new(50.0, 40.0, "dull −3.52", Letters::WORD).anchored(Anchor::Middle);
        let (left, right) = text.span();
        let picture = painted(vec![Shape::text(text, Role::Ink)]);
        let dark = |x: u32| (20..50).any(|y| at(&picture, x as f32, y as f32)[0] < 128);
        let columns: Vec<u32> = (0..100).filter(|x| dark(*x)).collect();
        let ends = [columns.first(), columns.last()].map(|end| end.copied().unwrap_or_default() as f32);
        assert!(ends[0] >= left - 1.0 && ends[0] < left + 4.0, "{ends:?} of {left}");
        assert!(ends[1] <= right + 1.0 && ends[1] > right - 4.0, "{ends:?} of {right}");
        // A letter that no face has is a box.
        let unknown = painted(vec![Shape::text(Text::new(50.0, 40.0, "中", Letters::WORD), Role::Ink)]);
        assert!((50..62).any(|x| at(&unknown, x as f32, 35.0)[0] < 128));
    }

    #[test]
    fn hatching_leaves_paper_between_its_stripes() {
        let picture = painted(vec![Shape::rect(Area::new(0.0, 0.0, 60.0, 40.0), 0.0, Paint::new(Role::Hatch))]);
        let row: Vec<[u8; 3]> = (1..59).map(|x| at(&picture, x as f32, 20.0)).collect();
        assert!(row.contains(&rgb(Role::Paper)) && row.contains(&rgb(Role::Soft)));
        assert_eq!(at(&picture, 70.0, 20.0), rgb(Role::Paper));
    }

    #[test]
    fn what_is_too_large_is_no_picture() {
        assert!(paint(&Drawing::new(680.0, 1e6, Vec::new()), Theme::Light).is_none());
    }
}
