//! Cards: a thin line around what the model wrote, a thick one around what the reader put there, a broken one around what was
//! written after that.

use vitrine_schema::Chaining;
use vitrine_schema::reasoning::{ChainStep, StepCheck, StepSource};
use vitrine_words::chain as said;

use super::Columns;
use crate::drawing::{Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Step, Stroke, Text};
use crate::font::Letters;
use crate::paragraph;

const SMALL: Letters = Letters::LABEL.size(12.0);
const LARGE: Letters = Letters::WORD.size(24.0);
/// Lines of a step that are shown.
const LINES: usize = 4;
/// Inside of a card.
const PAD: f32 = 10.0;
/// Between cards.
const GAP: f32 = 10.0;

/// What stands on a card.
struct Card {
    text: String,
    note: String,
    source: Option<StepSource>,
    check: Option<StepCheck>,
    large: bool,
    part: Option<Part>,
}

/// One chain as it is drawn: its side, its cards.
struct Row {
    side: [&'static str; 2],
    cards: Vec<Card>,
}

/// The cards; where a step was replaced the chain as it was above or beside them.
#[must_use]
pub fn drawing(found: &Chaining, width: f32) -> Drawing {
    let columns = Columns::of(found, width);
    let rows = rows(found);
    if columns.down { downwards(&rows, width) } else { across(&rows, columns, width) }
}

fn rows(found: &Chaining) -> Vec<Row> {
    let question =
        |text: String| Card { text, note: "given".to_owned(), source: None, check: None, large: false, part: None };
    let steps = |steps: &[ChainStep], chosen: bool| -> Vec<Card> {
        let card = |(at, step): (usize, &ChainStep)| Card {
            text: step.text.clone(),
            note: said::step_of(found, step),
            source: Some(step.source),
            check: step.check,
            large: false,
            part: chosen.then_some(Part::Cell(at)),
        };
        steps.iter().enumerate().map(card).collect()
    };
    let answer = |answer: Option<&String>, note: String, source: StepSource, chosen: bool| Card {
        text: answer.map_or_else(|| "–".to_owned(), Clone::clone),
        note,
        source: Some(source),
        check: None,
        large: true,
        part: chosen.then_some(Part::Answer(0)),
    };
    let mut rows = Vec::new();
    let source = if found.before.is_some() { StepSource::After } else { StepSource::Model };
    if let Some(before) = &found.before {
        let right = match (&before.answer, &found.expected) {
            (Some(answer), Some(expected)) if answer == expected => "right".to_owned(),
            (Some(_), Some(expected)) => format!("right is {expected}"),
            _ => String::new(),
        };
        let mut cards = vec![question(said::question(found).to_owned())];
        cards.extend(steps(&before.steps, false));
        cards.push(answer(before.answer.as_ref(), right, StepSource::Model, false));
        rows.push(Row { side: ["As it said it", "steps checked"], cards });
    }
    let text = if found.before.is_some() { "the same" } else { said::question(found) };
    let mut cards = vec![question(text.to_owned())];
    cards.extend(steps(&found.steps, true));
    cards.push(answer(found.answer.as_ref(), said::answer(found), source, true));
    let side = if found.before.is_some() {
        ["One step changed", "the rest written again"]
    } else {
        ["The chain", "steps checked"]
    };
    rows.push(Row { side, cards });
    rows
}

fn across(rows: &[Row], columns: Columns, width: f32) -> Drawing {
    let mut groups = Vec::new();
    let mut y = 2.0;
    for row in rows {
        let wide = columns.step - GAP;
        let height = row.cards.iter().map(|card| height_of(card, wide)).fold(0.0, f32::max);
        let side = [
            Shape::text(Text::new(0.0, y + 20.0, row.side[0], Letters::STRONG).clipped(columns.left - 8.0), Role::Ink),
            Shape::text(Text::new(0.0, y + 38.0, row.side[1], SMALL).clipped(columns.left - 8.0), Role::Soft),
        ];
        groups.push(Group::new(side.into()));
        // The answer stands in the last column, whatever steps there are.
        let last = row.cards.len().saturating_sub(1);
        for (at, card) in row.cards.iter().enumerate() {
            let column = if at == last { columns.n - 1 } else { at };
            let x = columns.left + columns.step * column as f32 + GAP / 2.0;
            groups.push(drawn(card, Area::new(x, y, wide, height)));
        }
        y += height + 16.0;
    }
    Drawing::new(width, (y - 14.0).max(0.0), vec![Layer::new(groups)])
}

fn downwards(rows: &[Row], width: f32) -> Drawing {
    let step = (width + GAP) / rows.len().max(1) as f32;
    let wide = step - GAP - 4.0;
    let mut groups = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let x = 2.0 + step * at as f32;
        let side = Text::new(x, 16.0, row.side[0], Letters::STRONG).clipped(wide);
        groups.push(Group::new(vec![Shape::text(side, Role::Ink)]));
    }
    let n = rows.iter().map(|row| row.cards.len()).max().unwrap_or(0);
    let mut y = 28.0;
    for line in 0..n {
        // The answers stand beside each other at the end.
        let card = |row: &Row| match (line + 1 == n, row.cards.len()) {
            (true, n) => n.checked_sub(1),
            (false, n) => (line + 1 < n).then_some(line),
        };
        let of = |row: &Row| card(row).and_then(|at| row.cards.get(at)).map_or(0.0, |card| height_of(card, wide));
        let height = rows.iter().map(of).fold(0.0, f32::max);
        for (at, row) in rows.iter().enumerate() {
            if let Some(card) = card(row).and_then(|at| row.cards.get(at)) {
                groups.push(drawn(card, Area::new(2.0 + step * at as f32, y, wide, height)));
            }
        }
        y += height + GAP;
    }
    Drawing::new(width, y, vec![Layer::new(groups)])
}

fn letters(card: &Card) -> (Letters, f32) {
    if card.large { (LARGE, 28.0) } else { (Letters::WORD, 20.0) }
}

fn text_of(card: &Card, wide: f32) -> (Vec<String>, Vec<String>) {
    let room = wide - 2.0 * PAD;
    let mark = if card.check.is_some() { 16.0 } else { 0.0 };
    let (letters, _) = letters(card);
    (paragraph::lines(&card.text, letters, room, LINES), paragraph::lines(&card.note, SMALL, room - mark, LINES))
}

fn height_of(card: &Card, wide: f32) -> f32 {
    let (text, note) = text_of(card, wide);
    2.0 * PAD + letters(card).1 * text.len() as f32 + 6.0 + 16.0 * note.len() as f32
}

fn drawn(card: &Card, area: Area) -> Group {
    let ours = Role::Pole(-1.0);
    let edge = card.source.map(|source| match source {
        StepSource::Model => Stroke::new(Role::Line, 1.0),
        StepSource::Reader => Stroke::new(ours, 2.5),
        StepSource::After => Stroke::new(ours, 1.0).dashed(5.0, 4.0),
    });
    let mut frame = Shape::rect(area, 4.0, Paint::new(Role::Paper));
    frame.stroke = edge;
    let mut shapes = vec![frame];
    let (text, note) = text_of(card, area.width);
    let (letters, line) = letters(card);
    let changed =
        matches!(card.source, Some(StepSource::Reader)) || card.large && card.source == Some(StepSource::After);
    let role = if changed { ours } else { Role::Ink };
    for (at, text) in text.iter().enumerate() {
        let y = area.y + PAD + line * (at as f32 + 0.75);
        shapes.push(Shape::text(Text::new(area.x + PAD, y, text, letters), role));
    }
    let top = area.y + area.height - PAD - 16.0 * note.len() as f32;
    let x = match card.check {
        Some(check) => {
            shapes.push(sign(check, area.x + PAD, top));
            area.x + PAD + 16.0
        }
        None => area.x + PAD,
    };
    for (at, note) in note.iter().enumerate() {
        shapes.push(Shape::text(Text::new(x, top + 16.0 * at as f32 + 12.0, note, SMALL), Role::Soft));
    }
    match card.part {
        Some(part) => Group::of(part, Some(area), shapes),
        None => Group::new(shapes),
    }
}

/// A tick or a cross.
fn sign(check: StepCheck, x: f32, y: f32) -> Shape {
    let y = y + 3.0;
    match check {
        StepCheck::Right => Shape::along(
            vec![Step::Move(x, y + 5.0), Step::Line(x + 3.5, y + 9.0), Step::Line(x + 10.0, y + 1.0)],
            Stroke::new(Role::Ink, 1.5),
        ),
        StepCheck::Wrong => Shape::along(
            vec![
                Step::Move(x + 1.0, y + 1.0),
                Step::Line(x + 9.0, y + 9.0),
                Step::Move(x + 9.0, y + 1.0),
                Step::Line(x + 1.0, y + 9.0),
            ],
            Stroke::new(Role::Pole(-1.0), 1.8),
        ),
    }
}
