//! The receipt as a curve: the answer while words go, in the order of the scores and in random ones.

mod ways;

pub use ways::{ways, ways_table};

use vitrine_schema::Explanation;
use vitrine_schema::receipt::{Curves, Receipt};
use vitrine_words::number::signed;
use vitrine_words::receipt::names_in_order;
use vitrine_words::token::visible;

use crate::drawing::{Anchor, Drawing, Group, Layer, Paint, Part, Role, Shape, Step, Stroke, Text, through};
use crate::font::{self, Letters};
use crate::legend::tick_label;
use crate::playback::climbed;
use crate::scale::ticks;
use crate::table::{Cell, Table};

const HEIGHT: f32 = 200.0;
const LEFT: f32 = 40.0;
/// Above the highest point and below the lowest, for a name of its line.
const AIR: f32 = 18.0;
/// Longest name of a word that went; it leans by a sixth of a turn.
const NAME: f32 = 60.0;
/// Room for these names, below the axis.
const BELOW: f32 = 66.0;

/// Values for each number of words, from none to all.
struct Lines<'a> {
    /// The line that has come as far as the animation, with its name.
    own: (&'a [f32], &'a str),
    /// The one that it is read against.
    against: (&'a [f32], &'a str),
    /// Others, in grey.
    random: &'a [Vec<f32>],
    role: Role,
    names: Vec<String>,
}

/// The curve of words taken out as far as it has come at a position from 0 to 1, over the reverse order and the random ones in grey,
/// which are there from the start; nothing without a receipt.
#[must_use]
pub fn drawing(explanation: &Explanation, position: f32, width: f32) -> Option<Drawing> {
    let receipt = explanation.receipt.as_deref()?;
    lines(&of_orders(explanation, receipt, &receipt.deletion), position, width)
}

/// The same of words put in, from a text without any.
#[must_use]
pub fn insertion(explanation: &Explanation, position: f32, width: f32) -> Option<Drawing> {
    let receipt = explanation.receipt.as_deref()?;
    lines(&of_orders(explanation, receipt, &receipt.insertion), position, width)
}

fn of_orders<'a>(explanation: &Explanation, receipt: &Receipt, curves: &'a Curves) -> Lines<'a> {
    Lines {
        own: (&curves.curve, "this order"),
        against: (&curves.reverse, "the reverse order"),
        random: &curves.random,
        role: Role::Ink,
        names: names_in_order(explanation, receipt),
    }
}

/// How much certainty goes with the first words, and how much without all others; nothing where the model gives no probability.
#[must_use]
pub fn matter(explanation: &Explanation, position: f32, width: f32) -> Option<Drawing> {
    let receipt = explanation.receipt.as_deref()?;
    let [without, alone] = certainty(receipt)?;
    let names = names_in_order(explanation, receipt);
    let (own, against) = ((&without[..], "without them"), (&alone[..], "with them alone"));
    lines(&Lines { own, against, random: &[], role: Role::Strength(1.0), names }, position, width)
}

/// `p(x) − p` without the first k words and with them alone, k from 0: without any of them and with none of them are known from the
/// ends of the other.
fn certainty(receipt: &Receipt) -> Option<[Vec<f32>; 2]> {
    let from = |first: f32, rest: &[f32]| std::iter::once(first).chain(rest.iter().copied()).collect();
    let blank = *receipt.comprehensiveness.last()?;
    Some([from(0.0, &receipt.comprehensiveness), from(blank, &receipt.sufficiency)])
}

fn lines(of: &Lines<'_>, position: f32, width: f32) -> Option<Drawing> {
    let Lines { own: (curve, called), against: (against, other), random, role, names } = of;
    let n = curve.len().checked_sub(1).filter(|n| *n > 0)?;
    let values = || random.iter().flatten().chain(*curve).chain(*against).copied().filter(|value| value.is_finite());
    let (low, high) = (values().fold(0.0, f32::min), values().fold(0.0, f32::max));
    let span = (high - low).max(1e-6);
    // Room for the last word, which leans out.
    let (right, bottom) = (width - NAME / 2.0 - 6.0, HEIGHT - 8.0);
    let marks = ticks(low, high, 4);
    let widest = marks.iter().map(|tick| font::width(&tick_label(*tick), Letters::NUMBER)).fold(0.0, f32::max);
    let left = (widest + 10.0).max(LEFT);
    let x = |k: usize| left + (right - left) * k as f32 / n as f32;
    let place = |value: f32| if value.is_finite() { ((value - low) / span).clamp(0.0, 1.0) } else { 0.0 };
    let y = |value: f32| bottom - AIR - (bottom - 2.0 * AIR) * place(value);
    let points =
        |curve: &[f32]| -> Vec<(f32, f32)> { curve.iter().enumerate().map(|(k, value)| (x(k), y(*value))).collect() };
    let line = |curve: &[f32], stroke: Stroke| Shape::along(through(&points(curve)), stroke);
    let rule = |tick: &f32| [Step::Move(left, y(*tick)), Step::Line(right, y(*tick))];
    let (zero, others): (Vec<f32>, Vec<f32>) = marks.iter().partition(|tick| **tick == 0.0);
    let rules = [(&others, Role::Line), (&zero, Role::Soft)].into_iter().filter(|(ticks, _)| !ticks.is_empty());
    let mut grid: Vec<Shape> = rules
        .map(|(ticks, role)| Shape::along(ticks.iter().flat_map(rule).collect(), Stroke::new(role, 1.0)))
        .collect();
    for tick in marks {
        let label = Text::new(left - 6.0, y(tick) + 4.0, &tick_label(tick), Letters::NUMBER).anchored(Anchor::End);
        grid.push(Shape::text(label, Role::Soft));
    }
    // As one shape: they are told apart by nobody.
    let all: Vec<Step> = random.iter().flat_map(|curve| through(&points(curve))).collect();
    let mut grey = Vec::new();
    if !all.is_empty() {
        grey.push(Shape::along(all, Stroke::new(Role::Soft, 1.0).faded(0.4)));
    }
    if !against.is_empty() {
        grey.push(line(against, Stroke::new(Role::Soft, 1.5)));
    }
    let gone = climbed(n, position);
    let mut own: Vec<Shape> =
        curve.get(..=gone).filter(|_| gone > 0).map(|curve| line(curve, Stroke::new(*role, 2.0))).into_iter().collect();
    // Lines are named where they are farthest apart.
    let apart = |k: &usize| Some((curve.get(*k)? - against.get(*k)?).abs()).filter(|apart| apart.is_finite());
    let farthest = (1..n)
        .filter(|k| apart(k).is_some())
        .max_by(|a, b| apart(a).unwrap_or(0.0).total_cmp(&apart(b).unwrap_or(0.0)));
    if let Some(k) = farthest {
        let above = curve[k] > against[k];
        let name = |text: &str, value: f32, above: bool, letters: Letters, role: Role| {
            let half = font::width(text, letters) / 2.0;
            let at = (x(k).max(left + half)).min(width - half);
            let by = if above { y(value) - 8.0 } else { y(value) + AIR };
            Shape::text(Text::new(at, by, text, letters).anchored(Anchor::Middle), role).on_paper()
        };
        grey.push(name(other, against[k], !above, Letters::LABEL, Role::Soft));
        if gone >= k {
            own.push(name(called, curve[k], above, Letters::STRONG, Role::Ink));
        }
    }
    // A word stands under the step that it makes by going; where there is no room for all only some are named.
    let step = (right - left) / n as f32;
    let every = (14.0 / step).ceil().max(1.0) as usize;
    let named = names.iter().zip(curve.iter().skip(1)).enumerate().take(gone).map(|(at, (name, value))| {
        let text = Text::new(x(at + 1) + 4.0, bottom + 12.0, &visible(name), Letters::LABEL.size(12.0)).clipped(NAME);
        let text = if at % every == 0 { vec![Shape::text(text.turned(60.0), Role::Ink)] } else { Vec::new() };
        let dot = Shape::circle((x(at + 1), y(*value)), 3.5, Paint::new(*role), None);
        Group::of(Part::Mark(at), None, text.into_iter().chain([dot]).collect())
    });
    let layers =
        vec![Layer::new(vec![Group::new(grid), Group::new(grey), Group::new(own)]), Layer::new(named.collect())];
    Some(Drawing::new(width, HEIGHT + BELOW, layers))
}

/// One row for each point of the curve of words taken out.
#[must_use]
pub fn table(explanation: &Explanation) -> Table {
    points(explanation, "Taken out", |receipt| &receipt.deletion)
}

/// One row for each point of the curve of words put in.
#[must_use]
pub fn insertion_table(explanation: &Explanation) -> Table {
    points(explanation, "Put in", |receipt| &receipt.insertion)
}

fn points(explanation: &Explanation, moved: &str, of: fn(&Receipt) -> &Curves) -> Table {
    let text = |head: &str| (head.to_owned(), false);
    let number = |head: &str| (head.to_owned(), true);
    let heads = vec![text(moved), number("Answer"), text("It says"), number("Reverse order"), number("Random, mean")];
    let rows = |receipt: &Receipt| {
        let names = names_in_order(explanation, receipt);
        let curves = of(receipt);
        let cell = |value: f32| Cell::Number(value, signed(value));
        let row = |(k, value): (usize, &f32)| {
            let at_random: f32 = curves.random.iter().filter_map(|curve| curve.get(k)).sum();
            let answer = curves.answers.get(k).and_then(|said| said.label.clone().or_else(|| said.token.clone()));
            vec![
                Cell::Text(k.checked_sub(1).and_then(|k| names.get(k).cloned()).unwrap_or_default()),
                cell(*value),
                Cell::Text(answer.unwrap_or_default()),
                curves.reverse.get(k).copied().map_or(Cell::Text(String::new()), cell),
                cell(at_random / curves.random.len().max(1) as f32),
            ]
        };
        curves.curve.iter().enumerate().map(row).collect()
    };
    Table { heads, rows: explanation.receipt.as_deref().map_or_else(Vec::new, rows) }
}

/// One row for each number of first words: what certainty goes without them, and with them alone.
#[must_use]
pub fn matter_table(explanation: &Explanation) -> Table {
    let heads = [("First words", false), ("Certainty lost without them", true), ("Lost with them alone", true)];
    let cell = |value: f32| Cell::Number(value, signed(value));
    let rows = explanation.receipt.as_deref().map_or_else(Vec::new, |receipt| {
        let names = names_in_order(explanation, receipt);
        let both = receipt.comprehensiveness.iter().zip(&receipt.sufficiency);
        both.zip(names).map(|((without, alone), name)| vec![Cell::Text(name), cell(*without), cell(*alone)]).collect()
    });
    Table { heads: heads.map(|(head, number)| (head.to_owned(), number)).into(), rows }
}
