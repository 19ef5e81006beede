//! Several methods on one sentence: a row of bars for each on one scale, the words above them, and how far they agree beside.
//!
//! With another text or model each method has a second row below the first; words that belong together share a column.

mod columns;
mod settled;

pub use columns::{Column, columns};
pub use settled::settled;

use vitrine_schema::comparison::gaps;
use vitrine_schema::{Comparison, Explanation};
use vitrine_words::comparison::note;
use vitrine_words::marks::Mark;
use vitrine_words::number::{largest_first, signed};

use crate::bars::number;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::table::{Cell, Table};
use columns::{Row, rows};

const ROW: f32 = 58.0;
/// Most that a bar reaches to either side of its line.
const REACH: f32 = 24.0;
/// Narrower than this, a column has no numbers.
const NUMBERED: f32 = 34.0;
/// Narrower than this, the name of a method stands above its row.
const BESIDE: f32 = 560.0;
const NAMES: f32 = 178.0;
/// Height of a name above its row, with its note and without.
const ABOVE: f32 = 34.0;
const ABOVE_OTHER: f32 = 18.0;
/// Longest word at the head of a column.
const NAME: f32 = 90.0;
const COLUMN: f32 = 116.0;
/// Least room that the words keep beside the triangle.
const READABLE: f32 = 46.0;
/// How much of a row is seen where two others are looked at.
const PALE: f32 = 0.3;
/// Side of a cell of the triangle.
const TAU: f32 = 30.0;
/// Room for the code at the end of its row.
const CODE: f32 = 34.0;
/// From this share of the largest score on a dispute has a band; smaller ones are a dotted line.
const BAND: f32 = 0.25;
const BANDS_MOST: usize = 2;

/// What the bars say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Scores, in the unit of the answer.
    #[default]
    Values,
    /// The place of each word by size.
    Ranks,
}

/// In which order the words stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were read.
    #[default]
    Text,
    /// The largest score first.
    Size,
}

/// How a comparison is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What the bars say.
    pub show: Show,
    /// In which order the words stand.
    pub order: Order,
    /// Two methods that are looked at, by their places among the explanations; they stand next to each other, and the others pale.
    pub pair: Option<[usize; 2]>,
    /// How many methods have had their say, from above; all of them unless given. Where they part is seen when all have.
    pub heard: Option<usize>,
}

/// The two methods of a cell of the triangle.
#[must_use]
pub fn pair(comparison: &Comparison, cell: usize) -> [usize; 2] {
    let n = comparison.explanations.len().max(1);
    [cell / n, cell % n]
}

/// The cell of the triangle that two methods share.
#[must_use]
pub fn cell(comparison: &Comparison, [a, b]: [usize; 2]) -> usize {
    a * comparison.explanations.len() + b
}

/// The methods in the order of their rows: by the median of Kendall's τ with the others, so that quarrels end up below.
#[must_use]
pub fn order(comparison: &Comparison) -> Vec<usize> {
    let median = |row: &usize| {
        let taus = comparison.agreement.kendall_tau.get(*row).into_iter().flatten().enumerate();
        let mut taus: Vec<f32> = taus.filter(|(other, _)| other != row).filter_map(|(_, tau)| *tau).collect();
        taus.sort_by(f32::total_cmp);
        taus.get(taus.len() / 2).copied().unwrap_or(f32::MIN)
    };
    largest_first((0..comparison.explanations.len()).collect(), median)
}

/// The rows, of which the second of a pair has moved up to the first.
fn beside(mut order: Vec<usize>, pair: Option<[usize; 2]>) -> Vec<usize> {
    let place = |order: &[usize], method| order.iter().position(|&other| other == method);
    if let Some([a, b]) = pair
        && let (Some(a), Some(b)) = (place(&order, a), place(&order, b))
        && a != b
    {
        let lower = order.remove(a.max(b));
        order.insert(a.min(b) + 1, lower);
    }
    order
}

/// Rows of bars; a word over which methods part has a band, or a dotted line where it is small.
#[must_use]
pub fn drawing(comparison: &Comparison, look: Look, width: f32) -> Drawing {
    let Look { show, order: sorted, pair, heard } = look;
    let order = beside(order(comparison), pair);
    let heard = heard.unwrap_or(order.len());
    let per = if comparison.other.is_some() { 2 } else { 1 };
    let is_heard = |row: usize| row / per < heard;
    let pale = |row: usize| {
        let method = order.get(row / per);
        !is_heard(row) || pair.is_some_and(|pair| method.is_some_and(|method| !pair.contains(method)))
    };
    let seen = |row: usize, shape: Shape| if pale(row) { shape.faded(PALE) } else { shape };
    let columns = columns(comparison, sorted);
    let rows = rows(comparison, &order, &columns);
    if columns.is_empty() {
        return Drawing::new(width, 1.0, Vec::new());
    }
    let beside = width >= BESIDE;
    let left = if beside { NAMES } else { 2.0 };
    let triangle = TAU * order.len() as f32 + CODE;
    let shares = beside && order.len() > 1 && width - left - triangle - 24.0 >= READABLE * columns.len() as f32;
    let room = width - left - if shares { triangle + 24.0 } else { 0.0 };
    let cell_of = |room: f32| (room / columns.len() as f32).min(COLUMN);
    // Words that do not fit beside each other are turned.
    let widest = columns.iter().map(|column| font::width(&column.name, Letters::WORD)).fold(0.0, f32::max);
    let turned = widest > cell_of(room - 2.0) - 4.0;
    // The last of them leans out.
    let cell = cell_of(room - if turned { NAME / 2.0 + 4.0 } else { 2.0 });
    let top = if turned { (widest.min(NAME) * 0.87 + 18.0).max(28.0) } else { 28.0 };
    let above = |row: &Row<'_>| match (beside, row.other) {
        (true, _) => 0.0,
        (false, true) => ABOVE_OTHER,
        (false, false) => ABOVE,
    };
    let y = |row: usize| top + ROW * row as f32 + rows.iter().take(row + 1).map(above).sum::<f32>();
    let bottom = y(rows.len() - 1) + ROW;
    let scale = largest(&rows, true);
    let bands = if heard < order.len() { Vec::new() } else { bands(comparison, &columns) };

    let mut marks = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let x = left + (at as f32 + 0.5) * cell;
        let area = Area::new(x - cell / 2.0 + 1.0, 2.0, cell - 2.0, bottom - 2.0);
        let mut shapes = Vec::new();
        if bands.get(at).is_some_and(|band| *band == Dispute::Band) {
            shapes.push(Shape::rect(area, 2.0, Paint::new(Role::Accent).faded(0.08)));
        }
        let text = Text::new(x, top - 10.0, &column.name, Letters::WORD).clipped(NAME);
        let text = if turned { text.turned(-60.0) } else { text.anchored(Anchor::Middle) };
        shapes.push(Shape::text(text, Role::Ink));
        if bands.get(at).is_some_and(|band| *band == Dispute::Line) {
            let line = Stroke::new(Role::Accent, 2.0).dashed(2.0, 3.0);
            shapes.push(Shape::line((x - cell / 2.0 + 6.0, top - 4.0), (x + cell / 2.0 - 6.0, top - 4.0), line));
        }
        for (row, line) in rows.iter().enumerate().filter(|(row, _)| is_heard(*row)) {
            let Some(mark) = line.marks.get(at).and_then(Option::as_ref) else { continue };
            let own = if line.explanation.signed() { scale } else { line.largest() };
            let said = said(line, mark, show, own);
            let bar = bar(x, y(row) + ROW / 2.0, cell, line.explanation, said);
            shapes.extend(bar.into_iter().map(|shape| seen(row, shape)));
        }
        marks.push(Group::of(Part::Mark(at), Some(area), shapes));
    }
    let mut names = Vec::new();
    for (row, line) in rows.iter().enumerate() {
        names.extend(named(line, y(row), beside, width).into_iter().map(|shape| seen(row, shape)));
        let rule = Stroke::new(Role::Line, 1.0);
        let zero = y(row) + ROW / 2.0;
        let end = left + cell * columns.len() as f32;
        names.push(Shape::line((left, zero), (end, zero), rule));
    }
    let mut taus = Vec::new();
    let mut height = bottom + 8.0;
    if order.len() > 1 {
        let middle =
            |row: usize| if shares { y(row * per) + ROW / 2.0 } else { bottom + 44.0 + (TAU + 2.0) * row as f32 };
        // Below the rows it has the whole width, and no more.
        let side = if shares { TAU } else { TAU.min((width - CODE) / order.len() as f32) };
        let x = if shares { left + cell * columns.len() as f32 + 24.0 } else { 2.0 };
        taus = triangle_of(comparison, &order, heard, (x, side), middle);
        if !shares {
            let head = Text::new(2.0, bottom + 22.0, "Do they rank the words alike?", Letters::LABEL);
            taus.push(Group::new(vec![Shape::text(head, Role::Soft)]));
            height = middle(order.len()) + 2.0;
        }
    }
    let ends = [signed(-scale), signed(scale)];
    let ends = [ends[0].as_str(), ends[1].as_str()];
    let of = match show {
        Show::Values => [
            "logits, one scale; methods without a sign keep their own, in violet",
            "logits; violet has a scale of its own",
        ],
        Show::Ranks => {
            ["the largest first, on the side of its sign; colours by score", "the largest first; colours by score"]
        }
    };
    // Beside the scale or below it, in full.
    let of = if font::width(of[0], Letters::LABEL) < width { of[0] } else { of[1] };
    let foot = legend::scale(2.0, height + 4.0, ends, of, |place| Role::Pole(2.0 * place - 1.0), width);
    let height = height + 6.0 + legend::scale_height(ends, of, width - 2.0);
    let layers = vec![
        Layer::new(vec![Group::new(names)]),
        Layer::new(marks),
        Layer::new(taus.into_iter().chain([Group::new(foot)]).collect()),
    ];
    Drawing::new(width, height, layers)
}

/// What a bar says: how far it reaches, what its colour is, and its number.
struct Said {
    /// −1 to 1.
    reach: f32,
    /// Its share of the scale, for the colour.
    share: f32,
    number: String,
}

fn said(row: &Row<'_>, mark: &Mark, show: Show, largest: f32) -> Said {
    let share = if largest > 0.0 { (mark.score / largest).clamp(-1.0, 1.0) } else { 0.0 };
    match show {
        Show::Values => Said { reach: share, share, number: number(mark.score, row.explanation.signed()) },
        Show::Ranks => {
            let marks = || row.marks.iter().flatten();
            let rank = marks().filter(|other| other.score.abs() > mark.score.abs()).count();
            let reach = (1.0 - rank as f32 / marks().count().max(1) as f32) * if mark.score < 0.0 { -1.0 } else { 1.0 };
            Said { reach, share, number: (rank + 1).to_string() }
        }
    }
}

/// One bar on its line, its number on the other side.
fn bar(x: f32, zero: f32, cell: f32, explanation: &Explanation, said: Said) -> Vec<Shape> {
    let Said { reach, share, number } = said;
    let size = (reach.abs() * REACH).max(1.0);
    let width = (cell * 0.3).clamp(4.0, 26.0);
    let up = reach > 0.0;
    let area = Area::new(x - width / 2.0, if up { zero - size } else { zero }, width, size);
    let role = match (explanation.trusted(), explanation.signed()) {
        (false, _) => Role::Hatch,
        (true, true) => Role::Pole(if share < 0.0 { -1.0 } else { 1.0 }),
        (true, false) => Role::Strength(1.0),
    };
    let mut shapes = vec![Shape::rect(area, 0.0, Paint::new(role))];
    if cell >= NUMBERED {
        let y = if up { zero + 14.0 } else { zero - 5.0 };
        let text = Text::new(x, y, &number, Letters::NUMBER).clipped(cell - 2.0).anchored(Anchor::Middle);
        shapes.push(Shape::text(text, Role::Ink));
    }
    shapes
}

/// The name of a row and what is to know about it.
fn named(row: &Row<'_>, y: f32, beside: bool, width: f32) -> Vec<Shape> {
    let name = row.explanation.method.id.declared().name;
    let room = if beside { NAMES - 10.0 } else { width - 4.0 };
    let (first, second) = match (row.other, beside) {
        (true, true) => (y + ROW / 2.0 + 4.0, y + ROW),
        (true, false) => (y - ABOVE_OTHER + 14.0, y),
        (false, true) => (y + ROW / 2.0 - 2.0, y + ROW / 2.0 + 14.0),
        (false, false) => (y - ABOVE + 14.0, y - ABOVE + 29.0),
    };
    let name = if row.other { "the other" } else { name };
    let mut shapes = vec![Shape::text(Text::new(2.0, first, name, Letters::STRONG).clipped(room), Role::Ink)];
    if !row.other {
        let note = Text::new(2.0, second, &note(row.explanation), Letters::LABEL.size(12.0)).clipped(room);
        shapes.push(Shape::text(note, Role::Soft));
    }
    shapes
}

/// Kendall's τ of each pair, every method against those above it.
fn triangle_of(
    comparison: &Comparison,
    order: &[usize],
    heard: usize,
    (x, side): (f32, f32),
    middle: impl Fn(usize) -> f32,
) -> Vec<Group> {
    let mut groups = Vec::new();
    for (row, &method) in order.iter().enumerate() {
        for (column, &other) in order.iter().enumerate().take(row) {
            let tau = comparison.agreement.kendall_tau.get(method).and_then(|taus| taus.get(other)).copied().flatten();
            let at = Part::Cell(cell(comparison, [method.min(other), method.max(other)]));
            let area = Area::new(x + side * column as f32, middle(row) - TAU / 2.0 + 1.0, side - 2.0, TAU - 2.0);
            if row >= heard {
                groups.push(Group::of(at, Some(area), Vec::new()));
                continue;
            }
            let share = tau.unwrap_or(0.0) * 0.6;
            let ground = Shape::rect(area, 2.0, Paint::new(Role::Cell(share)));
            let text = tau.map_or_else(|| "–".to_owned(), two_digits);
            // Where a cell has no room for its number the table has it.
            let text = if font::width(&text, Letters::NUMBER) <= side { text } else { String::new() };
            let text = Text::new(area.x + area.width / 2.0, middle(row) + 4.0, &text, Letters::NUMBER);
            let text = Shape::text(text.anchored(Anchor::Middle), Role::OnCell(share));
            groups.push(Group::of(at, Some(area), vec![ground, text]));
        }
        let code = comparison.explanations.get(method).map_or("", |explanation| explanation.method.id.declared().code);
        let text = Text::new(x + side * row as f32 + 4.0, middle(row) + 4.0, code, Letters::STRONG);
        groups.push(Group::new(vec![Shape::text(text, Role::Ink)]));
    }
    groups
}

/// `.87`, as small as a cell.
fn two_digits(tau: f32) -> String {
    let text = if tau.abs() >= 0.995 { "1.0".to_owned() } else { format!("{:.2}", tau.abs()) };
    let text = text.strip_prefix('0').unwrap_or(&text);
    if tau < 0.0 && text != ".00" { format!("−{text}") } else { text.to_owned() }
}

/// How a column is marked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dispute {
    None,
    Line,
    Band,
}

/// The widest disputes have bands, the others lines.
fn bands(comparison: &Comparison, columns: &[Column]) -> Vec<Dispute> {
    let gaps = gaps(&comparison.explanations);
    let gap = |column: &Column| {
        let disputed = gaps.iter().filter(|(token, _)| comparison.disputed.contains(token));
        let own = disputed.filter(|(token, _)| column.here.as_ref().is_some_and(|mark| mark.tokens.contains(token)));
        own.map(|(_, share)| *share).fold(0.0, f32::max)
    };
    let gaps: Vec<f32> = columns.iter().map(gap).collect();
    let widest =
        largest_first(gaps.iter().copied().enumerate().filter(|(_, gap)| *gap > BAND).collect(), |(_, gap)| *gap);
    let banded: Vec<usize> = widest.into_iter().take(BANDS_MOST).map(|(at, _)| at).collect();
    let dispute = |(at, gap): (usize, &f32)| match gap {
        _ if banded.contains(&at) => Dispute::Band,
        gap if *gap > 0.0 => Dispute::Line,
        _ => Dispute::None,
    };
    gaps.iter().enumerate().map(dispute).collect()
}

/// The largest score of all methods with a sign, which share one scale, or without.
fn largest(rows: &[Row<'_>], with_sign: bool) -> f32 {
    let rows = rows.iter().filter(|row| row.explanation.signed() == with_sign);
    rows.map(Row::largest).fold(0.0, f32::max)
}

/// A row for each method, and for the other text or model; a column for each word.
#[must_use]
pub fn table(comparison: &Comparison) -> Table {
    let columns = columns(comparison, Order::Text);
    let rows = rows(comparison, &order(comparison), &columns);
    let heads = columns.iter().map(|column| (column.name.clone(), true));
    let cells = |row: &Row<'_>| {
        let score = |mark: &Option<Mark>| match mark {
            Some(mark) => Cell::Number(mark.score, number(mark.score, row.explanation.signed())),
            None => Cell::Text(String::new()),
        };
        let name = row.explanation.method.id.declared().name;
        let name = Cell::Text(if row.other { format!("{name}, the other") } else { name.to_owned() });
        [name].into_iter().chain(row.marks.iter().map(score)).collect()
    };
    Table {
        heads: [("Method".to_owned(), false)].into_iter().chain(heads).collect(),
        rows: rows.iter().map(cells).collect(),
    }
}

/// Kendall's τ-b of each pair of methods.
#[must_use]
pub fn taus(comparison: &Comparison) -> Table {
    let names = || comparison.agreement.methods.iter().map(|id| id.declared().name.to_owned());
    let cell = |tau: &Option<f32>| tau.map_or_else(|| Cell::Text("–".to_owned()), |tau| Cell::Number(tau, signed(tau)));
    let rows = names().zip(&comparison.agreement.kendall_tau);
    Table {
        heads: [("Kendall τ".to_owned(), false)].into_iter().chain(names().map(|name| (name, true))).collect(),
        rows: rows.map(|(name, taus)| [Cell::Text(name)].into_iter().chain(taus.iter().map(cell)).collect()).collect(),
    }
}
