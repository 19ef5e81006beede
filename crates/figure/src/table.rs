//! The numbers behind a figure, as a table and as a file.

/// A table behind a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// `(head, whether the column is of numbers)`.
    pub heads: Vec<(String, bool)>,
    /// Cells by row.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, and how it is read.
    Number(f32, String),
}

impl Cell {
    /// What a reader sees.
    #[must_use]
    pub fn shown(&self) -> &str {
        let (Self::Text(shown) | Self::Number(_, shown)) = self;
        shown
    }
}

/// The table as RFC 4180 has it: numbers as they are, with a point and all their digits.
#[must_use]
pub fn csv(table: &Table) -> String {
    let mut out = String::new();
    let mut row = |cells: &mut dyn Iterator<Item = String>| {
        for (i, cell) in cells.enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(&field(cell));
        }
        out.push_str("\r\n");
    };
    row(&mut table.heads.iter().map(|(head, _)| head.clone()));
    for cells in &table.rows {
        row(&mut cells.iter().map(|cell| match cell {
            Cell::Text(text) => text.clone(),
            // An absent number is an empty field.
            Cell::Number(value, _) if !value.is_finite() => String::new(),
            Cell::Number(value, _) => value.to_string(),
        }));
    }
    out
}

/// The same below a line that has to be read first.
#[must_use]
pub fn csv_below(line: &str, table: &Table) -> String {
    field(line.to_owned()) + "\r\n" + &csv(table)
}

fn field(text: String) -> String {
    if text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be_and_numbers_keep_their_digits() {
        let text = |text: &str| Cell::Text(text.into());
        let number = |value| Cell::Number(value, "−3.52".into());
        let table = Table {
            heads: vec![("Token".into(), false), ("Score, logits".into(), true)],
            rows: vec![
                vec![text("say \"hi\""), number(-3.516_25)],
                vec![text(" the\r\n"), number(f32::NAN)],
                vec![text("plain"), number(0.0)],
            ],
        };
        assert_eq!(
            csv(&table),
            "Token,\"Score, logits\"\r\n\"say \"\"hi\"\"\",-3.51625\r\n\" the\r\n\",\r\nplain,0\r\n"
        );
    }
}
