//! A continuation token by token: a row for each token that was written, a column for each before it, the text down the diagonal.

use vitrine_schema::{Explanation, Matrix};
use vitrine_words::continuation::{from_prompt, n_prompt, token};
use vitrine_words::explanation::unit;
use vitrine_words::number::{plain, signed};
use vitrine_words::token::labels;

use crate::bars::number;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text};
use crate::font::{self, Letters};
use crate::legend;
use crate::table::{Cell, Table};

const ROW: f32 = 25.0;
/// Widest cell; narrower ones than [`NUMBERED`] have no number.
const CELL: f32 = 56.0;
const NUMBERED: f32 = 40.0;
/// Narrower than this, the names of the prompt's tokens stand in stairs.
const STAIRS: f32 = 44.0;
const STAIR: f32 = 16.0;
/// Longest name at the end of a row.
const NAME: f32 = 84.0;
/// Room for the share from the prompt; left out where it would leave too little.
const SHARES: f32 = 108.0;
const WITH_SHARES: f32 = 520.0;
/// A score from this share of the largest on is written out where its row is not played.
const WRITTEN: f32 = 0.22;

/// The rows up to one, which is played; later ones are not written yet.
#[must_use]
pub fn drawing(explanation: &Explanation, played: usize, width: f32) -> Option<Drawing> {
    let matrix = explanation.matrix.as_ref().filter(|matrix| !matrix.rows.is_empty())?;
    let names = labels(&explanation.input);
    let name = |place: usize| names.get(place).map_or("", String::as_str);
    let n_rows = matrix.rows.len();
    let played = played.min(n_rows - 1);
    let (n_columns, n_prompt) = (matrix.columns.len().max(1), n_prompt(matrix).min(matrix.columns.len()));
    let shares = if width >= WITH_SHARES { SHARES } else { 0.0 };
    let last = font::width(name(matrix.rows[n_rows - 1]), Letters::WORD).min(NAME) + 10.0;
    let cell = ((width - shares - last - 4.0) / n_columns as f32).clamp(4.0, CELL);
    let x = |column: usize| 2.0 + cell * column as f32;
    // The shares stand close to the rows that they belong to.
    let right = (x(n_columns) + last + shares + 24.0).min(width);
    let widest = (0..n_prompt).map(|at| font::width(name(at), Letters::WORD)).fold(0.0, f32::max);
    let stairs = cell < STAIRS || widest > cell - 2.0;
    let n_stairs = if stairs { ((widest.min(NAME) / cell).ceil() as usize).clamp(1, 5) } else { 1 };
    let top = 8.0 + STAIR * n_stairs as f32 + 6.0;

    let mut heads = Vec::new();
    for at in 0..n_prompt {
        let step = at % n_stairs;
        let y = top - 8.0 - STAIR * (n_stairs - 1 - step) as f32;
        let text = Text::new(x(at) + cell / 2.0, y, name(at), Letters::WORD);
        if stairs {
            let room = (cell * (n_stairs as f32 - 0.2)).min(width - x(at));
            heads.push(Shape::text(Text { x: x(at) + 1.0, ..text }.clipped(room), Role::Ink));
        } else {
            heads.push(Shape::text(text.clipped(cell - 2.0).anchored(Anchor::Middle), Role::Ink));
        }
    }
    let with_sign = explanation.signed();
    let values = || matrix.values.iter().flatten().flatten().filter(|value| value.is_finite());
    let largest = values().fold(0.0f32, |most, value| most.max(value.abs()));
    let held = explanation.method.params.flag("hold_first");
    let y = |row: usize| top + ROW * row as f32;
    let mut rows = Vec::new();
    for (row, values) in matrix.values.iter().enumerate().take(n_rows) {
        let (is_played, trusted) = (row == played, explanation.row_trusted(row));
        let mut shapes = Vec::new();
        if row > played {
            if row == played + 1 {
                let text = Text::new(
                    x(matrix.rows[row].min(n_columns)) + 6.0,
                    y(row) + 16.0,
                    "not yet written",
                    Letters::LABEL,
                );
                shapes.push(Shape::text(text.clipped(width - x(matrix.rows[row].min(n_columns)) - 6.0), Role::Soft));
            }
            rows.push(Group::of(Part::Token(row), Some(frame(matrix, row, x, y(row))), shapes));
            continue;
        }
        for (at, value) in values.iter().enumerate() {
            let Some(value) = value.filter(|value| value.is_finite()) else { continue };
            if held && matrix.columns.get(at) == Some(&0) {
                shapes.push(Shape::circle((x(at) + cell / 2.0, y(row) + ROW / 2.0), 1.2, Paint::new(Role::Soft), None));
                continue;
            }
            let share = if largest > 0.0 { value / largest } else { 0.0 };
            let (ground, ink) = match (trusted, with_sign) {
                (false, _) => (Paint::new(Role::Hatch).faded(0.4), Role::Ink),
                (true, true) => (Paint::new(Role::Cell(share)), Role::OnCell(share)),
                (true, false) => (Paint::new(Role::CellStrength(share)), Role::OnCellStrength(share)),
            };
            shapes.push(Shape::rect(Area::new(x(at), y(row), cell - 1.0, ROW - 1.0), 0.0, ground));
            if cell >= NUMBERED && (is_played || share.abs() >= WRITTEN) {
                let text =
                    Text::new(x(at) + cell / 2.0 - 0.5, y(row) + 16.0, &number(value, with_sign), Letters::NUMBER)
                        .anchored(Anchor::Middle);
                // Of a number with a long exponent the table has all.
                let (from, to) = text.span();
                shapes.extend((to - from <= 1.1 * cell).then(|| Shape::text(text, ink)));
            }
        }
        let at = x(matrix.rows[row].min(n_columns)) + 6.0;
        let text = Text::new(at, y(row) + 17.0, name(matrix.rows[row]), Letters::WORD);
        let room = (width - shares - at).max(12.0);
        shapes.push(Shape::text(text.clipped(room), if is_played { Role::Accent } else { Role::Ink }).on_paper());
        if let Some(share) = from_prompt(matrix, row).filter(|_| shares > 0.0) {
            let left = right - SHARES + 10.0;
            let strength = if is_played { 1.0 } else { 0.6 };
            let bar = Area::new(left, y(row) + 8.0, (SHARES - 52.0) * share, 9.0);
            shapes.push(Shape::rect(bar, 0.0, Paint::new(Role::Strength(strength))));
            let text = Text::new(right - 2.0, y(row) + 17.0, &plain(share), Letters::NUMBER);
            shapes.push(Shape::text(text.anchored(Anchor::End), Role::Ink));
        }
        rows.push(Group::of(Part::Token(row), Some(frame(matrix, row, x, y(row))), shapes));
    }
    let bottom = y(n_rows);
    let rule =
        Shape::line((x(n_prompt) - 0.5, top - 4.0), (x(n_prompt) - 0.5, bottom + 6.0), Stroke::new(Role::Ink, 1.0));
    let mut foot = vec![rule];
    // Each side of the rule is named where its name has room.
    let named = |text: &str, at: f32, anchor: Anchor, room: f32| {
        let text = Text::new(at, bottom + 18.0, text, Letters::LABEL).anchored(anchor);
        (font::width(&text.text, text.letters) <= room).then(|| Shape::text(text, Role::Soft))
    };
    let at = x(n_prompt);
    foot.extend(named("the prompt", at - 8.0, Anchor::End, at - 8.0));
    foot.extend(named("its own words", at + 8.0, Anchor::Start, width - at - 8.0));
    if shares > 0.0 {
        let text = Text::new(right - 2.0, top - 8.0, "from the prompt", Letters::LABEL);
        foot.push(Shape::text(text.anchored(Anchor::End), Role::Soft).on_paper());
    }
    let of = format!("{}{}", scale_of(explanation), held_first(explanation, name(0)));
    let ends = if with_sign { [signed(-largest), signed(largest)] } else { ["0".to_owned(), plain(largest)] };
    let ends = [ends[0].as_str(), ends[1].as_str()];
    let role = |place: f32| if with_sign { Role::Cell(2.0 * place - 1.0) } else { Role::CellStrength(place) };
    foot.extend(legend::scale(2.0, bottom + 32.0, ends, &of, role, width));
    let height = bottom + 34.0 + legend::scale_height(ends, &of, width - 2.0);
    let layers = vec![Layer::new(vec![Group::new(heads)]), Layer::new(rows), Layer::new(vec![Group::new(foot)])];
    Some(Drawing::new(width, height, layers))
}

/// What a row covers.
fn frame(matrix: &Matrix, row: usize, x: impl Fn(usize) -> f32, y: f32) -> Area {
    let columns = matrix.rows.get(row).copied().unwrap_or(0).min(matrix.columns.len());
    Area::new(x(0), y, x(columns) - x(0) - 1.0, ROW - 1.0)
}

fn scale_of(explanation: &Explanation) -> String {
    let towards = if explanation.signed() { " towards the token written" } else { "" };
    format!("{}{towards}", unit(explanation))
}

fn held_first(explanation: &Explanation, first: &str) -> String {
    if explanation.method.params.flag("hold_first") { format!("; “{first}” is held") } else { String::new() }
}

/// A row for each token that was written.
#[must_use]
pub fn table(explanation: &Explanation) -> Table {
    let names = labels(&explanation.input);
    let matrix = explanation.matrix.clone().unwrap_or_default();
    let column = |column: &usize| (names.get(*column).cloned().unwrap_or_default(), true);
    let heads = [("Token written".to_owned(), false)].into_iter().chain(matrix.columns.iter().map(column));
    let score = |value: &Option<f32>| {
        value
            .map_or_else(|| Cell::Text(String::new()), |value| Cell::Number(value, number(value, explanation.signed())))
    };
    let row = |(row, values): (usize, &Vec<Option<f32>>)| {
        let share = from_prompt(&matrix, row)
            .map_or_else(|| Cell::Text("–".to_owned()), |share| Cell::Number(share, plain(share)));
        let first = Cell::Text(token(explanation, row));
        [first].into_iter().chain(values.iter().map(score)).chain([share]).collect()
    };
    Table {
        heads: heads.chain([("From the prompt".to_owned(), true)]).collect(),
        rows: matrix.values.iter().enumerate().map(row).collect(),
    }
}

/// The scores of one row as colours of the text before its token: each token with its share of the largest of all rows.
#[must_use]
pub fn read(explanation: &Explanation, row: usize) -> Vec<(String, f32)> {
    let names = labels(&explanation.input);
    let Some(matrix) = &explanation.matrix else { return Vec::new() };
    let largest = matrix.values.iter().flatten().flatten().fold(0.0f32, |most, value| most.max(value.abs()));
    let cells = matrix.columns.iter().zip(matrix.values.get(row).into_iter().flatten());
    let share = |value: f32| if largest > 0.0 { value / largest } else { 0.0 };
    cells.filter_map(|(column, value)| Some((names.get(*column)?.clone(), share((*value)?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Form;
    use crate::example::example;

    #[test]
    fn a_number_that_is_wider_than_its_cell_is_left_to_the_table() {
        let n = 12;
        let numbers = |value: f32| {
            let matrix = Matrix { rows: vec![2], values: vec![vec![Some(value); n]], columns: (0..n).collect() };
            let found = Explanation { matrix: Some(matrix), ..example() };
            let drawing = drawing(&found, 1, 660.0).unwrap_or_default();
            let cells = drawing.groups().filter(|group| group.part.is_some()).flat_map(|group| &group.shapes);
            let is_number = |shape: &&Shape| matches!(&shape.form, Form::Text(text) if text.letters == Letters::NUMBER && text.text.starts_with('+'));
            cells.filter(is_number).count()
        };
        assert_eq!((numbers(1.0), numbers(9.1e30)), (n, 0));
    }
}
