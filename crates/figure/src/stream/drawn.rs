//! The stream as a drawing: what stays, and what has been climbed so far.

use vitrine_schema::ProblemType;
use vitrine_schema::inside::Walk;
use vitrine_words::answer::{name, number};
use vitrine_words::number::{plain, signed};
use vitrine_words::token::labels;

use super::{Extent, LEFT, Stream, Width, laid_out, rank_line};
use crate::answer::lens_share;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text, through};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

/// Ranks are drawn against a vocabulary of this size.
const D_VOCAB: f32 = 50_000.0;
const WORD: Letters = Letters::LABEL.size(12.0);
/// Room for a word under its column.
const LONGEST: f32 = 84.0;

/// The building for a width, to be climbed to many heights.
#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    /// Where everything is.
    pub stream: Stream,
    still: Group,
    growing: Vec<Group>,
}

impl Building {
    /// Lays a walk out. One whose parts have no effect of their own shows lengths.
    #[must_use]
    pub fn of(walk: &Walk, shows: Width, width: f32) -> Self {
        let narrow = width < 520.0;
        let (lens_width, ranks) = if narrow { (94.0, 40.0) } else { (0.16 * width, 104.0) };
        let lens_left = width - lens_width - ranks;
        let words = labels(&walk.input);
        let axis = Axis::of(&words, (lens_left - LEFT - 24.0) / words.len().max(1) as f32);
        let extent = Extent { narrow, width, lens_left, lens_width, below: axis.height + 20.0 };
        let shows = if walk.has_effects() { shows } else { Width::Size };
        let stream = laid_out(walk, shows, extent);
        let (still, growing) = (still(walk, &stream, &axis, &words), growing(walk, &stream, shows));
        Self { stream, still, growing }
    }

    /// The drawing up to a share of the height. Only a clip and the line of where the reader stands depend on it.
    #[must_use]
    pub fn climbed(&self, climbed: f32) -> Drawing {
        let Stream { width, height, top, bottom, .. } = self.stream;
        let level = bottom - climbed.clamp(0.0, 1.0) * (bottom - top);
        let clip = Some(Area::new(0.0, level - 9.0, width, height - level + 9.0));
        let mut layers = vec![Layer::new(vec![self.still.clone()]), Layer { clip, groups: self.growing.clone() }];
        if climbed < 1.0 {
            let now = Stroke::new(Role::Accent, 1.0).dashed(2.0, 4.0);
            layers.push(Layer::new(vec![Group::new(vec![Shape::line((36.0, level), (width - 8.0, level), now)])]));
        }
        Drawing::new(width, height, layers)
    }
}

/// The building for a width, climbed up to a share of its height.
#[must_use]
pub fn drawing(walk: &Walk, shows: Width, width: f32, climbed: f32) -> Drawing {
    Building::of(walk, shows, width).climbed(climbed)
}

/// How the words stand under their columns.
struct Axis {
    /// Degrees by which they are turned.
    turn: f32,
    /// Every how manieth is shown.
    every: usize,
    /// Room below the building.
    height: f32,
}

impl Axis {
    fn of(words: &[String], across: f32) -> Self {
        let longest = words.iter().map(|word| font::width(word, WORD)).fold(0.0, f32::max).min(LONGEST);
        if longest <= across - 8.0 {
            return Self { turn: 0.0, every: 1, height: 14.0 };
        }
        let turn: f32 = if across < 24.0 { -60.0 } else { -38.0 };
        let sine = -libm::sinf(turn.to_radians());
        let every = libm::ceilf(14.0 / sine / across.max(0.1)).max(1.0) as usize;
        Self { turn, every, height: longest * sine + 14.0 }
    }
}

/// Columns, floors and words.
fn still(walk: &Walk, stream: &Stream, axis: &Axis, words: &[String]) -> Group {
    let Stream { top, bottom, width, lens_left, .. } = *stream;
    let across = (lens_left - LEFT - 24.0) / words.len().max(1) as f32;
    let mut shapes = Vec::new();
    for (token, &x) in stream.columns.iter().enumerate() {
        let width = if token == walk.position { 9.0 } else { 4.0 };
        shapes.push(Shape::line((x, top), (x, bottom), Stroke::new(Role::Line, width)));
    }
    for floor in stream.floors.iter().step_by(every_floor(stream)) {
        let label = Text::new(4.0, floor.y + 4.0, &format!("L{}", floor.layer), Letters::NUMBER);
        shapes.push(Shape::text(label, Role::Soft));
    }
    for (token, (&x, word)) in stream.columns.iter().zip(words).enumerate() {
        let watched = token == walk.position;
        // The watched word always has its place.
        let beside = token.abs_diff(walk.position) < axis.every;
        if !watched && (beside || !token.is_multiple_of(axis.every)) {
            continue;
        }
        let text = Text::new(x, bottom + 19.0, word, WORD.bold(watched));
        let text = if axis.turn == 0.0 {
            text.clipped(across - 4.0).anchored(Anchor::Middle)
        } else {
            // It must not run out of the drawing at the left.
            let most = (x - 2.0) / libm::cosf(axis.turn.to_radians());
            Text { y: bottom + 14.0, ..text.clipped(most.min(LONGEST)).anchored(Anchor::End).turned(axis.turn) }
        };
        shapes.push(Shape::text(text, Role::Ink));
    }
    let half = (0.28 * across).min(7.0);
    for &y in &stream.norms {
        for &x in &stream.columns {
            shapes.push(Shape::line((x - half, y), (x + half, y), Stroke::new(Role::Soft, 2.0)));
        }
    }
    let title = |x: f32, text: &str| Text::new(x, 11.0, text, Letters::LABEL);
    let (says, rank) = if width < 520.0 { ("would say", "rank") } else { ("if it stopped here", "rank → 1") };
    shapes.push(Shape::text(title(lens_left, says), Role::Soft));
    if walk.problem_type != ProblemType::Regression {
        shapes.push(Shape::text(title(width - 2.0, rank).anchored(Anchor::End), Role::Soft));
    }
    Group::new(shapes)
}

/// Ribbons, MLPs, and what the lens reads on each floor.
fn growing(walk: &Walk, stream: &Stream, shows: Width) -> Vec<Group> {
    let mut groups = Vec::new();
    // A length points nowhere.
    let role = |value: f32| Role::of_score(value, shows == Width::Effect, true);
    for (i, ribbon) in stream.ribbons.iter().enumerate() {
        let line = Stroke::new(role(ribbon.value), ribbon.stroke).faded(0.5);
        groups.push(Group::of(Part::Ribbon(i), None, vec![Shape::along(ribbon.steps.clone(), line)]));
    }
    for mark in &stream.mlps {
        let fill = Paint::new(role(mark.value)).faded(0.7);
        let area = Area::new(mark.x, mark.y, 0.0, 0.0).grown(mark.radius.max(4.0));
        let circle = Shape::circle((mark.x, mark.y), mark.radius, fill, None);
        groups.push(Group::of(Part::Mlp(mark.layer), Some(area), vec![circle]));
    }
    let ends = stream.floors.iter().map(|floor| (floor.layer, floor.y)).chain([(walk.layers.len(), stream.top)]);
    let last = stream.floors.len();
    let mut shapes = Vec::new();
    // The last reading is the answer and is never left out.
    for (_, (layer, y)) in ends.enumerate().filter(|(i, _)| (last - i).is_multiple_of(every_floor(stream))) {
        shapes.extend(reading(walk, stream, layer, y));
    }
    if walk.problem_type != ProblemType::Regression {
        let line = Stroke::new(Role::Soft, 1.6).dashed(4.0, 4.0);
        shapes.push(Shape::along(through(&rank_line(walk, stream, D_VOCAB)), line));
    }
    groups.push(Group::new(shapes));
    groups
}

/// The bar of a floor with its number and word.
fn reading(walk: &Walk, stream: &Stream, layer: usize, y: f32) -> Vec<Shape> {
    let Some(first) = walk.lens.get(layer).and_then(|reading| reading.top.first()) else { return Vec::new() };
    let is_target = first.id == walk.target.index;
    let said = first.probability.map_or_else(|| plain(first.logit), plain);
    let share = lens_share(walk, first);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let ground = if is_target { Role::Cell(0.8) } else { Role::Line };
    let bar = Area::new(stream.lens_left, y - 7.5, 2.0 + stream.lens_width * share, 15.0);
    let number = Text::new(stream.lens_left + 5.0, y + 4.0, &said, Letters::NUMBER);
    let at = number.span().1 + 7.0;
    let mut shapes = vec![Shape::rect(bar, 3.0, Paint::new(ground)), Shape::text(number, Role::Ink)];
    if first.probability.is_some() {
        let word = Text::new(at, y + 4.0, &name(first), WORD.bold(is_target));
        shapes.push(Shape::text(word.clipped(stream.lens_left + stream.lens_width + 14.0 - at), Role::Ink));
    }
    shapes
}

/// Every how manieth floor has a label.
fn every_floor(stream: &Stream) -> usize {
    let step = (stream.bottom - stream.top) / stream.floors.len().max(1) as f32;
    if step < 26.0 && stream.floors.len() > 12 { 2 } else { 1 }
}

/// What each layer wrote and what the model would say after it.
#[must_use]
pub fn table(walk: &Walk) -> Table {
    let is_number = walk.problem_type == ProblemType::Regression;
    let said = if is_number { "Number" } else { "Probability" };
    let mut heads = vec!["Layer", "Attention, effect", "MLP, effect", "Would say", said];
    if !is_number {
        heads.push("Rank of the target");
    }
    let signed = |value: f32| Cell::Number(value, signed(value));
    let row = |(layer, reading): (usize, &vitrine_schema::inside::LensReading)| {
        let empty = || Cell::Text(String::new());
        let block = walk.layers.get(layer);
        let first = reading.top.first();
        let mut row = vec![
            Cell::Text(if layer < walk.layers.len() { layer.to_string() } else { "end".to_owned() }),
            block.map_or_else(empty, |block| signed(block.head_effect.values.iter().sum())),
            block.map_or_else(empty, |block| signed(block.mlp_effect)),
            first.map_or_else(empty, |first| Cell::Text(name(first))),
            first.map_or_else(empty, |first| Cell::Number(first.probability.unwrap_or(first.logit), number(first))),
        ];
        if !is_number {
            row.push(Cell::Number(reading.watched_rank as f32, reading.watched_rank.to_string()));
        }
        row
    };
    Table {
        heads: heads.into_iter().map(|head| (head.to_owned(), head != "Would say")).collect(),
        rows: walk.lens.iter().enumerate().map(row).collect(),
    }
}
