//! All heads and MLPs of a model as switches: layers upwards, heads to the right, the MLP of a layer behind them. A colour is a direct
//! effect on the answer; what is off is hatched and crossed out.

use vitrine_schema::Part;
use vitrine_schema::inside::{HeadRef, Walk};
use vitrine_words::number::signed;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part as Drawn, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::table::{Cell, Table};

const LEFT: f32 = 30.0;
const TOP: f32 = 24.0;
/// Between the last head and the MLP.
const GAP: f32 = 10.0;
/// Widest switch.
const WIDEST: f32 = 36.0;
/// From this many layers on rows are low, and not every one has its number.
const MANY_LAYERS: usize = 12;

/// The part behind a switch, counted row by row from the lowest layer.
#[must_use]
pub const fn part(walk: &Walk, at: usize) -> Part {
    let (layer, head) = (at / (walk.n_heads + 1), at % (walk.n_heads + 1));
    if head == walk.n_heads { Part::Mlp { layer } } else { Part::Head { layer, head } }
}

/// The direct effect of a part on the answer; of a neuron it is not known, and where the stream is normalized after each sum none is.
#[must_use]
pub fn effect(walk: &Walk, part: Part) -> Option<f32> {
    let effect = match part {
        Part::Head { layer, head } => walk.effect_of_head(HeadRef { layer, head }),
        Part::Mlp { layer } => walk.layers.get(layer)?.mlp_effect,
        Part::Neuron { .. } => return None,
    };
    (walk.has_effects() && effect.is_finite()).then_some(effect)
}

/// The switches, some of which are off.
#[must_use]
pub fn drawing(walk: &Walk, off: &[Part], width: f32) -> Drawing {
    let n_layers = walk.layers.len();
    let height = if n_layers > MANY_LAYERS { 14.0 } else { 22.0 };
    let step = ((width - LEFT - GAP - 2.0) / (walk.n_heads + 1) as f32).clamp(1.0, WIDEST);
    let x = |head: usize| LEFT + step * head as f32 + if head == walk.n_heads { GAP } else { 0.0 };
    let y = |layer: usize| TOP + height * (n_layers - 1 - layer) as f32;
    let all = 0..n_layers * (walk.n_heads + 1);
    let most = all.clone().filter_map(|at| effect(walk, part(walk, at))).fold(0.0f32, |most, one| most.max(one.abs()));
    let mut frame = vec![Shape::text(Text::new(0.0, 12.0, "layer", Letters::LABEL), Role::Soft)];
    let every = libm::ceilf(20.0 / step).max(1.0) as usize;
    let heads = (0..walk.n_heads).step_by(every).map(|head| (head, head.to_string(), Letters::NUMBER));
    for (column, name, letters) in heads.chain([(walk.n_heads, "MLP".to_owned(), Letters::LABEL)]) {
        let name = Text::new(x(column) + step / 2.0, TOP - 6.0, &name, letters).anchored(Anchor::Middle);
        // The first number stands beside the word, where there is room.
        let beside = column > 0 || name.span().0 > font::width("layer", Letters::LABEL) + 2.0;
        frame.extend(beside.then(|| Shape::text(name, Role::Soft)));
    }
    for layer in (0..n_layers).filter(|layer| n_layers <= MANY_LAYERS || layer.is_multiple_of(5)) {
        let number = Text::new(LEFT - 8.0, y(layer) + height / 2.0 + 4.0, &layer.to_string(), Letters::NUMBER);
        frame.push(Shape::text(number.anchored(Anchor::End), Role::Soft));
    }
    let switch = |at: usize| {
        let (layer, column) = (at / (walk.n_heads + 1), at % (walk.n_heads + 1));
        let area = Area::new(x(column), y(layer), step, height);
        let share = effect(walk, part(walk, at)).map_or(0.0, |effect| effect / most.max(f32::MIN_POSITIVE));
        let is_off = off.contains(&part(walk, at));
        let fill = if is_off { Paint::new(Role::Hatch).faded(0.4) } else { Paint::new(Role::Pole(share)) };
        let inner = area.grown(-0.75);
        let mut square = Shape::rect(inner, 0.0, fill);
        square.stroke = Some(Stroke::new(if is_off { Role::Ink } else { Role::Line }, 0.8));
        let (right, bottom) = (inner.x + inner.width, inner.y + inner.height);
        let cross = is_off.then(|| Shape::line((inner.x, bottom), (right, inner.y), Stroke::new(Role::Ink, 1.25)));
        Group::of(Drawn::Cell(at), Some(area), [square].into_iter().chain(cross).collect())
    };
    // In reading order: the highest layer first.
    let row = |layer: usize| (0..=walk.n_heads).map(move |column| layer * (walk.n_heads + 1) + column);
    let switches: Vec<Group> = (0..n_layers).rev().flat_map(row).map(switch).collect();
    let bottom = TOP + height * n_layers as f32 + 12.0;
    let (mut below, mut end) = (Vec::new(), bottom);
    if most > 0.0 {
        let ends = [&*legend::tick_label(-most), &*legend::tick_label(most)];
        below = legend::scale(0.0, bottom, ends, DIRECT, |place| Role::Pole(2.0 * place - 1.0), width);
        end += legend::scale_height(ends, DIRECT, width) + 6.0;
    }
    let layers = vec![Layer::new(vec![Group::new(frame)]), Layer::new(switches), Layer::new(vec![Group::new(below)])];
    Drawing::new(width, end, layers)
}

/// What a colour is.
const DIRECT: &str = "direct effect on the answer";

/// Direct effects by layer, the highest first, and what is off.
#[must_use]
pub fn table(walk: &Walk, off: &[Part]) -> Table {
    let heads = (0..walk.n_heads).map(|head| format!("head {head}")).chain(["MLP".to_owned()]);
    let cell = |at: usize| match (off.contains(&part(walk, at)), effect(walk, part(walk, at))) {
        (true, _) => Cell::Text("off".to_owned()),
        (false, Some(effect)) => Cell::Number(effect, signed(effect)),
        (false, None) => Cell::Text("on".to_owned()),
    };
    let row = |layer: usize| {
        let first = layer * (walk.n_heads + 1);
        let number = Cell::Number(layer as f32, layer.to_string());
        std::iter::once(number).chain((first..=first + walk.n_heads).map(cell)).collect()
    };
    Table {
        heads: std::iter::once("layer".to_owned()).chain(heads).map(|head| (head, true)).collect(),
        rows: (0..walk.layers.len()).rev().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::walk;

    #[test]
    fn every_part_is_a_switch_and_what_is_off_is_hatched() {
        let found = walk(3);
        let off = [Part::Head { layer: 1, head: 0 }, Part::Mlp { layer: 2 }];
        for width in [1200.0, 300.0] {
            let drawing = drawing(&found, &off, width);
            let hatched = |group: &&Group| {
                group.shapes.iter().any(|shape| shape.fill.is_some_and(|fill| fill.role == Role::Hatch))
            };
            let switches = || drawing.groups().filter(|group| matches!(group.part, Some(Drawn::Cell(_))));
            assert_eq!(switches().count(), 9);
            let hatched: Vec<Part> = switches()
                .filter(hatched)
                .filter_map(|group| match group.part {
                    Some(Drawn::Cell(at)) => Some(part(&found, at)),
                    _ => None,
                })
                .collect();
            assert_eq!(hatched, [off[1], off[0]]);
        }
        let rows = table(&found, &off).rows;
        let shown: Vec<&str> = rows[1].iter().map(Cell::shown).collect();
        assert_eq!(shown, ["1", "off", "−0.50", "−1.00"]);
    }

    #[test]
    fn where_parts_have_no_direct_effect_none_is_said() {
        let found = Walk { post_norm: true, ..walk(2) };
        assert_eq!(effect(&found, Part::Mlp { layer: 1 }), None);
        assert_eq!(effect(&walk(2), Part::Neuron { layer: 1, neuron: 3 }), None);
        assert!(table(&found, &[]).rows.iter().flatten().skip(1).any(|cell| cell.shown() == "on"));
    }
}
