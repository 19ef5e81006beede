//! Attention patterns: every head as a thumbnail of pixels on one mosaic, and one head as a matrix and as lines.

mod drawn;

pub use drawn::{Matrix, drawing, lines, lines_beside, matrix, read, strongest, table};

use vitrine_schema::inside::{AttentionMaps, HeadRef};

use crate::color::{Rgb, Theme, share_of_pole};
use crate::table::{Cell, Table};

/// Where the thumbnails stand: layers along one side, heads along the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mosaic {
    n_layers: usize,
    n_heads: usize,
    /// Side of a thumbnail, in pixels.
    pub cell: usize,
    /// Whether layers run downwards, for a narrow page; else to the right.
    pub layers_down: bool,
}

/// Pixels between thumbnails.
const GAP: usize = 3;
const SMALLEST_CELL: usize = 18;
const LARGEST_CELL: usize = 64;

impl Mosaic {
    /// As large as fits into `width` pixels.
    #[must_use]
    pub fn new(maps: &AttentionMaps, width: usize, layers_down: bool) -> Self {
        let (n_layers, n_heads) = (maps.n_layers, maps.n_heads);
        let across = if layers_down { n_heads } else { n_layers };
        let cell = (width / across.max(1)).saturating_sub(GAP).clamp(SMALLEST_CELL, LARGEST_CELL);
        Self { n_layers, n_heads, cell, layers_down }
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn size(&self) -> (usize, usize) {
        let step = self.cell + GAP;
        let (across, down) =
            if self.layers_down { (self.n_heads, self.n_layers) } else { (self.n_layers, self.n_heads) };
        (across * step, down * step)
    }

    /// The upper left corner of a head.
    #[must_use]
    pub const fn place(&self, at: HeadRef) -> (usize, usize) {
        let step = self.cell + GAP;
        if self.layers_down { (at.head * step, at.layer * step) } else { (at.layer * step, at.head * step) }
    }

    /// Left, top, width and height of a head, in percent of the mosaic.
    #[must_use]
    pub fn frame(&self, at: HeadRef) -> [String; 4] {
        let ((x, y), (width, height)) = (self.place(at), self.size());
        let part = |value: usize, whole: usize| format!("{:.3}%", 100.0 * value as f64 / whole.max(1) as f64);
        [part(x, width), part(y, height), part(self.cell, width), part(self.cell, height)]
    }

    /// The head at a pixel.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Option<HeadRef> {
        if x < 0.0 || y < 0.0 {
            return None;
        }
        let step = self.cell + GAP;
        let (across, down) = (x as usize / step, y as usize / step);
        let at = if self.layers_down {
            HeadRef { layer: down, head: across }
        } else {
            HeadRef { layer: across, head: down }
        };
        (at.layer < self.n_layers && at.head < self.n_heads).then_some(at)
    }

    /// The head next to this one on the mosaic, if there is one.
    #[must_use]
    pub fn beside(&self, at: HeadRef, right: isize, down: isize) -> Option<HeadRef> {
        let (layers, heads) = if self.layers_down { (down, right) } else { (right, down) };
        let layer = at.layer.checked_add_signed(layers).filter(|&layer| layer < self.n_layers)?;
        let head = at.head.checked_add_signed(heads).filter(|&head| head < self.n_heads)?;
        Some(HeadRef { layer, head })
    }

    /// All thumbnails, RGBA row by row.
    #[must_use]
    pub fn pixels(&self, maps: &AttentionMaps, shading: Shading) -> Vec<u8> {
        let (width, height) = self.size();
        let ramp = shading.ramp();
        // The ground between thumbnails is a little darker than a weight of 0.
        let ground = share_of_pole(0.08, false, shading.theme).rgba_array();
        let mut out: Vec<u8> = ground.repeat(width * height);
        for layer in 0..self.n_layers {
            for head in 0..self.n_heads {
                let at = HeadRef { layer, head };
                let (left, top) = self.place(at);
                let shares = pooled(&shading.shares(maps, at), maps.input.tokens.len(), self.cell);
                for (row, shares) in shares.chunks(self.cell).enumerate() {
                    let start = 4 * ((top + row) * width + left);
                    let Some(line) = out.get_mut(start..start + 4 * self.cell) else { continue };
                    for (pixel, share) in line.chunks_exact_mut(4).zip(shares) {
                        pixel.copy_from_slice(&ramp_at(&ramp, *share));
                    }
                }
            }
        }
        out
    }
}

/// What was measured of each head.
#[must_use]
pub fn table_of_heads(maps: &AttentionMaps) -> Table {
    let roles = ["Previous token", "Duplicate token", "Induction"];
    let measured = !maps.heads.is_empty();
    let heads = ["Head"].into_iter().chain(roles.into_iter().filter(|_| measured)).chain(["On the first token"]);
    let rows = maps.all_heads().map(|at| {
        let scores = maps.heads.get(at.layer * maps.n_heads + at.head);
        let roles = scores.map(|scores| [scores.previous_token, scores.duplicate_token, scores.induction]);
        let numbers = roles.into_iter().flatten().chain([maps.on_first_token(at)]);
        let numbers = numbers.map(|number| Cell::Number(number, format!("{number:.2}")));
        [Cell::Text(at.to_string())].into_iter().chain(numbers).collect()
    });
    Table { heads: heads.enumerate().map(|(i, head)| (head.to_owned(), i > 0)).collect(), rows: rows.collect() }
}

/// How weights become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shading {
    /// Which paper.
    pub theme: Theme,
    /// Whether weight on the first token is left out, and the others scaled to the largest that is left.
    pub without_first: bool,
}

impl Shading {
    /// Weights of one head as shares of the strongest colour, `[query_pos, key_pos]`.
    #[must_use]
    pub fn shares(&self, maps: &AttentionMaps, at: HeadRef) -> Vec<f32> {
        let pos = maps.input.tokens.len().max(1);
        let mut shares = maps.pattern(at).to_vec();
        if self.without_first {
            shares.iter_mut().step_by(pos).for_each(|share| *share = 0.0);
            let most = shares.iter().copied().fold(0.0, f32::max);
            if most > 0.0 {
                shares.iter_mut().for_each(|share| *share /= most);
            }
        }
        shares
    }

    /// The largest weight of one head that is drawn: the end of the scale of its matrix and of its lines.
    #[must_use]
    pub fn largest(&self, maps: &AttentionMaps, at: HeadRef) -> f32 {
        let (pos, first) = (maps.input.tokens.len().max(1), usize::from(self.without_first));
        maps.pattern(at).chunks(pos).flat_map(|row| row.iter().skip(first)).copied().fold(0.0, f32::max)
    }

    /// 256 colours from paper to the strongest.
    fn ramp(&self) -> Vec<[u8; 4]> {
        (0..=255u8).map(|step| share_of_pole(f32::from(step) / 255.0, false, self.theme).rgba_array()).collect()
    }
}

fn ramp_at(ramp: &[[u8; 4]], share: f32) -> [u8; 4] {
    let step = (share.clamp(0.0, 1.0) * 255.0) as usize;
    ramp.get(step).copied().unwrap_or([0, 0, 0, 255])
}

/// A square of `from` by `from` shares on `to` by `to` pixels; where it shrinks, the largest share of a pixel is kept, so
/// that a thin line does not vanish.
fn pooled(shares: &[f32], from: usize, to: usize) -> Vec<f32> {
    let range = |pixel: usize| {
        let start = pixel * from / to;
        start..((pixel + 1) * from).div_ceil(to).clamp(start + 1, from.max(1))
    };
    let mut out = Vec::with_capacity(to * to);
    for y in 0..to {
        for x in 0..to {
            let in_rows = range(y).flat_map(|row| range(x).map(move |column| row * from + column));
            // A pixel that grew shows the share that it lies in.
            let values = in_rows.filter_map(|i| shares.get(i).copied());
            out.push(if from < to {
                shares.get(y * from / to * from + x * from / to).copied().unwrap_or(0.0)
            } else {
                values.fold(0.0, f32::max)
            });
        }
    }
    out
}

impl Rgb {
    const fn rgba_array(self) -> [u8; 4] {
        [self.0, self.1, self.2, 255]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use vitrine_schema::inside::HeadScores;
    use vitrine_schema::{Ask, Grid, Input, ModelRef, Recipe, Token};

    use super::*;

    /// Two layers of three heads on two tokens; head `h` of layer `l` gives the first token the weight `(3l + h) / 10`.
    pub(crate) fn maps() -> AttentionMaps {
        let token = |text: &str| Token { id: 1, text: text.into(), start: 0, end: 0, special: false, continues: false };
        let patterns = (0..6u8).flat_map(|i| [1.0, 0.0, f32::from(i) / 10.0, 1.0 - f32::from(i) / 10.0]).collect();
        let recipe = Recipe::new("", "ab", Ask::Predict {});
        AttentionMaps {
            resolved: recipe.clone(),
            recipe,
            model: ModelRef::default(),
            input: Input { text: "ab".into(), tokens: vec![token("a"), token("b")] },
            n_layers: 2,
            n_heads: 3,
            causal: true,
            patterns: Grid::new([2, 3, 2, 2], patterns),
            heads: vec![HeadScores::default(); 6],
            rollout: vec![0.5, 0.5],
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    #[test]
    fn a_frame_lies_around_its_head() {
        let maps = maps();
        let mosaic = Mosaic::new(&maps, 100, false);
        let (width, height) = mosaic.size();
        let at = HeadRef { layer: 1, head: 2 };
        let share = |part: usize, whole: usize| format!("{:.3}%", 100.0 * part as f64 / whole as f64);
        let step = width / 2;
        let expected =
            [share(step, width), share(2 * step, height), share(mosaic.cell, width), share(mosaic.cell, height)];
        assert_eq!(mosaic.frame(at), expected);
        assert_eq!((maps.all_heads().count(), maps.has(at), maps.has(HeadRef { layer: 2, head: 0 })), (6, true, false));
    }

    #[test]
    fn every_pixel_of_a_thumbnail_leads_back_to_its_head() {
        for layers_down in [true, false] {
            let mosaic = Mosaic::new(&maps(), 90, layers_down);
            for layer in 0..2 {
                for head in 0..3 {
                    let at = HeadRef { layer, head };
                    let (x, y) = mosaic.place(at);
                    assert_eq!(mosaic.at(x as f64, y as f64), Some(at));
                    let last = (mosaic.cell - 1) as f64;
                    assert_eq!(mosaic.at(x as f64 + last, y as f64 + last), Some(at));
                }
            }
            let (width, height) = mosaic.size();
            assert_eq!(mosaic.at(width as f64, 0.0), None);
            assert_eq!(
                mosaic.pixels(&maps(), Shading { theme: Theme::Light, without_first: false }).len(),
                4 * width * height
            );
            assert_eq!(mosaic.beside(HeadRef { layer: 0, head: 0 }, -1, 0), None);
        }
    }

    #[test]
    fn leaving_the_first_token_out_rescales_the_rest() {
        let at = HeadRef { layer: 1, head: 2 };
        let shares = |without_first| Shading { theme: Theme::Dark, without_first }.shares(&maps(), at);
        assert_eq!(shares(false), [1.0, 0.0, 0.5, 0.5]);
        assert_eq!(shares(true), [0.0, 0.0, 0.0, 1.0]);
        let largest = |without_first| Shading { theme: Theme::Dark, without_first }.largest(&maps(), at);
        assert_eq!((largest(false), largest(true)), (1.0, 0.5));
        assert!((maps().on_first_token(at) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn the_head_that_reads_elsewhere_comes_first() {
        // The second token reads the first or itself, so none of these heads does anything; the first is as good as any.
        assert_eq!(maps().most_telling(), HeadRef { layer: 0, head: 0 });
        let mut maps = maps();
        maps.input.tokens.push(maps.input.tokens[0].clone());
        let row = |middle: f32| [1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 1.0 - middle, middle, 0.0];
        let patterns: Vec<f32> = (0..6u8).flat_map(|i| row(if i == 4 { 0.9 } else { 0.2 })).collect();
        maps.patterns = Grid::new([2, 3, 3, 3], patterns);
        assert_eq!(maps.most_telling(), HeadRef { layer: 1, head: 1 });
    }

    #[test]
    fn shrinking_keeps_the_largest_weight() {
        let mut shares = vec![0.0; 9];
        shares[4] = 1.0;
        assert_eq!(pooled(&shares, 3, 2), [1.0; 4]);
        assert_eq!(pooled(&[0.25], 1, 2), [0.25; 4]);
    }
}
