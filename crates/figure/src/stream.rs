//! The residual stream as a building: tokens are columns, layers are floors, ribbons carry what attention moved.

mod drawn;

pub use drawn::{Building, drawing, table};

use vitrine_schema::inside::Walk;

use vitrine_words::number::largest_first;
use vitrine_words::stream as words;

use crate::drawing::{Part, Step};

/// What the width of a ribbon means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// The direct effect on the explained scalar; only ribbons into the watched column have one.
    Effect,
    /// The length of what was carried.
    Size,
}

impl Width {
    /// Both, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::Effect, Self::Size];

    /// Its name in the menu.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Size => "size",
        }
    }

    /// The label beside that name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Effect => "direct effect on the answer",
            Self::Size => "size of the write",
        }
    }
}

/// A layer that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// Which block.
    pub layer: usize,
    /// Height of the line before the block.
    pub y: f32,
}

/// What attention of one layer carried from one token to another, heads together.
#[derive(Clone, Debug, PartialEq)]
pub struct Ribbon {
    /// Which block.
    pub layer: usize,
    /// From which token.
    pub from: usize,
    /// To which token.
    pub to: usize,
    /// Effect or size.
    pub value: f32,
    /// Stroke width.
    pub stroke: f32,
    /// From the one column up to the other.
    pub steps: Vec<Step>,
}

/// What an MLP wrote at the watched column.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpMark {
    /// Which block.
    pub layer: usize,
    /// Effect or size.
    pub value: f32,
    /// Radius of its mark.
    pub radius: f32,
    /// Centre, from the left.
    pub x: f32,
    /// Centre, from the top.
    pub y: f32,
}

/// The drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Width of the drawing.
    pub width: f32,
    /// Height of the drawing.
    pub height: f32,
    /// Middle of each token's column.
    pub columns: Vec<f32>,
    /// The floors, lowest first.
    pub floors: Vec<Floor>,
    /// Where the stream ends.
    pub top: f32,
    /// Where it begins.
    pub bottom: f32,
    /// Ribbons, thinnest first.
    pub ribbons: Vec<Ribbon>,
    /// MLPs.
    pub mlps: Vec<MlpMark>,
    /// Heights at which the stream is normalized, where that happens on its way up.
    pub norms: Vec<f32>,
    /// Left edge of the lens.
    pub lens_left: f32,
    /// Width of a lens bar at probability 1.
    pub lens_width: f32,
}

const LEFT: f32 = 44.0;
const TOP: f32 = 26.0;
const THICKEST: f32 = 16.0;
const LARGEST_MARK: f32 = 9.0;
/// Ribbons that are drawn: more than these say nothing and cost frames.
const MOST_RIBBONS: usize = 140;
/// Layers that a phone shows.
const FEW_LAYERS: usize = 8;

/// Where columns end and the lens begins.
#[derive(Clone, Copy)]
struct Extent {
    /// Whether only the layers that matter are drawn.
    narrow: bool,
    width: f32,
    lens_left: f32,
    lens_width: f32,
    /// Height of the words under the building.
    below: f32,
}

/// Lays a walk out.
fn laid_out(walk: &Walk, shows: Width, extent: Extent) -> Stream {
    let Extent { narrow, width, lens_left, lens_width, below } = extent;
    let pos = walk.input.tokens.len();
    let n_layers = walk.layers.len();
    let shown = if narrow { layers_that_matter(walk, FEW_LAYERS) } else { (0..n_layers).collect() };
    // A few floors may be high, thirty have to be low.
    let step = if narrow || shown.len() <= 12 { 44.0 } else { 20.0 };
    let across = (lens_left - LEFT - 24.0) / pos.max(1) as f32;
    let columns: Vec<f32> = (0..pos).map(|i| LEFT + across * (i as f32 + 0.5)).collect();
    let height = TOP + below + step * shown.len() as f32;
    let bottom = height - below;
    let floors: Vec<Floor> =
        shown.iter().enumerate().map(|(rank, &layer)| Floor { layer, y: bottom - step * rank as f32 }).collect();

    let mut found: Vec<(usize, usize, usize, f32)> = Vec::new();
    for floor in &floors {
        match shows {
            Width::Effect => {
                for from in 0..pos {
                    found.push((floor.layer, from, walk.position, effect_from(walk, floor.layer, from)));
                }
            }
            Width::Size => {
                let carried = walk.layers.get(floor.layer).map_or(&[][..], |layer| &layer.carried.values);
                for (i, &size) in carried.iter().enumerate() {
                    let (to, from) = (i / pos.max(1), i % pos.max(1));
                    // What a token hands on to itself goes straight up and would hide the column.
                    if from != to {
                        found.push((floor.layer, from, to, size));
                    }
                }
            }
        }
    }
    let mut found = largest_first(found, |ribbon| ribbon.3.abs());
    found.truncate(MOST_RIBBONS);
    let most = found.first().map_or(0.0, |ribbon| ribbon.3.abs()).max(f32::MIN_POSITIVE);
    let y_of = |layer: usize| floors.iter().find(|floor| floor.layer == layer).map_or(bottom, |floor| floor.y);
    let x_of = |token: usize| columns.get(token).copied().unwrap_or(LEFT);
    let mut ribbons: Vec<Ribbon> = found
        .into_iter()
        .filter(|(.., value)| value.abs() > 0.004 * most)
        .map(|(layer, from, to, value)| {
            let (x0, y0, x1, y1) = (x_of(from), y_of(layer), x_of(to), y_of(layer) - step);
            let bend = [x0, y0 - 0.7 * step, x1, y1 + 0.7 * step, x1, y1];
            let steps = vec![Step::Move(x0, y0), Step::Cubic(bend)];
            Ribbon { layer, from, to, value, stroke: (THICKEST * value.abs() / most).max(0.6), steps }
        })
        .collect();
    ribbons.reverse();

    let mlp_value = |layer: usize| {
        let found = walk.layers.get(layer);
        match shows {
            Width::Effect => found.map_or(0.0, |layer| layer.mlp_effect),
            Width::Size => found.and_then(|layer| layer.mlp_norm.get(walk.position)).copied().unwrap_or(0.0),
        }
    };
    let largest = floors.iter().map(|floor| mlp_value(floor.layer).abs()).fold(f32::MIN_POSITIVE, f32::max);
    let mlps = floors.iter().map(|floor| {
        let value = mlp_value(floor.layer);
        // Areas, not radii, are compared by eye.
        let radius = (LARGEST_MARK * libm::sqrtf(value.abs() / largest)).max(1.2);
        MlpMark { layer: floor.layer, value, radius, x: x_of(walk.position) + 14.0, y: floor.y - 0.5 * step }
    });
    let mlps = mlps.collect();
    let top = bottom - step * floors.len() as f32;
    // Each block of a post-norm model normalizes twice: after attention's sum and after the MLP's.
    let twice = |floor: &Floor| [floor.y - 0.5 * step, floor.y - 0.97 * step];
    let norms = if walk.post_norm { floors.iter().flat_map(twice).collect() } else { Vec::new() };
    Stream { width, height, columns, floors, top, bottom, ribbons, mlps, norms, lens_left, lens_width }
}

/// Direct effect of what all heads of a layer carried from one token.
#[must_use]
pub fn effect_from(walk: &Walk, layer: usize, from: usize) -> f32 {
    let pos = walk.input.tokens.len().max(1);
    let effects = walk.layers.get(layer).map_or(&[][..], |layer| &layer.head_effect.values);
    effects.iter().skip(from).step_by(pos).sum()
}

/// Direct effect of a whole layer, attention and MLP; where there is none, the length of what it wrote.
fn effect_of_layer(walk: &Walk, layer: usize) -> f32 {
    walk.layers.get(layer).map_or(0.0, |layer| {
        if !walk.has_effects() {
            return layer.attn_norm.iter().chain(&layer.mlp_norm).sum();
        }
        layer.head_effect.values.iter().map(|effect| effect.abs()).sum::<f32>() + layer.mlp_effect.abs()
    })
}

/// The layers that write most to the answer, in order, the last always among them.
fn layers_that_matter(walk: &Walk, n: usize) -> Vec<usize> {
    let last = walk.layers.len().saturating_sub(1);
    let mut layers = largest_first((0..walk.layers.len()).collect(), |&layer| effect_of_layer(walk, layer));
    layers.truncate(n);
    if !layers.contains(&last) && !walk.layers.is_empty() {
        layers.pop();
        layers.push(last);
    }
    (0..walk.layers.len()).filter(|layer| layers.contains(layer)).collect()
}

/// The ranks of the watched token through the layers as points, on a scale of logarithms beside the lens, rank 1 at the
/// right.
#[must_use]
pub fn rank_line(walk: &Walk, drawing: &Stream, d_vocab: f32) -> Vec<(f32, f32)> {
    let span = libm::logf(d_vocab.max(2.0));
    let point = |layer: usize, y: f32| {
        let rank = walk.lens.get(layer).map_or(d_vocab, |reading| reading.watched_rank as f32);
        let left = drawing.lens_left + drawing.lens_width + 10.0;
        (left + (drawing.width - 10.0 - left) * (1.0 - libm::logf(rank.max(1.0)) / span).max(0.0), y)
    };
    let floors = drawing.floors.iter().map(|floor| point(floor.layer, floor.y));
    floors.chain([point(walk.layers.len(), drawing.top)]).collect()
}

impl Stream {
    /// What the part that is pointed at carries or writes, or that there is something to point at.
    #[must_use]
    pub fn said(&self, walk: &Walk, pointed: Option<Part>) -> String {
        let said = match pointed {
            Some(Part::Ribbon(place)) => self
                .ribbons
                .get(place)
                .map(|ribbon| words::carried(walk, ribbon.layer, ribbon.from, ribbon.to, ribbon.value)),
            Some(Part::Mlp(layer)) => {
                let mark = self.mlps.iter().find(|mark| mark.layer == layer);
                mark.map(|mark| words::written(walk, layer, mark.value))
            }
            _ => None,
        };
        said.unwrap_or_else(|| "Point at a ribbon or a dot for its numbers.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::walk;

    fn stream(walk: &Walk, shows: Width, width: f32) -> Stream {
        Building::of(walk, shows, width).stream
    }

    #[test]
    fn ribbons_end_at_the_watched_column_or_go_forward() {
        let effect = stream(&walk(4), Width::Effect, 1200.0);
        assert!(effect.ribbons.iter().all(|ribbon| ribbon.to == 2));
        assert_eq!(
            effect.ribbons.last().map(|ribbon| (ribbon.layer, ribbon.from, ribbon.stroke)),
            Some((3, 0, THICKEST))
        );
        let size = stream(&walk(4), Width::Size, 1200.0);
        assert!(size.ribbons.iter().all(|ribbon| ribbon.from < ribbon.to));
    }

    #[test]
    fn what_is_pointed_at_has_its_sentence() {
        let walk = walk(4);
        let stream = stream(&walk, Width::Effect, 1200.0);
        let [nothing, ribbon, mlp, gone] =
            [None, Some(Part::Ribbon(0)), Some(Part::Mlp(3)), Some(Part::Mlp(9))].map(|part| stream.said(&walk, part));
        assert_eq!((nothing.as_str(), &gone), ("Point at a ribbon or a dot for its numbers.", &nothing));
        assert!(ribbon != nothing && mlp != nothing && ribbon != mlp, "{ribbon} {mlp}");
    }

    #[test]
    fn a_phone_shows_the_layers_that_matter_and_the_last() {
        let narrow = stream(&walk(30), Width::Effect, 360.0);
        assert_eq!(narrow.floors.len(), FEW_LAYERS);
        assert_eq!(narrow.floors.last().map(|floor| floor.layer), Some(29));
        assert!(narrow.floors.windows(2).all(|pair| pair[0].layer < pair[1].layer && pair[0].y > pair[1].y));
    }

    #[test]
    fn a_post_norm_model_is_normalized_twice_on_each_floor() {
        let encoder = Walk { post_norm: true, ..walk(4) };
        let drawing = stream(&encoder, Width::Size, 1200.0);
        assert_eq!(drawing.norms.len(), 8);
        assert!(drawing.norms.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(stream(&walk(4), Width::Size, 1200.0).norms.is_empty());
    }

    #[test]
    fn the_rank_line_moves_right_as_the_rank_falls() {
        let walk = walk(4);
        let line = rank_line(&walk, &stream(&walk, Width::Effect, 1200.0), 1000.0);
        assert_eq!(line.len(), 5);
        assert!(line.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
    }
}
