//! Integrated gradients as a river: bands that grow along the path, and the model's own value beside them.
//!
//! The horizontal axis is α, from the blank sentence (0) to the reader's (1). Each band is one word's share so far; bands
//! that push towards the target lie above zero. The curve is what the model says at each node, less what it says of the
//! blank sentence. Sum and curve meet at the end, up to the gap in the receipt.

mod drawn;

pub use drawn::{drawing, laid_out, table};

use vitrine_schema::{Explanation, Path};

use vitrine_words::marks::{Mark, sum};
use vitrine_words::number::largest_first;

/// Where things stand in the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Canvas {
    /// Width of the drawing.
    pub width: f32,
    /// Height of the drawing.
    pub height: f32,
    /// Left end of the α axis.
    pub left: f32,
    /// Right end of the α axis; labels stand to the right of it.
    pub right: f32,
    /// Size of the letters.
    pub letters: f32,
}

impl Canvas {
    const TOP: f32 = 26.0;

    /// Horizontal place of a position on the path.
    #[must_use]
    pub fn x(&self, alpha: f32) -> f32 {
        (self.right - self.left).mul_add(alpha, self.left)
    }

    /// Lower end of the vertical axis.
    #[must_use]
    pub const fn bottom(&self) -> f32 {
        self.height - 30.0
    }
}

const LABELS_MOST: usize = 9;

/// The whole path, drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct River {
    /// Where things stand.
    pub canvas: Canvas,
    /// One band per mark with a score, largest first within its side.
    pub bands: Vec<Band>,
    /// The model's value along the path.
    pub curve: Vec<(f32, f32)>,
    /// The sum of all bands along the path.
    pub total: Vec<(f32, f32)>,
    /// Height of each tick, with its value.
    pub ticks: Vec<(f32, f32)>,
    /// Edges between nodes on the α axis, both ends included.
    pub edges: Vec<f32>,
    /// Largest and smallest value of the vertical axis.
    range: (f32, f32),
    /// `cumulative[edge][band]`.
    cumulative: Vec<Vec<f32>>,
    /// `(α, value - baseline value)`.
    values: Vec<(f32, f32)>,
}

/// One word's share along the path.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Index of its mark.
    pub mark: usize,
    /// Its word.
    pub text: String,
    /// Its final score.
    pub score: f32,
    /// Outline, closed.
    pub outline: Vec<(f32, f32)>,
    /// Rank within its side, 0 for the largest; for opacity.
    pub rank: usize,
}

/// The river at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Position on the path.
    pub alpha: f32,
    /// Horizontal place of `alpha`.
    pub x: f32,
    /// The model's value here, less the baseline's.
    pub value: f32,
    /// The sum of all bands here.
    pub total: f32,
    /// Vertical places of `value` and `total`.
    pub y_value: f32,
    /// Vertical place of `total`.
    pub y_total: f32,
    /// What each mark has gathered so far, by mark index.
    pub scores: Vec<f32>,
    /// Labels at the right of the bands.
    pub labels: Vec<Label>,
}

/// A label that follows its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Index of its mark.
    pub mark: usize,
    /// The word.
    pub text: String,
    /// Gathered so far.
    pub score: f32,
    /// Vertical place.
    pub y: f32,
}

/// Lays a path out; `None` when the explanation has none, or has numbers that are none.
#[must_use]
pub fn river(explanation: &Explanation, marks: &[Mark], canvas: Canvas) -> Option<River> {
    let path = explanation.path.as_ref().filter(|path| !path.alphas.is_empty())?;
    let edges = edges(path);
    let order = order(marks);
    let cumulative: Vec<Vec<f32>> = cumulative(path, marks, &order);
    let base = explanation.baseline_value;
    let inner = path.alphas.iter().zip(&path.values).map(|(&alpha, &value)| (alpha, value - base));
    let values: Vec<(f32, f32)> =
        [(0.0, 0.0)].into_iter().chain(inner).chain([(1.0, explanation.value - base)]).collect();

    let sides = |row: &Vec<f32>| {
        let side = |keep: fn(&f32) -> bool| row.iter().filter(|score| keep(score)).sum::<f32>();
        (side(|score| *score < 0.0), side(|score| *score > 0.0))
    };
    let extent = cumulative.iter().map(sides).chain(values.iter().map(|&(_, value)| (value, value)));
    let (low, high) = extent.fold((0.0f32, 0.0f32), |(low, high), (a, b)| (low.min(a), high.max(b)));
    let margin = ((high - low) * 0.06).max(0.05);
    let range = (low - margin, high + margin);

    let numbers = cumulative.iter().flatten().chain(values.iter().map(|(_, value)| value));
    if !numbers.chain([&(range.1 - range.0)]).all(|number| number.is_finite()) {
        return None;
    }

    let mut river = River {
        canvas,
        bands: Vec::new(),
        curve: Vec::new(),
        total: Vec::new(),
        ticks: Vec::new(),
        edges,
        range,
        cumulative,
        values,
    };
    river.ticks = crate::scale::ticks(range.0, range.1, 6).into_iter().map(|value| (river.y(value), value)).collect();
    river.curve = river.values.iter().map(|&(alpha, value)| (canvas.x(alpha), river.y(value))).collect();
    let totals = river.cumulative.iter().map(|row| row.iter().sum::<f32>());
    river.total = river.edges.iter().zip(totals).map(|(&edge, total)| (canvas.x(edge), river.y(total))).collect();
    river.bands = river.outlines(marks, &order);
    Some(river)
}

impl River {
    /// Vertical place of a value.
    #[must_use]
    pub fn y(&self, value: f32) -> f32 {
        let (low, high) = self.range;
        (value - low).mul_add((Canvas::TOP - self.canvas.bottom()) / (high - low), self.canvas.bottom())
    }

    /// The river at a position; a pure function of it.
    #[must_use]
    pub fn frame(&self, alpha: f32, marks: usize) -> Frame {
        let alpha = alpha.clamp(0.0, 1.0);
        let gathered = interpolate(
            &self.edges,
            alpha,
            |edge, band| self.cumulative.get(edge).and_then(|row| row.get(band)).copied().unwrap_or(0.0),
            self.bands.len(),
        );
        let mut scores = vec![0.0; marks];
        for (band, &score) in self.bands.iter().zip(&gathered) {
            if let Some(slot) = scores.get_mut(band.mark) {
                *slot = score;
            }
        }
        let alphas: Vec<f32> = self.values.iter().map(|&(alpha, _)| alpha).collect();
        let at = |node: usize, _| self.values.get(node).map_or(0.0, |&(_, value)| value);
        let value = interpolate(&alphas, alpha, at, 1).first().copied().unwrap_or(0.0);
        let total = gathered.iter().sum();
        let (y_value, y_total) = (self.y(value), self.y(total));
        Frame { alpha, x: self.canvas.x(alpha), value, total, y_value, y_total, labels: self.labels(&gathered), scores }
    }

    /// Stacks each side outward from zero.
    fn outlines(&self, marks: &[Mark], order: &[usize]) -> Vec<Band> {
        let mut inner: [Vec<f32>; 2] = [vec![0.0; self.edges.len()], vec![0.0; self.edges.len()]];
        let mut ranks = [0, 0];
        let mut bands = Vec::with_capacity(order.len());
        for (band, &mark_idx) in order.iter().enumerate() {
            let Some(mark) = marks.get(mark_idx) else { continue };
            let side = usize::from(mark.score < 0.0);
            let (Some(from), Some(rank)) = (inner.get(side).cloned(), ranks.get(side).copied()) else { continue };
            // While a word's share still has the other sign its band has no height.
            let share = |edge: usize| {
                let score = self.cumulative.get(edge).and_then(|row| row.get(band)).copied().unwrap_or(0.0);
                if side == 0 { score.max(0.0) } else { score.min(0.0) }
            };
            let to: Vec<f32> = from.iter().enumerate().map(|(edge, start)| start + share(edge)).collect();
            let place = |(&edge, &value): (&f32, &f32)| (self.canvas.x(edge), self.y(value));
            let there = self.edges.iter().zip(&to).map(place);
            let back = self.edges.iter().zip(&from).rev().map(place);
            let outline = there.chain(back).collect();
            bands.push(Band { mark: mark_idx, text: mark.text.clone(), score: mark.score, outline, rank });
            if let (Some(slot), Some(rank)) = (inner.get_mut(side), ranks.get_mut(side)) {
                *slot = to;
                *rank += 1;
            }
        }
        bands
    }

    /// The largest shares, each at the middle of its band, pushed apart where they would overlap.
    fn labels(&self, gathered: &[f32]) -> Vec<Label> {
        let mut stack = [0.0f32, 0.0];
        let mut labels: Vec<Label> = Vec::new();
        for (band, &score) in self.bands.iter().zip(gathered) {
            let [up, down] = &mut stack;
            let from = if band.score < 0.0 { down } else { up };
            let counted = if band.score < 0.0 { score.min(0.0) } else { score.max(0.0) };
            let middle = *from + counted / 2.0;
            *from += counted;
            labels.push(Label { mark: band.mark, text: band.text.clone(), score, y: self.y(middle) });
        }
        let mut labels = largest_first(labels, |label| label.score.abs());
        labels.truncate(LABELS_MOST);
        labels.retain(|label| label.score.abs() >= 0.005);
        let mut labels = largest_first(labels, |label| -label.y);
        let height = self.canvas.letters + 4.0;
        let mut lowest = Canvas::TOP + height;
        for label in &mut labels {
            label.y = label.y.max(lowest);
            lowest = label.y + height;
        }
        let mut highest = self.canvas.bottom() + 8.0;
        for label in labels.iter_mut().rev() {
            label.y = label.y.min(highest);
            highest = label.y - height;
        }
        labels
    }
}

/// Cumulative weights: node k owns the stretch between edges k and k+1.
fn edges(path: &Path) -> Vec<f32> {
    let mut walked = 0.0f64;
    let mut edges = vec![0.0];
    for &weight in &path.weights {
        walked += f64::from(weight);
        edges.push(walked.min(1.0) as f32);
    }
    if let Some(last) = edges.last_mut() {
        *last = 1.0;
    }
    edges
}

/// Marks with a score: towards the target first, larger ones first.
fn order(marks: &[Mark]) -> Vec<usize> {
    let order: Vec<usize> = (0..marks.len()).filter(|&i| marks.get(i).is_some_and(|mark| mark.score != 0.0)).collect();
    let score = |i: &usize| marks.get(*i).map_or(0.0, |mark| mark.score);
    let (mut order, against): (Vec<usize>, Vec<usize>) =
        largest_first(order, |i| score(i).abs()).into_iter().partition(|i| score(i) >= 0.0);
    order.extend(against);
    order
}

fn cumulative(path: &Path, marks: &[Mark], order: &[usize]) -> Vec<Vec<f32>> {
    let mut rows = vec![vec![0.0; order.len()]];
    let mut gathered = vec![0.0f32; order.len()];
    for contribution in &path.contributions {
        for (slot, &mark) in gathered.iter_mut().zip(order) {
            *slot += marks.get(mark).map_or(0.0, |mark| sum(&mark.tokens, contribution));
        }
        rows.push(gathered.clone());
    }
    rows
}

/// Values at `position` between sorted `stops`, linear in between.
fn interpolate(stops: &[f32], position: f32, value: impl Fn(usize, usize) -> f32, count: usize) -> Vec<f32> {
    let after = stops.partition_point(|stop| *stop <= position).clamp(1, stops.len().max(2) - 1);
    let (from, to) = (stops.get(after - 1).copied().unwrap_or(0.0), stops.get(after).copied().unwrap_or(1.0));
    let share = if to > from { ((position - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
    (0..count).map(|i| (value(after, i) - value(after - 1, i)).mul_add(share, value(after - 1, i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;
    use proptest::prelude::*;
    use vitrine_words::marks::{Grouping, marks};

    #[test]
    fn the_end_shows_the_scores() {
        let explanation = example();
        let marks = marks(&explanation, Grouping::Words);
        let river = river(&explanation, &marks, Canvas::of(800.0, &marks)).unwrap();
        let end = river.frame(1.0, marks.len());
        for (mark, score) in marks.iter().zip(&end.scores) {
            assert!((mark.score - score).abs() < 1e-5, "{}", mark.text);
        }
        assert!((end.value - (explanation.value - explanation.baseline_value)).abs() < 1e-6);
        let start = river.frame(0.0, marks.len());
        assert_eq!((start.value, start.total), (0.0, 0.0));
        assert!(start.scores.iter().all(|score| *score == 0.0));
    }

    #[test]
    fn without_a_path_there_is_no_river() {
        let explanation = Explanation { path: None, ..example() };
        assert!(laid_out(&explanation, &marks(&explanation, Grouping::Words), 360.0).is_none());
    }

    proptest! {
        #[test]
        fn every_frame_lies_in_the_drawing(alpha in 0.0f32..=1.0) {
            let explanation = example();
            let marks = marks(&explanation, Grouping::Tokens);
            let river = river(&explanation, &marks, Canvas::of(800.0, &marks)).unwrap();
            let frame = river.frame(alpha, marks.len());
            prop_assert!((river.canvas.left..=river.canvas.right).contains(&frame.x));
            prop_assert!((Canvas::TOP..=river.canvas.bottom()).contains(&frame.y_value) && (Canvas::TOP..=river.canvas.bottom()).contains(&frame.y_total));
            prop_assert!((frame.total - frame.scores.iter().sum::<f32>()).abs() < 1e-4);
            prop_assert_eq!(frame.clone(), river.frame(alpha, marks.len()));
        }
    }
}
