//! Layers × words.

use vitrine_schema::{Cell, Input, Patching};
use vitrine_words::number::largest_first;
use vitrine_words::patching::{Slot, place, slots};
use vitrine_words::token::labels;

use super::{NARROW, Rows, key, known, mark, part, point};
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};

/// Height of both texts above the cells.
pub(super) const TOP: f32 = 84.0;
/// Narrowest column of a word, wide and narrow.
const COLUMN: [f32; 2] = [29.0, 44.0];
/// Widest column.
const WIDEST: f32 = 88.0;
/// Room below which the name of a place would say nothing.
const LEAST_NAME: f32 = 48.0;
/// Stands where a word has no partner.
const NONE: &str = "–";
/// The column of the words that are folded.
const FOLD: f32 = 62.0;

/// The columns that are drawn.
struct Columns {
    left: f32,
    /// How many words are folded into the first column.
    folded: usize,
    /// Which ones have a column.
    shown: Vec<Slot>,
    width: f32,
}

impl Columns {
    /// Every word where there is room; else those before the difference in one column, and of the others those that matter.
    fn of(found: &Patching, exact: Option<&Patching>, width: f32) -> Self {
        let slots = slots(found);
        let n = slots.len();
        let narrow = width < NARROW;
        let (left, least) = if narrow { (30.0, COLUMN[1]) } else { (44.0, COLUMN[0]) };
        let before = slots.iter().take_while(|slot| slot.a.is_some_and(|column| found.is_before(column))).count();
        let room = width - left - 2.0;
        if !narrow && room / n.max(1) as f32 >= least || before == 0 && room / n.max(1) as f32 >= least {
            return Self { left, folded: 0, shown: slots, width: (room / n.max(1) as f32).min(WIDEST) };
        }
        let fold = if before > 0 { FOLD } else { 0.0 };
        let most = (((room - fold) / least) as usize).max(1);
        let reach = |at: &usize| {
            let Some(column) = slots.get(*at).and_then(|slot| slot.a) else { return -1.0 };
            let shares = (0..found.matrix.rows.len()).filter_map(|layer| known(found, exact, Cell { layer, column }));
            let furthest = shares.fold(0.0f32, |most, (share, _)| most.max(share.abs()));
            // Where it begins and where it is read out are always there.
            if column == found.first_difference || *at + 1 == n { f32::INFINITY } else { furthest }
        };
        let mut largest = largest_first((before..n).collect(), reach);
        largest.truncate(most);
        let shown = slots.iter().enumerate().filter(|(at, _)| largest.contains(at)).map(|(_, slot)| *slot);
        let shown: Vec<Slot> = shown.collect();
        let column = ((room - fold) / shown.len().max(1) as f32).min(WIDEST);
        Self { left, folded: before, shown, width: column }
    }

    /// Left edge of a place among those that are shown.
    fn x(&self, at: usize) -> f32 {
        self.left + if self.folded > 0 { FOLD } else { 0.0 } + self.width * at as f32
    }

    fn right(&self) -> f32 {
        self.x(self.shown.len())
    }
}

pub(super) fn drawing(found: &Patching, exact: Option<&Patching>, width: f32) -> Drawing {
    let columns = Columns::of(found, exact, width);
    let narrow = width < NARROW;
    let rows = Rows::of(found, if narrow { 64.0 } else { TOP }, narrow);
    let mut frame = head(found, &columns);
    frame.extend(rows.numbers(columns.left));
    if !narrow {
        frame.push(Shape::text(Text::new(0.0, rows.top - 8.0, "layer", Letters::LABEL), Role::Soft));
    }
    let mut cells = Vec::new();
    for layer in (0..rows.n_layers).rev() {
        let y = rows.y(layer);
        if columns.folded > 0 {
            frame.push(point(columns.left + FOLD / 2.0, y + rows.height / 2.0));
        }
        for (at, column) in columns.shown.iter().enumerate().filter_map(|(at, slot)| Some((at, slot.a?))) {
            let (cell, area) = (Cell { layer, column }, Area::new(columns.x(at), y, columns.width, rows.height));
            if found.is_before(column) {
                frame.push(point(area.x + area.width / 2.0, y + rows.height / 2.0));
                continue;
            }
            let shapes = known(found, exact, cell).map_or_else(Vec::new, |(share, run)| mark(area, share, run, 1.0));
            cells.push(part(found, cell, area, shapes));
        }
    }
    let mut layers = vec![Layer::new(vec![Group::new(frame)]), Layer::new(cells)];
    let mut above = note(found, &columns, rows);
    above.extend(feet(found, &columns, rows.bottom() + 18.0, width));
    let (legend, bottom) =
        key(found, exact, (if narrow { 0.0 } else { columns.left }, rows.bottom() + 34.0), 1.0, width);
    above.extend(legend);
    layers.push(Layer::new(vec![Group::new(above)]));
    Drawing::new(width, bottom, layers)
}

/// Both texts, word by word; where they differ in their colours.
fn head(found: &Patching, columns: &Columns) -> Vec<Shape> {
    let (a, b) = (labels(&found.input), labels(&found.corrupt));
    let name = |y: f32, text: &str| Shape::text(Text::new(0.0, y, text, Letters::STRONG), Role::Ink);
    let mut shapes = vec![name(24.0, "A"), name(52.0, "B")];
    let id = |input: &Input, at: usize| input.tokens.get(at).map(|token| token.id);
    let differs = |slot: &Slot| match (slot.a, slot.b) {
        (Some(at), Some(of)) => a.get(at) != b.get(of) || id(&found.input, at) != id(&found.corrupt, of),
        _ => true,
    };
    if columns.folded > 0 {
        let first = a.first().map_or("", String::as_str);
        for y in [24.0, 52.0] {
            let text = Text::new(columns.left, y, &format!("{first} …"), Letters::WORD).clipped(FOLD - 6.0);
            shapes.push(Shape::text(text, Role::Soft));
        }
    }
    for (at, slot) in columns.shown.iter().enumerate() {
        let x = columns.x(at) + columns.width / 2.0;
        for (y, words, column, pole) in [(24.0, &a, slot.a, 1.0), (52.0, &b, slot.b, -1.0)] {
            let word = column.and_then(|column| words.get(column)).map_or(NONE, String::as_str);
            let text = Text::new(x, y, word, Letters::WORD).clipped(columns.width - 3.0).anchored(Anchor::Middle);
            let role = match (differs(slot) && column.is_some(), pole > 0.0) {
                (true, _) => Role::Pole(pole),
                (false, true) => Role::Ink,
                (false, false) => Role::Soft,
            };
            shapes.push(Shape::text(text, role));
        }
        if differs(slot) && slot.a.is_some() && slot.b.is_some() {
            let area = Area::new(columns.x(at) + 1.0, 6.0, columns.width - 2.0, 56.0);
            let mut frame = Shape::rect(area, 6.0, Paint::new(Role::Paper).faded(0.0));
            frame.stroke = Some(Stroke::new(Role::Accent, 1.5));
            shapes.push(frame);
        }
    }
    shapes
}

/// Why nothing is drawn before the difference, where there is room to say it.
fn note(found: &Patching, columns: &Columns, rows: Rows) -> Vec<Shape> {
    let lines =
        ["exactly 0, nothing to run", "Both texts are the same up to here,", "and the model cannot look ahead."];
    let widest = lines.iter().map(|line| font::width(line, Letters::STRONG)).fold(0.0, f32::max) + 12.0;
    let before = columns.shown.iter().filter_map(|slot| slot.a).filter(|column| found.is_before(*column)).count();
    let (room, high) = (columns.width * before as f32, rows.height * rows.n_layers as f32);
    if widest > room || high < 96.0 {
        return Vec::new();
    }
    let (x, y) = (columns.left + room / 2.0, rows.top + high / 2.0);
    let paper = Area::new(x - widest / 2.0, y - 34.0, widest, 68.0);
    let line = |(nth, text): (usize, &&str)| {
        let letters = if nth == 0 { Letters::STRONG } else { Letters::LABEL };
        let text = Text::new(x, y - 12.0 + 17.0 * nth as f32, text, letters).anchored(Anchor::Middle);
        Shape::text(text, if nth == 0 { Role::Ink } else { Role::Soft })
    };
    std::iter::once(Shape::rect(paper, 0.0, Paint::new(Role::Paper)))
        .chain(lines.iter().enumerate().map(line))
        .collect()
}

/// The places that the claim names, under their columns, and how many words are folded.
fn feet(found: &Patching, columns: &Columns, y: f32, width: f32) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut free = 0.0;
    if columns.folded > 0 {
        let text = format!("{} words: 0", columns.folded);
        let text = Text::new(0.0, y, &text, Letters::LABEL).clipped(columns.x(0) - 4.0);
        free = text.span().1 + 8.0;
        shapes.push(Shape::text(text, Role::Soft));
    }
    let named = found.route().map_or_else(Vec::new, |route| vec![route.from, route.to]);
    for (nth, column) in named.iter().enumerate() {
        let Some(at) = columns.shown.iter().position(|shown| shown.a == Some(*column)) else { continue };
        if nth > 0 && named.first() == Some(column) {
            continue;
        }
        let name = place(found, *column);
        let wide = font::width(&name, Letters::STRONG);
        let middle = columns.x(at) + columns.width / 2.0;
        let last = nth > 0;
        let most = if last { width.min(columns.right().max(middle)) } else { width };
        let x = (middle - wide / 2.0).min(most - wide).max(free);
        // The claim names it too.
        if width - x < wide.min(LEAST_NAME) {
            continue;
        }
        let text = Text::new(x, y, &name, Letters::STRONG).clipped(width - x);
        free = text.span().1 + 8.0;
        shapes.push(Shape::text(text, Role::Ink));
    }
    shapes
}
