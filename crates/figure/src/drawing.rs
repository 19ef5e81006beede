//! A figure as pure data: shapes, paints, clips and named parts.
//!
//! A [`Drawing`] is laid out for its width in pixels and knows no theme: paints are roles, resolved when it is shown. Groups
//! are compared to find out what changed between two frames; a clip belongs to a layer, so that moving it changes no group.

use crate::color::{Rgb, Theme, cell, ink_on, share_of_pole};
use crate::font::{self, Letters};

/// A figure, ready to be shown at its own size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// What is painted, the lowest first.
    pub layers: Vec<Layer>,
}

/// Groups that share a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// What is seen of the groups; all of them unless given.
    pub clip: Option<Area>,
    /// The groups, the lowest first.
    pub groups: Vec<Group>,
}

/// Shapes that change together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The part that a reader can point at, if it is one.
    pub part: Option<Part>,
    /// Where it is pointed at and what is outlined when it is chosen; its shapes themselves unless given.
    pub area: Option<Area>,
    /// The shapes, the lowest first.
    pub shapes: Vec<Shape>,
}

/// A part of a figure; the same part may own several groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A word or token of the explanation, by its place among the marks.
    Mark(usize),
    /// A token of the input.
    Token(usize),
    /// A ribbon of the stream, by its place among the ribbons.
    Ribbon(usize),
    /// The MLP of a layer.
    Mlp(usize),
    /// A possible answer, by its place among those that are drawn.
    Answer(usize),
    /// A cell of a map, by its place in the matrix, row by row.
    Cell(usize),
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// From the left edge to the right one.
    pub width: f32,
    /// From the upper edge to the lower one.
    pub height: f32,
}

/// A form with its paints.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What it is.
    pub form: Form,
    /// What fills it.
    pub fill: Option<Paint>,
    /// What runs along its edge; under the fill of a text.
    pub stroke: Option<Stroke>,
}

/// What a shape is.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A rectangle.
    Rect {
        /// Where.
        area: Area,
        /// Radius of its corners.
        radius: f32,
    },
    /// A circle.
    Circle {
        /// Its centre, from the left.
        x: f32,
        /// Its centre, from the top.
        y: f32,
        /// Its radius.
        radius: f32,
    },
    /// Lines and curves.
    Path(Vec<Step>),
    /// A line of text.
    Text(Text),
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Starts anew at a point.
    Move(f32, f32),
    /// A straight line to a point.
    Line(f32, f32),
    /// A cubic curve: two controls, then the point.
    Cubic([f32; 6]),
    /// Back to where it started.
    Close,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Where it is anchored, from the left.
    pub x: f32,
    /// Its baseline.
    pub y: f32,
    /// The characters.
    pub text: String,
    /// How they are set.
    pub letters: Letters,
    /// Which of its points stands at `x`.
    pub anchor: Anchor,
    /// Degrees by which it is turned clockwise about its anchor.
    pub turn: f32,
}

/// Which point of a text is placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    #[default]
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A line along an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub paint: Paint,
    /// Its width.
    pub width: f32,
    /// Lengths of dash and gap, where it is broken.
    pub dash: Option<(f32, f32)>,
}

/// A colour by its role.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    /// What it says.
    pub role: Role,
    /// From 0, nothing, to 1.
    pub opacity: f32,
}

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Text and axes.
    Ink,
    /// What matters less.
    Soft,
    /// Grid and rules.
    Line,
    /// What lies under everything.
    Paper,
    /// What the reader chose.
    Accent,
    /// A mark without text on it, by its share of the strongest; negative ones point the other way.
    Pole(f32),
    /// A mark without direction and without text on it, by its share of the strongest.
    Strength(f32),
    /// The background of a word, by its share of the strongest.
    Cell(f32),
    /// The background of a word without direction.
    CellStrength(f32),
    /// Text on such a background.
    OnCell(f32),
    /// Text on such a background without direction.
    OnCellStrength(f32),
    /// Text on a mark without direction.
    OnStrength(f32),
    /// What must not be relied on.
    Hatch,
}

impl Drawing {
    /// A drawing of some layers.
    #[must_use]
    pub const fn new(width: f32, height: f32, layers: Vec<Layer>) -> Self {
        Self { width, height, layers }
    }

    /// All groups, the lowest first.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.layers.iter().flat_map(|layer| &layer.groups)
    }

    /// What shows that a part is chosen, above everything else: an accent line outside a gap of paper.
    #[must_use]
    pub fn outline(&self, part: Part) -> Option<Group> {
        let area = self.groups().filter(|group| group.part == Some(part)).find_map(|group| group.area)?;
        Some(Group::frame(area, 4.0))
    }

    /// The part after or before another in reading order; the first of all where there is none yet.
    #[must_use]
    pub fn beside(&self, here: Option<Part>, forward: bool) -> Option<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for part in self.groups().filter_map(|group| group.part) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let at = here.and_then(|here| parts.iter().position(|part| *part == here));
        let next = match at {
            None => 0,
            Some(at) if forward => (at + 1).min(parts.len() - 1),
            Some(at) => at.saturating_sub(1),
        };
        parts.get(next).copied()
    }
}

impl Layer {
    /// Groups without a clip.
    #[must_use]
    pub const fn new(groups: Vec<Group>) -> Self {
        Self { clip: None, groups }
    }
}

impl Group {
    /// Shapes that are no part.
    #[must_use]
    pub const fn new(shapes: Vec<Shape>) -> Self {
        Self { part: None, area: None, shapes }
    }

    /// An accent line outside a gap of paper around an area; sharp corners stay sharp.
    #[must_use]
    pub fn frame(area: Area, radius: f32) -> Self {
        let line = |by: f32, role: Role| Shape {
            form: Form::Rect { area: area.grown(by), radius: if radius > 0.0 { radius + by } else { 0.0 } },
            fill: None,
            stroke: Some(Stroke::new(role, 2.0)),
        };
        Self::new(vec![line(1.0, Role::Paper), line(3.0, Role::Accent)])
    }

    /// Shapes of a part.
    #[must_use]
    pub const fn of(part: Part, area: Option<Area>, shapes: Vec<Shape>) -> Self {
        Self { part: Some(part), area, shapes }
    }
}

impl Part {
    /// Its name in an SVG, such as `mark-3`.
    #[must_use]
    pub fn name(self) -> String {
        let (kind, at) = match self {
            Self::Mark(at) => ("mark-", at),
            Self::Token(at) => ("token-", at),
            Self::Ribbon(at) => ("ribbon-", at),
            Self::Mlp(at) => ("mlp-", at),
            Self::Answer(at) => ("answer-", at),
            Self::Cell(at) => ("cell-", at),
        };
        kind.to_owned() + &at.to_string()
    }

    /// The part of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (kind, at) = name.split_once('-')?;
        let at = at.parse().ok()?;
        match kind {
            "mark" => Some(Self::Mark(at)),
            "token" => Some(Self::Token(at)),
            "ribbon" => Some(Self::Ribbon(at)),
            "mlp" => Some(Self::Mlp(at)),
            "answer" => Some(Self::Answer(at)),
            "cell" => Some(Self::Cell(at)),
            _ => None,
        }
    }
}

impl Area {
    /// A rectangle by its left upper corner and its size.
    #[must_use]
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// The rectangle between two points on the horizontal axis, in whichever order.
    #[must_use]
    pub const fn between(x0: f32, x1: f32, y: f32, height: f32) -> Self {
        Self { x: x0.min(x1), y, width: (x1 - x0).abs(), height }
    }

    /// Larger by as much on every side.
    #[must_use]
    pub const fn grown(self, by: f32) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }
}

impl Shape {
    /// A filled rectangle.
    #[must_use]
    pub const fn rect(area: Area, radius: f32, fill: Paint) -> Self {
        Self { form: Form::Rect { area, radius }, fill: Some(fill), stroke: None }
    }

    /// A straight line.
    #[must_use]
    pub fn line((x0, y0): (f32, f32), (x1, y1): (f32, f32), stroke: Stroke) -> Self {
        Self::along(vec![Step::Move(x0, y0), Step::Line(x1, y1)], stroke)
    }

    /// A line along a path.
    #[must_use]
    pub const fn along(steps: Vec<Step>, stroke: Stroke) -> Self {
        Self { form: Form::Path(steps), fill: None, stroke: Some(stroke) }
    }

    /// A closed area between points.
    #[must_use]
    pub fn closed(points: &[(f32, f32)], fill: Paint, stroke: Option<Stroke>) -> Self {
        let mut steps = through(points);
        steps.push(Step::Close);
        Self { form: Form::Path(steps), fill: Some(fill), stroke }
    }

    /// A filled circle.
    #[must_use]
    pub const fn circle((x, y): (f32, f32), radius: f32, fill: Paint, stroke: Option<Stroke>) -> Self {
        Self { form: Form::Circle { x, y, radius }, fill: Some(fill), stroke }
    }

    /// A text.
    #[must_use]
    pub const fn text(text: Text, role: Role) -> Self {
        Self { form: Form::Text(text), fill: Some(Paint::new(role)), stroke: None }
    }

    /// The same with paper behind its letters, for a text on lines.
    #[must_use]
    pub fn on_paper(self) -> Self {
        Self { stroke: Some(Stroke::new(Role::Paper, 4.0)), ..self }
    }
}

/// The steps of a line through points.
#[must_use]
pub fn through(points: &[(f32, f32)]) -> Vec<Step> {
    let step = |(i, &(x, y)): (usize, &(f32, f32))| if i == 0 { Step::Move(x, y) } else { Step::Line(x, y) };
    points.iter().enumerate().map(step).collect()
}

impl Text {
    /// A text that starts at a point. What cannot be drawn, or would turn the text around it, gets a sign or is left out.
    #[must_use]
    pub fn new(x: f32, y: f32, text: &str, letters: Letters) -> Self {
        Self { x, y, text: drawable(text), letters, anchor: Anchor::Start, turn: 0.0 }
    }

    /// The same with another of its points in this place.
    #[must_use]
    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same, turned clockwise about its anchor.
    #[must_use]
    pub fn turned(self, turn: f32) -> Self {
        Self { turn, ..self }
    }

    /// The same, cut to a width.
    #[must_use]
    pub fn clipped(self, most: f32) -> Self {
        Self { text: font::clipped(&self.text, self.letters, most), ..self }
    }

    /// Left and right end of what it covers.
    #[must_use]
    pub fn span(&self) -> (f32, f32) {
        let width = font::width(&self.text, self.letters) * libm::cosf(self.turn.to_radians());
        match self.anchor {
            Anchor::Start => (self.x, self.x + width),
            Anchor::Middle => (self.x - width / 2.0, self.x + width / 2.0),
            Anchor::End => (self.x - width, self.x),
        }
    }
}

/// A text without what no drawing can hold: control characters become their pictures, and marks that would turn the direction
/// of what follows go.
fn drawable(text: &str) -> String {
    let sign = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}'..='\u{9f}' => Some('␡'),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => None,
        '\u{2028}' | '\u{2029}' => Some('↵'),
        '\u{fffe}' | '\u{ffff}' => Some('\u{fffd}'),
        other => Some(other),
    };
    text.chars().filter_map(sign).collect()
}

impl Stroke {
    /// An unbroken line.
    #[must_use]
    pub const fn new(role: Role, width: f32) -> Self {
        Self { paint: Paint::new(role), width, dash: None }
    }

    /// The same, broken.
    #[must_use]
    pub const fn dashed(self, dash: f32, gap: f32) -> Self {
        Self { dash: Some((dash, gap)), ..self }
    }

    /// The same, seen through.
    #[must_use]
    pub const fn faded(self, opacity: f32) -> Self {
        Self { paint: self.paint.faded(opacity), ..self }
    }
}

impl Shape {
    /// The same, seen through.
    #[must_use]
    pub fn faded(self, opacity: f32) -> Self {
        let (fill, stroke) =
            (self.fill.map(|fill| fill.faded(opacity)), self.stroke.map(|stroke| stroke.faded(opacity)));
        Self { fill, stroke, ..self }
    }
}

impl Paint {
    /// A colour that covers what is under it.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self { role, opacity: 1.0 }
    }

    /// The same, seen through.
    #[must_use]
    pub const fn faded(self, opacity: f32) -> Self {
        Self { opacity, ..self }
    }
}

impl Role {
    /// The pole of a score's sign; hatching where scores are not to be relied on.
    #[must_use]
    pub fn of_score(score: f32, signed: bool, trusted: bool) -> Self {
        match (trusted, signed) {
            (false, _) => Self::Hatch,
            (true, false) => Self::Strength(1.0),
            (true, true) => Self::Pole(if score < 0.0 { -1.0 } else { 1.0 }),
        }
    }

    /// The property of the page's style sheet that has its colour, for what is no data and no hatching.
    #[must_use]
    pub const fn property(self) -> Option<&'static str> {
        match self {
            Self::Ink => Some("var(--ink)"),
            Self::Soft => Some("var(--soft)"),
            Self::Line => Some("var(--line)"),
            Self::Paper => Some("var(--paper)"),
            Self::Accent => Some("var(--accent)"),
            _ => None,
        }
    }

    /// The colour on some paper; that of its lines for hatching.
    #[must_use]
    pub fn rgb(self, theme: Theme) -> Rgb {
        let surface = theme.surface();
        match self {
            Self::Ink => surface.ink,
            Self::Soft | Self::Hatch => surface.soft,
            Self::Line => surface.line,
            Self::Paper => theme.poles().paper,
            Self::Accent => surface.accent,
            Self::Pole(share) => share_of_pole(share, true, theme),
            Self::Strength(share) => share_of_pole(share, false, theme),
            Self::OnStrength(share) => ink_on(share_of_pole(share, false, theme)),
            Self::Cell(share) => cell(share, true, theme),
            Self::CellStrength(share) => cell(share, false, theme),
            Self::OnCell(share) => ink_on(cell(share, true, theme)),
            Self::OnCellStrength(share) => ink_on(cell(share, false, theme)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_knows_what_it_covers() {
        let text = Text::new(100.0, 10.0, "−3.52", Letters::NUMBER);
        let near = |(a, b): (f32, f32), (c, d): (f32, f32)| (a - c).abs() < 0.01 && (b - d).abs() < 0.01;
        assert!(near(text.span(), (100.0, 136.0)));
        assert!(near(text.clone().anchored(Anchor::End).span(), (64.0, 100.0)));
        assert!(near(text.clone().anchored(Anchor::Middle).span(), (82.0, 118.0)));
        assert!(near(text.anchored(Anchor::End).turned(-60.0).span(), (82.0, 100.0)));
    }

    #[test]
    fn a_hostile_text_stays_in_its_line() {
        assert_eq!(Text::new(0.0, 0.0, "a\n\0\u{202e}b\u{2066}\u{ffff}", Letters::WORD).text, "a␊␀b\u{fffd}");
    }

    #[test]
    fn a_chosen_part_is_outlined_outside_a_gap() {
        let part = Part::Mark(3);
        let group = Group::of(part, Some(Area::new(10.0, 10.0, 20.0, 20.0)), Vec::new());
        let drawing = Drawing::new(50.0, 50.0, vec![Layer::new(vec![group])]);
        let shapes = drawing.outline(part).map(|outline| outline.shapes).unwrap_or_default();
        let roles: Vec<Role> = shapes.iter().filter_map(|shape| Some(shape.stroke?.paint.role)).collect();
        assert_eq!(roles, [Role::Paper, Role::Accent]);
        assert_eq!(drawing.outline(Part::Mark(4)), None);
    }

    #[test]
    fn arrows_walk_the_parts_in_reading_order_and_stop_at_the_ends() {
        let groups = [3, 3, 5, 4].map(|at| Group::of(Part::Mark(at), None, Vec::new()));
        let drawing = Drawing::new(0.0, 0.0, vec![Layer::new(groups.to_vec())]);
        let walked = |here: Option<usize>, forward| drawing.beside(here.map(Part::Mark), forward);
        let cases = [
            (None, true, 3),
            (None, false, 3),
            (Some(3), true, 5),
            (Some(4), true, 4),
            (Some(5), false, 3),
            (Some(9), true, 3),
        ];
        for (here, forward, expected) in cases {
            assert_eq!(walked(here, forward), Some(Part::Mark(expected)), "{here:?} {forward}");
        }
        assert_eq!(Drawing::default().beside(None, true), None);
    }

    #[test]
    fn a_name_leads_back_to_its_part() {
        assert_eq!(Part::Mark(3).name(), "mark-3");
        for part in [Part::Mark(0), Part::Token(1), Part::Ribbon(20), Part::Mlp(3), Part::Answer(4), Part::Cell(7)] {
            assert_eq!(Part::named(&part.name()), Some(part));
        }
        assert_eq!([Part::named("mark"), Part::named("mark--1"), Part::named("door-1")], [None; 3]);
    }
}
