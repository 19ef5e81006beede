//! The route of a difference: two columns as wide as what comes back when a cell of theirs alone is copied.
//!
//! Where at every layer the two together bring back the whole answer, what leaves the one arrives at the other, and each layer's share is
//! a strand that crosses there. Elsewhere copies overlap or fall short, and only the widths are drawn.

use vitrine_schema::patching::Route;
use vitrine_schema::{Direction, Patching};
use vitrine_words::number::signed;
use vitrine_words::patching::place;
use vitrine_words::token::labels;

use super::NARROW;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Step, Stroke, Text};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

const TOP: f32 = 26.0;
const HEIGHT: f32 = 330.0;
const LEFT: f32 = 44.0;
/// Width of a share of 1.
const FULL: f32 = 34.0;
/// By how much the two may miss 1 at any layer for strands to be drawn.
const ADDS_UP: f32 = 0.05;
/// A strand of a smaller share is not seen.
const THINNEST: f32 = 0.004;

/// Where the columns and layers stand.
struct Places {
    from: f32,
    to: f32,
    n_layers: usize,
    /// From either place to the nearer edge.
    room: f32,
}

impl Places {
    fn y(&self, layer: f32) -> f32 {
        TOP + HEIGHT * (1.0 - layer / self.n_layers.max(1) as f32)
    }
}

/// The route as far as it was carried up at a position from 0 to 1; nothing where no single route leads from one place to another.
#[must_use]
pub fn drawing(found: &Patching, position: f32, width: f32) -> Option<Drawing> {
    let route = found.route().filter(|route| route.from != route.to)?;
    let (n_layers, n_columns) = (found.matrix.rows.len(), found.matrix.columns.len());
    let narrow = width < NARROW;
    let step = (width - LEFT - FULL) / n_columns.max(1) as f32;
    // On a phone the two alone, a third and two thirds of the way.
    let x = |column: usize| match (narrow, column == route.to) {
        (true, to) => LEFT + (width - LEFT) * if to { 0.72 } else { 0.28 },
        (false, _) => LEFT + FULL / 2.0 + step * (column as f32 + 0.5),
    };
    let (from, to) = (x(route.from), x(route.to));
    let places = Places { from, to, n_layers, room: from.min(to).min(width - from.max(to)) };
    let (top, bottom) = (places.y(n_layers as f32), places.y(0.0));

    let mut frame = vec![Shape::text(Text::new(0.0, TOP - 12.0, "layer", Letters::LABEL), Role::Soft)];
    for layer in (0..n_layers).filter(|layer| layer.is_multiple_of(if n_layers > 12 { 5 } else { 1 })) {
        let y = places.y(layer as f32);
        frame.push(Shape::line((LEFT - 6.0, y), (width, y), Stroke::new(Role::Line, 1.0).faded(0.5)));
        let number = Text::new(LEFT - 12.0, y + 4.0, &layer.to_string(), Letters::NUMBER).anchored(Anchor::End);
        frame.push(Shape::text(number, Role::Soft));
    }
    if !narrow {
        let thread = |column| Shape::line((x(column), top), (x(column), bottom), Stroke::new(Role::Line, 2.0));
        frame.extend((0..n_columns).map(thread));
    }
    frame.extend(names(found, route, x, narrow, step, bottom + 20.0, width));

    // What has been carried up so far.
    let reached = places.y(position.clamp(0.0, 1.0) * n_layers as f32);
    let carried = Layer {
        clip: Some(Area::new(0.0, reached, width, bottom - reached)),
        groups: if adds_up(found, route) { strands(found, route, &places) } else { widths(found, route, &places) },
    };

    let key = Area::new(LEFT - 6.0, bottom + 34.0, FULL, 10.0);
    let said = Text::new(key.x + FULL + 8.0, key.y + 9.0, "all of the way, by this cell alone", Letters::LABEL);
    let foot = vec![
        Shape::rect(key, 0.0, Paint::new(role(found, 1.0))),
        Shape::text(said.clipped(width - key.x - FULL - 8.0), Role::Soft),
    ];
    let above = foot.into_iter().chain(milestones(route, &places)).collect();
    let layers = vec![Layer::new(vec![Group::new(frame)]), carried, Layer::new(vec![Group::new(above)])];
    Some(Drawing::new(width, bottom + 52.0, layers))
}

/// Blue is what comes back of the run that is copied from, and orange what goes the other way.
fn role(found: &Patching, sign: f32) -> Role {
    Role::Pole(if found.direction() == Direction::Denoise { sign } else { -sign })
}

fn share(found: &Patching, layer: usize, column: usize) -> f32 {
    found.cell(layer, column).unwrap_or(0.0)
}

/// Whether the two bring the whole answer back at every layer.
fn adds_up(found: &Patching, route: Route) -> bool {
    let sum = |layer| share(found, layer, route.from) + share(found, layer, route.to);
    (0..found.matrix.rows.len()).all(|layer| (sum(layer) - 1.0).abs() <= ADDS_UP)
}

/// Each column as wide as its share at each layer; what goes the other way in the other colour.
fn widths(found: &Patching, route: Route, places: &Places) -> Vec<Group> {
    let mut groups = Vec::new();
    for (nth, (column, x)) in [(route.from, places.from), (route.to, places.to)].into_iter().enumerate() {
        let mut shapes = Vec::new();
        for sign in [1.0f32, -1.0] {
            // A cell is what is read by its layer and holds until the next one.
            let half =
                |layer: usize| (FULL / 2.0 * (sign * share(found, layer, column))).clamp(0.0, places.room.min(FULL));
            let edge = |side: f32| {
                let at = move |layer: usize| {
                    let x = x + side * half(layer);
                    [(x, places.y(layer as f32)), (x, places.y(layer as f32 + 1.0))]
                };
                (0..places.n_layers).flat_map(at)
            };
            if (0..places.n_layers).any(|layer| half(layer) > 0.0) {
                let left: Vec<(f32, f32)> = edge(-1.0).collect();
                let points: Vec<(f32, f32)> = left.into_iter().rev().chain(edge(1.0)).collect();
                shapes.push(Shape::closed(&points, Paint::new(role(found, sign)), None));
            }
        }
        let area = Area::new(x - FULL, places.y(places.n_layers as f32), 2.0 * FULL, HEIGHT);
        groups.push(Group::of(Part::Mark(nth), Some(area), shapes));
    }
    groups
}

/// A strand for each layer, as wide as what the second place gains there; the first to leave is outermost on both sides.
fn strands(found: &Patching, route: Route, places: &Places) -> Vec<Group> {
    let at = |layer: usize| if layer < places.n_layers { share(found, layer, route.to) } else { 1.0 };
    let gain = |layer: usize| (layer, at(layer + 1) - if layer == 0 { 0.0 } else { at(layer) });
    let strands: Vec<(usize, f32)> = (0..places.n_layers).map(gain).filter(|(_, gain)| *gain > THINNEST).collect();
    let all: f32 = strands.iter().map(|(_, gain)| gain * FULL).sum();
    // Where what was gained is lost again and gained once more, all of it together may be wider than there is room.
    let whole = all.min(2.0 * places.room);
    let mut used = 0.0;
    let towards = if places.to > places.from { 1.0 } else { -1.0 };
    let mut groups = Vec::new();
    for (layer, gain) in strands {
        let wide = gain * FULL * whole / all;
        let off = towards * (whole / 2.0 - used - wide / 2.0);
        used += wide;
        let (a, b) = (places.from + off, places.to + off);
        let (leaves, arrives) = (places.y(layer as f32), places.y(layer as f32 + 1.0));
        let middle = (a + b) / 2.0;
        let steps = vec![
            Step::Move(a, places.y(0.0)),
            Step::Line(a, leaves),
            Step::Cubic([a, arrives, middle, arrives, middle, (leaves + arrives) / 2.0]),
            Step::Cubic([middle, leaves, b, leaves, b, arrives]),
            Step::Line(b, places.y(places.n_layers as f32)),
        ];
        let line = Stroke::new(role(found, 1.0), (wide - 0.9).max(0.5)).faded(0.78);
        groups.push(Group::of(Part::Mark(groups.len()), None, vec![Shape::along(steps, line)]));
    }
    groups
}

/// Until where it waits and from where on it is there, between the two columns where there is room.
fn milestones(route: Route, places: &Places) -> Vec<Shape> {
    let room = (places.to - places.from).abs() - FULL - 16.0;
    let label = |x: f32, other: f32, layer: usize, text: String| {
        let (side, anchor) = if x < other { (1.0, Anchor::Start) } else { (-1.0, Anchor::End) };
        let fits = font::width(&text, Letters::LABEL) <= room;
        let text = Text::new(x + side * (FULL / 2.0 + 8.0), places.y(layer as f32) + 4.0, &text, Letters::LABEL);
        fits.then(|| Shape::text(text.anchored(anchor), Role::Ink).on_paper())
    };
    let waits = label(places.from, places.to, route.through / 2, format!("through layer {}", route.through));
    let there = usize::midpoint(route.arrived, places.n_layers);
    let there = label(places.to, places.from, there, format!("from layer {} on", route.arrived));
    waits.into_iter().chain(there).collect()
}

/// The words below, the two places by their names.
fn names(
    found: &Patching,
    route: Route,
    x: impl Fn(usize) -> f32,
    narrow: bool,
    step: f32,
    y: f32,
    width: f32,
) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let words = labels(&found.input);
    for (column, word) in words.iter().enumerate() {
        let is_end = column == route.from || column == route.to;
        let (word, letters, room) = match (narrow, is_end) {
            (true, false) => continue,
            (true, true) => (place(found, column), Letters::STRONG, 0.42 * width),
            (false, end) => (word.clone(), Letters::WORD.bold(end), step - 4.0),
        };
        let text = Text::new(x(column), y, &word, letters).clipped(room.max(12.0));
        let half = font::width(&text.text, letters) / 2.0;
        let at = x(column).min(width - half).max(half);
        shapes.push(Shape::text(
            Text { x: at, ..text }.anchored(Anchor::Middle),
            if is_end { Role::Ink } else { Role::Soft },
        ));
    }
    shapes
}

/// The shares of the two places, the highest layer first; nothing without a route.
#[must_use]
pub fn table(found: &Patching) -> Option<Table> {
    let route = found.route()?;
    let places = [route.from, route.to];
    let heads = places.map(|column| (place(found, column), true));
    let row = |layer: usize| {
        let shares = places.map(|column| {
            let share = share(found, layer, column);
            Cell::Number(share, signed(share))
        });
        [Cell::Number(layer as f32, layer.to_string())].into_iter().chain(shares).collect()
    };
    Some(Table {
        heads: [("layer".to_owned(), true)].into_iter().chain(heads).collect(),
        rows: (0..found.matrix.rows.len()).rev().map(row).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Form;
    use crate::example::patching;

    fn carried(found: &Patching) -> Vec<Shape> {
        let drawing = drawing(found, 1.0, 900.0).unwrap_or_default();
        drawing
            .layers
            .get(1)
            .into_iter()
            .flat_map(|layer| &layer.groups)
            .flat_map(|group| group.shapes.clone())
            .collect()
    }

    #[test]
    fn strands_are_drawn_only_where_the_two_places_add_up() {
        let whole = patching(&[[0.0, 1.0, 0.0], [0.0, 0.98, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]]);
        let strands = carried(&whole);
        let width = |shape: &Shape| shape.stroke.map_or(0.0, |stroke| stroke.width);
        assert_eq!(
            strands
                .iter()
                .map(|strand| width(strand) + 0.9)
                .map(|wide| (wide / FULL * 10.0).round())
                .collect::<Vec<_>>(),
            [6.0, 4.0]
        );
        let short = patching(&[[0.0, 1.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.4, 0.5], [0.0, -0.1, 0.9]]);
        let widths = carried(&short);
        assert!(widths.iter().all(|shape| shape.fill.is_some() && matches!(shape.form, Form::Path(_))));
        assert_eq!(widths.len(), 3, "two columns, and what goes the other way");
    }

    #[test]
    fn there_is_no_figure_without_a_route() {
        assert_eq!(drawing(&patching(&[[0.1, 0.2, 0.1], [0.1, 0.2, 0.1]]), 1.0, 900.0), None);
        assert_eq!(drawing(&patching(&[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), 1.0, 900.0), None);
    }
}
